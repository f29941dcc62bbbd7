package indicator_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"qingshan/db/dbtest"
	"qingshan/indicator"
	"qingshan/record"
)

// frozen is what was read at some moment of a history.
type frozen struct {
	query    indicator.Query
	readings map[string]indicator.Reading
	behind   map[string]map[string]int // by figure: the facts behind it, and how often
	standsOn map[record.Book]int64
}

func pastFigures() []string {
	return []string{"waste", "deer", "animals", "both", "visited", "share", "twice", "prizes"}
}

// freeze reads some figures and the facts behind them.
func (w *world) freeze(q indicator.Query) frozen {
	w.t.Helper()
	f := frozen{query: q, readings: w.read(q), behind: map[string]map[string]int{}}
	for _, code := range pastFigures() {
		f.standsOn = f.readings[code].StandsOn
		f.behind[code] = map[string]int{}
		for _, b := range w.because(code, q, 1000) {
			f.behind[code][shown(b.Book, b, b.Amount)]++
		}
	}
	return f
}

func shown(book record.Book, b indicator.Because, amount int64) string {
	return fmt.Sprint(book, " ", b.Measure, " ", b.Subject, " ", amount)
}

// TestPastProvesWhatWasRead: whatever came later, the facts and those that stand no more give every figure as it was read at
// the sizes that it said it stands on; and what it shows now is what it was and what is pending.
func TestPastProvesWhatWasRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		changes := 0
		for seed := range uint64(3) {
			w.clear()
			r := rand.New(rand.NewPCG(seed, 9))
			var all []frozen
			for round := range 4 {
				for _, book := range []record.Book{county, town, street} {
					entries := random(r, fmt.Sprint(book, round), 40, places(book))
					if round > 0 {
						for i := range 12 {
							entries[i] = amends(fmt.Sprint(book, round-1, r.IntN(40)), entries[i])
						}
					}
					w.follow(book, oneValueADay(entries), func() int { return 1 + r.IntN(60) })
					for range 2 {
						all = append(all, w.freeze(randomQuery(r)))
					}
				}
			}
			for _, f := range all {
				changes += w.prove(fmt.Sprintf("seed %d", seed), f)
			}
		}
		if changes < 500 {
			t.Errorf("only %d changes were pending, so the test shows little", changes)
		}
	})
}

// prove compares a frozen reading with the past, and what is pending with what is now. It counts what is pending.
func (w *world) prove(label string, f frozen) (changes int) {
	w.t.Helper()
	again, err := w.board.ReadAt(w.t.Context(), w.catalog, f.query, f.standsOn)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, got := range again {
		want := f.readings[got.Figure.Code]
		if text(got.Value) != text(want.Value) || got.Amount != want.Amount || got.Records != want.Records {
			w.t.Errorf("%s: %s of %+v on %v: the past gives %s (%d) of %d records, read was %s (%d) of %d", label, got.Figure.Code, f.query,
				f.standsOn, text(got.Value), got.Amount, got.Records, text(want.Value), want.Amount, want.Records)
		}
	}
	for _, code := range pastFigures() {
		pending, err := w.board.Since(w.t.Context(), w.catalog, code, f.query, f.standsOn)
		if err != nil {
			w.t.Fatal(err)
		}
		changes += len(pending)
		sum := maps.Clone(f.behind[code])
		for _, p := range pending {
			b := indicator.Because{Measure: p.Measure, Subject: p.Subject}
			if p.Before != nil {
				sum[shown(p.Book, b, *p.Before)]--
			}
			if p.After != nil {
				sum[shown(p.Book, b, *p.After)]++
			}
			if p.Seq < f.standsOn[p.Book] || p.Before == nil && p.After == nil {
				w.t.Errorf("%s: %s on %v: %+v is not pending", label, code, f.standsOn, p)
			}
		}
		maps.DeleteFunc(sum, func(_ string, n int) bool { return n == 0 })
		if now := w.freeze(f.query).behind[code]; !maps.Equal(sum, now) {
			w.t.Errorf("%s: %s of %+v: what was and what is pending come to %v, now is %v", label, code, f.query, sum, now)
		}
	}
	return changes
}

func text(value *string) string {
	if value == nil {
		return "none"
	}
	return *value
}
