package register

import (
	"context"

	"qingshan/record"
)

const riverKind = "river"

// River is a watercourse: a main river or a tributary of one.
type River struct {
	ID       string
	Name     string
	Class    string // the catalog's word: main or tributary
	Into     string // the id of the river that it flows into; "" if not said
	LengthMM int64  // within the unit; 0 if not said
	Place    record.UnitCode
}

// Rivers lists the watercourses of a unit on a day, in order of their ids; of the whole book if place is "".
func (r *Register) Rivers(ctx context.Context, book record.Book, place record.UnitCode, day record.Day) ([]River, error) {
	objects, err := r.All(ctx, Query{Book: book, Kind: riverKind, Place: place, Day: day})
	if err != nil {
		return nil, err
	}
	rivers := make([]River, len(objects))
	for i, o := range objects {
		rivers[i] = River{ID: o.ID, Name: o.Label, Class: o.Values["class"].Text, Into: refID(o, "into", riverKind),
			LengthMM: o.Values["length"].Int, Place: o.Place}
	}
	return rivers, nil
}
