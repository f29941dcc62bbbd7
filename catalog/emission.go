package catalog

import (
	"slices"
	"strings"

	"qingshan/catalog/declared"
	"qingshan/fact"
)

// Emission says which facts a record of a kind gives: Amount of Measure about Subject, if When holds.
type Emission struct {
	Measure fact.Measure        // with By: the family, to which the word of the field By is added
	Amount  string              // "1", or a field of the measure's dimension
	Subject string              // SubjectRecord, SubjectPlace, "about:<register>", or a field
	When    map[string][]string // field → the words (of a choice) or "true"/"false" (of a bool) that it must have
	By      string              // a choice field, or ""
	Once    string              // a field: of all records of the kind with one value only the earliest counts; or ""
}

// The subjects that are no field.
const (
	SubjectRecord = "record" // the record itself
	SubjectPlace  = "place"  // the unit where it happened
	SubjectAbout  = "about:" // followed by a register: the object that the record is about
)

// AmountOne is the amount of an emission that counts the record.
const AmountOne = "1"

func (c *compiler) emission(what string, k Kind, d declared.Emit) Emission {
	what += ": emits " + d.Measure.Text
	e := Emission{
		Measure: fact.Measure(d.Measure.Text),
		Amount:  d.Amount.Text,
		Subject: d.Subject.Text,
		By:      d.By.Text,
		Once:    d.Once.Text,
	}
	if e.Subject == "" {
		e.Subject = SubjectRecord
	}
	if e.Amount == "" {
		e.Amount = AmountOne
	}
	m, found := c.emitted(what, k, d)
	if found {
		c.emittedAmount(what, k, d, m)
	}
	c.subject(what, k, d, m)
	e.When = c.when(what, k, d)
	if !d.Once.IsZero() {
		c.emissionField(what+": once", k, d.Once)
	}
	return e
}

// emissionField finds a field that facts may be made of: facts are not erasable, so no personal one.
func (c *compiler) emissionField(what string, k Kind, w declared.Word) (Field, bool) {
	f, found := k.Field(w.Text)
	if !found {
		c.refuse(w.At, "%s: unknown field %q", what, w.Text)
		return f, false
	}
	if f.Personal {
		c.refuse(w.At, "%s: field %s is personal and may not reach a fact", what, f.Name)
		return f, false
	}
	return f, true
}

// emitted finds the measure; with "by" it is a family, whose measures differ in nothing but the word.
func (c *compiler) emitted(what string, k Kind, d declared.Emit) (Measure, bool) {
	if d.Measure.IsZero() {
		c.refuse(d.At, "%s: measure is missing", what)
		return Measure{}, false
	}
	words, family := c.families[d.Measure.Text]
	if d.By.IsZero() {
		m, found := c.measures[fact.Measure(d.Measure.Text)]
		switch {
		case family:
			c.refuse(d.Measure.At, "%s: the measure is divided by %s; name the field in by", what, strings.Join(words, ", "))
		case !found:
			c.refuse(d.Measure.At, "%s: unknown measure %q", what, d.Measure.Text)
		}
		return m, found
	}
	if !family {
		c.refuse(d.Measure.At, "%s: no measure %q that is divided with by", what, d.Measure.Text)
		return Measure{}, false
	}
	c.by(what, k, d, words)
	return c.measures[fact.Measure(d.Measure.Text+"."+words[0])], true
}

func (c *compiler) by(what string, k Kind, d declared.Emit, words []string) {
	f, ok := c.emissionField(what+": by", k, d.By)
	if !ok {
		return
	}
	if f.Type != TypeChoice {
		c.refuse(d.By.At, "%s: by: field %s is a %s, want a choice", what, f.Name, f.Type)
	}
	for _, choice := range f.Choices {
		if !slices.Contains(words, choice.Word) {
			c.refuse(d.By.At, "%s: by: the measure has no word for the choice %s of %s", what, choice.Word, f.Name)
			continue
		}
		c.christen(fact.Measure(d.Measure.Text+"."+choice.Word), choice)
	}
}

func (c *compiler) emittedAmount(what string, k Kind, d declared.Emit, m Measure) {
	at := d.Amount.At
	if d.Amount.IsZero() {
		at = d.At
	}
	if d.Amount.IsZero() || d.Amount.Text == AmountOne {
		if m.Dimension != Count {
			c.refuse(at, "%s: unit clash: amount 1 for a measure of %s", what, m.Dimension)
		}
		return
	}
	f, ok := c.emissionField(what+": amount", k, d.Amount)
	switch {
	case !ok:
	case m.Aggregator == Distinct:
		c.refuse(at, "%s: a distinct measure counts each subject once; leave out the amount %s", what, f.Name)
	case f.Type != TypeQuantity && f.Type != TypeCount:
		c.refuse(at, "%s: amount: field %s is a %s, want a quantity or a count", what, f.Name, f.Type)
	case f.Dimension != m.Dimension:
		c.refuse(at, "%s: unit clash: field %s is of %s, the measure of %s", what, f.Name, f.Dimension, m.Dimension)
	case f.CountUnit != m.Unit:
		c.refuse(at, "%s: unit clash: field %s counts %s, the measure %s", what, f.Name, f.CountUnit, m.Unit)
	}
}

func (c *compiler) subject(what string, k Kind, d declared.Emit, m Measure) {
	text, at := d.Subject.Text, d.Subject.At
	if d.Subject.IsZero() {
		text, at = SubjectRecord, d.At
	}
	object, about := strings.CutPrefix(text, SubjectAbout)
	switch {
	case text == SubjectRecord && m.Aggregator == Distinct:
		c.refuse(at, "%s: a distinct measure needs a subject, else every record counts", what)
	case text == SubjectRecord || text == SubjectPlace:
	case about:
		if object != "unit" && !c.registers[object] {
			c.refuse(at, "%s: subject: unknown register %q", what, object)
		}
	default:
		f, ok := c.emissionField(what+": subject", k, d.Subject)
		if ok && f.Type != TypeRef && f.Type != TypeRecord && f.Type != TypeText && f.Type != TypeChoice {
			c.refuse(at, "%s: subject: field %s is a %s, want a ref, record, text or choice", what, f.Name, f.Type)
		}
	}
}

func (c *compiler) when(what string, k Kind, d declared.Emit) map[string][]string {
	if len(d.When) == 0 {
		return nil
	}
	out := map[string][]string{}
	for _, w := range d.When {
		f, ok := c.emissionField(what+": when", k, w.Field)
		if !ok {
			continue
		}
		if f.Type != TypeChoice && f.Type != TypeBool {
			c.refuse(w.Field.At, "%s: when: field %s is a %s, want a choice or bool", what, f.Name, f.Type)
			continue
		}
		for _, in := range w.In {
			if f.Type == TypeChoice && !f.Takes(in.Text) {
				c.refuse(in.At, "%s: when: unknown choice %q of %s", what, in.Text, f.Name)
			}
			if f.Type == TypeBool && in.Text != "true" && in.Text != "false" {
				c.refuse(in.At, "%s: when: %q of %s is neither true nor false", what, in.Text, f.Name)
			}
			out[f.Name] = append(out[f.Name], in.Text)
		}
	}
	return out
}
