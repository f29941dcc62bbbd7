package catalog_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"qingshan/catalog"
	"qingshan/internal/digest"
)

// TestOldSystemBodiesStayReadable: entries of the first program stand under this catalog for ever.
func TestOldSystemBodiesStayReadable(t *testing.T) {
	body, err := os.ReadFile("testdata/system-1.json")
	if err != nil {
		t.Fatal(err)
	}
	old, err := catalog.Decode(body)
	if err != nil {
		t.Fatalf("the first built-in catalog is not read any more: %v", err)
	}
	if old.Hash() != digest.Of(body) || old.Hash() == catalog.System().Hash() {
		t.Errorf("it has the hash %s, want that of its body, another than today's", old.Hash())
	}
	for _, k := range old.Kinds() {
		if now, known := catalog.System().Kind(k.Name); !known || len(now.Fields) != len(k.Fields) {
			t.Errorf("%s is not what it was", k.Name)
		}
	}
}

func definition(t *testing.T, c *catalog.Catalog, code string) digest.Hash {
	t.Helper()
	hash, known := c.Definition(code)
	if !known {
		t.Fatalf("no definition of %s", code)
	}
	return hash
}

// TestDefinitionFollowsWhatIsCounted: a change of what a figure means changes its hash, a change of what it is called does not.
func TestDefinitionFollowsWhatIsCounted(t *testing.T) {
	const base = `dimensions:
  mass: {base: g, zh: 质量, en: mass}
  ratio: {base: ppm, zh: 比率, en: ratio}
units:
  t: {dimension: mass, steps: 1000000, zh: 吨, en: t}
  kg: {dimension: mass, steps: 1000, zh: 千克, en: kg}
  percent: {dimension: ratio, steps: 10000, zh: 百分比, en: percent}
parts:
  clean: {zh: 清洁, en: Clean}
measures:
  waste: {dimension: mass, basis: sum, emitter: tally, zh: 垃圾, en: Waste}
  straw: {dimension: mass, basis: sum, emitter: tally, zh: 秸秆, en: Straw}
kinds:
  load:
    part: clean
    place: village
    owner: town
    zh: 清运
    en: Load
    fields:
      mass: {type: quantity, dimension: mass, required: true, zh: 重量, en: mass}
      sort: {type: choice, required: true, zh: 种类, en: sort, choices: {waste: {zh: 垃圾, en: waste}, straw: {zh: 秸秆, en: straw}}}
    emits:
      - {measure: waste, amount: mass, when: {sort: waste}}
      - {measure: straw, amount: mass, when: {sort: straw}}
figures:
  waste: {part: clean, zh: 垃圾, en: Waste, unit: t, basis: sum, of: [waste]}
  straw: {part: clean, zh: 秸秆, en: Straw, unit: t, basis: sum, of: [straw]}
  both: {part: clean, zh: 合计, en: Both, unit: t, basis: sum, of: [straw], plus: [waste]}
  share: {part: clean, zh: 占比, en: Share, unit: percent, basis: ratio, ratio: {of: waste, per: both}}
`
	read := func(text string) *catalog.Catalog {
		c, err := catalog.Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		return c
	}
	was := read(base)
	for _, c := range []struct {
		name, from, to string
		changes        []string
	}{
		{"a label", "zh: 垃圾, en: Waste, unit", "zh: 废弃物, en: Refuse, unit", nil},
		{"the name of a measure", "emitter: tally, zh: 垃圾", "emitter: tally, zh: 废弃物", nil},
		{"a unit", "en: Waste, unit: t", "en: Waste, unit: kg", []string{"waste", "both", "share"}},
		{"a condition", "when: {sort: waste}", "when: {sort: [waste, straw]}", []string{"waste", "both", "share"}},
		{"an amount", "{measure: straw, amount: mass, when: {sort: straw}}", "{measure: straw, amount: mass}", []string{"straw", "both", "share"}},
		{"what is added", "of: [straw], plus: [waste]", "of: [straw]", []string{"both", "share"}},
		{"what is divided", "ratio: {of: waste, per: both}", "ratio: {of: straw, per: both}", []string{"share"}},
	} {
		if !strings.Contains(base, c.from) {
			t.Fatalf("%s: %q is not in the catalog", c.name, c.from)
		}
		is := read(strings.Replace(base, c.from, c.to, 1))
		for _, code := range []string{"waste", "straw", "both", "share"} {
			want := false
			for _, changed := range c.changes {
				want = want || changed == code
			}
			if got := definition(t, was, code) != definition(t, is, code); got != want {
				t.Errorf("%s: the definition of %s changed: %v, want %v", c.name, code, got, want)
			}
		}
	}
	if _, known := was.Definition("none"); known {
		t.Error("a figure that is not there has a definition")
	}
}
