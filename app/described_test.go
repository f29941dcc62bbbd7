package app_test

import (
	"testing"

	"qingshan/app"
	"qingshan/internal/httpx"
	"qingshan/lang"
)

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

func TestEveryRouteIsDescribed(t *testing.T) {
	if missing := httpx.Undescribed(opened(t).Routes()); missing != "" {
		t.Error(missing)
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
