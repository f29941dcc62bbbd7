package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"qingshan/db"
	"qingshan/db/dbtest"
)

// numbersOf gives what /metrics shows, each line without its value and with it.
func (in *installation) numbersOf(t *testing.T) map[string]string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Authorization", "Bearer "+in.token)
	w := httptest.NewRecorder()
	in.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("metrics: %d %s", w.Code, w.Body)
	}
	found := map[string]string{}
	for line := range strings.Lines(w.Body.String()) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "} "); ok && !strings.HasPrefix(line, "#") {
			found[name+"}"] = value
		} else if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(line, "#") {
			found[name] = value
		}
	}
	return found
}

func TestMetricsCountWhatHappened(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		in := install(t, loc, 20250101)
		unit := json.RawMessage(`{"external":"u","kind":"register.unit","observed":"2020-06-30","about":["unit/220323"],"values":{"object":"220323","name":"伊通满族自治县","class":"county"}}`)
		in.send(t, "220323", []json.RawMessage{unit, unit, json.RawMessage(`{"kind":"moon"}`)})
		for _, path := range []string{"/nowhere/zhangsan", "/api/v1/figures?place=1", "/api/v1/books/zhangsan/checkpoint"} {
			in.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
		}
		size := in.sizes["220323"]
		in.until(20250102)
		var figures any
		in.ask(t, http.MethodGet, fmt.Sprintf("/api/v1/figures?place=220323&period=2025&wait=220323:%d", size), nil, &figures)
		got := in.numbersOf(t)
		for name, want := range map[string]string{
			`qingshan_records_total{channel="api",outcome="stored"}`:                                                     "1",
			`qingshan_records_total{channel="api",outcome="duplicate"}`:                                                  "1",
			`qingshan_records_total{channel="api",outcome="invalid"}`:                                                    "1",
			`qingshan_http_requests_total{code="",route="POST /api/v1/records",status="200"}`:                            "1",
			`qingshan_http_requests_total{code="query.place",route="GET /api/v1/figures",status="400"}`:                  "1",
			`qingshan_http_requests_total{code="request.no_such_path",route="none",status="404"}`:                        "1",
			`qingshan_http_requests_total{code="book.unknown",route="GET /api/v1/books/{book}/checkpoint",status="404"}`: "1",
			`qingshan_http_request_duration_seconds_count{route="POST /api/v1/records"}`:                                 "1",
			`qingshan_book_entries{book="220323"}`:                                                                       fmt.Sprint(size),
			`qingshan_follower_entries{book="220323",follower="tally"}`:                                                  fmt.Sprint(size),
			`qingshan_follower_behind_entries{book="220323",follower="tally"}`:                                           "0",
			`qingshan_follower_stopped{book="220323",follower="register"}`:                                               "0",
			`qingshan_source_failed{source="followers"}`:                                                                 "0",
			`qingshan_source_failed{source="views"}`:                                                                     "0",
			`qingshan_db_connections_busy{store="ledger",use="write"}`:                                                   "0",
			`qingshan_http_requests_busy`:                                                                                "1", // this one
		} {
			if got[name] != want {
				t.Errorf("%s is %q, want %s", name, got[name], want)
			}
		}
		for _, name := range []string{"qingshan_commit_submissions_count", "qingshan_commit_duration_seconds_count", "go_goroutines", "process_resident_memory_bytes"} {
			if got[name] == "" || got[name] == "0" {
				t.Errorf("%s is %q, want more than nothing", name, got[name])
			}
		}
		for name := range got {
			if strings.Contains(name, "zhangsan") || strings.Contains(name, "伊通") {
				t.Errorf("%s repeats what was sent", name)
			}
			if route := regexp.MustCompile(`route="([^"]*)"`).FindStringSubmatch(name); route != nil && route[1] != "none" && !in.hasRoute(route[1]) {
				t.Errorf("%s names a route that the table does not have", name)
			}
		}
	})
}

func (in *installation) hasRoute(pattern string) bool {
	for _, r := range in.Routes() {
		if r.Method+" "+r.Path == pattern {
			return true
		}
	}
	return false
}
