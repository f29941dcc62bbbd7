package catalog

import (
	"math/big"
	"strings"

	"qingshan/catalog/declared"
)

// Count is the dimension of things that are counted; its units are count words, and unlike count words never add.
const Count = "count"

// ratioDimension is the dimension of one figure by another of the same dimension, in parts per million.
const ratioDimension = "ratio"

// Dimension is what a quantity is a quantity of; Base names the unit in which all its amounts are kept as integers.
type Dimension struct {
	Name string
	Base string
	ZH   string
	EN   string
}

// Unit is a word that amounts are said and shown in. Steps is the exact number of base units that one unit has.
type Unit struct {
	Word      string
	Dimension string
	Steps     int64
	ZH        string
	EN        string
}

// Part is one of the parts into which the work and the published list are divided.
type Part struct {
	Word string
	ZH   string
	EN   string
}

// maxDigits is how many decimals an amount shows that has no last one, such as square metres in mu.
const maxDigits = 6

// Format gives an amount of base units as a decimal number of this unit: exactly where the decimals end, else rounded to
// six of them, half to even. (A number whose decimals do not end is never half way, so no tie is broken in truth.)
func (u Unit) Format(amount int64) string {
	value := big.NewRat(amount, max(u.Steps, 1))
	digits, exact := value.FloatPrec()
	if exact {
		return value.FloatString(digits)
	}
	text := strings.TrimRight(value.FloatString(maxDigits), "0")
	text = strings.TrimSuffix(text, ".")
	if text == "-0" {
		return "0"
	}
	return text
}

func (c *compiler) dimension(d declared.Dimension) {
	c.plain("dimension", d.Name)
	c.labels("dimension "+d.Name.Text, d.Named)
	if d.Base.IsZero() {
		c.refuse(d.Name.At, "dimension %s: base is missing", d.Name.Text)
	}
	c.dimensions[d.Name.Text] = true
	c.out.dimensions = append(c.out.dimensions, Dimension{
		Name: d.Name.Text,
		Base: d.Base.Text,
		ZH:   d.ZH.Text,
		EN:   d.EN.Text,
	})
}

func (c *compiler) unit(d declared.Unit) {
	what := "unit " + d.Name.Text
	c.plain("unit", d.Name)
	c.labels(what, d.Named)
	c.dimensionOf(what, d.Name.At, d.Dimension)
	switch {
	case !d.Steps.Said:
		c.refuse(d.Name.At, "%s: steps are missing", what)
	case d.Steps.N < 1:
		c.refuse(d.Steps.At, "%s: steps %d, want at least 1", what, d.Steps.N)
	case d.Dimension.Text == Count && d.Steps.N != 1:
		c.refuse(d.Steps.At, "%s: steps %d, but a count word has 1", what, d.Steps.N)
	}
	u := Unit{Word: d.Name.Text, Dimension: d.Dimension.Text, Steps: d.Steps.N, ZH: d.ZH.Text, EN: d.EN.Text}
	c.units[u.Word] = u
	c.out.units = append(c.out.units, u)
}

// dimensionOf refuses a dimension that is missing or was not declared.
func (c *compiler) dimensionOf(what string, owner declared.Position, w declared.Word) {
	switch {
	case w.IsZero():
		c.refuse(owner, "%s: dimension is missing", what)
	case !c.dimensions[w.Text]:
		c.refuse(w.At, "%s: unknown dimension %q", what, w.Text)
	}
}

func (c *compiler) part(d declared.Part) {
	if !partForm.MatchString(d.Name.Text) {
		c.refuse(d.Name.At, "part %q is not a lower-case word", d.Name.Text)
	}
	c.labels("part "+d.Name.Text, d.Named)
	c.parts[d.Name.Text] = true
	c.out.parts = append(c.out.parts, Part{Word: d.Name.Text, ZH: d.ZH.Text, EN: d.EN.Text})
}
