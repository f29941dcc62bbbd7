package guard

// Rules of judging:
//
//  1. All is reckoned in rational numbers: nothing is rounded before it is compared.
//  2. A figure that nobody counted or claimed is missing, and so is a limit behind which no record stands: the judgement is
//     unknown. So it is where the divisor is 0, or where a claim is in a unit that the figure cannot be in.
//  3. A bound belongs to the band. A value that is a range lies outside only if all of it does.

import (
	"fmt"
	"math/big"

	"qingshan/catalog"
	"qingshan/record"
)

// Judge says what a guard makes of figures, by their codes. place is where what is counted was read.
func Judge(words *catalog.Catalog, g catalog.Guard, place record.UnitCode, figures map[string]Figure) Judgement {
	b := &bench{words: words, guard: g, out: Judgement{Place: place, Unit: g.Unit, Min: g.Min, Max: g.Max, Usual: g.Usual}}
	for _, code := range g.Figures() {
		if f, found := figures[code]; found {
			b.out.Figures = append(b.out.Figures, f)
		}
	}
	if b.value(figures) && b.bounds(figures) {
		b.compare()
		b.totals()
		b.lines()
	}
	return b.out
}

// bench is one judgement in the making. Amounts are in base units of their dimension, values in the guard's unit.
type bench struct {
	words *catalog.Catalog
	guard catalog.Guard
	out   Judgement

	unit     catalog.Unit // of the guard
	ofUnit   catalog.Unit
	perUnit  catalog.Unit
	of       *big.Rat
	per      *big.Rat // the divisor; nil if nothing is divided
	quotient catalog.Quotient
	judged   span // in the guard's unit
	least    *big.Rat
	most     *big.Rat
}

func (b *bench) unknown(code string, data map[string]string) bool {
	b.out.Status, b.out.Reason = Unknown, &Line{Code: code, ZH: data, EN: data}
	return false
}

// amount gives a figure in base units, and the unit it is said in; else the judgement is unknown.
func (b *bench) amount(figures map[string]Figure, code string) (*big.Rat, catalog.Unit, bool) {
	f, found := figures[code]
	said, _ := b.words.Figure(code)
	if !found || f.Value == nil || f.Records == 0 {
		return nil, catalog.Unit{}, b.missing(said)
	}
	unit, known := b.unitOf(said, f.Unit)
	if !known {
		return nil, unit, b.unknown("guard.unknown.unit", map[string]string{"figure": code})
	}
	if f.Status == catalog.Counted && f.Figure.Ratio == nil {
		return new(big.Rat).SetInt64(f.Amount), unit, true
	}
	value, ok := number(*f.Value)
	if !ok {
		return nil, unit, b.missing(said)
	}
	return value.Mul(value, new(big.Rat).SetInt64(unit.Steps)), unit, true
}

func (b *bench) missing(f catalog.Figure) bool {
	b.out.Status = Unknown
	b.out.Reason = &Line{Code: "guard.unknown.missing", ZH: map[string]string{"figure": f.ZH}, EN: map[string]string{"figure": f.EN}}
	return false
}

// unitOf understands the unit of a reading: a claim may say it by its word or by its label, and in any unit of the figure's
// dimension.
func (b *bench) unitOf(f catalog.Figure, said string) (catalog.Unit, bool) {
	own, _ := b.words.Unit(f.Unit)
	if said == own.Word {
		return own, own.Word != ""
	}
	for _, u := range b.words.Units() {
		like := u.Dimension == own.Dimension && (u.Dimension != catalog.Count || u.Word == own.Word)
		if like && (said == u.Word || said == u.ZH || said == u.EN) {
			return u, true
		}
	}
	return catalog.Unit{}, false
}

// value reckons what is judged.
func (b *bench) value(figures map[string]Figure) bool {
	var ok bool
	b.unit, _ = b.words.Unit(b.guard.Unit)
	if b.of, b.ofUnit, ok = b.amount(figures, b.guard.Of); !ok {
		return false
	}
	switch {
	case b.guard.Per != "":
		if b.per, b.perUnit, ok = b.amount(figures, b.guard.Per); !ok {
			return false
		}
	case b.guard.PerRecord:
		b.per, b.perUnit = new(big.Rat).SetInt64(figures[b.guard.Of].Records), catalog.Unit{Dimension: catalog.Count, Steps: 1}
	case b.guard.Against != nil:
		return b.share()
	default:
		b.set(one(b.of))
		return true
	}
	if b.per.Sign() == 0 {
		return b.unknown("guard.unknown.zero", map[string]string{"figure": b.guard.Per})
	}
	b.quotient, _ = catalog.Divide(b.ofUnit, b.perUnit)
	b.set(one(b.quotient.Of(b.of, b.per)))
	return true
}

// share divides by what is usual: the more is usual, the less is the share.
func (b *bench) share() bool {
	usual, ok := spanOf(*b.guard.Against)
	b.perUnit, _ = b.words.Unit(b.guard.Against.Unit)
	if !ok {
		return b.unknown("guard.unknown.zero", map[string]string{"figure": b.guard.Of})
	}
	steps := new(big.Rat).SetInt64(b.perUnit.Steps)
	b.quotient, _ = catalog.Divide(b.ofUnit, b.perUnit)
	ends := span{b.quotient.Of(b.of, new(big.Rat).Mul(usual.high, steps)), b.quotient.Of(b.of, new(big.Rat).Mul(usual.low, steps))}
	if ends.low.Cmp(ends.high) > 0 {
		ends.low, ends.high = ends.high, ends.low // of less than nothing
	}
	b.set(ends)
	return true
}

// set keeps a value that is in base units.
func (b *bench) set(base span) {
	b.judged = span{inUnit(base.low, b.unit), inUnit(base.high, b.unit)}
	b.out.Value, b.out.ValueTo = decimal(b.judged.low), decimal(b.judged.high)
}

func inUnit(base *big.Rat, u catalog.Unit) *big.Rat {
	return new(big.Rat).Quo(base, new(big.Rat).SetInt64(max(u.Steps, 1)))
}

// bounds finds the band, or the figure that is the limit.
func (b *bench) bounds(figures map[string]Figure) bool {
	if b.guard.AtMost == "" {
		b.least, _ = number(b.guard.Min)
		b.most, _ = number(b.guard.Max)
		return true
	}
	most, _, ok := b.amount(figures, b.guard.AtMost)
	if !ok {
		b.out.Value, b.out.ValueTo = "", ""
		return false
	}
	b.most = inUnit(most, b.unit)
	b.out.Max = decimal(b.most)
	return true
}

func (b *bench) compare() {
	b.out.Status = Within
	switch {
	case b.most != nil && b.judged.low.Cmp(b.most) > 0:
		b.out.Status = Outside
		b.out.Times = times(b.judged.low, b.most)
	case b.least != nil && b.judged.high.Cmp(b.least) < 0:
		b.out.Status = Outside
		b.out.Times = times(b.least, b.judged.high)
	}
	usual, known := b.usual()
	if !known || usual.low.Sign() <= 0 || b.judged.low.Cmp(usual.high) <= 0 && b.judged.high.Cmp(usual.low) >= 0 {
		return
	}
	b.out.TimesUsual = span{new(big.Rat).Quo(b.judged.low, usual.high), new(big.Rat).Quo(b.judged.high, usual.low)}.texts("")
}

// times gives how many times the second number the first is; "" of none.
func times(of, per *big.Rat) string {
	if per.Sign() == 0 {
		return ""
	}
	return decimal(new(big.Rat).Quo(of, per))
}

func (b *bench) usual() (span, bool) {
	if b.guard.Usual == nil {
		return span{}, false
	}
	return spanOf(*b.guard.Usual)
}

// totals turns bounds round: with this divisor, how much could it be?
func (b *bench) totals() {
	if b.per == nil || b.guard.PerRecord {
		return
	}
	if b.least != nil && b.most != nil && b.guard.AtMost == "" {
		b.out.AtBounds = b.total(span{b.least, b.most}).texts(b.ofUnit.Word)
	}
	if usual, known := b.usual(); known {
		b.out.AtUsual = b.total(usual).texts(b.ofUnit.Word)
	}
}

func (b *bench) total(s span) span {
	back := func(value *big.Rat) *big.Rat {
		base := new(big.Rat).Mul(value, new(big.Rat).SetInt64(b.unit.Steps))
		return inUnit(b.quotient.Times(base, b.per), b.ofUnit)
	}
	return span{back(s.low), back(s.high)}
}

// label gives the name of a unit in a language.
func label(u catalog.Unit, chinese bool) string {
	if chinese {
		return u.ZH
	}
	return u.EN
}

// quantity writes numbers with their unit in both languages.
type quantity struct {
	number string
	unit   catalog.Unit
}

func (q quantity) text(chinese bool) string {
	if name := label(q.unit, chinese); name != "" {
		return fmt.Sprintf("%s %s", q.number, name)
	}
	return q.number
}
