package publication

import (
	"context"

	"qingshan/db"
	"qingshan/record"
)

// row is a line of the table.
type row struct{ Listed }

func insertRows(ctx context.Context, tx *db.Tx, rows []row) error {
	columns := []string{"book", "seq", "sort", "figure", "place", "first_day", "last_day", "as_of", "number"}
	values := make([][]any, len(rows))
	for i, r := range rows {
		values[i] = []any{string(r.Code.Book), r.Code.Seq, r.Sort, r.Figure, string(r.Place), int64(r.Period.From), int64(r.Period.To),
			int64(r.AsOf), r.Number}
	}
	return tx.Insert(ctx, "publication", columns, values)
}

func selectRows(ctx context.Context, tx *db.Tx, f Filter) ([]Listed, error) {
	w := f.where()
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	where, bound := w.SQL(), w.Bind(limit)
	rows, err := tx.Query(ctx, `
		SELECT
			book,
			seq,
			sort,
			figure,
			place,
			first_day,
			last_day,
			as_of,
			number
		FROM publication p
		`+where+`
		ORDER BY book, seq DESC
		LIMIT `+bound, w.Args()...)
	if err != nil {
		return nil, err
	}
	var list []Listed
	err = db.EachRow(rows, func() error {
		var l Listed
		err := rows.Scan(&l.Code.Book, &l.Code.Seq, &l.Sort, &l.Figure, &l.Place, &l.Period.From, &l.Period.To, &l.AsOf, &l.Number)
		list = append(list, l)
		return err
	})
	return list, err
}

func (f Filter) where() *db.Where {
	w := db.NewWhere(1)
	if f.Sort != "" {
		w.And("sort = ?", f.Sort)
	}
	if f.Figure != "" {
		w.And("figure = ?", f.Figure)
	}
	if f.Place != "" {
		w.And("substr(place, 1, ?) = ?", len(f.Place), string(f.Place))
	}
	if f.Period != (record.Period{}) {
		w.And("first_day = ?", int64(f.Period.From)).And("last_day = ?", int64(f.Period.To))
	}
	if q := f.Asked; q != nil {
		w.And("place = ?", string(q.Place)).And("first_day = ?", int64(q.Period.From)).And("last_day = ?", int64(q.Period.To))
		w.And("as_of = ?", int64(q.AsOf))
		if q.Figure != "" {
			w.And("figure = ?", q.Figure)
		}
	}
	if f.Latest {
		w.And(`NOT EXISTS (
			SELECT 1
			FROM publication later
			WHERE later.book = p.book
				AND later.figure = p.figure
				AND later.place = p.place
				AND later.first_day = p.first_day
				AND later.last_day = p.last_day
				AND later.as_of = p.as_of
				AND later.number > p.number
				AND later.sort = p.sort)`)
	}
	if !f.After.Zero() {
		w.And("(book > ? OR book = ? AND seq < ?)", string(f.After.Book), string(f.After.Book), f.After.Seq)
	}
	return w
}
