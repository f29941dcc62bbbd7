package main

import (
	"context"
	"fmt"

	"qingshan/app"
	"qingshan/internal/table"
	"qingshan/lang"
)

// scope is the part of the command line that says which place and which days.
type scope struct {
	Place  string `help:"Code of the place: 6 digits county, 9 town, 12 village, and - and two digits after it for a grid. 地区代码" required:"" placeholder:"CODE"`
	Period string `help:"2025, 2025-06, 2025-12-06 or 2023..2025. 期间" required:"" placeholder:"P"`
	AsOf   string `help:"Count only what happened up to this day. 截至日期" placeholder:"DAY"`
}

func (s scope) asked(codes ...string) app.Asked {
	return app.Asked{Place: s.Place, Period: s.Period, AsOf: s.AsOf, Codes: codes}
}

type figuresCmd struct {
	scope
	Codes   []string `arg:"" optional:"" help:"Figures to show; all by default. 指标代码" name:"code"`
	Compare bool     `help:"Beside each figure its plan and the same days of last year. 附计划和上年同期"`
	JSON    bool     `help:"Print a JSON array." name:"json"`
}

// Run reads the figures and prints them as a table or as JSON.
func (f figuresCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.look(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	asked := f.asked(f.Codes...)
	asked.Compare = f.Compare
	figures, err := a.Figures(ctx, asked)
	if err != nil {
		return err
	}
	if f.JSON {
		return printJSON(c, figures)
	}
	sentences, err := lang.Load()
	if err != nil {
		return err
	}
	t := table.Table{Right: []int{2, 6}}
	for _, l := range figures {
		label := l.LabelEN
		if g.language() == lang.Chinese {
			label = l.LabelZH
		}
		cells := []string{l.Code, label, valueOf(l.Value), l.Unit, l.Basis, l.Status, fmt.Sprint(l.Records)}
		if f.Compare {
			cells = append(cells, beside(l, func(code string) string { return sentences.Say(g.language(), code, nil) })...)
		}
		t.Row(cells...)
	}
	return t.Write(c.out)
}

// beside gives the cells of what a figure is held against.
func beside(f app.Figure, say func(code string) string) []string {
	plan, before := "—", "—"
	if f.Target != nil {
		plan = f.Target.Amount + " " + f.Target.Unit
	}
	if f.LastYear != nil {
		before = valueOf(f.LastYear.Value) + " " + f.LastYear.Unit
	}
	return []string{say("portal.target") + " " + plan, say("portal.last_year") + " " + before}
}

type explainCmd struct {
	Code string `arg:"" help:"The figure. 指标代码"`
	scope
	JSON bool `help:"Print JSON." name:"json"`
}

// Run lists the records behind a figure by village and day, and says how the figure follows from them.
func (e explainCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.look(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	explanation, err := a.Explain(ctx, e.asked(e.Code))
	if err != nil {
		return err
	}
	if e.JSON {
		return printJSON(c, explanation)
	}
	return printExplanation(c, g.language(), explanation)
}

// printExplanation prints the records village by village, and last the figure and how it follows from them.
func printExplanation(c console, language string, x app.Explanation) error {
	sentences, err := lang.Load()
	if err != nil {
		return err
	}
	t, at := table.Table{Right: []int{2}}, 0
	for _, v := range x.Villages {
		t.Row(v.Place, v.PlaceName, v.Amount, v.Unit, "", fmt.Sprint(v.Records))
		for range v.Records {
			r := x.Records[at]
			t.Row("", r.Day, r.Amount, r.Unit, r.Kind, fmt.Sprintf("%s/%d", r.Book, r.Seq), r.ID)
			at++
		}
	}
	for _, part := range x.Parts {
		t.Row("·", part.Code, valueOf(part.Value), part.Unit, part.Basis, fmt.Sprint(part.Records))
	}
	t.Row("=", x.Code, valueOf(x.Value), x.Unit, x.Basis, fmt.Sprint(len(x.Records)))
	if err := t.Write(c.out); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, sentences.Say(language, "explain."+x.How, map[string]string{
		"records": fmt.Sprint(len(x.Records)), "subjects": fmt.Sprint(x.Subjects)}))
	return err
}

func valueOf(value *string) string {
	if value == nil || *value == "" {
		return "—"
	}
	return *value
}
