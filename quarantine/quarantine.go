// Package quarantine keeps what a device sent and the catalog could not accept: the bytes as they came, the reason, and
// everything that was done about it. It judges no record and stores none; that is the desk's.
package quarantine

// Rules of quarantine:
//
//  1. What is put aside is committed before the device is told, and stays until the raw bytes are scrubbed; item, hash,
//     reason and history stay for good.
//  2. The same bytes from the same person through the same door to the same book are the same item, however often they come.
//  3. One person at a time has an item in hand, for a minute at most; only who has it in hand may settle it.
//  4. Whoever is shown the raw bytes is written into the history first.
//  5. When a quota is full nothing more is taken, and the device is told to keep its copy.

import (
	"context"
	"fmt"
	"time"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/record"
)

// Limits bound what may wait.
type Limits struct {
	TokenItems int64 // of one token; default 1,000
	TokenBytes int64 // default 32 MiB
	BookItems  int64 // of one book; default 10,000
	BookBytes  int64 // default 256 MiB
}

// Options sets clock and limits; the zero value is right for production.
type Options struct {
	Clock  func() time.Time
	Limits Limits
}

// inHand is how long somebody may have an item in hand: longer than any request takes.
const inHand = 2 * time.Minute

// Store keeps items in the durable store. It is safe for concurrent use.
type Store struct {
	store  *db.DB
	clock  func() time.Time
	limits Limits
}

// New opens the quarantine of a ledger store.
func New(store *db.DB, o Options) *Store {
	s := &Store{store: store, clock: o.Clock, limits: o.Limits.filled()}
	if s.clock == nil {
		s.clock = time.Now
	}
	return s
}

func (l Limits) filled() Limits {
	for field, otherwise := range map[*int64]int64{&l.TokenItems: 1000, &l.TokenBytes: 32 << 20, &l.BookItems: 10_000, &l.BookBytes: 256 << 20} {
		if *field <= 0 {
			*field = otherwise
		}
	}
	return l
}

func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Millisecond) }

// Keep puts arrivals aside, all or none, and gives their items' ids in order. What is there already is counted as
// delivered again.
func (s *Store) Keep(ctx context.Context, arrivals ...Arrival) ([]string, error) {
	ids := make([]string, len(arrivals))
	for i, a := range arrivals {
		ids[i] = a.id()
	}
	err := s.store.Do(ctx, func(tx *db.Tx) error { return s.keep(ctx, tx, arrivals) })
	if err != nil {
		return nil, fmt.Errorf("put into quarantine: %w", err)
	}
	return ids, nil
}

func (s *Store) keep(ctx context.Context, tx *db.Tx, arrivals []Arrival) error {
	seen := map[string]bool{}
	for _, a := range arrivals {
		if seen[a.id()] {
			continue // the same record twice in one delivery
		}
		seen[a.id()] = true
		again, err := countAgain(ctx, tx, a)
		if err != nil {
			return err
		}
		if again {
			continue
		}
		if err := s.admit(ctx, tx, a); err != nil {
			return err
		}
		fresh, err := insertItem(ctx, tx, a)
		if err != nil {
			return err
		}
		if !fresh { // another delivery of the same bytes was quicker
			if _, err := countAgain(ctx, tx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// admit looks whether token and book have room for one item more.
func (s *Store) admit(ctx context.Context, tx *db.Tx, a Arrival) error {
	if err := passGate(ctx, tx, a.Book); err != nil {
		return err
	}
	size := int64(len(a.Raw))
	of, err := loadOfToken(ctx, tx, a.Token)
	if err != nil {
		return err
	}
	if of.items+1 > s.limits.TokenItems || of.bytes+size > s.limits.TokenBytes {
		return fault.New(fault.Unavailable, "quarantine.token_full", fault.Data{"items": fmt.Sprint(of.items)})
	}
	if of, err = loadOfBook(ctx, tx, a.Book); err != nil {
		return err
	}
	if of.items+1 > s.limits.BookItems || of.bytes+size > s.limits.BookBytes {
		return fault.New(fault.Unavailable, "quarantine.book_full", fault.Data{"book": string(a.Book), "items": fmt.Sprint(of.items)})
	}
	return nil
}

// load is what waits: how many items and how many bytes.
type load struct{ items, bytes int64 }

// Get gives an item with its history.
func (s *Store) Get(ctx context.Context, id string) (File, error) {
	var f File
	err := s.store.Read(ctx, func(q *db.Tx) (err error) {
		if f.Item, err = selectItem(ctx, q, id); err != nil {
			return err
		}
		if f.History, err = selectSteps(ctx, q, id); err != nil {
			return err
		}
		f.Entries, err = selectEntries(ctx, q, id)
		return err
	})
	return f, err
}

// Query says which items are listed. Empty fields do not narrow.
type Query struct {
	Books  []record.Book // at least one, else nothing is found
	State  State
	Code   string
	Kind   record.Kind
	Sender record.PersonRef
	After  string // the cursor that the page before gave
	Limit  int    // default 100
}

// List gives a page of items, the oldest first, and the cursor of the next page, "" after the last.
func (s *Store) List(ctx context.Context, query Query) (items []Item, next string, err error) {
	if query.Limit <= 0 {
		query.Limit = 100
	}
	after, err := readCursor(query.After)
	if err != nil {
		return nil, "", err
	}
	err = s.store.Read(ctx, func(q *db.Tx) (err error) {
		items, err = selectItems(ctx, q, query, after)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list quarantine: %w", err)
	}
	if len(items) > query.Limit {
		items = items[:query.Limit]
		last := items[query.Limit-1]
		next = cursor{last.Received.UnixMilli(), last.ID}.String()
	}
	return items, next, nil
}

// Raw shows the raw bytes to a person, and writes that into the history first.
func (s *Store) Raw(ctx context.Context, id string, who record.PersonRef) (Item, []byte, error) {
	var item Item
	var raw []byte
	err := s.store.Do(ctx, func(tx *db.Tx) (err error) {
		if item, err = selectItem(ctx, tx, id); err != nil {
			return err
		}
		if raw, err = selectRaw(ctx, tx, id); err != nil {
			return err
		}
		return addStep(ctx, tx, id, Step{At: s.now(), Who: who, Did: Viewed})
	})
	return item, raw, err
}
