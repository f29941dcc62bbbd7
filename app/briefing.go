package app

import (
	"context"

	"qingshan/access"
	"qingshan/indicator"
	"qingshan/lang"
	"qingshan/record"
	"qingshan/report"
	"qingshan/report/briefing"
)

// BriefingAsked says which briefing is wanted, and what no record says of it.
type BriefingAsked struct {
	Asked
	briefing.Options
	Form string // briefing.FormMarkdown or briefing.FormHTML
}

// Briefing writes a briefing once everything that is in the books is counted. It is refused while a guard objects.
func (a *App) Briefing(ctx context.Context, asked BriefingAsked) ([]byte, error) {
	_, text, err := a.compose(ctx, &asked)
	return text, err
}

func (a *App) compose(ctx context.Context, asked *BriefingAsked) (d report.Document, text []byte, err error) {
	if err := briefing.CheckForm(asked.Form); err != nil {
		return d, nil, err
	}
	q, _, err := a.question(ctx, asked.Asked)
	if err != nil {
		return d, nil, err
	}
	if d, err = a.reader().Document(ctx, q); err != nil {
		return d, nil, err
	}
	if err := d.Refusal(); err != nil {
		return d, nil, err
	}
	if asked.Sentences, err = lang.Load(); err != nil {
		return d, nil, err
	}
	text, err = briefing.Write(asked.Form, d, asked.Options)
	return d, text, err
}

// IssueBriefing writes a briefing and has it issued in the name of a person of the place's book, by default of the county's
// operator. It gives the code by which the document is found for ever.
func (a *App) IssueBriefing(ctx context.Context, asked BriefingAsked, person string) (text []byte, code string, err error) {
	d, text, err := a.compose(ctx, &asked)
	if err != nil {
		return nil, "", err
	}
	who, err := a.signer(ctx, d.Query.Place, record.PersonRef(person))
	if err != nil {
		return nil, "", err
	}
	issued, _, err := a.gazette.Issue(ctx, who, briefing.Draft(d, asked.Options, asked.Form, text))
	return text, issued.Code.String(), err
}

// signer is somebody at the machine who signs for a place.
func (a *App) signer(ctx context.Context, place record.UnitCode, person record.PersonRef) (access.Actor, error) {
	who := access.Actor{Person: person, Rights: []access.Right{access.PublishFigures}}
	if person == "" {
		path := place.Path()
		who.Person, who.Book = Operator, record.Book(path[len(path)-1])
		return who, a.registerOperator(ctx, who.Book)
	}
	var err error
	who.Book, err = indicator.BookOf(ctx, a.ledger, place)
	return who, err
}
