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
	err := s.inPortions(rows, func(values string, args []any) error {
		_, err := s.tx.Exec(ctx, `
			INSERT INTO distinct_day (
				book,
				measure,
				place,
				subject,
				day,
				refs)
			VALUES `+values+`
			ON CONFLICT (book, measure, place, subject, day) DO UPDATE
			SET refs = distinct_day.refs + excluded.refs`, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("add days: %w", err)
	}
	sortRows(doubtful)
	return s.inPortions(doubtful, func(values string, args []any) error {
		_, err := s.tx.Exec(ctx, `
			DELETE FROM distinct_day
			WHERE (book, measure, place, subject) IN (VALUES `+values+`)
				AND refs = 0`, args...)
		return err
	})
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
	err := s.inPortions(rows, func(values string, args []any) error {
		_, err := s.tx.Exec(ctx, `
			INSERT INTO distinct_first (
				book,
				measure,
				place,
				span,
				day,
				amount)
			VALUES `+values+`
			ON CONFLICT (book, measure, place, span, day) DO UPDATE
			SET amount = distinct_first.amount + excluded.amount`, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("add first days: %w", err)
	}
	sortRows(doubtful)
	return s.inPortions(doubtful, func(values string, args []any) error {
		_, err := s.tx.Exec(ctx, `
			DELETE FROM distinct_first
			WHERE (book, measure, place, span) IN (VALUES `+values+`)
				AND amount = 0`, args...)
		return err
	})
}
