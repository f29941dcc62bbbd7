package db_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"qingshan/db"
)

// Writers get their turn in the order of asking, so that none waits for ever while others keep coming.
func TestWritersQueueInOrder(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d, err := db.OpenFrom(t.Context(), db.Location{Dir: dir}, db.Ledger, db.Options{}, things())
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		order, err := queue(t.Context(), d, 30)
		if err != nil || len(order) != 30 || !slices.IsSorted(order) {
			t.Errorf("turns: got %v, %v; want 0 to 29 in order", order, err)
		}
	})
}

// queue lets n writers ask one after the other while a first one holds the store, and gives the order of their turns.
func queue(ctx context.Context, d *db.DB, n int) (order []int, err error) {
	var wg sync.WaitGroup
	err = d.Do(ctx, func(*db.Tx) error {
		for i := range n {
			wg.Go(func() {
				_ = d.Do(ctx, func(tx *db.Tx) error {
					order = append(order, i) // one writer at a time
					return nil
				})
			})
			synctest.Wait() // until it waits
		}
		return nil
	})
	wg.Wait()
	return order, err
}

// Queries of ever new texts do not fill the memory.
func TestPreparedStatementsAreBounded(t *testing.T) {
	d := openThings(t, db.Location{Dir: t.TempDir()}, db.Ledger, db.Options{})
	ctx := t.Context()
	for i := range 900 {
		err := d.Do(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, fmt.Sprintf("UPDATE thing SET number = %d WHERE id = $1", i), 1)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.KeptStatements(); got > 300 {
			t.Fatalf("statements kept after %d texts: %d, want at most 300", i+1, got)
		}
	}
	if got := d.KeptStatements(); got == 0 {
		t.Error("no statement is kept")
	}
}
