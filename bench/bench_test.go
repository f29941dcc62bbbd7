package main

import (
	"os"
	"strings"
	"testing"
)

// TestSides runs every side once with tiny numbers and wants its work done: all records acknowledged and found again.
// How long it takes is not looked at.
func TestSides(t *testing.T) {
	for name, url := range map[string]string{"sqlite": "", "postgres": os.Getenv("QINGSHAN_TEST_POSTGRES")} {
		t.Run(name, func(t *testing.T) {
			if name == "postgres" && url == "" {
				t.Skip("QINGSHAN_TEST_POSTGRES is not set")
			}
			var out strings.Builder
			b := bench{clients: 4, singles: 24, batches: 3, size: 20, url: url, out: &out}
			for i, s := range b.sides() {
				r, err := s.run(t.Context())
				if err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				want := b.batches * b.size
				if i == sharedCommits || i == ownCommits {
					want = b.singles
				}
				if r.records != want {
					t.Errorf("%s: %d records found, want %d", s.name, r.records, want)
				}
				if r.perSecond <= 0 || r.p99 < r.p50 || r.p50 <= 0 || (r.settled > 0) != (i <= batchesHTTP) || r.settled > r.perSecond {
					t.Errorf("%s: %+v does not hang together", s.name, r)
				}
			}
		})
	}
}

// TestReport runs the whole comparison with one short round and wants every line of its report.
func TestReport(t *testing.T) {
	var out strings.Builder
	b := bench{clients: 2, singles: 8, batches: 2, size: 4, out: &out}
	if err := b.everywhere(t.Context(), "", "", 1); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"synchronous:full", "medians of 1 runs", "shared commits / one transaction each:", "through the ledger / raw INSERTs:", "over HTTP / raw INSERTs:"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, &out)
		}
	}
}

func TestMedianAndRatio(t *testing.T) {
	a := []result{{perSecond: 30}, {perSecond: 10}, {perSecond: 20}}
	b := []result{{perSecond: 10}, {perSecond: 10}, {perSecond: 1}}
	if got := median(a, speed); got != 20 {
		t.Errorf("median of 30, 10, 20: got %v, want 20", got)
	}
	if got := ratio(a, b, speed); got != 3 {
		t.Errorf("median of 30/10, 10/10, 20/1: got %v, want 3", got)
	}
}
