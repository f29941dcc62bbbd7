// Package register is the dated memory of things: units, people, herds, rivers and whatever else the catalog calls a
// register, as they held on any day and as they were known at any size of a book. It is the first follower of every book
// and writes nothing but what entries say.
package register

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"qingshan/catalog"
	"qingshan/db"
	"qingshan/internal/digest"
	"qingshan/record"
)

// Latest is the size at which everything is known.
const Latest = math.MaxInt64

// Forever is the day on which a row ends that still holds.
const Forever record.Day = 99991231

// Register follows books and answers what an object was. It is safe for concurrent use.
type Register struct {
	views    *db.DB
	catalogs func(digest.Hash) *catalog.Catalog
}

// New makes a register on the views store; catalogs gives any catalog that an entry was accepted under.
func New(views *db.DB, catalogs func(digest.Hash) *catalog.Catalog) *Register {
	return &Register{views: views, catalogs: catalogs}
}

// Object is what a register says about one thing from day From up to, not including, To.
type Object struct {
	Book    record.Book // whose register says so: the book asked, or the county's that it adopted
	Kind    string
	ID      string
	From    record.Day
	To      record.Day // Forever while it holds
	Place   record.UnitCode
	Label   string        // what to call it; never a personal value
	Values  record.Values // personal values stay sealed
	Root    record.ID     // the record behind it, by the id that amendments name
	Record  record.ID     // the record that says so: the root or its latest amendment; its personal values are kept under it
	SeqFrom int64         // the entry that made it known in this form
	SeqTo   int64         // the entry that changed what is known; Latest if none did
}

// At gives the object as it was on a day, by all that is known now: from the book itself, else from the county's book
// as of the last adoption.
func (r *Register) At(ctx context.Context, book record.Book, kind, id string, day record.Day) (Object, bool, error) {
	return r.AsKnown(ctx, book, Key{Kind: kind, ID: id}, day, Latest)
}

// Key names an object: the kind of its register and its globally unique id.
type Key = record.Ref

func compareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// AsKnown is At by what the first size entries of the book say, the adoption among them.
func (r *Register) AsKnown(ctx context.Context, book record.Book, key Key, day record.Day, size int64) (Object, bool, error) {
	found, err := r.Find(ctx, book, []Key{key}, day, size)
	if err != nil {
		return Object{}, false, err
	}
	o, ok := found[key]
	return o, ok, nil
}

// Find is AsKnown for many objects on one snapshot; what does not exist is not in the answer.
func (r *Register) Find(ctx context.Context, book record.Book, keys []Key, day record.Day, size int64) (map[Key]Object, error) {
	var found map[Key]Object
	err := r.views.Read(ctx, func(q *db.Tx) error {
		scopes, err := scopesOf(ctx, q, book, size)
		if err != nil {
			return err
		}
		found = map[Key]Object{}
		for _, s := range scopes {
			if err := selectObjects(ctx, q, s, missing(keys, found), day, found); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find objects of %s: %w", book, err)
	}
	return found, nil
}

func missing(keys []Key, found map[Key]Object) []Key {
	var out []Key
	for _, key := range keys {
		if _, ok := found[key]; !ok {
			out = append(out, key)
		}
	}
	return out
}

// scope is one book's register as known at a size.
type scope struct {
	book record.Book
	size int64
}

// scopesOf lists where to look, first the book itself, then the county's as of the last adoption known at size.
func scopesOf(ctx context.Context, q *db.Tx, book record.Book, size int64) ([]scope, error) {
	scopes := []scope{{book: book, size: size}}
	a, ok, err := selectAdoption(ctx, q, book, size)
	if err != nil || !ok {
		return scopes, err
	}
	return append(scopes, scope{book: a.Source, size: a.Size}), nil
}
