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

// eachRows gives all rows of a table in portions.
func eachRows(ctx context.Context, q *db.Tx, table string, portion int, take func(columns []string, rows [][]any) error) error {
	found, err := q.Query(ctx, "SELECT * FROM "+table)
	if err != nil {
		return fmt.Errorf("read %s: %w", table, err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		return err
	}
	var rows [][]any
	for found.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := found.Scan(into...); err != nil {
			return fmt.Errorf("read %s: %w", table, err)
		}
		if rows = append(rows, row); len(rows) == portion {
			if err := take(columns, rows); err != nil {
				return err
			}
			rows = nil
		}
	}
	if err := found.Err(); err != nil || len(rows) == 0 {
		return err
	}
	return take(columns, rows)
}

// sumFacts is the question that a figure of sums answers, put to the facts themselves.
func sumFacts(ctx context.Context, q *db.Tx, s sums) (amount, facts int64, err error) {
	w := db.NewWhere(1).AndIn("book", s.books).AndIn("measure", s.measures).And("place >= ?", town).And("place < ?", town+"~").
		And("day >= ?", int64(s.days.From)).And("day <= ?", int64(s.days.To))
	rows, err := q.Query(ctx, `
		SELECT
			measure,
			CAST(SUM(amount) AS BIGINT),
			COUNT(*)
		FROM fact
		`+w.SQL()+`
		GROUP BY measure`, w.Args()...)
	if err != nil {
		return 0, 0, fmt.Errorf("sum facts: %w", err)
	}
	err = db.EachRow(rows, func() error {
		var measure string
		var sum, count int64
		err := rows.Scan(&measure, &sum, &count)
		amount, facts = amount+sum, facts+count
		return err
	})
	return amount, facts, err
}

// eachFact gives the columns of every fact that the question needs.
func eachFact(ctx context.Context, q *db.Tx, take func(book, measure, place string, day, amount int64) error) error {
	rows, err := q.Query(ctx, `
		SELECT
			book,
			measure,
			place,
			day,
			amount
		FROM fact`)
	if err != nil {
		return fmt.Errorf("read facts: %w", err)
	}
	return db.EachRow(rows, func() error {
		var book, measure, place string
		var day, amount int64
		if err := rows.Scan(&book, &measure, &place, &day, &amount); err != nil {
			return err
		}
		return take(book, measure, place, day, amount)
	})
}
