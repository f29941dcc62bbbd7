package catalog_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"qingshan/catalog"
)

// guarded lies beside the good catalog and has a guard of every form. The bad ones are made from it by changing one thing.
const guarded = `dimensions:
  money: {base: fen, zh: 金额, en: money}
  area: {base: dm2/3, zh: 面积, en: area}
  price: {base: fen/t, zh: 单价, en: price}
  yield: {base: g_per_mu, zh: 单产, en: yield}
units:
  yuan: {dimension: money, steps: 100, zh: 元, en: yuan}
  mu: {dimension: area, steps: 200000, zh: 亩, en: mu}
  yuan_per_t: {dimension: price, steps: 100, zh: 元/吨, en: yuan/t}
  kg_per_mu: {dimension: yield, steps: 1000, zh: 公斤/亩, en: kg per mu}
  percent: {dimension: ratio, steps: 10000, zh: 百分之一, en: percent}
measures:
  ditch.all: {dimension: length, basis: sum cumulative length, emitter: tally, zh: 沟渠, en: Ditches}
  ditch.network: {dimension: length, basis: stock, emitter: tally, zh: 沟网, en: Network}
kinds:
  ditch.cleared:
    part: clean-up
    zh: 清沟
    en: Ditch cleared
    place: village
    owner: town
    fields:
      length: {type: quantity, dimension: length, required: true, zh: 长度, en: length}
    emits:
      - {measure: ditch.all, amount: length}
registers:
  post:
    part: manure
    zh: 岗位
    en: Post
    place: county
    owner: any
    fields:
      role: {type: choice, required: true, zh: 职责, en: role, choices: {secretary: {zh: 书记, en: secretary}, clerk: {zh: 办事员, en: clerk}}}
  ditch:
    part: clean-up
    zh: 沟渠
    en: Ditch
    place: village
    owner: town
    fields:
      length: {type: quantity, dimension: length, required: true, zh: 长度, en: length}
    emits:
      - {measure: ditch.network, amount: length, subject: object}
figures:
  ditch.cleared: {part: clean-up, zh: 清沟, en: Cleared, unit: m, basis: sum cumulative length, of: [ditch.all]}
  ditch.distinct: {part: clean-up, zh: 清沟净长, en: Distinct length cleared, unit: m, basis: distinct length, claim: true}
  ditch.network: {part: clean-up, zh: 沟网, en: Network, unit: m, basis: stock, of: [ditch.network]}
  waste.loads: {part: clean-up, zh: 车次, en: Loads, unit: times, basis: sum, of: [waste.loads]}
  saved.cost: {part: manure, zh: 节约, en: Cost saved, unit: yuan, basis: ratio, claim: true}
  saved.gain: {part: manure, zh: 增产, en: Gain, unit: kg_per_mu, basis: ratio, claim: true}
  saved.land: {part: manure, zh: 面积, en: Land, unit: mu, basis: ratio, claim: true}
guards:
  price: {of: saved.cost, per: waste.saved, unit: yuan_per_t, min: 1500, max: 4500, usual: [2000, 3500], post: [secretary], zh: 单价, en: Price, source: 市价}
  dose: {of: waste.saved, per: saved.land, unit: kg_per_mu, max: "60.5", post: secretary, zh: 每亩, en: Dose, source: 未核实}
  share: {of: waste.domestic, per: waste.farm, unit: percent, min: -5, post: [clerk], zh: 占比, en: Share, source: 未核实}
  gain: {of: saved.gain, against: {low: 500, high: 700, unit: kg_per_mu}, unit: percent, max: 10, post: [secretary], zh: 增幅, en: Gain, source: 未核实}
  each: {of: saved.cost, per: waste.households, unit: yuan, min: 1, max: 500, post: [secretary], zh: 户均, en: Each, source: 未核实}
  trips: {of: waste.loads, per: waste.households, unit: times, max: 400, post: [secretary], zh: 户均车次, en: Trips, source: 未核实}
  load: {of: waste.domestic, per_record: true, unit: kg, min: 50, max: 20000, post: [clerk], zh: 每车, en: Load, source: 未核实}
  herd: {of: manure.deer, unit: head, max: 3000, post: [clerk], zh: 鹿, en: Deer, source: 未核实}
  stretch: {of: ditch.cleared, per: waste.loads, at_most: ditch.network, post: [clerk], zh: 每次, en: Stretch, source: 登记长度}
  distinct: {of: ditch.distinct, at_most: ditch.network, post: [clerk], zh: 净长, en: Distinct, source: 登记长度}
`

func guards(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(layer("good.yaml", good, "guarded.yaml", guarded))
	if err != nil {
		t.Fatalf("the guarded catalog is refused:\n%v", err)
	}
	return c
}

func TestGuardsOfEveryForm(t *testing.T) {
	c := guards(t)
	var names []string
	for _, g := range c.Guards() {
		names = append(names, g.Name)
	}
	if want := []string{"distinct", "dose", "each", "gain", "herd", "load", "price", "share", "stretch", "trips"}; !slices.Equal(names, want) {
		t.Fatalf("guards: got %v, want %v", names, want)
	}
	price, _ := c.Guard("price")
	if price.Of != "saved.cost" || price.Per != "waste.saved" || price.Min != "1500" || price.Max != "4500" || *price.Usual != (catalog.Range{Low: "2000", High: "3500", Unit: "yuan_per_t"}) ||
		!slices.Equal(price.Post, []string{"secretary"}) || price.Source != "市价" || price.ZH != "单价" {
		t.Errorf("price: got %+v", price)
	}
	gain, _ := c.Guard("gain")
	if *gain.Against != (catalog.Range{Low: "500", High: "700", Unit: "kg_per_mu"}) || gain.Min != "" || gain.Usual != nil {
		t.Errorf("gain: got %+v", gain)
	}
	stretch, _ := c.Guard("stretch")
	if stretch.Unit != "m" || !slices.Equal(stretch.Figures(), []string{"ditch.cleared", "waste.loads", "ditch.network"}) {
		t.Errorf("stretch: got %+v", stretch)
	}
	again, err := catalog.Decode(c.Body())
	if err != nil || again.Hash() != c.Hash() || len(again.Guards()) != len(names) {
		t.Errorf("after the round trip: %v, %d guards", err, len(again.Guards()))
	}
}

// TestGuardHoldsADistinctLength: the form that keeps a cumulative length per operation below the network's keeps a distinct
// length below it, whoever counts that one day.
func TestGuardHoldsADistinctLength(t *testing.T) {
	c := guards(t)
	g, _ := c.Guard("distinct")
	f, _ := c.Figure(g.Of)
	most, _ := c.Figure(g.AtMost)
	if f.Basis != catalog.BasisDistinctLength || most.Basis != catalog.BasisStock || g.Unit != "m" {
		t.Errorf("got %s at most %s in %s", f.Basis, most.Basis, g.Unit)
	}
}

func TestDivide(t *testing.T) {
	c := guards(t)
	unit := func(word string) catalog.Unit {
		u, found := c.Unit(word)
		if !found {
			t.Fatalf("no unit %s", word)
		}
		return u
	}
	for _, q := range []struct {
		of, per, dimension, count string
		value                     string // of 3 base units ÷ 2
	}{
		{"yuan", "kg", "price", "", "1500000"},
		{"t", "mu", "yield", "", "300000"},
		{"kg", "t", "ratio", "", "1500000"},
		{"times", "times", "ratio", "", "1500000"},
		{"times", "household", "count", "times", "3/2"},
		{"yuan", "household", "money", "", "3/2"},
		{"m", "times", "length", "", "3/2"},
		{"percent", "percent", "ratio", "", "1500000"},
		{"m", "t", "", "", ""},
		{"household", "t", "", "", ""},
		{"mu", "t", "", "", ""},
	} {
		got, ok := catalog.Divide(unit(q.of), unit(q.per))
		if ok != (q.value != "") || got.Dimension != q.dimension || got.CountWord != q.count {
			t.Errorf("%s ÷ %s: got %+v, %t", q.of, q.per, got, ok)
		}
		if !ok {
			continue
		}
		of, per := big.NewRat(3, 1), big.NewRat(2, 1)
		value := got.Of(of, per)
		if value.RatString() != q.value {
			t.Errorf("3 %s ÷ 2 %s: got %s, want %s", q.of, q.per, value.RatString(), q.value)
		}
		if back := got.Times(value, per); back.Cmp(of) != 0 {
			t.Errorf("%s ÷ %s: back again %s, want 3", q.of, q.per, back.RatString())
		}
	}
}

func TestLoadRefusesGuards(t *testing.T) {
	for _, b := range []bad{
		{"price: {of: saved.cost,", "price: {of: saved.money,", `guard price: of: unknown figure "saved.money"`},
		{"price: {of: saved.cost,", "price: {", "guard price: of is missing"},
		{"per: waste.saved, unit", "per: waste.kept, unit", `guard price: per: unknown figure "waste.kept"`},
		{"per: waste.saved, unit", "per: saved.cost, unit", "guard price: per: a figure divided by itself"},
		{"per: waste.saved, unit", "per: waste.flown, unit", "figure waste.flown is not-comparable"},
		{"per: waste.saved, unit", "per: waste.mood, unit", "figure waste.mood has no unit"},
		{"per: waste.saved, unit", "per: ditch.network, unit", "unit clash: money ÷ length is no quantity"},
		{"unit: yuan_per_t, min: 1500", "unit: yuan, min: 1500", "unit clash: what is judged is of price, yuan is a unit of money"},
		{"unit: yuan_per_t, min: 1500", "min: 1500", "guard price: unit is missing"},
		{"unit: yuan_per_t, min: 1500", "unit: pound, min: 1500", `guard price: unknown unit "pound"`},
		{"min: 1500, max: 4500", "min: 4501, max: 4500", "guard price: max is below min"},
		{"min: 1500, max: 4500", "min: 1.5e3, max: 4500", `guard price: min: "1.5e3" is not a decimal number`},
		{"min: 1500, max: 4500, usual: [2000, 3500]", "usual: [2000, 3500]", "no bound: min, max or at_most is missing"},
		{"usual: [2000, 3500]", "usual: [3500, 2000]", "usual: the second number is below the first"},
		{"usual: [2000, 3500]", "usual: [2000, 5000]", "usual: the ordinary range is not within min and max"},
		{"usual: [2000, 3500]", "usual: [1000, 2000]", "usual: the ordinary range is not within min and max"},
		{"usual: [2000, 3500]", "usual: 2000", "usual: want two numbers"},
		{"usual: [2000, 3500]", "usual: [2000, much]", `usual: "much" is not a decimal number`},
		{"post: [secretary], zh: 单价", "post: [mayor], zh: 单价", `guard price: post: unknown role "mayor"`},
		{"post: [secretary], zh: 单价", "post: [clerk, clerk], zh: 单价", "guard price: post: role clerk stands twice"},
		{"post: [secretary], zh: 单价", "zh: 单价", "guard price: post is missing"},
		{", source: 市价", "", "guard price: source is missing"},
		{"zh: 单价, en: Price", "zh: 单价", "guard price: en is missing"},
		{"  price: {of", "  Price: {of", `guard "Price" is not a dotted lower-case word`},
		{"price: {of: saved.cost,", "price: {colour: red, of: saved.cost,", `price: unknown key "colour"`},
		{"per: waste.saved, unit", "per: waste.saved, per_record: true, unit", "either per, per_record or against"},
		{"{of: waste.domestic, per_record", "{of: manure.deer, per_record", "per_record: figure manure.deer is not a sum over records"},
		{"{of: waste.domestic, per_record", "{of: waste.saved, per_record", "per_record: figure waste.saved is not a sum over records"},
		{"{low: 500, high: 700, unit: kg_per_mu}", "{low: 500, high: 400, unit: kg_per_mu}", "against: high is below low"},
		{"{low: 500, high: 700, unit: kg_per_mu}", "{low: 0, high: 400, unit: kg_per_mu}", "against: low is not above 0"},
		{"{low: 500, high: 700, unit: kg_per_mu}", "{high: 400, unit: kg_per_mu}", "against: low is missing"},
		{"{low: 500, high: 700, unit: kg_per_mu}", "{low: 500, high: 700}", "against: unit is missing"},
		{"{low: 500, high: 700, unit: kg_per_mu}", "{low: 500, high: 700, unit: yuan}", "unit clash: yield ÷ money is no quantity"},
		{"unit: head, max: 3000", "unit: times, max: 3000", "unit clash: what is judged counts head, not times"},
		{"at_most: ditch.network, post: [clerk], zh: 每次", "at_most: ditch.network, unit: m, post: [clerk], zh: 每次", "unit has no meaning beside at_most"},
		{"at_most: ditch.network, post: [clerk], zh: 每次", "at_most: ditch.network, max: 3, post: [clerk], zh: 每次", "max has no meaning beside at_most"},
		{"at_most: ditch.network, post: [clerk], zh: 每次", "at_most: saved.cost, post: [clerk], zh: 每次", "at_most: unit clash: what is judged is of length, yuan is a unit of money"},
		{"at_most: ditch.network, post: [clerk], zh: 每次", "at_most: ditch.web, post: [clerk], zh: 每次", `at_most: unknown figure "ditch.web"`},
		{"{of: ditch.distinct, at_most: ditch.network", "{of: ditch.network, at_most: ditch.network", "figure ditch.network against itself"},
		{"  price: {base: fen/t,", "  price: {base: fen/kg,", "cannot be reckoned in other base units"},
	} {
		text := strings.Replace(guarded, b.find, b.change, 1)
		if text == guarded {
			t.Errorf("%q is not in the guarded catalog", b.find)
			continue
		}
		at := b.find
		if strings.Contains(b.reason, "base units") {
			at = "  price: {of" // refused where the guard stands
		}
		want := fmt.Sprintf("bad.yaml:%d: ", 1+strings.Count(guarded[:strings.Index(guarded, at)], "\n"))
		if _, err := catalog.Load(layer("good.yaml", good, "bad.yaml", text)); !named(err, want, b.reason) {
			t.Errorf("with %q for %q:\n got %v\nwant %s…%s", b.change, b.find, err, want, b.reason)
		}
	}
}

func TestALayerOverridesBounds(t *testing.T) {
	below := guards(t)
	county := layer("county.yaml", "guards:\n  herd: {of: manure.deer, unit: head, max: 900, post: [secretary], zh: 鹿, en: Deer, source: 县畜牧站}\n")
	c, err := catalog.Load(layer("good.yaml", good, "guarded.yaml", guarded), county)
	if err != nil {
		t.Fatalf("the county's layer is refused:\n%v", err)
	}
	if g, _ := c.Guard("herd"); g.Max != "900" || g.Source != "县畜牧站" || c.Hash() == below.Hash() || len(c.Guards()) != len(below.Guards()) {
		t.Errorf("got %+v, hash unchanged %t", g, c.Hash() == below.Hash())
	}
}
