package register

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/internal/digest"
	"qingshan/record"
)

// selectAdoption gives the last adoption among the first size entries of a book.
func selectAdoption(ctx context.Context, q *db.Tx, book record.Book, size int64) (Adoption, bool, error) {
	w := db.NewWhere(1).And("book = ?", string(book)).And("seq < ?", size)
	found, err := queryAdoptions(ctx, q, w, 1)
	if err != nil || len(found) == 0 {
		return Adoption{}, false, err
	}
	return found[0], true, nil
}

// selectAdoptions gives all adoptions of a book in order.
func selectAdoptions(ctx context.Context, q *db.Tx, book record.Book) ([]Adoption, error) {
	found, err := queryAdoptions(ctx, q, db.NewWhere(1).And("book = ?", string(book)), Latest)
	slices.Reverse(found)
	return found, err
}

// queryAdoptions gives the last adoptions first.
func queryAdoptions(ctx context.Context, q *db.Tx, w *db.Where, limit int64) ([]Adoption, error) {
	rows, err := q.Query(ctx, `
		SELECT
			seq,
			source,
			size,
			root,
			catalog
		FROM adoption
		`+w.SQL()+`
		ORDER BY seq DESC
		LIMIT `+w.Bind(limit), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("select adoptions: %w", err)
	}
	var out []Adoption
	err = db.EachRow(rows, func() error {
		a, err := scanAdoption(rows)
		out = append(out, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read adoptions: %w", err)
	}
	return out, nil
}

func scanAdoption(rows *db.Rows) (Adoption, error) {
	var a Adoption
	var root, words string
	if err := rows.Scan(&a.Seq, &a.Source, &a.Size, &root, &words); err != nil {
		return a, err
	}
	var err error
	if a.Root, err = digest.Parse(root); err != nil {
		return a, err
	}
	a.Catalog, err = digest.Parse(words)
	return a, err
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
	if errors.Is(err, db.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("select cursor of %s: %w", book, err)
	}
	return size, nil
}
