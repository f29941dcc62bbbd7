package httpx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"qingshan/fault"
	"qingshan/internal/strictjson"
)

// codes is a book of sentences that shows what it was asked for.
type codes struct{}

func (codes) Say(language, code string, data map[string]string) string {
	return fmt.Sprint(language, ":", code, len(data))
}

func (codes) Hint(_, code string, _ map[string]string) string {
	if code == "thing.missing" {
		return "look elsewhere"
	}
	return ""
}

func options(log io.Writer) Options {
	return Options{
		Sentences: codes{},
		Log:       slog.New(slog.NewJSONHandler(log, nil)),
		Now:       func() time.Time { return time.Unix(1748912400, 0) },
		RequestID: func() string { return "id1" },
		Check: func(r *http.Request, right string) (*http.Request, error) {
			switch r.Header.Get("Authorization") {
			case "":
				return nil, fault.New(fault.Unauthenticated, "token.missing", nil)
			case "Bearer " + right:
				return r, nil
			}
			return nil, fault.New(fault.Forbidden, "token.no_right", fault.Data{"right": right})
		},
	}
}

func answering(err error) HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) error {
		if err != nil {
			return err
		}
		return WriteJSON(w, map[string]string{"a": "<b>"})
	}
}

func public(method, path string, h HandlerFunc) Route {
	return Route{Method: method, Path: path, Right: Public, Handler: h, ZH: "试", EN: "try"}
}

func mux(t *testing.T, o Options, routes ...Route) *Mux {
	t.Helper()
	m, err := New(o, routes...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func send(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func problemOf(t *testing.T, w *httptest.ResponseRecorder) Problem {
	t.Helper()
	var p Problem
	if got := w.Header().Get("Content-Type"); got != "application/problem+json; charset=utf-8" {
		t.Fatalf("content type %q of %s", got, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return p
}

func TestFaultsBecomeProblems(t *testing.T) {
	secret := errors.New("dial 10.0.0.1: password wrong")
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{fault.New(fault.Invalid, "thing.bad", fault.Data{"limit": "3"}), 400, "thing.bad"},
		{fault.New(fault.Unauthenticated, "token.missing", nil), 401, "token.missing"},
		{fault.New(fault.Forbidden, "thing.not_yours", nil), 403, "thing.not_yours"},
		{fault.New(fault.NotFound, "thing.missing", nil), 404, "thing.missing"},
		{fault.New(fault.Conflict, "thing.twice", nil), 409, "thing.twice"},
		{fault.Because(secret, fault.Unavailable, "db.busy", nil), 503, "db.busy"},
		{fmt.Errorf("read thing: %w", fault.New(fault.NotFound, "thing.missing", nil)), 404, "thing.missing"},
		{secret, 500, "internal"},
		{context.DeadlineExceeded, 503, "request.timeout"},
		{fmt.Errorf("read: %w", context.Canceled), 503, "request.cancelled"},
		{&http.MaxBytesError{Limit: 9}, 413, "body.too_large"},
	} {
		m := mux(t, options(io.Discard), public("GET", "/x", answering(c.err)))
		w := send(m, httptest.NewRequest("GET", "/x", nil))
		p := problemOf(t, w)
		if w.Code != c.status || p.Status != c.status || p.Code != c.code || p.Request != "id1" {
			t.Errorf("%v\n got %d %+v\nwant %d %s", c.err, w.Code, p, c.status, c.code)
		}
		if p.Type != "urn:qingshan:problem:"+c.code || !strings.HasPrefix(p.Title, "zh-CN:failure.") || !strings.HasPrefix(p.Detail, "zh-CN:"+c.code) {
			t.Errorf("%v: got words %+v", c.err, p)
		}
		if strings.Contains(w.Body.String(), "password") {
			t.Errorf("%v: the cause reaches the caller: %s", c.err, w.Body)
		}
		if (p.Hint != "") != (c.code == "thing.missing") {
			t.Errorf("%v: got hint %q", c.err, p.Hint)
		}
		if got := w.Header().Get("WWW-Authenticate"); (got == "Bearer") != (c.status == 401) {
			t.Errorf("%v: got WWW-Authenticate %q", c.err, got)
		}
		if got := w.Header().Get("Retry-After"); (got != "") != (c.status == 503) {
			t.Errorf("%v: got Retry-After %q", c.err, got)
		}
	}
}

func TestUnknownPathAndMethodAreProblems(t *testing.T) {
	m := mux(t, options(io.Discard), public("GET", "/x/{id}", answering(nil)), public("POST", "/x/{id}", answering(nil)))
	for _, c := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{"GET", "/y", 404, "request.no_such_path", ""},
		{"GET", "/x/1/2", 404, "request.no_such_path", ""},
		{"DELETE", "/x/1", 405, "request.wrong_method", "GET, HEAD, POST"},
		{"BREW", "/x/1", 405, "request.wrong_method", "GET, HEAD, POST"},
	} {
		w := send(m, httptest.NewRequest(c.method, c.path, nil))
		p := problemOf(t, w)
		if w.Code != c.status || p.Code != c.code || w.Header().Get("Allow") != c.allow {
			t.Errorf("%s %s\n got %d %s Allow %q\nwant %d %s Allow %q", c.method, c.path, w.Code, p.Code, w.Header().Get("Allow"), c.status, c.code, c.allow)
		}
	}
	if w := send(m, httptest.NewRequest("HEAD", "/x/1", nil)); w.Code != 200 {
		t.Errorf("HEAD: got %d", w.Code)
	}
}

func TestRightsAreCheckedBeforeTheHandler(t *testing.T) {
	called := 0
	route := public("POST", "/x", func(w http.ResponseWriter, _ *http.Request) error { called++; return WriteJSON(w, 1) })
	route.Right = "things.write"
	m := mux(t, options(io.Discard), route)
	for _, c := range []struct {
		token  string
		status int
	}{{"", 401}, {"Bearer things.read", 403}, {"Bearer things.write", 200}} {
		r := httptest.NewRequest("POST", "/x", nil)
		if c.token != "" {
			r.Header.Set("Authorization", c.token)
		}
		if w := send(m, r); w.Code != c.status {
			t.Errorf("token %q: got %d %s, want %d", c.token, w.Code, w.Body, c.status)
		}
	}
	if called != 1 {
		t.Errorf("handler ran %d times, want 1", called)
	}
}

func TestPanicBecomesInternalAndIsLogged(t *testing.T) {
	var log bytes.Buffer
	m := mux(t, options(&log), public("GET", "/x", func(http.ResponseWriter, *http.Request) error { panic("boom") }))
	w := send(m, httptest.NewRequest("GET", "/x", nil))
	if p := problemOf(t, w); w.Code != 500 || p.Code != "internal" || strings.Contains(w.Body.String(), "boom") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if line := log.String(); !strings.Contains(line, "panic: boom") || !strings.Contains(line, "TestPanicBecomes") {
		t.Errorf("log lacks panic or stack: %s", line)
	}
	if w := send(m, httptest.NewRequest("GET", "/x", nil)); w.Code != 500 {
		t.Errorf("second request after a panic: got %d", w.Code)
	}
}

func TestErrorAfterTheAnswerBeganCutsTheConnection(t *testing.T) {
	server := httptest.NewServer(mux(t, options(io.Discard), public("GET", "/x", func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, strings.Repeat("half", 4096))
		return errors.New("then it broke")
	})))
	defer server.Close()
	response, err := http.Get(server.URL + "/x")
	if err != nil {
		return // cut before the header was through: as good
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("got a whole answer of %d bytes, want a broken one", len(body))
	}
}

func TestOneLogLineWithoutPersonalData(t *testing.T) {
	var log bytes.Buffer
	route := public("GET", "/people/{name}", func(w http.ResponseWriter, r *http.Request) error {
		Note(r.Context(), slog.Int("found", 3))
		return WriteJSON(w, 1)
	})
	m := mux(t, options(&log), route)
	r := httptest.NewRequest("GET", "/people/zhangsan?phone=13800000000", nil)
	r.Header.Set("User-Agent", "agent-zhangsan")
	r.RemoteAddr = "192.0.2.7:1234"
	send(m, r)
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("want exactly one line of JSON: %v in %s", err, log.String())
	}
	for key, want := range map[string]any{"msg": "request", "id": "id1", "method": "GET", "route": "GET /people/{name}", "status": 200.0, "bytes": 2.0, "found": 3.0} {
		if line[key] != want {
			t.Errorf("log %s: got %v, want %v", key, line[key], want)
		}
	}
	for _, secret := range []string{"zhangsan", "13800000000", "192.0.2.7"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("log holds %q: %s", secret, log.String())
		}
	}
}

func TestSecurityHeadersStandOnEveryAnswer(t *testing.T) {
	m := mux(t, options(io.Discard), public("GET", "/x", answering(nil)))
	for _, path := range []string{"/x", "/none"} {
		h := send(m, httptest.NewRequest("GET", path, nil)).Header()
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: CSP %q", path, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Request-Id": "id1", "Cache-Control": "no-store"} {
			if got := h.Get(name); got != want {
				t.Errorf("%s %s: got %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	entered, leave := make(chan bool), make(chan bool)
	read := public("POST", "/read", func(w http.ResponseWriter, r *http.Request) error {
		_, err := ReadJSON(r, strictjson.Limits{Depth: 4, Values: 9})
		if err != nil {
			return err
		}
		return WriteJSON(w, 1)
	})
	read.MaxBody = 20
	wait := public("GET", "/wait", func(_ http.ResponseWriter, r *http.Request) error { <-r.Context().Done(); return r.Context().Err() })
	wait.Timeout = time.Nanosecond
	hold := public("GET", "/hold", func(w http.ResponseWriter, _ *http.Request) error { entered <- true; <-leave; return WriteJSON(w, 1) })
	o := options(io.Discard)
	o.Requests = 1
	m := mux(t, o, read, wait, hold)

	if w := send(m, httptest.NewRequest("GET", "/wait", nil)); w.Code != 503 || problemOf(t, w).Code != "request.timeout" {
		t.Errorf("slow handler: got %d %s", w.Code, w.Body)
	}
	for _, c := range []struct{ body, media, code string }{
		{`{"a":1}`, "application/json", ""},
		{`{"a":1}`, "application/json; charset=UTF-8", ""},
		{`{"a":1}`, "application/json; charset=gbk", "body.wrong_type"},
		{`{"a":1}`, "text/plain", "body.wrong_type"},
		{`{"a":1}`, "", "body.wrong_type"},
		{`{"a":1, "b":2, "c":3}`, "application/json", "body.too_large"},
		{`{"a":1`, "application/json", "body.malformed"},
		{`{"a":1,"a":2}`, "application/json", "body.duplicate_key"},
		{`[[[[[[[]]]]]]]`, "application/json", "body.too_deep"},
		{`[1,1,1,1,1,1,1,1,1]`, "application/json", "body.too_many_values"},
		{`[]`, "application/json", "body.not_an_object"},
	} {
		r := httptest.NewRequest("POST", "/read", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.media)
		w := send(m, r)
		if c.code == "" && w.Code != 200 || c.code != "" && problemOf(t, w).Code != c.code {
			t.Errorf("%s as %q\n got %d %s\nwant %s", c.body, c.media, w.Code, w.Body, c.code)
		}
	}
	done := make(chan int)
	go func() { done <- send(m, httptest.NewRequest("GET", "/hold", nil)).Code }()
	<-entered
	if w := send(m, httptest.NewRequest("GET", "/hold", nil)); w.Code != 503 || problemOf(t, w).Code != "request.too_many" {
		t.Errorf("second at a time: got %d %s", w.Code, w.Body)
	}
	close(leave)
	if code := <-done; code != 200 {
		t.Errorf("first at a time: got %d", code)
	}
}

// TestProblemsOnPages asks as a browser and as a program for what is not there, on a page and beside one.
func TestProblemsOnPages(t *testing.T) {
	o := options(io.Discard)
	o.Page = func(w http.ResponseWriter, r *http.Request, p Problem) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(p.Status)
		fmt.Fprintf(w, "page %s %s", p.Code, p.Detail)
	}
	page := public("GET", "/page", answering(fault.New(fault.NotFound, "thing.missing", nil)))
	page.Page = true
	m := mux(t, o, page, public("GET", "/api", answering(fault.New(fault.NotFound, "thing.missing", nil))))
	for _, c := range []struct{ method, path, accept, want string }{
		{"GET", "/page", "", "page thing.missing zh-CN:thing.missing0"},
		{"GET", "/page?lang=en", "", "page thing.missing en:thing.missing0"},
		{"GET", "/page?lang=fr", "", "page thing.missing zh-CN:thing.missing0"},
		{"GET", "/api", "text/html", `{"type":"urn:qingshan:problem:thing.missing"`},
		{"GET", "/nowhere", "text/html,*/*", "page request.no_such_path zh-CN:request.no_such_path0"},
		{"GET", "/nowhere", "*/*", `{"type":"urn:qingshan:problem:request.no_such_path"`},
		{"POST", "/nowhere", "text/html", `{"type":"urn:qingshan:problem:request.no_such_path"`},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Header.Set("Accept", c.accept)
		w := send(m, r)
		if w.Code != 404 || !strings.HasPrefix(w.Body.String(), c.want) || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s for %q: got %d %s", c.method, c.path, c.accept, w.Code, w.Body)
		}
	}
}

func TestLanguage(t *testing.T) {
	for header, want := range map[string]string{
		"": Chinese, "en": English, "en-GB,zh;q=0.5": English, "zh-TW, en": Chinese, "fr, en;q=0.3": English, "fr": Chinese,
		"en;q=0.1, zh-CN;q=0.9": Chinese, "%%%": Chinese,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", header)
		if got := Language(r); got != want {
			t.Errorf("Accept-Language %q: got %s, want %s", header, got, want)
		}
	}
}

func TestNewRefusesABadTable(t *testing.T) {
	good := public("GET", "/x", answering(nil))
	for name, spoil := range map[string]func(*Route){
		"method": func(r *Route) { r.Method = "get" },
		"path":   func(r *Route) { r.Path = "x" },
		"right":  func(r *Route) { r.Right = "" },
		"handle": func(r *Route) { r.Handler = nil },
		"words":  func(r *Route) { r.EN = "" },
	} {
		bad := good
		spoil(&bad)
		if _, err := New(options(io.Discard), bad); err == nil {
			t.Errorf("%s: a bad route was taken: %+v", name, bad)
		}
	}
	if _, err := New(options(io.Discard), good, good); err == nil {
		t.Error("the same route twice was taken")
	}
	private := good
	private.Right = "things.read"
	if _, err := New(Options{Sentences: codes{}}, private); err == nil {
		t.Error("a right that nobody checks was taken")
	}
	if _, err := New(Options{}, good); err == nil {
		t.Error("a mux without sentences was made")
	}
}

func TestReadQuery(t *testing.T) {
	for raw, want := range map[string]string{
		"place=1&code=a&code=b": "",
		"":                      "",
		"palce=1":               "query.unknown",
		"place=1&place=2":       "query.twice",
		"place=%zz":             "query.malformed",
		"a;b=1":                 "query.malformed",
		"138%20000=1":           "query.malformed",
		"place=a%00b":           "query.malformed",
		"place=%ff":             "query.malformed",
		"place=%0a":             "query.malformed",
	} {
		_, err := ReadQuery(raw, "place", "code*")
		if got := codeOf(err); got != want {
			t.Errorf("query %q: got %q, want %q", raw, got, want)
		}
	}
}

func TestUnchanged(t *testing.T) {
	m := mux(t, options(io.Discard), public("GET", "/x", func(w http.ResponseWriter, r *http.Request) error {
		if Unchanged(w, r, "state-7") {
			return nil
		}
		return WriteJSON(w, 1)
	}))
	for header, want := range map[string]int{"": 200, `"state-7"`: 304, `W/"state-7"`: 304, `"a", "state-7"`: 304, "*": 304, `"state-6"`: 200, `state-7`: 200} {
		r := httptest.NewRequest("GET", "/x", nil)
		r.Header.Set("If-None-Match", header)
		w := send(m, r)
		if w.Code != want || w.Header().Get("ETag") != `"state-7"` || w.Header().Get("Cache-Control") != "no-cache" || (want == 304) != (w.Body.Len() == 0) {
			t.Errorf("If-None-Match %q: got %d %v %q, want %d", header, w.Code, w.Header(), w.Body, want)
		}
	}
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

func FuzzReadQuery(f *testing.F) {
	for _, seed := range []string{"place=1&code=a&code=b", "place=%zz", "a;b", "&&&=", "code", "place=1&place=2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := ReadQuery(raw, "place", "code*")
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("ReadQuery(%q) gives %v", raw, err)
			}
			return
		}
		for name := range q.values {
			if name != "place" && name != "code" {
				t.Fatalf("ReadQuery(%q) lets %q pass", raw, name)
			}
		}
	})
}

func FuzzLanguage(f *testing.F) {
	for _, seed := range []string{"", "zh-CN,zh;q=0.9,en;q=0.8", "en-US", "*", "-----", "en;q=2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := &http.Request{Header: http.Header{"Accept-Language": {header}}}
		if got := Language(r); got != Chinese && got != English {
			t.Fatalf("Language(%q) = %q", header, got)
		}
	})
}
