package demo

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"qingshan/catalog"
	"qingshan/demo/year"
	"qingshan/fact"
	"qingshan/fold"
	"qingshan/internal/digest"
	"qingshan/record"
	"qingshan/tally"
)

// spoken is an act's body, as far as the catalog judges it.
type spoken struct {
	Kind   record.Kind                 `json:"kind"`
	Values catalog.Raw                 `json:"values"`
	Facets map[record.Kind]catalog.Raw `json:"facets"`
}

func standard(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Standard()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func draw(t testing.TB, o Options) year.Year {
	t.Helper()
	y, err := year.Draw(o)
	if err != nil {
		t.Fatalf("options %+v: %v", o, err)
	}
	return y
}

func scrutinise(t testing.TB, c *catalog.Catalog, a year.Act) (catalog.Checked, []record.Finding) {
	t.Helper()
	var s spoken
	if err := json.Unmarshal(a.Body, &s); err != nil {
		t.Fatalf("%s: %v", a.Body, err)
	}
	if s.Values == nil {
		return catalog.Checked{}, nil // a withdrawal
	}
	if s.Kind == catalog.KindRecordConfirmed {
		c = catalog.System()
	}
	return c.Check(s.Kind, s.Facets, s.Values)
}

// TestTheCatalogTakesEveryAct checks that what should be stored is, that what is held is planned or mended later, and that
// what should be refused is.
func TestTheCatalogTakesEveryAct(t *testing.T) {
	c, y := standard(t), draw(t, Options{Seed: rand.Uint64()})
	mended := map[record.ID]bool{}
	for _, a := range y.Acts {
		if a.Root != a.ID {
			mended[a.Root] = true
		}
	}
	for _, a := range y.Acts {
		_, findings := scrutinise(t, c, a)
		grade := record.Grade("")
		for _, f := range findings {
			if f.Grade == record.Fatal || grade == "" {
				grade = f.Grade
			}
		}
		switch {
		case a.Want == year.Invalid && grade != record.Fatal && a.Code != "place":
			t.Errorf("%s: want a fatal finding, got %v", a.Body, findings)
		case a.Want != year.Invalid && grade == record.Fatal, a.Held && grade != record.Held, !a.Held && grade == record.Held && !mended[a.Root]:
			t.Errorf("%s: held as planned %t, got %v", a.Body, a.Held, findings)
		}
	}
}

// TestTheCatalogCountsWhatIsMeant folds the acts in force by the catalog's emissions and compares each figure with what the
// generator meant: two ways to the same number that share nothing but the acts.
func TestTheCatalogCountsWhatIsMeant(t *testing.T) {
	c, seed := standard(t), rand.Uint64()
	y := draw(t, Options{Seed: seed})
	facts := fold1(t, c, y)
	p, err := record.ParsePeriod("2023..2025")
	if err != nil {
		t.Fatal(err)
	}
	p = p.Clip(y.Freeze())
	met := map[string]bool{}
	for _, a := range y.Effective() {
		for _, count := range a.Counts {
			met[count.Figure] = true
		}
	}
	delete(met, "")
	for code := range met {
		f, known := c.Figure(code)
		if !known {
			t.Errorf("no figure %s in the catalog", code)
			continue
		}
		unit, _ := c.Unit(f.Unit)
		for _, place := range []record.UnitCode{"220323", "220323102", "220323102210"} {
			got, want := unit.Format(sum(c, f, facts, place, p)), y.Expect(code, place, p)
			if number(t, got).Cmp(number(t, want.String())) != 0 {
				t.Errorf("seed %d: %s at %s comes to %s %s by the catalog, want %s", seed, code, place, got, f.Unit, want)
			}
		}
	}
}

// fold1 gives the facts of the acts in force.
func fold1(t *testing.T, c *catalog.Catalog, y year.Year) []fact.Fact {
	t.Helper()
	f := tally.New(func(digest.Hash) *catalog.Catalog { return c })
	entries := map[fold.Key][]record.Entry{}
	var keys []fold.Key
	for i, a := range y.Effective() {
		checked, _ := scrutinise(t, c, a)
		var s spoken
		if err := json.Unmarshal(a.Body, &s); err != nil {
			t.Fatal(err)
		}
		e := record.Entry{Seq: int64(i), Envelope: record.Envelope{Catalog: c.Hash(), Day: a.Day, Resolved: record.Resolved{Place: a.Place}},
			Record: record.Record{ID: a.ID, Kind: s.Kind, Facets: checked.Facets, Values: checked.Values}}
		if a.Root != a.ID {
			e.Record.Amends = a.Root
		}
		for _, key := range f.Keys(e) {
			if entries[key] == nil {
				keys = append(keys, key)
			}
			entries[key] = append(entries[key], e)
		}
	}
	var facts []fact.Fact
	for _, key := range keys {
		facts = append(facts, f.Facts(key, entries[key]).Facts...)
	}
	return facts
}

// sum adds facts up the plain way.
func sum(c *catalog.Catalog, f catalog.Figure, facts []fact.Fact, place record.UnitCode, p record.Period) int64 {
	total, levels, seen := int64(0), map[string]fact.Fact{}, map[string]bool{}
	for _, m := range f.Of {
		measure, _ := c.Measure(m)
		for _, x := range facts {
			if x.Measure != m || !place.Holds(x.Place) || x.Day > p.To {
				continue
			}
			switch key := string(m) + " " + x.Subject; {
			case measure.Aggregator == catalog.Stock && x.Day >= levels[key].Day:
				levels[key] = x
			case measure.Aggregator == catalog.Sum && p.Holds(x.Day):
				total += x.Amount
			case measure.Aggregator == catalog.Distinct && p.Holds(x.Day):
				seen[key] = true
			}
		}
	}
	for _, x := range levels {
		total += x.Amount
	}
	return total + int64(len(seen))
}

// TestEveryPublishedFigureIsInTheCatalog holds the list against the definitions: code, unit, basis, and claims as claims.
func TestEveryPublishedFigureIsInTheCatalog(t *testing.T) {
	c := standard(t)
	list, err := ReadPublished()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		f, known := c.Figure(p.Code)
		got := fmt.Sprintf("%s %s in %q", f.Status, f.Basis, f.Unit)
		switch {
		case !known:
			t.Errorf("%s is not in the catalog", p.Code)
		case f.ZH != p.Label || f.EN != p.English:
			t.Errorf("%s is called %s, %s; want %s, %s", p.Code, f.ZH, f.EN, p.Label, p.English)
		case f.Basis != p.Basis, p.Comparable() && (f.Status != catalog.Counted || !sameUnit(p.Unit, f.Unit)):
			t.Errorf("%s is %s, want %s in %s", p.Code, got, p.Basis, p.Unit)
		case p.Claimed() != (f.Status == catalog.Claimed), p.Qualifier == "truncated" && f.Status != catalog.NotComparable:
			t.Errorf("%s is %s, want %s", p.Code, got, p.Qualifier)
		}
	}
}

func number(t testing.TB, text string) *big.Rat {
	t.Helper()
	x, err := exact(text)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
