package year

import (
	"qingshan/record"
)

// trouble is a river problem: found on a day and, after a while, closed; 0 if it is still open at the end of the year.
type trouble struct {
	found, closed record.Day
	late          bool // closed again by somebody who did not know
}

// problems draws what was found on the rivers and what was put right: as many closed by the freeze as the quota says, the
// rest later or not at all.
func (g *generator) problems() {
	d := newDice(g.seed, "problems")
	q := g.q.Problems
	before, after := g.q.calendar(record.Day(g.q.First), record.Day(g.q.End), q.Season, q.Weekdays).split(record.Day(g.q.Freeze))
	for _, t := range g.troubles(d, before.draw(d, q.Found), after.draw(d, q.Found*after.total()/before.total())) {
		g.trouble(d, t)
	}
}

func (g *generator) troubles(d dice, found, later []record.Day) []trouble {
	q, freeze, end := g.q.Problems, record.Day(g.q.Freeze), record.Day(g.q.End)
	var list []trouble
	for i, day := range found {
		t := trouble{found: day, closed: min(day.Add(1+d.IntN(q.LagDays)), freeze)}
		if i >= q.Closed { // the latest found are those still open at the freeze
			t.closed = freeze.Add(2 + d.IntN(2*q.LagDays))
		}
		list = append(list, t)
	}
	for _, day := range later {
		list = append(list, trouble{found: day, closed: day.Add(1 + d.IntN(q.LagDays))})
	}
	for i := range list {
		if list[i].closed > end {
			list[i].closed = 0
		}
	}
	for _, i := range d.Perm(min(q.Closed, len(list)))[:min(q.ClosedAgain, q.Closed, len(list))] {
		list[i].late = true
	}
	return list
}

func (g *generator) trouble(d dice, t trouble) {
	q := g.q.Problems
	places, zeal, err := g.w.places(g.q, "neighbourhoods")
	if err != nil {
		panic("year: " + err.Error()) // the word is known
	}
	place := places[d.index(zeal)]
	found := g.problem(d, t.found, place, "river.problem_found", values{"category": d.word(q.Categories), "source": d.word(q.Sources),
		"river": g.w.pick(d, "river", place)}, Count{Figure: q.FoundFigure, Amount: millionths})
	if t.closed == 0 {
		return
	}
	g.close(d, t.closed, place, found)
	if t.late {
		g.close(d, min(t.closed.Add(2), record.Day(g.q.End)), place, found)
	}
}

func (g *generator) close(d dice, day record.Day, place record.UnitCode, found Act) {
	q := g.q.Problems
	g.problem(d, day, place, "river.problem_closed", values{"problem": found.ID.String(), "result": d.word(q.Results)},
		Count{Figure: q.ClosedFigure, Basis: Once, Amount: millionths, Subject: found.ID.String()})
}

func (g *generator) problem(d dice, day record.Day, place record.UnitCode, kind string, told values, count Count) Act {
	id := d.id(day)
	a := Act{Book: record.Book(g.q.Town), Place: place, Day: day, Deliver: g.q.delivery(day, 0), ID: id, Root: id, Want: Stored, Counts: []Count{count}, rank: rankActs,
		said: said{ID: id.String(), Kind: kind, Observed: when(d, day, [2]int{7, 18}), About: []string{"unit/" + string(place)},
			By: g.w.person(d, record.Book(g.q.Town), "grid_worker", place), Values: told, Where: g.w.position(d, place)}}
	g.send(d, stream{}, a)
	return a
}
