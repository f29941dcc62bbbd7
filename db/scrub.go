package db

import (
	"context"
	"errors"
	"fmt"

	"qingshan/fault"
)

// Scrub sees to it that rows deleted from a table leave the files: SQLite overwrote them when they were deleted
// (secure_delete), and its write-ahead log, which still holds them, is emptied here; PostgreSQL vacuums the table. What lies
// in PostgreSQL's own write-ahead log, in replicas and in backups goes with their own terms.
func (d *DB) Scrub(ctx context.Context, table string) error {
	s, err := d.writers.take(ctx)
	if err != nil {
		return err
	}
	defer func() { d.writers.give(s, err != nil) }()
	if d.dialect == PostgreSQL {
		_, err = s.conn.ExecContext(ctx, "VACUUM "+quoted(d.schema)+"."+quoted(table))
		return err
	}
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		var busy, frames, moved int64
		if err = s.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved); err != nil {
			return fmt.Errorf("empty the write-ahead log: %w", err)
		}
		if busy == 0 {
			return nil
		}
		if err = pause(ctx, attempt); err != nil {
			return err
		}
	}
	err = fault.Because(errors.New("readers hold the write-ahead log"), fault.Unavailable, "db.busy", fault.Data{"store": string(d.store)})
	return err
}
