// Package catalog holds the words and rules of the trade: dimensions, units, parts, measures, record kinds, registers,
// figures and their guards, read from YAML and addressed by the hash of their content. It knows no storage and counts nothing.
package catalog

import (
	"cmp"
	"slices"

	"qingshan/fact"
	"qingshan/internal/digest"
	"qingshan/record"
)

// Catalog is one complete, checked set of definitions. It never changes after it was loaded, so any number of readers may
// share it; what its methods hand out is for reading only.
type Catalog struct {
	body []byte
	hash digest.Hash

	dimensions []Dimension
	units      []Unit
	parts      []Part
	measures   []Measure
	kinds      []Kind
	registers  []Register
	figures    []Figure
	guards     []Guard

	unitAt     map[string]int
	measureAt  map[fact.Measure]int
	kindAt     map[record.Kind]int
	registerAt map[string]int
	figureAt   map[string]int
	guardAt    map[string]int
}

// Body gives the canonical JSON of the content; [Decode] is its inverse.
func (c *Catalog) Body() []byte { return append([]byte(nil), c.body...) }

// Hash gives the address of the content: every entry of a ledger names the catalog it was accepted under by it.
func (c *Catalog) Hash() digest.Hash { return c.hash }

// Dimensions lists the dimensions by name.
func (c *Catalog) Dimensions() []Dimension { return c.dimensions }

// Units lists the units by word.
func (c *Catalog) Units() []Unit { return c.units }

// Unit gives the unit of this word.
func (c *Catalog) Unit(word string) (Unit, bool) { return pick(c.units, c.unitAt, word) }

// Parts lists the parts of the work in the order in which they were declared.
func (c *Catalog) Parts() []Part { return c.parts }

// Measures lists the measures by name; those with "by" are listed once for each word.
func (c *Catalog) Measures() []Measure { return c.measures }

// Measure gives the measure of this name.
func (c *Catalog) Measure(name fact.Measure) (Measure, bool) {
	return pick(c.measures, c.measureAt, name)
}

// Kinds lists the record kinds by name, those of the registers among them.
func (c *Catalog) Kinds() []Kind { return c.kinds }

// Kind gives the record kind of this name.
func (c *Catalog) Kind(name record.Kind) (Kind, bool) { return pick(c.kinds, c.kindAt, name) }

// Registers lists the registers by name.
func (c *Catalog) Registers() []Register { return c.registers }

// Register gives the register of this name, such as "household".
func (c *Catalog) Register(name string) (Register, bool) {
	return pick(c.registers, c.registerAt, name)
}

// Figures lists the figures part by part, within one in the order in which they were declared.
func (c *Catalog) Figures() []Figure { return c.figures }

// Figure gives the figure of this code.
func (c *Catalog) Figure(code string) (Figure, bool) { return pick(c.figures, c.figureAt, code) }

// Guards lists the guards by name.
func (c *Catalog) Guards() []Guard { return c.guards }

// Guard gives the guard of this name.
func (c *Catalog) Guard(name string) (Guard, bool) { return pick(c.guards, c.guardAt, name) }

// pick finds one item of a list through its index.
func pick[K comparable, T any](list []T, at map[K]int, key K) (T, bool) {
	i, found := at[key]
	if !found {
		var none T
		return none, false
	}
	return list[i], true
}

// index maps the key of each item to its place in the list.
func index[K comparable, T any](list []T, key func(T) K) map[K]int {
	at := make(map[K]int, len(list))
	for i, item := range list {
		at[key(item)] = i
	}
	return at
}

// seal orders the lists and builds the indexes, once all definitions are there.
func (c *Catalog) seal() {
	slices.SortFunc(c.dimensions, func(a, b Dimension) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(c.units, func(a, b Unit) int { return cmp.Compare(a.Word, b.Word) })
	slices.SortFunc(c.measures, func(a, b Measure) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(c.kinds, func(a, b Kind) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(c.registers, func(a, b Register) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(c.guards, func(a, b Guard) int { return cmp.Compare(a.Name, b.Name) })
	part := index(c.parts, func(p Part) string { return p.Word })
	slices.SortStableFunc(c.figures, func(a, b Figure) int { return cmp.Compare(part[a.Part], part[b.Part]) })

	c.unitAt = index(c.units, func(u Unit) string { return u.Word })
	c.measureAt = index(c.measures, func(m Measure) fact.Measure { return m.Name })
	c.kindAt = index(c.kinds, func(k Kind) record.Kind { return k.Name })
	c.registerAt = index(c.registers, func(r Register) string { return r.Name })
	c.figureAt = index(c.figures, func(f Figure) string { return f.Code })
	c.guardAt = index(c.guards, func(g Guard) string { return g.Name })
}
