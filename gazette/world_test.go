package gazette_test

import (
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"qingshan/access"
	"qingshan/blob"
	"qingshan/catalog"
	"qingshan/db/dbtest"
	"qingshan/fact"
	"qingshan/fault"
	"qingshan/fold"
	"qingshan/follow"
	"qingshan/gazette"
	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/ledger"
	"qingshan/publication"
	"qingshan/record"
	"qingshan/register"
	"qingshan/tally"
)

const (
	countyBook record.Book     = "220323"
	townBook   record.Book     = "220323102"
	town       record.UnitCode = "220323102"
	huohong    record.UnitCode = "220323102210"
	jianguo    record.UnitCode = "220323102211"
)

// world is a county with a town and two villages on real stores. Nothing follows unless it is told to, so that a follower
// lags for as long as a test wants.
type world struct {
	t       *testing.T
	stores  dbtest.Stores
	words   *catalog.Catalog
	kept    map[digest.Hash]*catalog.Catalog
	ledger  *ledger.Ledger
	runner  *follow.Runner
	gazette *gazette.Gazette
	now     time.Time
	said    int // entries that were said, for their ids
	adopted int // and states that were adopted
}

func each(t *testing.T, f func(w *world)) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := &world{t: t, stores: s, kept: map[digest.Hash]*catalog.Catalog{catalog.System().Hash(): catalog.System()}}
		w.on(20251210)
		w.assemble()
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

// on sets the clock to the evening of a day.
func (w *world) on(day record.Day) { w.now = day.Time().Add(20*time.Hour - 8*time.Hour) }

func (w *world) use(c *catalog.Catalog, err error) {
	w.t.Helper()
	w.must(err)
	w.words = c
	w.kept[c.Hash()] = c
}

func (w *world) assemble() {
	var err error
	w.use(catalog.Standard())
	catalogs := func(hash digest.Hash) *catalog.Catalog { return w.kept[hash] }
	w.ledger, err = ledger.Open(w.t.Context(), w.stores.Ledger, ledger.Options{})
	w.must(err)
	w.t.Cleanup(w.ledger.Close)
	reg := register.New(w.stores.Views, catalogs)
	board := indicator.New(w.stores.Views, indicator.Options{Claims: reg, Followers: []string{reg.Name(), tally.Name}, Aggregator: func(name fact.Measure) catalog.Aggregator {
		m, _ := w.words.Measure(name)
		return m.Aggregator
	}})
	list := publication.NewFollower(w.stores.Views)
	w.runner = follow.NewRunner(w.ledger, w.stores.Views, follow.Options{}, reg, fold.NewRunner(tally.New(catalogs), w.ledger, board), list)
	clock := func() time.Time { return w.now }
	w.gazette = gazette.New(gazette.Options{Ledger: w.ledger, Board: board, Register: reg, List: list, Blobs: blob.Open(w.t.TempDir(), blob.Options{}),
		Current: func() *catalog.Catalog { return w.words }, Catalogs: catalogs, Clock: clock,
		Court: guard.NewCourt(guard.Options{Board: board, Register: reg, Ledger: w.ledger, Clock: clock})})
}

// begin opens the books and registers places and people: the town's secretary, a clerk, and a person of the county.
func (w *world) begin() {
	for _, book := range []record.Book{countyBook, townBook} {
		_, err := w.ledger.Create(w.t.Context(), w.system(book, catalog.KindBookOpened, record.Values{"unit": record.Text(string(book))}))
		w.must(err)
	}
	for code, class := range map[record.UnitCode]string{"220323": "county", town: "town", huohong: "village", jianguo: "village"} {
		w.say(countyBook, "register.unit", 20200630, code, record.Values{"object": record.Text(string(code)), "name": record.Text("某地"), "class": record.Text(class)})
	}
	w.say(countyBook, "register.river", 20200630, town, record.Values{"object": record.Text("yidan"), "name": record.Text("伊丹河"), "class": record.Text("main"), "length": record.Int(70_000_000)})
	w.say(countyBook, "register.person", 20221231, "220323", record.Values{"object": record.Text("p-county"), "duty": record.Text("cadre")})
	w.adopt()
	for person, role := range map[string]string{"p-secretary": "town_secretary", "p-clerk": "clerk"} {
		w.say(townBook, "register.person", 20221231, town, record.Values{"object": record.Text(person), "duty": record.Text("cadre")})
		w.say(townBook, "register.post", 20221231, town, record.Values{"object": record.Text("post-" + role), "role": record.Text(role), "holder": record.Text("person/" + person)})
	}
	w.follow()
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

// follow has the followers pass all that was said.
func (w *world) follow() {
	w.t.Helper()
	for _, book := range []record.Book{countyBook, townBook} {
		w.must(w.runner.CatchUp(w.t.Context(), book))
	}
}

func (w *world) statement(book record.Book, kind record.Kind, day record.Day, place record.UnitCode, values record.Values) record.Submission {
	w.said++
	return record.Submission{
		Record: record.Record{ID: record.HashID(record.ChannelAPI, fmt.Sprint(w.said)), Book: book, Kind: kind, Observed: record.OnDay(day),
			About: []record.Ref{{Kind: "unit", ID: string(place)}}, Values: values, By: "p-clerk"},
		Envelope: record.Envelope{Received: w.now, Channel: record.ChannelAPI, Sender: "p-clerk", Catalog: w.words.Hash(), Day: day,
			Resolved: record.Resolved{Place: place}},
	}
}

func (w *world) append(sub record.Submission) record.ID {
	w.t.Helper()
	receipts, err := w.ledger.Append(w.t.Context(), sub)
	w.must(err)
	if receipts[0].Outcome != record.Stored {
		w.t.Fatalf("%s: %+v", sub.Record.Kind, receipts[0])
	}
	return sub.Record.ID
}

func (w *world) say(book record.Book, kind record.Kind, day record.Day, place record.UnitCode, values record.Values) record.ID {
	w.t.Helper()
	return w.append(w.statement(book, kind, day, place, values))
}

// amend says an old record anew; without values it is withdrawn.
func (w *world) amend(root record.ID, kind record.Kind, day record.Day, values record.Values) {
	w.t.Helper()
	sub := w.statement(townBook, kind, day, huohong, values)
	sub.Record.Amends = root
	w.append(sub)
}

// waste is a load of so many tonnes.
func waste(category string, tonnes int64) record.Values {
	return record.Values{"category": record.Text(category), "mass": record.Int(tonnes * 1_000_000)}
}

func (w *world) load(day record.Day, category string, tonnes int64) record.ID {
	w.t.Helper()
	return w.say(townBook, "waste.load", day, huohong, waste(category, tonnes))
}

func (w *world) claim(figure, amount, unit string) {
	w.t.Helper()
	w.say(townBook, "register.claim", 20251208, huohong, record.Values{"object": record.Text("claim-" + figure), "figure": record.Text(figure), "amount": record.Text(amount),
		"unit": record.Text(unit), "author": record.Text("火红村"), "period": record.Text("2025")})
}

// explain has the town's secretary sign for a value that lies outside a guard.
func (w *world) explain(guard, value string) {
	w.t.Helper()
	sub := w.statement(townBook, "register.explanation", 20251210, huohong, record.Values{"object": record.Text("sign-" + guard), "guard": record.Text(guard),
		"period": record.Text("2025"), "value": record.Text(value), "text": record.Text("含增产收益在内，已请县农业部门复核。")})
	sub.Record.By, sub.Envelope.Sender = "p-secretary", "p-secretary"
	w.append(sub)
}

func (w *world) system(book record.Book, kind record.Kind, values record.Values) record.Submission {
	return record.Submission{
		Record:   record.Record{ID: record.HashID(record.ChannelSystem, fmt.Sprint(book, kind)), Book: book, Kind: kind, Observed: record.OnDay(20200101), Values: values},
		Envelope: record.Envelope{Received: w.now, Channel: record.ChannelSystem, Catalog: catalog.System().Hash(), Day: 20200101},
	}
}

// person is somebody who calls with every right.
func person(ref record.PersonRef, book record.Book) access.Actor {
	return access.Actor{Person: ref, Book: book, Rights: access.Rights()}
}

func secretary() access.Actor { return person("p-secretary", townBook) }

// asking asks about the year up to the freeze.
func (w *world) asking(figure string, place record.UnitCode) publication.Question {
	w.t.Helper()
	period, err := record.ParsePeriod("2025")
	w.must(err)
	return publication.Question{Figure: figure, Place: place, Period: period, AsOf: 20251210}
}

func (w *world) publish(figure string, place record.UnitCode) (gazette.Shown, error) {
	w.t.Helper()
	shown, _, err := w.gazette.Publish(w.t.Context(), secretary(), w.asking(figure, place), gazette.Ask{External: "first " + figure})
	return shown, err
}

// freeze publishes a figure that nothing is in the way of; the entry by which the last one was published is followed first.
func (w *world) freeze(figure string, place record.UnitCode, value string) gazette.Shown {
	w.t.Helper()
	w.follow()
	shown, err := w.publish(figure, place)
	w.must(err)
	if shown.Value != value || shown.Number != 1 || shown.By != "p-secretary" {
		w.t.Fatalf("%s was published as %s by %s under number %d, want %s", figure, shown.Value, shown.By, shown.Number, value)
	}
	return shown
}

// refuse complains unless an error has a code.
func (w *world) refuse(err error, code string) {
	w.t.Helper()
	if fault.Of(err).Code != code {
		w.t.Errorf("got %v, want %s", err, code)
	}
}

func (w *world) resolve(code publication.Code) gazette.Shown {
	w.t.Helper()
	found, err := w.gazette.Resolve(w.t.Context(), code)
	w.must(err)
	if found.Figure == nil {
		w.t.Fatalf("%s names no figure", code)
	}
	return *found.Figure
}

// changed is the catalog with the waste of farms left out of what is carted in all.
func changed(t *testing.T) (*catalog.Catalog, error) {
	t.Helper()
	return catalog.Load(catalog.StandardFiles(), fstest.MapFS{"county.yaml": {Data: []byte(`figures:
  clean.waste_carted: {part: clean-up, zh: 清运废弃物合计, en: Waste carted away in all, unit: t, basis: sum, of: [waste.carted.domestic]}
`)}})
}
