package api

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"qingshan/guard"
	"qingshan/record"
)

const judgedYear = "/api/v1/verdicts?place=" + village + "&period=2025"

// claim has the town's clerk write down what the village says about itself.
func (w *world) claim(figure, amount, unit string) {
	w.t.Helper()
	w.append(town, "register.claim", 20251208, village, record.Values{"object": record.Text("claim-" + strings.ReplaceAll(figure, ".", "-")), "figure": record.Text(figure),
		"amount": record.Text(amount), "unit": record.Text(unit), "author": record.Text("新宏村"), "period": record.Text("2025")})
	w.must(w.runner.CatchUp(w.t.Context(), town))
}

func TestVerdicts(t *testing.T) {
	each(t, func(w *world) {
		w.claim("manure.cost_saved", "1560000", "yuan")
		w.claim("manure.fertiliser_saved", "118", "t")
		var a verdictsAnswer
		w.read("", judgedYear+"&code=manure.cost_saved", &a)
		if a.PlaceName != "新宏村" || a.Period != "2025" || a.StandsOn[town] != 7 || a.Catalog != w.catalog.Hash().String() || len(a.Verdicts) != 1 {
			w.t.Fatalf("answer: got %+v", a)
		}
		v := a.Verdicts[0]
		if v.Guard != "manure.price_of_saving" || v.Status != "outside" || v.Value != "13220.338983" || v.ValueTo != "" || v.Unit != "yuan_per_t" || !v.Objects ||
			v.Author != "新宏村" || v.ClaimedAt != village || v.Min != "1500" || v.Max != "4500" || *v.AtUsual != (guard.ShownRange{Low: "236000", High: "413000", Unit: "yuan"}) || v.Explanation != nil {
			w.t.Errorf("price: got %+v", v)
		}
		if !slices.Contains(v.Lines, "为农户节约成本：1,560,000 元 ÷ 118 吨 ≈ 13,220.34 元/吨") || len(v.Figures) != 2 || v.Figures[0].Place != village || v.Figures[0].Author != "新宏村" {
			w.t.Errorf("arithmetic: got %v from %+v", v.Lines, v.Figures)
		}
		if len(v.Otherwise) != 1 || v.Otherwise[0].Place != "220323102" || v.Otherwise[0].Value != v.Value {
			w.t.Errorf("the other reading: got %+v", v.Otherwise)
		}
		w.read("", judgedYear, &a)
		if len(a.Verdicts) != len(w.catalog.Guards()) {
			w.t.Errorf("all: got %d verdicts, want %d", len(a.Verdicts), len(w.catalog.Guards()))
		}
		at := slices.IndexFunc(a.Verdicts, func(v guard.Shown) bool { return v.Guard == "clean.people_within_residents" })
		if v := a.Verdicts[at]; v.Status != "unknown" || v.Reason != "缺少“组织党员群众”，无法校核。" || v.Objects {
			w.t.Errorf("people: got %+v", v)
		}
	})
}

func TestVerdictsInEnglishUnchangedAndRefused(t *testing.T) {
	each(t, func(w *world) {
		w.claim("manure.yield_gain", "250", "jin_per_mu")
		ask := func(tag string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("GET", judgedYear+"&code=manure.yield_gain", nil)
			r.Header.Set("Accept-Language", "en")
			r.Header.Set("If-None-Match", tag)
			answer := httptest.NewRecorder()
			w.mux.ServeHTTP(answer, r)
			return answer
		}
		first := ask("")
		if body := first.Body.String(); !strings.Contains(body, "250 jin per mu ÷ 500–700 kg per mu ≈ 17.86–25 %") || !strings.Contains(body, `"value_to":"25"`) {
			w.t.Errorf("English: got %s", body)
		}
		if again := ask(first.Header().Get("ETag")); again.Code != 304 {
			w.t.Errorf("the same state: got %d", again.Code)
		}
		w.load(20250605, 1_000_000)
		w.must(w.runner.CatchUp(w.t.Context(), town))
		if moved := ask(first.Header().Get("ETag")); moved.Code != 200 {
			w.t.Errorf("after another load: got %d", moved.Code)
		}
		for path, want := range map[string]string{
			"/api/v1/verdicts?period=2025":                                      "query.place",
			"/api/v1/verdicts?place=220323102":                                  "query.period",
			judgedYear + "&as_of=yesterday":                                     "query.as_of",
			judgedYear + "&code=manure.gold":                                    "figure.unknown",
			"/api/v1/verdicts?place=220323102999&period=2025":                   "unit.unknown",
			"/api/v1/verdicts?place=220324&period=2025":                         "place.no_book",
			"/api/v1/verdicts?place=220323102&period=2025&wait=220323102:90000": "query.wait",
		} {
			if _, code := w.refused("", path); code != want {
				w.t.Errorf("GET %s: got %s, want %s", path, code, want)
			}
		}
	})
}
