package catalog

import (
	"regexp"
	"slices"
	"strings"

	"qingshan/fact"
	"qingshan/record"
)

// compiler turns declarations into a catalog and collects every reason against it. It goes on after a fault, so that
// whoever writes a catalog sees all of them at once.
type compiler struct {
	out     *Catalog
	refused Refused

	dimensions map[string]bool
	units      map[string]Unit
	parts      map[string]bool
	measures   map[fact.Measure]Measure
	families   map[string][]string // measures with "by": their words
	registers  map[string]bool
	figures    map[string]declaredFigure
}

// compile checks d, with what reading it already found, and builds the catalog.
func compile(d declared, found ...Refusal) (*Catalog, error) {
	c := &compiler{
		out:        &Catalog{},
		refused:    found,
		dimensions: map[string]bool{},
		units:      map[string]Unit{},
		parts:      map[string]bool{},
		measures:   map[fact.Measure]Measure{},
		families:   map[string][]string{},
		registers:  map[string]bool{},
		figures:    map[string]declaredFigure{},
	}
	d.sort()
	c.words(d)
	c.records(d)
	c.results(d)
	if err := c.refused.err(); err != nil {
		return nil, err
	}
	body, err := d.body()
	if err != nil {
		return nil, err
	}
	c.out.body, c.out.hash = body, address(body)
	c.out.seal()
	return c.out, nil
}

// sort gives the sections whose order means nothing one order, so that moving a definition to another file does not change
// the hash. Parts, figures, fields and choices keep the order in which people want to see them.
func (d *declared) sort() {
	byName(d.Dimensions)
	byName(d.Units)
	byName(d.Measures)
	byName(d.Kinds)
	byName(d.Registers)
}

func byName[T interface{ named() word }](list []T) {
	slices.SortStableFunc(list, func(a, b T) int { return strings.Compare(a.named().text, b.named().text) })
}

func (c *compiler) refuse(at position, format string, args ...any) {
	c.refused.add(at, format, args...)
}

func (c *compiler) words(d declared) {
	for _, one := range d.Dimensions {
		c.dimension(one)
	}
	for _, one := range d.Units {
		c.unit(one)
	}
	for _, one := range d.Parts {
		c.part(one)
	}
	for _, one := range d.Measures {
		c.measure(one)
	}
	slices.SortFunc(c.out.measures, func(a, b Measure) int { return strings.Compare(string(a.Name), string(b.Name)) })
}

func (c *compiler) records(d declared) {
	for _, one := range d.Registers {
		c.registers[one.Name.text] = true
	}
	for _, one := range d.Kinds {
		c.out.kinds = append(c.out.kinds, c.recordKind(one))
	}
	for _, one := range d.Registers {
		r := c.register(one)
		c.out.registers = append(c.out.registers, r)
		c.out.kinds = append(c.out.kinds, r.Kind)
	}
	slices.SortFunc(c.out.kinds, func(a, b Kind) int { return strings.Compare(string(a.Name), string(b.Name)) })
}

func (c *compiler) results(d declared) {
	for _, one := range d.Figures {
		c.figures[one.Name.text] = one
	}
	for _, one := range d.Figures {
		c.out.figures = append(c.out.figures, c.figure(one))
	}
	c.circles(d.Figures)
}

var (
	plainForm  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	dottedForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)
	partForm   = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)
)

// plain refuses a name that is not one lower-case word.
func (c *compiler) plain(noun string, name word) {
	if !plainForm.MatchString(name.text) {
		c.refuse(name.at, "%s %q is not a lower-case word", noun, name.text)
	}
}

// dotted refuses a name that is not a dotted lower-case word of at most 64 characters.
func (c *compiler) dotted(noun string, name word) {
	if len(name.text) > 64 || !dottedForm.MatchString(name.text) {
		c.refuse(name.at, "%s %q is not a dotted lower-case word", noun, name.text)
	}
}

// labels refuses a definition without its name in both languages.
func (c *compiler) labels(what string, d declaredName) {
	if d.ZH.IsZero() {
		c.refuse(d.Name.at, "%s: zh is missing", what)
	}
	if d.EN.IsZero() {
		c.refuse(d.Name.at, "%s: en is missing", what)
	}
}

// known refuses a word that is missing or that is none of those allowed.
func (c *compiler) known(what string, owner position, w word, allowed ...string) bool {
	if w.IsZero() {
		c.refuse(owner, "%s is missing", what)
		return false
	}
	if !slices.Contains(allowed, w.text) {
		c.refuse(w.at, "%s: unknown word %q, want one of %s", what, w.text, strings.Join(allowed, ", "))
		return false
	}
	return true
}

// partOf refuses a part that is missing or was not declared.
func (c *compiler) partOf(what string, owner position, w word) {
	switch {
	case w.IsZero():
		c.refuse(owner, "%s: part is missing", what)
	case !c.parts[w.text]:
		c.refuse(w.at, "%s: unknown part %q", what, w.text)
	}
}

// unitOf finds a declared unit and refuses one that is missing or unknown.
func (c *compiler) unitOf(what string, owner position, w word) (Unit, bool) {
	if w.IsZero() {
		c.refuse(owner, "%s: unit is missing", what)
		return Unit{}, false
	}
	u, found := c.units[w.text]
	if !found {
		c.refuse(w.at, "%s: unknown unit %q", what, w.text)
	}
	return u, found
}

// levelOf reads the words county, town, village and grid.
func levelOf(text string) record.Level {
	return record.Level(slices.Index(levelWords(), text) + 1)
}

func levelWords() []string { return []string{"county", "town", "village", "grid"} }
