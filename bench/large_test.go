package main

import (
	"os"
	"strings"
	"testing"

	"qingshan/record"
)

// TestLarge runs the parts over a large book, a small one here, on both databases: the replay must give the same tables, the
// raw side must take the same rows, and every answer must be what plain SQL says. How long it takes is not looked at.
func TestLarge(t *testing.T) {
	for name, url := range map[string]string{"sqlite": "", "postgres": os.Getenv("QINGSHAN_TEST_POSTGRES")} {
		t.Run(name, func(t *testing.T) {
			if name == "postgres" && url == "" {
				t.Skip("QINGSHAN_TEST_POSTGRES is not set")
			}
			var out strings.Builder
			b := bench{url: url, out: &out}
			if err := b.large(t.Context(), plan{parts: []string{"rebuild", "figures"}, runs: 1}, 3_000); err != nil {
				t.Fatalf("%v\n%s", err, &out)
			}
			for _, want := range []string{"of the raw row rate", "clean.piles_tidied 2021..2025", "first page", "SQL "} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the report lacks %q:\n%s", want, &out)
				}
			}
		})
	}
}

// TestYearbookIsAlwaysTheSame: a data set that is made twice is the same, and about what a town sends.
func TestYearbookIsAlwaysTheSame(t *testing.T) {
	const size = 5000
	one, two := newYearbook([32]byte{1}, size), newYearbook([32]byte{1}, size)
	amended, last := 0, record.Day(0)
	for range size {
		a, b := one.next(), two.next()
		text, err := a.Record.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		again, _ := b.Record.Canonical()
		if string(text) != string(again) {
			t.Fatalf("got %s, and the second time %s", text, again)
		}
		if !a.Record.Amends.Zero() {
			amended++
		}
		last = a.Envelope.Day
	}
	if amended < size/100 || amended > size/25 || last < 20251120 {
		t.Errorf("%d of %d records amend others and the last day is %s; want some hundredths and the end of 2025", amended, size, last)
	}
}
