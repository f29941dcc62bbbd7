package db_test

import (
	"math/rand/v2"
	"testing"

	"qingshan/db"
)

// The same rows, sent in different order and portions, have one digest on both databases.
func TestDigestsAgreeAcrossDatabases(t *testing.T) {
	const seed = 20251210
	t.Logf("seed %d", seed)
	found := map[db.Dialect]string{}
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		random := rand.New(rand.NewPCG(seed, uint64(d.Dialect())))
		rows := append(things300(), edges()...)
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for len(rows) > 0 {
			n := min(1+random.IntN(40), len(rows))
			fill(t, d, rows[:n])
			rows = rows[n:]
		}
		found[d.Dialect()] = digest(t, d)
	})
	if len(found) == 2 && found[db.SQLite] != found[db.PostgreSQL] {
		t.Errorf("digests differ: SQLite %s, PostgreSQL %s", found[db.SQLite], found[db.PostgreSQL])
	}
}

func things300() (rows [][]any) {
	for id := range int64(300) {
		rows = append(rows, thing(id))
	}
	return rows
}

func edges() [][]any {
	return [][]any{
		{int64(1001), nil, nil, nil, nil, nil},
		{int64(1002), "", int64(0), 0.0, []byte{}, false},
		{int64(1003), "1", int64(1), 1.0, []byte("1"), true},
		{int64(1004), "青山", int64(-1), -0.5, []byte{0}, true},
	}
}

func fill(t *testing.T, d *db.DB, rows [][]any) {
	t.Helper()
	err := d.Do(t.Context(), func(tx *db.Tx) error { return tx.Insert(t.Context(), "thing", thingColumns(), rows) })
	if err != nil {
		t.Fatal(err)
	}
}

func digest(t *testing.T, d *db.DB) string {
	t.Helper()
	all, err := d.Digests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all["thing"] == "" {
		t.Fatalf("digests: got %v, want one of thing", all)
	}
	return all["thing"]
}

// Each change of one cell, however small, changes the digest; undoing it brings the digest back.
func TestDigestSeesEveryChange(t *testing.T) {
	changes := []string{
		"text = ''", "text = NULL", "text = 'x'", "number = number + 1", "number = NULL", "real = NULL", "real = 7.5",
		"bytes = NULL", "flag = NOT flag", "flag = NULL", "id = 7000",
	}
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		empty := digest(t, d)
		fill(t, d, [][]any{thing(1), thing(2)})
		full := digest(t, d)
		seen := map[string]string{full: "the rows as they were", empty: "no rows"}
		for _, change := range changes {
			rewrite(t, d, "UPDATE thing SET "+change+" WHERE id = 1")
			got := digest(t, d)
			if other, ok := seen[got]; ok {
				t.Errorf("%s has the digest of %s", change, other)
			}
			seen[got] = change
			rewrite(t, d, "DELETE FROM thing")
			fill(t, d, [][]any{thing(2), thing(1)})
			if got := digest(t, d); got != full {
				t.Fatalf("after undoing %s: got %s, want %s", change, got, full)
			}
		}
	})
}

func rewrite(t *testing.T, d *db.DB, query string) {
	t.Helper()
	err := d.Do(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), query)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
