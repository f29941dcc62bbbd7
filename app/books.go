package app

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"qingshan/backup"
	"qingshan/fault"
	"qingshan/follow"
	"qingshan/ledger"
	"qingshan/record"
)

// shared tells whether a record of this kind is one that towns take over from their county.
func shared(kind record.Kind) bool {
	return strings.HasPrefix(string(kind), "register.") || kind == "catalog.published"
}

// Verified is one verified book.
type Verified struct {
	Book     string `json:"book"`
	Entries  int64  `json:"entries"`
	Root     string `json:"root"`
	Personal int    `json:"personal_values"`
	Older    int    `json:"older_checkpoints"`
}

// books gives the book that is asked for, or all.
func (a *App) books(ctx context.Context, asked string) ([]record.Book, error) {
	books, err := a.ledger.Books(ctx)
	if err != nil {
		return nil, err
	}
	if asked == "" {
		if len(books) == 0 {
			return nil, fault.New(fault.NotFound, "books.none", nil)
		}
		return books, nil
	}
	if !slices.Contains(books, record.Book(asked)) {
		return nil, fault.New(fault.NotFound, "book.unknown", fault.Data{"book": asked})
	}
	return []record.Book{record.Book(asked)}, nil
}

// Verify reads one book, or all, from the first entry to the last and recomputes everything; see [ledger.Ledger.Verify].
func (a *App) Verify(ctx context.Context, book string, older [][]byte) ([]Verified, error) {
	if _, err := a.books(ctx, book); err != nil && book != "" {
		return nil, err
	}
	var reports []ledger.Report
	var err error
	if book == "" {
		reports, err = a.ledger.VerifyAll(ctx, older...)
	} else {
		reports = make([]ledger.Report, 1)
		reports[0], err = a.ledger.Verify(ctx, record.Book(book), older...)
	}
	if err == nil && len(reports) == 0 {
		err = fault.New(fault.NotFound, "books.none", nil)
	}
	if err != nil {
		return nil, err
	}
	out := make([]Verified, len(reports))
	for i, r := range reports {
		out[i] = Verified{Book: string(r.Book), Entries: r.Size, Root: r.RootHex(), Personal: r.Personal, Older: r.Older}
	}
	return out, nil
}

// Checkpoints gives the signed notes of one book, or of all.
func (a *App) Checkpoints(ctx context.Context, book string) ([][]byte, error) {
	books, err := a.books(ctx, book)
	if err != nil {
		return nil, err
	}
	var notes [][]byte
	for _, b := range books {
		note, err := a.ledger.Checkpoint(ctx, b)
		if err != nil {
			return nil, err
		}
		notes = append(notes, note)
	}
	return notes, nil
}

// CatchUp brings the followers of all books to their present sizes, the counties' first.
func (a *App) CatchUp(ctx context.Context) error {
	books, err := a.ledger.Books(ctx)
	if err != nil {
		return err
	}
	for _, book := range books {
		size, err := a.ledger.Size(ctx, book)
		if err != nil {
			return err
		}
		if err := a.runner.Wait(ctx, book, size); err != nil {
			return err
		}
	}
	return nil
}

// Table tells of one table that follows from the entries what stood in it before a replay and after.
type Table struct {
	Name   string
	Before string // "" if it could not be compared
	After  string
}

// Rebuild drops everything that follows from the entries, replays all books, and compares table by table. report is
// called with the entries replayed and their total. Views that have counted more than there is, as after a ledger was put
// back, are no measure for a replay: of their tables no Before is given.
func (a *App) Rebuild(ctx context.Context, report func(done, total int64)) ([]Table, error) {
	err := a.CatchUp(ctx)
	ahead := err != nil && fault.Of(err).Code == follow.ViewsAhead
	if err != nil && !ahead {
		return nil, err
	}
	before, err := a.views.Digests(ctx)
	if err != nil {
		return nil, err
	}
	if ahead {
		before = nil
	}
	a.runner.Stop()
	if err := a.views.Reset(ctx); err != nil {
		return nil, fmt.Errorf("drop the views: %w", err)
	}
	if err := a.Replay(ctx, report, nil); err != nil {
		return nil, err
	}
	after, err := a.views.Digests(ctx)
	if err != nil {
		return nil, err
	}
	var tables []Table
	for _, name := range slices.Sorted(maps.Keys(after)) {
		tables = append(tables, Table{Name: name, Before: before[name], After: after[name]})
	}
	return tables, nil
}

// replayBatch is the number of entries that a replay passes in one transaction: the more, the fewer times a sum is written,
// and nobody waits for the store meanwhile. What comes out does not depend on it.
const replayBatch = 10_000

// Replay runs all books' followers on, from the start after a reset, no further than until allows; nil allows all. A town
// waits for its county, so rounds are made until none is behind.
func (a *App) Replay(ctx context.Context, report func(done, total int64), until func(record.Book, string) int64) error {
	runner := follow.NewRunner(a.ledger, a.views, follow.Options{Batch: replayBatch, Log: a.log, Until: until}, a.followers...)
	books, err := a.ledger.Books(ctx)
	if err != nil {
		return err
	}
	var total, done int64
	sizes := map[record.Book]int64{}
	for _, book := range books {
		if sizes[book], err = a.ledger.Size(ctx, book); err != nil {
			return err
		}
		total += sizes[book]
	}
	report(0, total)
	for len(books) > 0 {
		var later []record.Book
		for _, book := range books {
			err := runner.CatchUp(ctx, book)
			switch {
			case fault.Is(err, fault.Unavailable):
				later = append(later, book)
			case err != nil:
				return err
			default:
				done += sizes[book]
				report(done, total)
			}
		}
		if len(later) == len(books) {
			return fault.New(fault.Unavailable, "followers.behind", fault.Data{"book": string(books[0])})
		}
		books = later
	}
	return nil
}

// ReplayDiffers is the fault of a rebuild whose replay gave other tables than the live followers had.
func ReplayDiffers(tables int) error {
	return fault.New(fault.Conflict, "rebuild.differs", fault.Data{"tables": fmt.Sprint(tables)})
}

// Erased tells what an erasure reached.
type Erased struct {
	Books    []string // in which personal values were kept
	Scrubbed []string // settled items of the quarantine whose bytes went
	Waiting  []string // items that speak of the subject and have to be settled first
}

// Erase has the personal values of a subject — "person/ID", "household/ID", "rec/ID", or the bare id of a person — erased in
// every book that keeps some and in what is settled in quarantine, and sees to it that they leave the files too.
func (a *App) Erase(ctx context.Context, subject, reason string) (Erased, error) {
	if !strings.Contains(subject, "/") {
		subject = "person/" + subject
	}
	ref, err := record.ParseRef(subject)
	if err != nil {
		return Erased{}, fault.Because(err, fault.Invalid, "erase.bad_subject", nil)
	}
	records, err := a.ledger.RecordsOf(ctx, ref.String())
	if err != nil {
		return Erased{}, err
	}
	forgotten, err := a.aside.Forget(ctx, ref, records)
	if err != nil {
		return Erased{}, err
	}
	out := Erased{Scrubbed: forgotten.Scrubbed, Waiting: forgotten.Waiting}
	books, err := a.steward.erase(ctx, ref, reason)
	if fault.Is(err, fault.NotFound) && len(out.Scrubbed)+len(out.Waiting) > 0 {
		return out, nil // the books never had any of it
	}
	if err != nil {
		return out, err
	}
	var said []backup.Erasure
	for _, book := range books {
		name := string(book.Record.Book)
		out.Books = append(out.Books, name)
		said = append(said, backup.Erasure{Book: name, Subject: ref.String(), ID: book.Record.ID.String()})
	}
	// The entries are there already: a list that cannot be written now is made up for by the next backup.
	if err := backup.AddErasures(a.cfg.Erasures, said, nil); err != nil {
		a.log.Error("erasure not listed outside the ledger", slog.Any("error", err))
	}
	return out, a.durable.Scrub(ctx, "personal")
}
