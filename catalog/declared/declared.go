// Package declared is what the sources of a catalog say, before anybody asks whether it makes sense: the forms of the
// definitions, read from YAML in layers, written to and read from the canonical body, each word with its file and line.
package declared

// Catalog is all definitions of one catalog. Its JSON form, version 1, is irreversible, as every catalog ever used is kept.
type Catalog struct {
	Dimensions []Dimension `json:"dimensions,omitempty"`
	Units      []Unit      `json:"units,omitempty"`
	Parts      []Part      `json:"parts,omitempty"`
	Measures   []Measure   `json:"measures,omitempty"`
	Kinds      []Kind      `json:"kinds,omitempty"`
	Registers  []Kind      `json:"registers,omitempty"`
	Figures    []Figure    `json:"figures,omitempty"`
	Guards     []Guard     `json:"guards,omitempty"`
}

// Named is the name of a definition and its labels for people.
type Named struct {
	Name Word `json:"name"`
	ZH   Word `json:"zh,omitzero"`
	EN   Word `json:"en,omitzero"`
}

// Called gives the name; every definition has it by embedding.
func (n Named) Called() Word { return n.Name }

// Dimension is one entry of the section "dimensions".
type Dimension struct {
	Named
	Base Word `json:"base,omitzero"`
}

// Unit is one entry of the section "units".
type Unit struct {
	Named
	Dimension Word   `json:"dimension,omitzero"`
	Steps     Number `json:"steps,omitzero"`
}

// Part is one entry of the section "parts".
type Part struct {
	Named
}

// Measure is one entry of the section "measures". It may say several emitters, which is then refused with both names.
type Measure struct {
	Named
	Dimension  Word    `json:"dimension,omitzero"`
	Unit       Word    `json:"unit,omitzero"`
	Basis      Word    `json:"basis,omitzero"`
	Aggregator Word    `json:"aggregator,omitzero"`
	Emitters   []Word  `json:"emitter,omitempty"`
	By         []Named `json:"by,omitempty"`
}

// Kind is one entry of the section "kinds" or "registers".
type Kind struct {
	Named
	Part   Word    `json:"part,omitzero"`
	Place  Word    `json:"place,omitzero"`
	Owner  Word    `json:"owner,omitzero"`
	Label  Word    `json:"label,omitzero"`
	ID     Word    `json:"id,omitzero"`
	Facet  bool    `json:"facet,omitempty"`
	System bool    `json:"system,omitempty"`
	Signed bool    `json:"signed,omitempty"`
	Fields []Field `json:"fields,omitempty"`
	Emits  []Emit  `json:"emits,omitempty"`
}

// Field is one field of a kind.
type Field struct {
	Named
	Type      Word    `json:"type,omitzero"`
	Required  bool    `json:"required,omitempty"`
	Personal  bool    `json:"personal,omitempty"`
	Mask      Word    `json:"mask,omitzero"`
	Dimension Word    `json:"dimension,omitzero"`
	Unit      Word    `json:"unit,omitzero"`
	Choices   []Named `json:"choices,omitempty"`
	Refs      Word    `json:"refs,omitzero"`
	Min       Word    `json:"min,omitzero"`
	Max       Word    `json:"max,omitzero"`
	HoldAbove Word    `json:"hold_above,omitzero"`
	MaxRunes  Number  `json:"max_runes,omitzero"`
}

// Emit is one line of a kind's "emits".
type Emit struct {
	At      Position `json:"-"`
	Measure Word     `json:"measure,omitzero"`
	Amount  Word     `json:"amount,omitzero"`
	Subject Word     `json:"subject,omitzero"`
	When    []When   `json:"when,omitempty"`
	By      Word     `json:"by,omitzero"`
	Once    Word     `json:"once,omitzero"`
}

// When is one condition of an emission: the field has one of these words.
type When struct {
	Field Word   `json:"field"`
	In    []Word `json:"in"`
}

// Figure is one entry of the section "figures".
type Figure struct {
	Named
	Part          Word   `json:"part,omitzero"`
	Unit          Word   `json:"unit,omitzero"`
	Basis         Word   `json:"basis,omitzero"`
	Of            []Word `json:"of,omitempty"`
	Plus          []Word `json:"plus,omitempty"`
	Ratio         *Ratio `json:"ratio,omitempty"`
	Claim         bool   `json:"claim,omitempty"`
	NotComparable Word   `json:"not_comparable,omitzero"`
}

// Ratio is a figure's "ratio".
type Ratio struct {
	At  Position `json:"-"`
	Of  Word     `json:"of,omitzero"`
	Per Word     `json:"per,omitzero"`
}

// Guard is one entry of the section "guards".
type Guard struct {
	Named
	Of        Word   `json:"of,omitzero"`
	Per       Word   `json:"per,omitzero"`
	PerRecord bool   `json:"per_record,omitempty"`
	Against   *Range `json:"against,omitempty"`
	AtMost    Word   `json:"at_most,omitzero"`
	Unit      Word   `json:"unit,omitzero"`
	Min       Word   `json:"min,omitzero"`
	Max       Word   `json:"max,omitzero"`
	Usual     []Word `json:"usual,omitempty"`
	Post      []Word `json:"post,omitempty"`
	Source    Word   `json:"source,omitzero"`
}

// Range is a guard's "against": what is usual of such a thing, in a unit of its own.
type Range struct {
	At   Position `json:"-"`
	Low  Word     `json:"low,omitzero"`
	High Word     `json:"high,omitzero"`
	Unit Word     `json:"unit,omitzero"`
}
