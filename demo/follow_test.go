package demo

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"qingshan/app"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/demo/year"
	"qingshan/record"
)

// TestFiguresFollowTheRecords sends varied years through the doors of a whole installation, and reads every figure that an
// act counts for, at places wide and narrow, for the year and each of its months: it must be what the acts were meant to come to, so a
// scaled, dropped or shifted act moves the figures concerned and no other. The acts are few, to save time.
func TestFiguresFollowTheRecords(t *testing.T) {
	seed := rand.Uint64()
	d := rand.New(rand.NewPCG(seed, 0))
	few := 0.1 + d.Float64()/10
	variants := map[string]Options{
		"scaled":  {Seed: seed, Scale: few},
		"dropped": {Seed: seed, Scale: few, Drop: record.UnitCode(fmt.Sprintf("2203231022%02d", d.IntN(12)))},
		"shifted": {Seed: seed, Scale: few, Shift: record.Span(fmt.Sprintf("2025-%02d", 4+d.IntN(6)))},
	}
	places := drawn(d, draw(t, Options{}))
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		for name, o := range variants {
			if loc.URL != "" && name != "dropped" {
				continue // the same doors; one variant shows that the other database answers alike
			}
			t.Run(name, func(t *testing.T) {
				t.Logf("%+v", o)
				y := draw(t, o)
				s := NewSender(installation(t, place(loc, t), y), y)
				if err := s.Until(context.Background(), y.End()); err != nil {
					t.Fatal(err)
				}
				readAll(t, s.c, y, append(slices.Clone(places), o.Drop))
			})
		}
	})
}

// place gives each variant its own folder; the schemas of a server are the test's own already.
func place(loc db.Location, t *testing.T) db.Location {
	if loc.URL == "" {
		loc.Dir = t.TempDir()
	}
	return loc
}

// installation starts the whole program with the books of the demonstration and a clock that the sender sets.
func installation(t *testing.T, loc db.Location, y year.Year) Config {
	t.Helper()
	var clock atomic.Int64
	clock.Store(y.Begin().Time().UnixMilli())
	a, err := app.Open(context.Background(), app.Config{Dir: loc.Dir, DB: loc.URL, Schema: loc.Schema,
		Books: []app.BookConfig{{Book: "220323"}, {Book: "220323102", Parent: "220323"}, {Book: "220323001", Parent: "220323"}}},
		app.Options{Clock: func() time.Time { return time.UnixMilli(clock.Load()) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	server := httptest.NewServer(a.Handler())
	t.Cleanup(server.Close)
	secret, err := a.IssueToken(context.Background(), "220323", "", "test", 400)
	if err != nil {
		t.Fatal(err)
	}
	return Config{Base: server.URL, Token: func(string) string { return secret }, Out: &bytes.Buffer{},
		SetClock: func(now time.Time) { clock.Store(now.UnixMilli()) }}
}

// drawn gives the county, the town, the street and some villages.
func drawn(d *rand.Rand, y year.Year) []record.UnitCode {
	places := []record.UnitCode{y.Quotas.County, y.Quotas.Town, y.Quotas.Street}
	for _, i := range d.Perm(len(y.Quotas.Villages))[:4] {
		places = append(places, y.Quotas.Villages[i].Code)
	}
	return places
}

func readAll(t *testing.T, c *client, y year.Year, places []record.UnitCode) {
	t.Helper()
	wrong := 0
	for _, place := range places {
		if place == "" {
			continue // no village was dropped
		}
		for month := 0; month <= 12; month++ {
			span := "2025"
			if month > 0 {
				span = fmt.Sprintf("2025-%02d", month)
			}
			wrong += readOne(t, c, y, place, span)
			if wrong > 20 {
				t.Fatal("and so on")
			}
		}
	}
}

// readOne compares all figures of one place and period, and says how many are wrong.
func readOne(t *testing.T, c *client, y year.Year, place record.UnitCode, span string) int {
	t.Helper()
	p, err := record.ParsePeriod(span)
	if err != nil {
		t.Fatal(err)
	}
	want := y.ExpectAll(place, p)
	var codes []string
	for code := range want {
		codes = append(codes, code)
	}
	found, err := c.figures(context.Background(), codes, place, span, 0)
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for _, code := range codes {
		r := found[code]
		if r.Value == nil || number(t, *r.Value).Cmp(number(t, want[code].String())) != 0 {
			t.Errorf("%s at %s in %s is %v %s, want %s", code, place, span, dereference(r.Value), r.Unit, want[code])
			wrong++
		}
	}
	return wrong
}

func dereference(text *string) string {
	if text == nil {
		return "nothing"
	}
	return *text
}
