package catalog

import (
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

func (c *compiler) measure(d declaredMeasure) {
	what := "measure " + d.Name.text
	c.dotted("measure", d.Name)
	c.labels(what, d.declaredName)
	c.dimensionOf(what, d.Name.at, d.Dimension)
	c.countWord(what, d)
	m := Measure{
		Name:       fact.Measure(d.Name.text),
		Dimension:  d.Dimension.text,
		Unit:       d.Unit.text,
		Basis:      d.Basis.text,
		Aggregator: c.basis(what, d),
		Emitter:    c.emitter(what, d),
		ZH:         d.ZH.text,
		EN:         d.EN.text,
	}
	if len(d.By) == 0 {
		c.addMeasure(d.Name, m)
		return
	}
	c.family(d, m)
}

// family declares one measure for each word of "by".
func (c *compiler) family(d declaredMeasure, m Measure) {
	words := []string{}
	for _, by := range d.By {
		c.plain("measure "+d.Name.text+": by", by.Name)
		one := m
		one.Name = m.Name + "." + fact.Measure(by.Name.text)
		one.ZH += "·" + labelOr(by.ZH, by.Name)
		one.EN += ": " + labelOr(by.EN, by.Name)
		c.addMeasure(by.Name, one)
		words = append(words, by.Name.text)
	}
	c.families[d.Name.text] = words
}

func labelOr(label, name word) string {
	if label.IsZero() {
		return name.text
	}
	return label.text
}

func (c *compiler) addMeasure(name word, m Measure) {
	if _, twice := c.measures[m.Name]; twice {
		c.refuse(name.at, "measure %s is defined twice", m.Name)
		return
	}
	c.measures[m.Name] = m
	c.out.measures = append(c.out.measures, m)
}

// countWord refuses a count without its count word, and a count word where nothing is counted.
func (c *compiler) countWord(what string, d declaredMeasure) {
	if d.Dimension.text != Count {
		if !d.Unit.IsZero() {
			c.refuse(d.Unit.at, "%s: unit %q, but only counts name one; amounts of %s are kept in its base unit",
				what, d.Unit.text, d.Dimension.text)
		}
		return
	}
	if u, found := c.unitOf(what, d.Name.at, d.Unit); found && u.Dimension != Count {
		c.refuse(d.Unit.at, "%s: unit clash: %s is a unit of %s, not a count word", what, u.Word, u.Dimension)
	}
}

// emitter gives the one follower that emits the measure, and refuses none, two or an unknown one.
func (c *compiler) emitter(what string, d declaredMeasure) string {
	if len(d.Emitters) == 0 {
		c.refuse(d.Name.at, "%s: emitter is missing", what)
		return ""
	}
	if len(d.Emitters) > 1 {
		c.refuse(d.Emitters[1].at, "%s: two emitters, %s and %s; every measure has one", what, d.Emitters[0].text, d.Emitters[1].text)
	}
	for _, e := range d.Emitters {
		c.known(what+": emitter", d.Name.at, e, emitters()...)
	}
	return d.Emitters[0].text
}

// basis gives the aggregator of the measure's basis and refuses bases that do not fit its dimension.
func (c *compiler) basis(what string, d declaredMeasure) Aggregator {
	if !c.known(what+": basis", d.Name.at, d.Basis, bases()...) {
		return ""
	}
	agg := aggregatorOf(d.Basis.text)
	switch {
	case d.Basis.text == BasisRatio:
		c.refuse(d.Basis.at, "%s: basis ratio is for figures only", what)
	case agg == "":
		c.refuse(d.Basis.at, "%s: basis %q is reserved", what, d.Basis.text)
	case d.Basis.text == BasisCumulativeLength && d.Dimension.text != "length":
		c.refuse(d.Basis.at, "%s: basis %q of %s, want length", what, d.Basis.text, d.Dimension.text)
	case (agg == Distinct || d.Basis.text == BasisPersonTimes) && d.Dimension.text != Count:
		c.refuse(d.Basis.at, "%s: basis %q of %s, want count", what, d.Basis.text, d.Dimension.text)
	}
	c.aggregator(what, d.Aggregator, agg)
	return agg
}

// aggregator refuses a word that contradicts the basis; it need not be said.
func (c *compiler) aggregator(what string, w word, want Aggregator) {
	if w.IsZero() || want == "" {
		return
	}
	switch w.text {
	case string(want):
	case "interval", "ratio":
		c.refuse(w.at, "%s: aggregator %s is reserved", what, w.text)
	case string(Sum), string(Stock), string(Distinct):
		c.refuse(w.at, "%s: aggregator %s, but the basis means %s", what, w.text, want)
	default:
		c.refuse(w.at, "%s: unknown aggregator %q", what, w.text)
	}
}
