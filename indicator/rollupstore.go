package indicator

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"qingshan/db"
	"qingshan/record"
)

// chunk bounds the length of an IN list.
const chunk = 500

// store reads and writes the rows of one book in a transaction.
type store struct {
	tx      *db.Tx
	book    record.Book
	dialect db.Dialect
}

// cursor is what a query gives.
type cursor interface {
	Next() bool
	Scan(into ...any) error
	Err() error
	Close() error
}

// each runs scan for every row, closes the rows and gives the first error.
func each(rows cursor, scan func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// addRollups adds differences to the rollups and removes those of the doubtful rows that came to nothing.
func (s store) addRollups(ctx context.Context, sums rollups, doubtful []cell) error {
	var rows, keys [][]any
	for _, c := range sums.inOrder() {
		t := sums[c]
		rows = append(rows, append(s.key(c), t.amount, t.records))
	}
	for _, c := range doubtful {
		keys = append(keys, s.key(c))
	}
	err := s.inPortions(rows, func(values string, args []any) error {
		_, err := s.tx.Exec(ctx, `
			INSERT INTO rollup (
				book,
				measure,
				place,
				span,
				amount,
				records)
			VALUES `+values+`
			ON CONFLICT (book, measure, place, span) DO UPDATE
			SET
				amount = rollup.amount + excluded.amount,
				records = rollup.records + excluded.records`, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("add rollups: %w", err)
	}
	return s.inPortions(keys, func(values string, args []any) error {
		_, err := s.tx.Exec(ctx, `
			DELETE FROM rollup
			WHERE (book, measure, place, span) IN (VALUES `+values+`)
				AND amount = 0
				AND records = 0`, args...)
		return err
	})
}

func (s store) key(c cell) []any {
	return []any{string(s.book), string(c.measure), string(c.place), string(c.span)}
}

// inPortions calls write with the places and arguments of as many rows as one statement takes well, in few different
// sizes, so that the statements are prepared once. SQLite's driver pays for numbered parameters by the square of their
// count; PostgreSQL pays for each statement.
func (s store) inPortions(rows [][]any, write func(values string, args []any) error) error {
	largest := 256
	if s.dialect == db.SQLite {
		largest = 16
	}
	for len(rows) > 0 {
		n := largest
		for n > len(rows) {
			n /= 4
		}
		n = max(n, 1)
		var args []any
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if err := write(places(n, len(rows[0])), args); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// places gives "($1, $2), ($3, $4)" for two rows of two columns.
func places(rows, columns int) string {
	var b strings.Builder
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	return b.String() + ")"
}
