package catalog_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"qingshan/catalog"
)

func TestFormat(t *testing.T) {
	c := load(t)
	for _, f := range []struct {
		unit   string
		amount int64
		want   string
	}{
		{"t", 1_314_000_000, "1314"},
		{"t", 500_000, "0.5"},
		{"t", 1, "0.000001"},
		{"t", 0, "0"},
		{"t", -1_250_000, "-1.25"},
		{"kg", 100, "0.1"},
		{"yuan", 900_001, "9000.01"},
		{"km", 530_000_000, "530"},
		{"li", 1, "0.000002"},
		{"mu", 540 * 200_000, "540"},
		{"mu", 300, "0.0015"},         // one square metre
		{"ha", 300, "0.0001"},         // ends, although a mu of it does not
		{"m2", 200_000, "666.666667"}, // one mu has no last digit in square metres
		{"m2", -200_000, "-666.666667"},
		{"m2", 100, "0.333333"},
		{"km2", 1, "0"}, // a third of a square decimetre is nothing in square kilometres
		{"km2", -1, "0"},
		{"wan_t", 1, "0.0000000001"}, // ends after ten places: shown exactly
		{"times", 194, "194"},
		{"t", 9_007_199_254_740_991, "9007199254.740991"}, // beyond what a float holds with its decimals
		{"yuan", 9_007_199_254_740_993, "90071992547409.93"},
	} {
		u, found := c.Unit(f.unit)
		if !found {
			t.Fatalf("no unit %s", f.unit)
		}
		if got := u.Format(f.amount); got != f.want {
			t.Errorf("%d base units in %s: got %s, want %s", f.amount, f.unit, got, f.want)
		}
	}
}

// TestFormatIsNeverOff compares with exact fractions: equal if the decimals end, else less than a millionth away.
func TestFormatIsNeverOff(t *testing.T) {
	const seed = 20250603
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	limit := big.NewRat(1, 2_000_000)
	for range 5_000 {
		u := catalog.Unit{Steps: 1 + rng.Int64N(1<<uint(1+rng.IntN(40)))}
		amount := rng.Int64N(1<<53) - 1<<52
		text := u.Format(amount)
		shown, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%d / %d: %q is no number", amount, u.Steps, text)
		}
		want := big.NewRat(amount, u.Steps)
		_, ends := want.FloatPrec()
		away := new(big.Rat).Sub(shown, want)
		if ends && away.Sign() != 0 || away.Abs(away).Cmp(limit) > 0 {
			t.Errorf("%d / %d: got %s, want %s", amount, u.Steps, text, want.FloatString(12))
		}
	}
}

func TestStandardUnitsAreWhatTheyAre(t *testing.T) {
	c := load(t)
	for _, equal := range []struct {
		many  int64
		small string
		one   int64
		large string
	}{
		{2, "jin", 1, "kg"}, {10, "liang", 1, "jin"}, {1000, "kg", 1, "t"}, {10000, "t", 1, "wan_t"},
		{2, "li", 1, "km"}, {100, "cm", 1, "m"},
		{15, "mu", 1, "ha"}, {2000, "m2", 3, "mu"}, {100, "ha", 1, "km2"}, {10, "fen_land", 1, "mu"},
		{1000, "l", 1, "m3"}, {100, "fen", 1, "yuan"}, {10, "jiao", 1, "yuan"}, {10000, "yuan", 1, "wan_yuan"},
		{60, "min", 1, "h"}, {24, "h", 1, "day"}, {100, "percent", 1, "per_one"}, {2, "jin_per_mu", 1, "kg_per_mu"},
		{1000, "yuan_per_t", 1, "yuan_per_kg"}, {2, "yuan_per_kg", 1, "yuan_per_jin"},
	} {
		a, foundA := c.Unit(equal.small)
		b, foundB := c.Unit(equal.large)
		if !foundA || !foundB || a.Dimension != b.Dimension || equal.many*a.Steps != equal.one*b.Steps {
			t.Errorf("%d %s = %d %s: got %+v and %+v", equal.many, equal.small, equal.one, equal.large, a, b)
		}
	}
}
