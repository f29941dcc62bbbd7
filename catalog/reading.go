package catalog

import "go.yaml.in/yaml/v3"

// One method for each noun: which keys its definition has.

func (f form) dimension(name word) declaredDimension {
	return declaredDimension{declaredName: f.name(name), Base: f.word("base")}
}

func (f form) unit(name word) declaredUnit {
	return declaredUnit{declaredName: f.name(name), Dimension: f.word("dimension"), Steps: f.number("steps")}
}

func (f form) measure(name word) declaredMeasure {
	return declaredMeasure{
		declaredName: f.name(name),
		Dimension:    f.word("dimension"),
		Unit:         f.word("unit"),
		Basis:        f.word("basis"),
		Aggregator:   f.word("aggregator"),
		Emitters:     f.words("emitter"),
		By:           f.names("by"),
	}
}

func (f form) kind(name word) declaredKind {
	k := declaredKind{
		declaredName: f.name(name),
		Part:         f.word("part"),
		Place:        f.word("place"),
		Owner:        f.word("owner"),
		Facet:        f.flag("facet"),
		Fields:       f.fields(),
		Emits:        f.emits(),
	}
	if f.r.system {
		k.System = f.flag("system")
	}
	return k
}

func (f form) register(name word) declaredKind {
	label := f.word("label")
	k := f.kind(name)
	k.Label = label
	return k
}

func (f form) fields() []declaredField {
	e, found := f.take("fields")
	if !found {
		return nil
	}
	var list []declaredField
	for _, one := range f.r.entries(e.value, f.inside("fields")) {
		inner := f.r.form(one.value, f.inside("fields."+one.key.text))
		list = append(list, inner.field(one.key))
		inner.finish()
	}
	return list
}

func (f form) field(name word) declaredField {
	return declaredField{
		declaredName: f.name(name),
		Type:         f.word("type"),
		Required:     f.flag("required"),
		Personal:     f.flag("personal"),
		Mask:         f.word("mask"),
		Dimension:    f.word("dimension"),
		Unit:         f.word("unit"),
		Choices:      f.names("choices"),
		Refs:         f.word("refs"),
		Min:          f.word("min"),
		Max:          f.word("max"),
		HoldAbove:    f.word("hold_above"),
		MaxRunes:     f.number("max_runes"),
	}
}

func (f form) emits() []declaredEmit {
	e, found := f.take("emits")
	if !found {
		return nil
	}
	if e.value.Kind != yaml.SequenceNode {
		f.r.refused.add(f.r.at(e.value), "%s: want a list", f.inside("emits"))
		return nil
	}
	var list []declaredEmit
	for _, item := range e.value.Content {
		inner := f.r.form(item, f.inside("emits"))
		list = append(list, inner.emit())
		inner.finish()
	}
	return list
}

func (f form) emit() declaredEmit {
	return declaredEmit{
		at:      f.at,
		Measure: f.word("measure"),
		Amount:  f.word("amount"),
		Subject: f.word("subject"),
		When:    f.when(),
		By:      f.word("by"),
		Once:    f.word("once"),
	}
}

func (f form) when() []declaredWhen {
	e, found := f.take("when")
	if !found {
		return nil
	}
	var list []declaredWhen
	for _, one := range f.r.entries(e.value, f.inside("when")) {
		list = append(list, declaredWhen{Field: one.key, In: f.r.words(one.value, f.inside("when."+one.key.text))})
	}
	return list
}

func (f form) figure(name word) declaredFigure {
	return declaredFigure{
		declaredName:  f.name(name),
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

func (f form) ratio() *declaredRatio {
	e, found := f.take("ratio")
	if !found {
		return nil
	}
	inner := f.r.form(e.value, f.inside("ratio"))
	ratio := &declaredRatio{at: inner.at, Of: inner.word("of"), Per: inner.word("per")}
	inner.finish()
	return ratio
}
