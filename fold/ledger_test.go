package fold_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"qingshan/db"
	"qingshan/fact"
	"qingshan/fold"
	"qingshan/record"
)

const book record.Book = "220323102"

// paper is a ledger of one book in memory.
type paper []record.Entry

func (p paper) Histories(_ context.Context, _ record.Book, roots []record.ID, below int64) (map[record.ID][]record.Entry, error) {
	out := map[record.ID][]record.Entry{}
	for _, e := range p {
		spoken := e.Record.Root()
		if e.Record.Kind == "record.confirmed" {
			spoken, _ = record.ParseID(e.Record.Values["record"].Text)
		}
		if e.Seq < below && (slices.Contains(roots, spoken) || slices.Contains(roots, e.Record.ID)) {
			out[spoken] = append(out[spoken], e)
		}
	}
	return out, nil
}

// write numbers records in the order in which they are given.
func write(entries ...record.Entry) paper {
	p := slices.Clone(entries)
	for i := range p {
		p[i].Seq = int64(i)
	}
	return p
}

func id(name string) record.ID { return record.HashID("test", name) }

// said makes a record; values are pairs of a field and an int or text.
func said(name string, values ...any) record.Entry {
	e := record.Entry{Record: record.Record{ID: id(name), Book: book, Kind: "walk", Values: record.Values{}}}
	e.Envelope.Day, e.Envelope.Resolved.Place = 20250603, "220323102210"
	for i := 0; i < len(values); i += 2 {
		field := values[i].(string)
		switch v := values[i+1].(type) {
		case int:
			e.Record.Values[field] = record.Int(int64(v))
		case string:
			e.Record.Values[field] = record.Text(v)
		}
	}
	return e
}

func amends(root string, e record.Entry) record.Entry {
	e.Record.Amends = id(root)
	return e
}

func withdraws(name, root string) record.Entry { return amends(root, said(name)) }

func held(e record.Entry) record.Entry {
	e.Envelope.Findings = []record.Finding{{Code: "value.implausible", Grade: record.Held}}
	return e
}

func confirms(name, root string) record.Entry {
	e := said(name, "record", id(root).String())
	e.Record.Kind = "record.confirmed"
	return e
}

func kind(k record.Kind, e record.Entry) record.Entry {
	e.Record.Kind = k
	return e
}

// paces counts the field "paces" of each walk; of walks that share a "prize" only the first in the ledger gives one.
type paces struct{}

func (paces) Name() string { return "paces" }

func (paces) Keys(e record.Entry) []fold.Key {
	if e.Record.Kind == "record.confirmed" {
		return nil
	}
	keys := []fold.Key{fold.Own(e.Record.Root())}
	if prize, ok := e.Record.Values["prize"]; ok {
		keys = append(keys, fold.Key("prize/"+prize.Text))
	}
	return keys
}

func (paces) Facts(key fold.Key, entries []record.Entry) fold.Result {
	result := fold.Result{Idle: map[record.ID]string{}}
	for i, e := range entries {
		f := fact.Fact{Measure: "paces", Subject: string(key), Place: e.Envelope.Resolved.Place, Day: e.Envelope.Day,
			Amount: e.Record.Values["paces"].Int, Root: e.Record.Root(), Seq: e.Seq}
		switch {
		case key.Shared() && i > 0:
			result.Idle[f.Root] = "taken"
			continue
		case key.Shared():
			f.Measure, f.Amount = "prizes", 1
		case f.Amount < 0:
			panic("walked backwards")
		case f.Amount == 0:
			result.Idle[f.Root] = "stood"
			continue
		}
		result.Facts = append(result.Facts, f)
	}
	return result
}

// scale weighs what comes into it, and checks that nothing is taken off that was not put on.
type scale struct {
	on map[fact.Fact]bool
}

func (s *scale) Move(_ context.Context, _ *db.Tx, _ record.Book, changes []fact.Change) error {
	for _, c := range changes {
		if c.Old != nil {
			if !s.on[*c.Old] {
				return fmt.Errorf("taken off without being there: %+v", *c.Old)
			}
			delete(s.on, *c.Old)
		}
		if c.New != nil {
			if s.on[*c.New] {
				return errors.New("put on twice")
			}
			s.on[*c.New] = true
		}
	}
	return nil
}

func (s *scale) weigh(measure fact.Measure) int64 {
	var sum int64
	for f := range s.on {
		if f.Measure == measure {
			sum += f.Amount
		}
	}
	return sum
}

// follow runs the fold over the paper, cut into batches by the sizes that next gives.
func follow(t *testing.T, views *db.DB, p paper, next func() int) *scale {
	t.Helper()
	s := &scale{on: map[fact.Fact]bool{}}
	r := fold.NewRunner(paces{}, p, s)
	for from := 0; from < len(p); {
		to := min(from+next(), len(p))
		err := views.Do(t.Context(), func(tx *db.Tx) error { return r.Follow(t.Context(), tx, book, p[from:to]) })
		if err != nil {
			t.Fatalf("follow %d to %d: %v", from, to, err)
		}
		from = to
	}
	return s
}

// oneByOne is the smallest batch, atOnce the largest.
func oneByOne() int { return 1 }
func atOnce() int   { return 1 << 30 }

// nothing is a sink that forgets.
type nothing struct{}

func (nothing) Move(context.Context, *db.Tx, record.Book, []fact.Change) error { return nil }
