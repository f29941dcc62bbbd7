package intake

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"qingshan/access"
	"qingshan/catalog"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/follow"
	"qingshan/internal/digest"
	"qingshan/internal/strictjson"
	"qingshan/ledger"
	"qingshan/record"
	"qingshan/register"
)

// The books and people of these tests.
const (
	county  record.Book = "220323"
	town    record.Book = "220323102"
	village             = "220323102210"
	clerk               = "p-00c1e4c0"
)

// world is a county and a town on real stores, with a desk that has a clock and a catalog of its own.
type world struct {
	t        *testing.T
	ledger   *ledger.Ledger
	register *register.Register
	runner   *follow.Runner
	catalogs map[digest.Hash]*catalog.Catalog
	current  *catalog.Catalog
	now      time.Time
	desk     *Desk
	settled  int
}

// each runs a test in a fresh world on both databases: the county and town are registered, the clerk too.
func each(t *testing.T, f func(w *world)) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		w.open()
		f(w)
	})
}

func newWorld(t *testing.T, s dbtest.Stores) *world {
	t.Helper()
	w := &world{t: t, catalogs: map[digest.Hash]*catalog.Catalog{}, now: instant(t, "2025-06-03T10:00:00+08:00")}
	w.keep(catalog.System())
	current, err := catalog.Standard()
	w.must(err)
	w.current = w.keep(current)
	w.ledger, err = ledger.Open(t.Context(), s.Ledger, ledger.Options{})
	w.must(err)
	t.Cleanup(w.ledger.Close)
	w.register = register.New(s.Views, func(hash digest.Hash) *catalog.Catalog { return w.catalogs[hash] })
	w.runner = follow.NewRunner(w.ledger, s.Views, follow.Options{}, w.register)
	w.desk = New(w.options())
	return w
}

func (w *world) options() Options {
	return Options{
		Append:   w.ledger.Append,
		ByID:     w.ledger.ByID,
		Size:     w.ledger.Size,
		Current:  func() *catalog.Catalog { return w.current },
		Catalogs: func(hash digest.Hash) *catalog.Catalog { return w.catalogs[hash] },
		Clock:    func() time.Time { return w.now },
		Find: func(ctx context.Context, book record.Book, keys []record.Ref, day record.Day) (map[record.Ref]register.Object, error) {
			return w.register.Find(ctx, book, keys, day, register.Latest)
		},
		Settle: func(ctx context.Context, book record.Book) error { w.settled++; return w.runner.CatchUp(ctx, book) },
	}
}

func (w *world) keep(c *catalog.Catalog) *catalog.Catalog {
	w.catalogs[c.Hash()] = c
	return c
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// open opens both books and registers what the tests stand on.
func (w *world) open() {
	w.t.Helper()
	for _, book := range []record.Book{county, town} {
		values := record.Values{"unit": record.Text(string(book))}
		if book == town {
			values["parent"] = record.Text(string(county))
		}
		_, err := w.ledger.Create(w.t.Context(), w.system(book, catalog.KindBookOpened, values))
		w.must(err)
	}
	setting := []string{person(clerk), unit("220323", "county"), unit("220323102", "town"), unit(village, "village"), unit("220323102211", "village"), unit("220323001", "subdistrict")}
	for i, r := range w.accept(Delivery{Channel: record.ChannelSystem, Book: county}, setting...) {
		if r.Outcome != record.Stored {
			w.t.Fatalf("setting %s: %+v", setting[i], r)
		}
	}
	w.adopt()
}

// adopt has the town take over the county's registers as they are.
func (w *world) adopt() {
	w.t.Helper()
	w.must(w.runner.CatchUp(w.t.Context(), county))
	at, err := w.ledger.At(w.t.Context(), county, 0)
	w.must(err)
	_, err = w.ledger.Append(w.t.Context(), w.system(town, catalog.KindBookAdopted, record.Values{
		"source":  record.Text(string(county)),
		"size":    record.Int(at.Size),
		"root":    record.Text(digest.Hash(at.Root).String()),
		"catalog": record.Text(w.current.Hash().String()),
	}))
	w.must(err)
	w.must(w.runner.CatchUp(w.t.Context(), town))
}

func (w *world) system(book record.Book, kind record.Kind, values record.Values) record.Submission {
	return record.Submission{
		Record: record.Record{ID: record.HashID(record.ChannelSystem, fmt.Sprint(book, kind, values)), Book: book, Kind: kind,
			Observed: record.InstantAt(w.now), Values: values},
		Envelope: record.Envelope{Received: w.now.UTC(), Channel: record.ChannelSystem, Catalog: catalog.System().Hash(), Day: 20250603},
	}
}

// writes gives a record of the API: an external id, kind and day, and further keys as JSON text.
func writes(external, kind, rest string) string {
	if rest != "" {
		rest = "," + rest
	}
	return fmt.Sprintf(`{"external":%q,"kind":%q,"observed":"2025-06-03"%s}`, external, kind, rest)
}

func unit(code, class string) string {
	return strings.Replace(writes("unit "+code, "register.unit", fmt.Sprintf(`"values":{"object":%q,"name":"u%s","class":%q}`, code, code, class)), "2025-06-03", "2020-01-01", 1)
}

func person(id string) string {
	return strings.Replace(writes("person "+id, "register.person", fmt.Sprintf(`"about":["unit/220323"],"values":{"object":%q,"name":"张三"}`, id)), "2025-06-03", "2020-01-01", 1)
}

// load writes a load of waste, with a mass and any further keys.
func load(external, mass, rest string) string {
	if rest == "" {
		rest = `"about":["unit/` + village + `"]`
	}
	return writes(external, "waste.load", rest+`,"values":{"category":"domestic","mass":`+mass+`}`)
}

const aTonne = `{"amount":"1.25","unit":"t"}`

func (w *world) accept(in Delivery, texts ...string) []record.Receipt {
	w.t.Helper()
	receipts, err := w.tryAccept(w.desk, in, texts...)
	w.must(err)
	return receipts
}

func (w *world) tryAccept(desk *Desk, in Delivery, texts ...string) ([]record.Receipt, error) {
	w.t.Helper()
	in.Records = make([]strictjson.Value, len(texts))
	for i, text := range texts {
		in.Records[i] = parse(w.t, text)
	}
	return desk.Accept(w.t.Context(), in)
}

// fromTown is a delivery by the town's clerk.
func fromTown() Delivery {
	return Delivery{Channel: record.ChannelAPI, Book: town, Who: access.Actor{Person: clerk, Book: town, Rights: access.Rights()}}
}

func fromCounty(book record.Book) Delivery {
	return Delivery{Channel: record.ChannelAPI, Book: book, Who: access.Actor{Person: clerk, Book: county, Rights: access.Rights()}}
}

func (w *world) entry(r record.Receipt) record.Entry {
	w.t.Helper()
	e, err := w.ledger.Entry(w.t.Context(), r.Book, r.Seq)
	w.must(err)
	return e
}

func (w *world) size(book record.Book) int64 {
	w.t.Helper()
	size, err := w.ledger.Size(w.t.Context(), book)
	w.must(err)
	return size
}

// overlaid gives the standard catalog with some definitions replaced.
func (w *world) overlaid(yaml string) *catalog.Catalog {
	w.t.Helper()
	c, err := catalog.Load(catalog.StandardFiles(), fstest.MapFS{"own.yaml": {Data: []byte(yaml)}})
	w.must(err)
	return w.keep(c)
}

// broken opens a second ledger on the same store whose commits fail at a point.
func (w *world) broken(s dbtest.Stores, point db.Point, fail error) *Desk {
	w.t.Helper()
	armed := false
	failing := s.Open(w.t, db.Options{Fault: func(p db.Point) error {
		if armed && p == point {
			return fail
		}
		return nil
	}})
	l, err := ledger.Open(w.t.Context(), failing.Ledger, ledger.Options{})
	w.must(err)
	armed = true
	w.t.Cleanup(l.Close)
	o := w.options()
	o.Append = l.Append
	return New(o)
}

func (w *world) standard() (*catalog.Catalog, error) {
	c, err := catalog.Standard()
	if err == nil {
		w.keep(c)
	}
	return c, err
}
