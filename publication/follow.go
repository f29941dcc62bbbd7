package publication

import (
	"context"
	"fmt"

	"qingshan/catalog"
	"qingshan/db"
	"qingshan/record"
)

// Name is the follower's name.
const Name = "publication"

// The sorts of what is published.
const (
	Figure = "figure"
	Paper  = "document"
)

// Follower lists what was published on the views store. Everything it keeps can be read from the ledger again.
type Follower struct {
	views *db.DB
}

// NewFollower makes the follower on the views store.
func NewFollower(views *db.DB) *Follower { return &Follower{views: views} }

// Name gives the follower's name.
func (f *Follower) Name() string { return Name }

// Follow takes the next entries of a book.
func (f *Follower) Follow(ctx context.Context, tx *db.Tx, book record.Book, entries []record.Entry) error {
	var rows []row
	for _, e := range entries {
		switch e.Record.Kind {
		case catalog.KindFigurePublished:
			p, err := FromEntry(e)
			if err != nil {
				return err
			}
			rows = append(rows, row{Listed{Sort: Figure, Code: p.Code, Figure: p.Figure, Place: p.Place, Period: p.Period, AsOf: p.AsOf, Number: p.Number}})
		case catalog.KindDocumentPublished:
			d, err := DocumentFrom(e)
			if err != nil {
				return err
			}
			rows = append(rows, row{Listed{Sort: Paper, Code: d.Code, Place: d.Place, Period: d.Period, Number: 1}})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := insertRows(ctx, tx, rows); err != nil {
		return fmt.Errorf("list publications of %s: %w", book, err)
	}
	return nil
}

// Listed is one line of the list: enough to choose by. What it says in full stands in the entry that its code names.
type Listed struct {
	Sort   string
	Code   Code
	Figure string // "" of a document
	Place  record.UnitCode
	Period record.Period
	AsOf   record.Day
	Number int64
}

// Filter says what to list; the zero value means all. Place takes in all that lies in it.
type Filter struct {
	Sort   string
	Figure string
	Place  record.UnitCode
	Period record.Period // exactly this one
	Asked  *Question     // exactly this place, period and day up to which counts; of any figure if it names none
	Latest bool          // of each chain only the last
	Limit  int           // 100 if 0
	After  Code          // what follows after this one, the list going from new to old within a book
}

// List gives what was published, book by book, the newest first.
func (f *Follower) List(ctx context.Context, filter Filter) ([]Listed, error) {
	var list []Listed
	err := f.views.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = selectRows(ctx, tx, filter)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list publications: %w", err)
	}
	return list, nil
}
