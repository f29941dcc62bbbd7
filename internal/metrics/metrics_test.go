package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"qingshan/internal/httpx"
)

func shown(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	if err := m.Answer(w, httptest.NewRequest(http.MethodGet, "/metrics", nil)); err != nil {
		t.Fatal(err)
	}
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Errorf("content type: got %q", got)
	}
	return w.Body.String()
}

func holds(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("%q is missing in\n%.3000s", line, text)
		}
	}
}

func TestCounts(t *testing.T) {
	m := New("v1")
	m.Request(httpx.Observation{Route: "GET /x", Status: 200, Took: 2 * time.Millisecond})
	m.Request(httpx.Observation{Route: "GET /x", Status: 404, Code: "thing.missing", Took: 20 * time.Second})
	m.Request(httpx.Observation{Status: 404, Code: "request.no_such_path"})
	m.Committed(3, 4*time.Millisecond)
	m.Records("api", "stored", 2)
	m.Records("api", "stored", 3)
	holds(t, shown(t, m),
		`qingshan_http_requests_total{code="",route="GET /x",status="200"} 1`,
		`qingshan_http_requests_total{code="thing.missing",route="GET /x",status="404"} 1`,
		`qingshan_http_requests_total{code="request.no_such_path",route="none",status="404"} 1`,
		`qingshan_http_request_duration_seconds_bucket{route="GET /x",le="0.0025"} 1`,
		`qingshan_http_request_duration_seconds_bucket{route="GET /x",le="30"} 2`,
		`qingshan_commit_submissions_bucket{le="2"} 0`,
		`qingshan_commit_submissions_bucket{le="4"} 1`,
		`qingshan_records_total{channel="api",outcome="stored"} 5`)
	if text := shown(t, New("v2")); strings.Contains(text, "thing.missing") || !strings.Contains(text, `version="v2"`) {
		t.Errorf("two programs see each other's numbers: %s", text)
	}
}

func TestSources(t *testing.T) {
	m := New("v1")
	broken := false
	m.Ask(Source{Name: "good", Ask: func(context.Context) ([]Sample, error) {
		return []Sample{{Name: "book_entries", Help: "h", Labels: []Label{{"book", "220323"}}, Value: 7}}, nil
	}}, Source{Name: "bad", Ask: func(context.Context) ([]Sample, error) {
		if broken {
			return []Sample{{Name: "half", Help: "h", Value: 1}}, errors.New("database away")
		}
		return []Sample{{Name: "whole", Help: "h", Value: 1}}, nil
	}})
	holds(t, shown(t, m), `qingshan_book_entries{book="220323"} 7`, `qingshan_whole 1`, `qingshan_source_failed{source="bad"} 0`)
	broken = true
	text := shown(t, m)
	holds(t, text, `qingshan_book_entries{book="220323"} 7`, `qingshan_source_failed{source="bad"} 1`, `qingshan_source_failed{source="good"} 0`)
	if strings.Contains(text, "qingshan_half") || strings.Contains(text, "qingshan_whole") {
		t.Errorf("a source that failed is shown all the same: %s", text)
	}
}

func TestBooksAreBounded(t *testing.T) {
	var samples []Sample
	for i := range maxBooks + 3 {
		of := []Label{{"book", fmt.Sprint(i)}}
		samples = append(samples, Sample{Name: "behind", Labels: of, Value: float64(i)}, Sample{Name: "seen_total", Grows: true, Labels: of, Value: 1})
	}
	got := bounded(samples)
	if want := 2*maxBooks + 2; len(got) != want {
		t.Fatalf("got %d samples, want %d", len(got), want)
	}
	for i, want := range []float64{maxBooks + 2, 3} { // the greatest, and the sum
		if s := got[2*maxBooks+i]; s.Labels[0].Value != other || s.Value != want {
			t.Errorf("the rest: got %+v, want %v", s, want)
		}
	}
}

// say is a book of sentences for the benchmark's mux.
type say struct{}

func (say) Say(_, code string, _ map[string]string) string { return code }
func (say) Hint(string, string, map[string]string) string  { return "" }

// BenchmarkRequest tells what counting adds to a small request, and what the log line does.
func BenchmarkRequest(b *testing.B) {
	route := httpx.Route{Method: "GET", Path: "/x", Right: httpx.Public, ZH: "试", EN: "try",
		Handler: func(w http.ResponseWriter, _ *http.Request) error { return httpx.WriteJSON(w, 1) }}
	for name, o := range map[string]httpx.Options{
		"bare":    {},
		"counted": {Observe: New("v1").Request},
		"logged":  {Log: slog.New(slog.NewJSONHandler(io.Discard, nil))},
		"both":    {Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Observe: New("v1").Request},
	} {
		o.Sentences = say{}
		mux, err := httpx.New(o, route)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil))
			}
		})
	}
}
