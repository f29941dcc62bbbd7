// Package gazette publishes: it has a person sign what a figure was counted to be, tells what came since, and finds whatever was
// published by its code. It counts nothing itself and changes nothing that was published.
package gazette

import (
	"context"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"qingshan/access"
	"qingshan/blob"
	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/ledger"
	"qingshan/publication"
	"qingshan/record"
	"qingshan/register"
)

// Options is what a gazette works with.
type Options struct {
	Ledger   *ledger.Ledger
	Board    *indicator.Board
	Register *register.Register
	List     *publication.Follower
	Blobs    *blob.Store
	Current  func() *catalog.Catalog
	Catalogs func(digest.Hash) *catalog.Catalog // any catalog ever used, or nil
	Court    *guard.Court
	Clock    func() time.Time
}

// Gazette publishes figures and documents. It is safe for concurrent use.
type Gazette struct {
	Options
	zone *time.Location
}

// New makes a gazette.
func New(o Options) *Gazette { return &Gazette{Options: o, zone: record.Zone()} }

// today gives the civil day.
func (g *Gazette) today() record.Day { return record.DayAt(g.Clock(), g.zone) }

// signer refuses whoever may not sign for a book, and a token that has outlived its person.
func (g *Gazette) signer(ctx context.Context, who access.Actor, book record.Book) error {
	if !who.Publishes(book) {
		return fault.New(fault.Forbidden, "publication.not_yours", fault.Data{"book": string(book)})
	}
	_, known, err := g.Register.At(ctx, who.Book, "person", string(who.Person), g.today())
	if err == nil && !known {
		err = fault.New(fault.Forbidden, "token.person_gone", fault.Data{"book": string(who.Book)})
	}
	return err
}

// limits of what a person writes.
const (
	maxExternal = 128
	maxDocument = 200
	maxReason   = 1000
)

// sayable refuses texts that are too long, and what no line of text needs.
func sayable(text string, runes int, must bool, code string) error {
	unclean := func(r rune) bool { return unicode.IsControl(r) && r != '\n' }
	for _, r := range text {
		if unclean(r) {
			return fault.New(fault.Invalid, code, nil)
		}
	}
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > runes || must && text == "" {
		return fault.New(fault.Invalid, code, nil)
	}
	return nil
}

// say appends an entry that a person signs, and gives the sequence of the one that holds its id: fresh if it is this one.
func (g *Gazette) say(ctx context.Context, who access.Actor, r record.Record) (seq int64, fresh bool, err error) {
	now := g.Clock()
	r.Observed, r.By = record.InstantAt(now), who.Person
	receipts, err := g.Ledger.Append(ctx, record.Submission{Record: r, Envelope: record.Envelope{
		Received: now.UTC().Truncate(time.Millisecond),
		Channel:  record.ChannelSystem,
		Sender:   who.Person,
		Catalog:  catalog.System().Hash(),
		Day:      record.DayAt(now, g.zone),
	}})
	if err != nil {
		return 0, false, fmt.Errorf("publish in %s: %w", r.Book, err)
	}
	return receipts[0].Seq, receipts[0].Outcome == record.Stored, nil
}
