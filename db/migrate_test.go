package db_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
)

// steps builds a folder of migrations out of pairs of name and text, on top of things.
func steps(pairs ...string) fstest.MapFS {
	files := things()
	for i := 0; i < len(pairs); i += 2 {
		files[pairs[i]] = &fstest.MapFile{Data: []byte("-- A step of a test.\n" + pairs[i+1])}
	}
	return files
}

const (
	addColour = "ALTER TABLE thing ADD COLUMN colour TEXT;"
	addOther  = "CREATE TABLE other (id BIGINT PRIMARY KEY); INSERT INTO other (id) VALUES (7);"
)

func TestMigrationsRunOnceInOrder(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		d := openThings(t, loc, db.Ledger, db.Options{})
		if err := put(t.Context(), d, 1); err != nil {
			t.Fatal(err)
		}
		later := steps("0002_colour.sql", addColour, "0010_other.sql", addOther)
		for range 2 { // the second opening finds nothing to do
			d = openFrom(t, loc, db.Ledger, db.Options{}, later)
			rewrite(t, d, "UPDATE thing SET colour = 'green'")
			wantCount(t, d, 1)
			rewrite(t, d, "DELETE FROM other WHERE id = 7")
		}
	})
}

func TestSiblingReplacesItsNamesakeOnPostgreSQL(t *testing.T) {
	files := steps(
		"0002_mark.sql", "INSERT INTO thing (id, text) VALUES (1, 'SQLite');",
		"0002_mark.postgres.sql", "INSERT INTO thing (id, text) VALUES (1, 'PostgreSQL');")
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		d := openFrom(t, loc, db.Ledger, db.Options{}, files)
		var got string
		err := d.Read(t.Context(), func(q *db.Tx) error {
			return q.QueryRow(t.Context(), "SELECT text FROM thing").Scan(&got)
		})
		if err != nil || got != d.Dialect().String() {
			t.Errorf("text written by the migration: got %q, %v; want %q", got, err, d.Dialect())
		}
	})
}

func TestFailedMigrationLeavesNothing(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		broken := steps("0002_colour.sql", addColour, "0003_broken.sql", addOther+" INSERT INTO nowhere (id) VALUES (1);")
		if _, err := db.OpenFrom(t.Context(), loc, db.Ledger, db.Options{}, broken); err == nil || !strings.Contains(err.Error(), "0003_broken") {
			t.Fatalf("open with a broken migration: got %v, want an error that names it", err)
		}
		// Step 2 is kept, step 3 left no table behind: mended, it applies.
		d := openFrom(t, loc, db.Ledger, db.Options{}, steps("0002_colour.sql", addColour, "0003_broken.sql", addOther))
		rewrite(t, d, "UPDATE other SET id = 8")
	})
}

func TestStoresThatDifferAreRefused(t *testing.T) {
	before := steps("0002_colour.sql", addColour, "0004_other.sql", addOther)
	cases := []struct {
		name  string
		files fstest.MapFS
		code  string
	}{
		{"newer than the binary", steps("0002_colour.sql", addColour), "db.newer"},
		{"much newer", fstest.MapFS{}, "db.newer"},
		{"a released text changed", steps("0002_colour.sql", addColour+" ", "0004_other.sql", addOther), "db.migration_changed"},
		{"a step slipped in", steps("0002_colour.sql", addColour, "0003_new.sql", "", "0004_other.sql", addOther), "db.migration_order"},
		{"a step gone", steps("0004_other.sql", addOther), "db.migration_order"},
	}
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		first := openFrom(t, loc, db.Ledger, db.Options{}, before)
		want, err := first.Digests(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			_, err := db.OpenFrom(t.Context(), loc, db.Ledger, db.Options{}, c.files)
			if got := fault.Of(err); got.Code != c.code || got.Kind != fault.Conflict {
				t.Errorf("%s: got %v, want a conflict %s", c.name, err, c.code)
			}
		}
		if got, err := first.Digests(t.Context()); err != nil || got["other"] != want["other"] || len(got) != len(want) {
			t.Errorf("after the refusals: tables %v, %v; want %v", got, err, want)
		}
	})
}

func TestLineEndsDoNotChangeAMigration(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		openThings(t, loc, db.Ledger, db.Options{})
		windows := things()
		for _, file := range windows {
			file.Data = []byte(strings.ReplaceAll(string(file.Data), "\n", "\r\n"))
		}
		openFrom(t, loc, db.Ledger, db.Options{}, windows)
	})
}

func TestBadMigrationFilesAreRefused(t *testing.T) {
	cases := map[string]fstest.MapFS{
		"a name without a number":   steps("colour.sql", addColour),
		"a short number":            steps("12_colour.sql", addColour),
		"two files of one number":   steps("0002_colour.sql", addColour, "0002_other.sql", addOther),
		"a sibling without a base":  steps("0002_colour.postgres.sql", addColour),
		"a sibling of another name": steps("0002_colour.sql", addColour, "0002_color.postgres.sql", addColour),
		"no reason in its first line": {
			"0001_thing.sql": {Data: []byte("CREATE TABLE thing (id BIGINT);")},
		},
	}
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		for name, files := range cases {
			if d, err := db.OpenFrom(t.Context(), loc, db.Ledger, db.Options{}, files); err == nil {
				t.Errorf("%s: opened, want an error", name)
				_ = d.Close()
			}
		}
	})
}

// Several nodes start at once on an empty place: one makes the store, all can use it.
func TestNodesOpenTogether(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		const nodes = 6
		files := steps("0002_colour.sql", addColour, "0003_other.sql", addOther)
		handles := make([]*db.DB, nodes)
		errs := make([]error, nodes)
		var wg sync.WaitGroup
		for i := range nodes {
			wg.Go(func() { handles[i], errs[i] = db.OpenFrom(t.Context(), loc, db.Ledger, db.Options{}, files) })
		}
		wg.Wait()
		for i, d := range handles {
			if errs[i] != nil {
				t.Errorf("node %d: %v", i, errs[i])
				continue
			}
			if err := put(t.Context(), d, int64(i)); err != nil {
				t.Errorf("node %d: %v", i, err)
			}
			t.Cleanup(func() { _ = d.Close() })
		}
		if errs[0] == nil {
			wantCount(t, handles[0], nodes)
		}
	})
}

func TestResetStartsViewsAfresh(t *testing.T) {
	linked := steps(
		"0002_parent.sql", "CREATE TABLE a_parent (id BIGINT PRIMARY KEY);",
		"0003_child.sql", "CREATE TABLE b_child (id BIGINT REFERENCES a_parent (id)); CREATE INDEX b_child_id ON b_child (id);")
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		ctx := t.Context()
		d := openFrom(t, loc, db.Views, db.Options{}, linked)
		other := openFrom(t, loc, db.Views, db.Options{}, linked)
		fresh, err := d.Digests(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			rewrite(t, d, "INSERT INTO a_parent (id) VALUES (1)")
			rewrite(t, d, "INSERT INTO b_child (id) VALUES (1)")
			if err := put(ctx, other, 1, 2); err != nil {
				t.Fatal(err)
			}
			if err := d.Reset(ctx); err != nil {
				t.Fatalf("reset: %v", err)
			}
			for _, handle := range []*db.DB{d, other} {
				wantCount(t, handle, 0)
			}
		}
		if got, err := d.Digests(ctx); err != nil || got["thing"] != fresh["thing"] || len(got) != 3 {
			t.Errorf("after reset: %v, %v; want %v", got, err, fresh)
		}
		openFrom(t, loc, db.Views, db.Options{}, linked)
	})
}

func TestResetRefusesTheLedger(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		if err := put(t.Context(), d, 1); err != nil {
			t.Fatal(err)
		}
		if err := d.Reset(t.Context()); !fault.Is(err, fault.Forbidden) {
			t.Errorf("reset of the ledger: got %v, want a fault of kind forbidden", err)
		}
		wantCount(t, d, 1)
	})
}

// The migrations that are shipped apply, and what they make can be told apart and reset.
func TestShippedMigrations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		for name, d := range map[string]*db.DB{"ledger": s.Ledger, "views": s.Views} {
			digests, err := d.Digests(t.Context())
			if err != nil || len(digests) == 0 {
				t.Errorf("%s: tables %v, %v; want some", name, digests, err)
			}
		}
		if err := s.Views.Reset(t.Context()); err != nil {
			t.Errorf("reset the views: %v", err)
		}
		if err := errors.Join(s.Ledger.Optimize(t.Context()), s.Views.Optimize(t.Context())); err != nil {
			t.Errorf("optimize: %v", err)
		}
	})
}
