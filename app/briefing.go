package app

import (
	"context"
	"fmt"
	"strings"

	"qingshan/fault"
	"qingshan/guard"
	"qingshan/lang"
	"qingshan/report/briefing"
)

// The forms that a briefing is written in.
const (
	FormMarkdown = "md"
	FormHTML     = "html"
)

// BriefingAsked says which briefing is wanted. Number and Unit are what no record says; empty, they are left to be supplied.
type BriefingAsked struct {
	Asked
	Form     string // FormMarkdown or FormHTML
	Language string // lang.Chinese if ""
	Number   string
	Unit     string
	Base     string // the address at which the installation serves, for the links of the notes
}

// Briefing writes a briefing once everything that is in the books is counted.
func (a *App) Briefing(ctx context.Context, asked BriefingAsked) ([]byte, error) {
	if asked.Form != FormMarkdown && asked.Form != FormHTML {
		return nil, fault.New(fault.Invalid, "briefing.form", nil)
	}
	q, _, err := a.question(ctx, asked.Asked)
	if err != nil {
		return nil, err
	}
	document, err := a.reader().Document(ctx, q)
	if err != nil {
		return nil, err
	}
	if err := refuseObjections(document.Objections()); err != nil {
		return nil, err
	}
	sentences, err := lang.Load()
	if err != nil {
		return nil, err
	}
	if asked.Language == "" {
		asked.Language = lang.Chinese
	}
	paper := briefing.Compose(document, briefing.Options{Language: asked.Language, Number: asked.Number, Unit: asked.Unit, Base: asked.Base, Sentences: sentences})
	if asked.Form == FormHTML {
		return briefing.HTML(paper)
	}
	return briefing.Markdown(paper), nil
}

// refuseObjections keeps out of a briefing what a guard objects to, and names every guard with the place and the value that
// somebody would have to explain.
func refuseObjections(objections []guard.Verdict) error {
	if len(objections) == 0 {
		return nil
	}
	var list []string
	for _, v := range objections {
		value := v.Value
		if v.ValueTo != v.Value {
			value += ".." + v.ValueTo
		}
		list = append(list, fmt.Sprintf("%s %s %s %s", v.Guard.Name, v.Place, value, v.Unit))
	}
	return fault.New(fault.Conflict, "briefing.objection", fault.Data{"n": fmt.Sprint(len(list)), "list": strings.Join(list, "; ")})
}
