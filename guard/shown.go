package guard

import (
	"qingshan/catalog"
	"qingshan/record"
)

// Words is how verdicts are worded: in which language, and by whose sentences.
type Words struct {
	Chinese bool
	Say     func(code string, data map[string]string) string
}

func (w Words) pick(zh, en string) string {
	if w.Chinese {
		return zh
	}
	return en
}

func (w Words) line(l Line) string { return w.Say(l.Code, l.Data(w.Chinese)) }

// Shown is a verdict as answers and printouts give it, in one language. All numbers are decimals. Who signed an explanation is
// left out: that stands in the entry, for those who may read it.
type Shown struct {
	ShownJudgement
	Guard       string            `json:"guard"`
	Label       string            `json:"label"`
	Objects     bool              `json:"objects"`              // the figures stay out of a briefing
	ClaimedAt   record.UnitCode   `json:"claimed_at,omitempty"` // where the claim was made, if one is judged
	Author      string            `json:"author,omitempty"`
	Post        []string          `json:"post"` // whose holders may sign an explanation
	Source      string            `json:"source"`
	Otherwise   []ShownJudgement  `json:"otherwise,omitempty"` // the same claim read as one about another place
	Explanation *ShownExplanation `json:"explanation,omitempty"`
}

// ShownJudgement is a judgement as it is given.
type ShownJudgement struct {
	Place      record.UnitCode `json:"place"`
	Status     string          `json:"status"`
	Reason     string          `json:"reason,omitempty"` // why it is unknown
	Value      string          `json:"value,omitempty"`
	ValueTo    string          `json:"value_to,omitempty"` // the upper end, where the value is a range
	Unit       string          `json:"unit"`
	Min        string          `json:"min,omitempty"`
	Max        string          `json:"max,omitempty"`
	Usual      *ShownRange     `json:"usual,omitempty"`
	Times      string          `json:"times,omitempty"`       // how many times outside its bound
	TimesUsual *ShownRange     `json:"times_usual,omitempty"` // and how many times what is usual
	AtBounds   *ShownRange     `json:"at_bounds,omitempty"`   // what would be claimed or counted at the bounds
	AtUsual    *ShownRange     `json:"at_usual,omitempty"`
	Lines      []string        `json:"lines,omitempty"` // the arithmetic in words
	Figures    []ShownFigure   `json:"figures"`
}

// ShownRange is two decimals, the lower first.
type ShownRange struct {
	Low  string `json:"low"`
	High string `json:"high"`
	Unit string `json:"unit,omitempty"`
}

// ShownFigure is a figure that a judgement reads, and where.
type ShownFigure struct {
	Code    string          `json:"code"`
	Label   string          `json:"label"`
	Place   record.UnitCode `json:"place"`
	Value   *string         `json:"value"`
	Unit    string          `json:"unit"`
	Basis   string          `json:"basis"`
	Status  string          `json:"status"`
	Records int64           `json:"records"`
	Author  string          `json:"author,omitempty"`
}

// ShownExplanation is what a holder of a post signed.
type ShownExplanation struct {
	State string          `json:"state"`
	Text  string          `json:"text"`
	Value string          `json:"value"`
	Role  string          `json:"role,omitempty"`
	Day   string          `json:"day"`
	Until string          `json:"until,omitempty"`
	Place record.UnitCode `json:"place"`
	Book  record.Book     `json:"book"`
	Seq   int64           `json:"seq"`
}

// Show words a verdict.
func (v Verdict) Show(w Words) Shown {
	out := Shown{ShownJudgement: v.Judgement.show(w), Guard: v.Guard.Name, Label: w.pick(v.Guard.ZH, v.Guard.EN), Objects: v.Objects(),
		ClaimedAt: v.ClaimedAt, Author: v.Author, Post: v.Guard.Post, Source: v.Guard.Source}
	for _, j := range v.Otherwise {
		out.Otherwise = append(out.Otherwise, j.show(w))
	}
	if v.Explanation != nil {
		out.Explanation = v.Explanation.show()
	}
	return out
}

func (e Explanation) show() *ShownExplanation {
	out := &ShownExplanation{State: string(e.State), Text: e.Text, Value: e.Value, Role: e.Role, Day: e.Day.String(), Place: e.Place, Book: e.Book, Seq: e.Seq}
	if e.Until != 0 {
		out.Until = e.Until.String()
	}
	return out
}

func (j Judgement) show(w Words) ShownJudgement {
	out := ShownJudgement{Place: j.Place, Status: string(j.Status), Value: j.Value, Unit: j.Unit, Min: j.Min, Max: j.Max, Usual: showRange(j.Usual),
		Times: j.Times, TimesUsual: showRange(j.TimesUsual), AtBounds: showRange(j.AtBounds), AtUsual: showRange(j.AtUsual), Figures: []ShownFigure{}}
	if j.ValueTo != j.Value {
		out.ValueTo = j.ValueTo
	}
	if j.Reason != nil {
		out.Reason = w.line(*j.Reason)
	}
	for _, l := range j.Lines {
		out.Lines = append(out.Lines, w.line(l))
	}
	for _, f := range j.Figures {
		out.Figures = append(out.Figures, ShownFigure{Code: f.Figure.Code, Label: w.pick(f.Figure.ZH, f.Figure.EN), Place: f.Place, Value: f.Value,
			Unit: f.Unit, Basis: f.Basis, Status: string(f.Status), Records: f.Records, Author: f.Author})
	}
	return out
}

func showRange(r *catalog.Range) *ShownRange {
	if r == nil {
		return nil
	}
	return &ShownRange{Low: r.Low, High: r.High, Unit: r.Unit}
}
