package db_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"qingshan/db"
	"qingshan/db/dbtest"
)

// sums are the migrations of the tests of merging: a key of two columns, one that is replaced and two that are added to.
func sums() fstest.MapFS {
	return fstest.MapFS{"0001_sum.sql": {Data: []byte(`-- A table of sums.
CREATE TABLE sum (
  place  TEXT   NOT NULL,
  day    BIGINT NOT NULL,
  said   TEXT   NOT NULL,
  amount BIGINT NOT NULL,
  refs   BIGINT NOT NULL,
  PRIMARY KEY (place, day)
);
`)}}
}

func sumKey() []string { return []string{"place", "day"} }

func sumMerge() db.Merge {
	return db.Merge{Table: "sum", Key: sumKey(), Set: []string{"said"}, Add: []string{"amount", "refs"}}
}

type sumAt struct {
	place string
	day   int64
}

type sumRow struct {
	said         string
	amount, refs int64
}

// TestMergeAndPrune compares both with a map, over portions of every size.
func TestMergeAndPrune(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		d := openFrom(t, loc, db.Views, db.Options{}, sums())
		r, want := rand.New(rand.NewPCG(3, 3)), map[sumAt]sumRow{}
		for round, n := range []int{1, 3, 15, 16, 17, 64, 257, 1000} {
			rows := mergeIn(r, want, n, fmt.Sprint("round ", round))
			do(t, d, func(tx *db.Tx) error { return tx.Merge(t.Context(), sumMerge(), rows) })
			wantSums(t, d, want)
		}
		for _, width := range []int{2, 1} {
			var keys [][]any
			for _, at := range slices.Collect(maps.Keys(want))[:len(want)/2] {
				keys = append(keys, []any{at.place, at.day}[:width])
			}
			for at, row := range want {
				named := slices.ContainsFunc(keys, func(k []any) bool { return k[0] == at.place && (width == 1 || k[1] == at.day) })
				if named && row.amount == 0 && row.refs == 0 {
					delete(want, at)
				}
			}
			do(t, d, func(tx *db.Tx) error {
				return tx.Prune(t.Context(), "sum", sumKey()[:width], []string{"amount", "refs"}, keys)
			})
			wantSums(t, d, want)
		}
	})
}

// mergeIn draws rows of different keys and adds them to the map.
func mergeIn(r *rand.Rand, want map[sumAt]sumRow, n int, said string) [][]any {
	fresh := map[sumAt]bool{}
	var rows [][]any
	for len(fresh) < n {
		at := sumAt{fmt.Sprint("村", r.IntN(n)), int64(r.IntN(4))}
		if fresh[at] {
			continue
		}
		fresh[at] = true
		amount, refs := int64(r.IntN(3)-1), int64(r.IntN(3)-1)
		rows = append(rows, []any{at.place, at.day, said, amount, refs})
		want[at] = sumRow{said, want[at].amount + amount, want[at].refs + refs}
	}
	return rows
}

func wantSums(t *testing.T, d *db.DB, want map[sumAt]sumRow) {
	t.Helper()
	got := map[sumAt]sumRow{}
	err := d.Read(t.Context(), func(q *db.Tx) error {
		rows, err := q.Query(t.Context(), "SELECT place, day, said, amount, refs FROM sum")
		if err != nil {
			return err
		}
		return db.EachRow(rows, func() error {
			var at sumAt
			var row sumRow
			err := rows.Scan(&at.place, &at.day, &row.said, &row.amount, &row.refs)
			got[at] = row
			return err
		})
	})
	if err != nil || !maps.Equal(got, want) {
		t.Fatalf("got %v, %v; want %v", got, err, want)
	}
}

func do(t *testing.T, d *db.DB, f func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Do(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// TestMergeRefusesOddRows: rows of another width or of mixed types fail on either database, and nothing commits.
func TestMergeRefusesOddRows(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		d := openFrom(t, loc, db.Views, db.Options{}, sums())
		for name, rows := range map[string][][]any{
			"too narrow": {{"a", int64(1), "x", int64(1)}},
			"no number":  {{"a", int64(1), "x", int64(1), int64(1)}, {"b", int64(1), "x", nil, int64(1)}},
		} {
			err := d.Do(t.Context(), func(tx *db.Tx) error { return tx.Merge(t.Context(), sumMerge(), rows) })
			if err == nil || !strings.Contains(err.Error(), "merge into sum") {
				t.Errorf("%s: got %v, want a refusal that names the table", name, err)
			}
		}
		wantSums(t, d, map[sumAt]sumRow{})
	})
}
