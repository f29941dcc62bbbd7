package fold

import (
	"context"
	"slices"

	"qingshan/record"
)

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
		for _, key := range b.ever(root) {
			shared[key] = true
		}
	}
	if err := b.join(ctx, shared); err != nil {
		return err
	}
	return b.before(ctx)
}

// ever lists the shared keys that a touched root belongs to now, or did for a while since the batch began.
func (b *batch) ever(root record.ID) []Key {
	var keys []Key
	add := func(some []Key) {
		for _, key := range some {
			if key.Shared() && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	add(b.keys[root])
	for _, t := range b.turns[root] {
		add(t.keys)
	}
	return keys
}

// join finds all members of the shared keys, as they are after these entries, and what became of each.
func (b *batch) join(ctx context.Context, shared map[Key]bool) error {
	members, err := selectMembers(ctx, b.tx, b.scope(), sortedKeys(shared))
	if err != nil {
		return err
	}
	b.shared, b.passing = make(map[Key][]record.ID, len(shared)), make(map[Key][]record.ID, len(shared))
	var others []record.ID
	for key := range shared {
		b.shared[key] = nil
		for _, root := range members[key] {
			if _, touched := b.keys[root]; touched {
				continue // what became of it is told below
			}
			b.shared[key] = append(b.shared[key], root)
			if _, known := b.standings[root]; !known {
				b.standings[root] = Standing{}
				others = append(others, root)
			}
		}
	}
	for _, root := range b.touched {
		for _, key := range b.ever(root) {
			b.passing[key] = append(b.passing[key], root)
		}
	}
	_, err = b.stand(ctx, others)
	return err
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
