// Package indicator adds facts up and answers what any figure is for any place and period, on what it stands and because
// of which records. A rollup is a cache of what the facts give; the package emits no facts and knows no records.
package indicator

import (
	"context"
	"fmt"

	"qingshan/catalog"
	"qingshan/db"
	"qingshan/fact"
	"qingshan/record"
	"qingshan/register"
)

// Claims lists all register objects that a query asks for; package register does. The board asks for kind "claim".
type Claims interface {
	All(ctx context.Context, query register.Query) ([]register.Object, error)
}

// Options says what the board needs to know about its surroundings.
type Options struct {
	Aggregator func(fact.Measure) catalog.Aggregator // how a measure's facts are added up, "" if nobody declares it
	Claims     Claims                                // nil if nobody claims anything
	Followers  []string                              // those whose cursors a reading stands on; none means all that have one
}

// Board keeps the rollups of all books on the views store. It is safe for concurrent use.
type Board struct {
	views *db.DB
	o     Options
}

// New makes a board on the views store.
func New(views *db.DB, o Options) *Board { return &Board{views: views, o: o} }

// Move takes differences of facts into the rollups: what was is taken off, what is now is added. It reads only what stock
// and distinct measures need, adds up in memory and writes each row once.
func (b *Board) Move(ctx context.Context, tx *db.Tx, book record.Book, changes []fact.Change) error {
	s := store{tx: tx, book: book}
	sums, levels := rollups{}, rollups{}
	var stocks, sightings []fact.Change
	for _, c := range changes {
		switch measure := measureOf(c); b.o.Aggregator(measure) {
		case catalog.Sum:
			sums.change(c)
		case catalog.Stock:
			stocks = append(stocks, c)
		case catalog.Distinct:
			sightings = append(sightings, c)
		default:
			return fmt.Errorf("move %s: no catalog says how to add up %s", book, measure)
		}
	}
	if err := moveStocks(ctx, s, stocks, levels); err != nil {
		return fmt.Errorf("move stocks of %s: %w", book, err)
	}
	if err := moveSightings(ctx, s, sightings, sums); err != nil {
		return fmt.Errorf("move distinct counts of %s: %w", book, err)
	}
	if err := s.addRollups(ctx, sums, sums.fewer()); err != nil {
		return fmt.Errorf("move rollups of %s: %w", book, err)
	}
	if err := s.addRollups(ctx, levels, levels.inOrder()); err != nil {
		return fmt.Errorf("move levels of %s: %w", book, err)
	}
	return nil
}

func measureOf(c fact.Change) fact.Measure {
	if c.New != nil {
		return c.New.Measure
	}
	return c.Old.Measure
}

// signed gives each side of a change with the sign by which it counts.
func signed(c fact.Change, take func(f fact.Fact, sign int64)) {
	if c.Old != nil {
		take(*c.Old, -1)
	}
	if c.New != nil {
		take(*c.New, 1)
	}
}
