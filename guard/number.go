package guard

import (
	"math/big"
	"strings"

	"qingshan/catalog"
)

// maxDigits is how many decimals a number keeps that has no last one.
const maxDigits = 6

// shownDigits is how many decimals the arithmetic shows.
const shownDigits = 2

// number reads a decimal; the catalog and the door let no other text pass.
func number(text string) (*big.Rat, bool) {
	if text == "" {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// decimal writes a number: exactly where its decimals end, else rounded to six of them.
func decimal(r *big.Rat) string {
	digits, exact := r.FloatPrec()
	if !exact {
		digits = maxDigits
	}
	return trimmed(rounded(r, digits).FloatString(digits))
}

// rounded gives the nearest number with so many decimals, from the middle the even one.
func rounded(r *big.Rat, digits int) *big.Rat {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	scaled := new(big.Rat).Mul(r, new(big.Rat).SetInt(unit))
	double := new(big.Int).Lsh(scaled.Num(), 1)
	double.Add(double, scaled.Denom())
	divisor := new(big.Int).Lsh(scaled.Denom(), 1)
	nearest, rest := new(big.Int).DivMod(double, divisor, new(big.Int))
	if rest.Sign() == 0 && nearest.Bit(0) == 1 {
		nearest.Sub(nearest, big.NewInt(1))
	}
	return new(big.Rat).SetFrac(nearest, unit)
}

func trimmed(text string) string {
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}

// short tells whether a number has no more decimals than are shown.
func short(r *big.Rat) bool { return rounded(r, shownDigits).Cmp(r) == 0 }

// shown writes a number for reading, with ≈ where there is more of it.
func shown(r *big.Rat) string { return one(r).shown() }

// written writes a number with its thousands apart and two decimals.
func written(r *big.Rat) string {
	text := trimmed(rounded(r, shownDigits).FloatString(shownDigits))
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	whole, part, _ := strings.Cut(text, ".")
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if part != "" {
		whole += "." + part
	}
	return sign + whole
}

// span is two numbers, the lower first; most often they are one.
type span struct{ low, high *big.Rat }

func one(r *big.Rat) span { return span{r, r} }

func (s span) single() bool { return s.low.Cmp(s.high) == 0 }

// short tells whether both ends are.
func (s span) short() bool { return short(s.low) && short(s.high) }

// shown writes a span for reading, with ≈ where there is more of it.
func (s span) shown() string {
	if s.short() {
		return s.written()
	}
	return "≈" + s.written()
}

func (s span) written() string {
	if s.single() {
		return written(s.low)
	}
	return written(s.low) + "–" + written(s.high)
}

// texts gives the span as a range of decimals.
func (s span) texts(unit string) *catalog.Range {
	return &catalog.Range{Low: decimal(s.low), High: decimal(s.high), Unit: unit}
}

// spanOf reads a range of the catalog.
func spanOf(r catalog.Range) (span, bool) {
	low, okLow := number(r.Low)
	high, okHigh := number(r.High)
	return span{low, high}, okLow && okHigh
}
