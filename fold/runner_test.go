package fold_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fact"
	"qingshan/fold"
	"qingshan/record"
)

type story struct {
	name    string
	entries paper
	paces   int64
	prizes  int64
	idle    map[string]string // record → reasons
}

func stories() []story {
	return []story{
		{name: "a record counts", entries: write(said("a", "paces", 5)), paces: 5},
		{name: "two add up", entries: write(said("a", "paces", 5), said("b", "paces", 7)), paces: 12},
		{name: "nothing to count", entries: write(said("a", "prize", "cup")), prizes: 1, idle: map[string]string{"a": "stood"}},
		{name: "an amendment replaces", entries: write(said("a", "paces", 5), amends("a", said("b", "paces", 3))), paces: 3},
		{name: "the later amendment holds", entries: write(said("a", "paces", 5), amends("a", said("b", "paces", 3)),
			amends("a", said("c", "paces", 9))), paces: 9},
		{name: "an amendment waits for its root", entries: write(amends("a", said("b", "paces", 3))),
			idle: map[string]string{"b": fold.Waits}},
		{name: "and takes effect when it comes", entries: write(amends("a", said("b", "paces", 3)), said("a", "paces", 5)), paces: 3},
		{name: "the later of two that waited", entries: write(amends("a", said("b", "paces", 3)), amends("a", said("c", "paces", 4)),
			said("a", "paces", 5)), paces: 4},
		{name: "a withdrawal takes back", entries: write(said("a", "paces", 5), withdraws("b", "a")),
			idle: map[string]string{"a": fold.Withdrawn}},
		{name: "and can be taken back", entries: write(said("a", "paces", 5), withdraws("b", "a"), amends("a", said("c", "paces", 6))),
			paces: 6},
		{name: "a held record waits", entries: write(held(said("a", "paces", 5))), idle: map[string]string{"a": fold.Held}},
		{name: "until it is confirmed", entries: write(held(said("a", "paces", 5)), confirms("c", "a")), paces: 5},
		{name: "a confirmation may come first", entries: write(confirms("c", "a"), held(said("a", "paces", 5))), paces: 5},
		{name: "but not before what amends the root", entries: write(held(said("a", "paces", 5)), confirms("c", "a"),
			held(amends("a", said("b", "paces", 4)))), idle: map[string]string{"b": fold.Held}},
		{name: "nor before the root of what amends it", entries: write(confirms("c", "a"), held(amends("a", said("b", "paces", 4))),
			said("a", "paces", 5)), idle: map[string]string{"b": fold.Held}},
		{name: "nor twice before it", entries: write(confirms("c", "a"), held(amends("a", said("b", "paces", 4))), confirms("d", "a"),
			held(said("a", "paces", 5))), paces: 4},
		{name: "an amendment may replace a held one", entries: write(held(said("a", "paces", 5)), amends("a", said("b", "paces", 4))),
			paces: 4},
		{name: "a held amendment holds the root back", entries: write(said("a", "paces", 5), held(amends("a", said("b", "paces", 4)))),
			idle: map[string]string{"b": fold.Held}},
		{name: "and is confirmed under the root's name", entries: write(said("a", "paces", 5), held(amends("a", said("b", "paces", 4))),
			confirms("c", "a")), paces: 4},
		{name: "another kind amends nothing", entries: write(said("a", "paces", 5), kind("run", amends("a", said("b", "paces", 3)))),
			paces: 5, idle: map[string]string{"b": fold.AmendsOtherKind}},
		{name: "an amendment is not amended", entries: write(said("a", "paces", 5), amends("a", said("b", "paces", 3)),
			amends("b", said("c", "paces", 1))), paces: 3, idle: map[string]string{"c": fold.AmendsAmendment}},
		{name: "also if that shows later", entries: write(said("a", "paces", 5), amends("b", said("c", "paces", 1)),
			amends("a", said("b", "paces", 3))), paces: 3, idle: map[string]string{"c": fold.AmendsAmendment}},
		{name: "a shared key has one winner", entries: write(said("a", "paces", 1, "prize", "cup"), said("b", "paces", 1, "prize", "cup")),
			paces: 2, prizes: 1, idle: map[string]string{"b": "taken"}},
		{name: "the next wins if it goes", entries: write(said("a", "paces", 1, "prize", "cup"), said("b", "paces", 1, "prize", "cup"),
			withdraws("c", "a")), paces: 1, prizes: 1, idle: map[string]string{"a": fold.Withdrawn}},
		{name: "or moves to another key", entries: write(said("a", "paces", 1, "prize", "cup"), said("b", "paces", 1, "prize", "cup"),
			amends("a", said("c", "paces", 1, "prize", "vase"))), paces: 2, prizes: 2},
		{name: "an amended root keeps its place", entries: write(said("a", "paces", 1, "prize", "cup"), said("b", "paces", 1, "prize", "cup"),
			amends("a", said("c", "paces", 4, "prize", "cup"))), paces: 5, prizes: 1, idle: map[string]string{"b": "taken"}},
	}
}

// TestRules walks through the rules of amending; every story is told in one batch and entry by entry.
func TestRules(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		for _, story := range stories() {
			for name, next := range map[string]func() int{"one by one": oneByOne, "at once": atOnce} {
				reset(t, s.Views)
				got := follow(t, s.Views, story.entries, next)
				if got.weigh("paces") != story.paces || got.weigh("prizes") != story.prizes {
					t.Errorf("%s, %s: got %d paces and %d prizes, want %d and %d", story.name, name, got.weigh("paces"),
						got.weigh("prizes"), story.paces, story.prizes)
				}
				if reasons := idle(t, s.Views); !maps.Equal(reasons, named(story.idle)) {
					t.Errorf("%s, %s: without effect: got %v, want %v", story.name, name, reasons, named(story.idle))
				}
			}
		}
	})
}

func reset(t *testing.T, views *db.DB) {
	t.Helper()
	err := views.Do(t.Context(), func(tx *db.Tx) error {
		for _, query := range []string{"DELETE FROM fact", "DELETE FROM past_fact", "DELETE FROM member", "DELETE FROM idle"} {
			if _, err := tx.Exec(t.Context(), query); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// named replaces the names of records by their ids.
func named(reasons map[string]string) map[string]string {
	out := map[string]string{}
	for name, reason := range reasons {
		out[id(name).String()] = reason
	}
	return out
}

func idle(t *testing.T, views *db.DB) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := views.Read(t.Context(), func(q *db.Tx) error {
		rows, err := q.Query(t.Context(), "SELECT record, reason FROM idle")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, reason string
			if err := rows.Scan(&id, &reason); err != nil {
				return err
			}
			found[id] = reason
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// randomPaper tells n things about a few walks: roots, amendments also of what is not there yet, withdrawals, holds.
func randomPaper(r *rand.Rand, n int) paper {
	var entries paper
	for i := range n {
		name, root := fmt.Sprintf("r%d", i), fmt.Sprintf("r%d", r.IntN(n))
		e := said(name, "paces", r.IntN(4), "prize", fmt.Sprint(r.IntN(4)))
		if r.IntN(3) == 0 {
			e = said(name, "paces", 1+r.IntN(3))
		}
		e.Envelope.Day += record.Day(r.IntN(20))
		switch r.IntN(10) {
		case 0, 1:
			e = amends(root, e)
		case 2:
			e = withdraws(name, root)
		case 3:
			e = held(e)
		case 4:
			e = confirms(name, root)
		case 5:
			e = kind("run", e)
		}
		entries = append(entries, e)
	}
	return write(entries...)
}

// TestBatchesDoNotMatter: however the entries are cut, every table comes out the same, and the sink has what they hold.
func TestBatchesDoNotMatter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		for seed := range uint64(12) {
			r := rand.New(rand.NewPCG(seed, 1))
			p := randomPaper(r, 60)
			reset(t, s.Views)
			whole := follow(t, s.Views, p, atOnce)
			want := digests(t, s.Views)
			for name, next := range map[string]func() int{"one by one": oneByOne, "at random": func() int { return 1 + r.IntN(15) }} {
				reset(t, s.Views)
				got := follow(t, s.Views, p, next)
				if d := digests(t, s.Views); !maps.Equal(d, want) {
					t.Errorf("seed %d: %s: got tables %v, want %v", seed, name, d, want)
				}
				if !maps.Equal(got.on, whole.on) {
					t.Errorf("seed %d: %s: got facts %v, want %v", seed, name, got.on, whole.on)
				}
			}
		}
	})
}

// TestEqualsPlainReading compares the runner with the shortest way to say the same: judge every root on its own, group what
// holds by key, fold each key once.
func TestEqualsPlainReading(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		for seed := range uint64(12) {
			r := rand.New(rand.NewPCG(seed, 2))
			p := randomPaper(r, 80)
			reset(t, s.Views)
			got := follow(t, s.Views, p, func() int { return 1 + r.IntN(20) })
			keys := map[fold.Key][]record.Entry{}
			for _, root := range p { // in order of roots
				if !root.Record.Amends.Zero() {
					continue
				}
				if standing := fold.Stand(root.Record.ID, p); standing.Entry != nil {
					for _, key := range (paces{}).Keys(*standing.Entry) {
						keys[key] = append(keys[key], *standing.Entry)
					}
				}
			}
			facts, on := 0, map[fact.Fact]bool{}
			for f := range got.on {
				f.At = 0 // TestPast reads this one
				on[f] = true
			}
			for key, entries := range keys {
				for _, f := range (paces{}).Facts(key, entries).Facts {
					facts++
					if !on[f] {
						t.Errorf("seed %d: missing %+v", seed, f)
					}
				}
			}
			if facts != len(got.on) {
				t.Errorf("seed %d: got %d facts, want %d", seed, len(got.on), facts)
			}
		}
	})
}

func digests(t *testing.T, views *db.DB) map[string]string {
	t.Helper()
	d, err := views.Digests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestFaultyFold: a fold that breaks its promise, or panics, stops its follower with an error that names the place.
func TestFaultyFold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		for _, c := range []struct {
			name string
			fold fold.Fold
			want string
		}{
			{"panics", paces{}, "walked backwards"},
			{"forgets", forgetful{}, "neither a fact nor a reason"},
			{"repeats", repetitive{}, "two facts"},
			{"claims another's key", greedy{}, "claims the key"},
		} {
			p := write(said("a", "paces", -1))
			r := fold.NewRunner(c.fold, p, &scale{})
			err := s.Views.Do(t.Context(), func(tx *db.Tx) error { return r.Follow(t.Context(), tx, book, p) })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got %v, want an error with %q", c.name, err, c.want)
			}
			if d := idle(t, s.Views); len(d) > 0 {
				t.Errorf("%s: something was stored: %v", c.name, d)
			}
		}
	})
}

type forgetful struct{ paces }

func (forgetful) Facts(fold.Key, []record.Entry) fold.Result { return fold.Result{} }

type repetitive struct{ paces }

func (repetitive) Facts(key fold.Key, entries []record.Entry) fold.Result {
	entries[0].Record.Values["paces"] = record.Int(1)
	result := (paces{}).Facts(key, entries)
	result.Facts = append(result.Facts, result.Facts...)
	return result
}

type greedy struct{ paces }

func (greedy) Keys(record.Entry) []fold.Key { return []fold.Key{fold.Own(id("other"))} }

// counting counts how often the source is asked.
type counting struct {
	paper
	asked int
}

func (c *counting) Histories(ctx context.Context, b record.Book, roots []record.ID, below int64) (map[record.ID][]record.Entry, error) {
	c.asked++
	return c.paper.Histories(ctx, b, roots, below)
}

// TestFreshRootsAreNotReadAgain: the usual batch asks the ledger nothing; one amendment asks once.
func TestFreshRootsAreNotReadAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		var entries paper
		for i := range 40 {
			entries = append(entries, said(fmt.Sprint(i), "paces", 1))
		}
		p := &counting{paper: write(append(entries, amends("7", said("late", "paces", 2)))...)}
		r := fold.NewRunner(paces{}, p, nothing{})
		for _, step := range []struct{ from, to, asked int }{{0, 20, 0}, {20, 40, 0}, {40, 41, 1}} {
			p.asked = 0
			err := s.Views.Do(t.Context(), func(tx *db.Tx) error {
				return r.Follow(t.Context(), tx, book, p.paper[step.from:step.to])
			})
			if err != nil || p.asked != step.asked {
				t.Errorf("%s: entries %d to %d asked %d times, %v; want %d", r.Name(), step.from, step.to, p.asked, err, step.asked)
			}
		}
	})
}
