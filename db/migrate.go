package db

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"qingshan/fault"
)

// migration is one numbered step of a store's schema, in the text for the dialect in use.
type migration struct {
	number   int64
	name     string
	text     string
	checksum string // of text, line ends apart
}

var migrationFile = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+?)(\.postgres)?\.sql$`)

// loadMigrations reads the steps of one store in order; a .postgres.sql sibling takes its namesake's place there.
func loadMigrations(folder fs.FS, dialect Dialect) ([]migration, error) {
	files, err := fs.Glob(folder, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var plain, siblings []migration
	for _, file := range files {
		m, sibling, err := loadMigration(folder, file)
		if err != nil {
			return nil, err
		}
		if sibling {
			siblings = append(siblings, m)
			continue
		}
		plain = append(plain, m)
	}
	return arranged(plain, siblings, dialect)
}

func loadMigration(folder fs.FS, file string) (m migration, sibling bool, err error) {
	parts := migrationFile.FindStringSubmatch(path.Base(file))
	if parts == nil {
		return m, false, fmt.Errorf("migration %s: name is not NNNN_words.sql", file)
	}
	text, err := fs.ReadFile(folder, file)
	if err != nil {
		return m, false, fmt.Errorf("read migration: %w", err)
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) // a checkout on Windows is the same migration
	if !bytes.HasPrefix(text, []byte("-- ")) {
		return m, false, fmt.Errorf("migration %s: first line is not a comment that says why", file)
	}
	number, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return m, false, fmt.Errorf("migration %s: %w", file, err)
	}
	sum := sha256.Sum256(text)
	return migration{number, parts[2], string(text), hex.EncodeToString(sum[:])}, parts[3] != "", nil
}

func arranged(plain, siblings []migration, dialect Dialect) ([]migration, error) {
	slices.SortFunc(plain, func(a, b migration) int { return cmp.Compare(a.number, b.number) })
	for i := 1; i < len(plain); i++ {
		if plain[i].number == plain[i-1].number {
			return nil, fmt.Errorf("migration %04d: two files, %s and %s", plain[i].number, plain[i-1].name, plain[i].name)
		}
	}
	for _, s := range siblings {
		at := slices.IndexFunc(plain, func(m migration) bool { return m.number == s.number && m.name == s.name })
		if at < 0 {
			return nil, fmt.Errorf("migration %04d_%s.postgres.sql: there is no %04d_%s.sql", s.number, s.name, s.number, s.name)
		}
		if dialect == PostgreSQL {
			plain[at] = s
		}
	}
	return plain, nil
}

// migrate brings the store up to the binary's plan, one transaction a step, while other nodes may be doing the same.
func (d *DB) migrate(ctx context.Context) error {
	done := false
	err := d.Read(ctx, func(q *Tx) error {
		steps, err := d.pending(ctx, q)
		done = len(steps) == 0
		return err
	})
	for tries := 0; err == nil && !done; {
		done, err = d.migrateStep(ctx)
		if raced(err) && tries < maxAttempts {
			tries++
			err = nil // another node made the same table first
		}
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Migration gives the number of the last migration that the store has, 0 before the first.
func (tx *Tx) Migration(ctx context.Context) (int64, error) {
	applied, err := tx.appliedMigrations(ctx)
	if err != nil || len(applied) == 0 {
		return 0, err
	}
	return applied[len(applied)-1].number, nil
}

// Newest gives the number of the last migration that this program knows of a store.
func Newest(store Store) (int64, error) {
	folder, err := fs.Sub(migrations, "migrations/"+string(store))
	if err != nil {
		return 0, err
	}
	plan, err := loadMigrations(folder, SQLite)
	if err != nil || len(plan) == 0 {
		return 0, err
	}
	return plan[len(plan)-1].number, nil
}

// errLeft undoes what was only tried.
var errLeft = errors.New("left as it was")

// AsMigrated runs f on the store as it would be with all migrations applied, and leaves it as it is. Meanwhile nobody else
// can write, and on PostgreSQL what the migrations change cannot be read either.
func (d *DB) AsMigrated(ctx context.Context, f func(tx *Tx) error) error {
	pending, err := d.Pending(ctx)
	if err != nil {
		return err
	}
	if pending == 0 {
		return d.Read(ctx, f)
	}
	err = d.run(ctx, nil, func(tx *Tx) error {
		if err := tx.lockMigrations(ctx); err != nil {
			return err
		}
		steps, err := d.pending(ctx, tx)
		if err != nil {
			return err
		}
		for _, m := range steps {
			if err := d.apply(ctx, tx, m); err != nil {
				return err
			}
		}
		if err := f(tx); err != nil {
			return err
		}
		return errLeft
	})
	if errors.Is(err, errLeft) {
		return nil
	}
	return err
}

// Pending counts the migrations that the program has and the store has not.
func (d *DB) Pending(ctx context.Context) (int, error) {
	var steps []migration
	err := d.Read(ctx, func(q *Tx) error {
		var err error
		steps, err = d.pending(ctx, q)
		return err
	})
	return len(steps), err
}

func (d *DB) migrateStep(ctx context.Context) (done bool, err error) {
	err = d.run(ctx, nil, func(tx *Tx) error {
		if err := tx.lockMigrations(ctx); err != nil {
			return err
		}
		steps, err := d.pending(ctx, tx)
		if err != nil {
			return err
		}
		done = len(steps) == 0
		if done {
			return nil
		}
		return d.apply(ctx, tx, steps[0])
	})
	return done, err
}

func (d *DB) apply(ctx context.Context, tx *Tx, m migration) error {
	if err := tx.script(ctx, m.text); err != nil {
		return fmt.Errorf("apply %04d_%s: %w", m.number, m.name, err)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO migration (number, name, checksum)
		VALUES ($1, $2, $3)`, m.number, m.name, m.checksum)
	if err != nil {
		return fmt.Errorf("note %04d_%s: %w", m.number, m.name, err)
	}
	d.log.Info("migration applied", "store", d.store, "number", m.number, "name", m.name)
	return nil
}

// lockMigrations makes the table of applied steps and keeps other nodes from applying any until the transaction ends.
// On SQLite the transaction itself does that.
func (tx *Tx) lockMigrations(ctx context.Context) error {
	_, err := tx.Exec(ctx, `
		CREATE TABLE IF NOT EXISTS migration (
			number   BIGINT PRIMARY KEY,
			name     TEXT NOT NULL,
			checksum TEXT NOT NULL
		)`)
	if err != nil {
		return fmt.Errorf("create table of migrations: %w", err)
	}
	if tx.d.dialect == SQLite {
		return nil
	}
	return tx.script(ctx, "LOCK TABLE migration IN EXCLUSIVE MODE")
}

// pending compares what the store has with the plan and gives the steps still to do.
func (d *DB) pending(ctx context.Context, tx *Tx) ([]migration, error) {
	applied, err := tx.appliedMigrations(ctx)
	if err != nil {
		return nil, err
	}
	for i, a := range applied {
		if err := d.agree(a, i); err != nil {
			return nil, err
		}
	}
	return d.plan[len(applied):], nil
}

// agree checks the i-th applied step against the plan: released migrations never change, and none is slipped in before another.
func (d *DB) agree(a migration, i int) error {
	data := fault.Data{"store": string(d.store), "migration": fmt.Sprintf("%04d_%s", a.number, a.name)}
	switch {
	case len(d.plan) == 0 || a.number > d.plan[len(d.plan)-1].number:
		return fault.New(fault.Conflict, "db.newer", data)
	case i >= len(d.plan) || d.plan[i].number != a.number:
		return fault.New(fault.Conflict, "db.migration_order", data)
	case d.plan[i].checksum != a.checksum:
		return fault.New(fault.Conflict, "db.migration_changed", data)
	}
	return nil
}

func (tx *Tx) appliedMigrations(ctx context.Context) ([]migration, error) {
	all, err := tx.allTables(ctx)
	if err != nil || !slices.Contains(all, "migration") {
		return nil, err
	}
	rows, err := tx.Query(ctx, `
		SELECT number,
		       name,
		       checksum
		FROM migration
		ORDER BY number`)
	if err != nil {
		return nil, fmt.Errorf("list applied migrations: %w", err)
	}
	defer rows.Close()
	var applied []migration
	for rows.Next() {
		var m migration
		if err := rows.Scan(&m.number, &m.name, &m.checksum); err != nil {
			return nil, fmt.Errorf("read applied migration: %w", err)
		}
		applied = append(applied, m)
	}
	return applied, rows.Err()
}

func raced(err error) bool {
	state := postgresState(err)
	return state == pgUniqueViolation || state == pgDuplicateTable || state == pgDuplicateObject
}

// Reset empties the views and migrates them afresh, in one transaction: readers see all of the old or all of the new.
// It refuses the ledger.
func (d *DB) Reset(ctx context.Context) error {
	if d.store != Views {
		return fault.New(fault.Forbidden, "db.not_rebuildable", fault.Data{"store": string(d.store)})
	}
	err := d.run(ctx, nil, func(tx *Tx) error {
		if err := tx.dropAll(ctx); err != nil {
			return err
		}
		if err := tx.lockMigrations(ctx); err != nil {
			return err
		}
		return d.applyAll(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("reset %s: %w", d.store, err)
	}
	return nil
}

func (d *DB) applyAll(ctx context.Context, tx *Tx) error {
	for _, m := range d.plan {
		if err := d.apply(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// dropAll drops every table of the store with all that hangs on them. Views of SQL go with their tables on PostgreSQL
// and are not used on SQLite.
func (tx *Tx) dropAll(ctx context.Context) error {
	tables, err := tx.allTables(ctx)
	if err != nil {
		return err
	}
	if tx.d.dialect == PostgreSQL {
		for i, table := range tables {
			tables[i] = quoted(table)
		}
		if len(tables) == 0 {
			return nil
		}
		return tx.script(ctx, "DROP TABLE "+strings.Join(tables, ", ")+" CASCADE")
	}
	if err := tx.script(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
		return err
	}
	for _, table := range tables {
		if err := tx.script(ctx, "DROP TABLE "+quoted(table)); err != nil {
			return err
		}
	}
	return nil
}
