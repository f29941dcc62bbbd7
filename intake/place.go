package intake

import (
	"qingshan/catalog"
	"qingshan/record"
)

// Rules of place:
//
//  1. A unit or grid that is being registered is its own place.
//  2. Else the unit that the record is about; else the finest place of the objects that it is about; else the book's unit.
//  3. It lies in the book's unit, was registered on the day that the record counts for, and is as fine as the kind and
//     each of its facets want.
//  4. Without a unit, the objects that it is about must all be registered: else where it counts would hang on what arrives
//     first, for ever.
//  5. A grid that is not registered is noted, because its village is known by its code.

// ownPlace gives the place that the record itself names, or "".
func (dr *draft) ownPlace() record.UnitCode {
	name := dr.sub.Record.Concerns(unitKind)
	if dr.kind.Register == unitKind || dr.kind.Register == gridKind {
		name = dr.sub.Record.Values[catalog.FieldObject].Text
	}
	code, err := record.ParseUnitCode(name)
	if err != nil {
		return ""
	}
	return code
}

// place finds where the record belongs. Kinds that want no place get none unless they name one.
func (dr *draft) place(known objects) record.UnitCode {
	place := dr.ownPlace()
	if place != "" {
		return place
	}
	for _, ref := range dr.sub.Record.About {
		if there := known[ref].Place; there != "" && (place == "" || there.Level() > place.Level()) {
			place = there
		}
	}
	if place == "" && dr.coarsest() != 0 {
		place = dr.bookUnit()
	}
	return place
}

// coarsest gives the level that the strictest of the record's kind and its facets wants, or 0.
func (dr *draft) coarsest() record.Level {
	level := dr.kind.Place.Coarsest
	for _, f := range dr.sub.Record.Facets {
		facet, _ := dr.words.Kind(f.Kind)
		level = max(level, facet.Place.Coarsest)
	}
	return level
}

// bookUnit gives the unit that the book is of, or "" if its name does not tell.
func (dr *draft) bookUnit() record.UnitCode {
	unit, err := record.ParseUnitCode(string(dr.sub.Record.Book))
	if err != nil {
		return ""
	}
	return unit
}

func (dr *draft) judgePlace(place record.UnitCode, known objects) {
	if units := dr.units(); units > 1 {
		dr.find(record.Fatal, "place.two_units", "about", nil)
		return
	}
	if place == "" {
		return
	}
	if ref, lost := dr.nowhere(known); lost {
		dr.find(record.Fatal, "place.unresolved", "about", map[string]string{"kind": ref.Kind})
		return
	}
	if !dr.bookUnit().Holds(place) {
		dr.find(record.Fatal, "place.outside_book", "about", map[string]string{"place": string(place), "book": string(dr.sub.Record.Book)})
		return
	}
	if rule := (catalog.PlaceRule{Coarsest: dr.coarsest()}); !rule.Accepts(place) {
		dr.find(record.Fatal, "place.too_coarse", "about", map[string]string{"level": levelWord(rule.Coarsest)})
	}
	if dr.ownPlace() == "" && place != dr.bookUnit() {
		return // an object's place was found registered when the object was
	}
	for _, key := range placeKeys(place) {
		switch {
		case known[key].ID != "" || dr.states(key):
		case key.Kind == gridKind:
			dr.find(record.Note, "grid.unregistered", "about", map[string]string{"place": key.ID})
		default:
			dr.find(record.Fatal, "place.unknown", "about", map[string]string{"place": key.ID})
		}
	}
}

// nowhere finds an object that should say where the record belongs, but is not registered.
func (dr *draft) nowhere(known objects) (record.Ref, bool) {
	if dr.ownPlace() != "" || dr.coarsest() == 0 {
		return record.Ref{}, false
	}
	for _, ref := range dr.sub.Record.About {
		if known[ref].ID == "" && !dr.states(ref) {
			return ref, true
		}
	}
	return record.Ref{}, false
}

// units counts the units that the record is about.
func (dr *draft) units() int {
	n := 0
	for _, ref := range dr.sub.Record.About {
		if ref.Kind == unitKind {
			n++
		}
	}
	return n
}

func levelWord(level record.Level) string {
	switch level {
	case record.Town:
		return "town"
	case record.Village:
		return "village"
	case record.Grid:
		return "grid"
	default:
		return "county"
	}
}

// references lists the register objects that the record points at, beside its place: what it is about, and the fields
// of its kind and facets that refer.
func (dr *draft) references() []record.Ref {
	var refs []record.Ref
	for _, ref := range dr.sub.Record.About {
		if ref.Kind != unitKind {
			refs = append(refs, ref)
		}
	}
	for _, found := range dr.fieldReferences() {
		refs = append(refs, found.ref)
	}
	return refs
}

// fieldReference is a reference said in a field.
type fieldReference struct {
	ref   record.Ref
	field string
}

func (dr *draft) fieldReferences() []fieldReference {
	refs := referring(dr.kind, "values.", dr.sub.Record.Values)
	for _, f := range dr.sub.Record.Facets {
		kind, _ := dr.words.Kind(f.Kind)
		refs = append(refs, referring(kind, "facets."+string(f.Kind)+".", f.Values)...)
	}
	return refs
}

func referring(kind catalog.Kind, prefix string, values record.Values) []fieldReference {
	var refs []fieldReference
	for _, f := range kind.Fields {
		if f.Type != catalog.TypeRef || f.Personal {
			continue
		}
		ref, err := record.ParseRef(values[f.Name].Text)
		if err != nil {
			continue
		}
		if code, err := record.ParseUnitCode(ref.ID); err == nil && ref.Kind == unitKind && code.Level() == record.Grid {
			ref.Kind = gridKind // a grid is registered apart from the units
		}
		refs = append(refs, fieldReference{ref: ref, field: prefix + f.Name})
	}
	return refs
}

// fieldOf names where a reference was said.
func (dr *draft) fieldOf(ref record.Ref) string {
	for _, found := range dr.fieldReferences() {
		if found.ref == ref {
			return found.field
		}
	}
	return "about"
}
