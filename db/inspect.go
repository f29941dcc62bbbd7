package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// Inspection is what can be said of a store without making or changing anything in it.
type Inspection struct {
	Made    bool // somebody opened it before
	Applied int  // migrations that it has
	Pending int  // migrations that the program would apply at the next opening
}

// Inspect looks at a store. It refuses what [Open] would refuse — a server that does not answer, is too old, or may lose
// what it confirmed; a store of a newer program — but makes no folder, file or schema, and migrates nothing.
func Inspect(ctx context.Context, loc Location, store Store, opts Options) (Inspection, error) {
	folder, err := fs.Sub(migrations, "migrations/"+string(store))
	if err != nil {
		return Inspection{}, fmt.Errorf("inspect %s: %w", store, err)
	}
	d := &DB{store: store, dialect: loc.dialect(), unsafe: opts.Unsafe, log: slog.New(slog.DiscardHandler)}
	if d.plan, err = loadMigrations(folder, d.dialect); err != nil {
		return Inspection{}, fmt.Errorf("inspect %s: %w", store, err)
	}
	there, err := d.reach(ctx, loc)
	if err != nil || !there {
		return Inspection{Pending: len(d.plan)}, err
	}
	found, err := d.inspect(ctx)
	if err = errors.Join(err, d.Close()); err != nil {
		return found, fmt.Errorf("inspect %s: %w", store, err)
	}
	return found, nil
}

// reach connects, if there is something to connect to.
func (d *DB) reach(ctx context.Context, loc Location) (there bool, err error) {
	if d.dialect == PostgreSQL {
		if err := d.dialPostgres(loc, 1); err != nil {
			return false, err
		}
		if err := askPostgres(ctx, d.writers.db, d.schema); err != nil {
			return false, errors.Join(err, d.Close())
		}
		return true, nil
	}
	if _, err := os.Stat(filepath.Join(loc.Dir, string(d.store)+".db")); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return true, d.connectSQLite(loc, 1)
}

func (d *DB) inspect(ctx context.Context) (Inspection, error) {
	var found Inspection
	if err := d.assertDurable(ctx); err != nil {
		return found, err
	}
	err := d.Read(ctx, func(q *Tx) error {
		steps, err := d.pending(ctx, q)
		found.Pending = len(steps)
		found.Applied = len(d.plan) - len(steps)
		return err
	})
	found.Made = found.Applied > 0
	return found, err
}
