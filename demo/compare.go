package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"qingshan/record"
)

// Verdict says how a counted figure stands to the published one.
type Verdict string

// The verdicts: claims and broken-off rows are shown, never judged.
const (
	Agrees        Verdict = "agrees"
	Disagrees     Verdict = "disagrees"
	Claimed       Verdict = "claim"
	NotComparable Verdict = "not comparable"
)

// Row is one line of the comparison.
type Row struct {
	Published Published
	Counted   string // in the published unit; "" if nothing is counted
	Unit      string
	Records   int64
	Verdict   Verdict
	Note      string
}

// comparison reads the figures API and nothing else.
type comparison struct {
	c      *client
	freeze record.Day
}

// rows reads every published figure at its own place and over its own period, up to the freeze, and judges it.
func (c comparison) rows(ctx context.Context, list []Published) ([]Row, error) {
	var rows []Row
	readings := map[string]map[string]reading{}
	for _, p := range list {
		place := string(p.Scope) + " " + p.span(c.freeze)
		if readings[place] == nil {
			found, err := c.c.figures(ctx, codesAt(list, p, c.freeze), p.Scope, p.span(c.freeze), c.freeze)
			if err != nil {
				return nil, fmt.Errorf("read the figures of %s: %w", place, err)
			}
			readings[place] = found
		}
		row, err := c.row(ctx, p, readings[place])
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", p.Code, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// span gives the period to read: the year of the freeze where the list says "year", and also for a level as of the freeze.
func (p Published) span(freeze record.Day) string {
	if p.Period == "year" || p.Period == "as-of" {
		return string(freeze.Year())
	}
	return p.Period
}

func codesAt(list []Published, like Published, freeze record.Day) []string {
	var codes []string
	for _, p := range list {
		if p.Scope == like.Scope && p.span(freeze) == like.span(freeze) {
			codes = append(codes, p.Code)
		}
	}
	return codes
}

func (c comparison) row(ctx context.Context, p Published, found map[string]reading) (Row, error) {
	r, known := found[p.Code]
	row := Row{Published: p, Unit: r.Unit, Records: r.Records}
	if !known {
		row.Verdict, row.Note = Disagrees, "the figures API does not know it"
		return row, nil
	}
	if r.Value != nil {
		row.Counted = *r.Value
	}
	switch {
	case p.Claimed():
		row.Verdict, row.Note, row.Counted = Claimed, strings.TrimSpace(r.Author), ""
		return row, nil
	case !p.Comparable():
		row.Verdict, row.Note = NotComparable, r.Reason
		return row, nil
	case r.Basis != p.Basis || !sameUnit(p.Unit, r.Unit):
		row.Verdict, row.Note = Disagrees, fmt.Sprintf("it is a %s in %s, published is a %s in %s", r.Basis, r.Unit, p.Basis, p.Unit)
		return row, nil
	}
	agrees, err := c.judge(ctx, p, row.Counted)
	if err != nil {
		return row, err
	}
	row.Verdict = Disagrees
	if agrees {
		row.Verdict = Agrees
	}
	row.Note, err = c.remark(ctx, p)
	return row, err
}

// another is a second way to read a row whose scope or basis the page leaves open.
type another struct {
	figure string
	place  record.UnitCode
	period string
	words  string
}

// others gives the second readings that something is counted for; lengths and people have none, because what is distinct
// about them is not counted.
func (p Published) others(freeze record.Day) (another, bool) {
	a := another{p.Code, p.Scope, p.span(freeze), ""}
	switch part, _, _ := strings.Cut(p.Code, "."); {
	case p.Code == "clean.courtyards":
		a.figure, a.words = "clean.courtyard_households", "按户计 distinct households"
	case part == "manure":
		a.place, a.words = p.Scope.Up(), "全镇 whole town"
	case part == "forest":
		year := freeze.Time().Year()
		a.period, a.words = fmt.Sprintf("%d..%d", year-2, year), "三年 three years"
	default:
		return a, false
	}
	return a, true
}

// remark says that the page leaves scope or basis open, and what the other reading gives.
func (c comparison) remark(ctx context.Context, p Published) (string, error) {
	if p.Status != "inferred" {
		return "", nil
	}
	note := "口径推断 inferred"
	a, known := p.others(c.freeze)
	if !known {
		return note, nil
	}
	found, err := c.c.figures(ctx, []string{a.figure}, a.place, a.period, c.freeze)
	if err != nil || found[a.figure].Value == nil {
		return note, err
	}
	return fmt.Sprintf("%s; %s: %s", note, a.words, *found[a.figure].Value), nil
}

func (c comparison) judge(ctx context.Context, p Published, counted string) (bool, error) {
	if p.Qualifier != "monthly" {
		return p.Agrees(counted)
	}
	var months []string
	for month := record.Day(int32(c.freeze)/10000*10000 + 101); month.Month() < c.freeze.Month(); month = record.DayOf(month.Time().AddDate(0, 1, 0)) {
		found, err := c.c.figures(ctx, []string{p.Code}, p.Scope, string(month.Month()), c.freeze)
		if err != nil {
			return false, err
		}
		if found[p.Code].Value == nil {
			return false, nil
		}
		months = append(months, *found[p.Code].Value)
	}
	return AgreesMonthly(months)
}

// sameUnit tells whether a unit of the catalog is what the page prints. A Chinese measure word may stand for several units.
func sameUnit(printed, word string) bool {
	words := map[string][]string{
		"次": {"times"}, "场": {"event"}, "篇": {"report"}, "人": {"person"}, "人次": {"person_time"}, "户": {"household"}, "处": {"site"},
		"台": {"machine"}, "头": {"head"}, "只": {"head"}, "羽": {"bird"}, "株": {"tree"}, "条": {"river"}, "份": {"copy"}, "张": {"sheet"}, "支": {"team"},
		"个": {"branch", "grid", "courtyard", "problem"}, "吨": {"t"}, "公里": {"km"}, "元": {"yuan"}, "亩": {"mu"},
	}
	return slices.Contains(words[printed], word)
}

// judged counts the rows that could be compared, and lists those that disagree.
func judged(rows []Row) (compared int, wrong []string) {
	for _, r := range rows {
		if r.Published.Comparable() {
			compared++
		}
		if r.Verdict == Disagrees {
			wrong = append(wrong, r.Published.Code)
		}
	}
	return compared, wrong
}
