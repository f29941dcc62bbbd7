package indicator

import (
	"context"
	"fmt"

	"qingshan/db"
)

// selectBehind lists facts in order from a position on.
func selectBehind(ctx context.Context, tx *db.Tx, b behind, from position, limit int) ([]placed, error) {
	list, err := selectFlows(ctx, tx, b, from, limit)
	if err != nil || len(b.stocks) == 0 {
		return list, err
	}
	levels, err := selectLevels(ctx, tx, b, from, limit)
	if err != nil {
		return nil, err
	}
	return firstOf(append(list, levels...), limit), nil
}

// selectLevels lists the values of stocks that hold at the end: of each subject the last one, if it is there. It reads all
// points of the measures, which are as many as statements about their subjects.
func selectLevels(ctx context.Context, tx *db.Tx, b behind, from position, limit int) ([]placed, error) {
	points := db.NewWhere(1).AndIn("book", b.books).AndIn("measure", b.stocks).And("day <= ?", int64(b.days.To))
	last := db.NewWhere(1+len(points.Args())).And("nth = 1").And("amount <> 0").
		And("substr(place, 1, ?) = ?", len(b.place), string(b.place)).
		And("(place, day, book, seq, measure, subject, root, subject) > (?, ?, ?, ?, ?, ?, ?, ?)",
			string(from.Place), int64(from.Day), string(from.Book), from.Seq, string(from.Measure), from.Subject, from.Root, from.Key)
	where, most := last.SQL(), last.Bind(limit)
	rows, err := tx.Query(ctx, `
		SELECT
			book,
			seq,
			root,
			measure,
			subject,
			place,
			day,
			amount,
			subject
		FROM (
			SELECT
				book,
				seq,
				root,
				measure,
				subject,
				place,
				day,
				amount,
				ROW_NUMBER() OVER (
					PARTITION BY book, measure, subject
					ORDER BY day DESC, seq DESC, root DESC) AS nth
			FROM stock_point
			`+points.SQL()+`) AS line
		`+where+`
		ORDER BY place, day, book, seq, measure, subject, root
		LIMIT `+most, append(points.Args(), last.Args()...)...)
	if err != nil {
		return nil, fmt.Errorf("read points: %w", err)
	}
	return scanPlaced(rows)
}
