package register

import (
	"context"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/record"
)

// objectColumns are what scanObject reads.
const objectColumns = `
				r.book,
				r.kind,
				r.object,
				r.valid_from,
				r.valid_to,
				r.seq_from,
				r.seq_to,
				s.id,
				s.root,
				s.place,
				s.label,
				s.data`

func scanObject(rows *db.Rows) (Object, error) {
	var o Object
	var said, root, data string
	err := rows.Scan(&o.Book, &o.Kind, &o.ID, &o.From, &o.To, &o.SeqFrom, &o.SeqTo, &said, &root, &o.Place, &o.Label, &data)
	if err != nil {
		return o, err
	}
	if o.Record, err = record.ParseID(said); err != nil {
		return o, err
	}
	if o.Root, err = record.ParseID(root); err != nil {
		return o, err
	}
	o.Values, err = decode(data)
	return o, err
}

// holding adds the conditions that a row holds on a day, as known in the scope.
func (s scope) holding(w *db.Where, day record.Day) *db.Where {
	return w.And("r.book = ?", string(s.book)).
		And("r.valid_from <= ?", int64(day)).
		And("r.valid_to > ?", int64(day)).
		And("r.seq_from < ?", s.size).
		And("r.seq_to >= ?", s.size)
}

// selectObjects adds to into those of the objects that exist in the scope on a day.
func selectObjects(ctx context.Context, q *db.Tx, s scope, keys []Key, day record.Day, into map[Key]Object) error {
	wanted := map[Key]bool{}
	ids := map[string]bool{}
	for _, key := range keys {
		wanted[key], ids[key.ID] = true, true
	}
	for part := range slices.Chunk(sorted(ids), portion) {
		w := s.holding(db.NewWhere(1), day).AndIn("r.object", part)
		rows, err := q.Query(ctx, `
			SELECT`+objectColumns+`
			FROM register r
			JOIN register_statement s ON s.book = r.book AND s.seq = r.statement
			`+w.SQL(), w.Args()...)
		if err != nil {
			return fmt.Errorf("select objects: %w", err)
		}
		err = db.EachRow(rows, func() error {
			o, err := scanObject(rows)
			if key := (Key{Kind: o.Kind, ID: o.ID}); wanted[key] {
				into[key] = o
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("read objects: %w", err)
		}
	}
	return nil
}

// listObjects gives a page of the objects of one kind in the scope, in order of id, without those that exist in hiding.
func listObjects(ctx context.Context, q *db.Tx, s scope, query Query, hiding []scope) ([]Object, error) {
	w := s.holding(db.NewWhere(1), query.Day).And("r.kind = ?", query.Kind)
	if query.After != "" {
		w.And("r.object > ?", query.After)
	}
	within(w, query.Place)
	directlyBelow(w, query.Parent)
	for _, h := range hiding {
		w.And(`NOT EXISTS (
				SELECT 1
				FROM register own
				WHERE own.book = ?
					AND own.kind = r.kind
					AND own.object = r.object
					AND own.valid_from <= ?
					AND own.valid_to > ?
					AND own.seq_from < ?
					AND own.seq_to >= ?)`, string(h.book), int64(query.Day), int64(query.Day), h.size, h.size)
	}
	rows, err := q.Query(ctx, `
			SELECT`+objectColumns+`
			FROM register r
			JOIN register_statement s ON s.book = r.book AND s.seq = r.statement
			`+w.SQL()+`
			ORDER BY r.object
			LIMIT `+w.Bind(query.Limit+1), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list objects: %w", err)
	}
	var out []Object
	err = db.EachRow(rows, func() error {
		o, err := scanObject(rows)
		out = append(out, o)
		return err
	})
	return out, err
}

// selectEver gives the last row of every object of one kind that the book has or had in a unit: one that is still known
// before one that is not, then the one that holds later.
func selectEver(ctx context.Context, q *db.Tx, query Query) ([]Object, error) {
	w := db.NewWhere(1).And("r.book = ?", string(query.Book)).And("r.kind = ?", query.Kind)
	within(w, query.Place)
	rows, err := q.Query(ctx, `
			SELECT`+objectColumns+`
			FROM register r
			JOIN register_statement s ON s.book = r.book AND s.seq = r.statement
			`+w.SQL()+`
			ORDER BY r.object, r.seq_to, r.valid_from, r.seq_from`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("select every object: %w", err)
	}
	var out []Object
	err = db.EachRow(rows, func() error {
		o, err := scanObject(rows)
		if n := len(out); n > 0 && out[n-1].ID == o.ID {
			out[n-1] = o
			return err
		}
		out = append(out, o)
		return err
	})
	return out, err
}

// within keeps what lies in a unit.
func within(w *db.Where, unit record.UnitCode) {
	if unit == "" {
		return
	}
	switch unit.Level() {
	case record.County:
		w.And("r.county = ?", string(unit))
	case record.Town:
		w.And("r.town = ?", string(unit))
	case record.Village:
		w.And("r.village = ?", string(unit))
	default:
		w.And("r.village = ?", string(unit.Up())).And("r.grid = ?", string(unit))
	}
}

// directlyBelow keeps what lies one level below a unit.
func directlyBelow(w *db.Where, unit record.UnitCode) {
	if unit == "" {
		return
	}
	within(w, unit)
	switch unit.Level() {
	case record.County:
		w.And("r.town <> ''").And("r.village = ''")
	case record.Town:
		w.And("r.village <> ''").And("r.grid = ''")
	case record.Village:
		w.And("r.grid <> ''")
	default:
		w.And("1 = 0") // nothing lies below a grid
	}
}
