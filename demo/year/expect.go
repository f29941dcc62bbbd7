package year

import (
	"qingshan/record"
)

// Expect says what a figure must come to at a place over a period, from what the acts were meant to count for: the catalog,
// the folds and the rollups have no part in it, so it can judge them. A ratio or a sum of figures is not its business.
func (y Year) Expect(figure string, place record.UnitCode, period record.Period) Decimal {
	return y.ExpectAll(place, period)[figure]
}

// ExpectAll gives [Year.Expect] for every figure that any act counts for; the others come to nothing.
func (y Year) ExpectAll(place record.UnitCode, period record.Period) map[string]Decimal {
	sheets := map[string]*tallySheet{}
	for _, a := range y.effective {
		for _, c := range a.Counts {
			sheet := sheets[c.Figure]
			if sheet == nil {
				sheet = &tallySheet{stock: map[string]Decimal{}, last: map[string]record.Day{}, seen: map[string]bool{}, first: map[string]Act{}}
				sheets[c.Figure] = sheet
			}
			sheet.note(a, c, place, period)
		}
	}
	all := map[string]Decimal{}
	for figure, sheet := range sheets {
		all[figure] = sheet.total(place, period)
	}
	delete(all, "")
	return all
}

// tallySheet is one reading in the making.
type tallySheet struct {
	sum   Decimal
	stock map[string]Decimal
	last  map[string]record.Day
	seen  map[string]bool
	first map[string]Act
}

func (t *tallySheet) note(a Act, c Count, place record.UnitCode, period record.Period) {
	if c.Basis == Once {
		if known, met := t.first[c.Subject]; !met || a.Day < known.Day || a.Day == known.Day && a.Root.String() < known.Root.String() {
			t.first[c.Subject] = a
		}
		return
	}
	if !place.Holds(a.Place) || a.Day > period.To {
		return
	}
	switch {
	case c.Basis == Stock && a.Day >= t.last[c.Subject]:
		t.stock[c.Subject], t.last[c.Subject] = c.Amount, a.Day
	case c.Basis == Sum && period.Holds(a.Day):
		t.sum += c.Amount
	case c.Basis == Distinct && period.Holds(a.Day):
		t.seen[c.Subject] = true
	}
}

func (t *tallySheet) total(place record.UnitCode, period record.Period) Decimal {
	sum := t.sum + Decimal(len(t.seen))*millionths
	for _, level := range t.stock {
		sum += level
	}
	for _, a := range t.first {
		if place.Holds(a.Place) && period.Holds(a.Day) {
			sum += millionths
		}
	}
	return sum
}

// Effective gives the acts that count at the end of the year: of a record and its amendments the one delivered last, unless
// that withdraws it; of the held ones those that were confirmed; of what was refused or sent again, nothing.
func (y Year) Effective() []Act { return y.effective }

func effective(acts []Act) []Act {
	latest := map[record.ID]int{}
	confirmed := map[record.ID]bool{}
	var roots []record.ID
	for i := range acts {
		switch a := &acts[i]; {
		case a.Want != Stored:
		case !a.Confirm.Zero():
			confirmed[a.Confirm] = true
		default:
			if _, known := latest[a.Root]; !known {
				roots = append(roots, a.Root)
			}
			latest[a.Root] = i
		}
	}
	var list []Act
	for _, root := range roots {
		a := acts[latest[root]]
		if len(a.Counts) > 0 && (!a.Held || confirmed[root]) {
			list = append(list, a)
		}
	}
	return list
}
