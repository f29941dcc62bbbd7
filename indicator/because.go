package indicator

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"qingshan/catalog"
	"qingshan/db"
	"qingshan/fact"
	"qingshan/fault"
	"qingshan/record"
)

// Page asks for a part of a list; the zero Page for its beginning.
type Page struct {
	After string // the next of the page before
	Limit int    // 100 if 0, at most 1000
}

// Page sizes.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

func (p Page) limit() int {
	if p.Limit <= 0 {
		return defaultLimit
	}
	return min(p.Limit, maxLimit)
}

// Because is one fact behind a figure. Seq leads to the entry that gave it this value, Root names the record.
type Because struct {
	Book    record.Book
	Seq     int64
	Root    record.ID
	Measure fact.Measure
	Subject string
	Place   record.UnitCode
	Day     record.Day
	Amount  int64
}

// Because lists the facts behind a figure in order of place, day, book and sequence: for stocks the values that hold at the
// end, else what happened in the period. The facts of a sum add up to it. next is "" on the last page.
func (b *Board) Because(ctx context.Context, c *catalog.Catalog, code string, q Query, page Page) (list []Because, next string, err error) {
	figures, err := choose(c, []string{code})
	if err != nil {
		return nil, "", err
	}
	from, err := parsePosition(page.After)
	if err != nil {
		return nil, "", err
	}
	l := &look{catalog: c, query: q, totals: map[fact.Measure]total{}}
	var rows []placed
	err = b.views.Read(ctx, func(tx *db.Tx) error {
		if err := b.collect(ctx, tx, l, nil); err != nil {
			return err
		}
		rows, err = selectBehind(ctx, tx, l.behind(l.measuresOf(figures[0])), from, page.limit()+1)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list what is behind %s: %w", code, err)
	}
	if figures[0].Status == catalog.Claimed {
		list, err = b.whoClaims(ctx, l, figures[0])
		return list, "", err
	}
	if len(rows) > page.limit() {
		rows = rows[:page.limit()]
		next = rows[len(rows)-1].position().String()
	}
	for _, r := range rows {
		list = append(list, r.Because)
	}
	return list, next, nil
}

// whoClaims gives the claim that a figure shows.
func (b *Board) whoClaims(ctx context.Context, l *look, f catalog.Figure) ([]Because, error) {
	if err := b.hear(ctx, l, []catalog.Figure{f}); err != nil {
		return nil, err
	}
	c, said := l.claims[f.Code]
	if !said {
		return nil, nil
	}
	subject := record.Ref{Kind: c.Kind, ID: c.ID}.String()
	return []Because{{Book: c.Book, Seq: c.SeqFrom, Root: c.Root, Subject: subject, Place: c.Place, Day: c.From}}, nil
}

// behind says which facts are behind some measures.
type behind struct {
	books  []string
	flows  []string // measures of which the facts in the period count
	stocks []string // measures of which the last value up to its end counts
	place  record.UnitCode
	days   record.Period
}

func (l *look) behind(measures []catalog.Measure) behind {
	return behind{books: l.books, flows: named(measures, catalog.Sum, catalog.Distinct), stocks: named(measures, catalog.Stock),
		place: l.query.Place, days: l.query.until()}
}

// placed is a fact with all that its place in the list depends on.
type placed struct {
	Because
	key string
}

// position is where a page ends. Its text is opaque to callers.
type position struct {
	Place   record.UnitCode
	Day     record.Day
	Book    record.Book
	Seq     int64
	Measure fact.Measure
	Subject string
	Root    string
	Key     string
}

func (p placed) position() position {
	return position{p.Place, p.Day, p.Book, p.Seq, p.Measure, p.Subject, p.Root.String(), p.key}
}

// String is the inverse of parsePosition.
func (p position) String() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic("indicator: a position of texts and numbers does not marshal: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func parsePosition(s string) (position, error) {
	var p position
	if s == "" {
		return p, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil && bytes.Contains(text, []byte(`\u0000`)) {
		err = errors.New("a text holds U+0000, which PostgreSQL does not take")
	}
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return p, fault.Because(err, fault.Invalid, "page.after", nil)
	}
	return p, nil
}
