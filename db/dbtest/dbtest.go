// Package dbtest runs a test on both databases. It is for tests only and holds no tables of its own.
package dbtest

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"os"
	"testing"

	"qingshan/db"
)

// Environment variables that say where PostgreSQL is, whether a test may do without it, and whether it may be unsafe.
const (
	URL     = "QINGSHAN_TEST_POSTGRES"
	Require = "QINGSHAN_TEST_REQUIRE_POSTGRES"
	Unsafe  = "QINGSHAN_ALLOW_UNSAFE_POSTGRES" // as for the program: the server may run without fsync
)

// Stores are both stores of one installation, made for one test and gone after it.
type Stores struct {
	Location db.Location
	Ledger   *db.DB
	Views    *db.DB
}

// Each runs f as the subtests "sqlite" and "postgres", each on fresh stores. Without PostgreSQL the second is skipped,
// or fails if QINGSHAN_TEST_REQUIRE_POSTGRES is 1.
func Each(t *testing.T, f func(t *testing.T, s Stores)) {
	t.Helper()
	EachLocation(t, func(t *testing.T, loc db.Location) {
		f(t, Stores{Location: loc}.Open(t, db.Options{}))
	})
}

// runner is what *testing.T and *testing.B share with their own subtests.
type runner[T any] interface {
	testing.TB
	Run(name string, f func(T)) bool
}

// EachLocation is Each for benchmarks and for tests that open the stores themselves: it gives a place where nothing is yet.
func EachLocation[T runner[T]](t T, f func(t T, loc db.Location)) {
	t.Helper()
	t.Run("sqlite", func(t T) {
		f(t, db.Location{Dir: t.TempDir()})
	})
	t.Run("postgres", func(t T) {
		f(t, postgres(t))
	})
}

// Open opens further handles on the same stores, as a restart or a second process would; they close with the test.
func (s Stores) Open(t testing.TB, opts db.Options) Stores {
	t.Helper()
	return Stores{s.Location, open(t, s.Location, db.Ledger, opts), open(t, s.Location, db.Views, opts)}
}

// Close closes both handles before the test ends, as a stopping process would.
func (s Stores) Close(t testing.TB) {
	t.Helper()
	for _, d := range []*db.DB{s.Ledger, s.Views} {
		if err := d.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	}
}

func open(t testing.TB, loc db.Location, store db.Store, opts db.Options) *db.DB {
	t.Helper()
	opts.Unsafe = os.Getenv(Unsafe) == "1"
	d, err := db.Open(t.Context(), loc, store, opts)
	if err != nil {
		t.Fatalf("open %s: %v", store, err)
	}
	t.Cleanup(func() { _ = d.Close() }) // a test may have closed it
	return d
}

// postgres gives a location with schemas of its own, dropped when the test ends.
func postgres(t testing.TB) db.Location {
	t.Helper()
	url := os.Getenv(URL)
	if url == "" {
		if os.Getenv(Require) == "1" {
			t.Fatalf("%s is not set, but %s=1", URL, Require)
		}
		t.Skipf("%s is not set", URL)
	}
	var random [6]byte
	_, _ = rand.Read(random[:]) // never fails
	loc := db.Location{URL: url, Schema: "test_" + hex.EncodeToString(random[:])}
	t.Cleanup(func() { drop(t, loc) })
	return loc
}

func drop(t testing.TB, loc db.Location) {
	t.Helper()
	server, err := sql.Open("pgx", loc.URL) // the driver comes with package db
	if err != nil {
		t.Errorf("open %s: %v", URL, err)
		return
	}
	defer server.Close()
	for _, store := range []db.Store{db.Ledger, db.Views} {
		if _, err := server.Exec("DROP SCHEMA IF EXISTS " + loc.Schema + "_" + string(store) + " CASCADE"); err != nil {
			t.Errorf("drop schema of %s: %v", store, err)
		}
	}
}
