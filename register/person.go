package register

import (
	"context"

	"qingshan/record"
)

const personKind = "person"

// Person is somebody by the opaque reference that records carry. Who that is, name and telephone, the ledger alone keeps,
// erasably, under Record.
type Person struct {
	Ref    record.PersonRef
	Duty   string // the catalog's word: cadre, grid_worker, resident, technician; "" if not said
	Place  record.UnitCode
	Book   record.Book
	Record record.ID // the record that states the person
}

// Person gives somebody as they were on a day.
func (r *Register) Person(ctx context.Context, book record.Book, ref record.PersonRef, day record.Day) (Person, bool, error) {
	o, ok, err := r.At(ctx, book, personKind, string(ref), day)
	return Person{Ref: record.PersonRef(o.ID), Duty: o.Values["duty"].Text, Place: o.Place, Book: o.Book, Record: o.Record}, ok, err
}
