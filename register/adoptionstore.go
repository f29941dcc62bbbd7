package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"qingshan/db"
	"qingshan/internal/digest"
	"qingshan/record"
)

func selectAdoption(ctx context.Context, q *db.Tx, book record.Book, size int64) (Adoption, bool, error) {
	var a Adoption
	var root, words string
	err := q.QueryRow(ctx, `
		SELECT
			seq,
			source,
			size,
			root,
			catalog
		FROM adoption
		WHERE book = $1
			AND seq < $2
		ORDER BY seq DESC
		LIMIT 1`, string(book), size).Scan(&a.Seq, &a.Source, &a.Size, &root, &words)
	if errors.Is(err, sql.ErrNoRows) {
		return Adoption{}, false, nil
	}
	if err != nil {
		return Adoption{}, false, fmt.Errorf("select adoption: %w", err)
	}
	if a.Root, err = digest.Parse(root); err != nil {
		return Adoption{}, false, fmt.Errorf("read adoption: %w", err)
	}
	if a.Catalog, err = digest.Parse(words); err != nil {
		return Adoption{}, false, fmt.Errorf("read adoption: %w", err)
	}
	return a, true, nil
}

func insertAdoptions(ctx context.Context, tx *db.Tx, book record.Book, adopted []Adoption) error {
	rows := make([][]any, len(adopted))
	for i, a := range adopted {
		rows[i] = []any{string(book), a.Seq, string(a.Source), a.Size, a.Root.String(), a.Catalog.String()}
	}
	return tx.Insert(ctx, "adoption", []string{"book", "seq", "source", "size", "root", "catalog"}, rows)
}

// selectCursor tells how far the register has followed a book.
func selectCursor(ctx context.Context, tx *db.Tx, book record.Book) (int64, error) {
	var size int64
	err := tx.QueryRow(ctx, `
		SELECT
			size
		FROM cursor
		WHERE book = $1
			AND follower = $2`, string(book), Name).Scan(&size)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("select cursor of %s: %w", book, err)
	}
	return size, nil
}
