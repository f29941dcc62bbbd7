package follow

import (
	"context"
	"fmt"

	"qingshan/db"
	"qingshan/record"
)

// moveCursor fences: only one transaction can move a cursor from a given size, and it does so before anything else. The
// loser waits for the winner, moves nothing and quits.
func moveCursor(ctx context.Context, tx *db.Tx, book record.Book, follower string, from, to int64) (bool, error) {
	if from == 0 {
		_, err := tx.Exec(ctx, `
			INSERT INTO cursor (
				book,
				follower,
				size)
			VALUES ($1, $2, 0)
			ON CONFLICT (book, follower) DO NOTHING`, string(book), follower)
		if err != nil {
			return false, fmt.Errorf("begin the cursor of %s: %w", follower, err)
		}
	}
	moved, err := tx.Exec(ctx, `
		UPDATE cursor
		SET size = $4
		WHERE book = $1
			AND follower = $2
			AND size = $3`, string(book), follower, from, to)
	if err != nil {
		return false, fmt.Errorf("move the cursor of %s: %w", follower, err)
	}
	return moved == 1, nil
}

func selectCursors(ctx context.Context, q *db.Tx, book record.Book) (map[string]int64, error) {
	rows, err := q.Query(ctx, `
		SELECT
			follower,
			size
		FROM cursor
		WHERE book = $1`, string(book))
	if err != nil {
		return nil, fmt.Errorf("read the cursors of %s: %w", book, err)
	}
	found := map[string]int64{}
	err = db.EachRow(rows, func() error {
		var follower string
		var size int64
		err := rows.Scan(&follower, &size)
		found[follower] = size
		return err
	})
	return found, err
}
