package fold

import (
	"context"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/record"
)

// selectMembers reads which roots belong to shared keys.
func selectMembers(ctx context.Context, tx *db.Tx, s scope, keys []Key) (map[Key][]record.ID, error) {
	found := map[Key][]record.ID{}
	for part := range slices.Chunk(keys, chunk) {
		in, args := db.In("key", 3, part)
		rows, err := tx.Query(ctx, `
			SELECT
				key,
				root
			FROM member
			WHERE book = $1
				AND fold = $2
				AND `+in, s.args(args)...)
		if err != nil {
			return nil, fmt.Errorf("read members: %w", err)
		}
		err = each(rows, func() error {
			var key Key
			var text string
			if err := rows.Scan(&key, &text); err != nil {
				return err
			}
			root, err := record.ParseID(text)
			found[key] = append(found[key], root)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read members: %w", err)
		}
	}
	return found, nil
}

// selectKeys reads the shared keys that any of the roots belongs to.
func selectKeys(ctx context.Context, tx *db.Tx, s scope, roots []record.ID) ([]Key, error) {
	var keys []Key
	for part := range slices.Chunk(texts(roots), chunk) {
		in, args := db.In("root", 3, part)
		rows, err := tx.Query(ctx, `
			SELECT DISTINCT
				key
			FROM member
			WHERE book = $1
				AND fold = $2
				AND `+in, s.args(args)...)
		if err != nil {
			return nil, fmt.Errorf("read keys of roots: %w", err)
		}
		err = each(rows, func() error {
			var key Key
			err := rows.Scan(&key)
			keys = append(keys, key)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read keys of roots: %w", err)
		}
	}
	return keys, nil
}

func deleteMembers(ctx context.Context, tx *db.Tx, s scope, roots []record.ID) error {
	for part := range slices.Chunk(texts(roots), chunk) {
		in, args := db.In("root", 3, part)
		_, err := tx.Exec(ctx, `
			DELETE FROM member
			WHERE book = $1
				AND fold = $2
				AND `+in, s.args(args)...)
		if err != nil {
			return fmt.Errorf("delete members: %w", err)
		}
	}
	return nil
}

func insertMembers(ctx context.Context, tx *db.Tx, s scope, joined map[Key][]record.ID) error {
	var rows [][]any
	for _, key := range sortedKeys(joined) {
		for _, root := range joined[key] {
			rows = append(rows, []any{string(s.book), s.fold, string(key), root.String()})
		}
	}
	return tx.Insert(ctx, "member", []string{"book", "fold", "key", "root"}, rows)
}

// selectWaiting tells for which of the keys amendments wait. The reason is that of [Waits]; it stands in the text because
// only so the databases see that the index of those rows will do.
func selectWaiting(ctx context.Context, tx *db.Tx, s scope, keys []Key) (map[Key]bool, error) {
	found := map[Key]bool{}
	for part := range slices.Chunk(keys, chunk) {
		in, args := db.In("key", 3, part)
		rows, err := tx.Query(ctx, `
			SELECT DISTINCT
				key
			FROM idle
			WHERE book = $1
				AND fold = $2
				AND reason = 'amends.waits'
				AND `+in, s.args(args)...)
		if err != nil {
			return nil, fmt.Errorf("read waiting amendments: %w", err)
		}
		err = each(rows, func() error {
			var key Key
			err := rows.Scan(&key)
			found[key] = true
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read waiting amendments: %w", err)
		}
	}
	return found, nil
}

func deleteIdle(ctx context.Context, tx *db.Tx, s scope, keys []Key) error {
	for part := range slices.Chunk(keys, chunk) {
		in, args := db.In("key", 3, part)
		_, err := tx.Exec(ctx, `
			DELETE FROM idle
			WHERE book = $1
				AND fold = $2
				AND `+in, s.args(args)...)
		if err != nil {
			return fmt.Errorf("delete idle records: %w", err)
		}
	}
	return nil
}

func insertIdle(ctx context.Context, tx *db.Tx, s scope, idle map[Key]map[record.ID]string) error {
	var rows [][]any
	for _, key := range sortedKeys(idle) {
		for _, id := range sortedIDs(idle[key]) {
			rows = append(rows, []any{string(s.book), s.fold, string(key), id.String(), idle[key][id]})
		}
	}
	return tx.Insert(ctx, "idle", []string{"book", "fold", "key", "record", "reason"}, rows)
}

func texts(ids []record.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}
