package register

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"qingshan/db/dbtest"
	"qingshan/record"
)

// firstDay and days bound the days of the random statements.
const (
	firstDay record.Day = 20250301
	days                = 12
)

func keysOfTest() []Key {
	return []Key{{Kind: "herd", ID: "h1"}, {Kind: "herd", ID: "h2"}, {Kind: "forest_plot", ID: "h1"}, {Kind: "forest_plot", ID: "p1"}}
}

// randomDiary says n things about a few objects in any order of days: statements, ends, amendments also of roots that come
// later or are of another kind or name another object, withdrawals, held entries and confirmations.
func randomDiary(rnd *rand.Rand, n int) *diary {
	d := &diary{book: town}
	var roots []record.ID
	d.say("book.opened", firstDay, record.Values{"unit": record.Text(string(town))})
	for len(d.entries) < n {
		key := keysOfTest()[rnd.IntN(4)]
		kind := record.Kind("register." + key.Kind)
		day := firstDay.Add(rnd.IntN(days))
		values := thing(key.ID, rnd.Int64N(100))
		if rnd.IntN(8) == 0 {
			values["ends"] = record.Bool(true)
		}
		var change []func(*record.Entry)
		if rnd.IntN(4) == 0 {
			change = append(change, held)
		}
		switch roll := rnd.IntN(20); {
		case roll < 9 || len(roots) == 0:
		case roll < 14:
			change = append(change, amending(recent(rnd, roots)))
		case roll < 16:
			change, values = append(change, amending(recent(rnd, roots))), nil
		case roll < 18:
			change, kind, values = nil, kindConfirmed, record.Values{"record": record.Text(recent(rnd, roots).String())}
		case roll < 19: // of a root that comes later: the id of one of the next entries
			later := len(d.entries) + 1 + rnd.IntN(6)
			change = append(change, amending(record.HashID(record.ChannelAPI, fmt.Sprintf("%s %d", town, later))))
		default:
			kind = "waste.load" // says nothing in the register
		}
		e := d.say(kind, day, values, change...)
		if e.Record.Amends.Zero() {
			roots = append(roots, e.Record.ID)
		}
	}
	return d
}

// recent picks one of the last roots, so that several entries meet on one.
func recent(rnd *rand.Rand, roots []record.ID) record.ID {
	return roots[len(roots)-1-rnd.IntN(min(6, len(roots)))]
}

// modelAt answers by the rules' own words, from all entries each time: what holds of each root, then the latest day.
func modelAt(entries []record.Entry, key Key, day record.Day) (Object, bool) {
	var best *record.Entry
	next := Forever
	for _, root := range entries {
		if !root.Record.Amends.Zero() || root.Record.Kind != record.Kind("register."+key.Kind) {
			continue
		}
		e, ok := modelEffective(entries, root)
		if !ok || e.Record.Values["object"].Text != key.ID {
			continue
		}
		switch {
		case e.Envelope.Day > day:
			next = min(next, e.Envelope.Day)
		case best == nil || e.Envelope.Day > best.Envelope.Day || e.Envelope.Day == best.Envelope.Day && e.Seq > best.Seq:
			best = &e
		}
	}
	if best == nil || best.Record.Values["ends"].Bool {
		return Object{}, false
	}
	return Object{Book: town, Kind: key.Kind, ID: key.ID, From: best.Envelope.Day, To: next, Label: key.ID,
		Values: best.Record.Values, Root: best.Record.Root(), Record: best.Record.ID}, true
}

func modelEffective(entries []record.Entry, root record.Entry) (record.Entry, bool) {
	e := root
	for _, a := range entries {
		if a.Record.Amends == root.Record.ID && a.Record.Kind == root.Record.Kind {
			e = a
		}
	}
	released := !e.Envelope.Holds()
	for _, c := range entries {
		if c.Record.Kind == kindConfirmed && (c.Seq > e.Seq || e.Record.Amends.Zero()) && c.Record.Values["record"].Text == root.Record.ID.String() {
			released = true
		}
	}
	return e, released && !e.Record.Withdraws()
}

func TestAsKnownEqualsAModelAtEverySize(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		for _, seed := range []uint64{1, 2, 3, 5, 8} {
			rnd := rand.New(rand.NewPCG(seed, 4))
			d := randomDiary(rnd, 70)
			if err := s.Views.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			r := newTestRegister(t, s.Views)
			follow(t, s.Views, r, d.entries, 1+rnd.IntN(20))
			for size := range len(d.entries) + 1 {
				compareKnown(t, r, d, size, fmt.Sprintf("seed %d", seed))
			}
		}
	})
}

func compareKnown(t *testing.T, r *Register, d *diary, size int, label string) {
	t.Helper()
	for n := -1; n <= days; n++ {
		day := firstDay.Add(n)
		found, err := r.Find(t.Context(), town, keysOfTest(), day, int64(size))
		if err != nil {
			t.Fatalf("%s: find at size %d: %v", label, size, err)
		}
		for _, key := range keysOfTest() {
			got, ok := found[key]
			got.SeqFrom, got.SeqTo = 0, 0
			want, wanted := modelAt(d.entries[:size], key, day)
			if ok != wanted || !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: %s on %s as known at size %d:\n got %v %+v\nwant %v %+v", label, key, day, size, ok, got, wanted, want)
			}
		}
	}
}

func TestTablesAreTheSameWhateverTheBatches(t *testing.T) {
	const seed = 11
	var first map[string]string // shared by both databases
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		c, d := randomPair(rand.New(rand.NewPCG(seed, 4)), 300)
		for _, n := range []int{1, 7, 64, 300} {
			if err := s.Views.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			r := newTestRegister(t, s.Views)
			follow(t, s.Views, r, c.entries, n)
			follow(t, s.Views, r, d.entries, n)
			digests, err := s.Views.Digests(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = digests
			}
			if !reflect.DeepEqual(digests, first) {
				t.Errorf("seed %d, batches of %d: got tables %v, want %v", seed, n, digests, first)
			}
		}
	})
}
