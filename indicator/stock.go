package indicator

// A stock fact says the value that a subject has from its day on, until the next one. The level of a place is the sum
// over the subjects that are there; its rollup holds by how much the level changes in a span. So a new value in the middle
// changes two days: its own and, if it takes the place of an old one, the next. Of two values for one day the later in the
// ledger holds, then the one with the greater root.

import (
	"cmp"
	"context"
	"slices"

	"qingshan/fact"
	"qingshan/record"
)

// line names the history of one subject in one measure.
type line struct {
	measure fact.Measure
	subject string
}

// mark is where a point stands on its line.
type mark struct {
	day  record.Day
	root record.ID
}

// point is a value said of a subject. refs counts the facts of one root and day that it is made of, usually one.
type point struct {
	place  record.UnitCode
	amount int64
	seq    int64
	refs   int64
}

// points are the values of one line.
type points map[mark]point

// moveStocks changes the points, and adds the differences of the levels to the rollups.
func moveStocks(ctx context.Context, s store, changes []fact.Change, sums rollups) error {
	if len(changes) == 0 {
		return nil
	}
	lines := map[line]bool{}
	for _, c := range changes {
		signed(c, func(f fact.Fact, _ int64) { lines[line{f.Measure, f.Subject}] = true })
	}
	known, err := s.selectPoints(ctx, lines)
	if err != nil {
		return err
	}
	for l, points := range known {
		points.levels(l.measure, -1, sums)
	}
	moved := map[line]map[mark]point{}
	for _, c := range changes {
		signed(c, func(f fact.Fact, sign int64) {
			l, m := line{f.Measure, f.Subject}, mark{f.Day, f.Root}
			if known[l] == nil {
				known[l] = points{}
			}
			if moved[l] == nil {
				moved[l] = map[mark]point{}
			}
			known[l][m] = known[l][m].moved(f, sign)
			difference := moved[l][m].moved(f, sign)
			difference.place, difference.seq = known[l][m].place, known[l][m].seq
			moved[l][m] = difference
		})
	}
	for l, points := range known {
		points.levels(l.measure, 1, sums)
	}
	return s.addPoints(ctx, moved)
}

// moved adds a fact to the point or takes it off; the fact that is added says place and sequence.
func (p point) moved(f fact.Fact, sign int64) point {
	p.amount += sign * f.Amount
	p.refs += sign
	if sign > 0 {
		p.place, p.seq = f.Place, f.Seq
	}
	return p
}

// levels adds to the rollups, with a sign, by how much the line changes the level of each place on each day.
func (ps points) levels(m fact.Measure, sign int64, sums rollups) {
	var before point
	for _, step := range ps.steps() {
		sums.add(m, before.place, step.day, -sign*before.amount, -sign*before.present())
		sums.add(m, step.place, step.day, sign*step.amount, sign*step.present())
		before = step.point
	}
}

// present is 1 if the subject is there at all.
func (p point) present() int64 {
	if p.amount == 0 {
		return 0
	}
	return 1
}

// step is the point that holds from a day on.
type step struct {
	mark
	point
}

// steps lists the points in force in order of days, one a day.
func (ps points) steps() []step {
	steps := make([]step, 0, len(ps))
	for m, p := range ps {
		if p.refs > 0 {
			steps = append(steps, step{m, p})
		}
	}
	slices.SortFunc(steps, func(a, b step) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.seq, b.seq), slices.Compare(a.root[:], b.root[:]))
	})
	out := steps[:0]
	for i, s := range steps {
		if i+1 == len(steps) || steps[i+1].day != s.day {
			out = append(out, s)
		}
	}
	return out
}
