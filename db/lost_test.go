package db_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"qingshan/db"
	"qingshan/fault"
)

const longQuery = `
	WITH RECURSIVE n (i) AS (
		SELECT 1
		UNION ALL
		SELECT i + 1 FROM n WHERE i < 2000000000
	)
	SELECT count(*) FROM n`

func TestDeadlineEndsALongQuery(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		if err := put(t.Context(), d, 1); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		var n int64
		err := d.Read(ctx, func(q *db.Tx) error { return q.QueryRow(ctx, longQuery).Scan(&n) })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("read past its deadline: got %d, %v; want %v", n, err, context.DeadlineExceeded)
		}
		err = d.Do(t.Context(), func(tx *db.Tx) error {
			if err := putIn(t.Context(), tx, 2); err != nil {
				return err
			}
			short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := tx.Query(short, longQuery)
			return err
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("write past its deadline: got %v, want %v", err, context.DeadlineExceeded)
		}
		wantCount(t, d, 1)
		if err := put(t.Context(), d, 3); err != nil {
			t.Errorf("write afterwards: %v", err)
		}
	})
}

// A failover ends every connection at once. Idle ones must not show; one in the middle of a transaction fails it, and
// nothing of it is stored.
func TestServerEndsConnections(t *testing.T) {
	eachThings(t, func(t *testing.T, loc db.Location, d *db.DB) {
		if d.Dialect() == db.SQLite {
			t.Skip("SQLite has no server")
		}
		ctx := t.Context()
		for i := range int64(3) {
			if err := put(ctx, d, i); err != nil {
				t.Fatalf("write after the connections ended, round %d: %v", i, err)
			}
			wantCount(t, d, i+1)
			endConnections(t, loc, "idle")
		}
		err := d.Do(ctx, func(tx *db.Tx) error {
			if err := putIn(ctx, tx, 7); err != nil {
				return err
			}
			endConnections(t, loc, "idle in transaction")
			return putIn(ctx, tx, 8)
		})
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("transaction that lost its connection: got %v, want a fault of kind unavailable", err)
		}
		wantCount(t, d, 3)
		err = d.Do(ctx, func(tx *db.Tx) error {
			defer endConnections(t, loc, "idle in transaction")
			return putIn(ctx, tx, 9)
		})
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("commit that lost its connection: got %v, want a fault of kind unavailable", err)
		}
		wantCount(t, d, 3)
	})
}

// endConnections ends the connections of this test's own stores that are in a state; they are told by the application name.
func endConnections(t *testing.T, loc db.Location, state string) {
	t.Helper()
	server, err := sql.Open("pgx", loc.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	_, err = server.Exec(`
		SELECT pg_terminate_backend(pid, 5000)
		FROM pg_stat_activity
		WHERE pid <> pg_backend_pid() AND application_name = $1 AND state = $2`, "qingshan "+loc.Schema, state)
	if err != nil {
		t.Fatalf("end connections: %v", err)
	}
}

func TestAStoreThatCannotOpenSaysSo(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "ledger.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := db.Open(t.Context(), db.Location{Dir: dir}, db.Ledger, db.Options{})
	if got := fault.Of(err); got.Code != "db.unreachable" {
		t.Errorf("a folder in the file's place: got %v, want db.unreachable", err)
	}
}

// A callback's own error is not mistaken for the database's.
func TestErrorsOfTheCallbackStayWhatTheyAre(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		_, missing := os.Open(filepath.Join(t.TempDir(), "photo.jpg"))
		own := fault.New(fault.Invalid, "record.unknown_kind", nil)
		for _, want := range []error{errStop, missing, own, context.DeadlineExceeded} {
			for name, run := range map[string]func(context.Context, func(*db.Tx) error) error{"Do": d.Do, "Read": d.Read} {
				got := run(t.Context(), func(*db.Tx) error { return want })
				if got != want { //nolint:errorlint // it must be the very same error
					t.Errorf("%s: got %v, want %v", name, got, want)
				}
			}
		}
	})
}
