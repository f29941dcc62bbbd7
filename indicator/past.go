package indicator

// What a figure was at given sizes of the books, and what came since. The rollups know only what is now; these read the facts
// and those that stand no more, so they also prove what was published: a fact stood at size N if it came into force before
// entry N and was not ended before it.

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"qingshan/catalog"
	"qingshan/db"
	"qingshan/fact"
	"qingshan/record"
)

// ReadAt gives the figures that a query asks for as they were when the followers had passed so many entries of each book.
// It reads every fact behind them.
func (b *Board) ReadAt(ctx context.Context, c *catalog.Catalog, q Query, standsOn map[record.Book]int64) ([]Reading, error) {
	figures, err := choose(c, q.Codes)
	if err != nil {
		return nil, err
	}
	l := lookAt(c, q, standsOn)
	var measures []catalog.Measure
	for _, f := range figures {
		for _, m := range l.measuresOf(f) {
			if !slices.ContainsFunc(measures, func(known catalog.Measure) bool { return known.Name == m.Name }) {
				measures = append(measures, m)
			}
		}
	}
	err = b.views.Read(ctx, func(tx *db.Tx) error {
		for _, m := range measures {
			for _, book := range l.books {
				t, err := totalAt(ctx, tx, m, l.stood(book))
				if err != nil {
					return err
				}
				l.totals[m.Name] = l.totals[m.Name].plus(t.amount, t.records)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read figures of %s as they were: %w", q.Place, err)
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

// lookAt begins a look at given sizes.
func lookAt(c *catalog.Catalog, q Query, standsOn map[record.Book]int64) *look {
	l := &look{catalog: c, query: q, standsOn: maps.Clone(standsOn), totals: map[fact.Measure]total{}}
	for book := range standsOn {
		l.books = append(l.books, string(book))
	}
	slices.Sort(l.books)
	return l
}

// stood says which facts of a book to read: those of the query that stood at its size.
type stood struct {
	book  string
	size  int64
	place record.UnitCode
	days  record.Period
}

func (l *look) stood(book string) stood {
	return stood{book: book, size: l.standsOn[record.Book(book)], place: l.query.Place, days: l.query.until()}
}

func totalAt(ctx context.Context, tx *db.Tx, m catalog.Measure, s stood) (total, error) {
	if m.Aggregator == catalog.Stock {
		return selectLevelAt(ctx, tx, m.Name, s)
	}
	t, subjects, err := selectFlowAt(ctx, tx, m.Name, s)
	if m.Aggregator == catalog.Distinct {
		t.amount = subjects
	}
	return t, err
}

// Pending is one thing that changed behind a figure since it was read at some sizes: a record that counts now, one that counted
// and does not, or one that counts otherwise. Amounts are in base units, nil where it does not count.
type Pending struct {
	Book    record.Book
	Seq     int64     // of the entry by which it changed
	Root    record.ID // the record that counts, or counted
	Measure fact.Measure
	Subject string
	Place   record.UnitCode
	Day     record.Day
	Before  *int64
	After   *int64
}

// Since lists what changed behind a figure since it was read at the given sizes, by book and entry: between the facts that
// Because would have listed then and those that it lists now. Books that have come since count from their first entry.
func (b *Board) Since(ctx context.Context, c *catalog.Catalog, code string, q Query, standsOn map[record.Book]int64) ([]Pending, error) {
	figures, err := choose(c, []string{code})
	if err != nil {
		return nil, err
	}
	var list []Pending
	err = b.views.Read(ctx, func(tx *db.Tx) error {
		sizes, err := selectSizes(ctx, tx, b.o.Followers)
		if err != nil {
			return err
		}
		all := maps.Clone(standsOn)
		for book := range sizes {
			if _, known := all[book]; !known && concerns(book, q.Place) {
				all[book] = 0
			}
		}
		l := lookAt(c, q, all)
		measures := l.measuresOf(figures[0])
		for _, book := range l.books {
			more, err := since(ctx, tx, measures, l.stood(book))
			if err != nil {
				return err
			}
			list = append(list, more...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what came since %s was read: %w", code, err)
	}
	return list, nil
}

// since lists what changed in one book.
func since(ctx context.Context, tx *db.Tx, measures []catalog.Measure, s stood) ([]Pending, error) {
	flows, err := selectSince(ctx, tx, named(measures, catalog.Sum, catalog.Distinct), s)
	if err != nil {
		return nil, err
	}
	list := flowsSince(flows, s)
	touched, err := selectTouched(ctx, tx, named(measures, catalog.Stock), s)
	if err != nil {
		return nil, err
	}
	lines, err := selectLines(ctx, tx, touched, s)
	if err != nil {
		return nil, err
	}
	for _, l := range touched {
		if p, changed := lineSince(lines[l], s); changed {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b Pending) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Measure, b.Measure), cmp.Compare(a.Subject, b.Subject),
			slices.Compare(a.Root[:], b.Root[:]))
	})
	return list, nil
}

// span is a fact of a key with the time it stood; gone is 0 while it does.
type span struct {
	fact.Fact
	key  string
	gone int64
}

func (s span) stoodAt(size int64) bool { return s.At < size && (s.gone == 0 || s.gone >= size) }

// slot is what the facts of one place in the folds follow one another in.
type slot struct {
	key     string
	measure fact.Measure
	subject string
	root    record.ID
}

// flowsSince sets beside each fact that has come the one in whose place it came, if that was of the question.
func flowsSince(spans []span, s stood) []Pending {
	at := map[slot]int{}
	var list []Pending
	for _, f := range spans {
		where := slot{f.key, f.Measure, f.Subject, f.Root}
		i, there := at[where]
		if !there {
			i = len(list)
			at[where] = i
			list = append(list, Pending{Book: record.Book(s.book), Root: f.Root, Measure: f.Measure, Subject: f.Subject})
		}
		p, amount := &list[i], f.Amount
		if f.gone != 0 {
			p.Before = &amount
			if p.After == nil {
				p.Seq, p.Place, p.Day = f.gone, f.Place, f.Day
			}
			continue
		}
		p.After, p.Seq, p.Place, p.Day = &amount, f.At, f.Place, f.Day
	}
	return list
}

// lineSince compares the values that a subject of a stock had at the end of the period, then and now.
func lineSince(spans []span, s stood) (Pending, bool) {
	then := last(spans, func(f span) bool { return f.stoodAt(s.size) })
	now := last(spans, func(f span) bool { return f.gone == 0 })
	before, after := then.counts(s), now.counts(s)
	if then.same(now) || before == nil && after == nil {
		return Pending{}, false
	}
	shown := now
	if after == nil {
		shown = then
	}
	p := Pending{Book: record.Book(s.book), Root: shown.Root, Measure: shown.Measure, Subject: shown.Subject, Place: shown.Place, Day: shown.Day,
		Before: before, After: after, Seq: then.gone}
	if now.there && now.At >= s.size {
		p.Seq = now.At
	}
	return p, true
}

// held is the value that holds of a subject at the end of a period.
type held struct {
	span
	there bool
}

// last finds the value that holds among those that are taken: the last day's, of one day that of the later entry, then of the
// greater root. Several of one root for one day are added.
func last(spans []span, take func(span) bool) held {
	var best held
	for _, f := range spans {
		if !take(f) {
			continue
		}
		order := cmp.Or(cmp.Compare(f.Day, best.Day), cmp.Compare(f.Seq, best.Seq), slices.Compare(f.Root[:], best.Root[:]))
		switch {
		case !best.there || order > 0:
			best = held{f, true}
		case order == 0:
			best.Amount += f.Amount
		}
	}
	return best
}

// counts gives the amount if the subject is at the place.
func (h held) counts(s stood) *int64 {
	if !h.there || h.Amount == 0 || !s.place.Holds(h.Place) {
		return nil
	}
	return &h.Amount
}

func (h held) same(other held) bool {
	return h.there == other.there && h.Day == other.Day && h.Seq == other.Seq && h.Root == other.Root && h.Place == other.Place && h.Amount == other.Amount
}
