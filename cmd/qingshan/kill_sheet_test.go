package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
)

// The books that the load goes to, and the place where most of it happened.
const (
	countyBook  = "220323"
	townBook    = "220323102"
	firstPlace  = "220323102210"
	loadFigures = "clean.domestic_waste,forest.understorey_chickens,clean.courtyard_households,clean.courtyards,place.village_committees"
)

// sheet is one record of the load, and what it adds to which figure as long as no amendment takes its place.
type sheet struct {
	book      string
	id        string
	root      string // the record that it speaks for: itself, or the one that it amends; of a unit the code
	body      map[string]any
	kilograms int64
	birds     int64
	household string
	villages  int64
}

// parcel is what one request carries, all for one book.
type parcel []*sheet

// author makes the records of a load, all different and all from one seed.
type author struct {
	rng  *rand.Rand
	made int
}

func newAuthor(seed uint64) *author { return &author{rng: rand.New(rand.NewPCG(seed, 1))} }

// parcel gives the next request: mostly one record, sometimes a batch, seldom a unit that the county registers.
func (a *author) parcel(amendable func(*rand.Rand) *sheet) parcel {
	if a.rng.IntN(40) == 0 {
		return parcel{a.village()}
	}
	size := 1
	if a.rng.IntN(4) == 0 {
		size = 2 + a.rng.IntN(40)
	}
	var p parcel
	for range size {
		p = append(p, a.sheet(amendable))
	}
	return p
}

func (a *author) sheet(amendable func(*rand.Rand) *sheet) *sheet {
	switch n := a.rng.IntN(20); {
	case n == 0:
		return a.household()
	case n < 3:
		return a.courtyard()
	case n < 5:
		return a.flock("")
	case n < 7:
		if old := amendable(a.rng); old != nil {
			return a.amend(old)
		}
	}
	return a.load()
}

// next begins a record with an id of its own.
func (a *author) next(book, kind, place string, values map[string]any) *sheet {
	a.made++
	ms := 1_748_000_000_000 + int64(a.made)
	id := fmt.Sprintf("%08x-%04x-7%03x-8%03x-%012x", ms>>16, ms&0xffff, a.rng.IntN(1<<12), a.rng.IntN(1<<12), a.rng.Int64N(1<<48))
	day := fmt.Sprintf("2025-%02d-%02dT%02d:%02d:00+08:00", 1+a.rng.IntN(6), 1+a.rng.IntN(28), 8+a.rng.IntN(10), a.rng.IntN(60))
	return &sheet{book: book, id: id, root: id,
		body: map[string]any{"id": id, "kind": kind, "observed": day, "about": []string{"unit/" + place}, "values": values}}
}

// load is waste carted, half of it with a driver's name, which is kept apart from the record's bytes.
func (a *author) load() *sheet {
	kilograms := int64(100 + a.rng.IntN(3000))
	values := map[string]any{"category": "domestic", "mass": map[string]any{"amount": strconv.FormatInt(kilograms, 10), "unit": "kg"}}
	if a.rng.IntN(2) == 0 {
		values["driver"] = fmt.Sprintf("王%d", a.rng.IntN(9))
	}
	s := a.next(townBook, "waste.load", firstPlace, values)
	s.kilograms = kilograms
	return s
}

func (a *author) flock(object string) *sheet {
	birds := int64(a.rng.IntN(400))
	values := map[string]any{"species": "chicken", "birds": birds}
	s := a.next(townBook, "register.flock", firstPlace, values)
	if object == "" {
		object = s.id
	}
	values["object"] = object
	s.birds = birds
	return s
}

func (a *author) courtyard() *sheet {
	household := fmt.Sprintf("household/h-%08d", a.rng.IntN(60))
	s := a.next(townBook, "clean.courtyard", firstPlace, map[string]any{"household": household})
	s.household = household
	return s
}

func (a *author) household() *sheet {
	return a.next(townBook, "register.household", firstPlace, map[string]any{"object": fmt.Sprintf("h-%08d", a.rng.IntN(60)),
		"class": "free_range", "householder": fmt.Sprintf("李%d", a.rng.IntN(9)), "phone": "13800000000"})
}

// village is a unit that the county registers, so that the towns adopt the county's book once more.
func (a *author) village() *sheet {
	code := fmt.Sprintf("2203231%02d%03d", 3+a.rng.IntN(10), 200+a.made%800)
	s := a.next(countyBook, "register.unit", code[:6], map[string]any{"object": code, "name": "某村委会", "class": "village"})
	s.body["about"] = []string{"unit/" + code}
	s.body["observed"] = "2020-06-30"
	s.root, s.villages = code, 1
	return s
}

// amend says an earlier record anew.
func (a *author) amend(old *sheet) *sheet {
	s := a.load()
	if old.body["kind"] == "register.flock" {
		s = a.flock(old.id)
	}
	s.body["amends"], s.body["observed"] = old.id, old.body["observed"]
	s.root = old.root
	return s
}

// amendable tells whether an amendment of the record is part of the load. Each is amended once at most, because the order
// of two is the ledger's to decide.
func (s *sheet) amendable() bool {
	return s.root == s.id && (s.body["kind"] == "waste.load" || s.body["kind"] == "register.flock")
}

// text is the body of the request that carries the parcel.
func (p parcel) text() []byte {
	records := make([]map[string]any, len(p))
	for i, s := range p {
		records[i] = s.body
	}
	text, err := json.Marshal(map[string]any{"book": p[0].book, "records": records})
	if err != nil {
		panic(err) // maps of strings and numbers always marshal
	}
	return text
}

// inForce gives of each root what holds: its amendment, if it has one.
func inForce(sheets []*sheet) map[string]*sheet {
	force := map[string]*sheet{}
	for _, s := range sheets {
		if force[s.root] == nil || s.id != s.root {
			force[s.root] = s
		}
	}
	return force
}

// figures adds the records up, by nothing but what was sent.
func figures(sheets []*sheet) map[string]string {
	var kilograms, birds, courtyards, villages int64
	households := map[string]bool{}
	for _, s := range inForce(sheets) {
		kilograms += s.kilograms
		birds += s.birds
		villages += s.villages
		if s.household != "" {
			households[s.household] = true
			courtyards++
		}
	}
	return map[string]string{
		"clean.domestic_waste":        thousandths(kilograms),
		"forest.understorey_chickens": strconv.FormatInt(birds, 10),
		"clean.courtyard_households":  strconv.Itoa(len(households)),
		"clean.courtyards":            strconv.FormatInt(courtyards, 10),
		"place.village_committees":    strconv.FormatInt(villages, 10),
	}
}

// thousandths writes n/1000 as the API does: without needless zeros.
func thousandths(n int64) string {
	text := fmt.Sprintf("%d.%03d", n/1000, n%1000)
	for text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	if text[len(text)-1] == '.' {
		text = text[:len(text)-1]
	}
	return text
}
