package backup

import (
	"context"
	"fmt"

	"qingshan/db"
)

// The tables that are not copied whole; every other one is, so that none can be forgotten.
const (
	entryTable    = "entry"
	personalTable = "personal"
	bookTable     = "book"
)

// eachEntry reads the entries of a book from one sequence up to another, in order.
func eachEntry(ctx context.Context, q *db.Tx, book string, from, to int64, f func(row []any) error) error {
	return q.Each(ctx, entryTable, `
		WHERE book = $1
			AND seq >= $2
			AND seq < $3
		ORDER BY seq`, []any{book, from, to}, f)
}

// eachPersonal reads the personal values that belong to some entries.
func eachPersonal(ctx context.Context, q *db.Tx, book string, from, to int64, f func(row []any) error) error {
	return q.Each(ctx, personalTable, `
		WHERE book = $1
			AND id IN (
				SELECT e.id
				FROM entry e
				WHERE e.book = $1
					AND e.seq >= $2
					AND e.seq < $3
			)
		ORDER BY id, field`, []any{book, from, to}, f)
}

// selectHeads reads the size and the signed checkpoint of every book that has begun.
func selectHeads(ctx context.Context, q *db.Tx) ([]Book, error) {
	rows, err := q.Query(ctx, `
		SELECT
			book,
			size,
			checkpoint
		FROM book
		WHERE size > 0
		ORDER BY book`)
	if err != nil {
		return nil, fmt.Errorf("read the heads of the books: %w", err)
	}
	var heads []Book
	err = db.EachRow(rows, func() error {
		var b Book
		err := rows.Scan(&b.Book, &b.Size, &b.Checkpoint)
		heads = append(heads, b)
		return err
	})
	return heads, err
}

// countPersonal counts the personal values, so that one which belongs to no entry is not passed over in silence.
func countPersonal(ctx context.Context, q *db.Tx) (int64, error) {
	var n int64
	err := q.QueryRow(ctx, `
		SELECT COUNT(*)
		FROM personal`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count personal values: %w", err)
	}
	return n, nil
}
