package register

import (
	"cmp"
	"context"
	"slices"

	"qingshan/record"
)

// Unit is a place in the tree: a county, a town, a village or residents' committee, or a grid of a village.
type Unit struct {
	Code  record.UnitCode
	Name  string
	Class string // the catalog's word: town, subdistrict, village, residents …; "grid" for a grid
	Book  record.Book
	From  record.Day
	To    record.Day
}

// Level tells how deep in the tree the unit stands.
func (u Unit) Level() record.Level { return u.Code.Level() }

func unitOf(o Object) Unit {
	class := o.Values["class"].Text
	if o.Kind == gridKind {
		class = gridKind
	}
	return Unit{Code: o.Place, Name: o.Label, Class: class, Book: o.Book, From: o.From, To: o.To}
}

// Unit gives the unit or grid of this code as it was on a day.
func (r *Register) Unit(ctx context.Context, book record.Book, code record.UnitCode, day record.Day) (Unit, bool, error) {
	key := unitKey(code)
	o, ok, err := r.AsKnown(ctx, book, key, day, Latest)
	return unitOf(o), ok, err
}

// Units lists what lies directly below a unit on a day, in order of the codes: towns, villages, or grids.
func (r *Register) Units(ctx context.Context, book record.Book, parent record.UnitCode, day record.Day) ([]Unit, error) {
	kind := unitKind
	if parent != "" && parent.Level() >= record.Village {
		kind = gridKind
	}
	objects, err := r.All(ctx, Query{Book: book, Kind: kind, Parent: parent, Day: day})
	if err != nil {
		return nil, err
	}
	units := make([]Unit, len(objects))
	for i, o := range objects {
		units[i] = unitOf(o)
	}
	slices.SortFunc(units, func(a, b Unit) int { return cmp.Compare(a.Code, b.Code) })
	return units, nil
}

// Names gives the names that units had on a day; a code that was not in the register then has none.
func (r *Register) Names(ctx context.Context, book record.Book, codes []record.UnitCode, day record.Day) (map[record.UnitCode]string, error) {
	keys := make([]Key, len(codes))
	for i, code := range codes {
		keys[i] = unitKey(code)
	}
	found, err := r.Find(ctx, book, keys, day, Latest)
	if err != nil {
		return nil, err
	}
	names := map[record.UnitCode]string{}
	for _, o := range found {
		names[o.Place] = o.Label
	}
	return names, nil
}

func unitKey(code record.UnitCode) Key {
	if code.Level() == record.Grid {
		return Key{Kind: gridKind, ID: string(code)}
	}
	return Key{Kind: unitKind, ID: string(code)}
}
