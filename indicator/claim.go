package indicator

import (
	"context"

	"qingshan/catalog"
	"qingshan/record"
	"qingshan/register"
)

// claim is what somebody says about a figure, as the register holds it.
type claim struct {
	register.Object
}

func (c claim) said(field string) string { return c.Values[field].Text }

// after tells whether the claim stands above another about the same: the later day, then the later entry, then the id.
func (c claim) after(other claim) bool {
	switch {
	case c.From != other.From:
		return c.From > other.From
	case c.SeqFrom != other.SeqFrom:
		return c.SeqFrom > other.SeqFrom
	}
	return c.ID > other.ID
}

// hear finds the claims about exactly this place and period, as known by the entries that the reading stands on.
func (b *Board) hear(ctx context.Context, l *look, figures []catalog.Figure) error {
	l.claims = map[string]claim{}
	claims := false
	for _, f := range figures {
		claims = claims || f.Status == catalog.Claimed
	}
	if !claims || b.o.Claims == nil {
		return nil
	}
	for book, size := range l.standsOn {
		if size == 0 {
			continue
		}
		found, err := b.o.Claims.All(ctx, register.Query{Book: book, Kind: "claim", Place: l.query.Place, Day: l.query.Known(), Size: size})
		if err != nil {
			return err
		}
		for _, o := range found {
			l.weigh(claim{o}, book)
		}
	}
	return nil
}

// Known gives the day on which what is said about the place must stand: that of AsOf, else any.
func (q Query) Known() record.Day {
	if q.AsOf != 0 {
		return q.AsOf
	}
	return register.Forever.Add(-1)
}

func (l *look) weigh(c claim, book record.Book) {
	period, err := record.ParsePeriod(c.said("period"))
	if c.Book != book || c.Place != l.query.Place || err != nil || period != l.query.Period {
		return // another book's claim is heard there
	}
	if known, there := l.claims[c.said("figure")]; !there || c.after(known) {
		l.claims[c.said("figure")] = c
	}
}

// claimed shows a claim as it was said; nothing is reckoned with it.
func (l *look) claimed(f catalog.Figure, r *Reading) {
	c, said := l.claims[f.Code]
	if !said {
		return
	}
	r.Records, r.Author = 1, c.said("author")
	if unit := c.said("unit"); unit != "" {
		r.Unit = unit
	}
	if amount := c.said("amount"); amount != "" {
		r.Value = &amount
	}
}
