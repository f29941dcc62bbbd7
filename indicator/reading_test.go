package indicator_test

import (
	"maps"
	"strings"
	"testing"

	"qingshan/catalog"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fact"
	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/record"
	"qingshan/register"
)

func period(t *testing.T, s string) record.Period {
	t.Helper()
	p, err := record.ParsePeriod(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// value gives a reading's number, or "none".
func value(r indicator.Reading) string {
	if r.Value == nil {
		return "none"
	}
	return *r.Value
}

// TestReadings is a small year that one can follow by hand.
func TestReadings(t *testing.T) {
	const north, south, grid = "220323102210", "220323102211", "220323102210-01"
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		at := func() int { return 2 }
		w.follow(town, []record.Entry{
			said("w1", grid, 20250103, "waste", 1_250_000),
			said("w2", south, 20250203, "waste", 250_000, "straw", 500_000),
			said("h1", north, 20250110, "herd", "herd/a", "deer", 10),
			said("h2", south, 20250310, "herd", "herd/a", "deer", 12), // the herd moves south
			said("h3", south, 20250601, "herd", "herd/a", "deer", 0),  // and is sold
			said("h4", north, 20250105, "herd", "herd/b", "deer", 3, "cattle", 5),
			said("v1", grid, 20250111, "visited", "household/1"),
			said("v2", grid, 20250112, "visited", "household/1"),
			said("v3", south, 20250211, "visited", "household/1"),
			said("v4", south, 20250211, "visited", "household/2"),
			said("d1", north, 20250701, "herd", "herd/c", "deer", 7),
			said("d2", north, 20250701, "herd", "herd/c", "deer", 8), // the later in the ledger holds
		}, at)
		w.follow(street, []record.Entry{said("s1", "220323001001", 20250104, "waste", 10, "visited", "household/1")}, at)
		for _, c := range []struct {
			code, place, period string
			asOf                record.Day
			value               string
			records             int64
		}{
			{"waste", north, "2025", 0, "1.25", 1},
			{"waste", "220323102", "2025", 0, "1.5", 2},
			{"waste", "220323", "2025", 0, "1.50001", 3},
			{"waste", "220323102", "2025-02", 0, "0.25", 1},
			{"waste", "220323102", "2025-01-03", 0, "1.25", 1},
			{"waste", "220323102", "2024", 0, "0", 0},
			{"waste", "220323102", "2025", 20250110, "1.25", 1},
			{"waste", "220323102", "2025", 20241231, "0", 0},
			{"waste", "220322", "2025", 0, "0", 0},
			{"both", "220323102", "2025", 0, "2", 3},
			{"twice", "220323102", "2025", 0, "2.5", 3},
			{"share", "220323102", "2025", 0, "75", 3}, // w2 gives both measures,
			{"share", "220323102", "2025", 20250110, "100", 1},
			{"share", "220323102", "2024", 0, "none", 0},
			{"share", "220323", "2025", 0, "75.000125", 4},
			{"deer", north, "2025-01", 0, "13", 2},
			{"deer", north, "2025-03", 0, "3", 1},
			{"deer", south, "2025-03", 0, "12", 1},
			{"deer", south, "2025-01", 0, "0", 0},
			{"deer", south, "2025", 20250531, "12", 1},
			{"deer", "220323102", "2025-06", 0, "3", 1},
			{"deer", "220323102", "2025", 0, "11", 2},
			{"deer", "220323102", "2026", 0, "11", 2}, // a stock lasts
			{"deer", "220323102", "2026", 20250115, "13", 2},
			{"deer", "220323102", "2024", 0, "0", 0},
			{"animals", "220323102", "2025-01", 0, "18", 3},
			{"visited", grid, "2025", 0, "1", 2},
			{"visited", "220323102", "2025", 0, "2", 4},
			{"visited", "220323102", "2025", 20250210, "1", 2},
			{"visited", "220323102", "2025-01", 0, "1", 2},
			{"visited", "220323102", "2025-01", 20250111, "1", 1},
			{"visited", "220323102", "2025-02-11", 0, "2", 2},
			{"visited", "220323102", "2024..2025", 0, "2", 4},
			{"visited", "220323", "2025", 0, "3", 5}, // distinct in each book; over books a labelled sum
			{"flown", "220323102", "2025", 0, "none", 0},
			{"saved", "220323102", "2025", 0, "none", 0},
		} {
			q := indicator.Query{Codes: []string{c.code}, Place: record.UnitCode(c.place), Period: period(t, c.period), AsOf: c.asOf}
			r := w.read(q)[c.code]
			if value(r) != c.value || r.Records != c.records {
				t.Errorf("%s at %s in %s as of %d: got %s of %d records, want %s of %d", c.code, c.place, c.period, c.asOf,
					value(r), r.Records, c.value, c.records)
			}
		}
	})
}

func TestReadingSaysWhatItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		w.follow(town, []record.Entry{said("w1", "220323102210", 20250103, "waste", 1)}, func() int { return 1 })
		list, err := w.board.Read(t.Context(), w.catalog, indicator.Query{Codes: []string{"flown", "share", "waste"}, Place: "220323102210",
			Period: period(t, "2025")})
		if err != nil || len(list) != 3 {
			t.Fatalf("got %d readings, %v; want 3", len(list), err)
		}
		flown, share, waste := list[0], list[1], list[2]
		if flown.Status != catalog.NotComparable || flown.Reason != "原文中断" || flown.Value != nil {
			t.Errorf("flown: got %+v, want not comparable with its reason", flown)
		}
		if share.Unit != "percent" || share.Basis != "ratio" || share.Amount != 1_000_000 || value(share) != "100" {
			t.Errorf("share: got %+v, want 100 percent, which is 1,000,000 ppm", share)
		}
		if waste.Unit != "t" || waste.Basis != "sum" || waste.Amount != 1 || value(waste) != "0.000001" || waste.Status != catalog.Counted {
			t.Errorf("waste: got %+v, want 0.000001 t", waste)
		}
		_, err = w.board.Read(t.Context(), w.catalog, indicator.Query{Codes: []string{"weather"}})
		if fault.Of(err).Code != "figure.unknown" || !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown figure: got %v, want not found", err)
		}
		_, _, err = w.board.Because(t.Context(), w.catalog, "waste", indicator.Query{}, indicator.Page{After: "%%"})
		if fault.Of(err).Code != "page.after" || !fault.Is(err, fault.Invalid) {
			t.Errorf("an unreadable position: got %v, want invalid", err)
		}
	})
}

// TestStandsOn: the slowest of the named followers counts, one that has not begun is at 0, and books of other places are
// not read.
func TestStandsOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		board := indicator.New(s.Views, indicator.Options{Aggregator: w.aggregator, Followers: []string{"register", "talk"}})
		for _, row := range [][]any{
			{"220323", "register", 9}, {"220323", "talk", 7}, {"220323", "other", 1},
			{"220323102", "register", 5},
			{"220323001", "register", 4}, {"220323001", "talk", 4},
			{"association", "register", 2}, {"association", "talk", 3},
		} {
			w.do(func(tx *db.Tx) error {
				return tx.Insert(t.Context(), "cursor", []string{"book", "follower", "size"}, [][]any{row})
			})
		}
		for place, want := range map[record.UnitCode]map[record.Book]int64{
			"220323":       {"220323": 7, "220323102": 0, "220323001": 4, "association": 2},
			"220323102210": {"220323": 7, "220323102": 0, "association": 2},
			"220322":       {"association": 2},
		} {
			list, err := board.Read(t.Context(), w.catalog, indicator.Query{Codes: []string{"waste"}, Place: place, Period: period(t, "2025")})
			if err != nil || !maps.Equal(list[0].StandsOn, want) {
				t.Errorf("%s: got %v, %v; want %v", place, list, err, want)
			}
		}
	})
}

func TestClaims(t *testing.T) {
	claim := func(id string, place record.UnitCode, from record.Day, seq int64, fields ...string) register.Object {
		o := register.Object{Book: town, Kind: "claim", ID: id, From: from, To: register.Forever, Place: place, SeqFrom: seq,
			SeqTo: register.Latest, Root: record.HashID("test", id), Values: record.Values{}}
		for i := 0; i < len(fields); i += 2 {
			o.Values[fields[i]] = record.Text(fields[i+1])
		}
		return o
	}
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		w.follow(town, []record.Entry{said("a", "220323102210", 20250103), said("b", "220323102210", 20250103), said("c", "220323102210", 20250103)},
			func() int { return 3 })
		w.claims[town] = []register.Object{
			claim("1", "220323102210", 20250601, 0, "figure", "saved", "amount", "118.50", "unit", "t", "author", "村委会", "period", "2025"),
			claim("2", "220323102210", 20250701, 1, "figure", "saved", "amount", "120", "author", "镇政府", "period", "2025"),
			claim("3", "220323102210", 20250801, 9, "figure", "saved", "amount", "999", "author", "later", "period", "2025"),
			claim("4", "220323102", 20250601, 1, "figure", "saved", "author", "镇政府", "period", "2025"),
			claim("5", "220323102210", 20250601, 1, "figure", "waste", "amount", "5", "author", "x", "period", "2025"),
			claim("6", "220323102210", 20250601, 1, "figure", "saved", "amount", "7", "author", "x", "period", "soon"),
		}
		for _, c := range []struct {
			place         record.UnitCode
			period        string
			asOf          record.Day
			value, author string
			unit          string
			records       int64
		}{
			{"220323102210", "2025", 20250615, "118.50", "村委会", "t", 1},
			{"220323102210", "2025", 20250715, "120", "镇政府", "t", 1},
			{"220323102210", "2025", 0, "120", "镇政府", "t", 1}, // claim 3 is in an entry that is not counted yet
			{"220323102210", "2025", 20250101, "none", "", "t", 0},
			{"220323102210", "2024", 0, "none", "", "t", 0},
			{"220323102", "2025", 0, "none", "镇政府", "t", 1}, // said without a number
			{"220323", "2025", 0, "none", "", "t", 0},
		} {
			q := indicator.Query{Place: c.place, Period: period(t, c.period), AsOf: c.asOf}
			r := w.read(q)["saved"]
			if value(r) != c.value || r.Author != c.author || r.Records != c.records || r.Status != catalog.Claimed || r.Unit != c.unit || r.Amount != 0 {
				t.Errorf("%s in %s as of %d: got %s by %q, %+v; want %s by %q", c.place, c.period, c.asOf, value(r), r.Author, r, c.value, c.author)
			}
			list, _, err := w.board.Because(t.Context(), w.catalog, "saved", q, indicator.Page{})
			if err != nil || int64(len(list)) != c.records {
				t.Errorf("%s in %s as of %d: because of %v, %v; want %d", c.place, c.period, c.asOf, list, err, c.records)
			}
		}
		if r := w.read(indicator.Query{Place: "220323102210", Period: period(t, "2025")})["waste"]; value(r) != "0" {
			t.Errorf("a claim about a counted figure changed it to %s", value(r))
		}
	})
}

func TestUndeclaredMeasureStops(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		err := s.Views.Do(t.Context(), func(tx *db.Tx) error {
			return w.board.Move(t.Context(), tx, town, []fact.Change{{New: &fact.Fact{Measure: "weather"}}})
		})
		if err == nil || !strings.Contains(err.Error(), "weather") {
			t.Errorf("got %v, want an error that names the measure", err)
		}
	})
}
