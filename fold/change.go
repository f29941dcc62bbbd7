package fold

import (
	"context"
	"slices"
	"strings"

	"qingshan/fact"
	"qingshan/record"
)

// slot is what facts of one key are told apart by.
type slot struct {
	measure fact.Measure
	subject string
	root    record.ID
}

func slotOf(f fact.Fact) slot { return slot{measure: f.Measure, subject: f.Subject, root: f.Root} }

// differences compares what a key gave with what it gives.
func differences(before, now []fact.Fact) []fact.Change {
	var changes []fact.Change
	found := make(map[slot]int, len(before))
	for i, f := range before {
		found[slotOf(f)] = i
	}
	for i, f := range now {
		at, there := found[slotOf(f)]
		delete(found, slotOf(f))
		switch {
		case !there:
			changes = append(changes, fact.Change{New: &now[i]})
		case before[at] != f:
			changes = append(changes, fact.Change{Old: &before[at], New: &now[i]})
		}
	}
	for i, f := range before {
		if _, gone := found[slotOf(f)]; gone {
			changes = append(changes, fact.Change{Old: &before[i]})
		}
	}
	return changes
}

// store writes what changed and hands it to the sink.
func (b *batch) store(ctx context.Context) error {
	var changes []fact.Change
	var stale []Key
	fresh := map[Key][]fact.Fact{}
	for _, key := range sortedKeys(b.results) {
		change := differences(b.old[key], b.results[key].Facts)
		if len(change) == 0 {
			continue
		}
		changes = append(changes, change...)
		if len(b.old[key]) > 0 {
			stale = append(stale, key)
		}
		fresh[key] = b.results[key].Facts
	}
	if err := deleteFacts(ctx, b.tx, b.scope(), stale); err != nil {
		return err
	}
	if err := insertFacts(ctx, b.tx, b.scope(), fresh); err != nil {
		return err
	}
	if err := insertPast(ctx, b.tx, b.scope(), b.past); err != nil {
		return err
	}
	if err := b.storeMembers(ctx); err != nil {
		return err
	}
	if err := b.storeIdle(ctx); err != nil {
		return err
	}
	if len(changes) == 0 {
		return nil
	}
	return b.r.sink.Move(ctx, b.tx, b.book, changes)
}

// storeMembers keeps which roots belong to a shared key.
func (b *batch) storeMembers(ctx context.Context) error {
	if err := deleteMembers(ctx, b.tx, b.scope(), b.known); err != nil {
		return err
	}
	joined := map[Key][]record.ID{}
	for _, root := range b.touched {
		for _, key := range b.keys[root] {
			if key.Shared() {
				joined[key] = append(joined[key], root)
			}
		}
	}
	return insertMembers(ctx, b.tx, b.scope(), joined)
}

// storeIdle keeps which records have no effect. Only keys that were folded before can have left such rows.
func (b *batch) storeIdle(ctx context.Context) error {
	stale := map[Key]bool{}
	for _, root := range b.known {
		stale[Own(root)] = true
	}
	for key := range b.shared {
		stale[key] = true
	}
	if err := deleteIdle(ctx, b.tx, b.scope(), sortedKeys(stale)); err != nil {
		return err
	}
	idle := map[Key]map[record.ID]string{}
	for key, result := range b.results {
		if len(result.Idle) > 0 {
			idle[key] = result.Idle
		}
	}
	return insertIdle(ctx, b.tx, b.scope(), idle)
}

// scope names the rows of this fold in this book.
func (b *batch) scope() scope { return scope{book: b.book, fold: b.r.fold.Name()} }

func sortedKeys[T any](set map[Key]T) []Key {
	keys := make([]Key, 0, len(set))
	for key := range set {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func sortedIDs[T any](set map[record.ID]T) []record.ID {
	ids := make([]record.ID, 0, len(set))
	for id := range set {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b record.ID) int { return strings.Compare(string(a[:]), string(b[:])) })
	return ids
}
