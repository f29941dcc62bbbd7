package catalog

// Rules of guards:
//
//  1. What is judged is a figure; or one figure divided by another (per), by the number of its own records (per_record), or
//     by what is usual of such a thing (against), which is a range and gives one.
//  2. It is judged by a band with a lower bound, an upper bound or both (min, max), in the guard's unit; or by another
//     figure that it may not exceed (at_most).
//  3. "usual" is the ordinary range inside the band. Nothing is refused for lying outside of it; it is shown.
//  4. The posts are those whose holders may sign an explanation of what lies outside.
//  5. The source says where the bounds come from, and says so where nobody has verified them.

import (
	"math/big"
	"slices"

	"qingshan/catalog/declared"
)

// Guard is a rule of plausibility over figures and claims. All its numbers are decimals in Unit.
type Guard struct {
	Name      string
	ZH        string
	EN        string
	Of        string // the figure that is judged
	Per       string // the figure it is divided by, or ""
	PerRecord bool   // divided by the number of its own records
	Against   *Range // divided by what is usual
	AtMost    string // the figure that it may not exceed, or ""; then Unit is that figure's
	Unit      string
	Min       string // "" = no lower bound
	Max       string // "" = no upper bound
	Usual     *Range // in Unit; nil if nothing is known to be usual
	Post      []string
	Source    string
}

// Range is what is usual of something, both ends included.
type Range struct {
	Low  string
	High string
	Unit string
}

// Figures lists the codes of the figures that the guard reads, the judged one first.
func (g Guard) Figures() []string {
	codes := []string{g.Of}
	for _, code := range []string{g.Per, g.AtMost} {
		if code != "" {
			codes = append(codes, code)
		}
	}
	return codes
}

// postRegister and roleField say where the roles stand that may sign.
const (
	postRegister = "post"
	roleField    = "role"
)

func (c *compiler) guard(d declared.Guard) Guard {
	what := "guard " + d.Name.Text
	c.dotted("guard", d.Name)
	c.labels(what, d.Named)
	g := Guard{Name: d.Name.Text, ZH: d.ZH.Text, EN: d.EN.Text, Of: d.Of.Text, Per: d.Per.Text, PerRecord: d.PerRecord,
		AtMost: d.AtMost.Text, Unit: d.Unit.Text, Min: d.Min.Text, Max: d.Max.Text, Source: d.Source.Text}
	if d.Source.IsZero() {
		c.refuse(d.Name.At, "%s: source is missing: say where the bounds come from, or that nobody has verified them", what)
	}
	g.Post = c.signers(what, d)
	g.Against, g.Usual = against(d), usual(d)
	value, known := c.judged(what, d)
	if d.AtMost.IsZero() {
		c.band(what, d, value, known)
		return g
	}
	g.Unit = c.ceiling(what, d, value, known)
	return g
}

func against(d declared.Guard) *Range {
	if d.Against == nil {
		return nil
	}
	return &Range{Low: d.Against.Low.Text, High: d.Against.High.Text, Unit: d.Against.Unit.Text}
}

func usual(d declared.Guard) *Range {
	if len(d.Usual) != 2 {
		return nil
	}
	return &Range{Low: d.Usual[0].Text, High: d.Usual[1].Text, Unit: d.Unit.Text}
}

// signers checks that each post is a role that a post can have.
func (c *compiler) signers(what string, d declared.Guard) []string {
	if len(d.Post) == 0 {
		c.refuse(d.Name.At, "%s: post is missing: name the roles that may sign an explanation", what)
	}
	var roles []string
	for _, w := range d.Post {
		switch {
		case !c.role(w.Text):
			c.refuse(w.At, "%s: post: unknown role %q: the register %s has no such choice in %s", what, w.Text, postRegister, roleField)
		case slices.Contains(roles, w.Text):
			c.refuse(w.At, "%s: post: role %s stands twice", what, w.Text)
		}
		roles = append(roles, w.Text)
	}
	return roles
}

func (c *compiler) role(word string) bool {
	at := slices.IndexFunc(c.out.registers, func(r Register) bool { return r.Name == postRegister })
	if at < 0 {
		return false
	}
	f, _ := c.out.registers[at].Kind.Field(roleField)
	return f.Takes(word)
}

// judged gives dimension and count word of what is judged, as a quotient, by rule 1.
func (c *compiler) judged(what string, d declared.Guard) (Quotient, bool) {
	ways := 0
	for _, said := range []bool{!d.Per.IsZero(), d.PerRecord, d.Against != nil} {
		if said {
			ways++
		}
	}
	if ways > 1 {
		c.refuse(d.Name.At, "%s: either per, per_record or against", what)
	}
	if d.Of.IsZero() {
		c.refuse(d.Name.At, "%s: of is missing", what)
		return Quotient{}, false
	}
	of, known := c.numbered(what+": of", d.Of)
	switch {
	case !known:
		return Quotient{}, false
	case !d.Per.IsZero():
		per, known := c.numbered(what+": per", d.Per)
		if known && d.Per.Text == d.Of.Text {
			c.refuse(d.Per.At, "%s: per: a figure divided by itself", what)
		}
		return c.quotient(what+": per", d.Per.At, of, per, known)
	case d.PerRecord:
		c.recorded(what, d)
	case d.Against != nil:
		per, known := c.against(what+": against", *d.Against)
		return c.quotient(what+": against", d.Against.At, of, per, known)
	}
	q := Quotient{Dimension: of.Dimension}
	if of.Dimension == Count {
		q.CountWord = of.Word
	}
	return q, true
}

// numbered finds a figure that has a number, and its unit.
func (c *compiler) numbered(what string, w declared.Word) (Unit, bool) {
	f, found := c.figures[w.Text]
	switch {
	case !found:
		c.refuse(w.At, "%s: unknown figure %q", what, w.Text)
		return Unit{}, false
	case statusOf(f) == NotComparable:
		c.refuse(w.At, "%s: figure %s is %s, so there is nothing to reckon with", what, w.Text, NotComparable)
		return Unit{}, false
	case f.Unit.IsZero():
		c.refuse(w.At, "%s: figure %s has no unit, so there is nothing to reckon with", what, w.Text)
		return Unit{}, false
	}
	u, found := c.units[f.Unit.Text]
	return u, found // an unknown unit is refused where the figure stands
}

func (c *compiler) quotient(what string, at declared.Position, of, per Unit, known bool) (Quotient, bool) {
	if !known {
		return Quotient{}, false
	}
	q, ok := Divide(of, per)
	switch {
	case !ok:
		c.refuse(at, "%s: unit clash: %s ÷ %s is no quantity: want money ÷ mass, mass ÷ area, like ÷ like, or anything ÷ a count", what, of.Dimension, per.Dimension)
	case !c.grounded(of, per):
		c.refuse(at, "%s: unit clash: %s ÷ %s cannot be reckoned in other base units than the standard catalog's", what, of.Dimension, per.Dimension)
		ok = false
	}
	return q, ok
}

// recorded refuses to divide by records what is not added up over them.
func (c *compiler) recorded(what string, d declared.Guard) {
	f := c.figures[d.Of.Text]
	if statusOf(f) != Counted || aggregatorOf(f.Basis.Text) != Sum {
		c.refuse(d.Of.At, "%s: per_record: figure %s is not a sum over records", what, d.Of.Text)
	}
}

// against checks what is usual, and gives its unit.
func (c *compiler) against(what string, d declared.Range) (Unit, bool) {
	u, found := c.unitOf(what, d.At, d.Unit)
	low, okLow := c.decimalOf(what+": low", d.At, d.Low)
	high, okHigh := c.decimalOf(what+": high", d.At, d.High)
	switch {
	case okLow && low.Sign() <= 0:
		c.refuse(d.Low.At, "%s: low is not above 0", what)
	case okLow && okHigh && low.Cmp(high) > 0:
		c.refuse(d.High.At, "%s: high is below low", what)
	}
	return u, found
}

// decimalOf reads a plain decimal number and refuses one that is missing.
func (c *compiler) decimalOf(what string, owner declared.Position, w declared.Word) (*big.Rat, bool) {
	if w.IsZero() {
		c.refuse(owner, "%s is missing", what)
		return nil, false
	}
	return c.decimal(what, w)
}

func (c *compiler) decimal(what string, w declared.Word) (*big.Rat, bool) {
	if !plainDecimal(w.Text) {
		c.refuse(w.At, "%s: %q is not a decimal number", what, w.Text)
		return nil, false
	}
	return new(big.Rat).SetString(w.Text)
}

// band checks bounds and unit, by rules 2 and 3.
func (c *compiler) band(what string, d declared.Guard, value Quotient, known bool) {
	u, found := c.unitOf(what, d.Name.At, d.Unit)
	if found && known {
		c.fits(what, d.Unit.At, value, u)
	}
	bounds := map[string]*big.Rat{}
	for _, b := range []struct {
		name string
		w    declared.Word
	}{{"min", d.Min}, {"max", d.Max}} {
		if b.w.IsZero() {
			continue
		}
		if bound, ok := c.decimal(what+": "+b.name, b.w); ok {
			bounds[b.name] = bound
		}
	}
	if d.Min.IsZero() && d.Max.IsZero() {
		c.refuse(d.Name.At, "%s: no bound: min, max or at_most is missing", what)
	}
	if bounds["min"] != nil && bounds["max"] != nil && bounds["min"].Cmp(bounds["max"]) > 0 {
		c.refuse(d.Max.At, "%s: max is below min", what)
	}
	c.usual(what, d, bounds["min"], bounds["max"])
}

// fits refuses a unit in which the value cannot be said.
func (c *compiler) fits(what string, at declared.Position, value Quotient, u Unit) {
	switch {
	case u.Dimension != value.Dimension:
		c.refuse(at, "%s: unit clash: what is judged is of %s, %s is a unit of %s", what, value.Dimension, u.Word, u.Dimension)
	case u.Dimension == Count && u.Word != value.CountWord:
		c.refuse(at, "%s: unit clash: what is judged counts %s, not %s", what, value.CountWord, u.Word)
	}
}

// usual refuses an ordinary range that is none or that the band does not hold.
func (c *compiler) usual(what string, d declared.Guard, least, most *big.Rat) {
	if len(d.Usual) == 0 {
		return
	}
	if len(d.Usual) != 2 {
		c.refuse(d.Usual[0].At, "%s: usual: want two numbers, the lower first", what)
		return
	}
	low, okLow := c.decimal(what+": usual", d.Usual[0])
	high, okHigh := c.decimal(what+": usual", d.Usual[1])
	switch {
	case !okLow || !okHigh:
	case low.Cmp(high) > 0:
		c.refuse(d.Usual[1].At, "%s: usual: the second number is below the first", what)
	case least != nil && low.Cmp(least) < 0 || most != nil && high.Cmp(most) > 0:
		c.refuse(d.Usual[0].At, "%s: usual: the ordinary range is not within min and max", what)
	}
}

// ceiling checks the figure that may not be exceeded, and gives its unit.
func (c *compiler) ceiling(what string, d declared.Guard, value Quotient, known bool) string {
	for _, key := range []struct {
		name string
		at   declared.Position
		said bool
	}{
		{"unit", d.Unit.At, !d.Unit.IsZero()},
		{"min", d.Min.At, !d.Min.IsZero()},
		{"max", d.Max.At, !d.Max.IsZero()},
		{"usual", d.Name.At, len(d.Usual) > 0},
		{"against", d.Name.At, d.Against != nil},
	} {
		if key.said {
			c.refuse(key.at, "%s: %s has no meaning beside at_most", what, key.name)
		}
	}
	u, found := c.numbered(what+": at_most", d.AtMost)
	if found && known {
		c.fits(what+": at_most", d.AtMost.At, value, u)
	}
	if d.AtMost.Text == d.Of.Text || d.AtMost.Text == d.Per.Text {
		c.refuse(d.AtMost.At, "%s: at_most: figure %s against itself", what, d.AtMost.Text)
	}
	return u.Word
}
