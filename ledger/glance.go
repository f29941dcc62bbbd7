package ledger

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/record"
)

// Glance looks at the head of every book that the store speaks of: the checkpoint is ours and names the book's size and
// the root of its tree, the last entry has the bytes that its leaf was made from, and none stands beyond it. It takes a
// few reads a book, whatever its size; what lies further back is [Ledger.Verify]'s business. It gives what it found, book
// by book: nil where all is in order.
func (l *Ledger) Glance(ctx context.Context) (map[record.Book]error, error) {
	var books []record.Book
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		books, err = selectKnownBooks(ctx, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	found := map[record.Book]error{}
	for _, book := range books {
		err := l.store.Read(ctx, func(q *db.Tx) error { return l.glance(ctx, q, book) })
		if ctx.Err() != nil || fault.Is(err, fault.Unavailable) {
			return nil, err
		}
		found[book] = err
	}
	return found, nil
}

func (l *Ledger) glance(ctx context.Context, q *db.Tx, book record.Book) error {
	size, signed, err := selectHead(ctx, q, book)
	if fault.Is(err, fault.NotFound) || err == nil && size == 0 {
		return breach(book, 0, "verify.book_missing")
	}
	if err != nil {
		return err
	}
	rows, err := selectRows(ctx, q, book, size-1, 2)
	if err != nil {
		return err
	}
	switch {
	case len(rows) == 0 || rows[0].seq != size-1:
		return breach(book, size-1, "verify.entry_missing")
	case len(rows) > 1:
		return breach(book, rows[1].seq, "verify.entry_beyond_head")
	}
	leaf := record.Leaf(rows[0].record, rows[0].envelope)
	if len(rows[0].hashes) < tlog.HashSize || leaf != digest.Hash(rows[0].hashes[:tlog.HashSize]) {
		return breach(book, size-1, "verify.entry_altered")
	}
	t, err := loadTree(ctx, q, book, size)
	if err != nil {
		return fault.Because(err, fault.Conflict, "verify.tree_incomplete", fault.Data{"book": string(book)})
	}
	return l.verifyHead(t, size, signed)
}
