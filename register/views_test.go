package register

import (
	"reflect"
	"testing"

	"qingshan/db/dbtest"
	"qingshan/internal/digest"
	"qingshan/record"
)

// townDiary fills both books with a little of everything that has a typed view.
func townDiary() (c, d *diary) {
	c, d = &diary{book: county}, &diary{book: town}
	classed := func(code, name, class string) record.Values {
		v := unit(code, name)
		v["class"] = record.Text(class)
		return v
	}
	c.say("register.unit", 20250101, classed("220323", "伊通满族自治县", "county"))
	c.say("register.unit", 20250101, classed("220323102", "伊丹镇", "town"))
	c.say("register.unit", 20250101, classed("220323102001", "伊丹居委会", "residents"))
	c.say("register.unit", 20250101, classed("220323102200", "伊丹村委会", "village"))
	c.say("register.river", 20250101, record.Values{"object": record.Text("r1"), "name": record.Text("伊通河"),
		"class": record.Text("main"), "length": record.Int(14_000_000)}, placed("220323102"))
	c.say("register.river", 20250101, record.Values{"object": record.Text("r2"), "name": record.Text("伊丹河"),
		"class": record.Text("tributary"), "into": record.Text("river/r1")}, placed("220323102"))
	d.say(kindAdopted, 20250101, adopts(county, 6))
	d.say("register.grid", 20250101, unit("220323102200-01", "一网格"))
	d.say("register.person", 20250101, record.Values{"object": record.Text("p-9"), "duty": record.Text("cadre"),
		"name": record.Sealed(digest.Of([]byte("seal")))}, placed("220323102200"))
	d.say("register.post", 20250101, record.Values{"object": record.Text("post-1"), "role": record.Text("river_chief"),
		"holder": record.Text("person/p-9"), "river": record.Text("river/r2")}, placed("220323102200"))
	d.say("register.post", 20250101, record.Values{"object": record.Text("post-2"), "role": record.Text("clerk")}, placed("220323102"))
	d.say("register.claim", 20250101, record.Values{"object": record.Text("c1"), "figure": record.Text("manure.yield_gain"),
		"amount": record.Text("50"), "unit": record.Text("jin_per_mu"), "author": record.Text("镇政府"), "period": record.Text("2025")},
		placed("220323102"))
	return c, d
}

func TestTypedViews(t *testing.T) {
	c, d := townDiary()
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		r := newTestRegister(t, s.Views)
		follow(t, s.Views, r, c.entries, 100)
		follow(t, s.Views, r, d.entries, 100)
		ctx, day := t.Context(), record.Day(20250601)
		same := func(what string, got any, err error, want any) {
			t.Helper()
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\n got %+v, error %v\nwant %+v", what, got, err, want)
			}
		}

		units, err := r.Units(ctx, town, "220323", day)
		same("towns", units, err, []Unit{{"220323102", "伊丹镇", "town", county, 20250101, Forever}})
		units, err = r.Units(ctx, town, "220323102", day)
		same("villages", units, err, []Unit{{"220323102001", "伊丹居委会", "residents", county, 20250101, Forever},
			{"220323102200", "伊丹村委会", "village", county, 20250101, Forever}})
		grid := Unit{"220323102200-01", "一网格", "grid", town, 20250101, Forever}
		units, err = r.Units(ctx, town, "220323102200", day)
		same("grids", units, err, []Unit{grid})
		units, err = r.Units(ctx, town, "", day)
		same("all units", len(units), err, 4)
		one, ok, err := r.Unit(ctx, town, grid.Code, day)
		same("a grid", one, err, grid)
		same("a grid's level", one.Level(), nil, record.Grid)
		same("a grid is there", ok, nil, true)
		_, ok, err = r.Unit(ctx, town, "220323103", day)
		same("another town is there", ok, err, false)
		names, err := r.Names(ctx, town, []record.UnitCode{"220323102", grid.Code, "220323103"}, day)
		same("names", names, err, map[record.UnitCode]string{"220323102": "伊丹镇", grid.Code: "一网格"})

		person, ok, err := r.Person(ctx, town, "p-9", day)
		same("person", person, err, Person{"p-9", "cadre", "220323102200", town, d.entries[2].Record.ID})
		same("person is there", ok, nil, true)
		_, ok, err = r.Person(ctx, county, "p-9", day)
		same("the town's person is in the county's book", ok, err, false)

		chief := Post{"post-1", "river_chief", "220323102200", "p-9", "r2", town}
		posts, err := r.Posts(ctx, town, "220323102", day)
		same("posts", posts, err, []Post{chief, {"post-2", "clerk", "220323102", "", "", town}})
		posts, err = r.PostsOf(ctx, town, "p-9", day)
		same("posts of a person", posts, err, []Post{chief})

		rivers, err := r.Rivers(ctx, town, "", day)
		same("rivers", rivers, err, []River{{"r1", "伊通河", "main", "", 14_000_000, "220323102"},
			{"r2", "伊丹河", "tributary", "r1", 0, "220323102"}})
		claims, err := r.Claims(ctx, town, "220323102", day)
		same("claims", claims, err, []Claim{{"c1", "manure.yield_gain", "50", "jin_per_mu", "镇政府", "2025", "",
			"220323102", town, d.entries[5].Record.ID}})
	})
}
