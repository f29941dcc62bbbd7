package main

import (
	"context"
	"fmt"

	"qingshan/db"
)

// entryColumns are the columns of the table of entries.
func entryColumns() []string {
	return []string{"book", "seq", "id", "root", "kind", "hashes", "record", "envelope"}
}

// selectRows reads all entries of a book as they are stored.
func selectRows(ctx context.Context, q *db.Tx, book string) ([][]any, error) {
	rows, err := q.Query(ctx, `
		SELECT
			book,
			seq,
			id,
			root,
			kind,
			hashes,
			record,
			envelope
		FROM entry
		WHERE book = $1
		ORDER BY seq`, book)
	if err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	defer rows.Close()
	var out [][]any
	for rows.Next() {
		var book, id, kind, text, envelope string
		var seq int64
		var root db.NullText
		var hashes []byte
		if err := rows.Scan(&book, &seq, &id, &root, &kind, &hashes, &text, &envelope); err != nil {
			return nil, fmt.Errorf("read rows: %w", err)
		}
		var amended any
		if root.Valid {
			amended = root.String
		}
		out = append(out, []any{book, seq, id, amended, kind, hashes, text, envelope})
	}
	return out, rows.Err()
}

func countRows(ctx context.Context, q *db.Tx, book string) (int, error) {
	var n int
	err := q.QueryRow(ctx, `
		SELECT COUNT(*)
		FROM entry
		WHERE book = $1`, book).Scan(&n)
	return n, err
}

// dropSchemas removes both schemas of an installation that this program made. The prefix is its own.
func dropSchemas(ctx context.Context, tx *db.Tx, prefix string) error {
	for _, store := range []db.Store{db.Ledger, db.Views} {
		if _, err := tx.Exec(ctx, "DROP SCHEMA IF EXISTS "+prefix+"_"+string(store)+" CASCADE"); err != nil {
			return fmt.Errorf("drop %s: %w", prefix, err)
		}
	}
	return nil
}
