package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"qingshan/internal/digest"
	"qingshan/record"
)

// The years of the large books, and how much happens in each month of one.
const (
	firstYear = 2021
	years     = 5
)

func seasons() [12]int { return [12]int{4, 4, 7, 10, 11, 10, 9, 9, 10, 10, 8, 5} }

// What there is to speak of in the large books.
const (
	villages   = 12
	gridsOf    = 8 // of a village
	households = 3000
	herds      = 1500
	rivers     = 19
	branches   = 14
	people     = 120
)

// yearbook writes the records of a large book, the n-th always the same: a seeded mix of what field workers send, in the
// order in which it arrives, with seasons, late ones, corrections and withdrawals.
type yearbook struct {
	words  digest.Hash
	random *rand.Rand
	n      int
	size   int             // of the whole book
	recent []record.Record // what may be corrected
}

func newYearbook(words digest.Hash, size int) *yearbook {
	return &yearbook{words: words, random: rand.New(rand.NewPCG(2021, 5)), size: size}
}

// duty is one kind of record, how often it comes in a thousand, and what it says.
type duty struct {
	kind   record.Kind
	often  int
	values func(y *yearbook) record.Values
}

func duties() []duty {
	return []duty{
		{"waste.load", 290, func(y *yearbook) record.Values {
			return record.Values{"category": y.oneOf("domestic", "domestic", "domestic", "domestic", "farm"), "mass": y.between(200_000, 3_000_000)}
		}},
		{"grid.visit", 190, func(y *yearbook) record.Values {
			return record.Values{"purpose": y.oneOf("inspection", "guidance", "dispute", "care"), "households": y.between(1, 12)}
		}},
		{"river.patrol", 140, func(y *yearbook) record.Values {
			return record.Values{"river": y.object("river", rivers), "length": y.between(500_000, 6_000_000), "method": y.oneOf("walk", "walk", "vehicle")}
		}},
		{"clean.courtyard", 70, func(y *yearbook) record.Values {
			return record.Values{"household": y.object("household", households), "state": y.oneOf("tidy", "improved", "model")}
		}},
		{"clean.pile", 70, func(y *yearbook) record.Values {
			return record.Values{"category": y.oneOf("garbage", "manure", "firewood", "construction", "odds"), "volume": y.between(200, 20_000)}
		}},
		{"manure.guidance", 60, func(y *yearbook) record.Values {
			return record.Values{"household": y.object("household", households), "method": y.oneOf("compost", "collect", "sell")}
		}},
		{"clean.sweep", 45, func(y *yearbook) record.Values {
			return record.Values{"people": y.between(3, 60), "machines": y.between(0, 6)}
		}},
		{"forest.patrol", 40, func(y *yearbook) record.Values {
			return record.Values{"led_by": y.oneOf("town_chief", "village_chief", "ranger", "ranger")}
		}},
		{"manure.move", 30, func(y *yearbook) record.Values {
			return record.Values{"to": y.oneOf("compost_point", "field", "buyer"), "mass": y.between(300_000, 5_000_000)}
		}},
		{"register.herd", 25, func(y *yearbook) record.Values {
			herd := y.random.IntN(herds)
			return record.Values{"object": record.Text(fmt.Sprintf("h%05d", herd)), "species": record.Text(species()[herd%5]), "heads": y.between(0, 60)}
		}},
		{"clean.ditch", 20, func(y *yearbook) record.Values { return record.Values{"length": y.between(50_000, 900_000)} }},
		{"drone.sortie", 10, func(y *yearbook) record.Values {
			return record.Values{"purpose": y.oneOf("river", "forest", "clean_up", "manure"), "distance": y.between(2_000_000, 18_000_000),
				"airtime": y.between(600_000, 2_400_000), "findings": y.between(0, 3)}
		}},
		{"party.theme_day", 10, func(y *yearbook) record.Values {
			return record.Values{"branch": y.object("branch", branches), "theme": y.oneOf("river", "planting", "clean_up", "study"), "attendance": y.between(8, 40)}
		}},
	}
}

func species() [5]string { return [5]string{"deer", "cattle", "pig", "sheep", "other"} }

func (y *yearbook) oneOf(words ...string) record.Value {
	return record.Text(words[y.random.IntN(len(words))])
}

func (y *yearbook) between(low, high int64) record.Value {
	return record.Int(low + y.random.Int64N(high-low+1))
}

func (y *yearbook) object(kind string, many int) record.Value {
	return record.Text(objectRef(kind, y.random.IntN(many)).String())
}

// objectRef names the n-th object of a kind.
func objectRef(kind string, n int) record.Ref { return record.Ref{Kind: kind, ID: objectID(kind, n)} }

// objectID is of the form that the catalog wants for what leads to people.
func objectID(kind string, n int) string { return fmt.Sprintf("%c-%08x", kind[0], n) }

// villageOf and gridOf name the places.
func villageOf(n int) record.UnitCode { return record.UnitCode(fmt.Sprintf("%s2%02d", town, n+1)) }

func gridOf(village, n int) record.UnitCode {
	return record.UnitCode(fmt.Sprintf("%s-%02d", villageOf(village), n+1))
}

// next writes the record that arrives next.
func (y *yearbook) next() record.Submission {
	day := y.day()
	place := gridOf(y.random.IntN(villages), y.random.IntN(gridsOf))
	if y.random.IntN(5) == 0 {
		place = place.Up()
	}
	y.n++
	switch chance := y.random.IntN(1000); {
	case chance < 15 && len(y.recent) > 0: // a correction: the whole record anew, with other values
		old := y.recent[y.random.IntN(len(y.recent))]
		r := y.record(day, old.Kind, place, y.saidBy(old.Kind))
		r.About, r.Observed, r.Amends = old.About, old.Observed, old.ID
		return y.submission(r)
	case chance < 19 && len(y.recent) > 0: // a withdrawal
		old := y.recent[y.random.IntN(len(y.recent))]
		r := y.record(day, old.Kind, place, nil)
		r.About, r.Observed, r.Amends = old.About, old.Observed, old.ID
		return y.submission(r)
	}
	r := y.said(day, place)
	if y.random.IntN(4) == 0 {
		y.remember(r)
	}
	return y.submission(r)
}

func (y *yearbook) remember(r record.Record) {
	if len(y.recent) < 400 {
		y.recent = append(y.recent, r)
		return
	}
	y.recent[y.random.IntN(len(y.recent))] = r
}

// said draws what the record is.
func (y *yearbook) said(day record.Day, place record.UnitCode) record.Record {
	chance := y.random.IntN(1000)
	for _, d := range duties() {
		if chance -= d.often; chance < 0 {
			return y.record(day, d.kind, place, d.values(y))
		}
	}
	panic("bench: the duties of the yearbook are less than a thousand")
}

func (y *yearbook) saidBy(kind record.Kind) record.Values {
	for _, d := range duties() {
		if d.kind == kind {
			return d.values(y)
		}
	}
	panic("bench: nobody says " + string(kind))
}

func (y *yearbook) record(day record.Day, kind record.Kind, place record.UnitCode, values record.Values) record.Record {
	at := day.Time().Add(-8*time.Hour + time.Duration(7*3600+y.random.IntN(11*3600))*time.Second)
	return record.Record{ID: recordID(y.n), Book: town, Kind: kind, By: record.PersonRef(objectID("person", y.random.IntN(people))),
		Observed: record.InstantAt(at), About: []record.Ref{{Kind: "unit", ID: string(place)}}, Values: values}
}

func (y *yearbook) submission(r record.Record) record.Submission {
	at := time.UnixMilli(r.Observed.At).UTC()
	place, err := record.ParseUnitCode(r.Concerns("unit"))
	if err != nil {
		panic("bench: " + err.Error())
	}
	return record.Submission{Record: r, Envelope: record.Envelope{Received: at.Add(7 * time.Minute), Sent: at.Add(6 * time.Minute), Channel: record.ChannelAPI,
		Sender: r.By, Catalog: y.words, Day: record.DayAt(at, record.Zone()), Resolved: record.Resolved{Place: place}}}
}

// day spreads the records over the years by season; every tenth comes up to five days late.
func (y *yearbook) day() record.Day {
	yearly := 0
	for _, weight := range seasons() {
		yearly += weight
	}
	at := float64(y.n) / float64(y.size) * float64(years*yearly)
	for month := range 12 * years {
		weight := float64(seasons()[month%12])
		if at >= weight && month < 12*years-1 {
			at -= weight
			continue
		}
		day := record.Day((firstYear+month/12)*10000 + (month%12+1)*100 + 1).Add(min(27, int(at/weight*28)))
		if y.random.IntN(10) == 0 {
			day = day.Add(-y.random.IntN(6))
		}
		return day
	}
	panic("bench: no month is left") // the last one takes the rest
}
