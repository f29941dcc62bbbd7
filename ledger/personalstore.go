package ledger

import (
	"context"
	"fmt"

	"qingshan/db"
	"qingshan/record"
)

// settlePersonal keeps the personal values of new entries, in the order of the entries, and carries out erasures.
func settlePersonal(ctx context.Context, tx *db.Tx, book record.Book, fresh []newEntry) error {
	var rows [][]any
	keep := func() error {
		if len(rows) == 0 {
			return nil
		}
		columns := []string{"book", "id", "field", "subject", "value", "salt"}
		err := tx.Insert(ctx, "personal", columns, rows)
		rows = nil
		return err
	}
	for _, e := range fresh {
		for i, personal := range e.from.sub.Personal {
			value, err := personal.Value.Canonical()
			if err != nil {
				return err
			}
			salt := e.from.salts[i][:]
			rows = append(rows, []any{string(book), e.from.id, personal.Field, personal.Subject, string(value), salt})
		}
		if e.from.sub.Record.Kind != KindErased {
			continue
		}
		if err := keep(); err != nil {
			return err
		}
		if err := deletePersonal(ctx, tx, book, e.from.sub.Record.Values["subject"].Text); err != nil {
			return err
		}
	}
	return keep()
}

func deletePersonal(ctx context.Context, tx *db.Tx, book record.Book, subject string) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM personal
		WHERE book = $1
			AND subject = $2`, string(book), subject)
	if err != nil {
		return fmt.Errorf("erase what is personal in %s: %w", book, err)
	}
	return nil
}

func selectSalts(ctx context.Context, tx *db.Tx, book record.Book, id string) (map[string][32]byte, error) {
	rows, err := tx.Query(ctx, `
		SELECT
			field,
			salt
		FROM personal
		WHERE book = $1
			AND id = $2`, string(book), id)
	if err != nil {
		return nil, fmt.Errorf("read salts of %s: %w", id, err)
	}
	salts := map[string][32]byte{}
	err = db.EachRow(rows, func() error {
		var field string
		var salt []byte
		if err := rows.Scan(&field, &salt); err != nil {
			return err
		}
		if len(salt) != 32 {
			return fmt.Errorf("salt of %s %s has %d bytes", id, field, len(salt))
		}
		salts[field] = [32]byte(salt)
		return nil
	})
	return salts, err
}

// personalRow is one personal value as stored.
type personalRow struct {
	id    string
	field string
	value []byte
	salt  []byte
}

func selectPersonal(ctx context.Context, q *db.Tx, book record.Book, ids []string) ([]personalRow, error) {
	in, args := db.In("id", 2, ids)
	rows, err := q.Query(ctx, `
		SELECT
			id,
			field,
			value,
			salt
		FROM personal
		WHERE book = $1
			AND `+in, append([]any{string(book)}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read personal values of %s: %w", book, err)
	}
	var out []personalRow
	err = db.EachRow(rows, func() error {
		var r personalRow
		err := rows.Scan(&r.id, &r.field, &r.value, &r.salt)
		out = append(out, r)
		return err
	})
	return out, err
}

func selectBooksOf(ctx context.Context, q *db.Tx, subject string) ([]record.Book, error) {
	rows, err := q.Query(ctx, `
		SELECT DISTINCT book
		FROM personal
		WHERE subject = $1
		ORDER BY book`, subject)
	if err != nil {
		return nil, fmt.Errorf("find the books that keep personal values: %w", err)
	}
	var books []record.Book
	err = db.EachRow(rows, func() error {
		var book string
		err := rows.Scan(&book)
		books = append(books, record.Book(book))
		return err
	})
	return books, err
}

func selectRecordsOf(ctx context.Context, q *db.Tx, subject string) ([]record.ID, error) {
	rows, err := q.Query(ctx, `
		SELECT DISTINCT id
		FROM personal
		WHERE subject = $1
		ORDER BY id`, subject)
	if err != nil {
		return nil, fmt.Errorf("find the records that keep personal values: %w", err)
	}
	var ids []record.ID
	err = db.EachRow(rows, func() error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		id, err := record.ParseID(text)
		ids = append(ids, id)
		return err
	})
	return ids, err
}
