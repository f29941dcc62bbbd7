package catalog

import (
	"qingshan/catalog/declared"
	"qingshan/fact"
)

// Aggregator says how the facts of one measure become one amount.
type Aggregator string

// The aggregators. "interval" and "ratio" are reserved: the one for stretches covered, the other for figures only.
const (
	Sum      Aggregator = "sum"      // amounts are added
	Stock    Aggregator = "stock"    // the last amount of each subject holds
	Distinct Aggregator = "distinct" // each subject counts once
)

// The words that say on what ground a measure or figure stands.
const (
	BasisSum              = "sum"
	BasisCumulativeLength = "sum cumulative length"
	BasisPersonTimes      = "sum person-times"
	BasisAsReported       = "as reported"
	BasisStock            = "stock"
	BasisHouseholds       = "distinct households"
	BasisPersons          = "distinct persons"
	BasisDistinctLength   = "distinct length" // reserved until stretches are folded
	BasisRatio            = "ratio"           // of two figures; no measure has it
)

// Measure is something that is counted: its dimension and, for counts, its count word; its basis; and the one follower
// that emits its facts. Unlike measures never add.
type Measure struct {
	Name       fact.Measure
	Dimension  string
	Unit       string // the count word; "" for other dimensions
	Basis      string
	Aggregator Aggregator
	Emitter    string
	ZH         string
	EN         string
}

// bases lists the words for a basis in their order in documents.
func bases() []string {
	return []string{BasisSum, BasisCumulativeLength, BasisPersonTimes, BasisAsReported, BasisStock,
		BasisHouseholds, BasisPersons, BasisDistinctLength, BasisRatio}
}

// emitters lists the followers that may emit facts.
func emitters() []string { return []string{"tally"} }

// aggregatorOf tells how amounts of a basis are put together, and "" for those that no measure may have.
func aggregatorOf(basis string) Aggregator {
	switch basis {
	case BasisSum, BasisCumulativeLength, BasisPersonTimes, BasisAsReported:
		return Sum
	case BasisStock:
		return Stock
	case BasisHouseholds, BasisPersons:
		return Distinct
	default:
		return ""
	}
}

func (c *compiler) measure(d declared.Measure) {
	what := "measure " + d.Name.Text
	c.dotted("measure", d.Name)
	c.labels(what, d.Named)
	c.dimensionOf(what, d.Name.At, d.Dimension)
	c.countWord(what, d)
	m := Measure{
		Name:       fact.Measure(d.Name.Text),
		Dimension:  d.Dimension.Text,
		Unit:       d.Unit.Text,
		Basis:      d.Basis.Text,
		Aggregator: c.basis(what, d),
		Emitter:    c.emitter(what, d),
		ZH:         d.ZH.Text,
		EN:         d.EN.Text,
	}
	if len(d.By) == 0 {
		c.addMeasure(d.Name, m)
		return
	}
	c.family(d, m)
}

// family declares one measure for each word of "by".
func (c *compiler) family(d declared.Measure, m Measure) {
	words := []string{}
	for _, by := range d.By {
		c.plain("measure "+d.Name.Text+": by", by.Name)
		one := m
		one.Name = m.Name + "." + fact.Measure(by.Name.Text)
		one.ZH, one.EN = divided(m, labelOr(by.ZH, by.Name), labelOr(by.EN, by.Name))
		c.addMeasure(by.Name, one)
		if by.ZH.IsZero() {
			c.bare[one.Name] = m
		}
		words = append(words, by.Name.Text)
	}
	c.families[d.Name.Text] = words
}

// divided gives the labels of one measure of a family.
func divided(family Measure, zh, en string) (string, string) {
	return family.ZH + "·" + zh, family.EN + ": " + en
}

// christen labels a measure of a family that has none of its own after the choice that it is emitted for.
func (c *compiler) christen(name fact.Measure, choice Choice) {
	family, found := c.bare[name]
	if !found {
		return
	}
	m := c.measures[name]
	m.ZH, m.EN = divided(family, choice.ZH, choice.EN)
	c.measures[name] = m
	delete(c.bare, name)
}

func labelOr(label, name declared.Word) string {
	if label.IsZero() {
		return name.Text
	}
	return label.Text
}

func (c *compiler) addMeasure(name declared.Word, m Measure) {
	if _, twice := c.measures[m.Name]; twice {
		c.refuse(name.At, "measure %s is defined twice", m.Name)
		return
	}
	c.measures[m.Name] = m
}

// countWord refuses a count without its count word, and a count word where nothing is counted.
func (c *compiler) countWord(what string, d declared.Measure) {
	if d.Dimension.Text != Count {
		if !d.Unit.IsZero() {
			c.refuse(d.Unit.At, "%s: unit %q, but only counts name one; amounts of %s are kept in its base unit",
				what, d.Unit.Text, d.Dimension.Text)
		}
		return
	}
	if u, found := c.unitOf(what, d.Name.At, d.Unit); found && u.Dimension != Count {
		c.refuse(d.Unit.At, "%s: unit clash: %s is a unit of %s, not a count word", what, u.Word, u.Dimension)
	}
}

// emitter gives the one follower that emits the measure, and refuses none, two or an unknown one.
func (c *compiler) emitter(what string, d declared.Measure) string {
	if len(d.Emitters) == 0 {
		c.refuse(d.Name.At, "%s: emitter is missing", what)
		return ""
	}
	if len(d.Emitters) > 1 {
		c.refuse(d.Emitters[1].At, "%s: two emitters, %s and %s; every measure has one", what, d.Emitters[0].Text, d.Emitters[1].Text)
	}
	for _, e := range d.Emitters {
		c.known(what+": emitter", d.Name.At, e, emitters()...)
	}
	return d.Emitters[0].Text
}

// basis gives the aggregator of the measure's basis and refuses bases that do not fit its dimension.
func (c *compiler) basis(what string, d declared.Measure) Aggregator {
	if !c.known(what+": basis", d.Name.At, d.Basis, bases()...) {
		return ""
	}
	agg := aggregatorOf(d.Basis.Text)
	switch {
	case d.Basis.Text == BasisRatio:
		c.refuse(d.Basis.At, "%s: basis ratio is for figures only", what)
	case agg == "":
		c.refuse(d.Basis.At, "%s: basis %q is reserved", what, d.Basis.Text)
	case d.Basis.Text == BasisCumulativeLength && d.Dimension.Text != "length":
		c.refuse(d.Basis.At, "%s: basis %q of %s, want length", what, d.Basis.Text, d.Dimension.Text)
	case (agg == Distinct || d.Basis.Text == BasisPersonTimes) && d.Dimension.Text != Count:
		c.refuse(d.Basis.At, "%s: basis %q of %s, want count", what, d.Basis.Text, d.Dimension.Text)
	}
	c.aggregator(what, d.Aggregator, agg)
	return agg
}

// aggregator refuses a word that contradicts the basis; it need not be said.
func (c *compiler) aggregator(what string, w declared.Word, want Aggregator) {
	if w.IsZero() || want == "" {
		return
	}
	switch w.Text {
	case string(want):
	case "interval", "ratio":
		c.refuse(w.At, "%s: aggregator %s is reserved", what, w.Text)
	case string(Sum), string(Stock), string(Distinct):
		c.refuse(w.At, "%s: aggregator %s, but the basis means %s", what, w.Text, want)
	default:
		c.refuse(w.At, "%s: unknown aggregator %q", what, w.Text)
	}
}
