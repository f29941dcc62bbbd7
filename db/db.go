// Package db opens the two stores, runs transactions and migrations, and knows the two dialects, SQLite and PostgreSQL.
// It knows no table of the domain.
package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"time"

	"qingshan/fault"
)

// Location says where an installation keeps its stores. The zero value is the current folder.
type Location struct {
	Dir    string // folder of the SQLite files; created if missing
	URL    string // PostgreSQL, as a URL or as keywords; empty means SQLite in Dir
	Schema string // prefix of the PostgreSQL schemas; empty means "qingshan"
}

// Store names one of the two stores of an installation.
type Store string

// The ledger is durable and never dropped; the views are rebuilt from it at any time.
const (
	Ledger Store = "ledger"
	Views  Store = "views"
)

// Dialect tells the two databases apart where one SQL text cannot serve both.
type Dialect int

// The databases that Qingshan runs on.
const (
	SQLite Dialect = iota
	PostgreSQL
)

// String gives the database's own spelling of its name.
func (d Dialect) String() string {
	if d == PostgreSQL {
		return "PostgreSQL"
	}
	return "SQLite"
}

// Point is a moment in a writing transaction at which a test may let it fail.
type Point string

// A failure at Committing leaves nothing stored; one at Committed reports an error although everything is stored.
const (
	Beginning  Point = "begin"
	Executing  Point = "exec"
	Committing Point = "commit"
	Committed  Point = "committed"
)

// Options tune a store. The zero value is right for production.
type Options struct {
	Fault      func(point Point) error // called at each Point of every Do; an error makes the transaction fail there
	Log        *slog.Logger            // retries and migrations; nil discards them
	MaxReaders int                     // connections for Read; 0 means 4
	Unsafe     bool                    // opens a ledger although the server may lose what it has confirmed; for trials only
	Shadow     bool                    // opens the views that are being built beside those in use, until [Switch]
	AsIs       bool                    // leaves the schema as it is found, however old
	UpTo       int64                   // of the migrations, the last to apply; 0 means all. For content from an older program
}

// DB is one open store. It is safe for concurrent use; Close it once, at the end.
type DB struct {
	store   Store
	dialect Dialect
	schema  string // PostgreSQL only
	writers *pool
	readers *pool
	verbs   verbs
	plan    []migration
	fault   func(Point) error
	unsafe  bool
	asIs    bool
	log     *slog.Logger
	pinned  *Tx // see [Tx.Pinned]
}

// verbs are the texts that open and close a transaction in one dialect.
type verbs struct {
	write string // begins a writing transaction
	read  string // begins a read-only snapshot
}

//go:embed migrations
var migrations embed.FS

// Open opens one store, creates it if missing, migrates it, and refuses it if it is not as durable as it must be.
func Open(ctx context.Context, loc Location, store Store, opts Options) (*DB, error) {
	folder, err := fs.Sub(migrations, "migrations/"+string(store))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", store, err)
	}
	return open(ctx, loc, store, opts, folder)
}

func open(ctx context.Context, loc Location, store Store, opts Options, folder fs.FS) (*DB, error) {
	d := &DB{store: store, dialect: loc.dialect(), fault: opts.Fault, unsafe: opts.Unsafe, asIs: opts.AsIs, log: opts.Log}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if opts.MaxReaders <= 0 {
		opts.MaxReaders = 4
	}
	var err error
	if d.plan, err = loadMigrations(folder, d.dialect); err != nil {
		return nil, fmt.Errorf("open %s: %w", store, err)
	}
	if opts.UpTo > 0 {
		d.plan = slices.DeleteFunc(d.plan, func(m migration) bool { return m.number > opts.UpTo })
	}
	if opts.Shadow {
		d.store = shadow
	}
	if err := d.connect(ctx, loc, opts.MaxReaders); err != nil {
		return nil, fmt.Errorf("open %s: %w", store, err)
	}
	if err := d.prepare(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", store, errors.Join(err, d.Close()))
	}
	return d, nil
}

func (d *DB) prepare(ctx context.Context) error {
	if err := d.assertDurable(ctx); err != nil || d.asIs {
		return err
	}
	return d.migrate(ctx)
}

func (l Location) dialect() Dialect {
	if l.URL != "" {
		return PostgreSQL
	}
	return SQLite
}

func (d *DB) connect(ctx context.Context, loc Location, readers int) error {
	if d.dialect == PostgreSQL {
		return d.connectPostgres(ctx, loc, readers)
	}
	return d.connectSQLite(loc, readers)
}

// Dialect tells which database holds the store.
func (d *DB) Dialect() Dialect { return d.dialect }

// Load tells how busy the connections of one sort are.
type Load struct {
	Most   int           // connections at the same time
	Busy   int           // of these, in a transaction now
	Waits  int64         // how often all were busy when one was wanted
	Waited time.Duration // how long that lasted in all
}

// Loads tells how busy the store is for writing and for reading.
func (d *DB) Loads() (writing, reading Load) {
	return d.writers.load(), d.readers.load()
}

func (p *pool) load() Load {
	return Load{Most: cap(p.slots), Busy: len(p.slots), Waits: p.waits.Load(), Waited: time.Duration(p.waited.Load())}
}

// Close waits for nothing: transactions still running fail or finish on their own.
func (d *DB) Close() error {
	return errors.Join(d.readers.close(), d.writers.close())
}

// Durability reports the settings really in force on the writing connection, as the database itself names them.
func (d *DB) Durability(ctx context.Context) (map[string]string, error) {
	settings := []string{"journal_mode", "synchronous"}
	if d.dialect == PostgreSQL {
		settings = []string{"fsync", "synchronous_commit", "full_page_writes"}
	}
	found := map[string]string{}
	err := d.run(ctx, nil, func(tx *Tx) error {
		for _, name := range settings {
			value, err := tx.setting(ctx, name)
			if err != nil {
				return err
			}
			found[name] = value
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read durability settings: %w", err)
	}
	return found, nil
}

// assertDurable refuses a ledger that could lose an acknowledged record, if only because the server's owner set it so.
func (d *DB) assertDurable(ctx context.Context) error {
	found, err := d.Durability(ctx)
	if err != nil {
		return err
	}
	return d.lacking(found)
}

// lacking names the first setting that is not as it must be.
func (d *DB) lacking(found map[string]string) error {
	want := d.durable()
	if d.unsafe && d.dialect == PostgreSQL {
		d.log.Warn("database server may lose data in a power failure", "fsync", found["fsync"], "full_page_writes", found["full_page_writes"])
		delete(want, "fsync")
		delete(want, "full_page_writes")
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if found[name] != want[name] {
			return fault.New(fault.Unavailable, "db.not_durable", fault.Data{"store": string(d.store), "setting": name, "want": want[name], "found": found[name]})
		}
	}
	return nil
}

// durable gives the settings that a store must have.
func (d *DB) durable() map[string]string {
	switch {
	case d.dialect == PostgreSQL && d.store == Ledger:
		return map[string]string{"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
	case d.dialect == PostgreSQL:
		return map[string]string{"synchronous_commit": "off"}
	case d.store == Ledger:
		return map[string]string{"journal_mode": "wal", "synchronous": "full"}
	default:
		return map[string]string{"journal_mode": "wal", "synchronous": "normal"}
	}
}

// Optimize refreshes the statistics by which the database plans its queries; worth calling after a bulk load.
func (d *DB) Optimize(ctx context.Context) error {
	return d.run(ctx, nil, func(tx *Tx) error {
		if d.dialect == SQLite {
			return tx.script(ctx, "PRAGMA analysis_limit = 1000; PRAGMA optimize = 0x10002")
		}
		tables, err := tx.tables(ctx)
		if err != nil {
			return err
		}
		for _, table := range tables {
			if err := tx.script(ctx, "ANALYZE "+quoted(table)); err != nil {
				return err
			}
		}
		return nil
	})
}
