package app

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"time"

	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/follow"
	"qingshan/internal/digest"
	"qingshan/ledger"
	"qingshan/record"
	"qingshan/register"
)

// Rules of the steward:
//
//  1. What follows from time or from other entries happens by an entry through the system channel, never beside the ledger.
//  2. Its records' ids follow from the rule and the object, so that several nodes and every restart say it once.
//  3. Replay reads its entries and never makes them anew.

// steward opens books, publishes the catalog and has towns adopt what their county says.
type steward struct {
	ledger   *ledger.Ledger
	register *register.Register
	runner   *follow.Runner
	clock    func() time.Time
	log      *slog.Logger

	turn    sync.Mutex                  // one adoption round at a time; protects the fields below
	parents map[record.Book]record.Book // of each town's book: the county's
	adopted map[record.Book]int64       // of each town's book: the county's size it has adopted
}

// patience bounds how long the steward waits for followers on a caller's time.
const patience = 20 * time.Second

// say appends one system record. Another node having said the same already is as good; anything else under its id is not.
func (s *steward) say(ctx context.Context, book record.Book, kind record.Kind, rule string, values record.Values) error {
	return s.append(ctx, s.submission(book, kind, rule, values))
}

func (s *steward) append(ctx context.Context, sub record.Submission) error {
	book, kind := sub.Record.Book, sub.Record.Kind
	receipts, err := s.ledger.Append(ctx, sub)
	if err == nil && receipts[0].Outcome == record.Conflict {
		err = s.saidAlready(ctx, sub.Record)
	}
	if err != nil {
		return fmt.Errorf("say %s in %s: %w", kind, book, err)
	}
	s.log.Info("steward spoke", slog.String("book", string(book)), slog.String("kind", string(kind)), slog.String("outcome", string(receipts[0].Outcome)))
	return nil
}

// saidAlready tells whether the record that holds the id says what was to be said, at another time.
func (s *steward) saidAlready(ctx context.Context, r record.Record) error {
	there, err := s.ledger.ByID(ctx, r.Book, r.ID)
	if err != nil {
		return err
	}
	if there.Envelope.Channel == record.ChannelSystem && there.Record.Kind == r.Kind && reflect.DeepEqual(there.Record.Values, r.Values) {
		return nil
	}
	return fault.New(fault.Conflict, "system.id_taken", fault.Data{"book": string(r.Book), "seq": fmt.Sprint(there.Seq)})
}

func (s *steward) submission(book record.Book, kind record.Kind, rule string, values record.Values) record.Submission {
	now := s.clock()
	return record.Submission{
		Record: record.Record{
			ID:       record.HashID(record.ChannelSystem, strings.Join([]string{string(book), string(kind), rule}, " ")),
			Book:     book,
			Kind:     kind,
			Observed: record.InstantAt(now),
			Values:   values,
		},
		Envelope: record.Envelope{
			Received: now.UTC().Truncate(time.Millisecond),
			Channel:  record.ChannelSystem,
			Catalog:  catalog.System().Hash(),
			Day:      record.DayAt(now, record.Zone()),
		},
	}
}

// open opens a book that is not open yet.
func (s *steward) open(ctx context.Context, c BookConfig) error {
	book, unit, parent, err := c.check()
	if err != nil {
		return err
	}
	values := record.Values{"unit": record.Text(string(unit))}
	if parent != "" {
		values["parent"] = record.Text(string(parent))
	}
	if size, err := s.ledger.Size(ctx, book); err == nil && size > 0 {
		return nil
	}
	_, err = s.ledger.Create(ctx, s.submission(book, ledger.KindOpened, "", values))
	return err
}

// learn reads from every book's first entry which book it adopts from, and from the register how far it has.
func (s *steward) learn(ctx context.Context) error {
	books, err := s.ledger.Books(ctx)
	if err != nil {
		return err
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	for _, book := range books {
		first, err := s.ledger.Entry(ctx, book, 0)
		if err != nil {
			return err
		}
		parent := first.Record.Values["parent"].Text
		if parent == "" {
			continue
		}
		s.parents[book] = record.Book(parent)
		adoption, _, err := s.register.Adopted(ctx, book)
		if err != nil {
			return err
		}
		s.adopted[book] = adoption.Size
	}
	return nil
}

// publish says in a county's book which catalog holds from now on, unless it holds already.
func (s *steward) publish(ctx context.Context, county record.Book, hash digest.Hash) error {
	last, size, err := s.published(ctx, county)
	if err != nil || last == hash.String() {
		return err
	}
	rule := fmt.Sprintf("%s at %d", hash, size)
	return s.say(ctx, county, "catalog.published", rule, record.Values{"catalog": record.Text(hash.String())})
}

// published reads the last catalog that a county's book names, and the book's size.
func (s *steward) published(ctx context.Context, county record.Book) (last string, size int64, err error) {
	for {
		entries, err := s.ledger.Entries(ctx, county, size, 500)
		if err != nil || len(entries) == 0 {
			return last, size, err
		}
		for _, e := range entries {
			if e.Record.Kind == "catalog.published" {
				last = e.Record.Values["catalog"].Text
			}
		}
		size += int64(len(entries))
	}
}

// adopt has the towns of a county take over its book as it is now, and waits until their registers know.
func (s *steward) adopt(ctx context.Context, county record.Book, hash digest.Hash) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	state, err := s.ledger.At(ctx, county, 0)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.runner.Wait(ctx, county, state.Size); err != nil {
		return err
	}
	var failed error
	for town, parent := range s.parents {
		if parent != county || s.adopted[town] >= state.Size {
			continue
		}
		if err := s.adoptInto(ctx, town, state, hash); err != nil {
			failed = err // the other towns need not wait for this one
			continue
		}
		s.adopted[town] = state.Size
	}
	return failed
}

// watch adopts again from time to time: what failed before, and books that another node opened.
func (s *steward) watch(ctx context.Context, every time.Duration, hash digest.Hash) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.adoptAll(ctx, hash); err != nil && ctx.Err() == nil {
			s.log.Warn("counties not adopted yet", slog.Any("error", err))
		}
	}
}

// adoptAll has every town take over what its county's book says now.
func (s *steward) adoptAll(ctx context.Context, hash digest.Hash) error {
	if err := s.learn(ctx); err != nil {
		return err
	}
	counties, err := s.counties(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, county := range counties {
		if err := s.adopt(ctx, county, hash); err != nil {
			failed = err
		}
	}
	return failed
}

func (s *steward) adoptInto(ctx context.Context, town record.Book, state ledger.Checkpoint, hash digest.Hash) error {
	err := s.say(ctx, town, "book.adopted", fmt.Sprintf("%s at %d", state.Book, state.Size), record.Values{
		"source":  record.Text(string(state.Book)),
		"size":    record.Int(state.Size),
		"root":    record.Text(digest.Hash(state.Root).String()),
		"catalog": record.Text(hash.String()),
	})
	if err != nil {
		return err
	}
	size, err := s.ledger.Size(ctx, town)
	if err != nil {
		return err
	}
	return s.runner.Wait(ctx, town, size)
}

// counties lists the books that others adopt from or that have no parent.
func (s *steward) counties(ctx context.Context) ([]record.Book, error) {
	books, err := s.ledger.Books(ctx)
	if err != nil {
		return nil, err
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	var out []record.Book
	for _, book := range books {
		if s.parents[book] == "" {
			out = append(out, book)
		}
	}
	return out, nil
}

// erase appends, in every book that keeps personal values of a subject, the entry that erases them, and gives the entries.
func (s *steward) erase(ctx context.Context, subject record.Ref, reason string) ([]record.Submission, error) {
	books, err := s.ledger.BooksOf(ctx, subject.String())
	if err != nil {
		return nil, err
	}
	if len(books) == 0 {
		return nil, fault.New(fault.NotFound, "person.nothing_kept", nil)
	}
	var said []record.Submission
	for _, book := range books {
		size, err := s.ledger.Size(ctx, book)
		if err != nil {
			return said, err
		}
		values := record.Values{"subject": record.Text(subject.String()), "reason": record.Text(reason)}
		sub := s.submission(book, ledger.KindErased, fmt.Sprintf("%s at %d", subject, size), values)
		if err := s.append(ctx, sub); err != nil {
			return said, err
		}
		said = append(said, sub)
	}
	left, err := s.ledger.BooksOf(ctx, subject.String())
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("erase %s: values are still kept in %v", subject, left)
	}
	return said, err
}

// eraseAgain says an erasure again whose entry a backup lacked: under its own id, so that it counts as the same.
func (s *steward) eraseAgain(ctx context.Context, book record.Book, id record.ID, subject string) error {
	values := record.Values{"subject": record.Text(subject), "reason": record.Text("said again after a restore")}
	sub := s.submission(book, ledger.KindErased, subject, values)
	sub.Record.ID = id
	return s.append(ctx, sub)
}
