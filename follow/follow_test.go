package follow_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
	"qingshan/follow"
	"qingshan/internal/digest"
	"qingshan/ledger"
	"qingshan/record"
)

const book record.Book = "220323102"

var noon = time.Date(2025, 6, 3, 4, 0, 0, 0, time.UTC)

var errInjected = errors.New("injected")

// submission is a record of the book with an id of its own.
func submission(kind record.Kind, name string) record.Submission {
	return record.Submission{
		Record: record.Record{ID: record.HashID(record.ChannelAPI, name), Book: book, Kind: kind, Observed: record.InstantAt(noon),
			Values: record.Values{"unit": record.Text(string(book))}},
		Envelope: record.Envelope{Received: noon, Channel: record.ChannelAPI, Catalog: digest.Of([]byte("catalog")), Day: 20250603},
	}
}

// open gives a ledger with the one book.
func open(t *testing.T, store *db.DB) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), store, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	if _, err := l.Create(t.Context(), submission(ledger.KindOpened, "opening")); err != nil {
		t.Fatal(err)
	}
	return l
}

// counter is a follower that keeps one row per entry in a table of its own, so that an entry passed twice shows.
type counter struct {
	name string
	bug  int64 // refuse this sequence, once set
}

func (c *counter) Name() string { return c.name }

func (c *counter) Follow(ctx context.Context, tx *db.Tx, b record.Book, entries []record.Entry) error {
	for _, e := range entries {
		if c.bug > 0 && e.Seq == c.bug {
			return fmt.Errorf("entry %d: a bug", e.Seq)
		}
		rows := [][]any{{string(b), c.name, e.Seq}}
		if err := tx.Insert(ctx, "seen", []string{"book", "follower", "seq"}, rows); err != nil {
			return err
		}
	}
	return nil
}

// count makes the followers' table, in which an entry can stand once.
func count(t *testing.T, views *db.DB) {
	t.Helper()
	err := views.Do(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `CREATE TABLE seen (book TEXT, follower TEXT, seq BIGINT, PRIMARY KEY (book, follower, seq))`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func seen(t *testing.T, views *db.DB, name string) int64 {
	t.Helper()
	var n int64
	err := views.Read(t.Context(), func(q *db.Tx) error {
		return q.QueryRow(t.Context(), `SELECT COUNT(*) FROM seen WHERE follower = $1`, name).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func fill(t *testing.T, l *ledger.Ledger, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if _, err := l.Append(t.Context(), submission("waste.load", fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFollowersPassEveryEntryOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		count(t, s.Views)
		l := open(t, s.Ledger)
		first, second := &counter{name: "first"}, &counter{name: "second"}
		r := follow.NewRunner(l, s.Views, follow.Options{Batch: 7}, first, second)
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer r.Stop()
		rival := follow.NewRunner(open(t, s.Open(t, db.Options{}).Ledger), s.Views,
			follow.Options{Batch: 5, Poll: time.Millisecond}, first, second) // another process on the same stores
		if err := rival.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer rival.Stop()
		fill(t, l, 0, 60)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := r.Wait(ctx, book, 61); err != nil {
			t.Fatal(err)
		}
		if a, b := seen(t, s.Views, "first"), seen(t, s.Views, "second"); a != 61 || b != 61 {
			t.Errorf("seen %d and %d, want 61 each", a, b)
		}
	})
}

func TestABugStopsFollowersButNotAppends(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		count(t, s.Views)
		l := open(t, s.Ledger)
		buggy, after := &counter{name: "buggy", bug: 10}, &counter{name: "after"}
		r := follow.NewRunner(l, s.Views, follow.Options{Batch: 4}, buggy, after)
		fill(t, l, 0, 15)
		err := r.CatchUp(t.Context(), book)
		if err == nil || r.CatchUp(t.Context(), book) == nil || r.Wait(t.Context(), book, 16) == nil {
			t.Errorf("catch up: %v, want the bug, each time", err)
		}
		if a, b := seen(t, s.Views, "buggy"), seen(t, s.Views, "after"); a != 8 || b != 8 {
			t.Errorf("seen %d and %d, want the two whole batches before the bug and none beyond", a, b)
		}
		fill(t, l, 15, 17)
		status, err := r.Status(t.Context())
		if err != nil || len(status) != 2 || status[0].Behind != 10 || status[0].Stopped == nil {
			t.Errorf("status %+v, %v; want both 10 behind and stopped", status, err)
		}
		buggy.bug = 0 // mended: a new process goes on where the cursor stands
		mended := follow.NewRunner(l, s.Views, follow.Options{}, buggy, after)
		if err := mended.CatchUp(t.Context(), book); err != nil {
			t.Fatal(err)
		}
		if a, b := seen(t, s.Views, "buggy"), seen(t, s.Views, "after"); a != 18 || b != 18 {
			t.Errorf("seen %d and %d after the mending, want 18 each", a, b)
		}
	})
}

// TestFollowerFaults breaks the followers' transaction in both forms and wants each entry once all the same.
func TestFollowerFaults(t *testing.T) {
	for _, at := range []db.Point{db.Beginning, db.Executing, db.Committing, db.Committed} {
		t.Run(string(at), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
				count(t, s.Views)
				armed := false
				breaks := func(p db.Point) error {
					if armed && p == at {
						return errInjected
					}
					return nil
				}
				l := open(t, s.Ledger)
				views := s.Open(t, db.Options{Fault: breaks}).Views
				fill(t, l, 0, 9)
				broken := follow.NewRunner(l, views, follow.Options{Batch: 4}, &counter{name: "only"})
				armed = true
				if err := broken.CatchUp(t.Context(), book); !errors.Is(err, errInjected) {
					t.Fatalf("got %v, want the injected fault", err)
				}
				armed = false
				next := follow.NewRunner(l, views, follow.Options{Batch: 4}, &counter{name: "only"})
				if err := next.CatchUp(t.Context(), book); err != nil {
					t.Fatal(err)
				}
				if n := seen(t, s.Views, "only"); n != 10 {
					t.Errorf("seen %d, want 10", n)
				}
			})
		})
	}
}

// TestViewsNewerThanTheLedgerStop puts a younger ledger under views that have followed an older one, as a restored backup
// does, and builds the views anew.
func TestViewsNewerThanTheLedgerStop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		count(t, s.Views)
		old := open(t, s.Ledger)
		fill(t, old, 0, 20)
		first, second := &counter{name: "first"}, &counter{name: "second"}
		if err := follow.NewRunner(old, s.Views, follow.Options{}, first, second).CatchUp(t.Context(), book); err != nil {
			t.Fatal(err)
		}
		dbtest.Each(t, func(t *testing.T, backup dbtest.Stores) {
			restored := open(t, backup.Ledger)
			fill(t, restored, 0, 5)
			r := follow.NewRunner(restored, s.Views, follow.Options{}, first, second)
			for name, err := range map[string]error{"catch up": r.CatchUp(t.Context(), book), "wait": r.Wait(t.Context(), book, 6)} {
				if fault.Of(err).Code != follow.ViewsAhead {
					t.Errorf("%s: got %v, want %s", name, err, follow.ViewsAhead)
				}
			}
			status, err := r.Status(t.Context())
			if err != nil || len(status) != 2 || fault.Of(status[0].Stopped).Code != follow.ViewsAhead || status[0].Size != 21 {
				t.Errorf("status %+v, %v; want both stopped at 21", status, err)
			}
		})
		again := open(t, s.Open(t, db.Options{}).Ledger)
		status, err := follow.NewRunner(again, s.Views, follow.Options{}, first, second).Status(t.Context())
		if err != nil || status[0].Stopped != nil || status[0].Behind != 0 {
			t.Errorf("on its own ledger: %+v, %v; want nothing stopped", status, err)
		}
	})
}
