package indicator

import (
	"math/big"
	"strings"

	"qingshan/catalog"
)

// million is the number of base units of a ratio in one.
const million = 1_000_000

// reading says what a figure is, from what was seen.
func (l *look) reading(f catalog.Figure) Reading {
	r := Reading{Figure: f, Status: f.Status, Unit: f.Unit, Basis: f.Basis, Reason: f.Reason, StandsOn: l.standsOn}
	switch f.Status {
	case catalog.Counted:
		r.Records = l.recordsOf(f)
		l.count(f, &r)
	case catalog.Claimed:
		l.claimed(f, &r)
	}
	return r
}

// recordsOf counts the facts behind a figure, each once however often a measure is taken. They are what the rollups have
// counted, so that the number costs the same over any number of entries.
func (l *look) recordsOf(f catalog.Figure) int64 {
	var records int64
	for _, m := range l.measuresOf(f) {
		records += l.totals[m.Name].records
	}
	return records
}

func (l *look) count(f catalog.Figure, r *Reading) {
	unit, _ := l.catalog.Unit(f.Unit)
	if f.Ratio == nil {
		r.Amount = l.amount(f)
		value := unit.Format(r.Amount)
		r.Value = &value
		return
	}
	of, _ := l.catalog.Figure(f.Ratio.Of)
	per, _ := l.catalog.Figure(f.Ratio.Per)
	whole := l.amount(per)
	if whole == 0 {
		return // nothing to divide by: no number, which is not the number 0
	}
	quotient := new(big.Rat).Mul(big.NewRat(l.amount(of), whole), big.NewRat(million, 1))
	r.Amount = halfEven(quotient).Int64()
	value := decimal(quotient.Mul(quotient, big.NewRat(1, max(unit.Steps, 1))))
	r.Value = &value
}

// amount adds up the measures of a figure and the figures that it adds, in base units.
func (l *look) amount(f catalog.Figure) int64 {
	var sum int64
	for _, measure := range f.Of {
		sum += l.totals[measure].amount
	}
	for _, code := range f.Plus {
		part, _ := l.catalog.Figure(code)
		sum += l.amount(part)
	}
	return sum
}

// halfEven rounds to the nearest integer, and from the middle to the even one.
func halfEven(r *big.Rat) *big.Int {
	double := new(big.Int).Lsh(r.Num(), 1)
	double.Add(double, r.Denom())
	divisor := new(big.Int).Lsh(r.Denom(), 1)
	rounded, rest := new(big.Int).DivMod(double, divisor, new(big.Int))
	if rest.Sign() == 0 && rounded.Bit(0) == 1 {
		rounded.Sub(rounded, big.NewInt(1))
	}
	return rounded
}

// decimal gives a quotient with at most six decimals, half to even, without zeros at the end.
func decimal(r *big.Rat) string {
	scaled := halfEven(new(big.Rat).Mul(r, big.NewRat(million, 1)))
	text := new(big.Rat).SetFrac(scaled, big.NewInt(million)).FloatString(6)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
