package dbtest_test

import (
	"testing"

	"qingshan/db"
	"qingshan/db/dbtest"
)

func TestEachGivesFreshStores(t *testing.T) {
	var seen []db.Dialect
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		seen = append(seen, s.Ledger.Dialect())
		for name, d := range map[string]*db.DB{"ledger": s.Ledger, "views": s.Views} {
			digests, err := d.Digests(t.Context())
			if err != nil {
				t.Fatalf("digests of %s: %v", name, err)
			}
			fresh, err := s.Open(t, db.Options{}).Views.Digests(t.Context())
			if err != nil || len(fresh) == 0 && len(digests) == 0 {
				t.Errorf("%s has %d tables, error %v; want some", name, len(digests), err)
			}
		}
	})
	if len(seen) == 0 || seen[0] != db.SQLite {
		t.Errorf("dialects seen: %v, want SQLite first", seen)
	}
}
