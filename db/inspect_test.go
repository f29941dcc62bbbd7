package db_test

import (
	"os"
	"path/filepath"
	"testing"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
)

func unsafeAsTests() db.Options { return db.Options{Unsafe: os.Getenv(dbtest.Unsafe) == "1"} }

func TestInspectMakesNothing(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		if loc.URL == "" {
			loc.Dir = filepath.Join(loc.Dir, "not", "there")
		}
		before, err := db.Inspect(t.Context(), loc, db.Ledger, unsafeAsTests())
		if err != nil || before.Made || before.Applied != 0 || before.Pending == 0 {
			t.Fatalf("before anything is there: got %+v, %v", before, err)
		}
		if again, err := db.Inspect(t.Context(), loc, db.Ledger, unsafeAsTests()); err != nil || again != before {
			t.Errorf("the second look found %+v, %v, the first %+v", again, err, before)
		}
		if _, err := os.Stat(loc.Dir); loc.URL == "" && !os.IsNotExist(err) {
			t.Errorf("the look made the folder: %v", err)
		}
		d, err := db.Open(t.Context(), loc, db.Ledger, unsafeAsTests())
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		after, err := db.Inspect(t.Context(), loc, db.Ledger, unsafeAsTests())
		if err != nil || !after.Made || after.Applied != before.Pending || after.Pending != 0 {
			t.Errorf("after it was opened: got %+v, %v", after, err)
		}
		err = d.Do(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "DELETE FROM migration WHERE number = (SELECT max(number) FROM migration)")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if old, err := db.Inspect(t.Context(), loc, db.Ledger, unsafeAsTests()); err != nil || old.Pending != 1 {
			t.Errorf("one step short: got %+v, %v, want 1 pending", old, err)
		}
		err = d.Do(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "INSERT INTO migration (number, name, checksum) VALUES (9999, 'later', '')")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Inspect(t.Context(), loc, db.Ledger, unsafeAsTests()); !fault.Is(err, fault.Conflict) {
			t.Errorf("of a newer program: got %v, want a conflict", err)
		}
	})
}

func TestInspectSaysThatNobodyAnswers(t *testing.T) {
	_, err := db.Inspect(t.Context(), db.Location{URL: "postgres://nobody@127.0.0.1:1/none?connect_timeout=2"}, db.Ledger, db.Options{})
	if fault.Of(err).Code != "db.unreachable" {
		t.Errorf("got %v, want db.unreachable", err)
	}
}
