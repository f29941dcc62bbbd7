package app_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"qingshan/app"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/demo/year"
	"qingshan/record"
)

// life is a year in an installation, and what its figures were.
type life struct {
	*installation
	seed    uint64
	d       *rand.Rand
	options year.Options
	year    year.Year
	asked   []question
	said    []statement // everything that was stored, in order
	notes   [][]byte    // the books' checkpoints before the edits
	figures readings    // after the edits
}

// TestYear lives a small year on each database, revises it, and holds what the program then says against what must hold
// whatever happened.
func TestYear(t *testing.T) {
	seed := rand.Uint64()
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		t.Parallel()
		l := &life{seed: seed, d: rand.New(rand.NewPCG(seed, 0))}
		l.options = year.Options{Seed: seed, Scale: 0.1 + l.d.Float64()/10}
		t.Logf("%+v", l.options)
		l.year = draw(t, l.options)
		l.asked = l.questions()
		l.installation = install(t, loc, l.year.Begin())
		l.live(t, l.d, l.year)
		t.Run("every figure is what the acts were meant to come to", l.meant)
		if dropping := seed%2 == 0; dropping == (loc.URL == "") { // each on one database: it costs a year more
			t.Run("a village that is dropped", l.dropped)
		} else {
			t.Run("a month that is shifted", l.shifted)
		}
		l.edit(t)
		t.Run("every figure is the plain sum of the entries", l.plain)
		t.Run("a replay gives what the followers lived", l.replayed)
		t.Run("any order and repetition gives the same", l.disordered)
		t.Run("who is erased moves no figure", l.erased)
	})
}

func draw(t *testing.T, o year.Options) year.Year {
	t.Helper()
	y, err := year.Draw(o)
	if err != nil {
		t.Fatalf("%+v: %v", o, err)
	}
	return y
}

// questions asks about the county, the town, the street and two villages, for the year, some months, three years, some
// days, and up to some days.
func (l *life) questions() []question {
	q := l.year.Quotas
	var asked []question
	for _, place := range []record.UnitCode{q.County, q.Town, q.Street, "220323102210", q.Villages[l.d.IntN(10)].Code} {
		for _, month := range l.d.Perm(12)[:3] {
			asked = append(asked, question{place, fmt.Sprintf("2025-%02d", month+1), 0})
		}
		day := record.Day(20250101).Add(l.d.IntN(365))
		asked = append(asked, question{place, "2025", 0}, question{place, "2023..2025", 0}, question{place, day.String(), 0},
			question{place, "2025", day}, question{place, string(day.Month()), day}, question{place, "2025-07", 20250415})
	}
	return asked
}

// meant compares with what the generator meant, which knows neither catalog nor folds.
func (l *life) meant(t *testing.T) {
	wrong := 0
	for q, figures := range l.read(t, l.asked) {
		for code, want := range l.year.ExpectAll(q.place, q.days(t)) {
			if got := figures[code]; got.Value == nil || number(got).Cmp(new(big.Rat).SetFrac64(int64(want), 1_000_000)) != 0 {
				t.Errorf("%s at %s in %s as of %d is %s, want %s", code, q.place, q.period, q.asOf, got.text(), want)
				if wrong++; wrong > 20 {
					t.Fatal("and so on")
				}
			}
		}
	}
}

// edit revises what was said, two hundred times.
func (l *life) edit(t *testing.T) {
	t.Helper()
	var err error
	if l.notes, err = l.Checkpoints(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	l.said = stated(t, l.year)
	edits := l.revise(t, l.d, newEditor(l.seed, l.said).revise(200))
	if len(edits) < 180 {
		t.Fatalf("the door took only %d edits", len(edits))
	}
	l.said = append(l.said, edits...)
	l.figures = l.read(t, l.asked)
}

// plain compares every counted figure with SQL over the entries, book by book: what a county reads is the sum.
func (l *life) plain(t *testing.T) {
	plainly(t, l.loc, func(p plain) {
		p.ask(l.asked)
		wrong, met := 0, 0
		for code, r := range l.figures[l.asked[0]] {
			if r.Status != "counted" || r.Basis == "ratio" {
				continue
			}
			for q, want := range p.value(code, l.asked) {
				met += want.Sign()
				if got := l.figures[q][code]; got.Value == nil || number(got).Cmp(want) != 0 {
					t.Errorf("%s at %s in %s as of %d is %s, want %s", code, q.place, q.period, q.asOf, got.text(), want.FloatString(6))
					if wrong++; wrong > 20 {
						t.Fatal("and so on")
					}
				}
			}
		}
		l.ratio(t, p)
		if met < 500 {
			t.Errorf("only %d values were more than nothing", met)
		}
	})
}

// ratio checks the one figure that divides: no number where there is nothing to divide by.
func (l *life) ratio(t *testing.T, p plain) {
	t.Helper()
	closed, patrols := p.value("river.problems_rectified", l.asked), p.value("river.patrols", l.asked)
	for _, q := range l.asked {
		got := l.figures[q]["river.problems_per_patrol"]
		if patrols[q].Sign() == 0 {
			if got.Value != nil {
				t.Errorf("problems per patrol at %s in %s is %s although nobody patrolled", q.place, q.period, got.text())
			}
			continue
		}
		want := new(big.Rat).Quo(closed[q], patrols[q])
		if off := new(big.Rat).Sub(number(got), want); got.Value == nil || off.Abs(off).Cmp(big.NewRat(1, 2_000_000)) > 0 {
			t.Errorf("problems per patrol at %s in %s as of %d is %s, want %s", q.place, q.period, q.asOf, got.text(), want.FloatString(9))
		}
	}
}

// replayed drops everything that follows from the entries and makes it again.
func (l *life) replayed(t *testing.T) {
	tables, err := l.Rebuild(t.Context(), func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	met := 0
	for _, table := range tables {
		if table.Before != table.After {
			t.Errorf("table %s: live %s, replayed %s", table.Name, table.Before, table.After)
		}
		if slices.Contains([]string{"fact", "rollup", "stock_point", "distinct_day", "distinct_first", "register", "cursor", "past_fact"}, table.Name) {
			met++
		}
	}
	if met != 8 {
		t.Errorf("of the tables that matter only %d were compared: %v", met, tables)
	}
	l.restart(t)
	l.read(t, l.asked).same(t, l.figures)
}

// erased has a person, a household and the driver of a load erased: what was personal is gone and does not come back, the
// books still verify, also against older checkpoints, and no figure moves, not even when everything is made again.
func (l *life) erased(t *testing.T) {
	before := entries(t, l.loc)
	left := len(before)
	for kind, prefix := range map[string]string{"register.person": "person/", "register.household": "household/", "waste.load": "rec/"} {
		all := of(l.said, func(s statement) bool { return s.Kind == kind && s.book == "220323102" && s.Values != nil })
		said := all[l.d.IntN(len(all))]
		subject := prefix + said.root()
		if said.register() {
			subject = prefix + said.Values["object"].(string)
		}
		gone := 0
		for _, value := range before {
			if strings.HasPrefix(value, subject+" ") {
				gone++
			}
		}
		if _, err := l.Erase(t.Context(), subject, "asked for it"); err != nil || gone == 0 {
			t.Fatalf("erase %s, %d values: %v", subject, gone, err)
		}
		left += 1 - gone // the entry that says so
		if again := l.send(t, said.book, []json.RawMessage{said.body(t)}); again[0].Outcome != "duplicate" {
			t.Errorf("%s sent again after the erasure is %s, want a duplicate", said.ID, again[0].Outcome)
		}
	}
	if after := entries(t, l.loc); len(after) != left {
		t.Errorf("%d records and personal values, want %d", len(after), left)
	}
	if err := l.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.read(t, l.asked).same(t, l.figures)
	l.replayed(t)
	verified, err := l.Verify(t.Context(), "", l.notes)
	if err != nil {
		t.Errorf("verify: %v", err)
	}
	if older := func(v app.Verified) bool { return v.Older == 0 }; len(verified) != 3 || slices.ContainsFunc(verified, older) {
		t.Errorf("verified %+v, want three books, each against an older checkpoint", verified)
	}
}
