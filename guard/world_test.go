package guard_test

import (
	"fmt"
	"testing"
	"time"

	"qingshan/catalog"
	"qingshan/db/dbtest"
	"qingshan/fact"
	"qingshan/fold"
	"qingshan/follow"
	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/ledger"
	"qingshan/record"
	"qingshan/register"
	"qingshan/tally"
)

const (
	countyBook record.Book     = "220323"
	townBook   record.Book     = "220323102"
	town       record.UnitCode = "220323102"
	jianguo    record.UnitCode = "220323102211"
)

// world is a county with a town and two villages on real stores, under the catalog that is shipped.
type world struct {
	t       *testing.T
	words   *catalog.Catalog
	ledger  *ledger.Ledger
	runner  *follow.Runner
	court   *guard.Court
	now     time.Time
	said    int // entries that were said, for their ids
	adopted int // and states that were adopted
}

func each(t *testing.T, f func(w *world)) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := &world{t: t, now: time.Date(2025, 12, 11, 2, 0, 0, 0, time.UTC)}
		w.assemble(s)
		w.begin()
		f(w)
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) assemble(s dbtest.Stores) {
	var err error
	w.words, err = catalog.Standard()
	w.must(err)
	catalogs := func(hash digest.Hash) *catalog.Catalog {
		if hash == catalog.System().Hash() {
			return catalog.System()
		}
		return w.words
	}
	w.ledger, err = ledger.Open(w.t.Context(), s.Ledger, ledger.Options{})
	w.must(err)
	w.t.Cleanup(w.ledger.Close)
	reg := register.New(s.Views, catalogs)
	board := indicator.New(s.Views, indicator.Options{Claims: reg, Followers: []string{reg.Name(), tally.Name}, Aggregator: func(name fact.Measure) catalog.Aggregator {
		m, _ := w.words.Measure(name)
		return m.Aggregator
	}})
	w.runner = follow.NewRunner(w.ledger, s.Views, follow.Options{}, reg, fold.NewRunner(tally.New(catalogs), w.ledger, board))
	w.court = guard.NewCourt(guard.Options{Board: board, Register: reg, Ledger: w.ledger, Clock: func() time.Time { return w.now }})
}

// begin opens the books and registers places and people: the town's secretary, a clerk, a village secretary and, in the
// county's book, somebody without a post.
func (w *world) begin() {
	for _, book := range []record.Book{countyBook, townBook} {
		_, err := w.ledger.Create(w.t.Context(), w.system(book, catalog.KindBookOpened, record.Values{"unit": record.Text(string(book))}))
		w.must(err)
	}
	for code, class := range map[record.UnitCode]string{"220323": "county", town: "town", huohong: "village", jianguo: "village"} {
		w.say(countyBook, "register.unit", 20200630, code, record.Values{"object": record.Text(string(code)), "name": record.Text("某地"), "class": record.Text(class)})
	}
	w.river("yidan", 70_000_000)
	w.river("xiaohe", 10_000_000)
	w.adopt()
	for person, post := range map[string][2]string{"p-secretary": {"town_secretary", string(town)}, "p-clerk": {"clerk", string(town)}, "p-village": {"village_secretary", string(huohong)}} {
		w.say(townBook, "register.person", 20221231, town, record.Values{"object": record.Text(person), "duty": record.Text("cadre")})
		w.post(person, post[0], record.UnitCode(post[1]), 20221231)
	}
	w.follow()
}

func (w *world) river(id string, millimetres int64) {
	w.say(countyBook, "register.river", 20200630, town, record.Values{"object": record.Text(id), "name": record.Text(id), "class": record.Text("main"), "length": record.Int(millimetres)})
}

func (w *world) post(person, role string, place record.UnitCode, from record.Day) record.Receipt {
	return w.say(townBook, "register.post", from, place, record.Values{"object": record.Text("post-" + role + "-" + string(place)), "role": record.Text(role), "holder": record.Text("person/" + person)})
}

// adopt has the town take over what the county's book says.
func (w *world) adopt() {
	w.t.Helper()
	w.adopted++
	size, err := w.ledger.Size(w.t.Context(), countyBook)
	w.must(err)
	at, err := w.ledger.At(w.t.Context(), countyBook, size)
	w.must(err)
	sub := w.system(townBook, catalog.KindBookAdopted, record.Values{"source": record.Text(string(countyBook)), "size": record.Int(size),
		"root": record.Text(digest.Hash(at.Root).String()), "catalog": record.Text(w.words.Hash().String())})
	sub.Record.ID = record.HashID(record.ChannelSystem, fmt.Sprint("adopted", w.adopted))
	_, err = w.ledger.Append(w.t.Context(), sub)
	w.must(err)
}

func (w *world) follow() {
	w.t.Helper()
	for _, book := range []record.Book{countyBook, townBook} {
		w.must(w.runner.CatchUp(w.t.Context(), book))
	}
}

// statement makes a submission that the clerk hands in; who says it, and what it amends, may be changed.
func (w *world) statement(book record.Book, kind record.Kind, day record.Day, place record.UnitCode, values record.Values) record.Submission {
	w.said++
	return record.Submission{
		Record: record.Record{ID: record.HashID(record.ChannelAPI, fmt.Sprint(w.said)), Book: book, Kind: kind, Observed: record.OnDay(day),
			About: []record.Ref{{Kind: "unit", ID: string(place)}}, Values: values, By: "p-clerk"},
		Envelope: record.Envelope{Received: w.now, Channel: record.ChannelAPI, Sender: "p-clerk", Catalog: w.words.Hash(), Day: day,
			Resolved: record.Resolved{Place: place}},
	}
}

func (w *world) append(sub record.Submission) record.Receipt {
	w.t.Helper()
	receipts, err := w.ledger.Append(w.t.Context(), sub)
	w.must(err)
	if receipts[0].Outcome != record.Stored {
		w.t.Fatalf("%s: %+v", sub.Record.Kind, receipts[0])
	}
	return receipts[0]
}

func (w *world) say(book record.Book, kind record.Kind, day record.Day, place record.UnitCode, values record.Values) record.Receipt {
	w.t.Helper()
	return w.append(w.statement(book, kind, day, place, values))
}

func (w *world) claim(id string, place record.UnitCode, figure, amount, unit, author string) record.Receipt {
	w.t.Helper()
	return w.say(townBook, "register.claim", 20251208, place, record.Values{"object": record.Text(id), "figure": record.Text(figure), "amount": record.Text(amount),
		"unit": record.Text(unit), "author": record.Text(author), "period": record.Text("2025")})
}

func (w *world) system(book record.Book, kind record.Kind, values record.Values) record.Submission {
	return record.Submission{
		Record:   record.Record{ID: record.HashID(record.ChannelSystem, fmt.Sprint(book, kind)), Book: book, Kind: kind, Observed: record.OnDay(20200101), Values: values},
		Envelope: record.Envelope{Received: w.now, Channel: record.ChannelSystem, Catalog: catalog.System().Hash(), Day: 20200101},
	}
}

// verdicts judges a place in 2025 up to the day of the freeze.
func (w *world) verdicts(place record.UnitCode, codes ...string) []guard.Verdict {
	w.t.Helper()
	w.follow()
	period, err := record.ParsePeriod("2025")
	w.must(err)
	list, err := w.court.Verdicts(w.t.Context(), w.words, indicator.Query{Place: place, Period: period, AsOf: 20251210, Codes: codes})
	w.must(err)
	return list
}

// verdict gives the one verdict of a guard about a place.
func (w *world) verdict(place record.UnitCode, name string) guard.Verdict {
	w.t.Helper()
	var found []guard.Verdict
	for _, v := range w.verdicts(place) {
		if v.Guard.Name == name {
			found = append(found, v)
		}
	}
	if len(found) != 1 {
		w.t.Fatalf("%s at %s: %d verdicts, want 1", name, place, len(found))
	}
	return found[0]
}
