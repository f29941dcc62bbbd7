package db

import (
	"context"
	"io/fs"
	"log/slog"
)

// OpenFrom is Open with the migrations of a test.
func OpenFrom(ctx context.Context, loc Location, store Store, opts Options, folder fs.FS) (*DB, error) {
	return open(ctx, loc, store, opts, folder)
}

// AssertDurableAs checks d's settings as if it held another store.
func (d *DB) AssertDurableAs(ctx context.Context, store Store) error {
	other := &DB{store: store, dialect: d.dialect, writers: d.writers, verbs: d.verbs, log: d.log}
	return other.assertDurable(ctx)
}

// Lacking checks settings of a PostgreSQL server as a ledger or views would find them.
func Lacking(store Store, unsafe bool, found map[string]string) error {
	d := &DB{store: store, dialect: PostgreSQL, unsafe: unsafe, log: slog.New(slog.DiscardHandler)}
	return d.lacking(found)
}

// KeptStatements counts the prepared statements of the idle writing sessions.
func (d *DB) KeptStatements() (n int) {
	d.writers.mu.Lock()
	defer d.writers.mu.Unlock()
	for _, s := range d.writers.idle {
		n += len(s.stmts)
	}
	return n
}

// Texts and limits that tests look into.
var (
	Numbered      = numbered
	CheckPostgres = checkPostgres
	Portion       = portion
	SQLiteName    = sqliteName
)
