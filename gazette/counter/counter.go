// Package counter is where somebody at the machine itself publishes, revises and looks up what was published, once everything
// is counted. It prints nothing; the sentences are the command line's.
package counter

import (
	"context"
	"fmt"

	"qingshan/access"
	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/gazette"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/publication"
	"qingshan/record"
)

// Options is what the counter works with; all of it is needed.
type Options struct {
	Gazette *gazette.Gazette
	CatchUp func(context.Context) error // has the followers pass everything that is in the books
}

// Counter is the place.
type Counter struct{ Options }

// New makes the counter.
func New(o Options) *Counter { return &Counter{o} }

// Published is a published figure among those of its chain.
type Published = gazette.Shown

// Signed is what became of one figure that was to be published: it is published, or Refused says why not.
type Signed struct {
	Figure  string
	Refused error
	Published
}

// Publish freezes figures one after the other in somebody's name; without codes, everything that is counted and has a number.
// What is refused keeps nothing else from being published. The same again gives the same publications.
func (c *Counter) Publish(ctx context.Context, who access.Actor, q indicator.Query, document string) ([]Signed, error) {
	if err := c.CatchUp(ctx); err != nil {
		return nil, err
	}
	readings, err := c.Gazette.Board.Read(ctx, c.Gazette.Current(), q)
	if err != nil {
		return nil, err
	}
	var out []Signed
	for _, r := range readings {
		if len(q.Codes) == 0 && (r.Value == nil || r.Status != catalog.Counted) {
			continue
		}
		question := publication.Question{Figure: r.Figure.Code, Place: q.Place, Period: q.Period, AsOf: q.AsOf}
		if err := c.CatchUp(ctx); err != nil { // the last publication is an entry, too
			return out, err
		}
		shown, _, err := c.Gazette.Publish(ctx, who, question, gazette.Ask{External: "console " + question.String(), Document: document})
		if err != nil && fault.Of(err).Kind != fault.Conflict {
			return out, err
		}
		out = append(out, Signed{Figure: r.Figure.Code, Refused: err, Published: shown})
	}
	return out, nil
}

// Revise signs what a published figure is counted to be now, in somebody's name and for a reason.
func (c *Counter) Revise(ctx context.Context, who access.Actor, code, reason string) (Published, error) {
	old, err := c.parse(ctx, code)
	if err != nil {
		return Published{}, err
	}
	ask := gazette.Ask{External: "console " + digest.Of([]byte(code), []byte(reason)).String(), Reason: reason}
	shown, _, err := c.Gazette.Revise(ctx, who, old, ask)
	return shown, err
}

// parse reads a code, once everything is counted.
func (c *Counter) parse(ctx context.Context, text string) (publication.Code, error) {
	code, err := publication.ParseCode(text)
	if err == nil {
		err = c.CatchUp(ctx)
	}
	return code, err
}

// List lists the figures that were published, book by book, the newest first; an empty place or period means all.
func (c *Counter) List(ctx context.Context, place, period string) ([]Published, error) {
	filter, err := publishedAt(place, period)
	if err != nil {
		return nil, err
	}
	if err := c.CatchUp(ctx); err != nil {
		return nil, err
	}
	var all []Published
	for {
		page, err := c.Gazette.Published(ctx, filter)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			all = append(all, *item.Figure)
		}
		if page.Next.Zero() {
			return all, nil
		}
		filter.After = page.Next
	}
}

func publishedAt(place, period string) (f publication.Filter, err error) {
	f.Sort = publication.Figure
	if place != "" {
		if f.Place, err = record.ParseUnitCode(place); err != nil {
			return f, fault.New(fault.Invalid, "query.place", nil)
		}
	}
	if period != "" {
		if f.Period, err = record.ParsePeriod(period); err != nil {
			return f, fault.New(fault.Invalid, "query.period", nil)
		}
	}
	return f, nil
}

// Since is a published figure and what came since; Live is "" where there is no number now.
type Since struct {
	Published
	Live      string
	Redefined bool
	Changes   []SinceChange
}

// SinceChange is one record that made a difference; amounts are "" where it does not count.
type SinceChange struct {
	Day, Entry, Kind, Before, After, Unit string
}

// Pending tells what came since a figure was published.
func (c *Counter) Pending(ctx context.Context, code string) (Since, error) {
	of, err := c.parse(ctx, code)
	if err != nil {
		return Since{}, err
	}
	since, err := c.Gazette.Pending(ctx, of)
	if err != nil {
		return Since{}, err
	}
	out := Since{Published: since.Shown, Redefined: since.Redefined}
	if since.Live.Value != nil {
		out.Live = *since.Live.Value
	}
	words := c.Gazette.Catalogs(since.Catalog)
	for _, one := range since.Changes {
		change := SinceChange{Day: one.Day.String(), Entry: fmt.Sprintf("%s/%d", one.Book, one.Seq), Kind: string(one.Kind)}
		if unit, counts := indicator.UnitOf(words, since.Figure, one.Measure); counts {
			change.Unit = unit.Word
			for amount, into := range map[*int64]*string{one.Before: &change.Before, one.After: &change.After} {
				if amount != nil {
					*into = unit.Format(*amount)
				}
			}
		}
		out.Changes = append(out.Changes, change)
	}
	return out, nil
}

// Check reckons a published figure again from the facts of its time, and refuses one that they do not give.
func (c *Counter) Check(ctx context.Context, code string) error {
	of, err := c.parse(ctx, code)
	if err != nil {
		return err
	}
	proof, err := c.Gazette.Prove(ctx, of)
	if err == nil && !proof.Holds() {
		err = fault.New(fault.Conflict, "publication.differs", fault.Data{"code": code, "value": proof.Publication.Value, "facts": proof.Value,
			"records": fmt.Sprint(proof.Records)})
	}
	return err
}
