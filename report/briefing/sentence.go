package briefing

import (
	"fmt"
	"math/big"
	"strings"

	"qingshan/catalog"
	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/record"
	"qingshan/report"
)

// paragraphs words a part: how things stand, what was done, what nobody recorded, what somebody claims.
func (w *writer) paragraphs(s report.Section) []string {
	var out []string
	for _, text := range []string{w.standing(s.Lines), w.done(s.Lines), w.missing(s.Lines), w.claims(s.Lines), w.explained(s.Lines), w.own(s)} {
		if text != "" {
			out = append(out, text)
		}
	}
	if len(out) == 0 {
		return []string{w.end(w.say("briefing.empty", "missing", w.say("briefing.missing")))}
	}
	return out
}

// stands tells whether a figure says how things are at the end, and not what was done.
func stands(l report.Line) bool { return l.Basis == catalog.BasisStock }

func counted(l report.Line) bool {
	return l.Status == catalog.Counted && l.Records > 0 && l.Value != nil
}

// standing words the figures that say how things are, in one sentence, each with how it differs from last year.
func (w *writer) standing(lines []report.Line) string {
	var items []string
	var changed, compared bool
	for _, l := range lines {
		if !counted(l) || !stands(l) {
			continue
		}
		item := w.say("briefing.item", "figure", w.label(l), "value", *l.Value, "unit", w.unit(l.Unit))
		item += w.note(l)
		var besides []string
		if place := w.allIn(l); place != "" && l.Records > 1 {
			besides = append(besides, place)
		}
		if l.LastYear != nil && l.LastYear.Value != nil {
			compared = true
			if difference := w.difference(l); difference != "" {
				besides, changed = append(besides, difference), true
			}
		}
		if plan := w.againstPlan(l); plan != "" {
			besides = append(besides, plan)
		}
		if pending := w.pending(l); pending != "" {
			besides = append(besides, pending)
		}
		if len(besides) > 0 {
			item += w.in("（", " (") + w.join(besides) + w.in("）", ")")
		}
		items = append(items, item)
	}
	if len(items) == 0 {
		return ""
	}
	clauses := []string{w.say("briefing.as_of", "day", w.date(w.d.Until), "list", w.list(items))}
	if compared && !changed {
		clauses = append(clauses, w.say("briefing.all_as_last_year"))
	}
	return w.end(w.join(clauses))
}

// difference says by how much a stock is more or less than on last year's day, "" if it is not.
func (w *writer) difference(l report.Line) string {
	unit, known := w.d.Catalog.Unit(l.Unit)
	by := l.Amount - l.LastYear.Amount
	switch {
	case !known || by == 0:
		return ""
	case by > 0:
		return w.say("briefing.stock_more", "value", unit.Format(by), "unit", w.unit(l.Unit))
	default:
		return w.say("briefing.stock_less", "value", unit.Format(-by), "unit", w.unit(l.Unit))
	}
}

// done words what was done, a sentence for each figure.
func (w *writer) done(lines []report.Line) string {
	var text strings.Builder
	w.spreadOver = 0
	with, without := 0, 0
	for _, l := range lines {
		if !counted(l) || stands(l) {
			continue
		}
		if l.LastYear == nil {
			without++
		} else {
			with++
		}
		text.WriteString(w.sentence(l))
	}
	if with == 0 && without > 1 {
		text.WriteString(w.end(w.say("briefing.no_last_year")))
	}
	return text.String()
}

// sentence words one figure: how much, from how many records if few, against last year, and where.
func (w *writer) sentence(l report.Line) string {
	code, value, unit := "briefing.item", *l.Value, w.unit(l.Unit)
	if l.Figure.Ratio != nil {
		code, value, unit = "briefing.ratio", rounded(value), w.ratioUnit(l.Unit)
	}
	clauses := []string{w.say(code, "figure", w.label(l), "value", value, "unit", unit) + w.note(l)}
	if l.Records == 1 {
		clauses = append(clauses, w.say("briefing.once"))
	}
	for _, clause := range []string{w.againstLastYear(l), w.againstPlan(l), w.category(l), w.place(l), w.pending(l)} {
		if clause != "" {
			clauses = append(clauses, clause)
		}
	}
	return w.end(w.join(clauses))
}

// againstLastYear says how a figure compares with the same days of last year.
func (w *writer) againstLastYear(l report.Line) string {
	if l.LastYear == nil || l.LastYear.Value == nil || l.Figure.Ratio != nil {
		return ""
	}
	now, before := big.NewRat(l.Amount, 1), big.NewRat(l.LastYear.Amount, 1)
	data := []string{"before", *l.LastYear.Value, "unit", w.unit(l.Unit)}
	switch {
	case before.Sign() == 0:
		return ""
	case now.Cmp(before) == 0:
		return w.say("briefing.same", data...)
	}
	ratio := new(big.Rat).Quo(now, before)
	change := new(big.Rat).Sub(ratio, big.NewRat(1, 1))
	switch {
	case change.Cmp(big.NewRat(2, 1)) >= 0:
		return w.say("briefing.times", append(data, "times", oneDecimal(ratio))...)
	case change.Sign() > 0:
		return w.say("briefing.more", append(data, "percent", percent(change))...)
	default:
		return w.say("briefing.less", append(data, "percent", percent(change.Neg(change)))...)
	}
}

// category says which of the figures that are added up has more than half.
func (w *writer) category(l report.Line) string {
	for _, code := range l.Figure.Plus {
		part, known := w.d.Line(code)
		if known && !l.Moved() && !part.Moved() && l.Amount > 0 && part.Amount*2 > l.Amount {
			return w.say("briefing.category", "figure", w.label(part), "percent", percent(big.NewRat(part.Amount, l.Amount)))
		}
	}
	return ""
}

// place says where the work was: all in one place, or in how many, which is not said again while it stays the same, and in
// which by far the most was: about twice what each would have if all had as much.
func (w *writer) place(l report.Line) string {
	if all := w.allIn(l); all != "" {
		return all
	}
	n, most, alone := w.spread(l)
	if n < 2 || l.Amount <= 0 {
		return ""
	}
	var clauses []string
	if n != w.spreadOver {
		clauses, w.spreadOver = append(clauses, w.say("briefing.spread", "n", fmt.Sprint(n), "level", levelWord(most.Unit.Code.Level()))), n
	}
	share := big.NewRat(most.Reading.Amount, l.Amount)
	if alone && share.Cmp(big.NewRat(2, int64(n+1))) >= 0 {
		clauses = append(clauses, w.say("briefing.most_in", "place", clean(most.Unit.Name), "value", *most.Reading.Value, "unit", w.unit(l.Unit), "percent", percent(share)))
	}
	return w.join(clauses)
}

func (w *writer) allIn(l report.Line) string {
	n, most, _ := w.spread(l)
	if n != 1 || most.Reading.Amount != l.Amount {
		return ""
	}
	return w.say("briefing.all_in", "place", clean(most.Unit.Name))
}

// spread tells in how many of the places below something was, in which the most, and whether no other has as much.
func (w *writer) spread(l report.Line) (n int, most report.Share, alone bool) {
	for _, share := range w.d.Where[l.Figure.Code] {
		if share.Reading.Amount <= 0 || share.Reading.Value == nil {
			continue
		}
		n++
		switch {
		case share.Reading.Amount > most.Reading.Amount:
			most, alone = share, true
		case share.Reading.Amount == most.Reading.Amount:
			alone = false
		}
	}
	return n, most, alone
}

func levelWord(level record.Level) string {
	switch level {
	case record.Town:
		return "town"
	case record.Village:
		return "village"
	default:
		return "grid"
	}
}

// missing names what nobody recorded and what cannot be told.
func (w *writer) missing(lines []report.Line) string {
	var none []string
	var text strings.Builder
	for _, l := range lines {
		switch {
		case l.Status == catalog.NotComparable:
			text.WriteString(w.end(w.say("briefing.not_comparable", "figure", w.label(l), "missing", w.say("briefing.missing"),
				"reason", clean(report.InOneLanguage(l.Reason, w.o.Language == chinese))) + w.note(l)))
		case l.Status == catalog.Counted && !counted(l):
			none = append(none, w.say("briefing.quoted", "figure", w.label(l))+w.note(l))
		}
	}
	switch len(none) {
	case 0:
		return text.String()
	case 1:
		return w.end(w.say("briefing.none_one", "figure", none[0])) + text.String()
	}
	return w.end(w.say("briefing.none", "list", w.list(none), "n", fmt.Sprint(len(none)))) + text.String()
}

// claims words what somebody says and nothing counts, and what should be said and is not.
func (w *writer) claims(lines []report.Line) string {
	var text strings.Builder
	var unsaid []string
	below, said := w.saidBelow(lines)
	for _, l := range lines {
		if l.Status != catalog.Claimed {
			continue
		}
		if l.Records == 0 && said[l.Figure.Code] {
			continue
		}
		if l.Records == 0 {
			unsaid = append(unsaid, w.label(l)+w.say("briefing.missing")+w.note(l))
			continue
		}
		text.WriteString(w.end(w.claim(l.Reading) + w.note(l)))
	}
	text.WriteString(below)
	if len(unsaid) > 0 {
		text.WriteString(w.end(w.say("briefing.unsaid", "list", w.list(unsaid))))
	}
	return text.String()
}

func (w *writer) claim(r indicator.Reading) string {
	label := clean(w.in(r.Figure.ZH, r.Figure.EN))
	if r.Value == nil {
		return w.say("briefing.claim_no_number", "author", clean(r.Author), "figure", label, "missing", w.say("briefing.missing"))
	}
	return w.say("briefing.claim", "author", clean(r.Author), "figure", label, "value", clean(*r.Value), "unit", w.unit(r.Unit))
}

// own words what two parts say of the document itself.
func (w *writer) own(s report.Section) string {
	switch s.Word {
	case report.PartFigures:
		all, recorded, claimed, judged, outside := 0, 0, 0, len(w.d.Verdicts), 0
		for _, v := range w.d.Verdicts {
			if v.Status == guard.Outside {
				outside++
			}
		}
		for _, l := range w.d.Lines {
			all++
			switch {
			case l.Status == catalog.Claimed:
				claimed++
			case counted(l):
				recorded++
			}
		}
		return w.end(w.say("briefing.about_figures", "all", fmt.Sprint(all), "recorded", fmt.Sprint(recorded), "claimed", fmt.Sprint(claimed),
			"judged", fmt.Sprint(judged), "outside", fmt.Sprint(outside)))
	case report.PartPortal:
		return w.end(w.say("briefing.about_portal", "route", strings.TrimRight(w.o.Base, "/")+"/figures?"+w.parameters()))
	}
	return ""
}

// percent writes a share in percent with at most one decimal.
func percent(share *big.Rat) string { return oneDecimal(new(big.Rat).Mul(share, big.NewRat(100, 1))) }

// rounded writes a quotient to two decimals, as sentences have it; the page behind the reference has all.
func rounded(value string) string {
	r, ok := new(big.Rat).SetString(value)
	if !ok {
		return value
	}
	return strings.TrimSuffix(strings.TrimRight(r.FloatString(2), "0"), ".")
}

// ratioUnit is the sign of a share; of so many to one there is none.
func (w *writer) ratioUnit(word string) string {
	switch u, _ := w.d.Catalog.Unit(word); u.Steps {
	case 10_000:
		return "%"
	case 1_000:
		return "‰"
	case 1_000_000:
		return ""
	}
	return w.unit(word)
}

func oneDecimal(r *big.Rat) string { return strings.TrimSuffix(r.FloatString(1), ".0") }
