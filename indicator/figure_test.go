package indicator

import (
	"math/big"
	"testing"
)

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		num, den int64
		want     string
	}{
		{0, 1, "0"}, {5, 1, "5"}, {1, 2, "0.5"}, {-1, 2, "-0.5"}, {1, 3, "0.333333"}, {2, 3, "0.666667"}, {100, 1, "100"},
		{1, 2_000_000, "0"}, {3, 2_000_000, "0.000002"}, {5, 2_000_000, "0.000002"}, {-3, 2_000_000, "-0.000002"}, // ties go to even
		{-1, 3_000_000, "0"}, {860, 194, "4.43299"},
	} {
		if got := decimal(big.NewRat(c.num, c.den)); got != c.want {
			t.Errorf("%d/%d: got %s, want %s", c.num, c.den, got, c.want)
		}
	}
}

func TestPositionsReadBack(t *testing.T) {
	p := position{Place: "220323102210-01", Day: 20250603, Book: "220323102", Seq: 41, Measure: "waste", Subject: "桥头 \"x\"", Root: "r", Key: "k"}
	if got, err := parsePosition(p.String()); err != nil || got != p {
		t.Errorf("got %+v, %v; want %+v", got, err, p)
	}
}

func FuzzPosition(f *testing.F) {
	f.Add(position{Place: "220323102", Day: 20250101}.String())
	f.Add("")
	f.Add("e30")
	f.Add(position{Subject: "\x00"}.String())
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePosition(s)
		if err != nil {
			return
		}
		if again, err := parsePosition(p.String()); err != nil || again != p {
			t.Errorf("%q: read %+v, then %+v, %v", s, p, again, err)
		}
	})
}
