package register

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"qingshan/db/dbtest"
	"qingshan/record"
)

func TestAReferenceWaitsForItsObject(t *testing.T) {
	ref := func(text string) record.Ref {
		r, err := record.ParseRef(text)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	c, d := &diary{book: county}, &diary{book: town}
	c.say("register.unit", 20250101, unit("220323102200", "伊丹村委会"))
	c.say("register.river", 20250101, thing("r1", 1))
	load := func(refs ...string) {
		var all []record.Ref
		for _, text := range refs {
			all = append(all, ref(text))
		}
		d.say("waste.load", 20250201, record.Values{"mass": record.Int(1)}, about(all...))
	}
	load("herd/h1", "river/r1", "unit/220323102200", "unit/220323102200-01", "unknown/x") // 0
	d.say(kindAdopted, 20250101, adopts(county, 1))                                       // 1: the unit
	load("herd/h1", "river/r1", "unit/220323102200")                                      // 2
	d.say("register.herd", 20250301, thing("h1", 1))                                      // 3: the herd, from a later day on
	d.say(kindAdopted, 20250101, adopts(county, 2))                                       // 4: the river
	d.say("register.grid", 20250301, unit("220323102200-01", "一组"))                       // 5: the grid, spoken of as a unit
	d.say("register.post", 20250301, record.Values{"object": record.Text("p1"), "role": record.Text("clerk"),
		"holder": record.Text("person/nobody"), "river": record.Text("river/r1")}) // 6: only the holder is missing
	load("herd/h1", "post/p1") // 7
	want := map[int64][]Resolution{
		0: {
			{Seq: 0, Ref: ref("herd/h1"), Target: town, At: 3},
			{Seq: 0, Ref: ref("river/r1"), Target: county, At: 4},
			{Seq: 0, Ref: ref("unit/220323102200"), Target: county, At: 1},
			{Seq: 0, Ref: ref("unit/220323102200-01"), Target: town, At: 5},
		},
		2: {
			{Seq: 2, Ref: ref("herd/h1"), Target: town, At: 3},
			{Seq: 2, Ref: ref("river/r1"), Target: county, At: 4},
		},
		6: {{Seq: 6, Ref: ref("person/nobody"), At: Latest}},
		7: nil,
	}
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		for _, n := range []int{1, 3, 100} {
			if err := s.Views.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			r := newTestRegister(t, s.Views)
			follow(t, s.Views, r, c.entries, n)
			follow(t, s.Views, r, d.entries, n)
			for seq, want := range want {
				got, err := r.Resolutions(t.Context(), town, seq)
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("batches of %d: resolutions of entry %d:\n got %v, error %v\nwant %v", n, seq, got, err, want)
				}
			}
			got, err := r.Waiting(t.Context(), town, 10)
			if err != nil || !reflect.DeepEqual(got, want[6]) {
				t.Errorf("batches of %d: waiting: got %v, error %v, want %v", n, got, err, want[6])
			}
		}
	})
}

// addRefs lets every other record of a random diary refer to one of the objects, so that some come before it.
func addRefs(rnd *rand.Rand, d *diary) {
	keys := append(keysOfTest(), Key{Kind: "river", ID: "r1"}, Key{Kind: "river", ID: "r2"}, Key{Kind: "river", ID: "r3"})
	for i := range d.entries {
		if rnd.IntN(2) == 0 {
			d.entries[i].Record.About = []record.Ref{keys[rnd.IntN(len(keys))]}
		}
	}
}

// randomPair makes a county's book with three rivers far apart and a town's book that adopts it step by step.
func randomPair(rnd *rand.Rand, n int) (c, d *diary) {
	c = &diary{book: county}
	for i := range 3 {
		for range rnd.IntN(6) {
			c.say("event.meeting", firstDay, record.Values{"n": record.Int(1)})
		}
		c.say("register.river", firstDay.Add(rnd.IntN(days)), thing(fmt.Sprintf("r%d", i+1), rnd.Int64N(9)))
	}
	base := randomDiary(rnd, n)
	d = &diary{book: town}
	for _, e := range base.entries {
		e.Seq = int64(len(d.entries))
		d.entries = append(d.entries, e)
		if rnd.IntN(n/8) == 0 {
			d.say(kindAdopted, firstDay, adopts(county, 1+rnd.Int64N(int64(len(c.entries)))), func(e *record.Entry) {
				e.Record.ID = record.HashID(record.ChannelSystem, fmt.Sprint(e.Seq))
			})
		}
	}
	addRefs(rnd, d)
	return c, d
}

func TestResolutionsEqualAModel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		for seed := range uint64(4) {
			rnd := rand.New(rand.NewPCG(seed, 9))
			c, d := randomPair(rnd, 60)
			if err := s.Views.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			r := newTestRegister(t, s.Views)
			follow(t, s.Views, r, c.entries, 100)
			follow(t, s.Views, r, d.entries, 1+rnd.IntN(30))
			for _, e := range d.entries {
				var want []Resolution
				for _, ref := range e.Record.About {
					target, at := modelArrival(c, d, ref)
					if at > e.Seq {
						want = append(want, Resolution{Seq: e.Seq, Ref: ref, Target: target, At: at})
					}
				}
				got, err := r.Resolutions(t.Context(), town, e.Seq)
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d: resolutions of entry %d about %v:\n got %v, error %v\nwant %v", seed, e.Seq, e.Record.About, got, err, want)
				}
			}
		}
	})
}

// modelArrival looks for the first entry of the town's book after which the object exists on any day.
func modelArrival(c, d *diary, ref record.Ref) (record.Book, int64) {
	exists := func(entries []record.Entry) bool {
		for n := range days {
			if _, ok := modelAt(entries, ref, firstDay.Add(n)); ok {
				return true
			}
		}
		return false
	}
	for i, e := range d.entries {
		if exists(d.entries[:i+1]) {
			return town, int64(i)
		}
		if e.Record.Kind == kindAdopted && exists(c.entries[:e.Record.Values["size"].Int]) {
			return county, int64(i)
		}
	}
	return "", Latest
}
