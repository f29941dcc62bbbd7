package register

import (
	"context"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/record"
)

// selectRows adds to into the rows of the objects that are known now.
func selectRows(ctx context.Context, tx *db.Tx, book record.Book, objects []string, into map[Key][]row) error {
	for part := range slices.Chunk(objects, portion) {
		w := db.NewWhere(1).And("book = ?", string(book)).And("seq_to = ?", int64(Latest)).AndIn("object", part)
		rows, err := tx.Query(ctx, `
			SELECT
				kind,
				object,
				valid_from,
				valid_to,
				seq_from,
				seq_to,
				statement
			FROM register
			`+w.SQL()+`
			ORDER BY valid_from`, w.Args()...)
		if err != nil {
			return fmt.Errorf("select rows: %w", err)
		}
		err = db.EachRow(rows, func() error {
			var key Key
			r := row{stored: true}
			err := rows.Scan(&key.Kind, &key.ID, &r.from, &r.to, &r.seqFrom, &r.seqTo, &r.by)
			into[key] = append(into[key], r)
			return err
		})
		if err != nil {
			return fmt.Errorf("read rows: %w", err)
		}
	}
	return nil
}

// store writes the batch: new statements, adoptions and rows, and the end of what is no longer known so.
func (b *batch) store(ctx context.Context) error {
	if err := insertStatements(ctx, b.tx, b.book, b.said); err != nil {
		return err
	}
	if err := insertAdoptions(ctx, b.tx, b.book, b.adopted); err != nil {
		return err
	}
	columns := []string{"book", "kind", "object", "valid_from", "valid_to", "seq_from", "seq_to", "statement",
		"county", "town", "village", "grid"}
	var fresh [][]any
	for _, key := range b.keys() {
		for _, r := range b.rows[key] {
			switch {
			case !r.stored:
				fresh = append(fresh, b.values(key, r))
			case r.seqTo != Latest:
				if err := b.closeRow(ctx, key, r); err != nil {
					return err
				}
			}
		}
	}
	return b.tx.Insert(ctx, "register", columns, fresh)
}

// keys lists the objects of the batch in order, so that the writes of two runs are the same.
func (b *batch) keys() []Key {
	keys := make([]Key, 0, len(b.rows))
	for key := range b.rows {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	return keys
}

func (b *batch) values(key Key, r row) []any {
	levels := [5]string{}
	for _, unit := range r.place.Path() {
		levels[unit.Level()] = string(unit)
	}
	return []any{string(b.book), key.Kind, key.ID, int64(r.from), int64(r.to), r.seqFrom, r.seqTo, r.by,
		levels[record.County], levels[record.Town], levels[record.Village], levels[record.Grid]}
}

func (b *batch) closeRow(ctx context.Context, key Key, r row) error {
	_, err := b.tx.Exec(ctx, `
		UPDATE register
		SET seq_to = $6
		WHERE book = $1
			AND kind = $2
			AND object = $3
			AND valid_from = $4
			AND seq_from = $5`, string(b.book), key.Kind, key.ID, int64(r.from), r.seqFrom, r.seqTo)
	if err != nil {
		return fmt.Errorf("close row of %s: %w", key, err)
	}
	return nil
}
