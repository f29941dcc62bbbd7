package indicator

import (
	"context"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/record"
)

// selectDays reads on which days the subjects of some lines were seen, at every place.
func (s store) selectDays(ctx context.Context, lines map[line]bool) (map[sight]days, error) {
	found := map[sight]days{}
	measures, subjects := sides(lines)
	for part := range slices.Chunk(subjects, chunk) {
		w := db.NewWhere(1).And("book = ?", string(s.book)).AndIn("measure", measures).AndIn("subject", part)
		rows, err := s.tx.Query(ctx, `
			SELECT
				measure,
				place,
				subject,
				day,
				refs
			FROM distinct_day
			`+w.SQL(), w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("read days: %w", err)
		}
		err = each(rows, func() error {
			var at sight
			var day record.Day
			var refs int64
			if err := rows.Scan(&at.measure, &at.place, &at.subject, &day, &refs); err != nil {
				return err
			}
			if found[at] == nil {
				found[at] = days{}
			}
			found[at][day] = refs
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read days: %w", err)
		}
	}
	return found, nil
}

// addDays adds differences to the counts of facts by subject and day.
func (s store) addDays(ctx context.Context, moved map[sight]days) error {
	var rows, doubtful [][]any
	for at, by := range moved {
		fewer := false
		for day, refs := range by {
			if refs == 0 {
				continue
			}
			rows = append(rows, []any{string(s.book), string(at.measure), string(at.place), at.subject, int64(day), refs})
			fewer = fewer || refs < 0
		}
		if fewer {
			doubtful = append(doubtful, []any{string(s.book), string(at.measure), string(at.place), at.subject})
		}
	}
	sortRows(rows)
	key := []string{"book", "measure", "place", "subject", "day"}
	if err := s.tx.Merge(ctx, db.Merge{Table: "distinct_day", Key: key, Add: []string{"refs"}}, rows); err != nil {
		return err
	}
	sortRows(doubtful)
	return s.tx.Prune(ctx, "distinct_day", key[:4], []string{"refs"}, doubtful)
}

// addFirsts adds differences to the counts of subjects by first day.
func (s store) addFirsts(ctx context.Context, firsts map[first]int64) error {
	var rows, doubtful [][]any
	for at, amount := range firsts {
		if amount == 0 {
			continue
		}
		row := []any{string(s.book), string(at.measure), string(at.place), string(at.span), int64(at.day), amount}
		rows = append(rows, row)
		if amount < 0 {
			doubtful = append(doubtful, row[:4])
		}
	}
	sortRows(rows)
	key := []string{"book", "measure", "place", "span", "day"}
	if err := s.tx.Merge(ctx, db.Merge{Table: "distinct_first", Key: key, Add: []string{"amount"}}, rows); err != nil {
		return err
	}
	sortRows(doubtful)
	return s.tx.Prune(ctx, "distinct_first", key[:4], []string{"amount"}, doubtful)
}
