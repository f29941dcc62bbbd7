// Package year draws the demonstration year: single acts, with what each is meant to count for, from the quotas in year.json
// and a seed. It is pure; it sends nothing and knows neither the catalog nor what was published.
package year

import (
	"fmt"
	"math"
	"slices"
	"time"

	"qingshan/record"
)

// Options vary the year, above all for tests: the figures must follow.
type Options struct {
	// Seed draws another year from the same quotas.
	Seed uint64
	// Scale multiplies how many acts happen and what they come to; what is registered stays. 0 means 1.
	Scale float64
	// Drop leaves out everything that happens in one village, its register included.
	Drop record.UnitCode
	// Shift moves every act of one month ("2025-06") to the next; what is registered stays.
	Shift record.Span
}

// order of delivery within a day
const (
	rankUnits = iota
	rankCounty
	rankPeople
	rankObjects
	rankAnimals
	rankActs
)

// generator draws a year.
type generator struct {
	q    Quotas
	w    *world
	seed uint64
	acts []Act
	made map[string][]Act // the acts of a stream that count, for those that follow them
}

// Draw draws the year from the quotas that come with the program.
func Draw(o Options) (Year, error) {
	q, err := ReadQuotas()
	if err != nil {
		return Year{}, err
	}
	return Generate(q, o)
}

// Generate draws the year: the same quotas and options give the same acts, byte for byte.
func Generate(q Quotas, o Options) (Year, error) {
	q.scale(o.Scale)
	w, err := newWorld(q)
	if err != nil {
		return Year{}, err
	}
	g := &generator{q: q, w: w, seed: o.Seed, made: map[string][]Act{}}
	g.registers()
	if err := g.animals(); err != nil {
		return Year{}, err
	}
	for _, s := range q.Streams {
		if err := g.stream(s); err != nil {
			return Year{}, fmt.Errorf("draw %s: %w", s.Name, err)
		}
	}
	g.problems()
	g.refused()
	return g.year(o), nil
}

// year applies the options that work on finished acts, writes the bodies and puts everything in order.
func (g *generator) year(o Options) Year {
	acts := g.acts
	if o.Drop != "" {
		acts = slices.DeleteFunc(acts, func(a Act) bool { return o.Drop.Holds(a.Place) && a.rank != rankUnits })
	}
	for i := range acts {
		if o.Shift != "" && acts[i].rank == rankActs && acts[i].Day.Month() == o.Shift {
			acts[i].shift(record.Day(g.q.End))
		}
		acts[i].Body = acts[i].said.body()
	}
	sortActs(acts)
	g.fates(acts)
	return Year{Quotas: g.q, Acts: acts, effective: effective(acts)}
}

// shift moves an act to the next month: the same day, or that month's last.
func (a *Act) shift(end record.Day) {
	first := record.DayOf(a.Day.Time().AddDate(0, 0, 1-a.Day.Time().Day()))
	next := first.Time().AddDate(0, 1, 0)
	days := next.AddDate(0, 1, 0).Sub(next).Hours() / 24
	to := record.DayOf(next.AddDate(0, 0, min(a.Day.Time().Day(), int(days))-1))
	by := int(to.Time().Sub(a.Day.Time()) / (24 * time.Hour))
	a.said.Observed = to.String() + a.said.Observed[len(to.String()):]
	a.Day, a.Deliver = to, min(a.Deliver.Add(by), end)
}

// scale multiplies the acts and what they come to.
func (q *Quotas) scale(by float64) {
	if by == 0 || by == 1 {
		return
	}
	times := func(n int) int { return int(math.Round(float64(n) * by)) }
	q.Problems.Found, q.Problems.Closed = times(q.Problems.Found), times(q.Problems.Closed)
	for i := range q.Streams {
		s := &q.Streams[i]
		s.Acts = times(s.Acts)
		scaleAmounts(s.Amounts, s.Acts-len(s.Held), by)
		for j := range s.Counts {
			s.Counts[j].Objects = min(times(s.Counts[j].Objects), s.Acts)
		}
		if s.Facet != nil {
			s.Facet.Acts = times(s.Facet.Acts)
			scaleAmounts(s.Facet.Amounts, s.Facet.Acts, by)
		}
	}
}

func scaleAmounts(amounts []amount, acts int, by float64) {
	for i := range amounts {
		a := &amounts[i]
		steps := Decimal(math.Round(float64(a.Target/a.Step) * by))
		least, most := Decimal(acts)*((a.Low+a.Step-1)/a.Step), Decimal(acts)*(a.High/a.Step)
		a.Target = min(max(steps, least), most) * a.Step
	}
}

// when gives the text of a moment between two hours of a day, or of the day alone if no hours are said.
func when(d dice, day record.Day, hours [2]int) string {
	if hours[1] <= hours[0] {
		return day.String()
	}
	minute := hours[0]*60 + d.IntN((hours[1]-hours[0])*60)
	return fmt.Sprintf("%sT%02d:%02d:%02d+08:00", day, minute/60, minute%60, d.IntN(60))
}

// delivery gives the day on which something observed on a day arrives after a delay: what belongs to the part of the year
// that is frozen arrives before the freeze, so that the frozen figures can be read again at any time.
func (q Quotas) delivery(day record.Day, delay int) record.Day {
	last := record.Day(q.End)
	if day <= record.Day(q.Freeze) {
		last = record.Day(q.Freeze)
	}
	return max(min(day.Add(delay), last), record.Day(q.Setup))
}
