package gazette

import (
	"context"
	"fmt"

	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/publication"
	"qingshan/record"
)

// Shown is a publication among those of its chain. Chain is never empty and in order of the numbers.
type Shown struct {
	publication.Publication
	Chain []publication.Publication
}

// SupersededBy gives the code of the one that revises this one; zero if none does.
func (s Shown) SupersededBy() publication.Code {
	if s.Number < int64(len(s.Chain)) {
		return s.Chain[s.Number].Code
	}
	return publication.Code{}
}

// inChain finds a publication in its chain.
func inChain(chain []publication.Publication, code publication.Code) Shown {
	for _, p := range chain {
		if p.Code == code {
			return Shown{Publication: p, Chain: chain}
		}
	}
	return Shown{}
}

// Found is what a code names: a figure or a document.
type Found struct {
	Figure   *Shown
	Document *publication.Document
}

// Resolve finds what a code names, straight from the ledger: nothing that can be dropped or rebuilt is asked.
func (g *Gazette) Resolve(ctx context.Context, code publication.Code) (Found, error) {
	e, err := g.entry(ctx, code)
	if err != nil {
		return Found{}, err
	}
	if e.Record.Kind == catalog.KindDocumentPublished {
		d, err := publication.DocumentFrom(e)
		return Found{Document: &d}, err
	}
	p, err := publication.FromEntry(e)
	if err != nil {
		return Found{}, err
	}
	chain, err := g.chain(ctx, code.Book, p.Question)
	shown := inChain(chain, code)
	return Found{Figure: &shown}, err
}

// figure finds a published figure and its chain.
func (g *Gazette) figure(ctx context.Context, code publication.Code) (publication.Publication, []publication.Publication, error) {
	found, err := g.Resolve(ctx, code)
	if err == nil && found.Figure == nil {
		err = fault.New(fault.NotFound, "publication.no_figure", fault.Data{"code": code.String()})
	}
	if err != nil {
		return publication.Publication{}, nil, err
	}
	return found.Figure.Publication, found.Figure.Chain, nil
}

// entry reads the entry of a code, and refuses one that publishes nothing.
func (g *Gazette) entry(ctx context.Context, code publication.Code) (record.Entry, error) {
	unknown := fault.New(fault.NotFound, "publication.unknown", fault.Data{"code": code.String()})
	e, err := g.Ledger.Entry(ctx, code.Book, code.Seq)
	switch {
	case fault.Is(err, fault.NotFound):
		return e, unknown
	case err != nil:
		return e, err
	case e.Record.Kind != catalog.KindFigurePublished && e.Record.Kind != catalog.KindDocumentPublished:
		return e, unknown
	}
	return e, nil
}

// chain reads all publications of a question: their ids follow from it.
func (g *Gazette) chain(ctx context.Context, book record.Book, question publication.Question) ([]publication.Publication, error) {
	var chain []publication.Publication
	for number := int64(1); ; number++ {
		e, err := g.Ledger.ByID(ctx, book, question.Numbered(number))
		if fault.Is(err, fault.NotFound) {
			return chain, nil
		}
		if err != nil {
			return nil, err
		}
		p, err := publication.FromEntry(e)
		if err != nil {
			return nil, err
		}
		chain = append(chain, p)
	}
}

// Listing is a page of what was published. Next continues it; it is zero on the last page.
type Listing struct {
	Items []Found
	Next  publication.Code
}

// Published lists what was published, book by book, the newest first.
func (g *Gazette) Published(ctx context.Context, filter publication.Filter) (Listing, error) {
	limit := filter.Limit
	if limit <= 0 {
		limit = 100
	}
	filter.Limit = limit + 1
	rows, err := g.List.List(ctx, filter)
	if err != nil {
		return Listing{}, err
	}
	var page Listing
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].Code
	}
	for _, row := range rows {
		found, err := g.Resolve(ctx, row.Code)
		if err != nil {
			return Listing{}, fmt.Errorf("list %s: %w", row.Code, err)
		}
		page.Items = append(page.Items, found)
	}
	return page, nil
}
