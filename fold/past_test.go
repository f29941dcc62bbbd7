package fold_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fact"
	"qingshan/fold"
	"qingshan/record"
)

// span is when a fact of a key stood: gone is 0 while it does.
type span struct {
	key  fold.Key
	fact fact.Fact
	gone int64
}

// plainHistory tells what stood when in the shortest way: everything is folded anew after every entry.
func plainHistory(p paper) map[span]bool {
	out, standing := map[span]bool{}, map[span]bool{} // of those standing At is left out to compare
	came := map[span]int64{}
	for size := 1; size <= len(p); size++ {
		keys := map[fold.Key][]record.Entry{}
		for _, root := range p[:size] { // in order of roots
			if !root.Record.Amends.Zero() {
				continue
			}
			if standing := fold.Stand(root.Record.ID, p[:size]); standing.Entry != nil {
				for _, key := range (paces{}).Keys(*standing.Entry) {
					keys[key] = append(keys[key], *standing.Entry)
				}
			}
		}
		now := map[span]bool{}
		for key, entries := range keys {
			for _, f := range (paces{}).Facts(key, entries).Facts {
				now[span{key: key, fact: f}] = true
			}
		}
		last := int64(size - 1)
		for s := range standing {
			if !now[s] {
				out[span{s.key, at(s.fact, came[s]), last}] = true
			}
		}
		for s := range now {
			if !standing[s] {
				came[s] = last
			}
		}
		standing = now
	}
	for s := range standing {
		out[span{s.key, at(s.fact, came[s]), 0}] = true
	}
	return out
}

func at(f fact.Fact, seq int64) fact.Fact {
	f.At = seq
	return f
}

// kept reads what stood when from the tables.
func kept(t *testing.T, views *db.DB) map[span]bool {
	t.Helper()
	found := map[span]bool{}
	err := views.Read(t.Context(), func(q *db.Tx) error {
		rows, err := q.Query(t.Context(), `
			SELECT key, measure, subject, root, place, day, amount, seq, at, 0 FROM fact
			UNION ALL
			SELECT key, measure, subject, root, place, day, amount, seq, at, gone FROM past_fact`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s span
			var root string
			f := &s.fact
			if err := rows.Scan(&s.key, &f.Measure, &f.Subject, &root, &f.Place, &f.Day, &f.Amount, &f.Seq, &f.At, &s.gone); err != nil {
				return err
			}
			if f.Root, err = record.ParseID(root); err != nil {
				return err
			}
			found[s] = true
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestPast: which fact stood at which size is told by the entries alone, whatever the batches.
func TestPast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		past := 0
		for seed := range uint64(12) {
			r := rand.New(rand.NewPCG(seed, 3))
			p := randomPaper(r, 80)
			want := plainHistory(p)
			for name, next := range map[string]func() int{"one by one": oneByOne, "at once": atOnce, "at random": func() int { return 1 + r.IntN(15) }} {
				reset(t, s.Views)
				follow(t, s.Views, p, next)
				got := kept(t, s.Views)
				if !maps.Equal(got, want) {
					t.Errorf("seed %d, %s: got %d spans, want %d; too many: %v; missing: %v", seed, name, len(got), len(want),
						without(got, want), without(want, got))
				}
			}
			for s := range want {
				if s.gone > 0 {
					past++
				}
			}
		}
		if past < 50 {
			t.Errorf("only %d facts ended, so the test shows little", past)
		}
	})
}

// without lists what a holds and b does not.
func without(a, b map[span]bool) []span {
	var list []span
	for s := range a {
		if !b[s] {
			list = append(list, s)
		}
	}
	return list
}

// TestComesIntoForce walks through the ways in which a fact has to wait, and tells by which entry it counts.
func TestComesIntoForce(t *testing.T) {
	cup := func(name string) record.Entry { return said(name, "paces", 1, "prize", "cup") }
	for _, c := range []struct {
		name    string
		entries paper
		want    []string // measure, amount, entry that says it, entry by which it came, entry that ended it
	}{
		{"by itself", write(said("a", "paces", 5)), []string{"paces 5 0 0 0"}},
		{"by its root", write(amends("a", said("b", "paces", 3)), said("a", "paces", 5)), []string{"paces 3 0 1 0"}},
		{"by a confirmation", write(held(said("a", "paces", 5)), said("b", "paces", 1), confirms("c", "a")),
			[]string{"paces 1 1 1 0", "paces 5 0 2 0"}},
		{"once only, whoever confirms again", write(held(said("a", "paces", 5)), confirms("c", "a"), confirms("d", "a")), []string{"paces 5 0 1 0"}},
		{"in another's place", write(said("a", "paces", 5), said("x", "paces", 1), amends("a", said("b", "paces", 3))),
			[]string{"paces 1 1 1 0", "paces 3 2 2 0", "paces 5 0 0 2"}},
		{"and is taken back", write(said("x", "paces", 1), said("a", "paces", 5), withdraws("b", "a")), []string{"paces 1 0 0 0", "paces 5 1 1 2"}},
		{"or held back", write(said("a", "paces", 5), held(amends("a", said("b", "paces", 3)))), []string{"paces 5 0 0 1"}},
		{"by another's going", write(cup("a"), cup("b"), withdraws("c", "a")),
			[]string{"paces 1 0 0 2", "paces 1 1 1 0", "prizes 1 0 0 2", "prizes 1 1 2 0"}},
		{"for a while", write(cup("x"), amends("a", said("c", "paces", 2, "prize", "vase")), said("b", "paces", 3, "prize", "vase"), cup("a")),
			[]string{"paces 1 0 0 0", "paces 2 1 3 0", "paces 3 2 2 0", "prizes 1 0 0 0", "prizes 1 2 2 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
				for name, next := range map[string]func() int{"one by one": oneByOne, "at once": atOnce} {
					reset(t, s.Views)
					follow(t, s.Views, c.entries, next)
					var got []string
					for s := range kept(t, s.Views) {
						got = append(got, fmt.Sprintf("%s %d %d %d %d", s.fact.Measure, s.fact.Amount, s.fact.Seq, s.fact.At, s.gone))
					}
					slices.Sort(got)
					if !slices.Equal(got, c.want) {
						t.Errorf("%s: got %v, want %v", name, got, c.want)
					}
				}
			})
		})
	}
}
