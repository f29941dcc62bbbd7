package indicator

import (
	"cmp"
	"slices"

	"qingshan/fact"
	"qingshan/record"
)

// cell is a row of the table of rollups.
type cell struct {
	measure fact.Measure
	place   record.UnitCode
	span    record.Span
}

func (c cell) compare(other cell) int {
	return cmp.Or(cmp.Compare(c.measure, other.measure), cmp.Compare(c.place, other.place), cmp.Compare(c.span, other.span))
}

// total is an amount in base units and the number of facts behind it.
type total struct {
	amount  int64
	records int64
}

func (t total) plus(amount, records int64) total {
	return total{t.amount + amount, t.records + records}
}

// rollups are differences to be added to rows.
type rollups map[cell]total

// add puts an amount into the day, the month and the year, at the place and all above it.
func (r rollups) add(m fact.Measure, place record.UnitCode, day record.Day, amount, records int64) {
	if amount == 0 && records == 0 {
		return
	}
	spans := [...]record.Span{day.Span(), day.Month(), day.Year()}
	for _, p := range place.Path() {
		for _, span := range spans {
			c := cell{measure: m, place: p, span: span}
			r[c] = r[c].plus(amount, records)
		}
	}
}

// change takes in a change of a fact whose amount is simply added.
func (r rollups) change(c fact.Change) {
	signed(c, func(f fact.Fact, sign int64) { r.add(f.Measure, f.Place, f.Day, sign*f.Amount, sign) })
}

// inOrder lists the rows that change, in key order, so that two transactions meet each row in the same order.
func (r rollups) inOrder() []cell {
	cells := make([]cell, 0, len(r))
	for c, t := range r {
		if t != (total{}) {
			cells = append(cells, c)
		}
	}
	slices.SortFunc(cells, cell.compare)
	return cells
}

// fewer lists the rows that may come to nothing if they count facts: those that lose some. A row of levels holds
// differences of either sign, so there any change may do it.
func (r rollups) fewer() []cell {
	return slices.DeleteFunc(r.inOrder(), func(c cell) bool { return r[c].records >= 0 })
}
