package register

import (
	"context"

	"qingshan/record"
)

const postKind = "post"

// Post is a duty at a place, and who holds it.
type Post struct {
	ID     string
	Role   string // the catalog's word, such as river_chief
	Place  record.UnitCode
	Holder record.PersonRef // "" while nobody does
	River  string           // the id of the river in charge; "" if none
	Book   record.Book
}

// Posts lists the posts at a unit and below it on a day.
func (r *Register) Posts(ctx context.Context, book record.Book, place record.UnitCode, day record.Day) ([]Post, error) {
	return r.posts(ctx, Query{Book: book, Kind: postKind, Place: place, Day: day})
}

func (r *Register) posts(ctx context.Context, query Query) ([]Post, error) {
	objects, err := r.All(ctx, query)
	if err != nil {
		return nil, err
	}
	posts := make([]Post, len(objects))
	for i, o := range objects {
		posts[i] = Post{ID: o.ID, Role: o.Values["role"].Text, Place: o.Place, Book: o.Book,
			Holder: record.PersonRef(refID(o, "holder", personKind)), River: refID(o, "river", riverKind)}
	}
	return posts, nil
}

// PostsOf lists the posts that a person holds on a day.
func (r *Register) PostsOf(ctx context.Context, book record.Book, person record.PersonRef, day record.Day) ([]Post, error) {
	return r.PostsKnown(ctx, book, person, day, Latest)
}

// PostsKnown is PostsOf by what the first size entries of the book say.
func (r *Register) PostsKnown(ctx context.Context, book record.Book, person record.PersonRef, day record.Day, size int64) ([]Post, error) {
	all, err := r.posts(ctx, Query{Book: book, Kind: postKind, Day: day, Size: size})
	if err != nil {
		return nil, err
	}
	var held []Post
	for _, p := range all {
		if p.Holder == person {
			held = append(held, p)
		}
	}
	return held, nil
}

// refID gives the id of the object of this kind that a field refers to, or "".
func refID(o Object, field, kind string) string {
	ref, err := record.ParseRef(o.Values[field].Text)
	if err != nil || ref.Kind != kind {
		return ""
	}
	return ref.ID
}
