package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"qingshan/fault"
	"qingshan/internal/safefile"
)

// shadow is the store in which new views are built; Switch gives it the name of the views.
const shadow Store = "views_shadow"

// retired is what the views in use are called between the switch and their removal, on PostgreSQL.
const retired Store = "views_retired"

// Switch puts the shadow in the place of the views in one step: before it the old views are in use, after it the new, and
// nothing in between. Both must be closed. On SQLite nobody else may have the views open; who has is met as "db.in_use".
func Switch(ctx context.Context, loc Location) error {
	if loc.dialect() == PostgreSQL {
		return switchPostgres(ctx, loc)
	}
	return switchSQLite(ctx, loc)
}

// switchSQLite folds the write-ahead logs into the files first, so that each is one file, and renames.
func switchSQLite(ctx context.Context, loc Location) error {
	for _, store := range []Store{shadow, Views} {
		if err := alone(ctx, loc, store); err != nil {
			return err
		}
	}
	if err := os.Rename(loc.file(shadow), loc.file(Views)); err != nil {
		return fmt.Errorf("put the new views in place: %w", err)
	}
	return safefile.SyncFolder(loc.Dir)
}

// alone ends a file's write-ahead logging, which SQLite does only for the last one who has it open. A file that is not
// there yet needs nothing.
func alone(ctx context.Context, loc Location, store Store) error {
	if _, err := os.Stat(loc.file(store)); errors.Is(err, fs.ErrNotExist) && store == Views {
		return nil
	}
	file, err := sql.Open("sqlite", sqliteName(loc.file(store)))
	if err != nil {
		return err
	}
	defer file.Close()
	var mode string
	err = file.QueryRowContext(ctx, "PRAGMA journal_mode = DELETE").Scan(&mode)
	if sqliteCode(err) == sqliteBusy || err == nil && mode != "delete" {
		return fault.Because(err, fault.Unavailable, "db.in_use", fault.Data{"store": string(Views)})
	}
	if err != nil {
		return fmt.Errorf("close the log of %s: %w", store, err)
	}
	return nil
}

// file gives the absolute path of a store's SQLite file.
func (l Location) file(store Store) string {
	name := filepath.Join(l.Dir, string(store)+".db")
	if whole, err := filepath.Abs(name); err == nil {
		return whole
	}
	return name
}

// schema gives the name of a store's PostgreSQL schema.
func (l Location) schema(store Store) string {
	if l.Schema == "" {
		l.Schema = "qingshan"
	}
	return l.Schema + "_" + string(store)
}

// switchPostgres renames both schemas in one transaction. Every transaction of ours names its schema when it begins, so
// running nodes go over to the new views with their next one. The statement waits for those under way.
func switchPostgres(ctx context.Context, loc Location) error {
	err := onServer(ctx, loc, func(server *sql.DB) error {
		tx, err := server.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		for _, text := range []string{
			"ALTER SCHEMA " + quoted(loc.schema(Views)) + " RENAME TO " + quoted(loc.schema(retired)),
			"ALTER SCHEMA " + quoted(loc.schema(shadow)) + " RENAME TO " + quoted(loc.schema(Views)),
		} {
			if _, err := tx.ExecContext(ctx, text); err != nil {
				return err
			}
		}
		return tx.Commit()
	})
	if err != nil {
		return fmt.Errorf("put the new views in place: %w", err)
	}
	return dropSchemas(ctx, loc, retired)
}

// DropShadow removes the shadow, and views that a switch retired. Nothing in use is touched.
func DropShadow(ctx context.Context, loc Location) error {
	if loc.dialect() == PostgreSQL {
		return dropSchemas(ctx, loc, shadow, retired)
	}
	return removeFiles(loc, shadow)
}

// Drop removes both stores of an installation with all that is in them. It is for installations made for a trial.
func Drop(ctx context.Context, loc Location) error {
	if loc.dialect() == PostgreSQL {
		return dropSchemas(ctx, loc, Ledger, Views, shadow, retired)
	}
	return removeFiles(loc, Ledger, Views, shadow)
}

func removeFiles(loc Location, stores ...Store) error {
	for _, store := range stores {
		for _, end := range []string{"", "-wal", "-shm", "-journal"} {
			if err := os.Remove(loc.file(store) + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove %s: %w", store, err)
			}
		}
	}
	return nil
}

func dropSchemas(ctx context.Context, loc Location, stores ...Store) error {
	return onServer(ctx, loc, func(server *sql.DB) error {
		for _, store := range stores {
			if _, err := server.ExecContext(ctx, "DROP SCHEMA IF EXISTS "+quoted(loc.schema(store))+" CASCADE"); err != nil {
				return fmt.Errorf("drop %s: %w", store, err)
			}
		}
		return nil
	})
}

func onServer(_ context.Context, loc Location, f func(server *sql.DB) error) error {
	if !schemaPrefix.MatchString(loc.schema("x")) {
		return fault.New(fault.Invalid, "db.bad_location", fault.Data{"schema": loc.Schema})
	}
	server, err := sql.Open("pgx", loc.URL)
	if err != nil {
		return fault.Because(err, fault.Invalid, "db.bad_location", nil)
	}
	return errors.Join(unreachable(f(server)), server.Close())
}
