package fold

import (
	"cmp"
	"context"
	"fmt"
	"slices"

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
	b := &batch{r: r, tx: tx, book: book, below: entries[len(entries)-1].Seq + 1, standings: map[record.ID]Standing{},
		keys: map[record.ID][]Key{}, old: map[Key][]fact.Fact{}, results: map[Key]Result{}}
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
	below int64

	touched   []record.ID            // the roots that the entries speak of, in order of appearance
	known     []record.ID            // those of them that may have left rows before
	standings map[record.ID]Standing // of the touched, and of those that share a key with them
	keys      map[record.ID][]Key    // of the entry in force of each touched root
	shared    map[Key][]record.ID    // the keys touched that several roots share: all their members now
	old       map[Key][]fact.Fact    // as stored before
	results   map[Key]Result
}

// judge finds the roots that the entries speak of and what became of each.
func (b *batch) judge(ctx context.Context, entries []record.Entry) error {
	histories, born := spokenOf(entries)
	for _, e := range entries {
		b.touch(e.Record.Root())
		if root := confirms(e); !root.Zero() {
			b.touch(root)
		}
	}
	waiting, err := b.waiting(ctx, entries)
	if err != nil {
		return err
	}
	for root := range waiting {
		b.touch(root)
	}
	for _, root := range b.touched {
		if !born[root] || waiting[root] {
			b.known = append(b.known, root)
			continue
		}
		b.standings[root] = Stand(root, histories[root])
	}
	return b.stand(ctx, b.known)
}

func (b *batch) touch(root record.ID) {
	if _, known := b.standings[root]; !known {
		b.standings[root] = Standing{}
		b.touched = append(b.touched, root)
	}
}

// spokenOf sorts entries by the root that they speak of, and tells which roots are among them.
func spokenOf(entries []record.Entry) (histories map[record.ID][]record.Entry, born map[record.ID]bool) {
	histories, born = make(map[record.ID][]record.Entry, len(entries)), make(map[record.ID]bool, len(entries))
	for _, e := range entries {
		root := e.Record.Root()
		histories[root] = append(histories[root], e)
		if e.Record.Amends.Zero() {
			born[root] = true
		} else {
			histories[e.Record.ID] = append(histories[e.Record.ID], e) // should an amendment name this one
		}
		if confirmed := confirms(e); !confirmed.Zero() && confirmed != root {
			histories[confirmed] = append(histories[confirmed], e)
		}
	}
	return histories, born
}

// waiting finds among the ids of the entries those that amendments in earlier batches already named.
func (b *batch) waiting(ctx context.Context, entries []record.Entry) (map[record.ID]bool, error) {
	keys := make([]Key, 0, len(entries))
	for _, e := range entries {
		keys = append(keys, Own(e.Record.ID))
	}
	found, err := selectWaiting(ctx, b.tx, b.scope(), keys)
	if err != nil {
		return nil, err
	}
	out := map[record.ID]bool{}
	for _, e := range entries {
		if found[Own(e.Record.ID)] {
			out[e.Record.ID] = true
		}
	}
	return out, nil
}

// stand judges roots by what the source says.
func (b *batch) stand(ctx context.Context, roots []record.ID) error {
	if len(roots) == 0 {
		return nil
	}
	found, err := b.r.source.Histories(ctx, b.book, roots, b.below)
	if err != nil {
		return err
	}
	var all []record.Entry
	for _, entries := range found {
		all = append(all, entries...)
	}
	histories, _ := spokenOf(inOrder(all))
	for _, root := range roots {
		b.standings[root] = Stand(root, histories[root])
	}
	return nil
}

// gather finds the keys of the touched roots, the other members of those that are shared, and what all of them gave before.
func (b *batch) gather(ctx context.Context) error {
	left, err := selectKeys(ctx, b.tx, b.scope(), b.known)
	if err != nil {
		return err
	}
	shared := map[Key]bool{}
	for _, key := range left {
		shared[key] = true
	}
	for _, root := range b.touched {
		if b.keys[root], err = b.keysOf(b.standings[root]); err != nil {
			return err
		}
		for _, key := range b.keys[root] {
			if key.Shared() {
				shared[key] = true
			}
		}
	}
	if err := b.join(ctx, shared); err != nil {
		return err
	}
	return b.before(ctx)
}

// join finds all members of the shared keys, as they are after these entries, and what became of each.
func (b *batch) join(ctx context.Context, shared map[Key]bool) error {
	members, err := selectMembers(ctx, b.tx, b.scope(), sortedKeys(shared))
	if err != nil {
		return err
	}
	b.shared = make(map[Key][]record.ID, len(shared))
	var others []record.ID
	for key := range shared {
		b.shared[key] = nil
		for _, root := range members[key] {
			if _, touched := b.keys[root]; touched {
				continue // it joins again below, if it still belongs here
			}
			b.shared[key] = append(b.shared[key], root)
			if _, known := b.standings[root]; !known {
				b.standings[root] = Standing{}
				others = append(others, root)
			}
		}
	}
	for _, root := range b.touched {
		for _, key := range b.keys[root] {
			if key.Shared() {
				b.shared[key] = append(b.shared[key], root)
			}
		}
	}
	return b.stand(ctx, others)
}

// before reads the facts that the touched keys gave so far.
func (b *batch) before(ctx context.Context) error {
	keys := map[Key]bool{}
	for _, root := range b.known {
		keys[Own(root)] = true
	}
	for key := range b.shared {
		keys[key] = true
	}
	facts, err := selectFacts(ctx, b.tx, b.scope(), sortedKeys(keys))
	if err != nil {
		return err
	}
	b.old = facts
	return nil
}

// foldAll folds every touched key anew.
func (b *batch) foldAll(context.Context) error {
	for _, root := range b.touched {
		s := b.standings[root]
		result := Result{Idle: s.Idle}
		if slices.Contains(b.keys[root], Own(root)) {
			given, err := b.factsOf(Own(root), []record.Entry{*s.Entry})
			if err != nil {
				return err
			}
			result = Result{Facts: given.Facts, Idle: merged(s.Idle, given.Idle)}
		}
		b.results[Own(root)] = result
	}
	for key, roots := range b.shared {
		standings := make([]Standing, 0, len(roots))
		for _, root := range roots {
			if s := b.standings[root]; s.Entry != nil {
				standings = append(standings, s)
			}
		}
		slices.SortFunc(standings, func(a, b Standing) int { return cmp.Compare(a.First, b.First) })
		entries := make([]record.Entry, len(standings))
		for i, s := range standings {
			entries[i] = *s.Entry
		}
		result, err := b.factsOf(key, entries)
		if err != nil {
			return err
		}
		b.results[key] = result
	}
	return nil
}

func merged(a, b map[record.ID]string) map[record.ID]string {
	out := make(map[record.ID]string, len(a)+len(b))
	for _, reasons := range []map[record.ID]string{a, b} {
		for id, reason := range reasons {
			out[id] = reason
		}
	}
	return out
}

// keysOf asks the fold for the keys of what holds, each once.
func (b *batch) keysOf(s Standing) (keys []Key, err error) {
	if s.Entry == nil {
		return nil, nil
	}
	defer recovered(&err, "keys of entry %d", s.Entry.Seq)
	for _, key := range b.r.fold.Keys(*s.Entry) {
		if !key.Shared() && key != Own(s.Root) {
			return nil, fmt.Errorf("entry %d of root %s claims the key %s", s.Entry.Seq, s.Root, key)
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// factsOf asks the fold what entries amount to and holds it to its promise.
func (b *batch) factsOf(key Key, entries []record.Entry) (result Result, err error) {
	if len(entries) == 0 {
		return Result{}, nil
	}
	defer recovered(&err, "facts of key %s", key)
	result = b.r.fold.Facts(key, entries)
	return result, result.check(key, entries)
}

// recovered turns a panic of a fold into an error: the follower stops at the entry, and appending goes on.
func recovered(err *error, format string, args ...any) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf(format+": %v", append(args, cause)...)
	}
}

// check tells whether the result keeps what [Fold] promises.
func (r Result) check(key Key, entries []record.Entry) error {
	seen, named := make(map[slot]bool, len(r.Facts)), make(map[record.ID]bool, len(entries))
	for _, f := range r.Facts {
		if seen[slotOf(f)] {
			return fmt.Errorf("key %s gives two facts of %s about %s for root %s", key, f.Measure, f.Subject, f.Root)
		}
		seen[slotOf(f)], named[f.Root] = true, true
	}
	for _, e := range entries {
		root := e.Record.Root()
		if !named[root] && r.Idle[root] == "" {
			return fmt.Errorf("key %s gives neither a fact nor a reason for root %s", key, root)
		}
	}
	return nil
}
