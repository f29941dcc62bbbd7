package follow

import (
	"context"

	"qingshan/record"
)

// ahead reads the batch after the one that the followers pass: reading and parsing take as long as a good part of writing,
// and entries never change. The zero ahead has nothing under way. One goroutine uses it.
type ahead struct {
	from int64
	read chan batch // nil while nothing is under way
}

// batch is what one reading gave.
type batch struct {
	entries []record.Entry
	err     error
}

// take gives the entries from one on: those that were read ahead, if these are they.
func (a *ahead) take(ctx context.Context, r *Runner, book record.Book, from int64) ([]record.Entry, error) {
	found := a.wait()
	if found.err != nil || len(found.entries) == 0 || a.from != from {
		found.entries, found.err = r.ledger.Entries(ctx, book, from, r.batch)
	}
	if found.err == nil && len(found.entries) == r.batch {
		a.begin(ctx, r, book, from+int64(r.batch))
	}
	return found.entries, found.err
}

func (a *ahead) begin(ctx context.Context, r *Runner, book record.Book, from int64) {
	read := make(chan batch, 1)
	a.from, a.read = from, read
	go func() {
		entries, err := r.ledger.Entries(ctx, book, from, r.batch)
		read <- batch{entries, err}
	}()
}

// wait ends the reading that is under way, if one is.
func (a *ahead) wait() batch {
	if a.read == nil {
		return batch{}
	}
	found := <-a.read
	a.read = nil
	return found
}
