package app

import (
	"context"

	"qingshan/lang"
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

// IssueBriefing writes a briefing and has it issued in a keeper's name. It gives the code by which the document is found for
// ever.
func (a *App) IssueBriefing(ctx context.Context, asked BriefingAsked, by Keeper) (text []byte, code string, err error) {
	d, text, err := a.compose(ctx, &asked)
	if err != nil {
		return nil, "", err
	}
	who, err := a.Quarantine().Present(ctx, by)
	if err != nil {
		return nil, "", err
	}
	issued, _, err := a.gazette.Issue(ctx, who, briefing.Draft(d, asked.Options, asked.Form, text))
	return text, issued.Code.String(), err
}
