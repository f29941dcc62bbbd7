package app_test

import (
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"qingshan/app"
	"qingshan/internal/httpx"
	"qingshan/internal/openapi"
	"qingshan/lang"
)

var update = flag.Bool("update", false, "write serve/program/examples.json and docs/permissions.md as they should be")

// opened is an installation without books, for tests that look at its table of routes.
func opened(t *testing.T) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Dir: t.TempDir()}, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// documentOf asks an installation for its description in a language.
func documentOf(t *testing.T, a *app.App, language string) []byte {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/api/openapi.json", nil)
	r.Header.Set("Accept-Language", language)
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("the description: %d %s", w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// watched is an installation's handler, each exchange held against the description that the installation gives of
// itself: what is not declared fails the test.
func watched(t *testing.T, a *app.App) http.Handler {
	t.Helper()
	checker, err := openapi.NewChecker(documentOf(t, a, "en"))
	if err != nil {
		t.Fatal(err)
	}
	return checker.Wrap(a.Handler(), func(err error) { t.Error(err) })
}

func TestEveryRouteIsDescribed(t *testing.T) {
	if missing := httpx.Undescribed(opened(t).Routes()); missing != "" {
		t.Error(missing)
	}
}

// TestTheDocumentIsOpenAPI holds the description against the schema that the OpenAPI Initiative gives for documents.
func TestTheDocumentIsOpenAPI(t *testing.T) {
	text, err := os.ReadFile("../internal/openapi/testdata/oas-3.1/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema jsonschema.Schema
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	a := opened(t)
	for _, language := range []string{httpx.Chinese, httpx.English} {
		var document map[string]any
		if err := json.Unmarshal(documentOf(t, a, language), &document); err != nil {
			t.Fatal(err)
		}
		if err := resolved.Validate(document); err != nil {
			t.Errorf("in %s: %v", language, err)
		}
		delete(document["info"].(map[string]any), "title")
		if resolved.Validate(document) == nil {
			t.Error("a document without a title passes: the schema checks nothing")
		}
	}
}

// TestTableAndDocumentListTheSame compares routes, rights and sentences both ways.
func TestTableAndDocumentListTheSame(t *testing.T) {
	a := opened(t)
	var document struct {
		Paths map[string]map[string]struct {
			Right    string                `json:"x-right"`
			Summary  string                `json:"summary"`
			Security []map[string][]string `json:"security"`
		}
	}
	for _, language := range []string{httpx.Chinese, httpx.English} {
		if err := json.Unmarshal(documentOf(t, a, language), &document); err != nil {
			t.Fatal(err)
		}
		count := 0
		for _, r := range a.Routes() {
			op, there := document.Paths[strings.TrimSuffix(r.Path, "{$}")][strings.ToLower(r.Method)]
			want := r.ZH
			if language == httpx.English {
				want = r.EN
			}
			if !there || op.Right != r.Right || op.Summary != want || (r.Right == httpx.Public) != (len(op.Security) == 0) {
				t.Errorf("%s %s in %s: the document has %+v, want right %s and %q", r.Method, r.Path, language, op, r.Right, want)
			}
		}
		for _, operations := range document.Paths {
			count += len(operations)
		}
		if count != len(a.Routes()) {
			t.Errorf("the document has %d operations, the table %d routes", count, len(a.Routes()))
		}
	}
}

// TestEveryProblemHasItsSentence holds that what a route says it refuses with can be said in both languages.
func TestEveryProblemHasItsSentence(t *testing.T) {
	sentences, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range opened(t).Routes() {
		problems, err := r.Problems()
		if err != nil {
			t.Errorf("%s %s: %v", r.Method, r.Path, err)
		}
		for _, codes := range problems {
			for _, code := range codes {
				for _, language := range []string{lang.Chinese, lang.English} {
					if said := sentences.Say(language, code, nil); said == sentences.Say(language, "unknown", map[string]string{"code": code}) {
						t.Errorf("%s %s refuses with %s, which has no sentence in %s", r.Method, r.Path, code, language)
					}
				}
			}
		}
	}
}
