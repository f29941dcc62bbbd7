package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"qingshan/app"
	"qingshan/internal/httpx"
)

// mark stands in everything that these tests send and must not come back: a name and a telephone number.
const mark = "zhangsan13812345678"

// marks are values with the mark in them, each in a form that gets further into a door than the one before.
func marks() []string {
	return []string{"李四" + mark, mark, "clean." + mark, mark + ":5", "unit/" + mark, "2025-06-" + mark, "<b>" + mark + "</b>", mark + "\x00"}
}

// journal is a log that may be written to by many at once.
type journal struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.lock.Lock()
	defer j.lock.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.lock.Lock()
	defer j.lock.Unlock()
	return j.text.String()
}

// thrower sends marked requests to an installation that has been walked through.
type thrower struct {
	t      *testing.T
	a      *app.App
	token  string
	log    *journal
	thrown int
}

func throwing(t *testing.T) *thrower {
	log := &journal{}
	a, token, _ := walked(t, slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	return &thrower{t: t, a: a, token: token, log: log}
}

// throw sends a request and holds that a refusal, and every header, is free of the mark.
func (th *thrower) throw(r *http.Request) int {
	th.t.Helper()
	th.thrown++
	w := httptest.NewRecorder()
	th.a.Handler().ServeHTTP(w, r)
	if w.Code >= 400 && strings.Contains(w.Body.String(), mark) {
		th.t.Errorf("%s %s repeats what was sent: %.500s", r.Method, r.URL, w.Body)
	}
	for name, values := range w.Header() {
		if strings.Contains(fmt.Sprint(values), mark) {
			th.t.Errorf("%s %s: header %s repeats what was sent: %v", r.Method, r.URL, name, values)
		}
	}
	return w.Code
}

func (th *thrower) request(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+th.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// quiet holds that the log has lines and none of them the mark.
func (th *thrower) quiet() {
	th.t.Helper()
	lines := 0
	for line := range strings.Lines(th.log.String()) {
		lines++
		if strings.Contains(line, mark) || strings.Contains(line, "李四") {
			th.t.Errorf("the log repeats what was sent: %.600s", line)
		}
	}
	if lines < th.thrown {
		th.t.Errorf("the log has %d lines for %d requests", lines, th.thrown)
	}
}

// good gives, for each route, the first request of the walk that it answered well.
func good(routes []httpx.Route) map[string]step {
	found := map[string]step{}
	for _, r := range routes {
		for _, s := range steps() {
			of := r.Method + " " + strings.TrimSuffix(r.Path, "{$}") + " 200"
			if _, there := found[r.Method+" "+r.Path]; !there && s.of == of {
				if s.at == "" {
					s.at = s.on + "x"
				}
				found[r.Method+" "+r.Path] = s
			}
		}
	}
	return found
}

// TestNothingThatWasSentComesBack throws marks at every parameter of every route, one at a time and the rest good, at
// every key and value of every body, and at headers and paths.
func TestNothingThatWasSentComesBack(t *testing.T) {
	th := throwing(t)
	refused := 0
	for pattern, s := range good(th.a.Routes()) {
		for _, r := range th.a.Routes() {
			if r.Method+" "+r.Path != pattern {
				continue
			}
			for _, target := range spoiled(t, r, s.at) {
				if th.throw(th.request(r.Method, target, s.body)) >= 400 {
					refused++
				}
			}
			for _, body := range spoiledBodies(t, r, s.body) {
				th.throw(th.request(r.Method, s.at, body))
			}
		}
	}
	if want := 5 * len(th.a.Routes()); refused < want {
		t.Errorf("of %d marked requests %d were refused, want at least %d: the marks do not arrive", th.thrown, refused, want)
	}
	th.headers()
	th.quiet()
}

// headers throws marks at what every request carries.
func (th *thrower) headers() {
	th.t.Helper()
	for _, name := range []string{"Authorization", "Accept-Language", "If-None-Match", "User-Agent", "Content-Type", "X-Forwarded-For", "X-Request-Id", "Accept", "Cookie", "Origin"} {
		for _, value := range []string{mark, "Bearer " + mark, "en;q=" + mark} {
			for _, target := range []string{"/api/v1/figures?place=1", "/api/v1/registers/person?book=220323102", "/figures", "/" + mark, "/%E6%9D%8E" + mark} {
				r := th.request(http.MethodGet, target, "")
				r.Header.Set(name, value)
				th.throw(r)
			}
		}
	}
	for _, method := range []string{strings.ToUpper(mark), http.MethodDelete} {
		for _, target := range []string{"/figures", "/" + mark, "/api/v1/books/" + mark + "/checkpoint"} {
			th.throw(th.request(method, target, ""))
		}
	}
}

// spoiled gives addresses of a route in which one parameter bears a mark, or a parameter is called by it.
func spoiled(t *testing.T, r httpx.Route, at string) []string {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, value := range marks() {
		for _, p := range r.Params {
			query := u.Query()
			if !r.InPath(p.Name) {
				query.Set(p.Name, value)
				out = append(out, u.EscapedPath()+"?"+query.Encode())
				continue
			}
			steps, pattern := strings.Split(u.EscapedPath(), "/"), strings.Split(r.Path, "/")
			for i := range pattern {
				if pattern[i] == "{"+p.Name+"}" {
					steps[i] = url.PathEscape(value)
				}
			}
			out = append(out, strings.Join(steps, "/")+"?"+query.Encode())
		}
		query := u.Query()
		query.Set(value, "1")
		out = append(out, u.EscapedPath()+"?"+query.Encode())
	}
	return out
}

// spoiledBodies gives bodies in which one value or one key bears a mark, and some that are no JSON at all.
func spoiledBodies(t *testing.T, r httpx.Route, body string) []string {
	t.Helper()
	if r.MaxBody == 0 {
		return nil
	}
	out := []string{mark, `"` + mark + `"`, `{"` + mark + `":1,"` + mark + `":2}`, `{"a":"` + mark, `["` + mark + `"]`}
	var tree any
	if err := json.Unmarshal([]byte(body), &tree); err != nil {
		t.Fatalf("%s %s: no good body to spoil: %v", r.Method, r.Path, err)
	}
	for _, value := range marks() {
		spoil(tree, value, func() {
			text, err := json.Marshal(tree)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(text))
		})
	}
	return out
}

// spoil puts the value in the place of every leaf, and beside every key, one at a time; done is called for each.
func spoil(tree any, value string, done func()) {
	switch node := tree.(type) {
	case map[string]any:
		for key, was := range node {
			spoil(was, value, done)
			node[key] = value
			done()
			node[key] = was
		}
		node[value] = 1
		done()
		delete(node, value)
	case []any:
		for i, was := range node {
			spoil(was, value, done)
			node[i] = value
			done()
			node[i] = was
		}
	}
}

// TestNoPersonReachesTheLog registers a person whose name and number bear the mark, walks through all routes with every
// right, and reads the log.
func TestNoPersonReachesTheLog(t *testing.T) {
	th := throwing(t)
	person := strings.NewReplacer("王某某", "张三"+mark, `"person-1"`, `"person-2"`, "p-00000001", "p-00000002", `"duty"`, `"phone":"13812345678","duty"`).Replace(walkPerson)
	w := httptest.NewRecorder()
	th.a.Handler().ServeHTTP(w, th.request(http.MethodPost, "/api/v1/records", person))
	if !strings.Contains(w.Body.String(), `"outcome":"stored"`) {
		t.Fatalf("the person was not registered: %s", w.Body)
	}
	for _, s := range good(th.a.Routes()) {
		method, _, _ := strings.Cut(s.of, " ")
		w := httptest.NewRecorder()
		th.a.Handler().ServeHTTP(w, th.request(method, s.at, s.body))
		if strings.Contains(w.Body.String(), mark) || strings.Contains(w.Body.String(), "13812345678") {
			t.Errorf("%s shows the person: %.500s", s.of, w.Body)
		}
	}
	text := th.log.String()
	for _, secret := range []string{mark, "张三", "13812345678", "王某某", "p-0000000", th.token} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
	for _, wanted := range []string{`"right":"registers.read"`, `"actor":"county"`, `"stored":1`, `"db":`, `"queue":`, `"commit":`, `"bytes_in":`, `"cache":"none"`, `"book":"220323102"`} {
		if !strings.Contains(text, wanted) {
			t.Errorf("no line of the log has %s", wanted)
		}
	}
}
