package catalog_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"qingshan/catalog"
	"qingshan/record"
)

// good is a small catalog with everything in it. The bad ones are made from it by changing one thing.
const good = `dimensions:
  count: {base: "1", zh: 计数, en: count}
  mass: {base: g, zh: 质量, en: mass}
  length: {base: mm, zh: 长度, en: length}
  ratio: {base: ppm, zh: 比率, en: ratio}
units:
  kg: {dimension: mass, steps: 1000, zh: 千克, en: kg}
  t: {dimension: mass, steps: 1000000, zh: 吨, en: t}
  m: {dimension: length, steps: 1000, zh: 米, en: m}
  per_one: {dimension: ratio, steps: 1000000, zh: 比值, en: to one}
  times: {dimension: count, steps: 1, zh: 次, en: times}
  head: {dimension: count, steps: 1, zh: 头, en: head}
  household: {dimension: count, steps: 1, zh: 户, en: households}
parts:
  clean-up: {zh: 整治, en: Clean-up}
  manure: {zh: 粪污, en: Manure}
measures:
  waste.domestic: {dimension: mass, basis: sum, emitter: tally, zh: 生活垃圾, en: Domestic waste}
  waste.farm: {dimension: mass, basis: sum, emitter: tally, zh: 农业废弃物, en: Farm waste}
  waste.loads: {dimension: count, unit: times, basis: sum, emitter: tally, zh: 车次, en: Loads}
  waste.reported: {dimension: count, unit: times, basis: as reported, emitter: tally, zh: 上报, en: Reported}
  waste.households: {dimension: count, unit: household, basis: distinct households, emitter: tally, zh: 户数, en: Households}
  herd.heads: {dimension: count, unit: head, basis: stock, emitter: tally, by: [deer, pig], zh: 存栏, en: Heads}
kinds:
  waste.load:
    part: clean-up
    zh: 清运
    en: Waste carted
    place: village
    owner: town
    facet: true
    fields:
      category: {type: choice, required: true, zh: 类别, en: category, choices: {domestic: {zh: 生活, en: domestic}, farm: {zh: 农业, en: farm}}}
      mass: {type: quantity, dimension: mass, required: true, min: 1 kg, hold_above: 20 t, max: 200 t, zh: 重量, en: mass}
      trips: {type: count, unit: times, hold_above: 50, max: 100, zh: 次数, en: trips}
      household: {type: ref, refs: household, zh: 农户, en: household}
      driver: {type: text, personal: true, mask: name, max_runes: 4, zh: 司机, en: driver}
      covered: {type: bool, zh: 遮盖, en: covered}
      emptied: {type: day, zh: 清空日, en: emptied}
      price: {type: decimal, zh: 单价, en: price}
      offset: {type: quantity, dimension: length, min: -5 m, max: 5 m, zh: 偏移, en: offset}
    emits:
      - {measure: waste.domestic, amount: mass, when: {category: domestic}}
      - {measure: waste.farm, amount: mass, when: {category: [farm], covered: true}}
      - {measure: waste.loads, amount: "1", once: household}
      - {measure: waste.reported, amount: trips}
      - {measure: waste.households, subject: household}
  waste.visit:
    part: clean-up
    zh: 走访
    en: Visit
    place: town
    owner: any
    fields:
      household: {type: ref, required: true, refs: household, zh: 农户, en: household}
registers:
  household:
    part: manure
    zh: 农户
    en: Household
    place: village
    owner: town
    label: class
    fields:
      class: {type: text, zh: 类型, en: class}
      name: {type: text, personal: true, zh: 姓名, en: name}
  herd:
    part: manure
    zh: 畜群
    en: Herd
    place: village
    owner: town
    fields:
      species: {type: choice, required: true, zh: 畜种, en: species, choices: {deer: {zh: 鹿, en: deer}, pig: {zh: 猪, en: pig}}}
      heads: {type: count, unit: head, required: true, zh: 存栏, en: heads}
    emits:
      - {measure: herd.heads, by: species, amount: heads, subject: object}
figures:
  manure.deer: {part: manure, zh: 鹿, en: Deer, unit: head, basis: stock, of: [herd.heads.deer]}
  waste.domestic: {part: clean-up, zh: 生活垃圾, en: Domestic, unit: t, basis: sum, of: [waste.domestic]}
  waste.farm: {part: clean-up, zh: 农业, en: Farm, unit: kg, basis: sum, of: [waste.farm]}
  waste.all: {part: clean-up, zh: 合计, en: All, unit: t, basis: sum, plus: [waste.domestic, waste.farm]}
  waste.share: {part: clean-up, zh: 占比, en: Share, unit: per_one, basis: ratio, ratio: {of: waste.domestic, per: waste.all}}
  waste.households: {part: clean-up, zh: 户数, en: Households, unit: household, basis: distinct households, of: [waste.households]}
  waste.saved: {part: clean-up, zh: 节约, en: Saved, unit: t, basis: ratio, claim: true}
  waste.mood: {part: clean-up, zh: 意愿, en: Mood, basis: ratio, claim: true}
  waste.flown: {part: clean-up, zh: 巡航, en: Flown, basis: sum, not_comparable: 原文中断}
`

func layer(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i+1 < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

// small gives the good catalog or ends the test.
func small(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(layer("good.yaml", good))
	if err != nil {
		t.Fatalf("the good catalog is refused:\n%v", err)
	}
	return c
}

// bad is one change to the good catalog and the reason that must be given. In the change, "here" in a comment marks the line
// that must be named; without it, it is the line of the change.
type bad struct {
	find, change, reason string
}

func TestLoadRefusesForm(t *testing.T) {
	refuses(t, []bad{
		{"parts:\n", "partz: # here\n", `unknown section "partz"`},
		{"parts:\n", "parts: [ # here\n", "YAML: did not find"},
		{"parts:\n", "parts: a: b # here\n", "YAML: mapping values are not allowed"},
		{"  m: {", "\tm: {", "YAML: found character that cannot start any token"},
		{"figures:\n", "--- # here\nfigures:\n", "a second document in one file"},
		{"steps: 1000, zh: 千克", "steps: 1000, colour: red, zh: 千克", `kg: unknown key "colour"`},
		{"  kg: {dimension: mass,", "  kg: {weight: heavy, dimension: mass,", `kg: unknown key "weight"`},
		{"  kg: {", "  kg: {zh: 公斤, ", `kg: "zh" stands twice, first in line 7`},
		{"  m: {", "  kg: {dimension: mass, steps: 1000, zh: 千克, en: kg} # here\n  m: {", `units: "kg" stands twice, first in line 7`},
		{"  m: {dimension: length, steps: 1000, zh: 米, en: m}", "  m: metre # here", `m: want "key: value" pairs`},
		{"en: Clean-up}", "en: } # here", "clean-up: en: the value is empty"},
		{"{zh: 整治, en: Clean-up}", "&a {zh: 整治, en: Clean-up}\n  copy: *a # here", `copy: want "key: value" pairs`},
		{"en: Clean-up}", "en: !!str Clean-up} # here", "clean-up: en: tags are not used in catalogs"},
		{"en: Clean-up}", `en: "Clean\u0007up"} # here`, "clean-up: en: the value holds control characters"},
		{"facet: true", "facet: yes # here", `waste.load: facet: "yes" is neither true nor false`},
		{"    emits:\n      - {measure: herd.heads, by: species, amount: heads, subject: object}", "    emits: {} # here", "herd: emits: want a list"},
		{"figures:\n", "figures: 3 # here\nx:\n", `figures: want "key: value" pairs`},
	})
}

func TestLoadRefusesWords(t *testing.T) {
	refuses(t, []bad{
		{"zh: 千克, en: kg}", "zh: 千克} # here", "unit kg: en is missing"},
		{"  kg: {dimension: mass,", "  Kg: {dimension: mass,", `unit "Kg" is not a lower-case word`},
		{"  kg: {dimension: mass,", "  kg: {dimension: weight,", `unit kg: unknown dimension "weight"`},
		{"steps: 1000, zh: 千克", "steps: 0, zh: 千克", "unit kg: steps 0, want at least 1"},
		{"steps: 1000, zh: 千克", "steps: 1e3, zh: 千克", `kg: steps: "1e3" is not a whole number`},
		{"  times: {dimension: count, steps: 1,", "  times: {dimension: count, steps: 12,", "unit times: steps 12, but a count word has 1"},
		{"  mass: {base: g,", "  mass: {", "dimension mass: base is missing"},
	})
}

func TestLoadRefusesMeasures(t *testing.T) {
	refuses(t, []bad{
		{"waste.domestic: {dimension: mass,", "waste.domestic: {dimension: weight,", `measure waste.domestic: unknown dimension "weight"`},
		{"waste.domestic: {dimension: mass, basis: sum,", "waste.domestic: {dimension: mass, basis: total,", `measure waste.domestic: basis: unknown word "total"`},
		{"waste.domestic: {dimension: mass, basis: sum,", "waste.domestic: {dimension: mass, basis: ratio,", "measure waste.domestic: basis ratio is for figures only"},
		{"waste.domestic: {dimension: mass, basis: sum,", "waste.domestic: {dimension: mass, basis: distinct length,", `basis "distinct length" is reserved`},
		{"waste.domestic: {dimension: mass, basis: sum,", "waste.domestic: {dimension: mass, basis: sum cumulative length,", `of mass, want length`},
		{"waste.domestic: {dimension: mass, basis: sum,", "waste.domestic: {dimension: mass, basis: distinct persons,", `of mass, want count`},
		{"waste.domestic: {dimension: mass,", "waste.domestic: {aggregator: stock, dimension: mass,", "aggregator stock, but the basis means sum"},
		{"waste.domestic: {dimension: mass,", "waste.domestic: {aggregator: interval, dimension: mass,", "aggregator interval is reserved"},
		{"waste.domestic: {dimension: mass,", "waste.domestic: {aggregator: mean, dimension: mass,", `unknown aggregator "mean"`},
		{"waste.domestic: {dimension: mass,", "waste.domestic: {unit: t, dimension: mass,", "only counts name one"},
		{"waste.loads: {dimension: count, unit: times,", "waste.loads: {dimension: count,", "measure waste.loads: unit is missing"},
		{"waste.loads: {dimension: count, unit: times,", "waste.loads: {dimension: count, unit: kg,", "unit clash: kg is a unit of mass, not a count word"},
		{"emitter: tally, zh: 生活垃圾", "zh: 生活垃圾", "measure waste.domestic: emitter is missing"},
		{"emitter: tally, zh: 生活垃圾", "emitter: [tally, cases], zh: 生活垃圾", "two emitters, tally and cases"},
		{"emitter: tally, zh: 生活垃圾", "emitter: gossip, zh: 生活垃圾", `emitter: unknown word "gossip"`},
		{"by: [deer, pig]", "by: [deer, deer]", "measure herd.heads.deer is defined twice"},
		{"by: [deer, pig]", "by: [deer, Pig]", `by "Pig" is not a lower-case word`},
		{"by: [deer, pig]", "by: []", "herd.heads: by: the list is empty"},
	})
}

func TestLoadRefusesKindsAndFields(t *testing.T) {
	refuses(t, []bad{
		{"    part: clean-up\n    zh: 清运", "    part: cleanup # here\n    zh: 清运", `kind waste.load: unknown part "cleanup"`},
		{"    place: village\n    owner: town\n    facet", "    place: hamlet # here\n    owner: town\n    facet", `kind waste.load: place: unknown word "hamlet"`},
		{"    owner: any\n", "    owner: nobody # here\n", `kind waste.visit: owner: unknown word "nobody"`},
		{"  waste.visit:", "  book.opened: # here", "kind book.opened belongs to the system"},
		{"  waste.visit:", "  register.herd: # here", `names under "register." belong to registers`},
		{"  waste.visit:", "  Waste.Visit: # here", `kind "Waste.Visit" is not a dotted lower-case word`},
		{"  waste.visit:\n", "  waste.visit:\n    system: true # here\n", `waste.visit: unknown key "system"`},
		{"  waste.visit:", "  waste.visit:\n    <<: {} # here\n  x.y:", `waste.visit: unknown key "<<"`},
		{"  waste.visit:\n    part: clean-up\n    zh: 走访\n    en: Visit\n    place: town\n    owner: any\n    fields:\n      household: {type: ref, required: true,",
			"  waste.visit: # here\n    part: clean-up\n    zh: 走访\n    en: Visit\n    place: town\n    owner: any\n    fields:\n      household: {type: ref,",
			"kind waste.visit: no field is required"},
		{"trips: {type: count,", "trips: {type: integer,", `field trips: type: unknown word "integer"`},
		{"trips: {type: count, unit: times,", "trips: {type: count, unit: dozen,", `field trips: unknown unit "dozen"`},
		{"trips: {type: count, unit: times,", "trips: {type: count, unit: kg,", "unit clash: kg is a unit of mass, not a count word"},
		{"mass: {type: quantity, dimension: mass,", "mass: {type: quantity,", "field mass: dimension is missing"},
		{"mass: {type: quantity, dimension: mass,", "mass: {type: quantity, dimension: count,", "a quantity of count; use type count"},
		{"choices: {domestic: {zh: 生活, en: domestic}, farm: {zh: 农业, en: farm}}}", "choices: {domestic: {zh: 生活}}}", "field category: choice domestic: en is missing"},
		{", choices: {deer: {zh: 鹿, en: deer}, pig: {zh: 猪, en: pig}}}", "}", "field species: choices are missing"},
		{"household: {type: ref, refs: household,", "household: {type: ref, refs: farm,", `field household: refs: unknown register "farm"`},
		{"household: {type: ref, refs: household,", "household: {type: ref,", "field household: refs is missing"},
		{"max_runes: 4", "max_runes: 99999", "max_runes 99999, want 1 to 4000"},
		{"mask: name", "mask: hat", `mask: unknown word "hat"`},
		{"covered: {type: bool,", "covered: {type: bool, mask: name,", "field covered: mask has no meaning here"},
		{"covered: {type: bool,", "covered: {type: bool, max: 3,", "field covered: max has no meaning here"},
		{"min: 1 kg", "min: 1 stone", `min: "1 stone", want an amount, a space and a known unit`},
		{"min: 1 kg", "min: 1 m", "unit clash: m is a unit of length, the field is of mass"},
		{"min: 1 kg", "min: 0.0001 kg", `min: "0.0001 kg" is no whole number of base units`},
		{"min: 1 kg", "min: 201 t", "field mass: max is below min"},
		{"hold_above: 20 t", "hold_above: 200 t", "hold_above is not below max"},
		{"hold_above: 20 t", "hold_above: 300 t", "hold_above is not below max"},
		{"hold_above: 50,", "hold_above: 50 times,", "want a whole number without unit"},
		{"household: {type: ref, refs: household,", "household: {type: ref, refs: unit, min: 3,", "field household: min has no meaning here"},
		{"farm: {zh: 农业, en: farm}}}", "Farm: {zh: 农业, en: farm}}}", `choice "Farm" is not a lower-case word`},
		{"    label: class", "    label: kind # here", `register household: label: unknown field "kind"`},
		{"    label: class", "    label: name # here", "register household: label: field name is personal"},
		{"      class: {type: text, zh: 类型", "      object: {type: text, zh: 类型", "field object is defined twice"},
	})
}

func TestLoadRefusesEmissions(t *testing.T) {
	refuses(t, []bad{
		{"{measure: waste.domestic, amount: mass", "{measure: waste.wet, amount: mass", `unknown measure "waste.wet"`},
		{"{measure: waste.domestic, amount: mass", "{amount: mass", "measure is missing"},
		{"{measure: waste.domestic, amount: mass", "{measure: waste.domestic, amount: bulk", `amount: unknown field "bulk"`},
		{"{measure: waste.domestic, amount: mass", `{measure: waste.domestic, amount: "1"`, "unit clash: amount 1 for a measure of mass"},
		{"{measure: waste.domestic, amount: mass", "{measure: waste.domestic, amount: offset", "unit clash: field offset is of length, the measure of mass"},
		{"{measure: waste.domestic, amount: mass", "{measure: waste.domestic, amount: covered", "field covered is a bool, want a quantity or a count"},
		{"when: {category: domestic}", "when: {sort: domestic}", `when: unknown field "sort"`},
		{"when: {category: domestic}", "when: {category: wet}", `when: unknown choice "wet" of category`},
		{"when: {category: domestic}", "when: {mass: 3}", "field mass is a quantity, want a choice or bool"},
		{"covered: true}}", "covered: maybe}}", `"maybe" of covered is neither true nor false`},
		{"once: household", "once: farm", `once: unknown field "farm"`},
		{"once: household", "once: driver", "field driver is personal and may not reach a fact"},
		{"{measure: waste.reported, amount: trips", "{measure: herd.heads.pig, amount: trips", "unit clash: field trips counts times, the measure head"},
		{"{measure: waste.households, subject: household}", "{measure: waste.households}", "a distinct measure needs a subject"},
		{"{measure: waste.households, subject: household}", "{measure: waste.households, subject: driver}", "field driver is personal"},
		{"{measure: waste.households, subject: household}", "{measure: waste.households, amount: trips, subject: household}", "counts each subject once"},
		{"{measure: waste.households, subject: household}", `{measure: waste.households, subject: "about:farm"}`, `subject: unknown register "farm"`},
		{"{measure: waste.households, subject: household}", "{measure: waste.households, subject: mass}", "field mass is a quantity, want a ref, record, text or choice"},
		{"{measure: herd.heads, by: species,", "{measure: herd.heads,", "the measure is divided by deer, pig"},
		{"{measure: herd.heads, by: species,", "{measure: herd.heads, by: heads,", "by: field heads is a count, want a choice"},
		{"{measure: herd.heads, by: species,", "{measure: waste.loads, by: species,", `no measure "waste.loads" that is divided with by`},
		{"pig: {zh: 猪, en: pig}}}\n      heads: {type: count, unit: head, required: true, zh: 存栏, en: heads}\n    emits:\n      - {measure: herd.heads, by: species, amount: heads, subject: object}\n",
			"ox: {zh: 牛, en: ox}}}\n      heads: {type: count, unit: head, required: true, zh: 存栏, en: heads}\n    emits:\n      - {measure: herd.heads, by: species, amount: heads, subject: object} # here\n",
			"by: the measure has no word for the choice ox of species"},
	})
}

func TestLoadRefusesFigures(t *testing.T) {
	refuses(t, []bad{
		{"waste.domestic: {part: clean-up, zh: 生活垃圾, en: Domestic, unit: t,", "waste.domestic: {part: clean-up, zh: 生活垃圾, en: Domestic, unit: m,", "unit clash: waste.domestic is of mass, unit m of length"},
		{"en: Deer, unit: head,", "en: Deer, unit: times,", "unit clash: herd.heads.deer counts head, the figure times"},
		{"en: Deer, unit: head, basis: stock,", "en: Deer, unit: head, basis: sum,", `adds unlike things: basis "stock" of herd.heads.deer, the figure's is "sum"`},
		{"of: [herd.heads.deer]", "of: [herd.heads]", "measure herd.heads is divided; name herd.heads.deer, herd.heads.pig"},
		{"of: [herd.heads.deer]", "of: [herd.heads.cow]", `unknown measure "herd.heads.cow"`},
		{"of: [herd.heads.deer]", "of: [herd.heads.deer, herd.heads.deer]", "measure herd.heads.deer is added twice"},
		{", of: [herd.heads.deer]", "", "nothing to count"},
		{"of: [waste.households]}", "of: [waste.households, waste.households]}", "a subject of two distinct measures would count twice"},
		{"plus: [waste.domestic, waste.farm]", "plus: [waste.domestic, waste.wet]", `plus: unknown figure "waste.wet"`},
		{"plus: [waste.domestic, waste.farm]", "plus: [waste.domestic, waste.saved]", "figure waste.saved is claimed"},
		{"plus: [waste.domestic, waste.farm]", "plus: [waste.domestic, manure.deer]", `adds unlike things: basis "stock" of manure.deer`},
		{"plus: [waste.domestic, waste.farm]", "plus: [waste.domestic, waste.all]", "a cycle: waste.all → waste.all"},
		{"unit: kg, basis: sum, of: [waste.farm]", "unit: kg, basis: sum, plus: [waste.all]", "a cycle: waste.farm → waste.all → waste.farm"},
		{"unit: per_one, basis: ratio", "unit: t, basis: ratio", "unit clash: t is a unit of mass, want one of ratio"},
		{"per: waste.all}", "per: manure.deer}", "unit clash: ratio of mass per count"},
		{"per: waste.all}", "per: waste.share}", "figure waste.share is a ratio itself"},
		{"per: waste.all}", "per: waste.most}", `ratio per: unknown figure "waste.most"`},
		{"plus: [waste.domestic, waste.farm]", "plus: [waste.domestic, waste.domestic]", "figure waste.domestic is added twice"},
		{", per: waste.all}", "}", "ratio per is missing"},
		{"basis: ratio, ratio: {of: waste.domestic, per: waste.all}", "basis: ratio", "figure waste.share: ratio is missing"},
		{"unit: t, basis: ratio, claim: true", "unit: t, basis: ratio, claim: true, of: [waste.farm]", "a figure that is claimed counts nothing"},
		{"not_comparable: 原文中断", "claim: true, not_comparable: 原文中断", "either claim or not_comparable"},
		{"en: Flown, basis: sum", "en: Flown, basis: guess", `basis: unknown word "guess"`},
		{"waste.saved: {part: clean-up,", "waste.saved: {part: attic,", `figure waste.saved: unknown part "attic"`},
		{"en: Saved, unit: t", "en: Saved, unit: tonne", `unknown unit "tonne"`},
	})
}

func refuses(t *testing.T, cases []bad) {
	t.Helper()
	for _, b := range cases {
		text := strings.Replace(good, b.find, b.change, 1)
		if text == good {
			t.Errorf("%q is not in the good catalog", b.find)
			continue
		}
		line := 1 + strings.Count(good[:strings.Index(good, b.find)], "\n")
		line += strings.Count(b.change[:max(strings.Index(b.change, "# here"), 0)], "\n")
		_, err := catalog.Load(layer("bad.yaml", text))
		want := fmt.Sprintf("bad.yaml:%d: ", line)
		if !named(err, want, b.reason) {
			t.Errorf("with %q for %q:\n got %v\nwant %s…%s", b.change, b.find, err, want, b.reason)
		}
	}
}

// named tells whether the error has a line with this place and this reason.
func named(err error, place, reason string) bool {
	if err == nil {
		return false
	}
	return slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(line string) bool {
		return strings.HasPrefix(line, place) && strings.Contains(line, reason)
	})
}

func TestLoadTellsAllFaultsAtOnce(t *testing.T) {
	text := strings.NewReplacer("emitter: tally, zh: 车次", "zh: 车次", "steps: 1, zh: 次", "steps: 0, zh: 次", "owner: any", "owner: all", "max: 5 m,", "max: -6 m,").Replace(good)
	_, err := catalog.Load(layer("a.yaml", text, "b.yaml", "units: [\n", "c.yaml", "colours: {}\n"))
	var refused catalog.Refused
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a Refused", err)
	}
	var places []string
	for _, one := range refused {
		places = append(places, one.At.String())
	}
	want := []string{"a.yaml:11", "a.yaml:20", "a.yaml:41", "a.yaml:53", "b.yaml:2", "c.yaml:1"}
	if !slices.Equal(places, want) {
		t.Errorf("faults at %v, want %v:\n%v", places, want, err)
	}
}

func TestLoadRefusesTwiceTheSameNameInOneLayer(t *testing.T) {
	_, err := catalog.Load(layer("good.yaml", good, "more.yaml", "\nunits:\n  t: {dimension: mass, steps: 1000, zh: 吨, en: t}\n"))
	for _, reason := range []string{"unit t is defined twice, first at good.yaml:8", "unit clash: t is mass × 1000 here, mass × 1000000 at good.yaml:8"} {
		if !named(err, "more.yaml:3: ", reason) {
			t.Errorf("got %v, want more.yaml:3: %s", err, reason)
		}
	}
}

func TestLaterLayerReplacesInPlace(t *testing.T) {
	county := layer("county.yaml", `
figures:
  waste.farm: {part: clean-up, zh: 粪污, en: Muck, unit: t, basis: sum, of: [waste.farm]}
  waste.loads: {part: clean-up, zh: 车次, en: Loads, unit: times, basis: sum, of: [waste.loads]}
units:
  t: {dimension: mass, steps: 1000000, zh: 公吨, en: tonne}
`)
	below := small(t)
	c, err := catalog.Load(layer("good.yaml", good), county)
	if err != nil {
		t.Fatalf("the county's layer is refused:\n%v", err)
	}
	if f, _ := c.Figure("waste.farm"); f.EN != "Muck" || f.Unit != "t" {
		t.Errorf("the county's figure: got %+v", f)
	}
	if u, _ := c.Unit("t"); u.EN != "tonne" {
		t.Errorf("the county's label of t: got %+v", u)
	}
	if c.Hash() == below.Hash() {
		t.Error("the hash does not change with the content")
	}
	var before, after []string
	for _, f := range below.Figures() {
		before = append(before, f.Code)
	}
	for _, f := range c.Figures() {
		after = append(after, f.Code)
	}
	// a replaced figure keeps its place, a new one stands after the others of its part
	at := slices.Index(before, "manure.deer")
	if want := slices.Insert(before, at, "waste.loads"); !slices.Equal(after, want) {
		t.Errorf("order of figures: got %v, want %v", after, want)
	}
}

func TestNoLayerChangesWhatAUnitWeighs(t *testing.T) {
	for _, unit := range []string{
		"t: {dimension: mass, steps: 907185, zh: 吨, en: t}",
		"t: {dimension: length, steps: 1000000, zh: 吨, en: t}",
	} {
		_, err := catalog.Load(layer("good.yaml", good), layer("county.yaml", "units:\n  "+unit+"\n"))
		if !named(err, "county.yaml:2: ", "unit clash: t is ") {
			t.Errorf("%s: got %v, want a unit clash at county.yaml:2", unit, err)
		}
	}
}

func TestHashIsOfTheContent(t *testing.T) {
	c := small(t)
	i := strings.Index(good, "measures:")
	same := map[string]fstest.MapFS{
		"in two files":         layer("z.yaml", good[:i], "a.yml", good[i:], "readme.txt", "no: [yaml"),
		"commented and spaced": layer("good.yaml", "# a comment\n\n"+strings.ReplaceAll(good, "unit: kg, basis: sum", "unit:   'kg',   basis: \"sum\"")),
		"keys in other order":  layer("good.yaml", strings.ReplaceAll(good, "dimension: mass, basis: sum,", "basis: sum, dimension: mass,")),
	}
	for name, files := range same {
		again, err := catalog.Load(files)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if again.Hash() != c.Hash() {
			t.Errorf("%s: another hash:\n%s\n%s", name, again.Body(), c.Body())
		}
	}
	for _, change := range [][2]string{{"hold_above: 20 t", "hold_above: 21 t"}, {"en: Deer", "en: deer"}, {"personal: true, mask: name", "personal: true, mask: all"}} {
		other, err := catalog.Load(layer("good.yaml", strings.Replace(good, change[0], change[1], 1)))
		if err != nil || other.Hash() == c.Hash() {
			t.Errorf("%s for %s: err %v, hash unchanged %t", change[1], change[0], err, other.Hash() == c.Hash())
		}
	}
}

func TestWhatTheGoodCatalogMeans(t *testing.T) {
	c := small(t)
	deer, _ := c.Measure("herd.heads.deer")
	if deer.Unit != "head" || deer.Aggregator != catalog.Stock || deer.ZH != "存栏·鹿" || deer.EN != "Heads: deer" || deer.Emitter != "tally" {
		t.Errorf("a measure with by: got %+v", deer)
	}
	if _, found := c.Measure("herd.heads"); found {
		t.Error("the family itself is a measure")
	}
	k, _ := c.Kind("waste.load")
	mass, _ := k.Field("mass")
	if *mass.Min != 1_000 || *mass.HoldAbove != 20_000_000 || *mass.Max != 200_000_000 {
		t.Errorf("limits of mass: got %d, %d, %d g", *mass.Min, *mass.HoldAbove, *mass.Max)
	}
	if !slices.Equal(k.Emits[1].When["category"], []string{"farm"}) || !slices.Equal(k.Emits[1].When["covered"], []string{"true"}) {
		t.Errorf("when of the second emission: got %v", k.Emits[1].When)
	}
	if k.Emits[0].Subject != catalog.SubjectRecord || k.Emits[4].Amount != catalog.AmountOne {
		t.Errorf("what is not said: got %+v", k.Emits)
	}
	r, _ := c.Register("herd")
	if r.Kind.Name != "register.herd" || r.Kind.Register != "herd" || r.Kind.Fields[0].Name != catalog.FieldObject || r.Kind.Fields[1].Name != catalog.FieldEnds {
		t.Errorf("register herd: got %+v", r)
	}
	if again, found := c.Kind("register.herd"); !found || again.Register != "herd" {
		t.Errorf("the kind of the register: got %+v, %t", again, found)
	}
	for code, want := range map[string]catalog.Status{"manure.deer": catalog.Counted, "waste.saved": catalog.Claimed, "waste.flown": catalog.NotComparable} {
		if f, found := c.Figure(code); !found || f.Status != want {
			t.Errorf("status of %s: got %q, want %q", code, f.Status, want)
		}
	}
}

func TestPlaceAndOwner(t *testing.T) {
	k, _ := small(t).Kind("waste.load")
	for place, want := range map[record.UnitCode]bool{"": false, "220323": false, "220323102": false, "220323102210": true, "220323102210-01": true} {
		if got := k.Place.Accepts(place); got != want {
			t.Errorf("place %q for a kind of villages: got %t, want %t", place, got, want)
		}
	}
	for _, c := range []struct {
		owner catalog.Owner
		book  record.Book
		want  bool
	}{
		{catalog.OwnedByTown, "220323102", true}, {catalog.OwnedByTown, "220323", false},
		{catalog.OwnedByCounty, "220323", true}, {catalog.OwnedByCounty, "220323102", false},
		{catalog.OwnedByAny, "220323", true}, {catalog.OwnedByAny, "220323102", true},
	} {
		if got := c.owner.Takes(c.book); got != c.want {
			t.Errorf("%s takes %s: got %t, want %t", c.owner, c.book, got, c.want)
		}
	}
}
