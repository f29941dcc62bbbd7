package ledger_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
	"qingshan/ledger"
	"qingshan/record"
)

// TestBadCompanyDoesNotHurt has callers with a book that does not exist share commits with honest ones: each gets the
// answer to its own request.
func TestBadCompanyDoesNotHurt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		l := open(t, s.Ledger, ledger.Options{}, book)
		var wait sync.WaitGroup
		for caller := range 12 {
			wait.Go(func() {
				for n := range 10 {
					b, id := book, 1000*caller+n
					if caller%3 == 0 {
						b = "220323999"
					}
					receipts, err := l.Append(context.Background(), load(b, id, 1))
					switch {
					case b == book && (err != nil || receipts[0].Outcome != record.Stored):
						t.Errorf("honest record %d: %v, %v", id, receipts, err)
					case b != book && fault.Of(err).Code != "book.unknown":
						t.Errorf("record %d of no book: got %v, want book.unknown", id, err)
					}
				}
			})
		}
		wait.Wait()
		if size := verify(t, l, book).Size; size != 81 {
			t.Errorf("size %d, want the opening and 80 honest records", size)
		}
	})
}

// TestCloseWhileCallersWait closes a ledger under load: each caller hears that its record is stored, or that it is not.
func TestCloseWhileCallersWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		open(t, s.Ledger, ledger.Options{}, book)
		l := open(t, s.Ledger, ledger.Options{MaxBatch: 2})
		var stored atomic.Int64
		var wait sync.WaitGroup
		started := make(chan struct{}, 16)
		for caller := range 16 {
			wait.Go(func() {
				for n := 0; ; n++ {
					_, err := l.Append(context.Background(), load(book, 1000*caller+n, 1))
					if n == 0 {
						started <- struct{}{}
					}
					if fault.Of(err).Code == "ledger.closed" && err != nil {
						return
					}
					if err != nil {
						t.Errorf("append: %v", err)
						return
					}
					stored.Add(1)
				}
			})
		}
		<-started
		l.Close()
		wait.Wait()
		if size := verify(t, open(t, s.Ledger, ledger.Options{}), book).Size; size != 1+stored.Load() {
			t.Errorf("size %d, want 1 and the %d that were acknowledged", size, stored.Load())
		}
	})
}

// TestFailOverLosesTheEnd plays a fail-over to a replica that lacks our last entry, where others appended one of their own:
// what we remember of the tree has the right size and the wrong hashes.
func TestFailOverLosesTheEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		ours := open(t, s.Ledger, ledger.Options{}, book)
		put(t, ours, []record.Outcome{record.Stored}, load(book, 1, 10))
		before, err := ours.Checkpoint(t.Context(), book)
		if err != nil {
			t.Fatal(err)
		}
		put(t, ours, []record.Outcome{record.Stored}, load(book, 2, 20))
		err = s.Ledger.Do(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), `DELETE FROM entry WHERE seq = 2`); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), `UPDATE book SET size = 2, checkpoint = $1`, string(before))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		theirs := open(t, s.Open(t, db.Options{}).Ledger, ledger.Options{})
		put(t, theirs, []record.Outcome{record.Stored}, load(book, 3, 30))
		put(t, ours, []record.Outcome{record.Stored}, load(book, 4, 40))
		if size := verify(t, ours, book).Size; size != 4 {
			t.Errorf("size %d, want 4", size)
		}
	})
}

// TestVerifyAllMissesABook takes a book away, whole or all but its head, which only an older checkpoint or the rest shows.
func TestVerifyAllMissesABook(t *testing.T) {
	cases := map[string]string{
		"all of it":        `DELETE FROM entry WHERE book = '220323'; DELETE FROM book WHERE book = '220323'`,
		"its head":         `DELETE FROM book WHERE book = '220323'`,
		"its entries":      `DELETE FROM entry WHERE book = '220323'; UPDATE book SET size = 0 WHERE book = '220323'`,
		"its size to zero": `UPDATE book SET size = 0 WHERE book = '220323'`,
	}
	for name, sql := range cases {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
				l := open(t, s.Ledger, ledger.Options{}, book, "220323")
				kept, err := l.Checkpoint(t.Context(), "220323")
				if err != nil {
					t.Fatal(err)
				}
				if reports, err := l.VerifyAll(t.Context(), kept); err != nil || len(reports) != 2 {
					t.Fatalf("before: %v, %v; want two books in order", reports, err)
				}
				tamper(t, s.Ledger, strings.Split(sql, "; ")...)
				if _, err := l.VerifyAll(t.Context(), kept); fault.Of(err).Data["book"] != "220323" {
					t.Errorf("got %v, want a breach that names the book", err)
				}
			})
		})
	}
}
