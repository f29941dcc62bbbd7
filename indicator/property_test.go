package indicator_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"qingshan/catalog"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fact"
	"qingshan/indicator"
	"qingshan/record"
)

// places by book, fine and coarse.
func places(book record.Book) []record.UnitCode {
	switch book {
	case county:
		return []record.UnitCode{"220323", "220323102", "220323001"}
	case street:
		return []record.UnitCode{"220323001", "220323001001", "220323001002", "220323001001-01"}
	default:
		return []record.UnitCode{"220323102", "220323102210", "220323102211", "220323102210-01", "220323102210-02"}
	}
}

func allPlaces() []record.UnitCode {
	var all []record.UnitCode
	for _, book := range []record.Book{county, town, street} {
		all = append(all, places(book)...)
	}
	return append(all, "220323102212", "220322")
}

// plain is a measure's total as one would count it by hand: the amount and the facts behind it.
type plain struct {
	amount  int64
	records int64
}

// count adds up facts by the definition of the aggregator, with nothing kept and nothing clever.
func count(aggregator catalog.Aggregator, facts map[record.Book]map[fact.Fact]bool, m fact.Measure, q indicator.Query) plain {
	days := q.Period.Clip(q.AsOf)
	var total plain
	take := func(amount int64) {
		total.amount += amount
		total.records++
	}
	for _, all := range facts {
		subjects, last := map[string]bool{}, map[string]fact.Fact{}
		for f := range all {
			inside := q.Place.Holds(f.Place) && days.Holds(f.Day)
			switch {
			case f.Measure != m:
			case aggregator == catalog.Sum && inside:
				take(f.Amount)
			case aggregator == catalog.Distinct && inside:
				take(0)
				subjects[f.Subject] = true
			case aggregator == catalog.Stock && f.Day <= days.To:
				if known, there := last[f.Subject]; !there || later(f, known) {
					last[f.Subject] = f
				}
			}
		}
		total.amount += int64(len(subjects))
		for _, f := range last {
			if f.Amount != 0 && q.Place.Holds(f.Place) {
				take(f.Amount)
			}
		}
	}
	return total
}

func later(a, b fact.Fact) bool {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Seq, b.Seq), slices.Compare(a.Root[:], b.Root[:])) > 0
}

// check compares every figure of a query with the facts.
func (w *world) check(label string, q indicator.Query) {
	w.t.Helper()
	by := map[string]plain{}
	for _, m := range w.catalog.Measures() {
		by[string(m.Name)] = count(m.Aggregator, w.sink.facts, m.Name, q)
	}
	join := func(names ...string) plain {
		var total plain
		for _, name := range names {
			total.amount += by[name].amount
			total.records += by[name].records
		}
		return total
	}
	twice := join("waste", "straw")
	twice.amount += by["straw"].amount
	want := map[string]plain{"waste": by["waste"], "straw": by["straw"], "prizes": by["prizes"], "both": join("waste", "straw"), "twice": twice,
		"deer": by["deer"], "animals": join("deer", "cattle"), "visited": by["visited"]}
	got := w.read(q)
	for code, p := range want {
		r := got[code]
		if r.Amount != p.amount || r.Records != p.records || r.Value == nil {
			w.t.Errorf("%s: %s at %s in %s as of %d: got amount %d of %d records, want %d of %d", label, code, q.Place, q.Period, q.AsOf,
				r.Amount, r.Records, p.amount, p.records)
		}
	}
	if both := by["waste"].amount + by["straw"].amount; both == 0 && got["share"].Value != nil {
		w.t.Errorf("%s: share of nothing: got %s, want no number", label, *got["share"].Value)
	} else if both != 0 {
		exact := big.NewRat(100*by["waste"].amount, both)
		value, _ := new(big.Rat).SetString(*got["share"].Value)
		if value.Sub(value, exact); value.Abs(value).Cmp(big.NewRat(1, 2_000_000)) > 0 {
			w.t.Errorf("%s: share: got %s, want %s", label, *got["share"].Value, exact.FloatString(8))
		}
	}
}

func randomQuery(r *rand.Rand) indicator.Query {
	all := allPlaces()
	from, to := randomDay(r), randomDay(r)
	q := indicator.Query{Place: all[r.IntN(len(all))], Period: record.Period{From: min(from, to), To: max(from, to)}}
	if r.IntN(2) == 0 {
		spans := []string{"2024", "2025", "2024-11", "2024-12", "2025-01", "2024..2025", string(from.Span()), "2023"}
		q.Period, _ = record.ParsePeriod(spans[r.IntN(len(spans))])
	}
	if r.IntN(2) == 0 {
		q.AsOf = randomDay(r)
	}
	return q
}

// TestRollupsEqualFacts: after any history of records, amendments and withdrawals, every figure is what the facts give, and
// the tables are what they would be had all facts been there from the beginning.
func TestRollupsEqualFacts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		for seed := range uint64(4) {
			w.clear()
			r := rand.New(rand.NewPCG(seed, 1))
			for round := range 4 {
				for _, book := range []record.Book{county, town, street} {
					entries := random(r, fmt.Sprint(book, round), 40, places(book))
					if round > 0 { // also change what earlier rounds said
						for i := range 6 {
							entries[i] = amends(fmt.Sprint(book, round-1, r.IntN(40)), entries[i])
						}
					}
					w.follow(book, oneValueADay(entries), func() int { return 1 + r.IntN(60) })
				}
				label := fmt.Sprintf("seed %d, round %d", seed, round)
				for range 12 {
					w.check(label, randomQuery(r))
				}
				live := w.digests()
				w.rebuild()
				if again := w.digests(); !maps.Equal(live, again) {
					t.Errorf("%s: tables differ between live and from the facts at once: %v", label, differing(live, again))
				}
			}
		}
	})
}

// rebuild drops what is added up and adds all facts at once.
func (w *world) rebuild() {
	w.t.Helper()
	w.do(func(tx *db.Tx) error {
		for _, query := range []string{"DELETE FROM rollup", "DELETE FROM stock_point", "DELETE FROM distinct_day", "DELETE FROM distinct_first"} {
			if _, err := tx.Exec(w.t.Context(), query); err != nil {
				return err
			}
		}
		for book, facts := range w.sink.facts {
			var changes []fact.Change
			for f := range facts {
				changes = append(changes, fact.Change{New: &f})
			}
			if err := w.board.Move(w.t.Context(), tx, book, changes); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestNothingIsLeftOfWhatIsTakenBack: rows that come to nothing are gone, so that a replay without them is the same.
func TestNothingIsLeftOfWhatIsTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		empty := w.digests()
		r := rand.New(rand.NewPCG(5, 5))
		entries := random(r, "x", 60, places(town))
		w.follow(town, entries, func() int { return 7 })
		full := w.digests()
		var back []record.Entry
		for i := range entries {
			if entries[i].Record.Amends.Zero() {
				withdrawal := amends(fmt.Sprint("x", i), said(fmt.Sprint("back", i), "220323102", 20250101))
				back = append(back, withdrawal)
			}
		}
		w.follow(town, back, func() int { return 5 })
		if got := w.digests(); !maps.Equal(got, empty) {
			t.Errorf("after all was withdrawn these tables are not empty: %v", differing(got, empty))
		}
		for table, digest := range full {
			if digest == empty[table] {
				t.Errorf("the records left %s empty, so the test shows nothing", table)
			}
		}
	})
}

// TestBatchesDoNotMatter: however entries are cut into batches, all tables come out the same.
func TestBatchesDoNotMatter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		for seed := range uint64(4) {
			r := rand.New(rand.NewPCG(seed, 2))
			entries := random(r, "x", 90, places(town))
			w.clear()
			w.follow(town, entries, func() int { return 1000 })
			want := w.digests()
			for name, next := range map[string]func() int{"one by one": func() int { return 1 }, "at random": func() int { return 1 + r.IntN(30) }} {
				w.clear()
				w.follow(town, entries, next)
				if got := w.digests(); !maps.Equal(got, want) {
					t.Errorf("seed %d, %s: tables differ from one batch: %v", seed, name, differing(got, want))
				}
			}
		}
	})
}

// TestOrderOfDeliveriesDoesNotMatter: the same records in any order give the same figures. What the order does decide, two
// amendments of one root and two values of a stock on one day, is kept out of the records by random.
func TestOrderOfDeliveriesDoesNotMatter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		for seed := range uint64(4) {
			r := rand.New(rand.NewPCG(seed, 3))
			entries := random(r, "x", 90, places(town))
			queries := make([]indicator.Query, 15)
			for i := range queries {
				queries[i] = randomQuery(r)
			}
			var want []string
			for shuffle := range 3 {
				w.clear()
				w.follow(town, entries, func() int { return 1 + r.IntN(40) })
				for i, q := range queries {
					got, readings := "", w.read(q)
					for _, f := range w.catalog.Figures() {
						reading := readings[f.Code]
						got += fmt.Sprintf("%s %d of %d; ", f.Code, reading.Amount, reading.Records)
					}
					if shuffle == 0 {
						want = append(want, got)
					} else if got != want[i] {
						t.Errorf("seed %d, shuffle %d: %+v:\ngot  %s\nwant %s", seed, shuffle, q, got, want[i])
					}
				}
				r.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
			}
		}
	})
}

// TestBecauseAddsUp: the facts behind a figure are as many as it says and add up to it, page by page and all at once.
func TestBecauseAddsUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		const seed = 4
		r := rand.New(rand.NewPCG(seed, 4))
		for _, book := range []record.Book{county, town, street} {
			w.follow(book, random(r, string(book), 80, places(book)), func() int { return 50 })
		}
		for range 25 {
			q := randomQuery(r)
			readings := w.read(q)
			for _, code := range []string{"waste", "deer", "animals", "both", "visited", "share"} {
				all := w.because(code, q, 1000)
				if paged := w.because(code, q, 1+r.IntN(5)); !slices.Equal(paged, all) {
					t.Errorf("seed %d: %s of %+v: in pages %d facts, at once %d, or another order", seed, code, q, len(paged), len(all))
				}
				w.weigh(code, q, readings[code], all)
			}
		}
	})
}

// because reads all pages.
func (w *world) because(code string, q indicator.Query, limit int) []indicator.Because {
	w.t.Helper()
	var all []indicator.Because
	for page := (indicator.Page{Limit: limit}); ; {
		list, next, err := w.board.Because(w.t.Context(), w.catalog, code, q, page)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, list...)
		if page.After = next; next == "" {
			return all
		}
	}
}

func (w *world) weigh(code string, q indicator.Query, r indicator.Reading, all []indicator.Because) {
	w.t.Helper()
	ordered := slices.IsSortedFunc(all, func(a, b indicator.Because) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Book, b.Book), cmp.Compare(a.Seq, b.Seq))
	})
	var sum int64
	subjects := map[string]bool{}
	for _, b := range all {
		sum += b.Amount
		subjects[string(b.Book)+b.Subject] = true
		f := fact.Fact{Measure: b.Measure, Subject: b.Subject, Place: b.Place, Day: b.Day, Amount: b.Amount, Root: b.Root, Seq: b.Seq}
		if !saidBy(w.sink.facts[b.Book], f) {
			w.t.Errorf("%s of %+v: %+v is no fact", code, q, b)
		}
	}
	want := map[string][2]int64{
		"waste": {sum, int64(len(all))}, "deer": {sum, int64(len(all))}, "visited": {int64(len(subjects)), int64(len(all))},
		"animals": {sum, int64(len(all))}, "both": {sum, int64(len(all))}, "share": {r.Amount, int64(len(all))},
	}[code]
	if got := [2]int64{r.Amount, r.Records}; got != want || !ordered {
		w.t.Errorf("%s of %+v: the figure says %v, the facts behind it %v (in order: %v)", code, q, got, want, ordered)
	}
}

// saidBy tells whether a fact is there, whenever it came into force.
func saidBy(facts map[fact.Fact]bool, want fact.Fact) bool {
	for f := range facts {
		want.At = f.At
		if f == want {
			return true
		}
	}
	return false
}

// TestRareRows: cases that random histories hardly meet, each compared with adding all facts at once.
func TestRareRows(t *testing.T) {
	one := fact.Fact{Measure: "deer", Subject: "herd/a", Place: "220323102210", Day: 20250101, Amount: 5, Root: id("a"), Seq: 1}
	before, same, moved, again := one, one, one, one
	before.Day, before.Root = 20241201, id("b")
	same.Amount = 3
	moved.Place, moved.Seq = "220323102211", 2
	again.Amount, again.Seq = 8, 3
	var stories []func(t *testing.T, w *world)
	for _, c := range []struct {
		name  string
		steps [][]fact.Change
		left  []fact.Fact
	}{
		{"two facts of one root for one day are added", [][]fact.Change{{{New: &one}, {New: &same}}}, []fact.Fact{one, same}},
		{"one of two such facts goes", [][]fact.Change{{{New: &one}, {New: &same}}, {{Old: &same}}}, []fact.Fact{one}},
		{"a level changes and changes back", [][]fact.Change{{{New: &before}}, {{New: &again}}, {{Old: &again, New: &one}}}, []fact.Fact{before, one}},
		{"a point moves", [][]fact.Change{{{New: &one}}, {{Old: &one, New: &moved}}}, []fact.Fact{moved}},
		{"only the sequence changes", [][]fact.Change{{{New: &before}, {New: &one}}, {{Old: &one, New: &fact.Fact{Measure: "deer",
			Subject: "herd/a", Place: "220323102210", Day: 20250101, Amount: 5, Root: id("a"), Seq: 9}}}},
			[]fact.Fact{before, {Measure: "deer", Subject: "herd/a", Place: "220323102210", Day: 20250101, Amount: 5, Root: id("a"), Seq: 9}}},
		{"the same again", [][]fact.Change{{{New: &one}}, {{Old: &one}}, {{New: &one}}}, []fact.Fact{one}},
	} {
		stories = append(stories, func(t *testing.T, w *world) {
			w.clear()
			for _, step := range c.steps {
				w.do(func(tx *db.Tx) error { return w.board.Move(t.Context(), tx, town, step) })
			}
			live := w.digests()
			w.clear()
			var all []fact.Change
			for _, f := range c.left {
				all = append(all, fact.Change{New: &f})
			}
			w.do(func(tx *db.Tx) error { return w.board.Move(t.Context(), tx, town, all) })
			if again := w.digests(); !maps.Equal(live, again) {
				t.Errorf("%s: tables differ between live and from the facts at once: %v", c.name, differing(live, again))
			}
		})
	}
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		for _, tell := range stories {
			tell(t, w)
		}
	})
}
