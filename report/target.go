package report

import (
	"context"
	"maps"
	"math/big"
	"slices"
	"strings"

	"qingshan/catalog"
	"qingshan/record"
	"qingshan/register"
)

const targetKind = "target"

// Rules of plans:
//
//  1. A plan for exactly the period that is asked about holds. Of several the one that was said last does.
//  2. Else the plans for its months are added up, if every month has one and the figure is a sum of what happened day by day.
//     A stock, different subjects and a ratio are not the sum of their months, and so neither is their plan.
//  3. Else nothing is planned: part of a plan is none.

// Target is the plan for a figure, a place and a period. Amount is a decimal in Unit: as it was said, or added up.
type Target struct {
	Amount  string   `json:"amount"`
	Unit    string   `json:"unit"`
	Sources []string `json:"sources"`
	Entries []Entry  `json:"entries"` // those that say so: one, or one a month

	base *big.Rat // in base units
}

// Entry is where in the books something is said.
type Entry struct {
	Book record.Book `json:"book"`
	Seq  int64       `json:"seq"`
}

// Reached gives the part of the plan that an amount in base units comes to; nil for a plan of nothing.
func (t Target) Reached(amount int64) *big.Rat {
	if t.base.Sign() <= 0 {
		return nil
	}
	return new(big.Rat).Quo(big.NewRat(amount, 1), t.base)
}

// planned is what a figure's plans say, by the period that they are for.
type planned map[record.Period]said

// said is a plan with the object that says so.
type said struct {
	target Target
	by     register.Object
}

// targets finds the plans for this place and period, as known by the entries that the sheet stands on.
func (r *Reader) targets(ctx context.Context, s *Sheet) (map[string]Target, error) {
	plans := map[string]planned{}
	for _, book := range slices.Sorted(maps.Keys(s.StandsOn)) {
		if s.StandsOn[book] == 0 {
			continue
		}
		list, err := r.o.Register.All(ctx, register.Query{Book: book, Kind: targetKind, Place: s.Query.Place, Day: s.Query.Known(), Size: s.StandsOn[book]})
		if err != nil {
			return nil, err
		}
		for _, plan := range list {
			if plan.Book == book && plan.Place == s.Query.Place {
				s.hear(plans, plan)
			}
		}
	}
	found := map[string]Target{}
	for code, plan := range plans {
		if exact, there := plan[s.Query.Period]; there {
			found[code] = exact.target
		} else if sum, whole := s.ofMonths(code, plan); whole {
			found[code] = sum
		}
	}
	return found, nil
}

// hear takes in a plan for the period or a part of it.
func (s *Sheet) hear(plans map[string]planned, plan register.Object) {
	period, err := record.ParsePeriod(plan.Values["period"].Text)
	if err != nil || !s.Query.Period.Holds(period.From) || !s.Query.Period.Holds(period.To) {
		return
	}
	code := plan.Values["figure"].Text
	t, fits := s.target(code, plan)
	if last, twice := plans[code][period]; !fits || twice && !later(plan, last.by) {
		return
	}
	if plans[code] == nil {
		plans[code] = planned{}
	}
	plans[code][period] = said{target: t, by: plan}
}

func later(a, b register.Object) bool {
	if a.From != b.From {
		return a.From > b.From
	}
	return a.SeqFrom > b.SeqFrom
}

// target reads a plan; one in a unit that the figure cannot be turned into is no plan for it.
func (s *Sheet) target(code string, plan register.Object) (Target, bool) {
	t := Target{Amount: plan.Values["amount"].Text, Unit: plan.Values["unit"].Text, Sources: []string{plan.Values["source"].Text}, Entries: []Entry{{plan.Book, plan.SeqFrom}}}
	figure, known := s.Catalog.Figure(code)
	unit, knownUnit := s.Catalog.Unit(t.Unit)
	of, knownOf := s.Catalog.Unit(figure.Unit)
	amount, number := new(big.Rat).SetString(t.Amount)
	if !known || !knownUnit || !knownOf || !number || unit.Dimension != of.Dimension || unit.Dimension == catalog.Count && unit.Word != of.Word {
		return t, false
	}
	t.base = amount.Mul(amount, big.NewRat(unit.Steps, 1))
	return t, true
}

// ofMonths adds up the plans for the months of the period: in the unit that all of them are said in, else in the figure's.
func (s *Sheet) ofMonths(code string, plans planned) (sum Target, whole bool) {
	figure, known := s.Catalog.Figure(code)
	if !known || !Flows(s.Catalog, figure) {
		return sum, false
	}
	sum.base = new(big.Rat)
	for day := s.Query.Period.From; day <= s.Query.Period.To; {
		month, err := record.ParsePeriod(string(day.Month()))
		plan, there := plans[month]
		if err != nil || !there || month.From != day || month.To > s.Query.Period.To {
			return sum, false
		}
		if sum.Unit == "" {
			sum.Unit = plan.target.Unit
		} else if sum.Unit != plan.target.Unit {
			sum.Unit = figure.Unit
		}
		sum.take(plan.target)
		day = month.To.Add(1)
	}
	unit, _ := s.Catalog.Unit(sum.Unit)
	sum.Amount = decimal(new(big.Rat).Quo(sum.base, big.NewRat(max(unit.Steps, 1), 1)))
	return sum, true
}

func (t *Target) take(part Target) {
	t.base.Add(t.base, part.base)
	t.Entries = append(t.Entries, part.Entries...)
	for _, source := range part.Sources {
		if !slices.Contains(t.Sources, source) {
			t.Sources = append(t.Sources, source)
		}
	}
}

// decimals is how many an amount shows that has no last one.
const decimals = 6

// decimal writes a number exactly where its decimals end, else rounded.
func decimal(r *big.Rat) string {
	digits, exact := r.FloatPrec()
	if exact {
		return r.FloatString(digits)
	}
	return strings.TrimSuffix(strings.TrimRight(r.FloatString(decimals), "0"), ".")
}
