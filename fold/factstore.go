package fold

import (
	"context"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/fact"
	"qingshan/record"
)

// chunk bounds the length of an IN list.
const chunk = 400

// scope names the rows of one fold in one book.
type scope struct {
	book record.Book
	fold string
}

// args puts the scope before the arguments of an IN list, which begin at $3.
func (s scope) args(in []any) []any { return append([]any{string(s.book), s.fold}, in...) }

// cursor is what a query gives.
type cursor interface {
	Next() bool
	Scan(into ...any) error
	Err() error
	Close() error
}

// each runs scan for every row, closes the rows and gives the first error.
func each(rows cursor, scan func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// selectFacts reads the facts of keys.
func selectFacts(ctx context.Context, tx *db.Tx, s scope, keys []Key) (map[Key][]fact.Fact, error) {
	found := map[Key][]fact.Fact{}
	for part := range slices.Chunk(keys, chunk) {
		in, args := db.In("key", 3, part)
		rows, err := tx.Query(ctx, `
			SELECT
				key,
				measure,
				subject,
				root,
				place,
				day,
				amount,
				seq,
				at
			FROM fact
			WHERE book = $1
				AND fold = $2
				AND `+in, s.args(args)...)
		if err != nil {
			return nil, fmt.Errorf("read facts: %w", err)
		}
		err = each(rows, func() error {
			var key Key
			var root string
			var f fact.Fact
			if err := rows.Scan(&key, &f.Measure, &f.Subject, &root, &f.Place, &f.Day, &f.Amount, &f.Seq, &f.At); err != nil {
				return err
			}
			var err error
			f.Root, err = record.ParseID(root)
			found[key] = append(found[key], f)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read facts: %w", err)
		}
	}
	return found, nil
}

func deleteFacts(ctx context.Context, tx *db.Tx, s scope, keys []Key) error {
	for part := range slices.Chunk(keys, chunk) {
		in, args := db.In("key", 3, part)
		_, err := tx.Exec(ctx, `
			DELETE FROM fact
			WHERE book = $1
				AND fold = $2
				AND `+in, s.args(args)...)
		if err != nil {
			return fmt.Errorf("delete facts: %w", err)
		}
	}
	return nil
}

func insertFacts(ctx context.Context, tx *db.Tx, s scope, facts map[Key][]fact.Fact) error {
	var rows [][]any
	for _, key := range sortedKeys(facts) {
		for _, f := range facts[key] {
			rows = append(rows, s.row(key, f))
		}
	}
	return tx.Insert(ctx, "fact", factColumns(), rows)
}

func factColumns() []string {
	return []string{"book", "fold", "key", "measure", "subject", "root", "place", "day", "amount", "seq", "at"}
}

func (s scope) row(key Key, f fact.Fact) []any {
	return []any{string(s.book), s.fold, string(key), string(f.Measure), f.Subject, f.Root.String(), string(f.Place), int64(f.Day),
		f.Amount, f.Seq, f.At}
}

// insertPast keeps facts that stand no more. It only ever adds: what is past stays so.
func insertPast(ctx context.Context, tx *db.Tx, s scope, past map[Key][]fact.Past) error {
	var rows [][]any
	for _, key := range sortedKeys(past) {
		for _, p := range past[key] {
			rows = append(rows, append(s.row(key, p.Fact), p.Gone))
		}
	}
	return tx.Insert(ctx, "past_fact", append(factColumns(), "gone"), rows)
}
