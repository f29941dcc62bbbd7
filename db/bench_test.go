package db_test

import (
	"fmt"
	"testing"

	"qingshan/db"
	"qingshan/db/dbtest"
)

// BenchmarkDo measures what the funnel of appends sits on: a transaction alone, with one row, and with a batch.
func BenchmarkDo(b *testing.B) {
	for _, n := range []int{0, 1, 16, 128} {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			dbtest.EachLocation(b, func(b *testing.B, loc db.Location) {
				d := openThings(b, loc, db.Ledger, db.Options{})
				next := int64(0)
				for b.Loop() {
					err := d.Do(b.Context(), func(tx *db.Tx) error {
						rows := make([][]any, n)
						for i := range rows {
							next++
							rows[i] = thing(next)
						}
						return tx.Insert(b.Context(), "thing", thingColumns(), rows)
					})
					if err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "rows/s")
			})
		})
	}
}

// BenchmarkStatement measures one short statement within a transaction, and one read in a snapshot of its own.
func BenchmarkStatement(b *testing.B) {
	dbtest.EachLocation(b, func(b *testing.B, loc db.Location) {
		d := openThings(b, loc, db.Ledger, db.Options{})
		ctx := b.Context()
		if err := put(ctx, d, 1, 2, 3); err != nil {
			b.Fatal(err)
		}
		b.Run("exec", func(b *testing.B) {
			err := d.Do(ctx, func(tx *db.Tx) error {
				for b.Loop() {
					if _, err := tx.Exec(ctx, "UPDATE thing SET number = number + 1 WHERE id = $1", 1); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
		b.Run("read", func(b *testing.B) {
			for b.Loop() {
				if _, err := count(ctx, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
