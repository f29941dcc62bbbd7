package declared

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// form is one definition: its keys are taken one by one, and what is left at the end is unknown.
type form struct {
	r    *reader
	what string
	at   Position
	left map[string]entry
}

func (r *reader) form(n *yaml.Node, what string) form {
	f := form{r: r, what: what, at: r.at(n), left: map[string]entry{}}
	for _, e := range r.entries(n, what) {
		f.left[e.key.Text] = e
	}
	return f
}

// finish refuses every key that nobody asked for.
func (f form) finish() {
	for key, e := range f.left {
		f.r.refused.Add(e.key.At, "%s: unknown key %q", f.what, key)
	}
}

func (f form) take(key string) (entry, bool) {
	e, found := f.left[key]
	delete(f.left, key)
	return e, found
}

func (f form) inside(key string) string { return f.what + ": " + key }

func (f form) word(key string) Word {
	e, found := f.take(key)
	if !found {
		return Word{}
	}
	w, _ := f.r.scalar(e.value, f.inside(key))
	return w
}

func (f form) number(key string) Number {
	w := f.word(key)
	if w.IsZero() {
		return Number{}
	}
	n, err := strconv.ParseInt(w.Text, 10, 64)
	if err != nil {
		f.r.refused.Add(w.At, "%s: %q is not a whole number", f.inside(key), w.Text)
	}
	return Number{N: n, Said: true, At: w.At}
}

func (f form) flag(key string) bool {
	w := f.word(key)
	if !w.IsZero() && w.Text != "true" && w.Text != "false" {
		f.r.refused.Add(w.At, "%s: %q is neither true nor false", f.inside(key), w.Text)
	}
	return w.Text == "true"
}

// words reads a list of texts.
func (f form) words(key string) []Word {
	e, found := f.take(key)
	if !found {
		return nil
	}
	return f.r.words(e.value, f.inside(key))
}

// names reads a mapping of words to their labels; a plain list gives words without labels.
func (f form) names(key string) []Named {
	e, found := f.take(key)
	if !found {
		return nil
	}
	var list []Named
	if e.value.Kind == yaml.SequenceNode {
		for _, w := range f.r.words(e.value, f.inside(key)) {
			list = append(list, Named{Name: w})
		}
		return list
	}
	for _, one := range f.r.entries(e.value, f.inside(key)) {
		labels := f.r.form(one.value, f.inside(key)+"."+one.key.Text)
		list = append(list, labels.name(one.key))
		labels.finish()
	}
	return list
}

// name reads the labels that every definition has.
func (f form) name(name Word) Named {
	return Named{Name: name, ZH: f.word("zh"), EN: f.word("en")}
}

// One method for each noun: which keys its definition has.

func (f form) dimension(name Word) Dimension {
	return Dimension{Named: f.name(name), Base: f.word("base")}
}

func (f form) unit(name Word) Unit {
	return Unit{Named: f.name(name), Dimension: f.word("dimension"), Steps: f.number("steps")}
}

func (f form) measure(name Word) Measure {
	return Measure{
		Named:      f.name(name),
		Dimension:  f.word("dimension"),
		Unit:       f.word("unit"),
		Basis:      f.word("basis"),
		Aggregator: f.word("aggregator"),
		Emitters:   f.words("emitter"),
		By:         f.names("by"),
	}
}

func (f form) kind(name Word) Kind {
	k := Kind{
		Named:  f.name(name),
		Part:   f.word("part"),
		Place:  f.word("place"),
		Owner:  f.word("owner"),
		Facet:  f.flag("facet"),
		Signed: f.flag("signed"),
		Fields: f.fields(),
		Emits:  f.emits(),
	}
	if f.r.system {
		k.System = f.flag("system")
	}
	return k
}

func (f form) register(name Word) Kind {
	label, id := f.word("label"), f.word("id")
	k := f.kind(name)
	k.Label, k.ID = label, id
	return k
}

func (f form) fields() []Field {
	e, found := f.take("fields")
	if !found {
		return nil
	}
	var list []Field
	for _, one := range f.r.entries(e.value, f.inside("fields")) {
		inner := f.r.form(one.value, f.inside("fields."+one.key.Text))
		list = append(list, inner.field(one.key))
		inner.finish()
	}
	return list
}

func (f form) field(name Word) Field {
	return Field{
		Named:     f.name(name),
		Type:      f.word("type"),
		Required:  f.flag("required"),
		Personal:  f.flag("personal"),
		Mask:      f.word("mask"),
		Dimension: f.word("dimension"),
		Unit:      f.word("unit"),
		Choices:   f.names("choices"),
		Refs:      f.word("refs"),
		Min:       f.word("min"),
		Max:       f.word("max"),
		HoldAbove: f.word("hold_above"),
		MaxRunes:  f.number("max_runes"),
	}
}

func (f form) emits() []Emit {
	e, found := f.take("emits")
	if !found {
		return nil
	}
	if e.value.Kind != yaml.SequenceNode {
		f.r.refused.Add(f.r.at(e.value), "%s: want a list", f.inside("emits"))
		return nil
	}
	var list []Emit
	for _, item := range e.value.Content {
		inner := f.r.form(item, f.inside("emits"))
		list = append(list, inner.emit())
		inner.finish()
	}
	return list
}

func (f form) emit() Emit {
	return Emit{
		At:      f.at,
		Measure: f.word("measure"),
		Amount:  f.word("amount"),
		Subject: f.word("subject"),
		When:    f.when(),
		By:      f.word("by"),
		Once:    f.word("once"),
	}
}

func (f form) when() []When {
	e, found := f.take("when")
	if !found {
		return nil
	}
	var list []When
	for _, one := range f.r.entries(e.value, f.inside("when")) {
		list = append(list, When{Field: one.key, In: f.r.words(one.value, f.inside("when."+one.key.Text))})
	}
	return list
}

func (f form) figure(name Word) Figure {
	return Figure{
		Named:         f.name(name),
		Part:          f.word("part"),
		Unit:          f.word("unit"),
		Basis:         f.word("basis"),
		Of:            f.words("of"),
		Plus:          f.words("plus"),
		Ratio:         f.ratio(),
		Claim:         f.flag("claim"),
		NotComparable: f.word("not_comparable"),
	}
}

func (f form) guard(name Word) Guard {
	return Guard{
		Named:     f.name(name),
		Of:        f.word("of"),
		Per:       f.word("per"),
		PerRecord: f.flag("per_record"),
		Against:   f.against(),
		AtMost:    f.word("at_most"),
		Unit:      f.word("unit"),
		Min:       f.word("min"),
		Max:       f.word("max"),
		Usual:     f.words("usual"),
		Post:      f.words("post"),
		Source:    f.word("source"),
	}
}

func (f form) against() *Range {
	e, found := f.take("against")
	if !found {
		return nil
	}
	inner := f.r.form(e.value, f.inside("against"))
	usual := &Range{At: inner.at, Low: inner.word("low"), High: inner.word("high"), Unit: inner.word("unit")}
	inner.finish()
	return usual
}

func (f form) ratio() *Ratio {
	e, found := f.take("ratio")
	if !found {
		return nil
	}
	inner := f.r.form(e.value, f.inside("ratio"))
	ratio := &Ratio{At: inner.at, Of: inner.word("of"), Per: inner.word("per")}
	inner.finish()
	return ratio
}
