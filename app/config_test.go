package app_test

import (
	"strings"
	"testing"

	"qingshan/app"
	"qingshan/fault"
)

// TestBooksThatWouldBeMisreadAreRefused starts with books that are not named by their unit, or hang in the air.
func TestBooksThatWouldBeMisreadAreRefused(t *testing.T) {
	county := app.BookConfig{Book: "220323"}
	for _, c := range []struct {
		name  string
		books []app.BookConfig
		want  string
	}{
		{"a county and its town", []app.BookConfig{county, {Book: "220323102", Unit: "220323102", Parent: "220323"}}, ""},
		{"a town alone", []app.BookConfig{{Book: "220323102"}}, ""},
		{"a name of its own", []app.BookConfig{{Book: "yidan", Unit: "220323102"}}, "config.slug_not_unit"},
		{"another unit's code", []app.BookConfig{{Book: "220323001", Unit: "220323102"}}, "config.slug_not_unit"},
		{"no unit at all", []app.BookConfig{{Book: "yidan"}}, "config.bad_book"},
		{"a parent that is not there", []app.BookConfig{{Book: "220323102", Parent: "220323"}}, "config.bad_parent"},
		{"another county's town", []app.BookConfig{county, {Book: "220322102", Parent: "220323"}}, "config.bad_parent"},
		{"its own parent", []app.BookConfig{{Book: "220323", Parent: "220323"}}, "config.bad_parent"},
		{"upside down", []app.BookConfig{{Book: "220323102"}, {Book: "220323", Parent: "220323102"}}, "config.bad_parent"},
	} {
		a, err := app.Open(t.Context(), app.Config{Dir: t.TempDir(), Books: c.books}, app.Options{})
		if err == nil {
			a.Close()
		}
		if (err == nil) != (c.want == "") || err != nil && fault.Of(err).Code != c.want {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// TestNoPasswordIsPrinted writes passwords into the database's address in every way that is read.
func TestNoPasswordIsPrinted(t *testing.T) {
	for _, address := range []string{"postgres://u:SECRET@host/db", "postgres://u@host/db?password=SECRET", "host=h password=SECRET dbname=d",
		"host=h password = 'a SECRET'", "password='it\\'s SECRET' host=h", "host=h PASSWORD=SECRET", "postgres://host/db?sslpassword=SECRET"} {
		text, err := app.Config{DB: address}.YAML()
		if err != nil || strings.Contains(text, "SECRET") || !strings.Contains(text, "db: postgres (set)") {
			t.Errorf("%s: got %v\n%s", address, err, text)
		}
	}
}
