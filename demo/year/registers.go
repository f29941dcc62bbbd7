package year

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"qingshan/record"
)

// statement is what a register is told about an object.
type statement struct {
	register string
	id       string
	book     record.Book
	place    record.UnitCode
	day      record.Day
	deliver  record.Day // 0: on the day of set-up
	rank     int
	values   values
	counts   []Count
}

func (g *generator) state(d dice, s statement) Act {
	all := values{"object": s.id}
	for name, v := range s.values {
		all[name] = v
	}
	if s.deliver == 0 {
		s.deliver = record.Day(g.q.Setup)
	}
	id := d.id(s.day)
	a := Act{Book: s.book, Place: s.place, Day: s.day, Deliver: s.deliver, ID: id, Root: id, Want: Stored, Counts: s.counts, rank: s.rank,
		said: said{ID: id.String(), Kind: "register." + s.register, Observed: s.day.String(), About: []string{"unit/" + string(s.place)}, Values: all}}
	g.acts = append(g.acts, a)
	return a
}

func present(figure, subject string) []Count {
	if figure == "" {
		return nil
	}
	return []Count{{Figure: figure, Basis: Stock, Amount: millionths, Subject: subject}}
}

// registers states everything that is there before the first act.
func (g *generator) registers() {
	g.unitsAndRivers()
	people := newDice(g.seed, "people")
	for _, book := range []struct {
		code  record.UnitCode
		roles []string
	}{{g.q.County, g.q.Staff["county"]}, {g.q.Town, g.q.Staff["town"]}, {g.q.Street, g.q.Staff["street"]}} {
		for _, role := range book.roles {
			g.hire(people, record.Book(book.code), book.code, role)
		}
	}
	for _, v := range g.q.Villages {
		g.village(people, v)
	}
	things := newDice(g.seed, "things")
	for _, o := range g.q.Objects {
		g.state(things, statement{register: o.Register, id: o.ID, book: g.bookOf(o.Place), place: o.Place, day: record.Day(g.q.RegisteredFrom),
			rank: rankObjects, values: o.Values, counts: present(o.Counts, o.ID)})
	}
	g.targets(things)
	for _, c := range g.q.Claims {
		g.state(things, statement{register: "claim", id: c.ID, book: c.Book, place: c.Place, day: record.Day(c.Day), deliver: record.Day(c.Day),
			rank: rankObjects, values: c.Values})
	}
}

// targets states what is planned for each month of the year.
func (g *generator) targets(d dice) {
	year := record.Day(g.q.First).Time().Year()
	for _, t := range g.q.Targets {
		for month := time.January; month <= time.December; month++ {
			span := fmt.Sprintf("%d-%02d", year, month)
			g.state(d, statement{register: "target", id: t.ID + "-" + span, book: t.Book, place: t.Place, day: record.Day(t.Day), rank: rankObjects,
				values: values{"figure": t.Figure, "period": span, "amount": t.Amount, "unit": t.Unit, "source": t.Source}})
		}
	}
}

func (g *generator) bookOf(place record.UnitCode) record.Book {
	if place.Level() == record.County {
		return record.Book(g.q.County)
	}
	return record.Book(place[:len(g.q.Town)])
}

func (g *generator) unitsAndRivers() {
	d := newDice(g.seed, "units")
	county := record.Book(g.q.County)
	for _, u := range g.w.units {
		g.state(d, statement{register: "unit", id: string(u.code), book: county, place: u.code, day: record.Day(g.q.UnitsFrom), rank: rankUnits,
			values: values{"name": u.name, "class": u.class, "edition": "2020-06-30"}})
	}
	for _, r := range g.q.Rivers {
		told := values{"name": r.Name, "class": r.Class, "length": map[string]any{"amount": r.Length, "unit": "km"}}
		rank := rankCounty
		if r.Into != "" {
			told["into"] = "river/" + r.Into
			rank = rankPeople
		}
		if r.Class == "tributary" {
			rank = rankObjects // after the rivers they flow into
		}
		g.state(d, statement{register: "river", id: r.ID, book: county, place: g.q.Town, day: record.Day(g.q.UnitsFrom), rank: rank,
			values: told, counts: append(present(g.q.Figures[r.Class], r.ID), g.network(r))})
	}
}

// network gives what a river adds to the length of all.
func (g *generator) network(r river) Count {
	length, err := ParseDecimal(r.Length)
	if err != nil {
		panic("year: year.json holds a length that is no number: " + r.Length) // the test of the quotas reads them all
	}
	return Count{Figure: g.q.Figures["network"], Basis: Stock, Amount: length, Subject: r.ID}
}

// name gives a name that nobody has: a marker, a place in the sexagenary cycle and a number.
func name(n int) string {
	stems, branches := []rune("甲乙丙丁戊己庚辛壬癸"), []rune("子丑寅卯辰巳午未申酉戌亥")
	return fmt.Sprintf("示例%c%c%03d", stems[n%len(stems)], branches[n%len(branches)], n)
}

// hire registers an invented person and the post held, and gives the person's reference.
func (g *generator) hire(d dice, book record.Book, place record.UnitCode, role string) string {
	var random [6]byte
	if _, err := d.bytes.Read(random[:]); err != nil {
		panic(fmt.Sprintf("year: the seeded source ran dry: %v", err)) // it never does
	}
	id := "p-" + hex.EncodeToString(random[:])
	n := len(g.acts)
	duty := "cadre"
	if role == "grid_worker" {
		duty = role
	}
	since := record.Day(g.q.RegisteredFrom)
	g.state(d, statement{register: "person", id: id, book: book, place: place, day: since, rank: rankPeople,
		values: values{"name": name(n), "phone": fmt.Sprintf("000%08d", n), "duty": duty}})
	g.state(d, statement{register: "post", id: "post-" + id[2:], book: book, place: place, day: since, rank: rankObjects,
		values: values{"role": role, "holder": "person/" + id}})
	key := staffKey(book, role, place)
	g.w.staff[key] = append(g.w.staff[key], id)
	return id
}

// village registers a village's people, grids, branch and households.
func (g *generator) village(d dice, v village) {
	book, since := record.Book(g.q.Town), record.Day(g.q.RegisteredFrom)
	g.hire(d, book, v.Code, "village_secretary")
	if len(g.w.grids[v.Code]) == 0 {
		g.hire(d, book, v.Code, "grid_worker")
	}
	for i, grid := range g.w.grids[v.Code] {
		worker := g.hire(d, book, v.Code, "grid_worker")
		g.state(d, statement{register: "grid", id: string(grid), book: book, place: v.Code, day: since, rank: rankObjects,
			values: values{"name": fmt.Sprintf("第%d网格", i+1), "worker": "person/" + worker}, counts: present(g.q.Figures["grid"], string(grid))})
	}
	if v.Size > 0 {
		id := "branch-" + string(v.Code)
		g.state(d, statement{register: "branch", id: id, book: book, place: v.Code, day: since, rank: rankObjects,
			values: values{"name": g.unitName(v.Code) + "党支部", "class": "village"}, counts: present(g.q.Figures["branch"], id)})
		g.w.add("branch", v.Code, id)
	}
	g.households(d, v)
	g.residents(v)
}

func (g *generator) unitName(code record.UnitCode) string {
	for _, u := range g.w.units {
		if u.code == code {
			return u.name
		}
	}
	return string(code)
}

func (g *generator) households(d dice, v village) {
	keepers := 0
	for _, s := range g.q.Herds.Species {
		if g.q.Herds.Place == v.Code {
			keepers += s.Herds
		}
	}
	for n := 1; n <= v.Households; n++ {
		id, class := householdID(v.Code, n), "none"
		if n <= keepers {
			class = "free_range"
			key := "keeper/" + string(v.Code)
			g.w.objects[key] = append(g.w.objects[key], "household/"+id)
		}
		g.w.add("household", v.Code, id)
		g.state(d, statement{register: "household", id: id, book: record.Book(g.q.Town), place: v.Code, day: record.Day(g.q.RegisteredFrom), rank: rankObjects,
			values: values{"class": class, "householder": name(len(g.acts)), "members": 1 + d.IntN(6)}, counts: present(g.q.Figures["household"], id)})
	}
}

// residents says how many people live in a village; that moves no dice of the people's.
func (g *generator) residents(v village) {
	id := "residents-" + string(v.Code)
	g.state(newDice(g.seed, id), statement{register: "residents", id: id, book: record.Book(g.q.Town), place: v.Code, day: record.Day(g.q.RegisteredFrom), rank: rankObjects,
		values: values{"people": v.Residents, "source": g.q.ResidentsFrom},
		counts: []Count{{Figure: g.q.Figures["residents"], Basis: Stock, Amount: Decimal(v.Residents) * millionths, Subject: id}}})
}

// householdID gives an id from which nobody reads where the household lives; it moves no dice.
func householdID(village record.UnitCode, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "household %s %d", village, n))
	return "h-" + hex.EncodeToString(sum[:6])
}
