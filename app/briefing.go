package app

import (
	"context"

	"qingshan/lang"
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
	if err := briefing.CheckForm(asked.Form); err != nil {
		return nil, err
	}
	q, _, err := a.question(ctx, asked.Asked)
	if err != nil {
		return nil, err
	}
	document, err := a.reader().Document(ctx, q)
	if err != nil {
		return nil, err
	}
	if err := document.Refusal(); err != nil {
		return nil, err
	}
	if asked.Sentences, err = lang.Load(); err != nil {
		return nil, err
	}
	return briefing.Write(asked.Form, document, asked.Options)
}
