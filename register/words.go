package register

import (
	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/record"
)

// The kinds of objects that make up the tree of places. Records name both as units.
const (
	unitKind = "unit"
	gridKind = "grid"
)

// words gives the catalog that an entry was accepted under. All catalogs ever used are kept, so a missing one is a bug.
func (r *Register) words(hash digest.Hash) (*catalog.Catalog, error) {
	words := r.catalogs(hash)
	if words == nil {
		return nil, fault.New(fault.Internal, "register.catalog_missing", fault.Data{"catalog": hash.String()})
	}
	return words, nil
}

// label gives what to call an object: its kind's label field, unless that is missing or sealed, else its id.
func label(words *catalog.Catalog, key Key, values record.Values) string {
	register, _ := words.Register(key.Kind)
	if v, ok := values[register.Label]; ok && v.Shape != record.IsSealed {
		return v.String()
	}
	return key.ID
}

// references lists what the fields of a record refer to.
func references(words *catalog.Catalog, r record.Record) []record.Ref {
	kind, _ := words.Kind(r.Kind)
	var out []record.Ref
	for _, f := range kind.Fields {
		if f.Type != catalog.TypeRef {
			continue
		}
		if ref, err := record.ParseRef(r.Values[f.Name].Text); err == nil {
			out = append(out, ref)
		}
	}
	return out
}
