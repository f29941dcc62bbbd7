package year

import (
	"fmt"
	"slices"
	"strings"

	"qingshan/record"
)

// lot is a herd or a flock whose number changes over the year and stands at final on the day of the freeze.
type lot struct {
	statement
	field  string
	figure string
	final  Decimal
	days   []record.Day
}

// animals states the herds and flocks: the number at first, some changes, the number that the quota asks for, and what
// happened after the freeze.
func (g *generator) animals() error {
	herds, err := g.herds()
	if err != nil {
		return fmt.Errorf("draw herds: %w", err)
	}
	g.change("herds", herds, g.q.Herds.Changes, g.q.Herds.Season, record.Day(g.q.RegisteredFrom))
	flocks, err := g.flocks()
	if err != nil {
		return fmt.Errorf("draw flocks: %w", err)
	}
	g.change("flocks", flocks, g.q.Flocks.Changes, g.q.Flocks.Season, 0)
	return nil
}

func heads(n int64) Decimal { return Decimal(n) * millionths }

func (g *generator) herds() ([]lot, error) {
	d := newDice(g.seed, "herds")
	households := g.w.objects["keeper/"+string(g.q.Herds.Place)]
	var lots []lot
	for _, s := range g.q.Herds.Species {
		finals, err := d.parts(s.Herds, amount{Field: s.Species, Step: millionths, Low: heads(s.Low), High: heads(s.High), Target: heads(s.Target)})
		if err != nil {
			return nil, err
		}
		for _, final := range finals {
			household := households[len(lots)]
			id := strings.Replace(household, "household/h-", "herd-", 1)
			lots = append(lots, lot{field: "heads", figure: s.Figure, final: final, statement: statement{register: "herd", id: id,
				book: g.bookOf(g.q.Herds.Place), place: g.q.Herds.Place, values: values{"species": s.Species, "household": household}}})
		}
	}
	return lots, nil
}

func (g *generator) flocks() ([]lot, error) {
	f := g.q.Flocks
	d := newDice(g.seed, "flocks")
	finals, err := d.parts(f.Flocks, amount{Field: f.Species, Step: millionths, Low: heads(f.Low), High: heads(f.High), Target: heads(f.Target)})
	if err != nil {
		return nil, err
	}
	var lots []lot
	for i, final := range finals {
		at := slices.IndexFunc(g.q.Objects, func(o object) bool { return o.ID == f.Plots[i] })
		if at < 0 {
			return nil, fmt.Errorf("plot %s is not among the objects", f.Plots[i])
		}
		place := g.q.Objects[at].Place
		lots = append(lots, lot{field: "birds", figure: f.Figure, final: final, statement: statement{register: "flock", id: fmt.Sprintf("flock-%d", i+1),
			book: g.bookOf(place), place: place, values: values{"species": f.Species, "plot": "forest_plot/" + f.Plots[i]}}})
	}
	return lots, nil
}

// change draws the days on which lots change and states each lot on each of its days. Without a first day every lot begins
// on a day of the season.
func (g *generator) change(name string, lots []lot, changes int, seasonName string, first record.Day) {
	d := newDice(g.seed, name+" changes")
	before, after := g.q.calendar(record.Day(g.q.First).Add(1), record.Day(g.q.End), seasonName, "").split(record.Day(g.q.Freeze))
	days := before.draw(d, changes)
	days = append(days, after.draw(d, changes*after.total()/before.total())...)
	for i := range lots {
		if first != 0 {
			lots[i].days = []record.Day{first}
		} else {
			lots[i].days = before.draw(d, 1)
		}
	}
	for _, day := range days {
		l := &lots[d.IntN(len(lots))]
		if !slices.Contains(l.days, day) {
			l.days = append(l.days, day)
		}
	}
	for _, l := range lots {
		g.lot(d, l)
	}
}

// lot states one herd or flock on each of its days: the last of them up to the freeze has the final number.
func (g *generator) lot(d dice, l lot) {
	slices.Sort(l.days)
	for i, day := range l.days {
		n := l.final
		last := day <= record.Day(g.q.Freeze) && (i+1 == len(l.days) || l.days[i+1] > record.Day(g.q.Freeze))
		if swing := int64(l.final / millionths / 4); !last && swing > 0 {
			n += heads(d.Int64N(2*swing+1) - swing)
		}
		s := l.statement
		s.day, s.rank = day, rankAnimals
		s.values = values{l.field: int64(n / millionths)}
		for name, v := range l.values {
			s.values[name] = v
		}
		if day >= record.Day(g.q.First) {
			s.deliver = g.q.delivery(day, d.IntN(4))
		}
		s.counts = []Count{{Figure: l.figure, Basis: Stock, Amount: n, Subject: l.id}}
		g.state(d, s)
	}
}
