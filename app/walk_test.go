package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"qingshan/app"
)

// step is one request of the walk through all routes; what it is answered is an example in the description.
type step struct {
	of    string // the example's name: "GET /api/v1/units 200"
	at    string // path and query
	body  string
	plain bool // without the token
	known bool // asks with the ETag of the step before

	on      string // instead of at: the link with this beginning on the page that was shown last
	browser bool   // asks for a page
}

// steps walks through every route and every status that is a good answer, in an order in which each finds what it needs.
// A new route gets its step here; `go test ./app -run TestWalk -update` then writes its example.
func steps() []step {
	const june = "/api/v1/figures?place=220323102&period=2025-06&code=clean.domestic_waste&wait=220323102:3"
	return []step{
		{of: "GET /healthz 200", at: "/healthz", plain: true},
		{of: "GET /readyz 200", at: "/readyz", plain: true},
		{of: "POST /api/v1/records 200", at: "/api/v1/records", body: walkUnits},
		{of: "POST /api/v1/records 200", at: "/api/v1/records", body: walkPerson},
		{of: "POST /api/v1/records 200", at: "/api/v1/records", body: walkLoad},
		{of: "POST /api/v1/records 401", at: "/api/v1/records", body: walkLoad, plain: true},
		{of: "GET /api/v1/figures 200", at: june, plain: true},
		{of: "GET /api/v1/figures 304", at: june, plain: true, known: true},
		{of: "GET /api/v1/figures 200", at: strings.Replace(june, "&wait", "&compare=1&wait", 1), plain: true},
		{of: "GET /api/v1/figures 400", at: "/api/v1/figures?place=220323102&period=2025-13", plain: true},
		{of: "GET /api/v1/figures 404", at: "/api/v1/figures?place=220323102999&period=2025", plain: true},
		{of: "GET /api/v1/verdicts 200", at: "/api/v1/verdicts?place=220323102&period=2025-06&code=clean.domestic_waste", plain: true},
		{of: "GET /api/v1/verdicts 304", at: "/api/v1/verdicts?place=220323102&period=2025-06&code=clean.domestic_waste", plain: true, known: true},
		{of: "GET /api/v1/figures/{code}/records 200", at: "/api/v1/figures/clean.domestic_waste/records?place=220323102&period=2025-06"},
		{of: "GET /api/v1/books 200", at: "/api/v1/books", plain: true},
		{of: "GET /api/v1/books/{book}/checkpoint 200", at: "/api/v1/books/220323102/checkpoint", plain: true},
		{of: "GET /api/v1/books/{book}/consistency 200", at: "/api/v1/books/220323102/consistency?from=1&to=3", plain: true},
		{of: "GET /api/v1/entries/{book}/{seq} 200", at: "/api/v1/entries/220323102/3"},
		{of: "GET /api/v1/units 200", at: "/api/v1/units?parent=220323102&day=2025-06-03", plain: true},
		{of: "GET /api/v1/registers/{kind} 200", at: "/api/v1/registers/person?book=220323102"},
		{of: "GET /figures 200", at: "/figures?place=220323102&period=2025-06", plain: true},
		{of: "GET /figures 304", at: "/figures?place=220323102&period=2025-06", plain: true, known: true},
		{of: "GET /figures/{code} 200", at: "/figures/clean.domestic_waste?place=220323102&period=2025-06", plain: true},
		{of: "GET /figures/{code} 304", at: "/figures/clean.domestic_waste?place=220323102&period=2025-06", plain: true, known: true},
		{of: "GET /records/{book}/{seq} 200", at: "/records/220323102/3", plain: true},
		{of: "GET /records/{book}/{seq} 304", at: "/records/220323102/3", plain: true, known: true},
		{of: "GET /assets/style/{name} 200", on: "/assets/style/", plain: true},
		{of: "GET /assets/icon/{name} 200", on: "/assets/icon/", plain: true},
		{of: "GET /metrics 200", at: "/metrics"},
		{of: "POST /api/v1/publications 201", at: "/api/v1/publications?wait=220323102:6", body: walkPublish},
		{of: "POST /api/v1/publications 200", at: "/api/v1/publications", body: walkPublish},
		{of: "POST /api/v1/publications/{code}/revisions 201", at: "/api/v1/publications/220323102-6-8/revisions?wait=220323102:7", body: walkRevise},
		{of: "POST /api/v1/publications/{code}/revisions 200", at: "/api/v1/publications/220323102-6-8/revisions", body: walkRevise},
		{of: "POST /api/v1/publications/{code}/revisions 409", at: "/api/v1/publications/220323102-6-8/revisions", body: strings.ReplaceAll(walkRevise, "r-1", "r-2")},
		{of: "GET /api/v1/publications 200", at: "/api/v1/publications?place=220323102&latest=true", plain: true},
		{of: "GET /api/v1/publications/{code} 200", at: "/api/v1/publications/220323102-6-8", plain: true},
		{of: "GET /api/v1/publications/{code} 400", at: "/api/v1/publications/220323102-8-6", plain: true},
		{of: "GET /api/v1/publications/{code}/pending 200", at: "/api/v1/publications/220323102-6-8/pending?wait=220323102:8"},
		{of: "POST /api/v1/documents 201", at: "/api/v1/documents", body: walkIssue},
		{of: "POST /api/v1/documents 200", at: "/api/v1/documents", body: walkIssue},
		{of: "GET /api/v1/publications/{code}/content 200", at: "/api/v1/publications/220323102-8-4/content"},
		{of: "GET /p/{code} 200", at: "/p/220323102-6-8", plain: true},
		{of: "GET /p/{code} 304", at: "/p/220323102-6-8", plain: true, known: true},
		{of: "GET /p/{code} 400", at: "/p/220323102-8-6", plain: true},
		{of: "POST /api/v1/device/records 200", at: "/api/v1/device/records", body: walkQueue},
		{of: "GET /api/v1/quarantine 200", at: "/api/v1/quarantine?book=220323102&state=waiting"},
		{of: "GET /api/v1/quarantine/{item}/raw 200", at: "/api/v1/quarantine/" + walkNegative + "/raw"},
		{of: "POST /api/v1/quarantine/{item}/repair 200", at: "/api/v1/quarantine/" + walkNegative + "/repair", body: walkMended},
		{of: "POST /api/v1/quarantine/{item}/repair 409", at: "/api/v1/quarantine/" + walkNegative + "/repair", body: walkMended},
		{of: "GET /api/v1/quarantine/{item} 200", at: "/api/v1/quarantine/" + walkNegative},
		{of: "POST /api/v1/quarantine/{item}/replay 200", at: "/api/v1/quarantine/" + walkUnknown + "/replay"},
		{of: "POST /api/v1/quarantine/replay 200", at: "/api/v1/quarantine/replay?book=220323102"},
		{of: "POST /api/v1/quarantine/{item}/dismiss 200", at: "/api/v1/quarantine/" + walkCart + "/dismiss", body: `{"why":"同一车已由他人报过"}`},
		{of: "GET / 200", at: "/", plain: true},
		{of: "GET / 303", at: "/", plain: true, browser: true},
		{of: "GET /api/openapi.json 200", at: "/api/openapi.json", plain: true},
		{of: "GET /api/openapi.json 304", at: "/api/openapi.json", plain: true, known: true},
	}
}

const (
	walkUnits = `{"book":"220323","records":[
{"external":"unit-220323","kind":"register.unit","observed":"2020-06-30","about":["unit/220323"],"values":{"object":"220323","name":"伊通满族自治县","class":"county"}},
{"external":"unit-220323102","kind":"register.unit","observed":"2020-06-30","about":["unit/220323102"],"values":{"object":"220323102","name":"伊丹镇","class":"town"}},
{"external":"unit-220323102210","kind":"register.unit","observed":"2020-06-30","about":["unit/220323102210"],"values":{"object":"220323102210","name":"火红村委会","class":"village"}}]}`
	walkPerson = `{"book":"220323102","records":[{"external":"person-1","kind":"register.person","observed":"2025-01-01","about":["unit/220323102210"],"values":{"object":"p-00000001","name":"王某某","duty":"grid_worker"}}]}`
	walkLoad   = `{"book":"220323102","sent":"2025-06-03T09:15:00+08:00","records":[{"id":"01973335-1e80-7000-8000-000000000010","kind":"waste.load","observed":"2025-06-03T09:12:00+08:00","about":["unit/220323102210"],"by":"p-00000001","where":{"lat":43.3451234,"lon":125.3012345,"accuracy":8,"datum":"wgs84"},"values":{"category":"domestic","mass":{"amount":"1.25","unit":"t"}}}]}`
)

// What a phone sends that cannot mend it, and the items that it is kept as, which follow from the bytes.
const (
	walkNegative = "b010741026933e2816c39d82a52392e5"
	walkUnknown  = "4feec2ff54bf6ae396a53761b2ce7e64"
	walkCart     = "e6581867760ad80580a624f08b16cbce"

	walkQueue = `{"book":"220323102","sent":"2025-06-03T09:15:00+08:00","records":[
{"id":"01973335-1e80-7000-8000-000000000011","kind":"waste.load","observed":"2025-06-03T09:13:00+08:00","about":["unit/220323102210"],"by":"p-00000001","values":{"category":"domestic","mass":{"amount":"-2","unit":"t"}}},
{"id":"01973335-1e80-7000-8000-000000000012","kind":"campaign.straw_visit","observed":"2025-06-03","about":["unit/220323102210"],"by":"p-00000001","values":{"households":12}},
{"id":"01973335-1e80-7000-8000-000000000013","kind":"waste.load","observed":"2025-06-03","about":["unit/220323102210"],"by":"p-00000001","values":{"category":"domestic","mass":{"amount":"1","unit":"车"}}}]}`
	walkMended = `{"why":"按司机电话更正","record":{"kind":"waste.load","observed":"2025-06-03T09:13:00+08:00","about":["unit/220323102210"],"values":{"category":"domestic","mass":{"amount":"2","unit":"t"}}}}`
)

const (
	walkPublish = `{"external":"june-waste","figure":"clean.domestic_waste","place":"220323102","period":"2025-06","as_of":"2025-06-03"}`
	walkRevise  = `{"external":"june-waste-r-1","reason":"a load was found that the first count lacked"}`
	walkIssue   = `{"external":"june-briefing","title":"六月简报","place":"220323102","period":"2025-06","media":"text/markdown","text":"# 六月简报\n\n生活垃圾 1.25 吨（220323102-6-8）","figures":["220323102-6-8"]}`
)

// walk goes through the steps in an installation whose clock stands still, and gives what was answered by name.
func walk(t *testing.T) (a *app.App, answers map[string]json.RawMessage) {
	t.Helper()
	a, _, answers = walked(t, nil)
	return a, answers
}

// walked is [walk] with a log, and gives the operator's token too.
func walked(t *testing.T, log *slog.Logger) (a *app.App, secret string, answers map[string]json.RawMessage) {
	t.Helper()
	seed := rand.NewChaCha8([32]byte{1})
	a, err := app.Open(t.Context(), app.Config{Dir: t.TempDir(), Books: []app.BookConfig{{Book: "220323"}, {Book: "220323102", Parent: "220323"}}},
		app.Options{Random: seed, Log: log, Clock: func() time.Time { return time.Date(2025, 6, 3, 1, 15, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	secret, err = a.IssueToken(t.Context(), "220323", "", "walk", 1)
	if err != nil {
		t.Fatal(err)
	}
	answers = map[string]json.RawMessage{}
	h, tag, page := watched(t, a), "", ""
	for _, s := range steps() {
		method, _, _ := strings.Cut(s.of, " ")
		if s.on != "" {
			s.at = regexp.MustCompile(s.on + `[^"]+`).FindString(page)
		}
		r := httptest.NewRequest(method, s.at, strings.NewReader(s.body))
		r.Header.Set("Accept-Language", "en")
		if !s.plain {
			r.Header.Set("Authorization", "Bearer "+secret)
		}
		if s.body != "" {
			r.Header.Set("Content-Type", "application/json")
			answers[regexp.MustCompile(`\d+$`).ReplaceAllString(s.of, "body")] = json.RawMessage(s.body)
		}
		if s.browser {
			r.Header.Set("Accept", "text/html")
		}
		if s.known {
			r.Header.Set("If-None-Match", tag)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if want := s.of[strings.LastIndex(s.of, " ")+1:]; fmt.Sprint(w.Code) != want {
			t.Fatalf("%s at %s: got %d %s", s.of, s.at, w.Code, w.Body)
		}
		tag = w.Header().Get("ETag")
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			page = w.Body.String()
		}
		answers[s.of] = shown(t, w)
	}
	return a, secret, answers
}

var requestID = regexp.MustCompile(`"request":"[0-9a-f]{16}"`)

// shown gives an answer as an example: a text as JSON has it, and the id of the request always the same. Pages and what
// they are drawn with are looked at, not read.
func shown(t *testing.T, w *httptest.ResponseRecorder) json.RawMessage {
	t.Helper()
	if media := w.Header().Get("Content-Type"); strings.HasPrefix(media, "text/html") || strings.HasPrefix(media, "text/css") || strings.HasPrefix(media, "image/") {
		return nil
	}
	text := requestID.ReplaceAll(bytes.TrimSpace(w.Body.Bytes()), []byte(`"request":"8f3a5c1e9b7d2046"`))
	if !strings.Contains(w.Header().Get("Content-Type"), "json") {
		var err error
		if text, err = json.Marshal(string(w.Body.Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	return text
}

// TestWalk goes through every route and every good answer that the table has, and holds that the examples in the
// description are what was answered.
func TestWalk(t *testing.T) {
	a, answers := walk(t)
	walked := map[string]bool{}
	for _, s := range steps() {
		walked[s.of] = true
	}
	for _, r := range a.Routes() {
		for _, answer := range r.Answers {
			of := fmt.Sprintf("%s %s %d", r.Method, strings.TrimSuffix(r.Path, "{$}"), answer.Status)
			if answer.Status != http.StatusServiceUnavailable && !walked[of] {
				t.Errorf("no step asks for %s: add one to steps() in app/walk_test.go, then go test ./app -run TestWalk -update", of)
			}
		}
	}
	for of, text := range answers {
		if len(text) < 3 || strings.HasPrefix(of, "GET / ") || strings.HasPrefix(of, "GET /api/openapi.json") || strings.HasPrefix(of, "GET /metrics") {
			delete(answers, of) // nothing to show, the table and the description themselves, or numbers that never stand still
		}
	}
	want := listed(answers)
	got, err := os.ReadFile("../serve/program/examples.json")
	if *update && !t.Failed() {
		err = os.WriteFile("../serve/program/examples.json", want, 0o644)
		got = want
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(unhashed(got), unhashed(want)) {
		t.Errorf("examples.json is not what was answered: go test ./app -run TestWalk -update\n got %.2000s\nwant %.2000s", got, want)
	}
}

// hashes change with every word of the catalog; an example shows what they look like.
var hashes = regexp.MustCompile(`[0-9a-f]{64}|[A-Za-z0-9+/]{43,}=*`)

func unhashed(text []byte) []byte { return hashes.ReplaceAll(text, []byte("#")) }

// listed writes the examples one a line, in order, so that a change shows as itself.
func listed(answers map[string]json.RawMessage) []byte {
	var lines []string
	for _, of := range slices.Sorted(maps.Keys(answers)) {
		var line bytes.Buffer
		_ = json.Compact(&line, answers[of]) // it was JSON before
		lines = append(lines, fmt.Sprintf("%q: %s", of, &line))
	}
	return []byte("{\n" + strings.Join(lines, ",\n") + "\n}\n")
}
