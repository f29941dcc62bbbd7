package catalog

import "math/big"

// Quotient says what the quotient of two quantities is a quantity of. The forms are few and closed, because a quotient that
// nobody thought of is a mistake more often than a figure:
//
//  1. money ÷ mass is a price;
//  2. mass ÷ area is a yield;
//  3. anything ÷ its like is a ratio — counts are alike if they count the same word;
//  4. anything ÷ a count is the same thing, for one of what is counted: yuan per household, kilometres per patrol.
type Quotient struct {
	Dimension string
	CountWord string   // of a count, else ""
	scale     *big.Rat // the quotient of base units in base units of Dimension
}

// Of divides two amounts, both in base units, and gives base units of the quotient's dimension. per is not zero.
func (q Quotient) Of(of, per *big.Rat) *big.Rat {
	value := new(big.Rat).Quo(of, per)
	return value.Mul(value, q.scale)
}

// Times is the inverse of [Quotient.Of]: what was divided, if the quotient is value and the divisor per.
func (q Quotient) Times(value, per *big.Rat) *big.Rat {
	of := new(big.Rat).Mul(value, per)
	return of.Quo(of, q.scale)
}

// mixed are the quotients of two different dimensions, with the base units on which their scale stands.
func mixed() []struct {
	of, per, gives          string
	baseOf, basePer, baseIs string
	scale                   int64
} {
	type row = struct {
		of, per, gives          string
		baseOf, basePer, baseIs string
		scale                   int64
	}
	return []row{
		{"money", "mass", "price", "fen", "g", "fen/t", 1_000_000},
		{"mass", "area", "yield", "g", "dm2/3", "g_per_mu", 200_000},
	}
}

// Divide tells what the quotient of two amounts in these units is, or false if it is none of the forms.
func Divide(of, per Unit) (Quotient, bool) {
	alike := of.Dimension == per.Dimension && (of.Dimension != Count || of.Word == per.Word)
	switch {
	case alike:
		return Quotient{Dimension: ratioDimension, scale: big.NewRat(million, 1)}, true
	case per.Dimension == Count:
		q := Quotient{Dimension: of.Dimension, scale: big.NewRat(1, 1)}
		if of.Dimension == Count {
			q.CountWord = of.Word
		}
		return q, true
	}
	for _, m := range mixed() {
		if m.of == of.Dimension && m.per == per.Dimension {
			return Quotient{Dimension: m.gives, scale: big.NewRat(m.scale, 1)}, true
		}
	}
	return Quotient{}, false
}

// million is the number of base units of a ratio in one.
const million = 1_000_000

// grounded tells whether the base units are those on which the scale of a quotient stands; a county may name a dimension
// anew, but not reckon with other base units under its name.
func (c *compiler) grounded(of, per Unit) bool {
	base := map[string]string{}
	for _, d := range c.out.dimensions {
		base[d.Name] = d.Base
	}
	for _, m := range mixed() {
		if m.of == of.Dimension && m.per == per.Dimension {
			return base[m.of] == m.baseOf && base[m.per] == m.basePer && base[m.gives] == m.baseIs
		}
	}
	return true
}
