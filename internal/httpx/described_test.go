package httpx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"qingshan/fault"
	"qingshan/internal/strictjson"
)

type thing struct {
	Name string `json:"name"`
}

// described is a good route that takes a place in its path and two parameters in its query.
func described() Route {
	word := func(name string) Param { return Param{Name: name, ZH: "字", EN: "word"} }
	codes := word("code")
	codes.Often = true
	return public("GET", "/things/{place}", func(w http.ResponseWriter, r *http.Request) error {
		q := QueryOf(r)
		return WriteJSON(w, thing{Name: r.PathValue("place") + q.Get("day") + strings.Join(q.All("code"), ",")})
	}).Under("things").Takes(word("place"), word("day"), codes).Gives(Answer{Body: thing{}}).Refuses("404 thing.missing thing.hidden", "400 thing.bad")
}

func TestDescribedRoutesAreGivenWhatTheyTake(t *testing.T) {
	m := mux(t, options(io.Discard), described())
	for target, want := range map[string]string{
		"/things/a?day=1&code=x&code=y": `{"name":"a1x,y"}`,
		"/things/a":                     `{"name":"a"}`,
		"/things/a?place=b":             "query.unknown", // it stands in the path
		"/things/a?dya=1":               "query.unknown",
		"/things/a?day=1&day=2":         "query.twice",
		"/things/a?day=%00":             "query.malformed",
	} {
		w := send(m, httptest.NewRequest("GET", target, nil))
		got := strings.TrimSpace(w.Body.String())
		if w.Code != 200 {
			got = problemOf(t, w).Code
		}
		if got != want {
			t.Errorf("GET %s: got %s, want %s", target, got, want)
		}
	}
	if q := QueryOf(httptest.NewRequest("GET", "/?day=1", nil)); q.Get("day") != "" {
		t.Errorf("a request that no mux has read has parameters: %+v", q)
	}
}

func TestNewRefusesHalfADescription(t *testing.T) {
	for want, spoil := range map[string]func(*Route){
		"no heading":                      func(r *Route) { r.Heading = "" },
		"parameter place stands":          func(r *Route) { r.Params = r.Params[1:] },
		"parameter day: twice":            func(r *Route) { r.Params = append(r.Params, r.Params[1]) },
		"parameter day: a sentence":       func(r *Route) { r.Params[1].ZH = "" },
		"parameter day: type":             func(r *Route) { r.Params[1].Type = "date" },
		"parameter day: error parsing":    func(r *Route) { r.Params[1].Pattern = "[" },
		"parameter Day: the name":         func(r *Route) { r.Params[1].Name = "Day" },
		"refusals \"thing.bad\"":          func(r *Route) { r.Refusals = []string{"thing.bad"} },
		"refusals \"200 thing.bad\"":      func(r *Route) { r.Refusals = []string{"200 thing.bad"} },
		"reads a body and takes none":     func(r *Route) { r.Body = thing{} },
		"answer 200: one of a status":     func(r *Route) { r.Answers = append(r.Answers, r.Answers[0]) },
		"answer 200: one of a status, wi": func(r *Route) { r.Answers[0].Media = "text/plain" },
	} {
		bad := described()
		spoil(&bad)
		if _, err := New(options(io.Discard), bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestProblemsOfARoute(t *testing.T) {
	r := described()
	problems, err := r.Problems()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(problems[404], problems[400]), "[thing.hidden thing.missing] [query.malformed query.twice query.unknown thing.bad]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if problems[401] != nil || problems[413] != nil || !slices.Contains(problems[503], "request.timeout") {
		t.Errorf("a public route without a body: got %v", problems)
	}
	r.Right, r.MaxBody, r.Body = "things.write", 9, thing{}
	if got := fmt.Sprint(r.Statuses()); got != "[200 400 401 403 404 413 415 500 503]" {
		t.Errorf("statuses: got %s", got)
	}
}

func TestUndescribedTeaches(t *testing.T) {
	if got := Undescribed([]Route{described()}); got != "" {
		t.Errorf("got %s, want nothing", got)
	}
	got := Undescribed([]Route{described(), public("GET", "/bare", nil)})
	for _, want := range []string{"GET /bare", "Takes(", "Gives(", "CONTRIBUTING.md"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
	if strings.Contains(got, "/things/") {
		t.Errorf("a described route is named: %s", got)
	}
}

// TestProblemsLeaveOutWhatWasSent has a handler repeat everything; what the caller did not send, and what is harmless, stays.
func TestProblemsLeaveOutWhatWasSent(t *testing.T) {
	var log bytes.Buffer
	o := options(&log)
	o.Harmless = func(value string) bool { return value == "220323" }
	cause := errors.New("no thing wanglaosi in 220323")
	route := public("POST", "/things/{place}", func(_ http.ResponseWriter, r *http.Request) error {
		if _, err := ReadJSON(r, strictjson.Limits{Depth: 4, Values: 9}); err != nil {
			return err
		}
		return fault.Because(cause, fault.Unavailable, "thing.away", fault.Data{"path": r.PathValue("place"), "query": r.URL.Query().Get("name"),
			"part": "laosi", "body": "secretword", "harmless": "220323", "limit": "500", "ours": "follower"})
	})
	route.MaxBody = 99
	r := httptest.NewRequest("POST", "/things/220323?name=wanglaosi&limit=500", strings.NewReader(`{"a":"secretword","b":"a follower of it"}`))
	r.Header.Set("Content-Type", "application/json")
	p := problemOf(t, send(mux(t, o, route), r))
	if got, want := fmt.Sprint(p.Data), "map[harmless:220323 limit:500 ours:follower path:220323]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if line := log.String(); strings.Contains(line, "wanglaosi") || !strings.Contains(line, "no thing … in 220323") {
		t.Errorf("the log: %s", line)
	}
}
