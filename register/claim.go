package register

import (
	"context"

	"qingshan/record"
)

const claimKind = "claim"

// Claim is what somebody says about a figure that nothing counts. It is shown as said and added to nothing.
type Claim struct {
	ID        string
	Figure    string
	Amount    string // a decimal in Unit; "" if the claim gives no number
	Unit      string
	Author    string
	Period    string // as said, such as 2025
	Statement string
	Place     record.UnitCode
	Book      record.Book
	Root      record.ID
}

// Claims lists the claims about a unit and what lies below it that stand on a day, in order of their ids.
func (r *Register) Claims(ctx context.Context, book record.Book, place record.UnitCode, day record.Day) ([]Claim, error) {
	objects, err := r.All(ctx, Query{Book: book, Kind: claimKind, Place: place, Day: day})
	if err != nil {
		return nil, err
	}
	claims := make([]Claim, len(objects))
	for i, o := range objects {
		said := func(field string) string { return o.Values[field].Text }
		claims[i] = Claim{ID: o.ID, Figure: said("figure"), Amount: said("amount"), Unit: said("unit"), Author: said("author"),
			Period: said("period"), Statement: said("statement"), Place: o.Place, Book: o.Book, Root: o.Root}
	}
	return claims, nil
}
