package gazette

// Rules of signing:
//
//  1. What is signed was counted whole: every entry that the concerned books held when the signer asked is in it, or the
//     publication is refused for now. The entry that publishes makes its own book longer; it is not in what it stands on.
//  2. Its id follows from the question and the number in the chain, so a second one under the same number cannot be stored.
//     Who sends the same again is given what was stored; anybody else is told what is there.
//  3. What a guard objects to is published with its signed explanation or not at all. A claim, which nothing counts, has besides
//     to be vouched for: at least one guard could judge it, and it lies within that guard's bounds or is explained.

import (
	"context"
	"fmt"
	"strings"

	"qingshan/access"
	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/publication"
	"qingshan/record"
)

// Ask is what somebody wants to sign. External is the word by which the sender knows it, for sending it again.
type Ask struct {
	External string
	Document string // in which it will stand, if known
	Reason   string // of a revision, which needs one
}

func (a Ask) check(revision bool) error {
	if err := sayable(a.External, maxExternal, true, "publication.bad_external"); err != nil {
		return err
	}
	if err := sayable(a.Document, maxDocument, false, "publication.bad_document"); err != nil {
		return err
	}
	if revision && strings.TrimSpace(a.Reason) == "" {
		return fault.New(fault.Invalid, "publication.no_reason", nil)
	}
	return sayable(a.Reason, maxReason, false, "publication.bad_reason")
}

// sentBefore tells whether a publication is what is asked for, stored already.
func (a Ask) sentBefore(p publication.Publication, who access.Actor) bool {
	return p.External == a.External && p.By == who.Person
}

// Publish freezes a figure as it is counted now. The same ask again gives the same publication; fresh tells the first time.
func (g *Gazette) Publish(ctx context.Context, who access.Actor, question publication.Question, ask Ask) (shown Shown, fresh bool, err error) {
	if err := ask.check(false); err != nil {
		return Shown{}, false, err
	}
	book, err := indicator.BookOf(ctx, g.Ledger, question.Place)
	if err != nil {
		return Shown{}, false, err
	}
	if err := g.signer(ctx, who, book); err != nil {
		return Shown{}, false, err
	}
	chain, err := g.chain(ctx, book, question)
	if err != nil {
		return Shown{}, false, err
	}
	if len(chain) == 0 {
		p, err := g.compose(ctx, book, question, ask)
		if err != nil {
			return Shown{}, false, err
		}
		p.Number = 1
		if fresh, err = g.sign(ctx, who, book, p); err != nil {
			return Shown{}, false, err
		}
		if chain, err = g.chain(ctx, book, question); err != nil {
			return Shown{}, false, err
		}
	}
	if first := chain[0]; !fresh && !ask.sentBefore(first, who) {
		return Shown{}, false, present(fault.Conflict, "publication.exists", chain)
	}
	return inChain(chain, chain[0].Code), fresh, nil
}

// Revise signs what the figure is counted to be now, in the place of the publication of a code, which stays.
func (g *Gazette) Revise(ctx context.Context, who access.Actor, code publication.Code, ask Ask) (shown Shown, fresh bool, err error) {
	if err := ask.check(true); err != nil {
		return Shown{}, false, err
	}
	old, chain, err := g.figure(ctx, code)
	if err != nil {
		return Shown{}, false, err
	}
	if err := g.signer(ctx, who, code.Book); err != nil {
		return Shown{}, false, err
	}
	number := old.Number + 1
	if int64(len(chain)) < number {
		p, err := g.compose(ctx, code.Book, old.Question, ask)
		if err != nil {
			return Shown{}, false, err
		}
		p.Number, p.Revises = number, code
		if fresh, err = g.sign(ctx, who, code.Book, p); err != nil {
			return Shown{}, false, err
		}
		if chain, err = g.chain(ctx, code.Book, old.Question); err != nil {
			return Shown{}, false, err
		}
	}
	next := chain[number-1]
	if !fresh && !ask.sentBefore(next, who) {
		return Shown{}, false, present(fault.Conflict, "publication.superseded", chain)
	}
	return inChain(chain, next.Code), fresh, nil
}

// present tells what is there instead of what was asked for: the last of the chain.
func present(kind fault.Kind, code string, chain []publication.Publication) error {
	last := chain[len(chain)-1]
	return fault.New(kind, code, fault.Data{"code": last.Code.String(), "number": fmt.Sprint(last.Number), "value": last.Value, "unit": last.Unit})
}

// sign stores a publication under the id of its number. It is not fresh if one is there already.
func (g *Gazette) sign(ctx context.Context, who access.Actor, book record.Book, p publication.Publication) (fresh bool, err error) {
	_, fresh, err = g.say(ctx, who, record.Record{ID: p.Numbered(p.Number), Book: book, Kind: catalog.KindFigurePublished, Values: p.Values(),
		About: []record.Ref{{Kind: "unit", ID: string(p.Place)}}})
	return fresh, err
}

// compose reads the figure and puts down everything that it stands on.
func (g *Gazette) compose(ctx context.Context, book record.Book, question publication.Question, ask Ask) (publication.Publication, error) {
	today, q := g.today(), queryOf(question)
	if question.AsOf > today || question.Period.From > today {
		return publication.Publication{}, fault.New(fault.Invalid, "publication.future", nil)
	}
	words := g.Current()
	sizes, err := indicator.Sizes(ctx, g.Ledger, question.Place)
	if err != nil {
		return publication.Publication{}, err
	}
	readings, err := g.Board.Read(ctx, words, q)
	if err != nil {
		return publication.Publication{}, err
	}
	r := readings[0]
	if err := whole(r, sizes); err != nil {
		return publication.Publication{}, err
	}
	if _, err := indicator.Behind(ctx, g.Ledger, question.Place, r.StandsOn); err != nil {
		return publication.Publication{}, err // the views may have counted more than there is
	}
	if _, err := indicator.PlaceName(ctx, g.Register, g.Ledger, q, today); err != nil {
		return publication.Publication{}, err
	}
	explanation, err := g.judge(ctx, words, q, r)
	if err != nil {
		return publication.Publication{}, err
	}
	definition, _ := words.Definition(question.Figure)
	p := publication.Publication{Question: question, External: ask.External, Document: ask.Document, Reason: ask.Reason, Unit: r.Unit,
		Basis: r.Basis, Status: r.Status, Author: r.Author, Definition: definition, Catalog: words.Hash(), StandsOn: r.StandsOn,
		Records: r.Records, Explanation: explanation, TreeDay: min(q.Period.Clip(q.AsOf).To, today)}
	if r.Value != nil {
		p.Value = *r.Value
	}
	return p, nil
}

func queryOf(q publication.Question) indicator.Query {
	return indicator.Query{Codes: []string{q.Figure}, Place: q.Place, Period: q.Period, AsOf: q.AsOf}
}

// whole refuses a reading in which an entry is missing that was there when it was asked for.
func whole(r indicator.Reading, sizes map[record.Book]int64) error {
	for book, size := range sizes {
		if behind := size - r.StandsOn[book]; behind > 0 {
			return fault.New(fault.Unavailable, "publication.behind", fault.Data{"book": string(book), "behind": fmt.Sprint(behind)})
		}
	}
	return nil
}

// judge refuses what has no number, and what needs an explanation and has none. It gives the entries that explain, each as
// "book/seq".
func (g *Gazette) judge(ctx context.Context, words *catalog.Catalog, q indicator.Query, r indicator.Reading) (string, error) {
	verdicts, err := g.Court.Verdicts(ctx, words, q)
	if err != nil {
		return "", fmt.Errorf("ask the guards about %s: %w", r.Figure.Code, err)
	}
	var objections, explained []string
	vouched := false
	for _, v := range verdicts {
		vouched = vouched || v.ClaimedAt == q.Place && v.Status == guard.Within
		switch {
		case v.Objects():
			objections = append(objections, v.Guard.Name)
		case v.Explanation != nil && v.Explanation.State == guard.Valid:
			explained = append(explained, fmt.Sprintf("%s/%d", v.Explanation.Book, v.Explanation.Seq))
		}
	}
	code := fault.Data{"code": r.Figure.Code}
	switch {
	case len(objections) > 0:
		return "", fault.New(fault.Conflict, "publication.objection", fault.Data{"code": r.Figure.Code, "guards": strings.Join(objections, ", ")})
	case r.Status != catalog.Counted && !vouched && len(explained) == 0:
		return "", fault.New(fault.Conflict, "publication.unexplained", code)
	case r.Status == catalog.Counted && r.Value == nil:
		return "", fault.New(fault.Conflict, "publication.no_value", code)
	}
	return strings.Join(explained, " "), nil
}
