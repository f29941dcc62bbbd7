package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"qingshan/access"
	"qingshan/catalog"
	"qingshan/db/dbtest"
	"qingshan/fact"
	"qingshan/fold"
	"qingshan/follow"
	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/internal/httpx"
	"qingshan/internal/openapi"
	"qingshan/lang"
	"qingshan/ledger"
	"qingshan/record"
	"qingshan/register"
	"qingshan/report"
	"qingshan/tally"
)

// The books and a village of these tests.
const (
	county  record.Book = "220323"
	town    record.Book = "220323102"
	village             = "220323102210"
)

// world is a county with a town on real stores, its followers, and the door behind a mux.
type world struct {
	t        *testing.T
	ledger   *ledger.Ledger
	register *register.Register
	runner   *follow.Runner
	catalog  *catalog.Catalog
	tokens   map[string]string // who → Authorization
	mux      http.Handler
	now      time.Time
	stopped  *follow.Progress // if set, shown by readiness instead of the true state
}

func each(t *testing.T, f func(w *world)) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := &world{t: t, tokens: map[string]string{}}
		w.assemble(s)
		w.openDoor(s)
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
	w.register = register.New(s.Views, catalogs)
	board := indicator.New(s.Views, indicator.Options{Claims: w.register, Aggregator: func(name fact.Measure) catalog.Aggregator {
		m, _ := w.catalog.Measure(name)
		return m.Aggregator
	}})
	w.runner = follow.NewRunner(w.ledger, s.Views, follow.Options{}, w.register, fold.NewRunner(tally.New(catalogs), w.ledger, board))
	w.now = time.Date(2025, 12, 10, 4, 0, 0, 0, time.UTC)
	clock := func() time.Time { return w.now }
	court := guard.NewCourt(guard.Options{Board: board, Register: w.register, Ledger: w.ledger, Clock: clock})
	sentences, err := lang.Load()
	w.must(err)
	tokens := access.NewTokens(s.Ledger, access.Options{})
	words := func() *catalog.Catalog { return w.catalog }
	routes := Routes(Options{Board: board, Court: court, Register: w.register, Ledger: w.ledger, Wait: w.runner.Wait, Status: w.status, Sentences: sentences,
		Catalog: words, Clock: clock, Reader: report.New(report.Options{Board: board, Register: w.register, Ledger: w.ledger, Catalog: words,
			Today: func() record.Day { return record.DayAt(w.now, record.Zone()) }})})
	mux, err := httpx.New(httpx.Options{Check: access.NewGuard(tokens).Check, Sentences: sentences}, routes...)
	w.must(err)
	w.mux, _, err = openapi.Checked(mux, routes, func(err error) { w.t.Error(err) })
	w.must(err)
}

// openDoor issues the tokens: the people that every route is tried as.
func (w *world) openDoor(s dbtest.Stores) {
	tokens := access.NewTokens(s.Ledger, access.Options{})
	for who, g := range map[string]access.Grant{
		"county lead":  {Book: county, Rights: access.Rights()},
		"town officer": {Book: town, Rights: access.Rights()},
		"neighbour":    {Book: "220323001", Rights: access.Rights()},
		"tablet":       {Book: town, Rights: []access.Right{access.WriteRecords}},
	} {
		g.Person, g.Life = "p-1", access.MinLife
		secret, _, err := tokens.Issue(w.t.Context(), g)
		w.must(err)
		w.tokens[who] = "Bearer " + secret
	}
}

// tell opens the books, registers the units and a person, and has waste carted in June and July.
func (w *world) tell() {
	w.t.Helper()
	for _, book := range []record.Book{county, town} {
		_, err := w.ledger.Create(w.t.Context(), w.system(book, catalog.KindBookOpened, record.Values{"unit": record.Text(string(book))}))
		w.must(err)
	}
	w.unit("220323", "伊通满族自治县", "county")
	w.unit("220323102", "伊丹镇", "town")
	w.unit(village, "新宏村", "village")
	w.unit("220323102211", "建国村", "village")
	w.append(county, "register.person", 20200101, "220323", record.Values{"object": record.Text("p-1"), "duty": record.Text("cadre")},
		record.Personal{Field: "values.name", Value: record.Text("张三丰"), Subject: "person/p-1"},
		record.Personal{Field: "values.phone", Value: record.Text("13812345678"), Subject: "person/p-1"})
	w.must(w.runner.CatchUp(w.t.Context(), county))
	at, err := w.ledger.At(w.t.Context(), county, 0)
	w.must(err)
	_, err = w.ledger.Append(w.t.Context(), w.system(town, catalog.KindBookAdopted, record.Values{"source": record.Text(string(county)),
		"size": record.Int(at.Size), "root": record.Text(digest.Hash(at.Root).String()), "catalog": record.Text(w.catalog.Hash().String())}))
	w.must(err)
	w.load(20250603, 1_250_000)
	w.load(20250604, 500_000)
	w.load(20250701, 2_000_000)
	w.must(w.runner.CatchUp(w.t.Context(), town))
}

func (w *world) unit(code, name, class string) {
	w.append(county, "register.unit", 20200101, record.UnitCode(code), record.Values{"object": record.Text(code), "name": record.Text(name), "class": record.Text(class)})
}

// load has domestic waste carted from the village, in grams.
func (w *world) load(day record.Day, grams int64) record.Receipt {
	w.t.Helper()
	receipts, err := w.ledger.Append(w.t.Context(), w.loaded(day, grams))
	w.must(err)
	return receipts[0]
}

func (w *world) loaded(day record.Day, grams int64) record.Submission {
	return w.submission(town, "waste.load", day, village, record.Values{"category": record.Text("domestic"), "mass": record.Int(grams)})
}

func (w *world) append(book record.Book, kind record.Kind, day record.Day, place record.UnitCode, values record.Values, personal ...record.Personal) record.Receipt {
	w.t.Helper()
	for _, p := range personal {
		values[p.Field[len("values."):]] = record.Sealed(digest.Of())
	}
	sub := w.submission(book, kind, day, place, values)
	sub.Personal = personal
	receipts, err := w.ledger.Append(w.t.Context(), sub)
	w.must(err)
	return receipts[0]
}

func (w *world) submission(book record.Book, kind record.Kind, day record.Day, place record.UnitCode, values record.Values) record.Submission {
	r := record.Record{ID: record.HashID(record.ChannelAPI, fmt.Sprint(book, kind, day, values)), Book: book, Kind: kind, Observed: record.OnDay(day),
		About: []record.Ref{{Kind: "unit", ID: string(place)}}, Values: values, By: "p-1"}
	e := record.Envelope{Received: time.Unix(1764000000, 0).UTC(), Channel: record.ChannelAPI, Catalog: w.catalog.Hash(), Day: day, Resolved: record.Resolved{Place: place}}
	return record.Submission{Record: r, Envelope: e}
}

func (w *world) system(book record.Book, kind record.Kind, values record.Values) record.Submission {
	return record.Submission{
		Record:   record.Record{ID: record.HashID(record.ChannelSystem, fmt.Sprint(book, kind)), Book: book, Kind: kind, Observed: record.OnDay(20200101), Values: values},
		Envelope: record.Envelope{Received: time.Unix(1764000000, 0).UTC(), Channel: record.ChannelSystem, Catalog: catalog.System().Hash(), Day: 20200101},
	}
}

// get asks as somebody, "" being the public.
func (w *world) get(who, path string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	if who != "" {
		r.Header.Set("Authorization", w.tokens[who])
	}
	answer := httptest.NewRecorder()
	w.mux.ServeHTTP(answer, r)
	return answer
}

// read asks and decodes a good answer.
func (w *world) read(who, path string, into any) {
	w.t.Helper()
	answer := w.get(who, path)
	if answer.Code != 200 {
		w.t.Fatalf("GET %s: %d %s", path, answer.Code, answer.Body)
	}
	w.must(json.Unmarshal(answer.Body.Bytes(), into))
}

// refused asks and gives the code of the problem.
func (w *world) refused(who, path string) (int, string) {
	w.t.Helper()
	answer := w.get(who, path)
	var p httpx.Problem
	if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil {
		w.t.Fatalf("GET %s: %v in %s", path, err, answer.Body)
	}
	return answer.Code, p.Code
}

func (w *world) status(ctx context.Context) ([]follow.Progress, error) {
	if w.stopped != nil {
		return []follow.Progress{*w.stopped}, nil
	}
	return w.runner.Status(ctx)
}
