package app_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"qingshan/db"
	"qingshan/demo/year"
	"qingshan/record"
)

// months asks about a place's every month and its year.
func months(place record.UnitCode) []question {
	asked := []question{{place, "2025", 0}}
	for month := 1; month <= 12; month++ {
		asked = append(asked, question{place, fmt.Sprintf("2025-%02d", month), 0})
	}
	return asked
}

// varied lives another year elsewhere and gives its figures beside those of this one.
func (l *life) varied(t *testing.T, o year.Options, places []record.UnitCode, judge func(t *testing.T, was, is readings)) {
	var asked []question
	for _, place := range places {
		asked = append(asked, months(place)...)
	}
	was := l.read(t, asked)
	elsewhere(t, l.loc, func(t *testing.T, loc db.Location) {
		y := draw(t, o)
		other := install(t, loc, y.Begin())
		other.live(t, l.d, y)
		judge(t, was, other.read(t, asked))
	})
}

// dropped leaves out one village: its figures are nothing, those of the town are less by what it had, and no other
// village's moves.
func (l *life) dropped(t *testing.T) {
	q := l.year.Quotas
	order := l.d.Perm(len(q.Villages) - 1)
	gone, stays := q.Villages[1+order[0]].Code, q.Villages[1+order[1]].Code
	o := l.options
	o.Drop = gone
	t.Logf("without %s", gone)
	l.varied(t, o, []record.UnitCode{q.Town, gone, stays}, func(t *testing.T, was, is readings) {
		moved := 0
		for at, figures := range is {
			for code, r := range figures {
				want := number(was[at][code])
				switch {
				case at.place == stays || code == "place.village_committees": // the unit itself stays registered
				case r.Basis == "ratio":
					continue
				case at.place == gone:
					want = new(big.Rat)
				default:
					want.Sub(want, number(was[question{gone, at.period, 0}][code]))
				}
				if got := number(r); got.Cmp(want) != 0 {
					t.Errorf("%s at %s in %s was %s and is %s, want %s", code, at.place, at.period, was[at][code].text(), r.text(), want.FloatString(6))
				}
				if r.text() != was[at][code].text() {
					moved++
				}
			}
		}
		if moved < 50 {
			t.Errorf("only %d figures moved", moved)
		}
	})
}

// shifted has every act of one month happen in the next: those two months change, and nothing else does.
func (l *life) shifted(t *testing.T) {
	month := 3 + l.d.IntN(8)
	from, to := fmt.Sprintf("2025-%02d", month), fmt.Sprintf("2025-%02d", month+1)
	q := l.year.Quotas
	o := l.options
	o.Shift = record.Span(from)
	t.Logf("%s moves to %s", from, to)
	places := []record.UnitCode{q.Town, q.County, q.Villages[l.d.IntN(len(q.Villages))].Code}
	l.varied(t, o, places, func(t *testing.T, was, is readings) {
		moved := 0
		for at, figures := range is {
			for code, r := range figures {
				want, most := number(was[at][code]), number(was[at][code])
				flow := r.Basis != "stock" && r.Basis != "ratio"
				switch {
				case flow && at.period == from:
					want, most = new(big.Rat), new(big.Rat)
				case flow && at.period == to:
					most.Add(most, number(was[question{at.place, from, 0}][code]))
					if !strings.HasPrefix(r.Basis, "distinct") { // one household may be met in both months
						want = most
					}
				case r.Basis == "ratio" && (at.period == from || at.period == to):
					continue
				}
				if got := number(r); got.Cmp(want) < 0 || got.Cmp(most) > 0 {
					t.Errorf("%s at %s in %s was %s and is %s, want %s to %s", code, at.place, at.period, was[at][code].text(), r.text(),
						want.FloatString(6), most.FloatString(6))
				}
				if r.text() != was[at][code].text() {
					moved++
				}
			}
		}
		if moved < 30 {
			t.Errorf("only %d figures moved", moved)
		}
	})
}

// number gives the value of a reading; no number is nothing.
func number(r reading) *big.Rat {
	if value, ok := new(big.Rat).SetString(r.text()); ok {
		return value
	}
	return new(big.Rat)
}
