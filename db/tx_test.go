package db_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"qingshan/db"
)

var errStop = errors.New("stop here")

func TestDoStoresAllOrNothing(t *testing.T) {
	ends := []struct {
		name string
		end  func() error
		want int64
	}{
		{"returns", func() error { return nil }, 2},
		{"fails", func() error { return errStop }, 0},
		{"panics", func() error { panic("bug in a fold") }, 0},
		{"ends its goroutine", func() error { runtime.Goexit(); return nil }, 0},
	}
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		for _, c := range ends {
			t.Run(c.name, func(t *testing.T) {
				if err := clearThings(t.Context(), d); err != nil {
					t.Fatal(err)
				}
				inGoroutine(func() {
					_ = d.Do(t.Context(), func(tx *db.Tx) error {
						return errors.Join(putIn(t.Context(), tx, 1, 2), c.end())
					})
				})
				wantCount(t, d, c.want)
				if err := put(t.Context(), d, 3); err != nil {
					t.Errorf("the store is stuck afterwards: %v", err)
				}
			})
		}
	})
}

// inGoroutine runs f where it may panic or end its goroutine.
func inGoroutine(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		f()
	}()
	<-done
}

func clearThings(ctx context.Context, d *db.DB) error {
	return d.Do(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM thing")
		return err
	})
}

func TestPanicReachesTheCaller(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		defer func() {
			if got := recover(); got != "bug in a fold" {
				t.Errorf("recovered %v, want the panic of the callback", got)
			}
		}()
		_ = d.Do(t.Context(), func(*db.Tx) error { panic("bug in a fold") })
	})
}

// The two forms of fault: failed and not stored, failed but stored. Another handle judges what is there.
func TestFaultPoints(t *testing.T) {
	points := []struct {
		point db.Point
		want  int64
	}{
		{db.Beginning, 0},
		{db.Executing, 0},
		{db.Committing, 0},
		{db.Committed, 2},
	}
	for _, c := range points {
		t.Run(string(c.point), func(t *testing.T) {
			eachThings(t, func(t *testing.T, loc db.Location, judge *db.DB) {
				armed := true
				faulty := openThings(t, loc, db.Ledger, db.Options{Fault: func(p db.Point) error {
					if armed && p == c.point {
						return errStop
					}
					return nil
				}})
				if err := put(t.Context(), faulty, 1, 2); !errors.Is(err, errStop) {
					t.Errorf("error at %q: got %v, want %v", c.point, err, errStop)
				}
				wantCount(t, judge, c.want)
				armed = false
				if err := put(t.Context(), faulty, 3); err != nil {
					t.Errorf("write after the fault: %v", err)
				}
				wantCount(t, judge, c.want+1)
			})
		})
	}
}

func TestFaultReachesEveryWayToWrite(t *testing.T) {
	ways := map[string]func(ctx context.Context, tx *db.Tx) error{
		"Exec": func(ctx context.Context, tx *db.Tx) error { return putIn(ctx, tx, 1) },
		"Insert": func(ctx context.Context, tx *db.Tx) error {
			return tx.Insert(ctx, "thing", []string{"id"}, [][]any{{1}})
		},
		"QueryRow": func(ctx context.Context, tx *db.Tx) error {
			var id int64
			return tx.QueryRow(ctx, "INSERT INTO thing (id) VALUES (1) RETURNING id").Scan(&id)
		},
		"Query": func(ctx context.Context, tx *db.Tx) error {
			rows, err := tx.Query(ctx, "INSERT INTO thing (id) VALUES (1) RETURNING id")
			if err == nil {
				err = rows.Close()
			}
			return err
		},
	}
	for name, write := range ways {
		t.Run(name, func(t *testing.T) {
			eachThings(t, func(t *testing.T, loc db.Location, judge *db.DB) {
				faulty := openThings(t, loc, db.Ledger, db.Options{Fault: func(p db.Point) error {
					if p == db.Executing {
						return errStop
					}
					return nil
				}})
				var inner error
				err := faulty.Do(t.Context(), func(tx *db.Tx) error {
					inner = write(t.Context(), tx)
					return nil // swallows it: the transaction must not commit all the same
				})
				if !errors.Is(inner, errStop) || !errors.Is(err, errStop) {
					t.Errorf("%s gave %v, Do gave %v; want %v from both", name, inner, err, errStop)
				}
				wantCount(t, judge, 0)
			})
		})
	}
}

func TestReadKeepsItsSnapshot(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		ctx := t.Context()
		if err := put(ctx, d, 1); err != nil {
			t.Fatal(err)
		}
		err := d.Read(ctx, func(q *db.Tx) error {
			before, err := countIn(ctx, q)
			if err != nil {
				return err
			}
			if err := put(ctx, d, 2, 3); err != nil { // by another connection, meanwhile
				return err
			}
			after, err := countIn(ctx, q)
			if before != 1 || after != 1 {
				t.Errorf("rows in the snapshot: %d, later %d; want 1 and 1", before, after)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		wantCount(t, d, 3)
	})
}

func TestReadCannotWrite(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		ctx := t.Context()
		ways := map[string]func(q *db.Tx) error{
			"Exec":   func(q *db.Tx) error { return putIn(ctx, q, 1) },
			"Insert": func(q *db.Tx) error { return q.Insert(ctx, "thing", []string{"id"}, [][]any{{1}}) },
			"QueryRow": func(q *db.Tx) error {
				var id int64
				return q.QueryRow(ctx, "INSERT INTO thing (id) VALUES (1) RETURNING id").Scan(&id)
			},
		}
		for name, write := range ways {
			if err := d.Read(ctx, write); err == nil {
				t.Errorf("%s within Read succeeded, want an error", name)
			}
		}
		wantCount(t, d, 0)
	})
}

// PostgreSQL gives up a transaction after its first error; SQLite must do the same, or a test on one would not speak for the other.
func TestFailedStatementForbidsCommit(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		ctx := t.Context()
		var later error
		err := d.Do(ctx, func(tx *db.Tx) error {
			if err := putIn(ctx, tx, 1); err != nil {
				return err
			}
			_ = putIn(ctx, tx, 1) // the same key again
			later = putIn(ctx, tx, 2)
			return nil
		})
		if err == nil || later == nil {
			t.Errorf("after a failed statement: next statement %v, Do %v; want errors", later, err)
		}
		wantCount(t, d, 0)
	})
}

// A failure that the database reports only while rows are read is seen by no call of Tx; the commit must still not lie.
func TestFailureWhileReadingRowsForbidsCommit(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		if d.Dialect() != db.PostgreSQL {
			t.Skip("SQLite undoes the statement alone, and its commit then holds the rest")
		}
		ctx := t.Context()
		if err := put(ctx, d, 0, 1, 2); err != nil {
			t.Fatal(err)
		}
		err := d.Do(ctx, func(tx *db.Tx) error {
			if err := putIn(ctx, tx, 3); err != nil {
				return err
			}
			rows, err := tx.Query(ctx, "SELECT 1 / (2 - id) FROM thing")
			if err != nil {
				return err
			}
			for rows.Next() {
			}
			return rows.Close() // forgets rows.Err
		})
		if err == nil {
			t.Error("Do said it stored what the database rolled back")
		}
		wantCount(t, d, 3)
	})
}

func TestRowsMustBeClosedFirst(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		ctx := t.Context()
		if err := put(ctx, d, 1, 2, 3); err != nil {
			t.Fatal(err)
		}
		err := d.Do(ctx, func(tx *db.Tx) error {
			rows, err := tx.Query(ctx, "SELECT id FROM thing")
			if err != nil {
				return err
			}
			rows.Next() // and leaves them open
			return putIn(ctx, tx, 4)
		})
		if err == nil || !strings.Contains(err.Error(), "still open") {
			t.Errorf("statement while rows are open: got %v, want a refusal", err)
		}
		if err := put(ctx, d, 5); err != nil {
			t.Errorf("write after forgotten rows: %v", err)
		}
		wantCount(t, d, 4)
	})
}

func TestForgottenRowsDoNotHoldTheSession(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		ctx := t.Context()
		if err := put(ctx, d, 1, 2, 3); err != nil {
			t.Fatal(err)
		}
		for range 10 { // more than there are readers
			err := d.Read(ctx, func(q *db.Tx) error {
				rows, err := q.Query(ctx, "SELECT id FROM thing")
				if err == nil && !rows.Next() {
					err = rows.Err()
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		wantCount(t, d, 3)
	})
}

func TestTxEndsWithItsCallback(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		ctx := t.Context()
		var kept *db.Tx
		if err := d.Do(ctx, func(tx *db.Tx) error { kept = tx; return nil }); err != nil {
			t.Fatal(err)
		}
		if err := putIn(ctx, kept, 1); err == nil {
			t.Error("Exec after Do succeeded")
		}
		if _, err := countIn(ctx, kept); err == nil {
			t.Error("QueryRow after Do succeeded")
		}
		wantCount(t, d, 0)
	})
}

func TestCancelledContextStoresNothing(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Do(ctx, func(tx *db.Tx) error {
			defer cancel()
			return putIn(ctx, tx, 1)
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before the commit: got %v, want %v", err, context.Canceled)
		}
		if err := put(ctx, d, 2); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before the start: got %v, want %v", err, context.Canceled)
		}
		wantCount(t, d, 0)
		if err := put(t.Context(), d, 3); err != nil {
			t.Errorf("write afterwards: %v", err)
		}
	})
}

// A caller that waits for another's transaction, in this handle or in another, stops waiting when its context ends.
func TestCancelEndsTheWaitForAnotherWriter(t *testing.T) {
	const rounds = 10 // in most of them the waiter has begun to wait
	eachThings(t, func(t *testing.T, loc db.Location, d *db.DB) {
		begins := make(chan struct{}, 1)
		other := openThings(t, loc, db.Ledger, db.Options{Fault: func(p db.Point) error {
			if p == db.Beginning {
				begins <- struct{}{}
			}
			return nil
		}})
		if err := put(t.Context(), d, 1); err != nil {
			t.Fatal(err)
		}
		for range rounds {
			wantCancelled(t, d, other, begins)
			begins <- struct{}{} // nothing to await: the same handle's waiter queues before it begins
			wantCancelled(t, d, d, begins)
		}
		if err := touch(t.Context(), d); err != nil {
			t.Errorf("write afterwards: %v", err)
		}
	})
}

// wantCancelled holds a row by a transaction of holder, lets waiter want it too, and cancels that.
func wantCancelled(t *testing.T, holder, waiter *db.DB, begins <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	err := holder.Do(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(t.Context(), "UPDATE thing SET number = 5 WHERE id = 1"); err != nil {
			return err
		}
		go func() { result <- touch(ctx, waiter) }()
		<-begins
		cancel()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("waiting writer got %v, want %v", err, context.Canceled)
		}
		return nil
	})
	if err != nil {
		t.Errorf("holder: %v", err)
	}
}

// touch reads before it writes, which SQLite refuses to a transaction that did not say at its beginning that it would write.
func touch(ctx context.Context, d *db.DB) error {
	return d.Do(ctx, func(tx *db.Tx) error {
		if _, err := countIn(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE thing SET number = number + 1 WHERE id = 1")
		return err
	})
}

func TestManyWritersAllSucceed(t *testing.T) {
	const writers, times = 32, 20
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		if err := put(t.Context(), d, 1); err != nil {
			t.Fatal(err)
		}
		race(t, writers, times, func(int) *db.DB { return d })
		wantNumber(t, d, 1+writers*times)
	})
}

func TestTwoHandlesShareTheStore(t *testing.T) {
	const writers, times = 8, 20
	eachThings(t, func(t *testing.T, loc db.Location, d *db.DB) {
		handles := []*db.DB{d, openThings(t, loc, db.Ledger, db.Options{})}
		if err := put(t.Context(), d, 1); err != nil {
			t.Fatal(err)
		}
		race(t, writers, times, func(i int) *db.DB { return handles[i%2] })
		wantNumber(t, handles[1], 1+writers*times)
	})
}

// race lets many writers add 1 to the same row many times, with readers in between.
func race(t *testing.T, writers, times int, handle func(i int) *db.DB) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for range times {
				if err := touch(t.Context(), handle(i)); err != nil {
					t.Errorf("writer %d: %v", i, err)
					return
				}
				if _, err := count(t.Context(), handle(i)); err != nil {
					t.Errorf("reader %d: %v", i, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func wantNumber(t *testing.T, d *db.DB, want int64) {
	t.Helper()
	var got int64
	err := d.Read(t.Context(), func(q *db.Tx) error {
		return q.QueryRow(t.Context(), "SELECT number FROM thing WHERE id = 1").Scan(&got)
	})
	if err != nil || got != want {
		t.Errorf("number after all writers: got %d, %v; want %d", got, err, want)
	}
}

// Two transactions lock two rows crosswise; PostgreSQL breaks the deadlock by failing one, and Do runs it again.
func TestDeadlockIsTriedAgain(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		if d.Dialect() == db.SQLite {
			t.Skip("one writer cannot deadlock")
		}
		if err := put(t.Context(), d, 1, 2); err != nil {
			t.Fatal(err)
		}
		var both, done sync.WaitGroup
		both.Add(2)
		for _, order := range [][2]int64{{1, 2}, {2, 1}} {
			done.Go(func() {
				if err := crosswise(t.Context(), d, order, &both); err != nil {
					t.Errorf("transaction %v: %v", order, err)
				}
			})
		}
		done.Wait()
		wantNumber(t, d, 21)
	})
}

// crosswise adds 10 to two rows in the given order; on its first run it waits between them until the other is there too.
func crosswise(ctx context.Context, d *db.DB, order [2]int64, both *sync.WaitGroup) error {
	first := true
	return d.Do(ctx, func(tx *db.Tx) error {
		for i, id := range order {
			if _, err := tx.Exec(ctx, "UPDATE thing SET number = number + 10 WHERE id = $1", id); err != nil {
				return err
			}
			if i == 0 && first {
				first = false
				both.Done()
				both.Wait()
			}
		}
		return nil
	})
}

func TestArgumentsBindByNumber(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		var a, b, c, quoted string
		err := d.Read(t.Context(), func(q *db.Tx) error {
			return q.QueryRow(t.Context(), `
				SELECT CAST($2 AS TEXT),
				       CAST($1 AS TEXT),
				       CAST($2 AS TEXT),
				       '$1 stays' -- as does $3 here
			`, "one", "two").Scan(&a, &b, &c, &quoted)
		})
		if err != nil || a != "two" || b != "one" || c != "two" || quoted != "$1 stays" {
			t.Errorf("got %q %q %q %q, %v; want two one two and the quoted text", a, b, c, quoted, err)
		}
	})
}
