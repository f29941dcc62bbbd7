package register

import (
	"context"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/record"
)

// Resolution is a reference to an object that was not in the register when its entry passed. The object is there once any
// statement about it was known, in the book itself or in a state of the county's book that it adopted; since an id is
// globally unique, neither its days nor a later withdrawal make the reference open again.
type Resolution struct {
	Seq    int64 // the entry that refers
	Ref    record.Ref
	Target record.Book // whose register has the object; "" while it waits
	At     int64       // the entry of the referring book that brought it there; Latest while it waits
}

// Resolutions gives what an entry referred to before it was there, in order of the references.
func (r *Register) Resolutions(ctx context.Context, book record.Book, seq int64) (out []Resolution, err error) {
	err = r.views.Read(ctx, func(q *db.Tx) error {
		out, err = selectResolutions(ctx, q, book, seq)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read resolutions of %s: %w", book, err)
	}
	return out, nil
}

// Waiting gives the first references of a book, in order of their entries, whose objects have not come yet.
func (r *Register) Waiting(ctx context.Context, book record.Book, limit int) (out []Resolution, err error) {
	err = r.views.Read(ctx, func(q *db.Tx) error {
		out, err = selectWaiting(ctx, q, book, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read waiting references of %s: %w", book, err)
	}
	return out, nil
}

// refs lists the references of an entry to objects of a register, each once: what it is about and what its fields name.
func (r *Register) refs(e record.Entry) ([]record.Ref, error) {
	words, err := r.words(e.Envelope.Catalog)
	if err != nil {
		return nil, err
	}
	var out []record.Ref
	for _, ref := range slices.Concat(e.Record.About, references(words, e.Record)) {
		if _, known := words.Register(ref.Kind); known && !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	}
	return out, nil
}

// mention is one reference of one entry.
type mention struct {
	seq int64
	ref record.Ref
}

// arrival is when and where an object became known to a book.
type arrival struct {
	target record.Book
	at     int64
}

// resolve records the references of the batch that came before their objects, and ends the waiting of those whose objects
// came with the batch. It reads what the batch has already stored.
func (b *batch) resolve(ctx context.Context) error {
	waiting, err := b.waiting(ctx)
	if err != nil {
		return err
	}
	wanted := map[record.Ref]bool{}
	for _, ref := range waiting {
		wanted[ref] = true
	}
	for _, m := range b.mentions {
		wanted[m.ref] = true
	}
	arrivals, err := b.arrivals(ctx, wanted)
	if err != nil {
		return err
	}
	for _, ref := range waiting {
		if a, ok := arrivals[ref]; ok {
			if err := updateWaiting(ctx, b.tx, b.book, ref, a); err != nil {
				return err
			}
		}
	}
	return insertResolutions(ctx, b.tx, b.book, early(b.mentions, arrivals))
}

// early gives the mentions that came before their objects.
func early(mentions []mention, arrivals map[record.Ref]arrival) []Resolution {
	var out []Resolution
	for _, m := range mentions {
		a, came := arrivals[m.ref]
		switch {
		case !came:
			out = append(out, Resolution{Seq: m.seq, Ref: m.ref, At: Latest})
		case a.at > m.seq:
			out = append(out, Resolution{Seq: m.seq, Ref: m.ref, Target: a.target, At: a.at})
		}
	}
	return out
}

// waiting lists the references of earlier batches that this one may resolve: after an adoption all, else those whose
// objects it opened.
func (b *batch) waiting(ctx context.Context) ([]record.Ref, error) {
	if len(b.adopted) > 0 {
		return selectWaitingRefs(ctx, b.tx, b.book)
	}
	opened := map[string]bool{}
	for key, rows := range b.rows {
		for _, r := range rows {
			if !r.stored {
				for _, ref := range refsTo(key) {
					opened[ref.String()] = true
				}
				break
			}
		}
	}
	return selectWaitingAmong(ctx, b.tx, b.book, sorted(opened))
}

// refsTo lists the references that may mean an object: a record is about a unit, also where that is a grid.
func refsTo(key Key) []record.Ref {
	if key.Kind == gridKind {
		return []record.Ref{key, {Kind: unitKind, ID: key.ID}}
	}
	return []record.Ref{key}
}

// arrivals tells of each reference when its object first became known, if it did: by the book's own statements, or by the
// first adoption of a state that has it.
func (b *batch) arrivals(ctx context.Context, wanted map[record.Ref]bool) (map[record.Ref]arrival, error) {
	ids := map[string]bool{}
	for ref := range wanted {
		ids[ref.ID] = true
	}
	out := map[record.Ref]arrival{}
	note := func(key Key, a arrival) {
		for _, ref := range refsTo(key) {
			if old, ok := out[ref]; wanted[ref] && (!ok || a.at < old.at) {
				out[ref] = a
			}
		}
	}
	own, err := selectFirstKnown(ctx, b.tx, b.book, sorted(ids))
	if err != nil {
		return nil, err
	}
	for key, seq := range own {
		note(key, arrival{target: b.book, at: seq})
	}
	bySource := map[record.Book]map[Key]int64{}
	for _, a := range b.adoptions {
		known, ok := bySource[a.Source]
		if !ok {
			if known, err = selectFirstKnown(ctx, b.tx, a.Source, sorted(ids)); err != nil {
				return nil, err
			}
			bySource[a.Source] = known
		}
		for key, seq := range known {
			if seq < a.Size {
				note(key, arrival{target: a.Source, at: a.Seq})
			}
		}
	}
	return out, nil
}
