package app_test

import (
	"os"
	"testing"

	"qingshan/db"
	"qingshan/db/dbtest"
)

// cut takes the last entries of a book away behind the program's back, and puts back the checkpoint that was signed when
// the book had that size: what somebody does who holds the database and wants a part of history undone.
func cut(t *testing.T, loc db.Location, book string, size int64, note []byte) {
	t.Helper()
	store, err := db.Open(t.Context(), loc, db.Ledger, db.Options{Unsafe: os.Getenv(dbtest.Unsafe) == "1"})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	err = store.Do(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `
			DELETE FROM entry
			WHERE book = $1 AND seq >= $2`, book, size)
		if err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `
			UPDATE book
			SET
				size = $2,
				checkpoint = $3
			WHERE book = $1`, book, size, string(note))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
