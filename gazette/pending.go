package gazette

import (
	"context"
	"fmt"

	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/publication"
	"qingshan/record"
)

// Since is a published figure beside what is counted now, and everything that makes the difference. Both are counted by the
// words of the publication; Redefined tells whether the figure means something else today.
type Since struct {
	Shown
	Live      indicator.Reading
	Behind    int64 // entries that are not counted yet
	Redefined bool
	Changes   []Change
}

// Change is one thing that is pending, with the kind of the entry by which it changed.
type Change struct {
	indicator.Pending
	Kind record.Kind
}

// Pending tells what came since a figure was published.
func (g *Gazette) Pending(ctx context.Context, code publication.Code) (Since, error) {
	found, err := g.Resolve(ctx, code)
	if err == nil && found.Figure == nil {
		err = fault.New(fault.NotFound, "publication.no_figure", fault.Data{"code": code.String()})
	}
	if err != nil {
		return Since{}, err
	}
	out := Since{Shown: *found.Figure}
	p := out.Publication
	words, err := g.wordsOf(p)
	if err != nil {
		return out, err
	}
	q := queryOf(p.Question)
	readings, err := g.Board.Read(ctx, words, q)
	if err != nil {
		return out, err
	}
	out.Live = readings[0]
	if out.Behind, err = indicator.Behind(ctx, g.Ledger, p.Place, out.Live.StandsOn); err != nil {
		return out, err
	}
	today, known := g.Current().Definition(p.Figure)
	out.Redefined = !known || today != p.Definition
	changes, err := g.Board.Since(ctx, words, p.Figure, q, p.StandsOn)
	if err != nil {
		return out, err
	}
	out.Changes, err = g.named(ctx, changes)
	return out, err
}

// wordsOf finds the catalog that a publication was counted by.
func (g *Gazette) wordsOf(p publication.Publication) (*catalog.Catalog, error) {
	words := g.Catalogs(p.Catalog)
	if words == nil {
		return nil, fmt.Errorf("publication %s names the catalog %s, which is not kept", p.Code, p.Catalog)
	}
	return words, nil
}

// named looks up as what the changes were recorded.
func (g *Gazette) named(ctx context.Context, changes []indicator.Pending) ([]Change, error) {
	seqs := map[record.Book][]int64{}
	for _, c := range changes {
		seqs[c.Book] = append(seqs[c.Book], c.Seq)
	}
	kinds := map[record.Book]map[int64]record.Kind{}
	for book, wanted := range seqs {
		entries, err := g.Ledger.Several(ctx, book, wanted)
		if err != nil {
			return nil, err
		}
		kinds[book] = map[int64]record.Kind{}
		for _, e := range entries {
			kinds[book][e.Seq] = e.Record.Kind
		}
	}
	out := make([]Change, len(changes))
	for i, c := range changes {
		out[i] = Change{c, kinds[c.Book][c.Seq]}
	}
	return out, nil
}

// Proof is a publication reckoned again from the facts of its time.
type Proof struct {
	Shown
	Value      string
	Records    int64
	Definition bool // the catalog that it names defines the figure as the publication says
}

// Holds tells whether the publication says what its facts give.
func (p Proof) Holds() bool {
	return p.Definition && p.Value == p.Publication.Value && p.Records == p.Publication.Records
}

// Prove reckons a publication again from the facts that stood when it was signed, past ones among them, and not from any sum
// that was kept. It reads every fact behind the figure.
func (g *Gazette) Prove(ctx context.Context, code publication.Code) (Proof, error) {
	p, chain, err := g.figure(ctx, code)
	if err != nil {
		return Proof{}, err
	}
	out := Proof{Shown: inChain(chain, code)}
	words, err := g.wordsOf(p)
	if err != nil {
		return out, err
	}
	counted, err := g.Board.StandsOn(ctx, p.Place)
	if err != nil {
		return out, err
	}
	for book, size := range p.StandsOn {
		if counted[book] < size {
			return out, fault.New(fault.Unavailable, "followers.behind", fault.Data{"book": string(book)})
		}
	}
	readings, err := g.Board.ReadAt(ctx, words, queryOf(p.Question), p.StandsOn)
	if err != nil {
		return out, err
	}
	if value := readings[0].Value; value != nil {
		out.Value = *value
	}
	definition, _ := words.Definition(p.Figure)
	out.Records, out.Definition = readings[0].Records, definition == p.Definition
	return out, nil
}
