package catalog

import (
	"math/big"
	"regexp"
	"strings"
)

// mostAmount bounds every amount: the canonical form writes integers below 2^53.
const mostAmount = 1<<53 - 1

// numberForm is JSON's number, with bounded length and exponent so that no short text grows into a huge number.
var numberForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$`)

// mostDigits bounds the text of a number.
const mostDigits = 40

// The reasons why a text is not a whole number of base units; they are the codes of findings.
const (
	notANumber = "value.not_a_number"
	inexact    = "value.inexact"
	tooLarge   = "value.too_large"
	tooSmall   = "value.too_small"
	negative   = "value.negative"
)

// baseUnits multiplies a decimal number by the steps of its unit, exactly. It gives the amount, or the code of the reason
// why there is none. No float is involved: 0.1 t is 100,000 g.
func baseUnits(text string, steps int64) (int64, string) {
	if len(text) > mostDigits || !numberForm.MatchString(text) {
		return 0, notANumber
	}
	value, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, notANumber
	}
	value.Mul(value, new(big.Rat).SetInt64(steps))
	if !value.IsInt() {
		return 0, inexact
	}
	n := value.Num()
	switch {
	case n.CmpAbs(big.NewInt(mostAmount)) <= 0:
		return n.Int64(), ""
	case n.Sign() < 0:
		return 0, tooSmall
	default:
		return 0, tooLarge
	}
}

// decimalForm is a plain decimal number: no exponent, no leading zero, no sign but "-".
var decimalForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// plainDecimal tells whether text is a decimal number as claims say it; "-0" in any length is none.
func plainDecimal(text string) bool {
	return len(text) <= mostDigits && decimalForm.MatchString(text) &&
		(text[0] != '-' || strings.ContainsAny(text, "123456789"))
}
