package register

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/record"
)

// portion bounds the values of one IN list.
const portion = 2000

// selectHistories adds to into what the book's entries said about each of the roots, in order. The database is not asked
// for the order: it would read the whole book in that order rather than look the roots up.
func selectHistories(ctx context.Context, tx *db.Tx, book record.Book, roots []string, into map[record.ID]history) error {
	for part := range slices.Chunk(roots, portion) {
		w := db.NewWhere(1).And("book = ?", string(book)).AndIn("root", part)
		rows, err := tx.Query(ctx, `
			SELECT
				seq,
				id,
				root,
				act,
				amends,
				held,
				kind,
				object,
				day,
				place,
				label,
				data
			FROM register_statement
			`+w.SQL(), w.Args()...)
		if err != nil {
			return fmt.Errorf("select statements: %w", err)
		}
		err = db.EachRow(rows, func() error {
			s, err := scanStatement(rows)
			into[s.root] = append(into[s.root], s)
			return err
		})
		if err != nil {
			return fmt.Errorf("read statements: %w", err)
		}
	}
	for _, root := range roots {
		id, err := record.ParseID(root)
		if err != nil {
			return err
		}
		slices.SortFunc(into[id], func(a, b statement) int { return cmp.Compare(a.seq, b.seq) })
	}
	return nil
}

func scanStatement(rows *db.Rows) (statement, error) {
	var s statement
	var id, root string
	var amends, held int64
	if err := rows.Scan(&s.seq, &id, &root, &s.act, &amends, &held, &s.key.Kind, &s.key.ID, &s.day, &s.place, &s.label, &s.data); err != nil {
		return s, err
	}
	var err error
	s.amends, s.held = amends != 0, held != 0
	if s.id, err = record.ParseID(id); err != nil {
		return s, err
	}
	s.root, err = record.ParseID(root)
	return s, err
}

// selectRoots lists the roots that ever named one of the objects.
func selectRoots(ctx context.Context, tx *db.Tx, book record.Book, objects []string) (map[record.ID]bool, error) {
	roots := map[record.ID]bool{}
	for part := range slices.Chunk(objects, portion) {
		w := db.NewWhere(1).And("book = ?", string(book)).AndIn("object", part)
		rows, err := tx.Query(ctx, `
			SELECT DISTINCT
				root
			FROM register_statement
			`+w.SQL(), w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("select roots: %w", err)
		}
		err = db.EachRow(rows, func() error {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			root, err := record.ParseID(text)
			roots[root] = true
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read roots: %w", err)
		}
	}
	return roots, nil
}

func insertStatements(ctx context.Context, tx *db.Tx, book record.Book, said []statement) error {
	columns := []string{"book", "seq", "id", "root", "act", "amends", "held", "kind", "object", "day", "place", "label", "data"}
	rows := make([][]any, len(said))
	for i, s := range said {
		rows[i] = []any{string(book), s.seq, s.id.String(), s.root.String(), string(s.act), number(s.amends), number(s.held),
			s.key.Kind, s.key.ID, int64(s.day), string(s.place), s.label, s.data}
	}
	return tx.Insert(ctx, "register_statement", columns, rows)
}

func number(truth bool) int64 {
	if truth {
		return 1
	}
	return 0
}
