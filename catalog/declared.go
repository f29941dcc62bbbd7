package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"golang.org/x/text/unicode/norm"

	"qingshan/internal/digest"
)

// The declared types are what the sources say, before anything is checked: read from YAML by reader, written to and read
// from the canonical body. Their JSON form, version 1, is irreversible, because every catalog ever used is kept.

// bodyVersion heads every body.
const bodyVersion = 1

// maxBody bounds a body: the standard catalog takes a few per cent of it.
const maxBody = 4 << 20

type declared struct {
	Dimensions []declaredDimension `json:"dimensions,omitempty"`
	Units      []declaredUnit      `json:"units,omitempty"`
	Parts      []declaredPart      `json:"parts,omitempty"`
	Measures   []declaredMeasure   `json:"measures,omitempty"`
	Kinds      []declaredKind      `json:"kinds,omitempty"`
	Registers  []declaredKind      `json:"registers,omitempty"`
	Figures    []declaredFigure    `json:"figures,omitempty"`
}

// declaredName is the name of a definition and its labels for people.
type declaredName struct {
	Name word `json:"name"`
	ZH   word `json:"zh,omitzero"`
	EN   word `json:"en,omitzero"`
}

func (d declaredName) named() word { return d.Name }

type declaredDimension struct {
	declaredName
	Base word `json:"base,omitzero"`
}

type declaredUnit struct {
	declaredName
	Dimension word   `json:"dimension,omitzero"`
	Steps     number `json:"steps,omitzero"`
}

type declaredPart struct {
	declaredName
}

type declaredMeasure struct {
	declaredName
	Dimension  word           `json:"dimension,omitzero"`
	Unit       word           `json:"unit,omitzero"`
	Basis      word           `json:"basis,omitzero"`
	Aggregator word           `json:"aggregator,omitzero"`
	Emitters   []word         `json:"emitter,omitempty"`
	By         []declaredName `json:"by,omitempty"`
}

// declaredKind is a record kind or, in the section "registers", a register.
type declaredKind struct {
	declaredName
	Part   word            `json:"part,omitzero"`
	Place  word            `json:"place,omitzero"`
	Owner  word            `json:"owner,omitzero"`
	Label  word            `json:"label,omitzero"`
	Facet  bool            `json:"facet,omitempty"`
	System bool            `json:"system,omitempty"`
	Fields []declaredField `json:"fields,omitempty"`
	Emits  []declaredEmit  `json:"emits,omitempty"`
}

type declaredField struct {
	declaredName
	Type      word           `json:"type,omitzero"`
	Required  bool           `json:"required,omitempty"`
	Personal  bool           `json:"personal,omitempty"`
	Mask      word           `json:"mask,omitzero"`
	Dimension word           `json:"dimension,omitzero"`
	Unit      word           `json:"unit,omitzero"`
	Choices   []declaredName `json:"choices,omitempty"`
	Refs      word           `json:"refs,omitzero"`
	Min       word           `json:"min,omitzero"`
	Max       word           `json:"max,omitzero"`
	HoldAbove word           `json:"hold_above,omitzero"`
	MaxRunes  number         `json:"max_runes,omitzero"`
}

type declaredEmit struct {
	at      position
	Measure word           `json:"measure,omitzero"`
	Amount  word           `json:"amount,omitzero"`
	Subject word           `json:"subject,omitzero"`
	When    []declaredWhen `json:"when,omitempty"`
	By      word           `json:"by,omitzero"`
	Once    word           `json:"once,omitzero"`
}

type declaredWhen struct {
	Field word   `json:"field"`
	In    []word `json:"in"`
}

type declaredFigure struct {
	declaredName
	Part          word           `json:"part,omitzero"`
	Unit          word           `json:"unit,omitzero"`
	Basis         word           `json:"basis,omitzero"`
	Of            []word         `json:"of,omitempty"`
	Plus          []word         `json:"plus,omitempty"`
	Ratio         *declaredRatio `json:"ratio,omitempty"`
	Claim         bool           `json:"claim,omitempty"`
	NotComparable word           `json:"not_comparable,omitzero"`
}

type declaredRatio struct {
	at  position
	Of  word `json:"of,omitzero"`
	Per word `json:"per,omitzero"`
}

// word is a text of the sources with its place; its JSON form is the text.
type word struct {
	text string
	at   position
}

// IsZero tells whether the word was not said.
func (w word) IsZero() bool { return w.text == "" }

// MarshalJSON writes the text in NFC, so that the same word has one hash however it was typed.
func (w word) MarshalJSON() ([]byte, error) { return json.Marshal(norm.NFC.String(w.text)) }

// UnmarshalJSON is the inverse of [word.MarshalJSON].
func (w *word) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &w.text) }

// number is an integer of the sources with its place.
type number struct {
	n    int64
	said bool
	at   position
}

// IsZero tells whether the number was not said; 0 may be said.
func (n number) IsZero() bool { return !n.said }

// MarshalJSON writes the integer.
func (n number) MarshalJSON() ([]byte, error) { return json.Marshal(n.n) }

// UnmarshalJSON is the inverse of [number.MarshalJSON].
func (n *number) UnmarshalJSON(text []byte) error {
	n.said = true
	return json.Unmarshal(text, &n.n)
}

// body gives the canonical JSON: "v" first, all other keys sorted, no white space, lists in the order that means something.
func (d declared) body() ([]byte, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("write catalog body: %w", err)
	}
	var tree map[string]any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("write catalog body: %w", err)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(tree); err != nil {
		return nil, fmt.Errorf("write catalog body: %w", err)
	}
	rest := bytes.TrimSuffix(out.Bytes()[1:], []byte("\n"))
	head := fmt.Appendf(nil, `{"v":%d`, bodyVersion)
	if len(tree) > 0 {
		head = append(head, ',')
	}
	return append(head, rest...), nil
}

// Decode reads a body that [Catalog.Body] wrote. It checks everything that [Load] checks and refuses a text that is not
// canonical, so the hash of what it gives is the hash of what it was given.
func Decode(body []byte) (*Catalog, error) {
	if len(body) > maxBody {
		return nil, fmt.Errorf("decode catalog: %d bytes, more than %d", len(body), maxBody)
	}
	var in struct {
		V int `json:"v"`
		declared
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, fmt.Errorf("decode catalog: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("decode catalog: something follows the object")
	}
	if in.V != bodyVersion {
		return nil, fmt.Errorf("decode catalog: version %d, want %d", in.V, bodyVersion)
	}
	var refused Refused
	c, err := compile(overlay(declared{}, in.declared, &refused), refused...)
	if err != nil {
		return nil, fmt.Errorf("decode catalog: %w", err)
	}
	if !bytes.Equal(c.body, body) {
		return nil, fmt.Errorf("decode catalog: the text is not in canonical form")
	}
	return c, nil
}

// address gives the hash that a body is known by.
func address(body []byte) digest.Hash { return digest.Of(body) }
