package guard_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"qingshan/catalog"
	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/lang"
	"qingshan/record"
)

// county lays guards of forms over the standard catalog that its own do not use.
const county = `guards:
  test.least: {of: clean.domestic_waste, unit: t, min: 10, post: [clerk], zh: 下限, en: Least, source: 试}
  test.band: {of: clean.domestic_waste, unit: kg, min: 1000, max: 2000, usual: [1200, 1800], post: [clerk], zh: 带, en: Band, source: 试}
  test.ratio: {of: clean.domestic_waste, per: clean.farm_waste, unit: percent, max: 50, post: [clerk], zh: 占比, en: Share, source: 试}
  test.words: {of: river.problems_rectified, per: river.patrols, unit: problem, max: 10, post: [clerk], zh: 每次, en: Each, source: 试}
  test.figure: {of: river.problems_per_patrol, unit: per_one, max: 4, post: [clerk], zh: 比, en: Ratio, source: 试}
`

func words(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(catalog.StandardFiles(), fstest.MapFS{"county.yaml": {Data: []byte(county)}})
	if err != nil {
		t.Fatalf("the catalog is refused:\n%v", err)
	}
	return c
}

// households judges what was saved by the households that were guided.
func households(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(catalog.StandardFiles(), fstest.MapFS{"county.yaml": {Data: []byte(`guards:
  test.saved_per_household: {of: manure.cost_saved, per: manure.households_guided, unit: yuan, max: 10000, post: [clerk], zh: 户均节约, en: Saved each, source: 试}
`)}})
	if err != nil {
		t.Fatalf("the catalog is refused:\n%v", err)
	}
	return c
}

const huohong record.UnitCode = "220323102210"

// counted is what a board gives of a figure: base units, and the records behind it.
func counted(c *catalog.Catalog, code string, amount, records int64) guard.Figure {
	f, known := c.Figure(code)
	if !known {
		panic("no figure " + code)
	}
	unit, _ := c.Unit(f.Unit)
	value := unit.Format(amount)
	return guard.Figure{Place: huohong, Reading: indicator.Reading{Figure: f, Status: f.Status, Value: &value, Amount: amount, Unit: f.Unit, Records: records}}
}

// says is what a board gives of a claim.
func says(c *catalog.Catalog, code, amount, unit string) guard.Figure {
	f, known := c.Figure(code)
	if !known {
		panic("no figure " + code)
	}
	return guard.Figure{Place: huohong, Reading: indicator.Reading{Figure: f, Status: f.Status, Value: &amount, Unit: unit, Records: 1, Author: "火红村"}}
}

func TestJudge(t *testing.T) {
	c := words(t)
	const t1, km, yuan = 1_000_000, 1_000_000, 100
	for name, j := range map[string]struct {
		guard   string
		figures []guard.Figure
		want    string // status, value, times
	}{
		"the price that was claimed": {"manure.price_of_saving", []guard.Figure{says(c, "manure.cost_saved", "1560000", "yuan"), says(c, "manure.fertiliser_saved", "118", "t")},
			"outside 13220.338983 2.937853 3.77724–6.610169 177000–531000 236000–413000"},
		"the same in other units": {"manure.price_of_saving", []guard.Figure{says(c, "manure.cost_saved", "156", "万元"), says(c, "manure.fertiliser_saved", "118000", "kg")},
			"outside 13220.338983 2.937853 3.77724–6.610169 17.7–53.1 23.6–41.3"},
		"at the upper bound":                         {"manure.price_of_saving", []guard.Figure{says(c, "manure.cost_saved", "531000", "yuan"), says(c, "manure.fertiliser_saved", "118", "t")}, "within 4500  1.285714–2.25 177000–531000 236000–413000"},
		"a fen above the upper bound":                {"manure.price_of_saving", []guard.Figure{says(c, "manure.cost_saved", "531000.01", "yuan"), says(c, "manure.fertiliser_saved", "118", "t")}, "outside 4500.000085 1 1.285714–2.25 177000–531000 236000–413000"},
		"in the ordinary range":                      {"manure.price_of_saving", []guard.Figure{says(c, "manure.cost_saved", "300000", "yuan"), says(c, "manure.fertiliser_saved", "100", "t")}, "within 3000   150000–450000 200000–350000"},
		"far too cheap":                              {"manure.price_of_saving", []guard.Figure{says(c, "manure.cost_saved", "1000", "yuan"), says(c, "manure.fertiliser_saved", "10", "t")}, "outside 100 15 0.028571–0.05 15000–45000 20000–35000"},
		"the gain that was claimed":                  {"manure.yield_gain_share", []guard.Figure{says(c, "manure.yield_gain", "250", "jin_per_mu")}, "outside 17.857143–25 1.785714   "},
		"a gain on the safe side of some crops only": {"manure.yield_gain_share", []guard.Figure{says(c, "manure.yield_gain", "60", "kg_per_mu")}, "within 8.571429–12    "},
		"a loss":                      {"manure.yield_gain_share", []guard.Figure{says(c, "manure.yield_gain", "-60", "kg_per_mu")}, "within -12–-8.571429    "},
		"reward":                      {"manure.reward_per_household", []guard.Figure{counted(c, "manure.reward_paid", 9000*yuan, 104), counted(c, "manure.households_guided", 112, 340)}, "within 80.357143   560–56000 "},
		"people":                      {"clean.people_within_residents", []guard.Figure{counted(c, "clean.people_organised", 783, 52), counted(c, "place.residents", 782, 12)}, "outside 783 1.001279   "},
		"people, just so":             {"clean.people_within_residents", []guard.Figure{counted(c, "clean.people_organised", 783, 52), counted(c, "place.residents", 783, 12)}, "within 783    "},
		"a load":                      {"clean.domestic_waste_per_load", []guard.Figure{counted(c, "clean.domestic_waste", 1314*t1, 900)}, "within 1460    "},
		"a load for a train":          {"clean.domestic_waste_per_load", []guard.Figure{counted(c, "clean.domestic_waste", 1314*t1, 3)}, "outside 438000 43.8 87.6–1460  "},
		"an operation":                {"river.cleared_per_operation", []guard.Figure{counted(c, "river.length_cleared", 530*km, 156), counted(c, "river.clearing_operations", 6, 6), counted(c, "river.network_length", 80*km, 19)}, "outside 88.333333 1.104167   "},
		"an operation, other network": {"river.cleared_per_operation", []guard.Figure{counted(c, "river.length_cleared", 530*km, 156), counted(c, "river.clearing_operations", 6, 6), counted(c, "river.network_length", 121_200_000, 19)}, "within 88.333333    "},
		"nothing below":               {"test.least", []guard.Figure{counted(c, "clean.domestic_waste", 4*t1, 3)}, "outside 4 2.5   "},
		"a band, usual":               {"test.band", []guard.Figure{counted(c, "clean.domestic_waste", 1500_000, 1)}, "within 1500    "},
		"a band, unusual":             {"test.band", []guard.Figure{counted(c, "clean.domestic_waste", 1900_000, 1)}, "within 1900  1.055556–1.583333  "},
		"a ratio":                     {"test.ratio", []guard.Figure{counted(c, "clean.domestic_waste", 3*t1, 3), counted(c, "clean.farm_waste", 4*t1, 3)}, "outside 75 1.5   "},
		"count by count":              {"test.words", []guard.Figure{counted(c, "river.problems_rectified", 860, 860), counted(c, "river.patrols", 194, 194)}, "within 4.43299    "},
	} {
		if got := judged(t, c, j.guard, j.figures); got != j.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, j.want)
		}
	}
}

func judged(t *testing.T, c *catalog.Catalog, name string, figures []guard.Figure) string {
	t.Helper()
	j := judge(t, c, name, figures)
	value := j.Value
	if j.ValueTo != j.Value {
		value += "–" + j.ValueTo
	}
	parts := []string{string(j.Status), value, j.Times}
	for _, s := range []*catalog.Range{j.TimesUsual, j.AtBounds, j.AtUsual} {
		if s == nil {
			parts = append(parts, "")
			continue
		}
		parts = append(parts, s.Low+"–"+s.High)
	}
	return strings.Join(parts, " ")
}

func judge(t *testing.T, c *catalog.Catalog, name string, figures []guard.Figure) guard.Judgement {
	t.Helper()
	g, known := c.Guard(name)
	if !known {
		t.Fatalf("no guard %s", name)
	}
	byCode := map[string]guard.Figure{}
	for _, f := range figures {
		byCode[f.Figure.Code] = f
	}
	return guard.Judge(c, g, huohong, byCode)
}

// TestJudgeReckonsExactly: what a float cannot hold is compared all the same. 0.1 + 0.2 yuan for three kilograms is at the
// bound, not above.
func TestJudgeReckonsExactly(t *testing.T) {
	c := words(t)
	for cost, want := range map[string]guard.Status{"0.0045": guard.Within, "0.00450000000000000000000000000000000001": guard.Outside} {
		j := judge(t, c, "manure.price_of_saving", []guard.Figure{says(c, "manure.cost_saved", cost, "yuan"), says(c, "manure.fertiliser_saved", "0.000001", "t")})
		if j.Status != want {
			t.Errorf("%s yuan for a gram: got %s (%s), want %s", cost, j.Status, j.Value, want)
		}
	}
}

func TestJudgeSaysWhyItCannot(t *testing.T) {
	c := words(t)
	silent := says(c, "manure.cost_saved", "1", "yuan")
	silent.Value = nil
	cost, fertiliser := says(c, "manure.cost_saved", "1560000", "yuan"), says(c, "manure.fertiliser_saved", "118", "t")
	for name, j := range map[string]struct {
		guard   string
		figures []guard.Figure
		code    string
		figure  string
	}{
		"nobody claims a cost":       {"manure.price_of_saving", []guard.Figure{fertiliser}, "guard.unknown.missing", "为农户节约成本"},
		"a claim without a number":   {"manure.price_of_saving", []guard.Figure{silent, fertiliser}, "guard.unknown.missing", "为农户节约成本"},
		"nobody claims a mass":       {"manure.price_of_saving", []guard.Figure{cost}, "guard.unknown.missing", "化肥减量"},
		"a mass of nothing":          {"manure.price_of_saving", []guard.Figure{cost, says(c, "manure.fertiliser_saved", "0", "t")}, "guard.unknown.zero", "manure.fertiliser_saved"},
		"a mass in kilometres":       {"manure.price_of_saving", []guard.Figure{cost, says(c, "manure.fertiliser_saved", "118", "km")}, "guard.unknown.unit", "manure.fertiliser_saved"},
		"a mass in a unit of nobody": {"manure.price_of_saving", []guard.Figure{cost, says(c, "manure.fertiliser_saved", "118", "车")}, "guard.unknown.unit", "manure.fertiliser_saved"},
		"nothing rewarded":           {"manure.reward_per_household", []guard.Figure{counted(c, "manure.reward_paid", 0, 0), counted(c, "manure.households_guided", 112, 340)}, "guard.unknown.missing", "奖励散养户"},
		"nobody guided":              {"manure.reward_per_household", []guard.Figure{counted(c, "manure.reward_paid", 900, 9), counted(c, "manure.households_guided", 0, 0)}, "guard.unknown.missing", "规范处理粪污农户"},
		"no residents registered":    {"clean.people_within_residents", []guard.Figure{counted(c, "clean.people_organised", 783, 52), counted(c, "place.residents", 0, 0)}, "guard.unknown.missing", "常住人口"},
	} {
		got := judge(t, c, j.guard, j.figures)
		if got.Status != guard.Unknown || got.Reason == nil || got.Reason.Code != j.code || got.Reason.ZH["figure"] != j.figure || got.Value != "" || got.Lines != nil {
			t.Errorf("%s: got %s %+v, value %q, lines %v", name, got.Status, got.Reason, got.Value, got.Lines)
		}
	}
}

func TestArithmeticInWords(t *testing.T) {
	c := words(t)
	sentences, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	j := judge(t, c, "manure.price_of_saving", []guard.Figure{says(c, "manure.cost_saved", "1560000", "yuan"), says(c, "manure.fertiliser_saved", "118", "t")})
	var zh, en []string
	for _, l := range j.Lines {
		zh = append(zh, sentences.Say(lang.Chinese, l.Code, l.Data(true)))
		en = append(en, sentences.Say(lang.English, l.Code, l.Data(false)))
	}
	wantZH := []string{"为农户节约成本：1,560,000 元 ÷ 118 吨 ≈ 13,220.34 元/吨", "可信范围 1,500–4,500 元/吨", "为上限的 ≈2.94 倍",
		"通常为 2,000–3,500 元/吨；为通常范围的 ≈3.78–6.61 倍", "按 1,500–4,500 元/吨，118 吨合 177,000–531,000 元", "按通常的 2,000–3,500 元/吨，118 吨合 236,000–413,000 元"}
	wantEN := []string{"Cost saved for farmers: 1,560,000 yuan ÷ 118 t ≈ 13,220.34 yuan/t", "Plausible is 1,500–4,500 yuan/t", "It is ≈2.94 times the upper bound",
		"Usual is 2,000–3,500 yuan/t; it is ≈3.78–6.61 times that", "At 1,500–4,500 yuan/t, 118 t would come to 177,000–531,000 yuan", "At the usual 2,000–3,500 yuan/t, 118 t would come to 236,000–413,000 yuan"}
	if !slices.Equal(zh, wantZH) {
		t.Errorf("in Chinese:\n got %s\nwant %s", strings.Join(zh, "\n     "), strings.Join(wantZH, "\n     "))
	}
	if !slices.Equal(en, wantEN) {
		t.Errorf("in English:\n got %s\nwant %s", strings.Join(en, "\n     "), strings.Join(wantEN, "\n     "))
	}
}

// TestEveryLineHasItsSentence judges by every guard of the catalog, inside and outside, and has every line said.
func TestEveryLineHasItsSentence(t *testing.T) {
	c := words(t)
	sentences, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, g := range c.Guards() {
		for _, amount := range []int64{1, 1_000, 1_000_000, 1_000_000_000_000} {
			figures := map[string]guard.Figure{}
			for i, code := range g.Figures() {
				f, _ := c.Figure(code)
				if figures[code] = counted(c, code, amount>>(3*i)+1, 2); f.Status == catalog.Claimed {
					figures[code] = says(c, code, fmt.Sprint(amount>>(3*i)+1), f.Unit)
				}
			}
			j := guard.Judge(c, g, huohong, figures)
			if j.Status == guard.Unknown {
				t.Fatalf("%s of %d: unknown, %+v", g.Name, amount, j.Reason)
			}
			for _, l := range j.Lines {
				said[l.Code] = true
				for _, text := range []string{sentences.Say(lang.Chinese, l.Code, l.Data(true)), sentences.Say(lang.English, l.Code, l.Data(false))} {
					if strings.Contains(text, "…") || strings.Contains(text, l.Code) {
						t.Errorf("%s: %s says %q", g.Name, l.Code, text)
					}
				}
			}
		}
	}
	if len(said) < 12 {
		t.Errorf("only %d kinds of lines were said: %v", len(said), said)
	}
}
