package indicator

import (
	"context"
	"fmt"

	"qingshan/db"
	"qingshan/record"
)

// flowing adds the conditions that a fact of a flow must meet.
func (b behind) flowing(w *db.Where) *db.Where {
	return w.AndIn("book", b.books).AndIn("measure", b.flows).
		And("day >= ?", int64(b.days.From)).And("day <= ?", int64(b.days.To)).
		And("substr(place, 1, ?) = ?", len(b.place), string(b.place))
}

// standing adds the conditions that a point must meet before the last one of its line is chosen.
func (b behind) standing(w *db.Where) *db.Where {
	return w.AndIn("book", b.books).AndIn("measure", b.stocks).And("day <= ?", int64(b.days.To))
}

// selectBehind lists facts in order from a position on.
func selectBehind(ctx context.Context, tx *db.Tx, b behind, from position, limit int) ([]placed, error) {
	flows := b.flowing(db.NewWhere(1))
	points := b.standing(db.NewWhere(1 + len(flows.Args())))
	last := db.NewWhere(1+len(flows.Args())+len(points.Args())).
		And("nth = 1").And("amount <> 0").And("substr(place, 1, ?) = ?", len(b.place), string(b.place))
	args := append(append(flows.Args(), points.Args()...), last.Args()...)
	after := db.NewWhere(1+len(args)).And("(place, day, book, at, measure, subject, root, key) > (?, ?, ?, ?, ?, ?, ?, ?)",
		string(from.Place), int64(from.Day), string(from.Book), from.Seq, string(from.Measure), from.Subject, from.Root, from.Key)
	bound := after.Bind(limit)
	rows, err := tx.Query(ctx, `
		SELECT
			book,
			at,
			root,
			measure,
			subject,
			place,
			day,
			amount,
			key
		FROM (
			SELECT
				book,
				at,
				root,
				measure,
				subject,
				place,
				day,
				amount,
				key
			FROM fact
			`+flows.SQL()+`
			UNION ALL
			SELECT
				book,
				at,
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
					at,
					root,
					measure,
					subject,
					place,
					day,
					amount,
					ROW_NUMBER() OVER (
						PARTITION BY book, measure, subject
						ORDER BY day DESC, at DESC, root DESC) AS nth
				FROM stock_point
				`+points.SQL()+`) AS line
			`+last.SQL()+`) AS behind
		`+after.SQL()+`
		ORDER BY place, day, book, at, measure, subject, root, key
		LIMIT `+bound, append(args, after.Args()...)...)
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	var list []placed
	err = each(rows, func() error {
		var p placed
		var root string
		err := rows.Scan(&p.Book, &p.Seq, &root, &p.Measure, &p.Subject, &p.Place, &p.Day, &p.Amount, &p.key)
		if err != nil {
			return err
		}
		p.Root, err = record.ParseID(root)
		list = append(list, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return list, nil
}

// countRoots counts the different records behind a figure.
func countRoots(ctx context.Context, tx *db.Tx, b behind) (int64, error) {
	flows := b.flowing(db.NewWhere(1))
	points := b.standing(db.NewWhere(1 + len(flows.Args())))
	last := db.NewWhere(1+len(flows.Args())+len(points.Args())).
		And("nth = 1").And("amount <> 0").And("substr(place, 1, ?) = ?", len(b.place), string(b.place))
	args := append(append(flows.Args(), points.Args()...), last.Args()...)
	var roots int64
	err := tx.QueryRow(ctx, `
		SELECT
			COUNT(*)
		FROM (
			SELECT
				book,
				root
			FROM fact
			`+flows.SQL()+`
			UNION
			SELECT
				book,
				root
			FROM (
				SELECT
					book,
					root,
					amount,
					place,
					ROW_NUMBER() OVER (
						PARTITION BY book, measure, subject
						ORDER BY day DESC, at DESC, root DESC) AS nth
				FROM stock_point
				`+points.SQL()+`) AS line
			`+last.SQL()+`) AS behind`, args...).Scan(&roots)
	if err != nil {
		return 0, fmt.Errorf("count records: %w", err)
	}
	return roots, nil
}
