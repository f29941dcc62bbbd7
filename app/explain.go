package app

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/record"
)

// How the records behind a figure make it what it is.
const (
	AddsUp   = "adds_up"  // their amounts add up to it
	Subjects = "subjects" // it is the number of different subjects among them
	Divides  = "divides"  // it divides one part by the other, and each record is behind one of them
	Shows    = "shows"    // it shows what one of them says, if there is one: nothing is counted
)

// Explanation is a figure and every record behind it. How says in which way the one follows from the others.
type Explanation struct {
	Code      string    `json:"code"`
	Place     string    `json:"place"`
	PlaceName string    `json:"place_name"`
	Period    string    `json:"period"`
	Value     *string   `json:"value"`
	Unit      string    `json:"unit"`
	Basis     string    `json:"basis"`
	Status    string    `json:"status"`
	Behind    int64     `json:"behind,omitempty"`
	How       string    `json:"how"`
	Subjects  int       `json:"subjects,omitempty"`
	Parts     []Figure  `json:"parts,omitempty"`    // of a ratio: what is divided, and by what
	Villages  []Village `json:"villages,omitempty"` // shares that add up, each to the records of the village
	Records   []Behind  `json:"records"`            // by place and day
}

// Village is what one village contributes; what is said about a town or county itself stands under its code.
type Village struct {
	Place     string `json:"place"`
	PlaceName string `json:"place_name"`
	Amount    string `json:"amount,omitempty"` // left out where amounts do not add up
	Unit      string `json:"unit,omitempty"`
	Records   int    `json:"records"`
}

// Behind is one record's share in a figure, in the unit of the figure or of its part that counts the measure.
type Behind struct {
	Book      string `json:"book"`
	Seq       int64  `json:"seq"`
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Day       string `json:"day"`
	Place     string `json:"place"`
	PlaceName string `json:"place_name"`
	Village   string `json:"village"`
	Measure   string `json:"measure"`
	Subject   string `json:"subject"`
	Amount    string `json:"amount,omitempty"`
	Unit      string `json:"unit,omitempty"`
}

// Explain gives a figure and lists the records behind it. Both are read on one state: while another process counts on, they
// are read again.
func (a *App) Explain(ctx context.Context, asked Asked) (Explanation, error) {
	q, name, err := a.question(ctx, asked)
	if err != nil {
		return Explanation{}, err
	}
	if len(q.Codes) != 1 {
		return Explanation{}, fault.New(fault.Invalid, "query.code", nil)
	}
	for range 5 {
		out := Explanation{Code: q.Codes[0], Place: string(q.Place), PlaceName: name, Period: asked.Period, Records: []Behind{}}
		standsOn, list, err := a.figureAndList(ctx, q, &out)
		if err != nil {
			return out, err
		}
		now, err := a.board.StandsOn(ctx, q.Place)
		if err != nil {
			return out, err
		}
		if maps.Equal(standsOn, now) {
			return out, a.show(ctx, list, &out)
		}
	}
	return Explanation{}, fault.New(fault.Unavailable, "followers.behind", fault.Data{"book": string(q.Place)})
}

// figureAndList reads the figure, the parts of a ratio, and all facts behind them.
func (a *App) figureAndList(ctx context.Context, q indicator.Query, out *Explanation) (map[record.Book]int64, []indicator.Because, error) {
	code := out.Code
	figure, known := a.current.Figure(code)
	if known && figure.Ratio != nil {
		q.Codes = []string{code, figure.Ratio.Of, figure.Ratio.Per}
	}
	figures, standsOn, err := a.figures(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	f := figures[0]
	out.Value, out.Unit, out.Basis, out.Status, out.Behind, out.Parts = f.Value, f.Unit, f.Basis, f.Status, f.Behind, figures[1:]
	out.How = a.how(figure)
	var all []indicator.Because
	for after := ""; ; {
		page, next, err := a.board.Because(ctx, a.current, code, q, indicator.Page{After: after, Limit: 1000})
		if err != nil {
			return nil, nil, err
		}
		all = append(all, page...)
		if after = next; after == "" {
			return standsOn, all, nil
		}
	}
}

// how tells in which way a figure follows from the records behind it. Whatever counts subjects counts those of one measure.
func (a *App) how(f catalog.Figure) string {
	switch {
	case f.Status != catalog.Counted:
		return Shows
	case f.Ratio != nil:
		return Divides
	}
	for _, name := range f.Of {
		if m, _ := a.current.Measure(name); m.Aggregator == catalog.Distinct {
			return Subjects
		}
	}
	return AddsUp
}

// show writes the facts in words and amounts, and adds them up.
func (a *App) show(ctx context.Context, list []indicator.Because, out *Explanation) error {
	kinds, err := a.kindsOf(ctx, list)
	if err != nil {
		return err
	}
	names, err := a.namesOf(ctx, list)
	if err != nil {
		return err
	}
	subjects := map[string]bool{}
	for _, b := range list {
		village := villageOf(b.Place)
		r := Behind{Book: string(b.Book), Seq: b.Seq, ID: b.Root.String(), Kind: kinds[b.Book][b.Seq], Day: b.Day.String(), Place: string(b.Place),
			PlaceName: names[b.Book][b.Place], Village: string(village), Measure: string(b.Measure), Subject: b.Subject}
		if unit, counts := indicator.UnitOf(a.current, out.Code, b.Measure); counts {
			r.Amount, r.Unit = unit.Format(b.Amount), unit.Word
		}
		out.Records = append(out.Records, r)
		subjects[string(b.Book)+" "+b.Subject] = true
		if last := len(out.Villages) - 1; last < 0 || out.Villages[last].Place != string(village) {
			out.Villages = append(out.Villages, Village{Place: string(village), PlaceName: names[b.Book][village]})
		}
		out.Villages[len(out.Villages)-1].Records++
	}
	switch out.How {
	case AddsUp:
		return a.addUp(list, out)
	case Subjects:
		out.Subjects = len(subjects)
	}
	return nil
}

// addUp gives each village its sum, and makes sure that all come to the figure.
func (a *App) addUp(list []indicator.Because, out *Explanation) error {
	unit, known := a.current.Unit(out.Unit)
	if !known {
		return fmt.Errorf("explain %s: unit %q is unknown", out.Code, out.Unit)
	}
	total, at := new(big.Int), 0
	for i := range out.Villages {
		v, sum := &out.Villages[i], new(big.Int)
		for range v.Records {
			sum.Add(sum, big.NewInt(list[at].Amount))
			at++
		}
		v.Amount, v.Unit = unit.Format(sum.Int64()), out.Unit
		total.Add(total, sum)
	}
	if out.Value == nil || unit.Format(total.Int64()) != *out.Value {
		return fmt.Errorf("explain %s: the records come to %s, which is not the figure", out.Code, unit.Format(total.Int64()))
	}
	return nil
}

// villageOf gives the village that a grid lies in, and any other place itself.
func villageOf(place record.UnitCode) record.UnitCode {
	if place.Level() == record.Grid {
		return place.Up()
	}
	return place
}

// kindsOf looks up as what the records were recorded.
func (a *App) kindsOf(ctx context.Context, list []indicator.Because) (map[record.Book]map[int64]string, error) {
	seqs := map[record.Book][]int64{}
	for _, b := range list {
		seqs[b.Book] = append(seqs[b.Book], b.Seq)
	}
	kinds := map[record.Book]map[int64]string{}
	for book, wanted := range seqs {
		slices.Sort(wanted)
		entries, err := a.ledger.Several(ctx, book, slices.Compact(wanted))
		if err != nil {
			return nil, err
		}
		kinds[book] = map[int64]string{}
		for _, e := range entries {
			kinds[book][e.Seq] = string(e.Record.Kind)
		}
	}
	return kinds, nil
}

// namesOf finds what places and their villages are called today, as each book has it.
func (a *App) namesOf(ctx context.Context, list []indicator.Because) (map[record.Book]map[record.UnitCode]string, error) {
	places := map[record.Book]map[record.UnitCode]bool{}
	for _, b := range list {
		if places[b.Book] == nil {
			places[b.Book] = map[record.UnitCode]bool{}
		}
		places[b.Book][b.Place], places[b.Book][villageOf(b.Place)] = true, true
	}
	today := record.DayAt(a.clock(), record.Zone())
	names := map[record.Book]map[record.UnitCode]string{}
	for book, wanted := range places {
		var err error
		if names[book], err = a.register.Names(ctx, book, slices.Sorted(maps.Keys(wanted)), today); err != nil {
			return nil, err
		}
	}
	return names, nil
}
