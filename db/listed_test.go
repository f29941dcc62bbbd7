package db_test

import (
	"context"
	"fmt"
	"testing"

	"qingshan/db"
)

// TestLongListsArePlannedAnew wants no plan made once for any values where a list is long, and all the same the rows.
func TestLongListsArePlannedAnew(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		ctx := t.Context()
		ids := make([]int64, 40)
		for i := range ids {
			ids[i] = int64(i + 1)
		}
		if err := put(ctx, d, ids...); err != nil {
			t.Fatal(err)
		}
		err := d.Do(ctx, func(tx *db.Tx) error {
			for _, length := range []int{1, 2, 40} {
				for range 12 { // PostgreSQL decides after five
					if err := readListed(ctx, tx, ids[:length]); err != nil {
						return err
					}
				}
			}
			if d.Dialect() == db.SQLite {
				return nil
			}
			return onlyShortKept(ctx, tx)
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// readListed reads and updates the rows of a list, and wants each once.
func readListed(ctx context.Context, tx *db.Tx, ids []int64) error {
	in, args := db.In("id", 1, ids)
	rows, err := tx.Query(ctx, "SELECT id FROM thing WHERE "+in+" ORDER BY id", args...)
	if err != nil {
		return err
	}
	var got []int64
	err = db.EachRow(rows, func() error {
		var id int64
		err := rows.Scan(&id)
		got = append(got, id)
		return err
	})
	if err != nil {
		return err
	}
	if fmt.Sprint(got) != fmt.Sprint(ids) {
		return fmt.Errorf("list of %d: got %v, want %v", len(ids), got, ids)
	}
	changed, err := tx.Exec(ctx, "UPDATE thing SET number = number WHERE "+in, args...)
	if err == nil && changed != int64(len(ids)) {
		err = fmt.Errorf("list of %d: changed %d rows", len(ids), changed)
	}
	return err
}

// onlyShortKept looks at what this session of PostgreSQL has prepared.
func onlyShortKept(ctx context.Context, tx *db.Tx) error {
	var short, long int
	err := tx.QueryRow(ctx, `
		SELECT
			count(*) FILTER (WHERE statement NOT LIKE '%$40%'),
			count(*) FILTER (WHERE statement LIKE '%$40%')
		FROM pg_prepared_statements
		WHERE statement LIKE 'SELECT id FROM thing%' OR statement LIKE 'UPDATE thing%'`).Scan(&short, &long)
	if err == nil && (short != 4 || long != 0) {
		err = fmt.Errorf("%d short and %d long statements are kept with their plans, want 4 and 0", short, long)
	}
	return err
}
