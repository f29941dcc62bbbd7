// Package follow drives those who read the books: each follower passes every entry of a book once, in order, with a cursor
// that moves in the same transaction as what it writes. It appends nothing and does not know what followers make of entries.
package follow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/effort"
	"qingshan/ledger"
	"qingshan/record"
)

// Follower is told every entry of a book once, in order, inside the transaction on the views store that also moves its
// cursor: what it writes there and its progress commit together. It never refuses an entry; an error is a bug of ours,
// stops that book's followers and turns readiness red, while appending goes on.
type Follower interface {
	Name() string
	Follow(ctx context.Context, tx *db.Tx, book record.Book, entries []record.Entry) error
}

// Options sets how followers are driven; the zero value works.
type Options struct {
	Batch int           // at most so many entries per transaction; default 2000
	Poll  time.Duration // how often to look for entries that another process appended; default 1 s
	Log   *slog.Logger
	// Until bounds how far a follower of a book goes, so that a state of the views can be made again; nil bounds none.
	Until func(book record.Book, follower string) int64
}

// Progress says how far a follower of a book has come.
type Progress struct {
	Book     record.Book
	Follower string
	Size     int64 // entries it has passed
	Behind   int64 // entries it has yet to pass
	Stopped  error // why it stopped, if it did
}

// Runner drives the followers of all books, one goroutine a book. No follower passes the one listed before it.
type Runner struct {
	ledger    *ledger.Ledger
	views     *db.DB
	followers []Follower
	batch     int
	poll      time.Duration
	log       *slog.Logger
	until     func(record.Book, string) int64

	mu      sync.Mutex // protects the fields below
	books   map[record.Book]*bookRun
	moved   chan struct{} // closed and replaced whenever a cursor moved or a follower stopped
	stop    context.CancelFunc
	base    context.Context
	running sync.WaitGroup
}

// bookRun is the work on one book.
type bookRun struct {
	turn    sync.Mutex    // one catch-up at a time
	wake    chan struct{} // capacity 1
	started bool          // protected by Runner.mu
	stopped error         // protected by Runner.mu
}

// NewRunner makes a runner; the followers are in the order in which they may pass entries.
func NewRunner(l *ledger.Ledger, views *db.DB, o Options, followers ...Follower) *Runner {
	r := &Runner{ledger: l, views: views, followers: followers, batch: o.Batch, poll: o.Poll, log: o.Log, until: o.Until,
		books: map[record.Book]*bookRun{}, moved: make(chan struct{})}
	if r.batch <= 0 {
		r.batch = 2000
	}
	if r.poll <= 0 {
		r.poll = time.Second
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.until == nil {
		r.until = func(record.Book, string) int64 { return math.MaxInt64 }
	}
	return r
}

// Start follows every book, present and future, until [Runner.Stop].
func (r *Runner) Start(ctx context.Context) error {
	r.mu.Lock()
	r.base, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.mu.Unlock()
	r.ledger.Watch(func(book record.Book, _ int64) { r.wake(book) })
	r.running.Add(1)
	go r.lookForBooks()
	return nil
}

// Stop ends the following after the batch under way.
func (r *Runner) Stop() {
	r.mu.Lock()
	stop := r.stop
	r.mu.Unlock()
	if stop != nil {
		stop()
	}
	r.running.Wait()
}

// lookForBooks wakes every book at start and whenever the poll comes round, for what other processes appended.
func (r *Runner) lookForBooks() {
	defer r.running.Done()
	tick := time.NewTicker(r.poll)
	defer tick.Stop()
	for {
		books, err := r.ledger.Books(r.base)
		if err != nil && r.base.Err() == nil {
			r.log.Warn("books not listed", slog.Any("error", err))
		}
		for _, book := range books {
			r.wake(book)
		}
		select {
		case <-tick.C:
		case <-r.base.Done():
			return
		}
	}
}

// wake lets a book's goroutine look for entries, starting it if need be.
func (r *Runner) wake(book record.Book) {
	run := r.runOf(book)
	r.mu.Lock()
	if !run.started && r.base.Err() == nil {
		run.started = true
		r.running.Add(1)
		go r.keepUp(book, run)
	}
	r.mu.Unlock()
	select {
	case run.wake <- struct{}{}:
	default: // it will look anyway
	}
}

func (r *Runner) runOf(book record.Book) *bookRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	run := r.books[book]
	if run == nil {
		run = &bookRun{wake: make(chan struct{}, 1)}
		r.books[book] = run
	}
	return run
}

// keepUp catches up whenever it is woken. What is not to be had now — a store that is away, another book that has to
// come first — is tried again as soon as any cursor moves, and at the next poll.
func (r *Runner) keepUp(book record.Book, run *bookRun) {
	defer r.running.Done()
	var later <-chan struct{}
	for {
		select {
		case <-r.base.Done():
			return
		case <-run.wake:
		case <-later:
		}
		r.mu.Lock()
		moved := r.moved
		r.mu.Unlock()
		later = nil
		err := r.CatchUp(r.base, book)
		switch {
		case err == nil || r.base.Err() != nil:
		case fault.Is(err, fault.Unavailable):
			later = moved
			r.log.Info("followers wait", slog.String("book", string(book)), slog.Any("error", err))
		default:
			r.log.Error("followers stopped", slog.String("book", string(book)), slog.Any("error", err))
		}
	}
}

// CatchUp brings all followers of a book to its present size, or says why they stopped. A follower that met a bug stays
// stopped until the process starts anew; a store that is not there now is tried again at the next call.
func (r *Runner) CatchUp(ctx context.Context, book record.Book) error {
	run := r.runOf(book)
	run.turn.Lock()
	defer run.turn.Unlock()
	if err := r.stopped(run); err != nil {
		return err
	}
	var next ahead
	defer next.wait() // no reading outlives the call
	for {
		more, err := r.advance(ctx, book, &next)
		if err != nil {
			r.halt(ctx, run, err)
			return err
		}
		if !more {
			return nil
		}
	}
}

func (r *Runner) stopped(run *bookRun) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return run.stopped
}

// halt remembers a bug; a passing trouble is not one.
func (r *Runner) halt(ctx context.Context, run *bookRun, err error) {
	if ctx.Err() != nil || fault.Is(err, fault.Unavailable) || errors.Is(err, errFenced) {
		return
	}
	r.mu.Lock()
	run.stopped = err
	r.mu.Unlock()
	r.tell()
}

// advance passes one batch: the entries from the lowest cursor on, to each follower that has not seen them.
func (r *Runner) advance(ctx context.Context, book record.Book, next *ahead) (more bool, err error) {
	cursors, err := r.cursors(ctx, book)
	if err != nil {
		return false, err
	}
	if err := r.notAhead(ctx, book, cursors); err != nil {
		return false, err
	}
	lowest := r.lowest(book, cursors)
	entries, err := next.take(ctx, r, book, lowest)
	if err != nil || len(entries) == 0 {
		return false, err
	}
	for i, f := range r.followers {
		to := min(lowest+int64(len(entries)), r.until(book, f.Name()))
		if cursors[i] >= to {
			continue
		}
		if err := r.pass(ctx, book, f, cursors[i], entries[cursors[i]-lowest:to-lowest]); err != nil {
			if errors.Is(err, errFenced) {
				return true, nil // another process passed these entries: look again
			}
			return false, fmt.Errorf("follower %s of %s from %d: %w", f.Name(), book, cursors[i], err)
		}
		r.tell()
	}
	return true, nil
}

// lowest gives the first entry that a follower has yet to pass: beyond all entries if none has.
func (r *Runner) lowest(book record.Book, cursors []int64) int64 {
	lowest := int64(math.MaxInt64)
	for i, f := range r.followers {
		if cursors[i] < r.until(book, f.Name()) {
			lowest = min(lowest, cursors[i])
		}
	}
	return lowest
}

// errFenced means that another process moved the cursor first.
var errFenced = errors.New("the cursor was moved by another process")

// ViewsAhead is the code of the fault that more of a book was passed than it holds: the ledger was put back to an earlier
// state, and what followers made of the lost entries is still there. Only a rebuild cures it.
const ViewsAhead = "follow.views_ahead"

// notAhead compares cursors with the size of the book as it was read after them.
func (r *Runner) notAhead(ctx context.Context, book record.Book, cursors []int64) error {
	size, err := r.ledger.Size(ctx, book)
	if err != nil {
		return err
	}
	if slices.Max(cursors) > size {
		return viewsAhead(book)
	}
	return nil
}

func viewsAhead(book record.Book) error {
	return fault.New(fault.Conflict, ViewsAhead, fault.Data{"book": string(book)})
}

func (r *Runner) pass(ctx context.Context, book record.Book, f Follower, from int64, entries []record.Entry) error {
	return r.views.Do(ctx, func(tx *db.Tx) error {
		moved, err := moveCursor(ctx, tx, book, f.Name(), from, from+int64(len(entries)))
		if err != nil {
			return err
		}
		if !moved {
			return errFenced
		}
		return f.Follow(ctx, tx, book, entries)
	})
}

// cursors reads how far each follower is, in their order.
func (r *Runner) cursors(ctx context.Context, book record.Book) ([]int64, error) {
	found, err := r.readCursors(ctx, book)
	if err != nil {
		return nil, err
	}
	sizes := make([]int64, len(r.followers))
	for i, f := range r.followers {
		sizes[i] = found[f.Name()]
	}
	return sizes, nil
}

func (r *Runner) readCursors(ctx context.Context, book record.Book) (map[string]int64, error) {
	var found map[string]int64
	err := r.views.Read(ctx, func(q *db.Tx) error {
		var err error
		found, err = selectCursors(ctx, q, book)
		return err
	})
	return found, err
}

// tell wakes all who wait for a cursor.
func (r *Runner) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.moved)
	r.moved = make(chan struct{})
}

// Wait returns when every follower has passed the first size entries of a book; the context bounds the wait. A follower
// that stopped, or that has passed more than there is, is reported at once.
func (r *Runner) Wait(ctx context.Context, book record.Book, size int64) error {
	run := r.runOf(book)
	defer effort.Of(ctx).Since(effort.Followers)()
	tick := time.NewTicker(r.poll)
	defer tick.Stop()
	for {
		r.mu.Lock()
		moved := r.moved
		r.mu.Unlock()
		sizes, err := r.cursors(ctx, book)
		if err != nil {
			return err
		}
		if passed(sizes, size) {
			return r.notAhead(ctx, book, sizes)
		}
		if err := r.stopped(run); err != nil {
			return err
		}
		select {
		case <-moved:
		case <-tick.C:
		case <-ctx.Done():
			return fault.Because(ctx.Err(), fault.Unavailable, "followers.behind", fault.Data{"book": string(book)})
		}
	}
}

func passed(sizes []int64, size int64) bool {
	for _, s := range sizes {
		if s < size {
			return false
		}
	}
	return true
}

// Status tells for every book and follower how far it has come and whether it stopped.
func (r *Runner) Status(ctx context.Context) ([]Progress, error) {
	books, err := r.ledger.Books(ctx)
	if err != nil {
		return nil, err
	}
	var out []Progress
	for _, book := range books {
		sizes, err := r.cursors(ctx, book)
		if err != nil {
			return nil, err
		}
		size, err := r.ledger.Size(ctx, book) // after the cursors: it only grows
		if err != nil {
			return nil, err
		}
		run := r.runOf(book)
		stopped := r.stopped(run)
		for i, f := range r.followers {
			p := Progress{Book: book, Follower: f.Name(), Size: sizes[i], Behind: max(0, size-sizes[i])}
			switch {
			case sizes[i] > size:
				p.Stopped = viewsAhead(book)
			case p.Behind > 0:
				p.Stopped = stopped
			}
			out = append(out, p)
		}
	}
	return out, nil
}
