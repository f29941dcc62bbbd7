package tally_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"qingshan/catalog"
	"qingshan/fold"
	"qingshan/internal/digest"
	"qingshan/record"
	"qingshan/tally"
)

const words = `dimensions:
  count: {base: "1", zh: 计数, en: count}
  mass: {base: g, zh: 质量, en: mass}
units:
  t: {dimension: mass, steps: 1000000, zh: 吨, en: t}
  times: {dimension: count, steps: 1, zh: 次, en: times}
  head: {dimension: count, steps: 1, zh: 头, en: head}
  household: {dimension: count, steps: 1, zh: 户, en: households}
parts:
  manure: {zh: 粪污, en: Manure}
measures:
  waste.domestic: {dimension: mass, basis: sum, emitter: tally, zh: 生活垃圾, en: Domestic waste}
  waste.farm: {dimension: mass, basis: sum, emitter: tally, zh: 农业废弃物, en: Farm waste}
  waste.loads: {dimension: count, unit: times, basis: sum, emitter: tally, zh: 车次, en: Loads}
  waste.moved: {dimension: mass, basis: sum, emitter: tally, by: [field, buyer], zh: 转运, en: Moved}
  problems.closed: {dimension: count, unit: times, basis: sum, emitter: tally, zh: 销号, en: Closed}
  visits: {dimension: count, unit: times, basis: sum, emitter: tally, zh: 走访, en: Visits}
  visited: {dimension: count, unit: household, basis: distinct households, emitter: tally, zh: 走访户数, en: Households visited}
  days.open: {dimension: count, unit: times, basis: sum, emitter: tally, zh: 开放, en: Open}
  stops: {dimension: count, unit: times, basis: sum, emitter: tally, zh: 到过, en: Stops}
  herd.heads: {dimension: count, unit: head, basis: stock, emitter: tally, by: [deer, pig], zh: 存栏, en: Heads}
  herd.fed: {dimension: mass, basis: stock, emitter: tally, zh: 饲料, en: Feed}
  herd.sold: {dimension: count, unit: head, basis: sum, emitter: tally, zh: 出栏, en: Sold}
kinds:
  waste.load:
    part: manure
    zh: 清运
    en: Load
    place: village
    owner: town
    facet: true
    fields:
      category: {type: choice, required: true, zh: 类别, en: category, choices: {domestic: {zh: 生活, en: domestic}, farm: {zh: 农业, en: farm}, other: {zh: 其他, en: other}}}
      mass: {type: quantity, dimension: mass, zh: 重量, en: mass}
      covered: {type: bool, zh: 遮盖, en: covered}
      to: {type: choice, zh: 去向, en: to, choices: {field: {zh: 还田, en: field}, buyer: {zh: 收购, en: buyer}}}
    emits:
      - {measure: waste.domestic, amount: mass, when: {category: domestic}}
      - {measure: waste.farm, amount: mass, when: {category: [farm], covered: true}}
      - {measure: waste.moved, amount: mass, by: to}
      - {measure: waste.loads, when: {category: [domestic, farm]}}
  problem.closed:
    part: manure
    zh: 销号
    en: Closed
    place: village
    owner: town
    fields:
      problem: {type: text, zh: 问题, en: problem}
      result: {type: text, required: true, zh: 结果, en: result}
    emits:
      - {measure: problems.closed, once: problem}
  visit:
    part: manure
    zh: 走访
    en: Visit
    place: town
    owner: any
    fields:
      topic: {type: text, required: true, zh: 主题, en: topic}
      spot: {type: text, zh: 地点, en: spot}
    emits:
      - {measure: visits, subject: "about:household"}
      - {measure: visited, subject: "about:household"}
      - {measure: stops, subject: spot}
  opening:
    part: manure
    zh: 开放
    en: Opening
    place: town
    owner: any
    fields:
      topic: {type: text, required: true, zh: 主题, en: topic}
    emits:
      - {measure: days.open, subject: place}
  silent:
    part: manure
    zh: 无
    en: Silent
    place: town
    owner: any
    fields:
      topic: {type: text, required: true, zh: 主题, en: topic}
registers:
  household: {part: manure, zh: 农户, en: Household, place: village, owner: town}
  herd:
    part: manure
    zh: 畜群
    en: Herd
    place: village
    owner: town
    fields:
      species: {type: choice, required: true, zh: 畜种, en: species, choices: {deer: {zh: 鹿, en: deer}, pig: {zh: 猪, en: pig}}}
      heads: {type: count, unit: head, zh: 存栏, en: heads}
      feed: {type: quantity, dimension: mass, zh: 饲料, en: feed}
      indoors: {type: bool, zh: 圈养, en: indoors}
      sold: {type: count, unit: head, zh: 出栏, en: sold}
    emits:
      - {measure: herd.heads, by: species, amount: heads, subject: object}
      - {measure: herd.fed, amount: feed, subject: object, when: {indoors: true}}
      - {measure: herd.sold, amount: sold}
`

func small(t *testing.T) *tally.Tally {
	t.Helper()
	c, err := catalog.Load(fstest.MapFS{"words.yaml": {Data: []byte(words)}})
	if err != nil {
		t.Fatalf("the catalog is refused:\n%v", err)
	}
	return tally.New(func(digest.Hash) *catalog.Catalog { return c })
}

// values are a record's fields as Go values.
type values map[string]any

func (v values) record() record.Values {
	out := record.Values{}
	for field, value := range v {
		switch value := value.(type) {
		case int:
			out[field] = record.Int(int64(value))
		case string:
			out[field] = record.Text(value)
		case bool:
			out[field] = record.Bool(value)
		}
	}
	return out
}

func id(name string) record.ID { return record.HashID("test", name) }

func entry(name string, kind record.Kind, v values) record.Entry {
	e := record.Entry{Seq: 7, Record: record.Record{ID: id(name), Book: "220323102", Kind: kind, Values: v.record()}}
	e.Envelope.Day, e.Envelope.Resolved.Place = 20250603, "220323102210-01"
	return e
}

// tell folds one entry and says what came out: "key: measure subject amount", and reasons. The record's own id is "me".
func tell(f *tally.Tally, e record.Entry) []string {
	var lines []string
	for _, key := range f.Keys(e) {
		result := f.Facts(key, []record.Entry{e})
		for _, x := range result.Facts {
			lines = append(lines, fmt.Sprintf("%s: %s %s %d", key, x.Measure, x.Subject, x.Amount))
		}
		for _, reason := range result.Idle {
			lines = append(lines, fmt.Sprintf("%s: %s", key, reason))
		}
	}
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], e.Record.Root().String(), "me")
	}
	slices.Sort(lines)
	return lines
}

func TestEmissions(t *testing.T) {
	about := func(e record.Entry, ids ...string) record.Entry {
		for _, one := range ids {
			e.Record.About = append(e.Record.About, record.Ref{Kind: "household", ID: one})
		}
		return e
	}
	facet := func(e record.Entry, kind record.Kind, v values) record.Entry {
		e.Record.Facets = append(e.Record.Facets, record.Facet{Kind: kind, Values: v.record()})
		return e
	}
	nowhere := entry("x", "waste.load", values{"category": "domestic", "mass": 5})
	nowhere.Envelope.Resolved.Place = ""
	amendment := entry("x", "waste.load", values{"category": "domestic"})
	amendment.Record.Amends = id("root")
	for _, c := range []struct {
		name string
		e    record.Entry
		want []string
	}{
		{"a condition holds", entry("x", "waste.load", values{"category": "domestic", "mass": 1250000}),
			[]string{"rec/me: waste.domestic rec/me 1250000", "rec/me: waste.loads rec/me 1"}},
		{"two conditions hold", entry("x", "waste.load", values{"category": "farm", "mass": 9, "covered": true}),
			[]string{"rec/me: waste.farm rec/me 9", "rec/me: waste.loads rec/me 1"}},
		{"one of two does not", entry("x", "waste.load", values{"category": "farm", "mass": 9, "covered": false}),
			[]string{"rec/me: waste.loads rec/me 1"}},
		{"what was not said is no condition met", entry("x", "waste.load", values{"category": "farm", "mass": 9}),
			[]string{"rec/me: waste.loads rec/me 1"}},
		{"by a choice", entry("x", "waste.load", values{"category": "other", "mass": 9, "to": "buyer"}),
			[]string{"rec/me: waste.moved.buyer rec/me 9"}},
		{"an amount of 0 is an amount", entry("x", "waste.load", values{"category": "other", "mass": 0, "to": "buyer"}),
			[]string{"rec/me: waste.moved.buyer rec/me 0"}},
		{"nothing", entry("x", "waste.load", values{"category": "other", "mass": 9}), []string{"rec/me: emits.nothing"}},
		{"an amendment speaks for its root", amendment, []string{"rec/me: waste.loads rec/me 1"}},
		{"nowhere", nowhere, []string{"rec/me: emits.nowhere"}},
		{"a kind without emissions", entry("x", "silent", values{"topic": "x"}), nil},
		{"a kind of another catalog", entry("x", "unheard.of", values{"topic": "x"}), nil},
		{"a facet counts beside the kind", facet(entry("x", "visit", values{"topic": "x"}), "waste.load", values{"category": "domestic", "mass": 3}),
			[]string{"rec/me: waste.domestic rec/me 3", "rec/me: waste.loads rec/me 1"}},
		{"a facet counts without the kind", facet(entry("x", "silent", values{"topic": "x"}), "waste.load", values{"category": "farm"}),
			[]string{"rec/me: waste.loads rec/me 1"}},
		{"facet and kind about one subject are added", facet(entry("x", "waste.load", values{"category": "domestic", "mass": 3}), "waste.load",
			values{"category": "domestic", "mass": 4}), []string{"rec/me: waste.domestic rec/me 7", "rec/me: waste.loads rec/me 2"}},
		{"about one object", about(entry("x", "visit", values{"topic": "x"}), "h1"),
			[]string{"rec/me: visited household/h1 1", "rec/me: visits household/h1 1"}},
		{"about several objects", about(entry("x", "visit", values{"topic": "x"}), "h1", "h2"),
			[]string{"rec/me: visited household/h1 1", "rec/me: visited household/h2 1", "rec/me: visits household/h1 1"}},
		{"about none", entry("x", "visit", values{"topic": "x"}), []string{"rec/me: emits.nothing"}},
		{"about the place", entry("x", "opening", values{"topic": "x"}), []string{"rec/me: days.open 220323102210-01 1"}},
		{"a text as subject", entry("x", "visit", values{"topic": "x", "spot": "桥头"}), []string{"rec/me: stops 桥头 1"}},
		{"a long text as subject", entry("x", "visit", values{"topic": "x", "spot": strings.Repeat("桥", 300)}),
			[]string{"rec/me: stops sha256:" + digest.Of([]byte(strings.Repeat("桥", 300))).String() + " 1"}},
		{"once", entry("x", "problem.closed", values{"problem": "p1", "result": "x"}),
			[]string{"once/problem.closed/problem=p1: problems.closed rec/me 1"}},
		{"once without the field stands for itself", entry("x", "problem.closed", values{"result": "x"}),
			[]string{"rec/me: problems.closed rec/me 1"}},
		{"a stock says all there is", entry("x", "register.herd", values{"object": "h", "species": "deer", "heads": 12}),
			[]string{"rec/me: herd.fed herd/h 0", "rec/me: herd.heads.deer herd/h 12", "rec/me: herd.heads.pig herd/h 0"}},
		{"a stock without its condition is 0", entry("x", "register.herd", values{"object": "h", "species": "pig", "feed": 9, "indoors": false}),
			[]string{"rec/me: herd.fed herd/h 0", "rec/me: herd.heads.deer herd/h 0", "rec/me: herd.heads.pig herd/h 0"}},
		{"a sum beside stocks", entry("x", "register.herd", values{"object": "h", "species": "pig", "feed": 9, "indoors": true, "sold": 4}),
			[]string{"rec/me: herd.fed herd/h 9", "rec/me: herd.heads.deer herd/h 0", "rec/me: herd.heads.pig herd/h 0", "rec/me: herd.sold rec/me 4"}},
		{"what ends is 0, and sums get nothing", entry("x", "register.herd", values{"object": "h", "species": "pig", "heads": 3, "ends": true, "sold": 4}),
			[]string{"rec/me: herd.fed herd/h 0", "rec/me: herd.heads.deer herd/h 0", "rec/me: herd.heads.pig herd/h 0"}},
	} {
		if got := tell(small(t), c.e); !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestFactsCarryWhatTheyCameFrom(t *testing.T) {
	e := entry("x", "waste.load", values{"category": "other", "mass": 9, "to": "field"})
	e.Record.Amends = id("root")
	e.Seq = 41
	facts := small(t).Facts(fold.Own(id("root")), []record.Entry{e}).Facts
	if len(facts) != 1 || facts[0].Root != id("root") || facts[0].Seq != 41 || facts[0].Day != 20250603 || facts[0].Place != "220323102210-01" {
		t.Errorf("got %+v, want root %s, at 41, on 2025-06-03 at 220323102210-01", facts, id("root"))
	}
	e.Envelope.Resolved.Place = ""
	e.Record.About = []record.Ref{{Kind: "unit", ID: "220323102211"}}
	if facts = small(t).Facts(fold.Own(id("root")), []record.Entry{e}).Facts; len(facts) != 1 || facts[0].Place != "220323102211" {
		t.Errorf("without a resolved place: got %+v, want 220323102211", facts)
	}
}

// TestOnceDoesNotDependOnArrival: of those who say the same, the first day counts and, on one day, the first id.
func TestOnceDoesNotDependOnArrival(t *testing.T) {
	f := small(t)
	r := rand.New(rand.NewPCG(1, 1))
	var entries []record.Entry
	for i := range 6 {
		e := entry(fmt.Sprint(i), "problem.closed", values{"problem": "p", "result": "x"})
		e.Envelope.Day = record.Day(20250601 + i/2)
		entries = append(entries, e)
	}
	want := min(id("0").String(), id("1").String())
	key := f.Keys(entries[0])[0]
	for range 50 {
		r.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		result := f.Facts(key, entries)
		if len(result.Facts) != 1 || result.Facts[0].Root.String() != want || len(result.Idle) != 5 {
			t.Fatalf("got %+v and %d without effect, want the one of %s and 5", result.Facts, len(result.Idle), want)
		}
	}
}

func TestOnceOfLongTextsFitsAKey(t *testing.T) {
	long := strings.Repeat("问题", 500)
	a := small(t).Keys(entry("a", "problem.closed", values{"problem": long, "result": "x"}))
	b := small(t).Keys(entry("b", "problem.closed", values{"problem": long, "result": "y"}))
	c := small(t).Keys(entry("c", "problem.closed", values{"problem": long + "!", "result": "y"}))
	if !slices.Equal(a, b) || slices.Equal(a, c) || len(a[0]) > 200 {
		t.Errorf("got keys %q, %q and %q; want the first two alike, the third not, none long", a, b, c)
	}
}

func TestMissingCatalogStops(t *testing.T) {
	defer func() {
		if cause := fmt.Sprint(recover()); !strings.Contains(cause, "not kept") {
			t.Errorf("got %q, want a panic about a catalog that is not kept", cause)
		}
	}()
	tally.New(func(digest.Hash) *catalog.Catalog { return nil }).Keys(entry("x", "visit", nil))
}

// TestTotalOnTheStandardCatalog says random things of every kind: each record has a fact or a reason under each of its
// keys, no two facts of a key agree in measure and subject, and every fact's measure is declared for this fold.
func TestTotalOnTheStandardCatalog(t *testing.T) {
	c, err := catalog.Standard()
	if err != nil {
		t.Fatal(err)
	}
	f := tally.New(func(digest.Hash) *catalog.Catalog { return c })
	const seed = 3
	r := rand.New(rand.NewPCG(seed, seed))
	emitted := map[string]bool{}
	for _, kind := range c.Kinds() {
		for i := range 40 {
			e := entry(fmt.Sprint(kind.Name, i), kind.Name, nil)
			e.Record.Values = random(r, kind)
			e.Record.About = []record.Ref{{Kind: "household", ID: "h"}, {Kind: "unit", ID: "220323102210"}}
			for _, key := range f.Keys(e) {
				seen := map[string]bool{}
				result := f.Facts(key, []record.Entry{e})
				for _, x := range result.Facts {
					emitted[string(x.Measure)] = true
					m, known := c.Measure(x.Measure)
					if !known || m.Emitter != tally.Name {
						t.Errorf("seed %d: %s emits %s, which is not its to emit", seed, kind.Name, x.Measure)
					}
					if slot := string(x.Measure) + " " + x.Subject; seen[slot] {
						t.Errorf("seed %d: %s gives %s twice", seed, kind.Name, slot)
					} else {
						seen[slot] = true
					}
				}
				if len(result.Facts) == 0 && result.Idle[e.Record.Root()] == "" {
					t.Errorf("seed %d: %s %v: neither fact nor reason", seed, kind.Name, e.Record.Values)
				}
			}
		}
	}
	if silent := len(c.Measures()) - len(emitted); silent > 0 {
		t.Errorf("%d measures are never emitted; emitted are %v", silent, slices.Sorted(maps.Keys(emitted)))
	}
}

func random(r *rand.Rand, kind catalog.Kind) record.Values {
	v := record.Values{}
	for _, f := range kind.Fields {
		switch {
		case !f.Required && r.IntN(3) == 0:
		case len(f.Choices) > 0:
			v[f.Name] = record.Text(f.Choices[r.IntN(len(f.Choices))].Word)
		case f.Type == catalog.TypeBool:
			v[f.Name] = record.Bool(r.IntN(4) == 0)
		case f.Type == catalog.TypeQuantity || f.Type == catalog.TypeCount:
			v[f.Name] = record.Int(r.Int64N(1000))
		default:
			v[f.Name] = record.Text(fmt.Sprint("text", r.IntN(9)))
		}
	}
	return v
}
