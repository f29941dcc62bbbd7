// Package guard judges figures and claims by the catalog's rules of plausibility: it shows the arithmetic, and says what may
// not be printed until a holder of the right post has explained it. It counts nothing and changes no figure.
package guard

import (
	"slices"

	"qingshan/catalog"
	"qingshan/indicator"
	"qingshan/record"
)

// Status is the outcome of a judgement.
type Status string

// The outcomes.
const (
	Within  Status = "within"
	Outside Status = "outside"
	Unknown Status = "unknown" // it cannot be judged, and Reason says why
)

// Figure is one figure that a judgement reads, and where it was read.
type Figure struct {
	indicator.Reading
	Place record.UnitCode
}

// Claims tells whether the figure is what somebody says.
func (f Figure) Claims() bool { return f.Status == catalog.Claimed }

// Judgement is what a guard says of figures read at one place. Numbers are decimals in Unit, exact where their decimals end,
// else rounded to six of them.
type Judgement struct {
	Place   record.UnitCode // where what is counted was read
	Status  Status
	Reason  *Line    // why it is unknown
	Figures []Figure // the judged one first
	Value   string   // "" if unknown; of a range the lower end
	ValueTo string   // the upper end of a range, else as Value
	Unit    string
	Min     string // the bounds; "" if there is none on that side, or if it is not known
	Max     string
	Usual   *catalog.Range

	Times      string         // outside: how many times the upper bound it is, or how many times it the lower bound is
	TimesUsual *catalog.Range // how many times the ordinary range it is, its upper end first; nil within it
	AtBounds   *catalog.Range // what would be judged to be at the bounds, if the divisor is right
	AtUsual    *catalog.Range // and in the ordinary range
	Lines      []Line         // the arithmetic in words
}

// Line is a sentence by its code, with the data for each language.
type Line struct {
	Code string
	ZH   map[string]string
	EN   map[string]string
}

// Data gives the data for a language.
func (l Line) Data(chinese bool) map[string]string {
	if chinese {
		return l.ZH
	}
	return l.EN
}

// Verdict is what a guard says about a place and a period. A claim is judged where it was made; Otherwise reads it as if it
// were made about another place, with what is counted there.
type Verdict struct {
	Judgement
	Guard       catalog.Guard
	Period      record.Period
	AsOf        record.Day // 0 = all of the period
	ClaimedAt   record.UnitCode
	Author      string // of the claims that it judges, each once; "" if none
	Otherwise   []Judgement
	Explanation *Explanation // of what lies outside: the one that is valid, else the last; nil if there is none
	StandsOn    map[record.Book]int64
}

// Claimed tells whether a claim is judged.
func (v Verdict) Claimed() bool { return v.ClaimedAt != "" }

// Objects tells whether the figures stay out of a briefing: they lie outside, and nobody who may has explained this value.
func (v Verdict) Objects() bool {
	return v.Status == Outside && (v.Explanation == nil || v.Explanation.State != Valid)
}

// Concerns tells whether the guard reads a figure.
func (v Verdict) Concerns(code string) bool { return slices.Contains(v.Guard.Figures(), code) }
