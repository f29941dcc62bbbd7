package indicator

import (
	"context"
	"fmt"

	"qingshan/db"
	"qingshan/record"
)

// selectCursors gives how far each follower of each book has come.
func selectCursors(ctx context.Context, q *db.Tx) (map[record.Book]map[string]int64, error) {
	rows, err := q.Query(ctx, `
		SELECT
			book,
			follower,
			size
		FROM cursor`)
	if err != nil {
		return nil, fmt.Errorf("read cursors: %w", err)
	}
	found := map[record.Book]map[string]int64{}
	err = each(rows, func() error {
		var book record.Book
		var follower string
		var size int64
		err := rows.Scan(&book, &follower, &size)
		if found[book] == nil {
			found[book] = map[string]int64{}
		}
		found[book][follower] = size
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read cursors: %w", err)
	}
	return found, nil
}

// selectExtent gives the places and the years of which anything is counted.
func selectExtent(ctx context.Context, q *db.Tx) (map[record.UnitCode]bool, map[record.Span]bool, error) {
	rows, err := q.Query(ctx, `
		SELECT DISTINCT
			place,
			span
		FROM rollup
		WHERE LENGTH(span) = 4`)
	if err != nil {
		return nil, nil, fmt.Errorf("read which places and years are counted: %w", err)
	}
	places, years := map[record.UnitCode]bool{}, map[record.Span]bool{}
	err = each(rows, func() error {
		var place record.UnitCode
		var year record.Span
		err := rows.Scan(&place, &year)
		places[place], years[year] = true, true
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read which places and years are counted: %w", err)
	}
	return places, years, nil
}
