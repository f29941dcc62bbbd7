package api

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"qingshan/record"
	"qingshan/report"
)

const waste = "clean.domestic_waste"

// plan has the town say what it wants to reach.
func (w *world) plan(figure, period, amount, unit string) int64 {
	w.t.Helper()
	receipt := w.append(town, "register.target", 20250105, record.UnitCode(town), record.Values{"object": record.Text(fmt.Sprint(figure, period, amount)), "figure": record.Text(figure),
		"period": record.Text(period), "amount": record.Text(amount), "unit": record.Text(unit), "source": record.Text("年度计划")})
	w.must(w.runner.CatchUp(w.t.Context(), town))
	return receipt.Seq
}

// beside reads one figure of the town with what it is held against.
func (w *world) beside(code, query string) figure {
	w.t.Helper()
	var a figuresAnswer
	w.read("", "/api/v1/figures?compare=1&place=220323102&code="+code+"&"+query, &a)
	if len(a.Figures) != 1 || a.PlaceName != "伊丹镇" || a.StandsOn[town] == 0 || a.Catalog != w.catalog.Hash().String() {
		w.t.Fatalf("answer: got %+v", a)
	}
	return a.Figures[0]
}

func planOf(f figure) string {
	if f.Target == nil {
		return ""
	}
	return f.Target.Amount + " " + f.Target.Unit
}

func TestFiguresBesideTheirPlans(t *testing.T) {
	each(t, func(w *world) {
		june := w.plan(waste, "2025-06", "2500", "kg")
		july := w.plan(waste, "2025-07", "3", "t")
		for month := range 12 {
			w.plan("manure.households_guided", fmt.Sprintf("2025-%02d", month+1), "5", "household")
			w.plan("manure.deer", fmt.Sprintf("2025-%02d", month+1), "5", "head")
		}
		if f := w.beside(waste, "period=2025-06"); *f.Value != "1.75" || planOf(f) != "2500 kg" || !slices.Equal(f.Target.Entries, []report.Entry{{Book: town, Seq: june}}) {
			w.t.Errorf("June: got %+v %+v", f, f.Target)
		}
		f := w.beside(waste, "period=2025-06..2025-07")
		if planOf(f) != "5.5 t" || !slices.Equal(f.Target.Entries, []report.Entry{{Book: town, Seq: june}, {Book: town, Seq: july}}) || !slices.Equal(f.Target.Sources, []string{"年度计划"}) {
			w.t.Errorf("two months: got %+v", f.Target)
		}
		for _, query := range []string{"period=2025", "period=2025-06..2025-08", "period=2025-05..2025-06", "period=2025-06-01..2025-06-29", "period=2024", "period=2025-06&as_of=2025-01-04"} {
			if f := w.beside(waste, query); f.Target != nil {
				w.t.Errorf("%s: got the plan %+v, though not all of it is planned", query, f.Target)
			}
		}
		for _, code := range []string{"manure.households_guided", "manure.deer"} {
			if month, year := w.beside(code, "period=2025-03"), w.beside(code, "period=2025"); month.Target == nil || year.Target != nil {
				w.t.Errorf("%s is not the sum of its months: got %+v of a month, %+v of the year", code, month.Target, year.Target)
			}
		}
		w.plan(waste, "2025-06..2025-07", "6", "t")
		if f := w.beside(waste, "period=2025-06..2025-07"); planOf(f) != "6 t" || len(f.Target.Entries) != 1 {
			w.t.Errorf("a plan for just this period: got %+v", f.Target)
		}
		w.plan(waste, "2025-06", "2", "t")
		if f := w.beside(waste, "period=2025-06"); planOf(f) != "2 t" {
			w.t.Errorf("another plan said later: got %+v", f.Target)
		}
		var village figuresAnswer
		w.read("", "/api/v1/figures?compare=1&place=220323102210&period=2025-06&code="+waste, &village)
		if village.Figures[0].Target != nil {
			w.t.Errorf("the town's plan is not the village's: got %+v", village.Figures[0].Target)
		}
	})
}

func TestFiguresBesideLastYear(t *testing.T) {
	each(t, func(w *world) {
		for day, grams := range map[record.Day]int64{20241205: 2_000_000, 20241210: 1_000_000, 20241211: 5_000_000, 20230228: 4_000_000, 20230301: 8_000_000, 20240229: 6_000_000} {
			w.load(day, grams)
		}
		w.must(w.runner.CatchUp(w.t.Context(), town))
		for query, want := range map[string]report.LastYear{
			"period=2025":                     {Period: "2024", AsOf: "2024-12-10", Records: 3}, // today is the tenth
			"period=2025&as_of=2025-12-31":    {Period: "2024", AsOf: "2024-12-10", Records: 3},
			"period=2025&as_of=2025-12-05":    {Period: "2024", AsOf: "2024-12-05", Records: 2},
			"period=2024":                     {Period: "2023", Records: 2},
			"period=2024-02":                  {Period: "2023-02", Records: 1},
			"period=2024-02-29":               {Period: "2023-02-28", Records: 1},
			"period=2024-02&as_of=2024-02-29": {Period: "2023-02", AsOf: "2023-02-28", Records: 1},
			"period=2024-01-01..2024-02-29":   {Period: "2023-01..2023-02", Records: 1},
			"period=2025-12-10..2025-12-11":   {Period: "2024-12-10..2024-12-11", AsOf: "2024-12-10", Records: 1},
			"period=2025-12&as_of=2025-12-10": {Period: "2024-12", AsOf: "2024-12-10", Records: 2},
			"period=2026-02&as_of=2026-02-10": {},
			"period=2025-06":                  {},
			"period=1900":                     {},
			"period=2024-02&as_of=2024-02-27": {},
			"period=2025-02-28..2025-03-01":   {Period: "2024-02-28..2024-03-01", Records: 1},
		} {
			got := w.beside(waste, query).LastYear
			if want.Records == 0 {
				if got != nil {
					w.t.Errorf("%s: got %+v, want nothing", query, *got)
				}
				continue
			}
			if got == nil || got.Period != want.Period || got.AsOf != want.AsOf || got.Records != want.Records || got.Unit != "t" {
				w.t.Errorf("%s: got %+v, want %+v", query, got, want)
			}
		}
		for query, want := range map[string]string{"period=2025": "9", "period=2025&as_of=2025-12-05": "8", "period=2024-02-29": "4", "period=2024": "12"} {
			if got := w.beside(waste, query).LastYear; got == nil || *got.Value != want {
				w.t.Errorf("%s: got %+v, want %s t", query, got, want)
			}
		}
	})
}

// TestComparedAnswersAreMarked asks with what the answer was marked with, before and after each thing that may change it.
func TestComparedAnswersAreMarked(t *testing.T) {
	each(t, func(w *world) {
		tag := ""
		ask := func() *httptest.ResponseRecorder {
			r := httptest.NewRequest("GET", "/api/v1/figures?compare=1&place=220323102&period=2025&code="+waste, nil)
			r.Header.Set("If-None-Match", tag)
			answer := httptest.NewRecorder()
			w.mux.ServeHTTP(answer, r)
			tag = answer.Header().Get("ETag")
			return answer
		}
		steps := []struct {
			what string
			do   func()
			says string
		}{
			{"first", func() {}, `"value":"3.75"`},
			{"a load of last year, of tomorrow's day", func() { w.load(20241211, 7_000_000); w.must(w.runner.CatchUp(w.t.Context(), town)) }, `"value":"3.75"`},
			{"tomorrow", func() { w.now = w.now.AddDate(0, 0, 1) }, `"last_year":{"period":"2024","as_of":"2024-12-11","value":"7"`},
			{"a plan", func() { w.plan(waste, "2025", "5", "t") }, `"target":{"amount":"5","unit":"t"`},
		}
		for _, s := range steps {
			s.do()
			if answer := ask(); answer.Code != 200 || !strings.Contains(answer.Body.String(), s.says) {
				w.t.Errorf("%s: got %d %s, want %s", s.what, answer.Code, answer.Body, s.says)
			}
			if again := ask(); again.Code != 304 {
				w.t.Errorf("%s, asked again: got %d", s.what, again.Code)
			}
		}
		for _, plain := range []string{"", "&compare=0"} {
			body := w.get("", "/api/v1/figures?place=220323102&period=2025&code="+waste+plain).Body.String()
			if strings.Contains(body, `"target"`) || strings.Contains(body, `"last_year"`) {
				w.t.Errorf("not asked for: got %s", body)
			}
		}
	})
}

func TestComparisonsAreRefusedAsFiguresAre(t *testing.T) {
	each(t, func(w *world) {
		for query, want := range map[string]string{
			"compare=yes&place=220323102&period=2025":                    "query.compare",
			"compare=1&period=2025":                                      "query.place",
			"compare=1&place=220323102":                                  "query.period",
			"compare=1&place=220323102&period=2025&as_of=1":              "query.as_of",
			"compare=1&place=220323102&period=2025&code=manure.gold":     "figure.unknown",
			"compare=1&place=220323102999&period=2025":                   "unit.unknown",
			"compare=1&place=220324&period=2025":                         "place.no_book",
			"compare=1&place=220323102&period=2025&wait=220323102:90000": "query.wait",
		} {
			if _, code := w.refused("", "/api/v1/figures?"+query); code != want {
				w.t.Errorf("GET %s: got %s, want %s", query, code, want)
			}
		}
	})
}
