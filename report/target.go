package report

import (
	"context"
	"maps"
	"math/big"
	"slices"

	"qingshan/catalog"
	"qingshan/record"
	"qingshan/register"
)

const targetKind = "target"

// Target is the plan for a figure, a place and a period. Amount is a decimal in Unit, as it was said.
type Target struct {
	Amount string
	Unit   string
	Source string
	Book   record.Book
	Seq    int64 // the entry that says so

	base *big.Rat // in base units
}

// Reached gives the part of the plan that an amount in base units comes to; nil for a plan of nothing.
func (t Target) Reached(amount int64) *big.Rat {
	if t.base.Sign() <= 0 {
		return nil
	}
	return new(big.Rat).Quo(big.NewRat(amount, 1), t.base)
}

// targets finds the plans for exactly this place and period, as known by the entries that the sheet stands on. Of several for
// one figure the one that was said last holds.
func (r *Reader) targets(ctx context.Context, s *Sheet) (map[string]Target, error) {
	found, said := map[string]Target{}, map[string]register.Object{}
	for _, book := range slices.Sorted(maps.Keys(s.StandsOn)) {
		if s.StandsOn[book] == 0 {
			continue
		}
		plans, err := r.o.Register.All(ctx, register.Query{Book: book, Kind: targetKind, Place: s.Query.Place, Day: s.Query.Known(), Size: s.StandsOn[book]})
		if err != nil {
			return nil, err
		}
		for _, plan := range plans {
			period, err := record.ParsePeriod(plan.Values["period"].Text)
			if plan.Book != book || plan.Place != s.Query.Place || err != nil || period != s.Query.Period {
				continue
			}
			code := plan.Values["figure"].Text
			t, fits := s.target(code, plan)
			if last, twice := said[code]; !fits || twice && !later(plan, last) {
				continue
			}
			found[code], said[code] = t, plan
		}
	}
	return found, nil
}

func later(a, b register.Object) bool {
	if a.From != b.From {
		return a.From > b.From
	}
	return a.SeqFrom > b.SeqFrom
}

// target reads a plan; one in a unit that the figure cannot be turned into is no plan for it.
func (s *Sheet) target(code string, plan register.Object) (Target, bool) {
	t := Target{Amount: plan.Values["amount"].Text, Unit: plan.Values["unit"].Text, Source: plan.Values["source"].Text, Book: plan.Book, Seq: plan.SeqFrom}
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
