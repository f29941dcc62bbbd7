package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/ledger"
	"qingshan/record"
)

var errInjected = errors.New("injected")

// breaker lets one fault point of a store fail, when it is armed.
type breaker struct {
	at    db.Point
	skip  int // let it pass so often first
	armed bool
}

func (b *breaker) fault(p db.Point) error {
	if !b.armed || p != b.at {
		return nil
	}
	if b.skip > 0 {
		b.skip--
		return nil
	}
	return fmt.Errorf("%s: %w", p, errInjected)
}

// TestWriteFaults breaks each write of an append in both forms — failed and not stored, failed but stored — sends again
// at the same size, and has an independent reader judge the whole book each time.
func TestWriteFaults(t *testing.T) {
	cases := []struct {
		name   string
		at     db.Point
		skip   int
		stored bool
	}{
		{"begin", db.Beginning, 0, false},
		{"lock of the head", db.Executing, 0, false},
		{"second statement", db.Executing, 1, false},
		{"third statement", db.Executing, 2, false},
		{"commit that did not happen", db.Committing, 0, false},
		{"commit whose answer was lost", db.Committed, 0, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
				b := &breaker{at: c.at, skip: c.skip}
				l := open(t, s.Open(t, db.Options{Fault: b.fault}).Ledger, ledger.Options{}, book)
				auditor := open(t, s.Ledger, ledger.Options{})
				put(t, l, []record.Outcome{record.Stored}, load(book, 1, 10))
				b.armed = true
				if _, err := l.Append(t.Context(), load(book, 2, 20), household(book, 3, "张某甲", "person/p7")); !errors.Is(err, errInjected) {
					t.Fatalf("got %v, want the injected fault", err)
				}
				b.armed = false
				want, size := record.Stored, int64(2)
				if c.stored {
					want, size = record.Duplicate, 4
				}
				if got := verify(t, auditor, book).Size; got != size {
					t.Errorf("after the fault: size %d, want %d", got, size)
				}
				put(t, l, []record.Outcome{want, want}, load(book, 2, 20), household(book, 3, "张某甲", "person/p7"))
				put(t, l, []record.Outcome{record.Stored}, load(book, 4, 40))
				if got := verify(t, auditor, book); got.Size != 5 || got.Personal != 1 {
					t.Errorf("after sending again: %+v, want 5 entries and 1 personal value", got)
				}
			})
		})
	}
}

// TestDurabilityIsInForce asks the databases themselves what they were told, since a receipt promises durability.
func TestDurabilityIsInForce(t *testing.T) {
	want := map[db.Dialect]map[string]string{
		db.SQLite:     {"journal_mode": "wal", "synchronous": "full"},
		db.PostgreSQL: {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"},
	}
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		got, err := s.Ledger.Durability(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range want[s.Ledger.Dialect()] {
			if got[name] != value {
				t.Errorf("%s is %q, want %q; all: %v", name, got[name], value, got)
			}
		}
	})
}
