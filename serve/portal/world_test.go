package portal

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"qingshan/blob"
	"qingshan/catalog"
	"qingshan/db/dbtest"
	"qingshan/fact"
	"qingshan/fold"
	"qingshan/follow"
	"qingshan/gazette"
	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/internal/httpx"
	"qingshan/internal/openapi"
	"qingshan/lang"
	"qingshan/ledger"
	"qingshan/publication"
	"qingshan/record"
	"qingshan/register"
	"qingshan/report"
	"qingshan/tally"
)

// The books and a village of these tests. The village's name is one that a page must escape.
const (
	county  record.Book = "220323"
	town    record.Book = "220323102"
	village             = "220323102210"
	odd                 = `新宏<b onclick="x">&村`
)

// world is a county with a town on real stores, its followers, and the pages behind a mux.
type world struct {
	t       *testing.T
	ledger  *ledger.Ledger
	runner  *follow.Runner
	catalog *catalog.Catalog
	gazette *gazette.Gazette
	door    *Door
	mux     http.Handler // watched: what is answered must be what the table says
}

func each(t *testing.T, f func(w *world)) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := &world{t: t}
		w.assemble(s)
		w.tell()
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
	w.t.Helper()
	var err error
	w.catalog, err = catalog.Standard()
	w.must(err)
	catalogs := func(hash digest.Hash) *catalog.Catalog {
		if hash == catalog.System().Hash() {
			return catalog.System()
		}
		return w.catalog
	}
	w.ledger, err = ledger.Open(w.t.Context(), s.Ledger, ledger.Options{})
	w.must(err)
	w.t.Cleanup(w.ledger.Close)
	known := register.New(s.Views, catalogs)
	board := indicator.New(s.Views, indicator.Options{Claims: known, Aggregator: func(name fact.Measure) catalog.Aggregator {
		m, _ := w.catalog.Measure(name)
		return m.Aggregator
	}})
	list := publication.NewFollower(s.Views)
	w.runner = follow.NewRunner(w.ledger, s.Views, follow.Options{}, known, fold.NewRunner(tally.New(catalogs), w.ledger, board), list)
	sentences, err := lang.Load()
	w.must(err)
	clock := func() time.Time { return time.Date(2025, 12, 10, 4, 0, 0, 0, time.UTC) }
	court := guard.NewCourt(guard.Options{Board: board, Register: known, Ledger: w.ledger, Clock: clock})
	w.gazette = gazette.New(gazette.Options{Ledger: w.ledger, Board: board, Register: known, List: list, Blobs: blob.Open(w.t.TempDir(), blob.Options{}),
		Current: func() *catalog.Catalog { return w.catalog }, Catalogs: catalogs, Court: court, Clock: clock})
	reader := report.New(report.Options{Board: board, Register: known, Ledger: w.ledger, Court: court, Gazette: w.gazette, Catalog: func() *catalog.Catalog { return w.catalog },
		Today: func() record.Day { return record.DayAt(clock(), record.Zone()) }})
	w.door, err = New(Options{Reader: reader, Board: board, Register: known, Ledger: w.ledger, Gazette: w.gazette, Catalogs: catalogs, Clock: clock, Sentences: sentences})
	w.must(err)
	mux, err := httpx.New(httpx.Options{Sentences: sentences, Page: w.door.Problem}, w.door.Routes()...)
	w.must(err)
	w.mux, _, err = openapi.Checked(mux, w.door.Routes(), func(err error) { w.t.Error(err) })
	w.must(err)
}

// The entries of the town's book, in order.
const (
	theAdoption  = iota + 1 // the opening is entry 0
	theHousehold            // a register entry with personal values
	theLoad                 // 1.25 t of waste, in a grid, with a remark
	theVisit                // of the household, with a personal remark
	theAmendment            // of the load, to 1.5 t
)

// tell opens the books, registers units and a household, and has something done in June of two years.
func (w *world) tell() {
	w.t.Helper()
	for _, book := range []record.Book{county, town} {
		_, err := w.ledger.Create(w.t.Context(), w.system(book, catalog.KindBookOpened, record.Values{"unit": record.Text(string(book))}))
		w.must(err)
	}
	w.unit("220323", "伊通满族自治县", "county")
	w.unit("220323102", "伊丹镇", "town")
	w.unit(village, odd, "village")
	w.unit("220323102211", "建国村", "village")
	w.must(w.runner.CatchUp(w.t.Context(), county))
	at, err := w.ledger.At(w.t.Context(), county, 0)
	w.must(err)
	_, err = w.ledger.Append(w.t.Context(), w.system(town, catalog.KindBookAdopted, record.Values{"source": record.Text(string(county)),
		"size": record.Int(at.Size), "root": record.Text(digest.Hash(at.Root).String()), "catalog": record.Text(w.catalog.Hash().String())}))
	w.must(err)
	w.append("register.household", 20250101, village, record.Values{"object": record.Text("h-77")},
		record.Personal{Field: "values.head", Value: record.Text("张三丰"), Subject: "household/h-77"})
	w.append("waste.load", 20250603, village+"-01", record.Values{"category": record.Text("domestic"), "mass": record.Int(1_250_000)})
	w.append("manure.guidance", 20250604, village, record.Values{"household": record.Text("household/h-77"), "method": record.Text("compost")},
		record.Personal{Field: "values.remark", Value: record.Text("李四家门口"), Subject: "household/h-77"})
	first, err := w.ledger.Entry(w.t.Context(), town, theLoad)
	w.must(err)
	amended := w.submission("waste.load", 20250603, village+"-01", record.Values{"category": record.Text("domestic"), "mass": record.Int(1_500_000)})
	amended.Record.Amends = first.Record.ID
	_, err = w.ledger.Append(w.t.Context(), amended)
	w.must(err)
	w.append("waste.load", 20240605, "220323102211", record.Values{"category": record.Text("domestic"), "mass": record.Int(500_000)})
	w.must(w.runner.CatchUp(w.t.Context(), town))
}

func (w *world) unit(code, name, class string) {
	sub := w.submission("register.unit", 20200101, record.UnitCode(code), record.Values{"object": record.Text(code), "name": record.Text(name), "class": record.Text(class)})
	sub.Record.Book = county
	_, err := w.ledger.Append(w.t.Context(), sub)
	w.must(err)
}

func (w *world) append(kind record.Kind, day record.Day, place record.UnitCode, values record.Values, personal ...record.Personal) {
	w.t.Helper()
	for _, p := range personal {
		values[p.Field[len("values."):]] = record.Sealed(digest.Of())
	}
	sub := w.submission(kind, day, place, values)
	sub.Personal = personal
	_, err := w.ledger.Append(w.t.Context(), sub)
	w.must(err)
}

func (w *world) submission(kind record.Kind, day record.Day, place record.UnitCode, values record.Values) record.Submission {
	r := record.Record{ID: record.HashID(record.ChannelAPI, fmt.Sprint(kind, day, values)), Book: town, Kind: kind, Observed: record.OnDay(day),
		About: []record.Ref{{Kind: "unit", ID: string(place)}}, Values: values, By: "p-secret"}
	e := record.Envelope{Received: time.Unix(1764000000, 0).UTC(), Channel: record.ChannelAPI, Catalog: w.catalog.Hash(), Day: day, Sender: "p-sender",
		Resolved: record.Resolved{Place: place}}
	return record.Submission{Record: r, Envelope: e}
}

func (w *world) system(book record.Book, kind record.Kind, values record.Values) record.Submission {
	return record.Submission{
		Record:   record.Record{ID: record.HashID(record.ChannelSystem, fmt.Sprint(book, kind)), Book: book, Kind: kind, Observed: record.OnDay(20200101), Values: values},
		Envelope: record.Envelope{Received: time.Unix(1764000000, 0).UTC(), Channel: record.ChannelSystem, Catalog: catalog.System().Hash(), Day: 20200101},
	}
}

// get asks as the public, with headers as name, value.
func (w *world) get(path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept", "text/html")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	w.mux.ServeHTTP(answer, r)
	return answer
}

// page asks for a page that must come.
func (w *world) page(path string, headers ...string) string {
	w.t.Helper()
	answer := w.get(path, headers...)
	if answer.Code != 200 {
		w.t.Fatalf("GET %s: %d %s", path, answer.Code, answer.Body)
	}
	return answer.Body.String()
}
