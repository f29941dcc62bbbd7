package doctor

import (
	"testing"

	"qingshan/db"
)

// alter changes a store behind the program's back.
func alter(t *testing.T, w *ward, store db.Store, change func(tx *db.Tx) error) {
	t.Helper()
	d, err := db.Open(t.Context(), w.cfg.Location(), store, db.Options{Unsafe: w.cfg.UnsafePostgres})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Do(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

// forgetMigration makes a store look as one that an older program left.
func forgetMigration(t *testing.T, w *ward) {
	t.Helper()
	alter(t, w, db.Views, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `
			DELETE FROM migration
			WHERE number = (SELECT max(number) FROM migration)`)
		return err
	})
}

// bendLastEntry changes a byte of a town's newest entry.
func bendLastEntry(t *testing.T, w *ward) {
	t.Helper()
	alter(t, w, db.Ledger, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `
			UPDATE entry
			SET envelope = replace(envelope, '"system"', '"sistem"')
			WHERE book = '220323102'
				AND seq = (SELECT max(seq) FROM entry WHERE book = '220323102')`)
		return err
	})
}

// bendFirstEntry changes a byte that only a whole reading finds.
func bendFirstEntry(t *testing.T, w *ward) {
	t.Helper()
	alter(t, w, db.Ledger, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `
			UPDATE entry
			SET envelope = replace(envelope, '"system"', '"sistem"')
			WHERE book = '220323102'
				AND seq = 0`)
		return err
	})
}

// runAhead lets a follower claim more than there is.
func runAhead(t *testing.T, w *ward) {
	t.Helper()
	alter(t, w, db.Views, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `
			UPDATE cursor
			SET size = size + 100
			WHERE book = '220323102'`)
		return err
	})
}
