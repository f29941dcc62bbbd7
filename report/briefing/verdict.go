package briefing

import (
	"fmt"
	"slices"
	"strings"

	"qingshan/catalog"
	"qingshan/guard"
	"qingshan/record"
	"qingshan/report"
)

// words is how a verdict is worded in the paper's language.
func (w *writer) words() guard.Words {
	return guard.Words{Chinese: w.o.Language == chinese, Say: func(code string, data map[string]string) string {
		return clean(w.o.Sentences.Say(w.o.Language, code, data))
	}}
}

// checked gives for a note what the guards say of a figure where it was read.
func (w *writer) checked(line report.Line) []string {
	var out []string
	for _, v := range line.Verdicts {
		if !v.Claimed() && (v.Status != guard.Outside) {
			out = append(out, w.arithmetic(v))
		}
	}
	return out
}

// arithmetic writes a verdict in one line.
func (w *writer) arithmetic(v guard.Verdict) string {
	shown := v.Show(w.words())
	lines := shown.Lines
	if shown.Reason != "" {
		lines = append(slices.Clone(lines), shown.Reason)
	}
	return w.say("briefing.checked", "guard", clean(shown.Label), "status", shown.Status, "lines", strings.Join(lines, w.in("；", "; ")))
}

// explained words what lies outside of what is plausible and may be printed all the same: the arithmetic, and what a holder
// of the right post signed.
func (w *writer) explained(lines []report.Line) string {
	var text strings.Builder
	for _, l := range lines {
		for _, v := range l.Verdicts {
			switch {
			case v.Status == guard.Outside:
				text.WriteString(w.end(w.arithmetic(v)))
				text.WriteString(w.end(w.signed(v)))
			case v.Claimed():
				text.WriteString(w.end(w.arithmetic(v)))
			}
		}
	}
	return text.String()
}

// signed words an explanation by the post, never by the name.
func (w *writer) signed(v guard.Verdict) string {
	e := v.Explanation
	if e == nil {
		return w.say("briefing.unsigned", "missing", w.say("briefing.missing"))
	}
	return w.say("briefing.signed", "post", w.role(e.Role), "day", w.date(e.Day), "entry", fmt.Sprintf("%s/%d", e.Book, e.Seq), "text", strings.TrimRight(clean(e.Text), "。."))
}

// role gives the label of a post.
func (w *writer) role(word string) string {
	posts, _ := w.d.Catalog.Register("post")
	field, _ := posts.Kind.Field("role")
	for _, c := range field.Choices {
		if c.Word == word {
			return w.in(c.ZH, c.EN)
		}
	}
	return word
}

// saidBelow words the claims that were made about a place inside, and are judged with those about the place itself; it gives
// their figures.
func (w *writer) saidBelow(lines []report.Line) (text string, figures map[string]bool) {
	var out strings.Builder
	figures = map[string]bool{}
	for _, v := range w.d.Verdicts {
		for _, f := range v.Figures {
			mine := slices.ContainsFunc(lines, func(l report.Line) bool { return l.Figure.Code == f.Figure.Code })
			if !mine || f.Status != catalog.Claimed || f.Records == 0 || f.Place == w.d.Query.Place || figures[f.Figure.Code] {
				continue
			}
			figures[f.Figure.Code] = true
			out.WriteString(w.end(w.claim(f.Reading) + w.noteAt(report.Line{Reading: f.Reading}, f.Place)))
		}
	}
	return out.String(), figures
}

// against says how a figure stands to its plan.
func (w *writer) againstPlan(l report.Line) string {
	if l.Target == nil || l.Figure.Ratio != nil {
		return ""
	}
	reached := l.Target.Reached(l.Amount)
	if reached == nil {
		return ""
	}
	code := "briefing.planned"
	if reached.Num().Cmp(reached.Denom()) >= 0 {
		code = "briefing.reached"
	}
	return w.say(code, "target", clean(l.Target.Amount), "unit", w.unit(l.Target.Unit), "percent", percent(reached))
}

// planNote says where a plan comes from.
func (w *writer) planNote(l report.Line) []string {
	if l.Target == nil {
		return nil
	}
	var entries []string
	for _, e := range l.Target.Entries {
		entries = append(entries, fmt.Sprintf("%s/%d", e.Book, e.Seq))
	}
	return []string{w.say("briefing.plan_note", "target", clean(l.Target.Amount), "unit", w.unit(l.Target.Unit), "source", clean(w.list(l.Target.Sources)),
		"entry", w.list(entries))}
}

// noteAt files where a figure of another place comes from.
func (w *writer) noteAt(line report.Line, place record.UnitCode) string {
	q := w.d.Query
	w.d.Query.Place = place
	ref := w.note(line)
	w.d.Query = q
	return ref
}
