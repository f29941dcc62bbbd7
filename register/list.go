package register

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/record"
)

// Page sizes of a list.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Query says which objects to list: those of one kind that exist on a day. Place and Parent narrow it.
type Query struct {
	Book   record.Book
	Kind   string
	Place  record.UnitCode // only what lies in this unit, itself included
	Parent record.UnitCode // only what lies one level below this unit
	Day    record.Day
	Size   int64  // as known by the book's first entries up to this size; 0 means by all
	After  string // the last id of the page before
	Limit  int    // DefaultLimit if 0, at most MaxLimit
}

// List gives a page of objects in the order of their ids, the book's own before the county's of the same id, and the
// After of the next page, "" on the last.
func (r *Register) List(ctx context.Context, query Query) (page []Object, next string, err error) {
	query = query.settled()
	err = r.views.Read(ctx, func(q *db.Tx) error {
		page = nil
		scopes, err := scopesOf(ctx, q, query.Book, query.Size)
		if err != nil {
			return err
		}
		for i, s := range scopes {
			part, err := listObjects(ctx, q, s, query, scopes[:i])
			if err != nil {
				return err
			}
			page = append(page, part...)
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("list %s of %s: %w", query.Kind, query.Book, err)
	}
	slices.SortFunc(page, func(a, b Object) int { return cmp.Compare(a.ID, b.ID) })
	if len(page) > query.Limit {
		page = page[:query.Limit]
		next = page[query.Limit-1].ID
	}
	return page, next, nil
}

func (q Query) settled() Query {
	if q.Size == 0 {
		q.Size = Latest
	}
	if q.Limit <= 0 {
		q.Limit = DefaultLimit
	}
	q.Limit = min(q.Limit, MaxLimit)
	return q
}

// Ever lists the objects of one kind in a unit that a book itself ever spoke of, in order of their ids, each as it was said
// last. Of one that was taken back SeqTo tells by which entry; of one that was ended To tells the day.
func (r *Register) Ever(ctx context.Context, query Query) (objects []Object, err error) {
	err = r.views.Read(ctx, func(q *db.Tx) error {
		objects, err = selectEver(ctx, q, query)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list every %s of %s: %w", query.Kind, query.Book, err)
	}
	return objects, nil
}

// All lists every object that the query asks for, whatever its limit says, page by page.
func (r *Register) All(ctx context.Context, query Query) ([]Object, error) {
	var all []Object
	query.Limit = MaxLimit
	for {
		page, next, err := r.List(ctx, query)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" {
			return all, nil
		}
		query.After = next
	}
}
