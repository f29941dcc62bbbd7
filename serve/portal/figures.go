package portal

import (
	"fmt"
	"math/big"
	"net/http"
	"strings"

	"qingshan/catalog"
	"qingshan/guard"
	"qingshan/internal/httpx"
	"qingshan/report"
)

// figuresPage lists the figures of a place and a period, part by part.
type figuresPage struct {
	frame
	scopeBar
	Sheet report.Sheet
	Parts []partShown
}

// scopeBar is where a page tells its place and days, and offers others.
type scopeBar struct {
	Place  string // the place's code
	Name   string
	Period string // as it is typed
	When   string // and in words
	Until  string // the day up to which counts, "" for all of the period
	AsOf   string // the same in words
	Trail  []choice
	Below  []choice
	Years  []choice
	Months []choice
	Keep   []pair // what the form carries on
}

type pair struct{ Name, Value string }

// partShown is one part of the work.
type partShown struct {
	Word  string
	Label string
	Rows  []row
}

// row is one figure in a list.
type row struct {
	Code     string
	Label    string
	Link     string
	Value    string // "" where there is no number
	Unit     string
	Basis    string
	Records  int64
	LastYear string
	Target   string // the plan, with its unit
	Reached  string // in percent of it
	Claimed  bool
	Checks   []check
	Frozen   *frozen // what stands published of it
	Author   string
	Reason   string
}

// check is what a guard says of a figure.
type check struct {
	guard.Shown
	Signer string // the post whose holder signed an explanation
}

func (d *Door) figures(w http.ResponseWriter, r *http.Request) error {
	s, err := d.readScope(r)
	if err != nil {
		return err
	}
	sheet, err := d.Reader.Sheet(r.Context(), s.query)
	if err != nil {
		return err
	}
	if httpx.Unchanged(w, r, d.state(r, sheet.Catalog.Hash().String(), sizes(sheet.StandsOn), fmt.Sprint(sheet.Behind), frozenIn(sheet))) {
		return nil
	}
	page := figuresPage{frame: d.frame(r), Sheet: sheet}
	page.Title = page.Say("portal.title", "place", sheet.PlaceName, "period", page.Days(sheet.Query.Period))
	if page.scopeBar, err = d.bar(r, s, sheet.PlaceName); err != nil {
		return err
	}
	for _, part := range sheet.Catalog.Parts() {
		shown := partShown{Word: part.Word, Label: page.In(part.ZH, part.EN)}
		for _, line := range sheet.Lines {
			if line.Figure.Part == part.Word {
				shown.Rows = append(shown.Rows, page.row(s, sheet.Catalog, line))
			}
		}
		if len(shown.Rows) > 0 {
			page.Parts = append(page.Parts, shown)
		}
	}
	return d.write(w, http.StatusOK, "figures", page)
}

// frozenIn names what a sheet shows of what was published, which its figures' state does not tell.
func frozenIn(sheet report.Sheet) string {
	var list []string
	for _, line := range sheet.Lines {
		if line.Frozen != nil {
			list = append(list, line.Frozen.Code.String())
		}
	}
	return strings.Join(list, " ")
}

// bar fills the scope bar.
func (d *Door) bar(r *http.Request, s scope, name string) (scopeBar, error) {
	b := scopeBar{Place: string(s.query.Place), Name: name, Period: s.query.Period.String(), Years: d.years(s), Months: s.months()}
	f := d.frame(r)
	b.When = f.Days(s.query.Period)
	if s.query.AsOf != 0 {
		b.Until, b.AsOf = s.query.AsOf.String(), f.Date(s.query.AsOf)
	}
	for _, name := range []string{"lang", "view"} {
		if value := s.keep[name]; value != nil {
			b.Keep = append(b.Keep, pair{name, value[0]})
		}
	}
	var err error
	if b.Trail, err = d.trail(r.Context(), s, name); err != nil {
		return b, err
	}
	b.Below, err = d.below(r.Context(), s)
	return b, err
}

// row writes a line in the page's words.
func (f frame) row(s scope, words *catalog.Catalog, line report.Line) row {
	out := row{Code: line.Figure.Code, Label: f.In(line.Figure.ZH, line.Figure.EN), Link: s.figureLink(line.Figure.Code, s.query.Place),
		Unit: f.unit(words, line.Unit), Basis: f.Say(report.BasisWord(line.Basis)), Records: line.Records,
		Claimed: line.Status == catalog.Claimed, Author: line.Author, Reason: report.InOneLanguage(line.Reason, f.Language == httpx.Chinese)}
	if line.Value != nil {
		out.Value = *line.Value
	}
	if line.LastYear != nil && line.LastYear.Value != nil {
		out.LastYear = *line.LastYear.Value
	}
	if t := line.Target; t != nil {
		out.Target = t.Amount + " " + f.unit(words, t.Unit)
		if reached := t.Reached(line.Amount); reached != nil && line.Figure.Ratio == nil {
			out.Reached = strings.TrimSuffix(reached.Mul(reached, big.NewRat(100, 1)).FloatString(1), ".0")
		}
	}
	out.Frozen = f.beside(words, line.Frozen)
	for _, v := range line.Verdicts {
		out.Checks = append(out.Checks, f.check(words, v))
	}
	return out
}

// check words a verdict. Who signed stands in the entry, for those who may read it; the page names the post.
func (f frame) check(words *catalog.Catalog, v guard.Verdict) check {
	c := check{Shown: v.Show(guard.Words{Chinese: f.Language == httpx.Chinese, Say: func(code string, data map[string]string) string {
		return f.words.Say(f.Language, code, data)
	}})}
	if v.Explanation != nil {
		c.Signer = v.Explanation.Role
		if posts, known := words.Register("post"); known {
			role, _ := posts.Kind.Field("role")
			for _, choice := range role.Choices {
				if choice.Word == c.Signer {
					c.Signer = f.In(choice.ZH, choice.EN)
				}
			}
		}
	}
	return c
}

// unit gives the word for a unit; a claim may name one that the catalog does not have.
func (f frame) unit(words *catalog.Catalog, word string) string {
	if u, known := words.Unit(word); known {
		return f.In(u.ZH, u.EN)
	}
	return word
}
