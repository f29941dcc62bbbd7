package fold

import (
	"context"
	"fmt"

	"qingshan/db"
	"qingshan/fact"
	"qingshan/record"
)

// Runner drives one fold as a follower of the ledger. What it writes depends on nothing but the entries passed so far:
// not on how they were cut into batches, nor on when.
type Runner struct {
	fold   Fold
	source Source
	sink   Sink
}

// NewRunner makes the follower of a fold: source tells what was said about a root before, sink learns what changed.
func NewRunner(f Fold, source Source, sink Sink) *Runner {
	return &Runner{fold: f, source: source, sink: sink}
}

// Name gives the fold's name.
func (r *Runner) Name() string { return r.fold.Name() }

// Follow takes the next entries of a book: it folds what they touch anew, stores the result and hands the differences on.
// Most entries are roots of which nobody spoke before, with a key of their own: they cost no reading.
func (r *Runner) Follow(ctx context.Context, tx *db.Tx, book record.Book, entries []record.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	b := &batch{r: r, tx: tx, book: book, from: entries[0].Seq, below: entries[len(entries)-1].Seq + 1,
		standings: map[record.ID]Standing{}, turns: map[record.ID][]turn{}, keys: map[record.ID][]Key{},
		old: map[Key][]fact.Fact{}, results: map[Key]Result{}, past: map[Key][]fact.Past{}}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return b.judge(ctx, entries) },
		b.gather,
		b.foldAll,
		b.store,
	} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("fold %s over %s below %d: %w", r.fold.Name(), book, b.below, err)
		}
	}
	return nil
}

// batch is the part of a book's fold that some entries touch.
type batch struct {
	r     *Runner
	tx    *db.Tx
	book  record.Book
	from  int64 // sequence of the first of the entries
	below int64 // and the one after the last

	touched   []record.ID            // the roots that the entries speak of, in order of appearance
	known     []record.ID            // those of them that may have left rows before
	standings map[record.ID]Standing // of the touched, and of those that share a key with them
	turns     map[record.ID][]turn   // of those touched roots that became more than one thing
	keys      map[record.ID][]Key    // of the entry in force of each touched root
	shared    map[Key][]record.ID    // the keys touched that several roots share: their members that no entry speaks of
	passing   map[Key][]record.ID    // and the touched roots that belonged to them before, or in between
	old       map[Key][]fact.Fact    // as stored before
	results   map[Key]Result
	past      map[Key][]fact.Past // what ended
}
