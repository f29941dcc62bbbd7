package register

import (
	"fmt"
	"testing"

	"qingshan/db/dbtest"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/record"
)

// adopts makes the values of an adoption.
func adopts(source record.Book, size int64) record.Values {
	return record.Values{
		"source":  record.Text(string(source)),
		"size":    record.Int(size),
		"root":    record.Text(digest.Of([]byte("root")).String()),
		"catalog": record.Text(digest.Of([]byte("catalog")).String()),
	}
}

func unit(code, name string) record.Values {
	return record.Values{"object": record.Text(code), "name": record.Text(name)}
}

// countyDiary states a unit, renames it later, and corrects the first statement after that.
func countyDiary() *diary {
	d := &diary{book: county}
	d.say("book.opened", 20250101, nil)
	first := d.say("register.unit", 20250101, unit("220323103", "马鞍镇"))
	d.say("register.unit", 20250601, unit("220323103", "马鞍山镇"))
	d.say("register.unit", 20250101, unit("220323103", "马鞍"), amending(first.Record.ID))
	return d
}

func TestATownReadsTheCountyAsOfItsLastAdoption(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		c, d := countyDiary(), &diary{book: town}
		d.say("book.opened", 20250101, nil)             // 0
		d.say(kindAdopted, 20250102, adopts(county, 2)) // 1
		d.say(kindAdopted, 20250103, adopts(county, 3)) // 2
		d.say(kindAdopted, 20250104, adopts(county, 1)) // 3: shrinks, so it has no effect
		d.say(kindAdopted, 20250105, adopts(county, 4)) // 4
		r := newTestRegister(t, s.Views)
		follow(t, s.Views, r, c.entries, 2)
		follow(t, s.Views, r, d.entries, 2)
		tests := []struct {
			size int64 // of the town's book
			day  record.Day
			want string // the unit's label, "" if it does not exist
		}{
			{0, 20250701, ""},
			{1, 20250701, ""},
			{2, 20241231, ""},
			{2, 20250701, "马鞍镇"},
			{3, 20250531, "马鞍镇"},
			{3, 20250601, "马鞍山镇"},
			{4, 20250531, "马鞍镇"},
			{5, 20250531, "马鞍"},
			{Latest, 20250531, "马鞍"},
			{Latest, 20250601, "马鞍山镇"},
		}
		for _, test := range tests {
			o, _, err := r.AsKnown(t.Context(), town, Key{Kind: "unit", ID: "220323103"}, test.day, test.size)
			if err != nil || o.Label != test.want {
				t.Errorf("unit on %s as known at size %d: got %q, error %v, want %q", test.day, test.size, o.Label, err, test.want)
			}
		}
		a, ok, err := r.Adopted(t.Context(), town)
		if err != nil || !ok || a.Seq != 4 || a.Source != county || a.Size != 4 || a.Catalog != digest.Of([]byte("catalog")) {
			t.Errorf("adopted: got %+v, %v, error %v, want entry 4 with size 4 of %s", a, ok, err, county)
		}
		if _, ok, err := r.Adopted(t.Context(), county); ok || err != nil {
			t.Errorf("adopted by the county: got %v, error %v, want none", ok, err)
		}
	})
}

func TestTheOwnBookComesFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		c, d := &diary{book: county}, &diary{book: town}
		for _, id := range []string{"r1", "r2", "r3"} {
			c.say("register.river", 20250101, thing(id, 1), placed("220323102"))
		}
		d.say(kindAdopted, 20250101, adopts(county, 3))
		d.say("register.river", 20250301, thing("r2", 2), placed("220323001")) // elsewhere, so it hides the county's
		d.say("register.river", 20250101, thing("r4", 2), placed("220323102"))
		r := newTestRegister(t, s.Views)
		follow(t, s.Views, r, c.entries, 10)
		follow(t, s.Views, r, d.entries, 10)
		tests := []struct {
			query Query
			want  string
		}{
			{Query{Day: 20250201}, "220323/r1 220323/r2 220323/r3 220323102/r4"},
			{Query{Day: 20250301}, "220323/r1 220323102/r2 220323/r3 220323102/r4"},
			{Query{Day: 20250301, Place: "220323102"}, "220323/r1 220323/r3 220323102/r4"},
			{Query{Day: 20250301, Size: 2}, "220323/r1 220323102/r2 220323/r3"},
			{Query{Day: 20241231}, ""},
		}
		for _, test := range tests {
			test.query.Book, test.query.Kind = town, "river"
			for _, limit := range []int{1, 2, 3, 100} {
				test.query.Limit = limit
				if got := listed(t, r, test.query); got != test.want {
					t.Errorf("list %+v: got %q, want %q", test.query, got, test.want)
				}
			}
		}
	})
}

// listed walks the pages of a list and gives the objects' books and ids.
func listed(t *testing.T, r *Register, query Query) string {
	t.Helper()
	out := ""
	for {
		page, next, err := r.List(t.Context(), query)
		if err != nil {
			t.Fatalf("list %+v: %v", query, err)
		}
		if len(page) > query.Limit {
			t.Fatalf("list %+v: %d objects, more than the limit", query, len(page))
		}
		for _, o := range page {
			if out != "" {
				out += " "
			}
			out += fmt.Sprintf("%s/%s", o.Book, o.ID)
		}
		if next == "" {
			return out
		}
		query.After = next
	}
}

func TestAnAdoptionWaitsForTheCountysRegister(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		c, d := countyDiary(), &diary{book: town}
		d.say(kindAdopted, 20250101, adopts(county, 3))
		r := newTestRegister(t, s.Views)
		follow(t, s.Views, r, c.entries[:2], 2)
		err := followBatch(t.Context(), s.Views, r, d.entries)
		if !fault.Is(err, fault.Unavailable) {
			t.Fatalf("adopt size 3 while 2 are known: got error %v, want unavailable, so that the runner tries again", err)
		}
		if _, ok, err := r.Adopted(t.Context(), town); ok || err != nil {
			t.Errorf("adopted after a refusal: got %v, error %v, want nothing", ok, err)
		}
		follow(t, s.Views, r, c.entries[2:], 2)
		follow(t, s.Views, r, d.entries, 2)
	})
}

func TestWhatCannotBeAnAdoptionHasNoEffect(t *testing.T) {
	good := adopts(county, 3)
	changed := func(field string, value record.Value) record.Values {
		v := good.Clone()
		v[field] = value
		return v
	}
	d := &diary{book: town}
	tests := []struct {
		name  string
		entry record.Entry
		want  bool
	}{
		{"good", d.say(kindAdopted, 20250101, good), true},
		{"of itself", d.say(kindAdopted, 20250101, changed("source", record.Text(string(town)))), false},
		{"of no book", d.say(kindAdopted, 20250101, changed("source", record.Text("No Book"))), false},
		{"of nothing", d.say(kindAdopted, 20250101, changed("size", record.Int(0))), false},
		{"without root", d.say(kindAdopted, 20250101, changed("root", record.Text(""))), false},
		{"without catalog", d.say(kindAdopted, 20250101, changed("catalog", record.Text("x"))), false},
		{"amended", d.say(kindAdopted, 20250101, good, amending(d.entries[0].Record.ID)), false},
		{"of another kind", d.say("book.opened", 20250101, good), false},
	}
	for _, test := range tests {
		if a, ok := readAdoption(test.entry); ok != test.want {
			t.Errorf("%s: got %+v, %v, want %v", test.name, a, ok, test.want)
		}
	}
}
