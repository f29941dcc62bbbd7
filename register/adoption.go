package register

import (
	"context"
	"fmt"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/record"
)

// Adoption says which state of the county's book a book has taken over, and since which of its own entries.
type Adoption struct {
	Seq     int64 // the entry of the adopting book
	Source  record.Book
	Size    int64       // the county's entries below this one count
	Root    digest.Hash // of the county's Merkle tree at Size
	Catalog digest.Hash
}

// Adopted gives the last adoption of a book.
func (r *Register) Adopted(ctx context.Context, book record.Book) (Adoption, bool, error) {
	return r.AdoptedAt(ctx, book, Latest)
}

// AdoptedAt gives the last adoption among the first size entries of a book.
func (r *Register) AdoptedAt(ctx context.Context, book record.Book, size int64) (a Adoption, ok bool, err error) {
	err = r.views.Read(ctx, func(q *db.Tx) error {
		a, ok, err = selectAdoption(ctx, q, book, size)
		return err
	})
	if err != nil {
		return Adoption{}, false, fmt.Errorf("read adoption of %s: %w", book, err)
	}
	return a, ok, nil
}

// adopt takes an adoption into account. Of one source sizes only grow: a smaller one has no effect. The source's own
// register must have come as far, or else what this book reads would depend on the hour: the follower waits for it.
func (b *batch) adopt(ctx context.Context, a Adoption) error {
	for _, last := range b.adoptions {
		if last.Source == a.Source && a.Size <= last.Size {
			return nil
		}
	}
	size, err := selectCursor(ctx, b.tx, a.Source)
	if err != nil {
		return err
	}
	if size < a.Size {
		return fault.New(fault.Unavailable, "register.adoption_ahead", fault.Data{
			"book": string(b.book), "source": string(a.Source), "size": fmt.Sprint(a.Size), "known": fmt.Sprint(size)})
	}
	b.adoptions = append(b.adoptions, a)
	b.adopted = append(b.adopted, a)
	return nil
}
