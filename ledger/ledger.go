// Package ledger keeps the books: every record once, in order, durable and provable, with the erasable values of persons
// beside it. It does not know what a record means or who reads it.
package ledger

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/record"
)

// Rules of this package:
//
//  1. A receipt is given only after the commit that made its entry durable.
//  2. Within a book an id stands once: the same bytes again give the first receipt, other bytes are a conflict.
//  3. Sequence numbers run from 0 without a gap; the sequence is the index in the book's Merkle log.
//  4. Entry, tree hashes, personal values, head and checkpoint commit together or not at all.
//  5. Nothing here changes or removes an entry. Personal values go only by the entry "personal.erased".

// KindOpened is the kind of every book's entry 0.
const KindOpened record.Kind = "book.opened"

// KindErased is the kind of the entry that erases the personal values of the subject that it names by a reference.
const KindErased record.Kind = "personal.erased"

// KindConfirmed is the kind of the entry by which a person confirms a held record.
const KindConfirmed record.Kind = "record.confirmed"

// Options sets what a ledger needs from outside; the zero value works.
type Options struct {
	Random   io.Reader    // salts and keys; default crypto/rand
	MaxBatch int          // submissions that share one commit; default 512; 1 gives each its own transaction
	Log      *slog.Logger // default: none
	// Committed is told of every commit: how many submissions shared it, and how long it took. It must return at once.
	Committed func(submissions int, took time.Duration)
}

// Ledger is the set of books in one store. It is safe for use by many goroutines.
type Ledger struct {
	store     *db.DB
	random    io.Reader
	maxBatch  int
	log       *slog.Logger
	committed func(int, time.Duration)
	signer    note.Signer
	verifier  note.Verifier

	mu       sync.Mutex              // protects the fields below
	funnels  map[record.Book]*funnel // one for all books (key "") on SQLite, one per book on PostgreSQL
	trees    map[record.Book]*tree   // the right edge of each book as of our last commit
	watchers []func(record.Book, int64)
	closed   bool

	running sync.WaitGroup // requests that are not answered yet
	quit    chan struct{}  // closed when the last of them is, after which nobody sends to a funnel
}

// Open readies the ledger in a migrated store, making its signing key on first use.
func Open(ctx context.Context, store *db.DB, o Options) (*Ledger, error) {
	l := &Ledger{
		store:     store,
		random:    o.Random,
		maxBatch:  o.MaxBatch,
		log:       o.Log,
		committed: o.Committed,
		funnels:   map[record.Book]*funnel{},
		trees:     map[record.Book]*tree{},
		quit:      make(chan struct{}),
	}
	if l.random == nil {
		l.random = rand.Reader
	}
	if l.maxBatch <= 0 {
		l.maxBatch = 512
	}
	if l.committed == nil {
		l.committed = func(int, time.Duration) {}
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	return l, l.loadSigner(ctx)
}

// Close refuses later appends, waits for those under way, and ends the funnels. The store stays open.
func (l *Ledger) Close() {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	l.mu.Unlock()
	l.running.Wait()
	if first {
		close(l.quit)
	}
}

// Watch has f called after every commit with the book and its new size. f must return at once.
func (l *Ledger) Watch(f func(book record.Book, size int64)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers = append(l.watchers, f)
}

// Create opens a book with entry 0, of kind [KindOpened]. Doing it again with the same record changes nothing.
func (l *Ledger) Create(ctx context.Context, first record.Submission) (record.Receipt, error) {
	if first.Record.Kind != KindOpened {
		return record.Receipt{}, fault.New(fault.Invalid, "book.not_opened", fault.Data{"book": string(first.Record.Book)})
	}
	err := l.store.Do(ctx, func(tx *db.Tx) error { return insertBook(ctx, tx, first.Record.Book) })
	if err != nil {
		return record.Receipt{}, err
	}
	receipts, err := l.Append(ctx, first)
	if err != nil {
		return record.Receipt{}, err
	}
	return receipts[0], nil
}

// Append stores submissions, each on its own: a conflict of one does not keep the others out. Submissions of concurrent
// callers share a transaction; the call returns after its commit. An error means that nothing is known to be stored:
// sending the same submissions again is always safe.
func (l *Ledger) Append(ctx context.Context, subs ...record.Submission) ([]record.Receipt, error) {
	receipts := make([]record.Receipt, len(subs))
	byBook := map[record.Book][]*pending{}
	var order []record.Book
	for i, sub := range subs {
		p, err := l.prepare(sub)
		if err != nil {
			return nil, err
		}
		p.receipt = &receipts[i]
		book := sub.Record.Book
		if byBook[book] == nil {
			order = append(order, book)
		}
		byBook[book] = append(byBook[book], p)
	}
	for _, book := range order {
		if err := l.submit(ctx, book, byBook[book]); err != nil {
			return nil, err
		}
	}
	return receipts, nil
}

// now is the only clock of the funnel: it times commits for the log and decides nothing.
func now() time.Time { return time.Now() }
