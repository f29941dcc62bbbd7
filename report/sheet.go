package report

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/gazette"
	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/record"
	"qingshan/register"
)

// Line is a figure with what it is held against.
type Line struct {
	indicator.Reading
	LastYear *indicator.Reading // the same days of the year before; nil where nothing was recorded in them
	Target   *Target            // nil where nothing is planned
	Verdicts []guard.Verdict    // of the guards that judge this figure
	Frozen   *gazette.Since     // what stands published of the same question, and what came since; nil if nothing does
}

// Sheet is the figures of a place and a period, read on one state.
type Sheet struct {
	Query     indicator.Query
	Before    indicator.Query // what the lines of last year answer
	PlaceName string
	Catalog   *catalog.Catalog
	StandsOn  map[record.Book]int64
	Behind    int64 // entries that are not counted yet
	Lines     []Line
	Verdicts  []guard.Verdict
}

// Line finds the line of a figure.
func (s Sheet) Line(code string) (Line, bool) {
	for _, l := range s.Lines {
		if l.Figure.Code == code {
			return l, true
		}
	}
	return Line{}, false
}

// Sheet reads the figures that a query asks for, with all that they are held against.
func (r *Reader) Sheet(ctx context.Context, q indicator.Query) (Sheet, error) {
	return r.read(ctx, q, r.judge, r.frozen)
}

// Compare reads the figures that a query asks for beside their plans and last year's. It has nothing judged and looks up
// nothing that was published.
func (r *Reader) Compare(ctx context.Context, q indicator.Query) (Sheet, error) {
	return r.read(ctx, q)
}

// addition adds to a sheet that is being read, and tells whether what it adds stands on the sheet's state.
type addition func(ctx context.Context, s *Sheet) (whole bool, err error)

// read compares figures, and adds what else is wanted. While entries go on being counted it reads again, so that what stands
// side by side was counted at the same time.
func (r *Reader) read(ctx context.Context, q indicator.Query, more ...addition) (Sheet, error) {
	standsOn, err := r.o.Board.StandsOn(ctx, q.Place)
	if err != nil {
		return Sheet{}, err
	}
	if _, err := indicator.Behind(ctx, r.o.Ledger, q.Place, standsOn); err != nil {
		return Sheet{}, err // before the name: a register that is being built anew knows none
	}
	s := Sheet{Query: q, Before: YearBefore(q, r.o.Today()), Catalog: r.o.Catalog()}
	if s.PlaceName, err = indicator.PlaceName(ctx, r.o.Register, r.o.Ledger, q, r.o.Today()); err != nil {
		return Sheet{}, err
	}
	for range attempts {
		whole, err := r.fill(ctx, &s, more)
		if err != nil || whole {
			return s, err
		}
	}
	return Sheet{}, fault.New(fault.Unavailable, "followers.behind", fault.Data{"book": string(q.Place)})
}

// attempts is how often a sheet is read again before it is given up.
const attempts = 5

// fill reads everything once, and tells whether it all stands on one state.
func (r *Reader) fill(ctx context.Context, s *Sheet, more []addition) (whole bool, err error) {
	if whole, err = r.compare(ctx, s); err != nil || !whole {
		return false, err
	}
	for _, add := range more {
		if whole, err = add(ctx, s); err != nil || !whole {
			return false, err
		}
	}
	s.Behind, err = indicator.Behind(ctx, r.o.Ledger, s.Query.Place, s.StandsOn)
	return true, err
}

// compare puts the figures beside last year's and their plans.
func (r *Reader) compare(ctx context.Context, s *Sheet) (whole bool, err error) {
	now, err := r.o.Board.Read(ctx, s.Catalog, s.Query)
	if err != nil {
		return false, err
	}
	var before []indicator.Reading
	if s.Query.Period.From >= firstCompared {
		if before, err = r.o.Board.Read(ctx, s.Catalog, s.Before); err != nil {
			return false, err
		}
	}
	s.Lines, s.StandsOn = make([]Line, len(now)), map[record.Book]int64{}
	for i, reading := range now {
		s.Lines[i].Reading, s.StandsOn = reading, reading.StandsOn
		if before == nil {
			continue
		}
		if before[i].Figure.Code != reading.Figure.Code {
			return false, fmt.Errorf("read the year before: figure %s stands where %s should", before[i].Figure.Code, reading.Figure.Code)
		}
		if !maps.Equal(before[i].StandsOn, reading.StandsOn) {
			return false, nil
		}
		if reading.Figure.Status == catalog.Counted && before[i].Records > 0 {
			s.Lines[i].LastYear = &before[i]
		}
	}
	plans, err := r.targets(ctx, s)
	if err != nil {
		return false, err
	}
	for i := range s.Lines {
		if plan, planned := plans[s.Lines[i].Figure.Code]; planned {
			s.Lines[i].Target = &plan
		}
	}
	return true, nil
}

// judge asks for the verdicts on the sheet's figures, and tells whether they stand on its state.
func (r *Reader) judge(ctx context.Context, s *Sheet) (whole bool, err error) {
	s.Verdicts, err = r.o.Court.Verdicts(ctx, s.Catalog, s.Query)
	if err != nil {
		return false, err
	}
	for _, v := range s.Verdicts {
		if !maps.Equal(v.StandsOn, s.StandsOn) {
			return false, nil
		}
		for i := range s.Lines {
			if s.Lines[i].Figure.Code == v.Guard.Of {
				s.Lines[i].Verdicts = append(s.Lines[i].Verdicts, v)
			}
		}
	}
	return true, nil
}

// firstCompared is the first day that has a year before it on the calendar of records.
const firstCompared record.Day = 1901_01_01

// YearBefore asks for the same days one year earlier: of a period that is not over those up to the day that today's was then.
// The last day of a month stays the last, so that a February is always held against a whole one.
func YearBefore(q indicator.Query, today record.Day) indicator.Query {
	if q.Period.Holds(today) && today < q.Period.Clip(q.AsOf).To {
		q.AsOf = today
	}
	q.Period = record.Period{From: yearBefore(q.Period.From), To: endBefore(q.Period.To)}
	if q.AsOf != 0 {
		q.AsOf = endBefore(q.AsOf)
	}
	return q
}

func yearBefore(d record.Day) record.Day {
	before := d - 1_00_00
	if before%1_00_00 == 2_29 {
		before--
	}
	return before
}

func endBefore(d record.Day) record.Day {
	if next := d.Add(1); next%100 == 1 {
		return yearBefore(next).Add(-1)
	}
	return yearBefore(d)
}

// Share is what one place contributes to a figure.
type Share struct {
	Unit    register.Unit
	Reading indicator.Reading
}

// Shares reads a figure for every unit directly below the place, in order of their codes: where the work was.
func (r *Reader) Shares(ctx context.Context, q indicator.Query) ([]Share, error) {
	units, err := r.Below(ctx, q.Place, q)
	if err != nil {
		return nil, err
	}
	shares := make([]Share, len(units))
	for i, u := range units {
		q.Place = u.Code
		readings, err := r.o.Board.Read(ctx, r.o.Catalog(), q)
		if err != nil {
			return nil, err
		}
		shares[i] = Share{Unit: u, Reading: readings[0]}
	}
	return shares, nil
}

// Below lists the units directly below a place as they were when the period ended, or are today if that is earlier.
func (r *Reader) Below(ctx context.Context, place record.UnitCode, q indicator.Query) ([]register.Unit, error) {
	if place.Level() == record.Grid {
		return nil, nil
	}
	book, err := indicator.BookOf(ctx, r.o.Ledger, place)
	if err != nil {
		return nil, err
	}
	return r.o.Register.Units(ctx, book, place, min(q.Period.To, r.o.Today()))
}

// PartsOf lists the figures that one is reckoned from: those that it adds, or the two that it divides.
func (r *Reader) PartsOf(code string) []string {
	f, known := r.o.Catalog().Figure(code)
	if known && f.Ratio != nil {
		return []string{f.Ratio.Of, f.Ratio.Per}
	}
	return f.Plus
}

// AddsUp tells whether what places contribute to a figure comes to the figure: of sums and stocks it does; of different
// subjects it need not, because one may count in two places, and of ratios it does not.
func AddsUp(words *catalog.Catalog, f catalog.Figure) bool {
	return madeOf(words, f, catalog.Sum, catalog.Stock)
}

// Flows tells whether what days contribute to a figure comes to the figure: of sums it does.
func Flows(words *catalog.Catalog, f catalog.Figure) bool { return madeOf(words, f, catalog.Sum) }

// madeOf tells whether all that a figure adds up is aggregated in one of these ways.
func madeOf(words *catalog.Catalog, f catalog.Figure, ways ...catalog.Aggregator) bool {
	if f.Status != catalog.Counted || f.Ratio != nil {
		return false
	}
	for _, name := range f.Of {
		if m, known := words.Measure(name); !known || !slices.Contains(ways, m.Aggregator) {
			return false
		}
	}
	for _, code := range f.Plus {
		if part, known := words.Figure(code); !known || !madeOf(words, part, ways...) {
			return false
		}
	}
	return true
}

// BasisWord gives the code of the sentence for a basis.
func BasisWord(basis string) string {
	return "basis." + strings.NewReplacer(" ", "_", "-", "_").Replace(basis)
}

// InOneLanguage takes the half of a text that says the same in Chinese and, after " / ", in English.
func InOneLanguage(text string, chinese bool) string {
	zh, en, both := strings.Cut(text, " / ")
	if both && !chinese {
		return en
	}
	return zh
}

// PeriodWords writes a period as people do: 2025年6月 in Chinese, 2025-06 else.
func PeriodWords(p record.Period, chinese bool) string {
	if !chinese {
		return p.String()
	}
	var words []string
	for _, span := range strings.Split(p.String(), "..") {
		word := ""
		for i, number := range strings.Split(span, "-") {
			word += strings.TrimPrefix(number, "0") + []string{"年", "月", "日"}[i]
		}
		words = append(words, word)
	}
	return strings.Join(words, "至")
}
