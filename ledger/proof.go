package ledger

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/record"
)

// Inclusion shows that an entry stands in the tree of Size entries with that Root: check it with [Inclusion.Check].
type Inclusion struct {
	Book  record.Book
	Seq   int64
	Size  int64
	Leaf  digest.Hash
	Root  tlog.Hash
	Proof tlog.RecordProof
}

// Check tells whether the proof holds; it needs nothing but itself.
func (i Inclusion) Check() error {
	return tlog.CheckRecord(i.Proof, i.Size, i.Root, i.Seq, tlog.Hash(i.Leaf))
}

// Prove shows that entry seq stands in the book as of size; size 0 means the book as it is now.
func (l *Ledger) Prove(ctx context.Context, book record.Book, seq, size int64) (Inclusion, error) {
	out := Inclusion{Book: book, Seq: seq, Size: size}
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		if out.Size, err = within(ctx, q, book, size); err != nil {
			return err
		}
		if seq < 0 || seq >= out.Size {
			return fault.New(fault.NotFound, "entry.not_found", fault.Data{"book": string(book), "seq": fmt.Sprint(seq)})
		}
		reader := hashReader{ctx: ctx, tx: q, book: book}
		leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, seq)})
		if err != nil {
			return err
		}
		out.Leaf = digest.Hash(leaf[0])
		if out.Root, err = tlog.TreeHash(out.Size, reader); err != nil {
			return fmt.Errorf("root of %s at %d: %w", book, out.Size, err)
		}
		out.Proof, err = tlog.ProveRecord(out.Size, seq, reader)
		return err
	})
	return out, err
}

// At gives the state of a book at a size, unsigned; size 0 means the book as it is now.
func (l *Ledger) At(ctx context.Context, book record.Book, size int64) (Checkpoint, error) {
	out := Checkpoint{Book: book}
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		if out.Size, err = within(ctx, q, book, size); err != nil {
			return err
		}
		t, err := loadTree(ctx, q, book, out.Size)
		if err != nil {
			return err
		}
		out.Root, err = t.root()
		return err
	})
	return out, err
}

// Consistency shows that the tree of Old entries is a prefix of the tree of Size entries.
type Consistency struct {
	Book    record.Book
	Old     int64
	OldRoot tlog.Hash
	Size    int64
	Root    tlog.Hash
	Proof   tlog.TreeProof
}

// Check tells whether the proof holds; it needs nothing but itself.
func (c Consistency) Check() error {
	return tlog.CheckTree(c.Proof, c.Size, c.Root, c.Old, c.OldRoot)
}

// ProveConsistency shows that the book only grew between two sizes; size 0 means the book as it is now.
func (l *Ledger) ProveConsistency(ctx context.Context, book record.Book, old, size int64) (Consistency, error) {
	out := Consistency{Book: book, Old: old}
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		if out.Size, err = within(ctx, q, book, size); err != nil {
			return err
		}
		if old < 1 || old > out.Size {
			return fault.New(fault.Invalid, "book.no_such_size", fault.Data{"book": string(book), "size": fmt.Sprint(old)})
		}
		reader := hashReader{ctx: ctx, tx: q, book: book}
		if out.OldRoot, err = tlog.TreeHash(old, reader); err != nil {
			return fmt.Errorf("root of %s at %d: %w", book, old, err)
		}
		if out.Root, err = tlog.TreeHash(out.Size, reader); err != nil {
			return fmt.Errorf("root of %s at %d: %w", book, out.Size, err)
		}
		out.Proof, err = tlog.ProveTree(out.Size, old, reader)
		return err
	})
	return out, err
}

// within gives size if the book has grown that far, and the book's own size for 0.
func within(ctx context.Context, q *db.Tx, book record.Book, size int64) (int64, error) {
	head, _, err := selectHead(ctx, q, book)
	if err != nil {
		return 0, err
	}
	if size == 0 {
		return head, nil
	}
	if size < 0 || size > head {
		return 0, fault.New(fault.Invalid, "book.no_such_size", fault.Data{"book": string(book), "size": fmt.Sprint(size)})
	}
	return size, nil
}
