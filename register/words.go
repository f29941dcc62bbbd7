package register

import (
	"qingshan/internal/digest"
	"qingshan/record"
)

// The kinds of objects that make up the tree of places.
const (
	unitKind = "unit"
	gridKind = "grid"
)

// form is what the register needs to know about a kind of record.
type form struct {
	label string   // the field that names the object, "" if none does
	refs  []string // the fields that hold references
}

// form gives the form of a kind under the catalog that an entry was accepted under.
func (r *Register) form(hash digest.Hash, kind record.Kind) (form, error) {
	return r.forms(hash, kind)
}
