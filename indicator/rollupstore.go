package indicator

import (
	"context"

	"qingshan/db"
	"qingshan/record"
)

// chunk bounds the length of an IN list.
const chunk = 500

// store reads and writes the rows of one book in a transaction.
type store struct {
	tx   *db.Tx
	book record.Book
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
	key := []string{"book", "measure", "place", "span"}
	if err := s.tx.Merge(ctx, db.Merge{Table: "rollup", Key: key, Add: []string{"amount", "records"}}, rows); err != nil {
		return err
	}
	return s.tx.Prune(ctx, "rollup", key, []string{"amount", "records"}, keys)
}

func (s store) key(c cell) []any {
	return []any{string(s.book), string(c.measure), string(c.place), string(c.span)}
}
