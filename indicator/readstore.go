package indicator

import (
	"context"
	"fmt"

	"qingshan/db"
	"qingshan/fact"
	"qingshan/record"
)

// selectSizes gives for each book how far the slowest follower has come; of named followers, one that has not begun
// counts as 0.
func selectSizes(ctx context.Context, tx *db.Tx, followers []string) (map[record.Book]int64, error) {
	w := db.NewWhere(1)
	if len(followers) > 0 {
		w.AndIn("follower", followers)
	}
	rows, err := tx.Query(ctx, `
		SELECT
			book,
			MIN(size),
			COUNT(*)
		FROM cursor
		`+w.SQL()+`
		GROUP BY book`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read cursors: %w", err)
	}
	sizes := map[record.Book]int64{}
	err = each(rows, func() error {
		var book record.Book
		var size, begun int64
		err := rows.Scan(&book, &size, &begun)
		if begun < int64(len(followers)) {
			size = 0
		}
		sizes[book] = size
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read cursors: %w", err)
	}
	return sizes, nil
}

// rolled says which rollups to add up.
type rolled struct {
	books    []string
	measures []string
	place    string
	spans    []record.Span
}

// selectTotals adds up rollups over books and spans, by measure.
func selectTotals(ctx context.Context, tx *db.Tx, r rolled, into map[fact.Measure]total) error {
	if len(r.books) == 0 || len(r.measures) == 0 || len(r.spans) == 0 {
		return nil
	}
	spans := make([]string, len(r.spans))
	for i, span := range r.spans {
		spans[i] = string(span)
	}
	w := db.NewWhere(1).AndIn("book", r.books).AndIn("measure", r.measures).And("place = ?", r.place).AndIn("span", spans)
	rows, err := tx.Query(ctx, `
		SELECT
			measure,
			CAST(SUM(amount) AS BIGINT),
			CAST(SUM(records) AS BIGINT)
		FROM rollup
		`+w.SQL()+`
		GROUP BY measure`, w.Args()...)
	if err != nil {
		return fmt.Errorf("read rollups: %w", err)
	}
	err = each(rows, func() error {
		var measure fact.Measure
		var t total
		err := rows.Scan(&measure, &t.amount, &t.records)
		into[measure] = into[measure].plus(t.amount, t.records)
		return err
	})
	if err != nil {
		return fmt.Errorf("read rollups: %w", err)
	}
	return nil
}

// countSubjects counts the different subjects in a period, by measure. Those of several books are added: the same subject
// in two books counts twice, and the basis says so.
func countSubjects(ctx context.Context, tx *db.Tx, r rolled, days record.Period) (map[fact.Measure]int64, error) {
	if len(r.books) == 0 || len(r.measures) == 0 || days.Empty() {
		return nil, nil
	}
	var rows cursor
	var err error
	if span, fits := spanFrom(days); fits {
		rows, err = queryFirsts(ctx, tx, r, span, days.To)
	} else {
		rows, err = querySubjects(ctx, tx, r, days)
	}
	if err != nil {
		return nil, fmt.Errorf("count subjects: %w", err)
	}
	found := map[fact.Measure]int64{}
	err = each(rows, func() error {
		var measure fact.Measure
		var subjects int64
		err := rows.Scan(&measure, &subjects)
		found[measure] += subjects
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count subjects: %w", err)
	}
	return found, nil
}

// queryFirsts reads a span up to one of its days.
func queryFirsts(ctx context.Context, tx *db.Tx, r rolled, span record.Span, to record.Day) (cursor, error) {
	w := db.NewWhere(1).AndIn("book", r.books).AndIn("measure", r.measures).And("place = ?", r.place).
		And("span = ?", string(span)).And("day <= ?", int64(to))
	return tx.Query(ctx, `
		SELECT
			measure,
			CAST(SUM(amount) AS BIGINT)
		FROM distinct_first
		`+w.SQL()+`
		GROUP BY measure`, w.Args()...)
}

// querySubjects counts over days that are no span.
func querySubjects(ctx context.Context, tx *db.Tx, r rolled, days record.Period) (cursor, error) {
	w := db.NewWhere(1).AndIn("book", r.books).AndIn("measure", r.measures).And("place = ?", r.place).
		And("day >= ?", int64(days.From)).And("day <= ?", int64(days.To))
	return tx.Query(ctx, `
		SELECT
			measure,
			COUNT(DISTINCT subject)
		FROM distinct_day
		`+w.SQL()+`
		GROUP BY book, measure`, w.Args()...)
}
