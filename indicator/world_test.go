package indicator_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"qingshan/catalog"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fact"
	"qingshan/fold"
	"qingshan/indicator"
	"qingshan/record"
	"qingshan/register"
)

const words = `dimensions:
  count: {base: "1", zh: 计数, en: count}
  mass: {base: g, zh: 质量, en: mass}
  ratio: {base: ppm, zh: 比率, en: ratio}
units:
  t: {dimension: mass, steps: 1000000, zh: 吨, en: t}
  times: {dimension: count, steps: 1, zh: 次, en: times}
  head: {dimension: count, steps: 1, zh: 头, en: head}
  household: {dimension: count, steps: 1, zh: 户, en: households}
  percent: {dimension: ratio, steps: 10000, zh: 百分比, en: percent}
parts:
  manure: {zh: 粪污, en: Manure}
measures:
  waste: {dimension: mass, basis: sum, emitter: tally, zh: 垃圾, en: Waste}
  straw: {dimension: mass, basis: sum, emitter: tally, zh: 秸秆, en: Straw}
  prizes: {dimension: count, unit: times, basis: sum, emitter: tally, zh: 奖, en: Prizes}
  deer: {dimension: count, unit: head, basis: stock, emitter: tally, zh: 鹿, en: Deer}
  cattle: {dimension: count, unit: head, basis: stock, emitter: tally, zh: 牛, en: Cattle}
  visited: {dimension: count, unit: household, basis: distinct households, emitter: tally, zh: 户, en: Visited}
figures:
  waste: {part: manure, zh: 垃圾, en: Waste, unit: t, basis: sum, of: [waste]}
  straw: {part: manure, zh: 秸秆, en: Straw, unit: t, basis: sum, of: [straw]}
  prizes: {part: manure, zh: 奖, en: Prizes, unit: times, basis: sum, of: [prizes]}
  both: {part: manure, zh: 两者, en: Both, unit: t, basis: sum, of: [waste, straw]}
  twice: {part: manure, zh: 合计, en: Twice, unit: t, basis: sum, of: [straw], plus: [both]}
  deer: {part: manure, zh: 鹿, en: Deer, unit: head, basis: stock, of: [deer]}
  animals: {part: manure, zh: 牲畜, en: Animals, unit: head, basis: stock, of: [deer, cattle]}
  visited: {part: manure, zh: 走访, en: Visited, unit: household, basis: distinct households, of: [visited]}
  share: {part: manure, zh: 占比, en: Share, unit: percent, basis: ratio, ratio: {of: waste, per: both}}
  saved: {part: manure, zh: 节约, en: Saved, unit: t, basis: ratio, claim: true}
  flown: {part: manure, zh: 巡航, en: Flown, basis: sum, not_comparable: 原文中断}
`

const (
	county record.Book = "220323"
	town   record.Book = "220323102"
	street record.Book = "220323001"
)

// world is a board over three books that are followed from memory.
type world struct {
	t       testing.TB
	views   *db.DB
	board   *indicator.Board
	catalog *catalog.Catalog
	claims  claims
	papers  map[record.Book]*paper
	sink    *witness
}

func newWorld(t testing.TB, s dbtest.Stores) *world {
	t.Helper()
	c, err := catalog.Load(fstest.MapFS{"words.yaml": {Data: []byte(words)}})
	if err != nil {
		t.Fatalf("the catalog is refused:\n%v", err)
	}
	w := &world{t: t, views: s.Views, catalog: c, claims: claims{}}
	w.board = indicator.New(s.Views, indicator.Options{Aggregator: w.aggregator, Claims: w.claims, Followers: []string{"talk"}})
	w.sink = &witness{board: w.board, facts: map[record.Book]map[fact.Fact]bool{}}
	w.clear()
	return w
}

func (w *world) aggregator(m fact.Measure) catalog.Aggregator {
	measure, _ := w.catalog.Measure(m)
	return measure.Aggregator
}

// clear empties all tables, for the next story on the same stores.
func (w *world) clear() {
	w.t.Helper()
	w.papers = map[record.Book]*paper{county: {}, town: {}, street: {}}
	w.sink.facts = map[record.Book]map[fact.Fact]bool{}
	w.do(func(tx *db.Tx) error {
		for _, query := range []string{"DELETE FROM cursor", "DELETE FROM fact", "DELETE FROM past_fact", "DELETE FROM member", "DELETE FROM idle",
			"DELETE FROM rollup", "DELETE FROM stock_point", "DELETE FROM distinct_day", "DELETE FROM distinct_first"} {
			if _, err := tx.Exec(w.t.Context(), query); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) do(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.views.Do(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

// follow appends entries to a book and lets the fold take them, in batches of the sizes that next gives.
func (w *world) follow(book record.Book, entries []record.Entry, next func() int) {
	w.t.Helper()
	p := w.papers[book]
	from := len(p.entries)
	p.append(entries...)
	r := fold.NewRunner(talk{}, p, w.sink)
	for from < len(p.entries) {
		to := min(from+next(), len(p.entries))
		w.do(func(tx *db.Tx) error {
			_, err := tx.Exec(w.t.Context(), `INSERT INTO cursor (book, follower, size) VALUES ($1, 'talk', $2)
				ON CONFLICT (book, follower) DO UPDATE SET size = excluded.size`, string(book), int64(to))
			if err != nil {
				return err
			}
			return r.Follow(w.t.Context(), tx, book, p.entries[from:to])
		})
		from = to
	}
}

func (w *world) read(q indicator.Query) map[string]indicator.Reading {
	w.t.Helper()
	readings, err := w.board.Read(w.t.Context(), w.catalog, q)
	if err != nil {
		w.t.Fatalf("read %+v: %v", q, err)
	}
	out := map[string]indicator.Reading{}
	for _, r := range readings {
		out[r.Figure.Code] = r
	}
	return out
}

// digests gives the digests of the tables that are added up.
func (w *world) digests() map[string]string {
	w.t.Helper()
	d, err := w.views.Digests(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]string{}
	for _, table := range []string{"rollup", "stock_point", "distinct_day", "distinct_first"} {
		out[table] = d[table]
	}
	return out
}

// differing lists the tables with different digests.
func differing(a, b map[string]string) []string {
	var tables []string
	for table := range a {
		if a[table] != b[table] {
			tables = append(tables, table)
		}
	}
	slices.Sort(tables)
	return tables
}

// witness passes changes on and remembers which facts there are.
type witness struct {
	board *indicator.Board
	facts map[record.Book]map[fact.Fact]bool
}

func (s *witness) Move(ctx context.Context, tx *db.Tx, book record.Book, changes []fact.Change) error {
	if s.facts[book] == nil {
		s.facts[book] = map[fact.Fact]bool{}
	}
	for _, c := range changes {
		if c.Old != nil {
			delete(s.facts[book], *c.Old)
		}
		if c.New != nil {
			s.facts[book][*c.New] = true
		}
	}
	return s.board.Move(ctx, tx, book, changes)
}

// paper is one book's ledger in memory.
type paper struct{ entries []record.Entry }

func (p *paper) append(entries ...record.Entry) {
	for _, e := range entries {
		e.Seq = int64(len(p.entries))
		p.entries = append(p.entries, e)
	}
}

func (p *paper) Histories(_ context.Context, _ record.Book, roots []record.ID, below int64) (map[record.ID][]record.Entry, error) {
	out := map[record.ID][]record.Entry{}
	for _, e := range p.entries {
		if root := e.Record.Root(); e.Seq < below && (slices.Contains(roots, root) || slices.Contains(roots, e.Record.ID)) {
			out[root] = append(out[root], e)
		}
	}
	return out, nil
}

// talk is a fold in which a record gives what its fields say: waste and straw in grams, deer and cattle of a herd, the
// household visited, and a prize of which only the first to claim it (by day and id) gets one.
type talk struct{}

func (talk) Name() string { return "talk" }

func (talk) Keys(e record.Entry) []fold.Key {
	keys := []fold.Key{fold.Own(e.Record.Root())}
	if prize, ok := e.Record.Values["prize"]; ok {
		keys = append(keys, fold.Key("prize/"+prize.Text))
	}
	return keys
}

func (talk) Facts(key fold.Key, entries []record.Entry) fold.Result {
	if key.Shared() {
		return first(entries)
	}
	e := entries[0]
	var result fold.Result
	for _, measure := range []fact.Measure{"waste", "straw", "deer", "cattle", "visited"} {
		v, said := e.Record.Values[string(measure)]
		f := fact.Fact{Measure: measure, Subject: string(key), Place: e.Envelope.Resolved.Place, Day: e.Envelope.Day, Amount: v.Int,
			Root: e.Record.Root(), Seq: e.Seq}
		switch measure {
		case "deer", "cattle":
			f.Subject = e.Record.Values["herd"].Text
		case "visited":
			f.Subject, f.Amount = v.Text, 1
		}
		if said {
			result.Facts = append(result.Facts, f)
		}
	}
	if len(result.Facts) == 0 {
		result.Idle = map[record.ID]string{e.Record.Root(): "said nothing"}
	}
	return result
}

func first(entries []record.Entry) fold.Result {
	result := fold.Result{Idle: map[record.ID]string{}}
	best := slices.MinFunc(entries, func(a, b record.Entry) int {
		return cmp.Or(cmp.Compare(a.Envelope.Day, b.Envelope.Day), strings.Compare(a.Record.Root().String(), b.Record.Root().String()))
	})
	for _, e := range entries {
		if e.Seq != best.Seq {
			result.Idle[e.Record.Root()] = "late"
			continue
		}
		result.Facts = append(result.Facts, fact.Fact{Measure: "prizes", Subject: string(fold.Own(e.Record.Root())),
			Place: e.Envelope.Resolved.Place, Day: e.Envelope.Day, Amount: 1, Root: e.Record.Root(), Seq: e.Seq})
	}
	return result
}

func id(name string) record.ID { return record.HashID("test", name) }

// said makes a record; values are pairs of a field and an int or text.
func said(name string, place record.UnitCode, day record.Day, values ...any) record.Entry {
	e := record.Entry{Record: record.Record{ID: id(name), Book: town, Kind: "talk", Values: record.Values{}}}
	e.Envelope.Day, e.Envelope.Resolved.Place = day, place
	for i := 0; i < len(values); i += 2 {
		switch v := values[i+1].(type) {
		case int:
			e.Record.Values[values[i].(string)] = record.Int(int64(v))
		case string:
			e.Record.Values[values[i].(string)] = record.Text(v)
		}
	}
	return e
}

func amends(root string, e record.Entry) record.Entry {
	e.Record.Amends = id(root)
	return e
}

// random makes n records at the places; of each root there is at most one amendment or withdrawal, and of each herd one
// value a day, because those the order of deliveries decides.
func random(r *rand.Rand, prefix string, n int, places []record.UnitCode) []record.Entry {
	var entries []record.Entry
	var roots []string
	for i := range n {
		name := fmt.Sprint(prefix, i)
		e := said(name, places[r.IntN(len(places))], randomDay(r))
		if r.IntN(2) == 0 {
			e.Record.Values["waste"] = record.Int(r.Int64N(3_000_000))
		}
		if r.IntN(3) == 0 {
			e.Record.Values["straw"] = record.Int(r.Int64N(3_000_000))
		}
		if r.IntN(3) == 0 {
			e.Record.Values["visited"] = record.Text(fmt.Sprint("household/", r.IntN(8)))
		}
		if r.IntN(3) == 0 {
			e.Record.Values["prize"] = record.Text(fmt.Sprint(prefix, r.IntN(6)))
		}
		switch k := r.IntN(10); {
		case k == 0 && len(roots) > 0:
			last := len(roots) - 1
			e.Record.Amends, roots = id(roots[last]), roots[:last]
		case k == 1 && len(roots) > 0:
			last := len(roots) - 1
			e.Record.Amends, e.Record.Values, roots = id(roots[last]), nil, roots[:last]
		default:
			roots = slices.Insert(roots, r.IntN(len(roots)+1), name)
		}
		if e.Record.Values != nil && i%3 == 0 {
			e.Record.Values["herd"] = record.Text(fmt.Sprint("herd/", r.IntN(4), "/", e.Envelope.Day%2))
			e.Record.Values["deer"] = record.Int(r.Int64N(3) * r.Int64N(40))
			e.Record.Values["cattle"] = record.Int(r.Int64N(20))
		}
		entries = append(entries, e)
	}
	return oneValueADay(entries)
}

// oneValueADay takes the animals out of records that speak of a herd on a day on which another one does.
func oneValueADay(entries []record.Entry) []record.Entry {
	seen := map[string]bool{}
	for _, e := range entries {
		if v, ok := e.Record.Values["herd"]; ok {
			slot := fmt.Sprint(v.Text, e.Envelope.Day)
			if seen[slot] {
				delete(e.Record.Values, "deer")
				delete(e.Record.Values, "cattle")
			}
			seen[slot] = true
		}
	}
	return entries
}

func randomDay(r *rand.Rand) record.Day {
	return record.Day(20241120).Add(r.IntN(80))
}

// claims are register objects by book.
type claims map[record.Book][]register.Object

func (c claims) All(_ context.Context, q register.Query) ([]register.Object, error) {
	var found []register.Object
	for _, o := range c[q.Book] {
		if o.Kind == q.Kind && q.Place.Holds(o.Place) && o.From <= q.Day && q.Day < o.To && o.SeqFrom < q.Size && q.Size <= o.SeqTo {
			found = append(found, o)
		}
	}
	return found, nil
}
