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
)

// Query says what to read: some figures, or all of the catalog, for a place and everything in it, over a period.
type Query struct {
	Codes  []string // in the order of the answer; none means all, in the catalog's order
	Place  record.UnitCode
	Period record.Period
	AsOf   record.Day // only what happened up to this day counts; 0 means all of the period
}

// until gives the days that count.
func (q Query) until() record.Period { return q.Period.Clip(q.AsOf) }

// Reading is what a figure is.
type Reading struct {
	Figure   catalog.Figure
	Status   catalog.Status
	Value    *string // exact decimal in Unit, or as a claim says it; nil where there is no number
	Amount   int64   // in base units; of a ratio in parts per million, rounded; 0 for what is not counted
	Unit     string
	Basis    string
	Records  int64 // facts behind the figure, as Because lists them: a record that gives two of its measures counts for each
	Reason   string
	Author   string                // of a claim
	StandsOn map[record.Book]int64 // the entries of each book that are counted: those below the size
}

// Read gives the figures that a query asks for, all on one state of the views.
func (b *Board) Read(ctx context.Context, c *catalog.Catalog, q Query) ([]Reading, error) {
	figures, err := choose(c, q.Codes)
	if err != nil {
		return nil, err
	}
	var l *look
	err = b.views.Read(ctx, func(tx *db.Tx) error {
		l = &look{catalog: c, query: q, totals: map[fact.Measure]total{}}
		return b.collect(ctx, tx, l, figures)
	})
	if err != nil {
		return nil, fmt.Errorf("read figures of %s: %w", q.Place, err)
	}
	if err := b.hear(ctx, l, figures); err != nil {
		return nil, fmt.Errorf("read claims about %s: %w", q.Place, err)
	}
	readings := make([]Reading, len(figures))
	for i, f := range figures {
		readings[i] = l.reading(f)
	}
	return readings, nil
}

// choose finds the figures of some codes, or all.
func choose(c *catalog.Catalog, codes []string) ([]catalog.Figure, error) {
	if len(codes) == 0 {
		return c.Figures(), nil
	}
	var figures []catalog.Figure
	for _, code := range codes {
		f, known := c.Figure(code)
		if !known {
			return nil, fault.New(fault.NotFound, "figure.unknown", fault.Data{"code": code})
		}
		figures = append(figures, f)
	}
	return figures, nil
}

// look is what one reading saw of the views.
type look struct {
	catalog  *catalog.Catalog
	query    Query
	books    []string
	standsOn map[record.Book]int64
	totals   map[fact.Measure]total
	claims   map[string]claim // those that hold, by figure
}

// collect reads everything that the figures are made of.
func (b *Board) collect(ctx context.Context, tx *db.Tx, l *look, figures []catalog.Figure) error {
	sizes, err := selectSizes(ctx, tx, b.o.Followers)
	if err != nil {
		return err
	}
	l.standsOn = map[record.Book]int64{}
	for book, size := range sizes {
		if concerns(book, l.query.Place) {
			l.standsOn[book] = size
			l.books = append(l.books, string(book))
		}
	}
	slices.Sort(l.books)
	var all []catalog.Measure
	for _, f := range figures {
		all = append(all, l.measuresOf(f)...)
	}
	return l.total(ctx, tx, all)
}

// concerns tells whether a book may hold something about a place: its unit holds the place or lies within it. A book that
// is not named by a unit may hold anything.
func concerns(book record.Book, place record.UnitCode) bool {
	unit, err := record.ParseUnitCode(string(book))
	return err != nil || unit.Holds(place) || place.Holds(unit)
}

// measuresOf lists what a figure is made of, through the figures that it adds or divides, each once.
func (l *look) measuresOf(f catalog.Figure) []catalog.Measure {
	var list []catalog.Measure
	add := func(m catalog.Measure) {
		if !slices.ContainsFunc(list, func(known catalog.Measure) bool { return known.Name == m.Name }) {
			list = append(list, m)
		}
	}
	for _, name := range f.Of {
		if m, known := l.catalog.Measure(name); known {
			add(m)
		}
	}
	parts := slices.Clone(f.Plus)
	if f.Ratio != nil {
		parts = append(parts, f.Ratio.Of, f.Ratio.Per)
	}
	for _, code := range parts {
		if part, known := l.catalog.Figure(code); known {
			for _, m := range l.measuresOf(part) {
				add(m)
			}
		}
	}
	return list
}

// named lists the names of the measures with one of the aggregators.
func named(measures []catalog.Measure, aggregators ...catalog.Aggregator) []string {
	var names []string
	for _, m := range measures {
		if slices.Contains(aggregators, m.Aggregator) && !slices.Contains(names, string(m.Name)) {
			names = append(names, string(m.Name))
		}
	}
	return names
}

// total reads the totals of measures, each as its aggregator wants.
func (l *look) total(ctx context.Context, tx *db.Tx, measures []catalog.Measure) error {
	days := l.query.until()
	place := string(l.query.Place)
	flows := named(measures, catalog.Sum, catalog.Distinct)
	if err := selectTotals(ctx, tx, rolled{l.books, flows, place, days.Spans()}, l.totals); err != nil {
		return err
	}
	stocks := named(measures, catalog.Stock)
	if err := selectTotals(ctx, tx, rolled{l.books, stocks, place, upTo(days.To).Spans()}, l.totals); err != nil {
		return err
	}
	subjects, err := countSubjects(ctx, tx, rolled{books: l.books, measures: named(measures, catalog.Distinct), place: place}, days)
	if err != nil {
		return err
	}
	for measure, amount := range subjects {
		l.totals[measure] = l.totals[measure].plus(amount, 0)
	}
	return nil
}

// upTo gives all days up to one, from the first day that a record can have.
func upTo(day record.Day) record.Period { return record.Period{From: 19000101, To: day} }

// spanFrom gives the year or month that begins with the period and has room for all of it.
func spanFrom(p record.Period) (record.Span, bool) {
	for _, span := range []record.Span{p.From.Year(), p.From.Month()} {
		whole, err := record.ParsePeriod(string(span))
		if err == nil && whole.From == p.From && p.To <= whole.To {
			return span, true
		}
	}
	return "", false
}
