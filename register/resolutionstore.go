package register

import (
	"context"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/record"
)

func selectResolutions(ctx context.Context, q *db.Tx, book record.Book, seq int64) ([]Resolution, error) {
	rows, err := q.Query(ctx, `
		SELECT
			seq,
			ref,
			target,
			at
		FROM resolution
		WHERE book = $1
			AND seq = $2
		ORDER BY ref`, string(book), seq)
	if err != nil {
		return nil, fmt.Errorf("select resolutions: %w", err)
	}
	return scanResolutions(rows)
}

func selectWaiting(ctx context.Context, q *db.Tx, book record.Book, limit int) ([]Resolution, error) {
	rows, err := q.Query(ctx, `
		SELECT
			seq,
			ref,
			target,
			at
		FROM resolution
		WHERE book = $1
			AND at = $2
		ORDER BY seq, ref
		LIMIT $3`, string(book), int64(Latest), limit)
	if err != nil {
		return nil, fmt.Errorf("select waiting references: %w", err)
	}
	return scanResolutions(rows)
}

func scanResolutions(rows *db.Rows) ([]Resolution, error) {
	var out []Resolution
	err := db.EachRow(rows, func() error {
		var one Resolution
		var ref string
		if err := rows.Scan(&one.Seq, &ref, &one.Target, &one.At); err != nil {
			return err
		}
		var err error
		one.Ref, err = record.ParseRef(ref)
		out = append(out, one)
		return err
	})
	return out, err
}

// selectWaitingRefs lists every reference of a book that waits.
func selectWaitingRefs(ctx context.Context, tx *db.Tx, book record.Book) ([]record.Ref, error) {
	w := db.NewWhere(1).And("book = ?", string(book)).And("at = ?", int64(Latest))
	return selectRefs(ctx, tx, w)
}

// selectWaitingAmong lists those of the references that wait.
func selectWaitingAmong(ctx context.Context, tx *db.Tx, book record.Book, texts []string) ([]record.Ref, error) {
	var out []record.Ref
	for part := range slices.Chunk(texts, portion) {
		w := db.NewWhere(1).And("book = ?", string(book)).And("at = ?", int64(Latest)).AndIn("ref", part)
		refs, err := selectRefs(ctx, tx, w)
		if err != nil {
			return nil, err
		}
		out = append(out, refs...)
	}
	return out, nil
}

func selectRefs(ctx context.Context, tx *db.Tx, w *db.Where) ([]record.Ref, error) {
	rows, err := tx.Query(ctx, `
		SELECT DISTINCT
			ref
		FROM resolution
		`+w.SQL()+`
		ORDER BY ref`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("select waiting references: %w", err)
	}
	var out []record.Ref
	err = db.EachRow(rows, func() error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		ref, err := record.ParseRef(text)
		out = append(out, ref)
		return err
	})
	return out, err
}

// selectFirstKnown tells for each object of these ids which entry first made it known. It takes the least itself: to group
// the rows, the database would read the whole register.
func selectFirstKnown(ctx context.Context, tx *db.Tx, book record.Book, ids []string) (map[Key]int64, error) {
	out := map[Key]int64{}
	for part := range slices.Chunk(ids, portion) {
		w := db.NewWhere(1).And("book = ?", string(book)).AndIn("object", part)
		rows, err := tx.Query(ctx, `
			SELECT
				kind,
				object,
				seq_from
			FROM register
			`+w.SQL(), w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("select first known: %w", err)
		}
		err = db.EachRow(rows, func() error {
			var key Key
			var seq int64
			err := rows.Scan(&key.Kind, &key.ID, &seq)
			if first, known := out[key]; !known || seq < first {
				out[key] = seq
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read first known: %w", err)
		}
	}
	return out, nil
}

func updateWaiting(ctx context.Context, tx *db.Tx, book record.Book, ref record.Ref, a arrival) error {
	_, err := tx.Exec(ctx, `
		UPDATE resolution
		SET target = $3,
			at = $4
		WHERE book = $1
			AND ref = $2
			AND at = $5`, string(book), ref.String(), string(a.target), a.at, int64(Latest))
	if err != nil {
		return fmt.Errorf("resolve %s: %w", ref, err)
	}
	return nil
}

func insertResolutions(ctx context.Context, tx *db.Tx, book record.Book, early []Resolution) error {
	rows := make([][]any, len(early))
	for i, one := range early {
		rows[i] = []any{string(book), one.Seq, one.Ref.String(), string(one.Target), one.At}
	}
	return tx.Insert(ctx, "resolution", []string{"book", "seq", "ref", "target", "at"}, rows)
}
