package catalog

import (
	"regexp"
	"slices"
	"strings"

	"qingshan/catalog/declared"
	"qingshan/fact"
	"qingshan/internal/digest"
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
	families   map[string][]string      // measures with "by": their words
	bare       map[fact.Measure]Measure // of these, those without labels of their own: their family
	registers  map[string]bool
	figures    map[string]declared.Figure
}

// compile checks d, with what reading it already found, and builds the catalog.
func compile(d declared.Catalog, found Refused) (*Catalog, error) {
	c := &compiler{
		out:        &Catalog{},
		refused:    found,
		dimensions: map[string]bool{},
		units:      map[string]Unit{},
		parts:      map[string]bool{},
		measures:   map[fact.Measure]Measure{},
		families:   map[string][]string{},
		bare:       map[fact.Measure]Measure{},
		registers:  map[string]bool{},
		figures:    map[string]declared.Figure{},
	}
	c.words(d)
	c.records(d)
	c.results(d)
	if err := c.refused.Err(); err != nil {
		return nil, err
	}
	body, err := d.Body()
	if err != nil {
		return nil, err
	}
	c.out.body, c.out.hash = body, digest.Of(body)
	c.out.seal()
	return c.out, nil
}

func (c *compiler) refuse(at declared.Position, format string, args ...any) {
	c.refused.Add(at, format, args...)
}

func (c *compiler) words(d declared.Catalog) {
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
}

func (c *compiler) records(d declared.Catalog) {
	for _, one := range d.Registers {
		c.registers[one.Name.Text] = true
	}
	for _, one := range d.Kinds {
		c.out.kinds = append(c.out.kinds, c.recordKind(one))
	}
	for _, one := range d.Registers {
		r := c.register(one)
		c.out.registers = append(c.out.registers, r)
		c.out.kinds = append(c.out.kinds, r.Kind)
	}
}

func (c *compiler) results(d declared.Catalog) {
	for _, m := range c.measures {
		c.out.measures = append(c.out.measures, m)
	}
	for _, one := range d.Figures {
		c.figures[one.Name.Text] = one
	}
	for _, one := range d.Figures {
		c.out.figures = append(c.out.figures, c.figure(one))
	}
	c.circles(d.Figures)
	for _, one := range d.Guards {
		c.out.guards = append(c.out.guards, c.guard(one))
	}
}

var (
	plainForm  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	dottedForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)
	partForm   = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)
)

// plain refuses a name that is not one lower-case word.
func (c *compiler) plain(noun string, name declared.Word) {
	if !plainForm.MatchString(name.Text) {
		c.refuse(name.At, "%s %q is not a lower-case word", noun, name.Text)
	}
}

// dotted refuses a name that is not a dotted lower-case word of at most 64 characters.
func (c *compiler) dotted(noun string, name declared.Word) {
	if len(name.Text) > 64 || !dottedForm.MatchString(name.Text) {
		c.refuse(name.At, "%s %q is not a dotted lower-case word", noun, name.Text)
	}
}

// labels refuses a definition without its name in both languages.
func (c *compiler) labels(what string, d declared.Named) {
	if d.ZH.IsZero() {
		c.refuse(d.Name.At, "%s: zh is missing", what)
	}
	if d.EN.IsZero() {
		c.refuse(d.Name.At, "%s: en is missing", what)
	}
}

// known refuses a word that is missing or that is none of those allowed.
func (c *compiler) known(what string, owner declared.Position, w declared.Word, allowed ...string) bool {
	if w.IsZero() {
		c.refuse(owner, "%s is missing", what)
		return false
	}
	if !slices.Contains(allowed, w.Text) {
		c.refuse(w.At, "%s: unknown word %q, want one of %s", what, w.Text, strings.Join(allowed, ", "))
		return false
	}
	return true
}

// partOf refuses a part that is missing or was not declared.
func (c *compiler) partOf(what string, owner declared.Position, w declared.Word) {
	switch {
	case w.IsZero():
		c.refuse(owner, "%s: part is missing", what)
	case !c.parts[w.Text]:
		c.refuse(w.At, "%s: unknown part %q", what, w.Text)
	}
}

// unitOf finds a declared unit and refuses one that is missing or unknown.
func (c *compiler) unitOf(what string, owner declared.Position, w declared.Word) (Unit, bool) {
	if w.IsZero() {
		c.refuse(owner, "%s: unit is missing", what)
		return Unit{}, false
	}
	u, found := c.units[w.Text]
	if !found {
		c.refuse(w.At, "%s: unknown unit %q", what, w.Text)
	}
	return u, found
}

// levelOf reads the words county, town, village and grid.
func levelOf(text string) record.Level {
	return record.Level(slices.Index(levelWords(), text) + 1)
}

func levelWords() []string { return []string{"county", "town", "village", "grid"} }
