package indicator

import (
	"context"
	"fmt"
	"slices"

	"qingshan/catalog"
	"qingshan/db"
	"qingshan/fact"
	"qingshan/fault"
	"qingshan/record"
	"qingshan/register"
)

// Units knows units by their codes; package register does.
type Units interface {
	Unit(ctx context.Context, book record.Book, code record.UnitCode, day record.Day) (register.Unit, bool, error)
}

// Books knows which books there are and how far each has grown; package ledger does.
type Books interface {
	Books(ctx context.Context) ([]record.Book, error)
	Size(ctx context.Context, book record.Book) (int64, error)
}

// BookOf finds the book that speaks for a place: of those whose unit holds it, the one of the finest unit.
func BookOf(ctx context.Context, books Books, place record.UnitCode) (record.Book, error) {
	all, err := books.Books(ctx)
	if err != nil {
		return "", err
	}
	var best record.Book
	for _, book := range all {
		unit, err := record.ParseUnitCode(string(book))
		if err == nil && unit.Holds(place) && len(book) > len(best) {
			best = book
		}
	}
	if best == "" {
		return "", fault.New(fault.NotFound, "place.no_book", fault.Data{"place": string(place)})
	}
	return best, nil
}

// PlaceName gives the name of the place that is asked about, and refuses a place that no register knows at the end or the
// beginning of the period, or today: to answer 0 for a misspelt code would mislead.
func PlaceName(ctx context.Context, units Units, books Books, q Query, today record.Day) (string, error) {
	book, err := BookOf(ctx, books, q.Place)
	if err != nil {
		return "", err
	}
	for _, day := range []record.Day{q.Period.To, q.Period.From, today} {
		unit, known, err := units.Unit(ctx, book, q.Place, day)
		if err != nil || known {
			return unit.Name, err
		}
	}
	return "", fault.New(fault.NotFound, "unit.unknown", fault.Data{"place": string(q.Place)})
}

// StandsOn tells for each book that may hold something about a place how many of its entries are counted.
func (b *Board) StandsOn(ctx context.Context, place record.UnitCode) (map[record.Book]int64, error) {
	found := map[record.Book]int64{}
	err := b.views.Read(ctx, func(tx *db.Tx) error {
		sizes, err := selectSizes(ctx, tx, b.o.Followers)
		for book, size := range sizes {
			if concerns(book, place) {
				found[book] = size
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what %s stands on: %w", place, err)
	}
	return found, nil
}

// Sizes gives the size of every book that may hold something about a place.
func Sizes(ctx context.Context, books Books, place record.UnitCode) (map[record.Book]int64, error) {
	all, err := books.Books(ctx)
	if err != nil {
		return nil, err
	}
	sizes := map[record.Book]int64{}
	for _, book := range all {
		if !concerns(book, place) {
			continue
		}
		if sizes[book], err = books.Size(ctx, book); err != nil {
			return nil, err
		}
	}
	return sizes, nil
}

// FarBehind is by how many entries what is counted may lag behind the books before figures are no longer given: beyond it
// a sum would look whole and be half.
const FarBehind = 1000

// Behind tells how many entries of the books that concern a place are not in a reading that stands on some of them. It must
// be asked after the reading. A reading far behind is refused, and one of views that have counted more than there is.
func Behind(ctx context.Context, books Books, place record.UnitCode, standsOn map[record.Book]int64) (int64, error) {
	all, err := books.Books(ctx)
	if err != nil {
		return 0, err
	}
	var behind int64
	for _, book := range all {
		if !concerns(book, place) {
			continue
		}
		size, err := books.Size(ctx, book)
		if err != nil {
			return 0, err
		}
		if standsOn[book] > size {
			return 0, fault.New(fault.Unavailable, "follow.views_ahead", fault.Data{"book": string(book)})
		}
		behind += size - standsOn[book]
	}
	if behind > FarBehind {
		return 0, fault.New(fault.Unavailable, "figures.catching_up", fault.Data{"behind": fmt.Sprint(behind)})
	}
	return behind, nil
}

// UnitOf finds the unit that a figure, or the one of its parts that counts the measure, is published in.
func UnitOf(words *catalog.Catalog, code string, measure fact.Measure) (catalog.Unit, bool) {
	f, known := words.Figure(code)
	if !known {
		return catalog.Unit{}, false
	}
	if slices.Contains(f.Of, measure) {
		return words.Unit(f.Unit)
	}
	parts := f.Plus
	if f.Ratio != nil {
		parts = append(slices.Clone(parts), f.Ratio.Of, f.Ratio.Per)
	}
	for _, part := range parts {
		if unit, found := UnitOf(words, part, measure); found {
			return unit, true
		}
	}
	return catalog.Unit{}, false
}
