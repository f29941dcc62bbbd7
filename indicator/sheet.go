package indicator

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"qingshan/catalog"
	"qingshan/db"
	"qingshan/internal/digest"
	"qingshan/record"
	"qingshan/register"
)

// Sheet is every figure of every place and year that the views know anything of, all read on one state of them. Two
// sheets that stand on the same state must be the same; a sheet says on which it stands.
type Sheet struct {
	Catalog digest.Hash                      // whose figures these are
	Cursors map[record.Book]map[string]int64 // how far each follower of each book had come
	Cells   map[Cell]Shown                   // those that are not nothing
	Read    int                              // figures that were read, nothing or not
}

// Cell is a place in a sheet.
type Cell struct {
	Code  string
	Place record.UnitCode
	Year  record.Span
}

// Shown is what stands in a cell.
type Shown struct {
	Value   string // "" where there is no number
	Unit    string
	Records int64
	Author  string // of a claim
}

// nothing tells whether a cell need not be kept: a figure nobody recorded anything for.
func (s Shown) nothing() bool { return s.Records == 0 && (s.Value == "" || s.Value == "0") }

// Sheet reads the whole sheet through a board that stands on what q sees; see [db.Tx.Pinned].
func (b *Board) Sheet(ctx context.Context, q *db.Tx, c *catalog.Catalog) (Sheet, error) {
	sheet := Sheet{Catalog: c.Hash(), Cells: map[Cell]Shown{}}
	var err error
	if sheet.Cursors, err = selectCursors(ctx, q); err != nil {
		return sheet, err
	}
	places, years, err := b.extent(ctx, q, sheet.Cursors)
	if err != nil {
		return sheet, err
	}
	for _, place := range places {
		for _, year := range years {
			if err := b.addTo(ctx, &sheet, c, place, year); err != nil {
				return sheet, err
			}
		}
	}
	return sheet, nil
}

// extent gives the places and years of which anything is counted or claimed.
func (b *Board) extent(ctx context.Context, q *db.Tx, cursors map[record.Book]map[string]int64) ([]record.UnitCode, []record.Span, error) {
	places, years, err := selectExtent(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	for book := range cursors {
		if b.o.Claims == nil {
			break
		}
		claims, err := b.o.Claims.All(ctx, register.Query{Book: book, Kind: "claim", Day: register.Forever.Add(-1)})
		if err != nil {
			return nil, nil, err
		}
		for _, claim := range claims {
			places[claim.Place] = true
			if period, err := record.ParsePeriod(claim.Values["period"].Text); err == nil {
				years[period.From.Year()] = true
			}
		}
	}
	delete(places, "")
	return slices.Sorted(maps.Keys(places)), slices.Sorted(maps.Keys(years)), nil
}

func (b *Board) addTo(ctx context.Context, sheet *Sheet, c *catalog.Catalog, place record.UnitCode, year record.Span) error {
	period, err := record.ParsePeriod(string(year))
	if err != nil {
		return fmt.Errorf("read the sheet of %s: %w", place, err)
	}
	readings, err := b.Read(ctx, c, Query{Place: place, Period: period})
	if err != nil {
		return err
	}
	for _, r := range readings {
		shown := Shown{Unit: r.Unit, Records: r.Records, Author: r.Author}
		if r.Value != nil {
			shown.Value = *r.Value
		}
		sheet.Read++
		if !shown.nothing() {
			sheet.Cells[Cell{r.Figure.Code, place, year}] = shown
		}
	}
	return nil
}

// Difference is a cell in which two sheets do not show the same.
type Difference struct {
	Cell
	Was, Is Shown // the zero Shown where nothing stands
}

// Compare lists the cells in which two sheets differ, in order of place, year and figure.
func Compare(was, is Sheet) []Difference {
	var found []Difference
	for cell, shown := range was.Cells {
		if now := is.Cells[cell]; now != shown {
			found = append(found, Difference{cell, shown, now})
		}
	}
	for cell, shown := range is.Cells {
		if _, both := was.Cells[cell]; !both {
			found = append(found, Difference{cell, Shown{}, shown})
		}
	}
	slices.SortFunc(found, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Year, b.Year), cmp.Compare(a.Code, b.Code))
	})
	return found
}

// Ordered lists a sheet's cells in order of place, year and figure.
func (s Sheet) Ordered() []Cell {
	cells := slices.Collect(maps.Keys(s.Cells))
	slices.SortFunc(cells, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Year, b.Year), cmp.Compare(a.Code, b.Code))
	})
	return cells
}
