package catalog

import (
	"slices"
	"strings"

	"qingshan/catalog/declared"
	"qingshan/fact"
)

// Status says what kind of number a figure is.
type Status string

// The statuses.
const (
	Counted       Status = "counted"        // it follows from records
	Claimed       Status = "claimed"        // somebody says so; it is shown with its author and added to nothing
	NotComparable Status = "not-comparable" // what was published cannot be told, so nothing is compared with it
)

// Figure is a number that is published: what it adds up, in which unit, on which basis.
type Figure struct {
	Code   string
	Part   string
	ZH     string
	EN     string
	Unit   string // "" only where nothing is counted
	Basis  string
	Status Status
	Of     []fact.Measure
	Plus   []string // codes of like figures that are added
	Ratio  *Ratio
	Reason string // why it is not comparable
}

// Ratio divides one figure by another; its unit is of the dimension "ratio".
type Ratio struct {
	Of  string
	Per string
}

func (c *compiler) figure(d declared.Figure) Figure {
	what := "figure " + d.Name.Text
	c.dotted("figure", d.Name)
	c.labels(what, d.Named)
	c.partOf(what, d.Name.At, d.Part)
	c.known(what+": basis", d.Name.At, d.Basis, bases()...)
	f := Figure{
		Code:   d.Name.Text,
		Part:   d.Part.Text,
		ZH:     d.ZH.Text,
		EN:     d.EN.Text,
		Unit:   d.Unit.Text,
		Basis:  d.Basis.Text,
		Status: statusOf(d),
		Reason: d.NotComparable.Text,
	}
	if f.Status != Counted {
		c.uncounted(what, d)
		return f
	}
	u, known := c.unitOf(what, d.Name.At, d.Unit)
	if d.Basis.Text == BasisRatio || d.Ratio != nil {
		f.Ratio = c.ratio(what, d, u, known)
		return f
	}
	if len(d.Of)+len(d.Plus) == 0 {
		c.refuse(d.Name.At, "%s: nothing to count: of, plus, ratio, claim or not_comparable is missing", what)
	}
	if known {
		f.Of = c.addends(what, d, u)
		f.Plus = c.plus(what, d, u)
	}
	return f
}

func statusOf(d declared.Figure) Status {
	switch {
	case !d.NotComparable.IsZero():
		return NotComparable
	case d.Claim:
		return Claimed
	default:
		return Counted
	}
}

// uncounted refuses to count what is claimed or cannot be compared.
func (c *compiler) uncounted(what string, d declared.Figure) {
	if len(d.Of)+len(d.Plus) > 0 || d.Ratio != nil {
		c.refuse(d.Name.At, "%s: a figure that is %s counts nothing, so it has no of, plus or ratio", what, statusOf(d))
	}
	if d.Claim && !d.NotComparable.IsZero() {
		c.refuse(d.NotComparable.At, "%s: either claim or not_comparable", what)
	}
	if !d.Unit.IsZero() {
		c.unitOf(what, d.Name.At, d.Unit)
	}
}

// addends checks that all measures of a figure are alike and fit its unit.
func (c *compiler) addends(what string, d declared.Figure, u Unit) []fact.Measure {
	var list []fact.Measure
	for _, w := range d.Of {
		m, found := c.measures[fact.Measure(w.Text)]
		switch {
		case !found && c.families[w.Text] != nil:
			c.refuse(w.At, "%s: measure %s is divided; name %s", what, w.Text, w.Text+"."+strings.Join(c.families[w.Text], ", "+w.Text+"."))
		case !found:
			c.refuse(w.At, "%s: unknown measure %q", what, w.Text)
		case m.Basis != d.Basis.Text:
			c.refuse(w.At, "%s: adds unlike things: basis %q of %s, the figure's is %q", what, m.Basis, m.Name, d.Basis.Text)
		case m.Dimension != u.Dimension:
			c.refuse(w.At, "%s: unit clash: %s is of %s, unit %s of %s", what, m.Name, m.Dimension, u.Word, u.Dimension)
		case m.Dimension == Count && m.Unit != u.Word:
			c.refuse(w.At, "%s: unit clash: %s counts %s, the figure %s", what, m.Name, m.Unit, u.Word)
		case slices.Contains(list, m.Name):
			c.refuse(w.At, "%s: measure %s is added twice", what, m.Name)
		}
		list = append(list, m.Name)
	}
	if aggregatorOf(d.Basis.Text) == Distinct && len(d.Of)+len(d.Plus) > 1 {
		c.refuse(d.Name.At, "%s: adds unlike things: a subject of two distinct measures would count twice", what)
	}
	return list
}

// plus checks that the figures that are added are counted and alike.
func (c *compiler) plus(what string, d declared.Figure, u Unit) []string {
	var list []string
	for _, w := range d.Plus {
		other, found := c.counted(what+": plus", w)
		if !found {
			continue
		}
		v := c.units[other.Unit.Text]
		switch {
		case other.Basis.Text != d.Basis.Text:
			c.refuse(w.At, "%s: adds unlike things: basis %q of %s, the figure's is %q", what, other.Basis.Text, w.Text, d.Basis.Text)
		case v.Dimension != u.Dimension:
			c.refuse(w.At, "%s: unit clash: %s is of %s, unit %s of %s", what, w.Text, v.Dimension, u.Word, u.Dimension)
		case u.Dimension == Count && v.Word != u.Word:
			c.refuse(w.At, "%s: unit clash: %s counts %s, the figure %s", what, w.Text, v.Word, u.Word)
		case slices.Contains(list, w.Text):
			c.refuse(w.At, "%s: figure %s is added twice", what, w.Text)
		}
		list = append(list, w.Text)
	}
	return list
}

// counted finds another figure that follows from records.
func (c *compiler) counted(what string, w declared.Word) (declared.Figure, bool) {
	other, found := c.figures[w.Text]
	switch {
	case !found:
		c.refuse(w.At, "%s: unknown figure %q", what, w.Text)
	case statusOf(other) != Counted:
		c.refuse(w.At, "%s: figure %s is %s, so there is nothing to reckon with", what, w.Text, statusOf(other))
		return other, false
	}
	return other, found
}

// ratio checks both sides: counted, not ratios themselves, of one dimension.
func (c *compiler) ratio(what string, d declared.Figure, u Unit, known bool) *Ratio {
	if d.Ratio == nil {
		c.refuse(d.Name.At, "%s: ratio is missing", what)
		return nil
	}
	if d.Basis.Text != BasisRatio || len(d.Of)+len(d.Plus) > 0 {
		c.refuse(d.Ratio.At, "%s: a ratio has basis ratio and neither of nor plus", what)
	}
	if known && u.Dimension != ratioDimension {
		c.refuse(d.Unit.At, "%s: unit clash: %s is a unit of %s, want one of ratio", what, u.Word, u.Dimension)
	}
	of, okOf := c.side(what+": ratio of", d.Ratio.At, d.Ratio.Of)
	per, okPer := c.side(what+": ratio per", d.Ratio.At, d.Ratio.Per)
	if okOf && okPer && of.Dimension != per.Dimension {
		c.refuse(d.Ratio.At, "%s: unit clash: ratio of %s per %s", what, of.Dimension, per.Dimension)
	}
	return &Ratio{Of: d.Ratio.Of.Text, Per: d.Ratio.Per.Text}
}

func (c *compiler) side(what string, at declared.Position, w declared.Word) (Unit, bool) {
	if w.IsZero() {
		c.refuse(at, "%s is missing", what)
		return Unit{}, false
	}
	other, found := c.counted(what, w)
	if found && other.Basis.Text == BasisRatio {
		c.refuse(w.At, "%s: figure %s is a ratio itself", what, w.Text)
		return Unit{}, false
	}
	u, known := c.units[other.Unit.Text]
	return u, found && known
}

// circles refuses figures that are made of themselves.
func (c *compiler) circles(figures []declared.Figure) {
	done := map[string]bool{}
	for _, d := range figures {
		c.walk(d, nil, done)
	}
}

func (c *compiler) walk(d declared.Figure, path []string, done map[string]bool) {
	name := d.Name.Text
	if i := slices.Index(path, name); i >= 0 {
		circle := append(slices.Clone(path[i:]), name)
		c.refuse(c.figures[name].Name.At, "figure %s: a cycle: %s", name, strings.Join(circle, " → "))
		return
	}
	if done[name] {
		return
	}
	path = append(path, name)
	for _, next := range madeOf(d) {
		if other, found := c.figures[next.Text]; found {
			c.walk(other, path, done)
		}
	}
	done[name] = true
}

// madeOf lists the figures that this one is reckoned from.
func madeOf(d declared.Figure) []declared.Word {
	if d.Ratio == nil {
		return d.Plus
	}
	return append(slices.Clone(d.Plus), d.Ratio.Of, d.Ratio.Per)
}
