package db_test

import (
	"context"
	"testing"
	"testing/fstest"

	"qingshan/db"
	"qingshan/db/dbtest"
)

// things are the migrations of most tests here: one table with a column of each type.
func things() fstest.MapFS {
	return fstest.MapFS{
		"0001_thing.sql": {Data: []byte(`-- A table with each type that both databases share.
CREATE TABLE thing (
  id     BIGINT NOT NULL PRIMARY KEY,
  text   TEXT,
  number BIGINT,
  real   DOUBLE PRECISION,
  bytes  BYTEA,
  flag   BOOLEAN
);
`)},
	}
}

func thingColumns() []string {
	return []string{"id", "text", "number", "real", "bytes", "flag"}
}

func thing(id int64) []any {
	return []any{id, "溪口村第七河段", id * 1000, float64(id) / 4, []byte{byte(id), 0, 0xff}, id%2 == 0}
}

func openThings(t testing.TB, loc db.Location, store db.Store, opts db.Options) *db.DB {
	t.Helper()
	return openFrom(t, loc, store, opts, things())
}

func openFrom(t testing.TB, loc db.Location, store db.Store, opts db.Options, files fstest.MapFS) *db.DB {
	t.Helper()
	d, err := db.OpenFrom(t.Context(), loc, store, opts, files)
	if err != nil {
		t.Fatalf("open %s: %v", store, err)
	}
	t.Cleanup(func() { _ = d.Close() }) // some tests close it before
	return d
}

// eachThings runs f with a fresh ledger store of things on both databases.
func eachThings(t *testing.T, f func(t *testing.T, loc db.Location, d *db.DB)) {
	t.Helper()
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		f(t, loc, openThings(t, loc, db.Ledger, db.Options{}))
	})
}

func put(ctx context.Context, d *db.DB, ids ...int64) error {
	return d.Do(ctx, func(tx *db.Tx) error { return putIn(ctx, tx, ids...) })
}

func putIn(ctx context.Context, tx *db.Tx, ids ...int64) error {
	for _, id := range ids {
		if _, err := tx.Exec(ctx, "INSERT INTO thing (id, number) VALUES ($1, $2)", id, id); err != nil {
			return err
		}
	}
	return nil
}

func count(ctx context.Context, d *db.DB) (n int64, err error) {
	err = d.Read(ctx, func(q *db.Tx) error {
		n, err = countIn(ctx, q)
		return err
	})
	return n, err
}

func countIn(ctx context.Context, q *db.Tx) (n int64, err error) {
	err = q.QueryRow(ctx, "SELECT count(*) FROM thing").Scan(&n)
	return n, err
}

func wantCount(t *testing.T, d *db.DB, want int64) {
	t.Helper()
	if got, err := count(context.Background(), d); err != nil || got != want {
		t.Errorf("rows stored: got %d, %v; want %d", got, err, want)
	}
}
