package catalog

import (
	"slices"
	"strings"

	"qingshan/catalog/declared"
)

// FieldType is the form of a field's values.
type FieldType string

// The field types, each with the form in which a client says a value.
const (
	TypeQuantity FieldType = "quantity" // {"amount": "1.25", "unit": "t"}, kept in base units
	TypeCount    FieldType = "count"    // 12
	TypeText     FieldType = "text"     // "..."
	TypeChoice   FieldType = "choice"   // one of the declared words
	TypeBool     FieldType = "bool"     // true or false
	TypeRef      FieldType = "ref"      // "kind/id"
	TypeRecord   FieldType = "record"   // a record's id, a lower-case UUID: it has one spelling only
	TypeDay      FieldType = "day"      // "2025-06-03"
	TypeDecimal  FieldType = "decimal"  // "13220.5", kept as the text it is
)

// The masks: how a personal value is shown to those who may not see it.
const (
	MaskName  = "name"  // the family name stays
	MaskPhone = "phone" // the last four digits stay
	MaskAll   = "all"   // nothing stays
)

// The room for text that a field has if it does not say otherwise, and at most.
const (
	defaultRunes = 200
	mostRunes    = 4000
)

// Field is one value that a record of a kind may carry. Min, Max and HoldAbove are in base units; nil means no such limit.
type Field struct {
	Name      string
	Type      FieldType
	Required  bool
	Personal  bool   // kept apart and erasable; the record holds a commitment only
	Mask      string // personal fields only
	Dimension string // of a quantity; "count" of a count
	CountUnit string // the count word of a count
	Choices   []Choice
	Refs      string // the register that a ref points into, or "unit"
	Min       *int64
	Max       *int64
	HoldAbove *int64 // beyond it a record is held until somebody confirms it
	MaxRunes  int
	ZH        string
	EN        string
}

// Choice is one word that a choice field takes.
type Choice struct {
	Word string
	ZH   string
	EN   string
}

// Takes tells whether word is one of the field's choices.
func (f Field) Takes(word string) bool {
	return slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.Word == word })
}

func fieldTypes() []string {
	return []string{string(TypeQuantity), string(TypeCount), string(TypeText), string(TypeChoice),
		string(TypeBool), string(TypeRef), string(TypeRecord), string(TypeDay), string(TypeDecimal)}
}

func (c *compiler) field(what string, d declared.Field) Field {
	c.plain(what+": name", d.Name)
	c.labels(what, d.Named)
	c.known(what+": type", d.Name.At, d.Type, fieldTypes()...)
	f := Field{
		Name:      d.Name.Text,
		Type:      FieldType(d.Type.Text),
		Required:  d.Required,
		Personal:  d.Personal,
		Dimension: d.Dimension.Text,
		CountUnit: d.Unit.Text,
		Refs:      d.Refs.Text,
		ZH:        d.ZH.Text,
		EN:        d.EN.Text,
	}
	c.fieldKeys(what, f.Type, d)
	c.mask(what, d, &f)
	switch f.Type {
	case TypeQuantity:
		c.dimensionOf(what, d.Name.At, d.Dimension)
	case TypeCount:
		c.fieldCount(what, d, &f)
	case TypeText:
		c.fieldText(what, d, &f)
	case TypeChoice:
		f.Choices = c.choices(what, d)
	case TypeRef:
		c.fieldRef(what, d)
	}
	c.limits(what, d, &f)
	return f
}

// fieldKeys refuses what a field of this type cannot have, because a limit that has no effect misleads.
func (c *compiler) fieldKeys(what string, t FieldType, d declared.Field) {
	numeric := t == TypeQuantity || t == TypeCount
	for _, key := range []struct {
		name  string
		at    declared.Position
		said  bool
		takes bool
	}{
		{"dimension", d.Dimension.At, !d.Dimension.IsZero(), t == TypeQuantity},
		{"unit", d.Unit.At, !d.Unit.IsZero(), t == TypeCount},
		{"choices", d.Name.At, len(d.Choices) > 0, t == TypeChoice},
		{"refs", d.Refs.At, !d.Refs.IsZero(), t == TypeRef},
		{"min", d.Min.At, !d.Min.IsZero(), numeric},
		{"max", d.Max.At, !d.Max.IsZero(), numeric},
		{"hold_above", d.HoldAbove.At, !d.HoldAbove.IsZero(), numeric},
		{"max_runes", d.MaxRunes.At, d.MaxRunes.Said, t == TypeText},
		{"mask", d.Mask.At, !d.Mask.IsZero(), d.Personal},
	} {
		if key.said && !key.takes {
			c.refuse(key.at, "%s: %s has no meaning here", what, key.name)
		}
	}
	if t == TypeQuantity && d.Dimension.Text == Count {
		c.refuse(d.Dimension.At, "%s: a quantity of count; use type count with its unit", what)
	}
}

func (c *compiler) mask(what string, d declared.Field, f *Field) {
	if !d.Personal {
		return
	}
	f.Mask = MaskAll
	if !d.Mask.IsZero() && c.known(what+": mask", d.Name.At, d.Mask, MaskName, MaskPhone, MaskAll) {
		f.Mask = d.Mask.Text
	}
}

func (c *compiler) fieldCount(what string, d declared.Field, f *Field) {
	f.Dimension = Count
	if u, found := c.unitOf(what, d.Name.At, d.Unit); found && u.Dimension != Count {
		c.refuse(d.Unit.At, "%s: unit clash: %s is a unit of %s, not a count word", what, u.Word, u.Dimension)
	}
}

func (c *compiler) fieldText(what string, d declared.Field, f *Field) {
	f.MaxRunes = defaultRunes
	if !d.MaxRunes.Said {
		return
	}
	if d.MaxRunes.N < 1 || d.MaxRunes.N > mostRunes {
		c.refuse(d.MaxRunes.At, "%s: max_runes %d, want 1 to %d", what, d.MaxRunes.N, mostRunes)
		return
	}
	f.MaxRunes = int(d.MaxRunes.N)
}

func (c *compiler) choices(what string, d declared.Field) []Choice {
	var list []Choice
	for _, one := range d.Choices {
		if !plainForm.MatchString(one.Name.Text) {
			c.refuse(one.Name.At, "%s: choice %q is not a lower-case word", what, one.Name.Text)
		}
		if slices.ContainsFunc(list, func(known Choice) bool { return known.Word == one.Name.Text }) {
			c.refuse(one.Name.At, "%s: choice %s is defined twice", what, one.Name.Text)
		}
		c.labels(what+": choice "+one.Name.Text, one)
		list = append(list, Choice{Word: one.Name.Text, ZH: one.ZH.Text, EN: one.EN.Text})
	}
	if len(list) == 0 {
		c.refuse(d.Name.At, "%s: choices are missing", what)
	}
	return list
}

func (c *compiler) fieldRef(what string, d declared.Field) {
	switch {
	case d.Refs.IsZero():
		c.refuse(d.Name.At, "%s: refs is missing", what)
	case d.Refs.Text != "unit" && !c.registers[d.Refs.Text]:
		c.refuse(d.Refs.At, "%s: refs: unknown register %q", what, d.Refs.Text)
	}
}

// limits reads min, max and hold_above; what is counted or weighed is not below zero unless the field says so.
func (c *compiler) limits(what string, d declared.Field, f *Field) {
	if f.Type != TypeQuantity && f.Type != TypeCount {
		return
	}
	zero := int64(0)
	f.Min = c.limit(what+": min", *f, d.Min)
	if f.Min == nil {
		f.Min = &zero
	}
	f.Max = c.limit(what+": max", *f, d.Max)
	f.HoldAbove = c.limit(what+": hold_above", *f, d.HoldAbove)
	if f.Max != nil && *f.Max < *f.Min {
		c.refuse(d.Max.At, "%s: max is below min", what)
	}
	if f.HoldAbove != nil && f.Max != nil && *f.HoldAbove >= *f.Max {
		c.refuse(d.HoldAbove.At, "%s: hold_above is not below max, so it would never hold", what)
	}
	if f.HoldAbove != nil && *f.HoldAbove < *f.Min {
		c.refuse(d.HoldAbove.At, "%s: hold_above is below min", what)
	}
}

// limit reads "20 t" for a quantity and "500" for a count.
func (c *compiler) limit(what string, f Field, w declared.Word) *int64 {
	if w.IsZero() {
		return nil
	}
	amount, unit, spaced := strings.Cut(w.Text, " ")
	steps := int64(1)
	switch {
	case f.Type == TypeCount && spaced:
		c.refuse(w.At, "%s: %q, want a whole number without unit", what, w.Text)
		return nil
	case f.Type == TypeQuantity:
		u, found := c.units[unit]
		if !found {
			c.refuse(w.At, "%s: %q, want an amount, a space and a known unit", what, w.Text)
			return nil
		}
		if u.Dimension != f.Dimension {
			c.refuse(w.At, "%s: unit clash: %s is a unit of %s, the field is of %s", what, unit, u.Dimension, f.Dimension)
			return nil
		}
		steps = u.Steps
	}
	n, reason := baseUnits(amount, steps)
	if reason != "" {
		c.refuse(w.At, "%s: %q is no whole number of base units", what, w.Text)
		return nil
	}
	return &n
}
