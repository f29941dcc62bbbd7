package db_test

import (
	"bytes"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
)

func TestDurabilityIsInForce(t *testing.T) {
	want := map[db.Dialect]map[db.Store]map[string]string{
		db.SQLite: {
			db.Ledger: {"journal_mode": "wal", "synchronous": "full"},
			db.Views:  {"journal_mode": "wal", "synchronous": "normal"},
		},
		db.PostgreSQL: {
			db.Ledger: {"synchronous_commit": "on"},
			db.Views:  {"synchronous_commit": "off"},
		},
	}
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		for _, store := range []db.Store{db.Ledger, db.Views} {
			d := openThings(t, loc, store, db.Options{})
			got, err := d.Durability(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range want[d.Dialect()][store] {
				if got[name] != value {
					t.Errorf("%s of %s: got %q, want %q", name, store, got[name], value)
				}
			}
			if d.Dialect() == db.PostgreSQL && (got["fsync"] == "" || got["full_page_writes"] == "") {
				t.Errorf("settings of %s: got %v, want fsync and full_page_writes too", store, got)
			}
		}
	})
}

// A server or role that commits loosely by default does not loosen the ledger.
func TestLedgerOverridesALooseServer(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		if loc.URL == "" {
			t.Skip("SQLite has no server")
		}
		loc.URL = withOption(loc.URL, "synchronous_commit", "off")
		got, err := openThings(t, loc, db.Ledger, db.Options{}).Durability(t.Context())
		if err != nil || got["synchronous_commit"] != "on" {
			t.Errorf("synchronous_commit: got %v, %v; want on", got, err)
		}
	})
}

// withOption adds a setting to a PostgreSQL location in either of its two forms.
func withOption(url, name, value string) string {
	switch {
	case !strings.Contains(url, "://"):
		return url + " " + name + "=" + value
	case strings.Contains(url, "?"):
		return url + "&" + name + "=" + value
	default:
		return url + "?" + name + "=" + value
	}
}

// The assertion bites: the views' looser settings would be refused for a ledger.
func TestLooseSettingsAreRefusedForTheLedger(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		d := openThings(t, loc, db.Views, db.Options{})
		if err := d.AssertDurableAs(t.Context(), db.Views); err != nil {
			t.Errorf("the views as views: %v", err)
		}
		err := d.AssertDurableAs(t.Context(), db.Ledger)
		if got := fault.Of(err); got.Code != "db.not_durable" {
			t.Errorf("the views as a ledger: got %v, want db.not_durable", err)
		}
	})
}

func TestStoresAreApart(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		ledger, views := openThings(t, loc, db.Ledger, db.Options{}), openThings(t, loc, db.Views, db.Options{})
		if err := put(t.Context(), ledger, 1); err != nil {
			t.Fatal(err)
		}
		wantCount(t, ledger, 1)
		wantCount(t, views, 0)
	})
}

func TestContentOutlivesTheHandle(t *testing.T) {
	eachThings(t, func(t *testing.T, loc db.Location, d *db.DB) {
		if err := put(t.Context(), d, 1, 2); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
		if err := put(t.Context(), d, 3); err == nil {
			t.Error("write after Close succeeded")
		}
		wantCount(t, openThings(t, loc, db.Ledger, db.Options{}), 2)
	})
}

func TestFoldersOfAnyName(t *testing.T) {
	for _, name := range []string{"plain/deep/er", "a b?c=d", "#1", "50%25", "青山 县", "it's"} {
		dir := filepath.Join(t.TempDir(), name)
		d := openThings(t, db.Location{Dir: dir}, db.Ledger, db.Options{})
		if err := put(t.Context(), d, 1); err != nil {
			t.Errorf("folder %q: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "ledger.db")); err != nil {
			t.Errorf("folder %q: %v", name, err)
		}
	}
	if got, want := db.SQLiteName("C:/data/ledger.db"), "file:///C:/data/ledger.db"; got != want {
		t.Errorf("name of a path with a drive: got %s, want %s", got, want)
	}
}

func TestBadLocationsAreRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	nowhere := "postgres://nobody:s3cret@/x?host=" + t.TempDir()
	cases := []struct {
		name string
		loc  db.Location
		code string
	}{
		{"a file in the folder's place", db.Location{Dir: file}, "db.unreachable"},
		{"no server", db.Location{URL: nowhere}, "db.unreachable"},
		{"no such address", db.Location{URL: "postgres://nobody:s3cret@%zz"}, "db.bad_location"},
		{"a schema with SQL in it", db.Location{URL: nowhere, Schema: `a"; DROP`}, "db.bad_location"},
	}
	for _, c := range cases {
		_, err := db.Open(t.Context(), c.loc, db.Ledger, db.Options{})
		if got := fault.Of(err); got.Code != c.code {
			t.Errorf("%s: got %v, want %s", c.name, err, c.code)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error shows the password: %v", c.name, err)
		}
	}
}

func TestOldServersAreRefused(t *testing.T) {
	for version, code := range map[string]string{"90624": "db.too_old", "140012": "db.too_old", "150000": "", "170002": ""} {
		err := db.CheckPostgres(version)
		if got := fault.Of(err).Code; err != nil && got != code || err == nil && code != "" {
			t.Errorf("server %s: got %v, want %q", version, err, code)
		}
	}
}

func TestMigrationsAreLogged(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		var log bytes.Buffer
		openThings(t, loc, db.Views, db.Options{Log: slog.New(slog.NewTextHandler(&log, nil)), MaxReaders: 1})
		if got := log.String(); !strings.Contains(got, "migration applied") || !strings.Contains(got, "name=thing") {
			t.Errorf("log: got %q, want the migration named", got)
		}
	})
}

// The files are plain SQLite: another program can read them while we write.
func TestFilesAreReadableByOthers(t *testing.T) {
	loc := db.Location{Dir: t.TempDir()}
	d := openThings(t, loc, db.Ledger, db.Options{})
	if err := put(t.Context(), d, 1, 2, 3); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", db.SQLiteName(filepath.Join(loc.Dir, "ledger.db")))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var check string
	var n int
	if err := other.QueryRow("PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
		t.Errorf("integrity: got %q, %v; want ok", check, err)
	}
	if err := other.QueryRow("SELECT count(*) FROM thing").Scan(&n); err != nil || n != 3 {
		t.Errorf("rows seen by another program: got %d, %v; want 3", n, err)
	}
}

// OPTIMIZE must leave statistics behind, or the planner goes by guesswork after a bulk load.
func TestOptimizeGathersStatistics(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		ctx := t.Context()
		fill(t, d, things300())
		if err := d.Optimize(ctx); err != nil {
			t.Fatal(err)
		}
		query := "SELECT count(*) FROM sqlite_stat1 WHERE tbl = $1"
		if d.Dialect() == db.PostgreSQL {
			query = "SELECT count(*) FROM pg_catalog.pg_stats WHERE schemaname = current_schema() AND tablename = $1 AND attname = 'number'"
		}
		var n int
		err := d.Read(ctx, func(q *db.Tx) error { return q.QueryRow(ctx, query, "thing").Scan(&n) })
		if err != nil || n == 0 {
			t.Errorf("statistics of thing: got %d, %v; want some", n, err)
		}
	})
}

// TestAServerThatMayLoseDataIsRefused holds settings that only a server's owner can make against what a ledger needs.
func TestAServerThatMayLoseDataIsRefused(t *testing.T) {
	for _, c := range []struct {
		store                db.Store
		unsafe               bool
		fsync, pages, commit string
		want                 string // the setting that is refused
	}{
		{db.Ledger, false, "on", "on", "on", ""},
		{db.Ledger, false, "off", "on", "on", "fsync"},
		{db.Ledger, false, "on", "off", "on", "full_page_writes"},
		{db.Ledger, true, "off", "off", "on", ""},
		{db.Ledger, true, "off", "off", "off", "synchronous_commit"},
		{db.Views, false, "off", "off", "off", ""},
	} {
		err := db.Lacking(c.store, c.unsafe, map[string]string{"fsync": c.fsync, "full_page_writes": c.pages, "synchronous_commit": c.commit})
		if got := fault.Of(err); (err == nil) != (c.want == "") || err != nil && (got.Code != "db.not_durable" || got.Data["setting"] != c.want) {
			t.Errorf("%+v: got %v", c, err)
		}
	}
}
