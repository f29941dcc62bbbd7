package fold

import (
	"context"

	"qingshan/record"
)

// judge finds the roots that the entries speak of and what became of each.
func (b *batch) judge(ctx context.Context, entries []record.Entry) error {
	histories, born := spokenOf(entries)
	held := map[record.ID]bool{} // earlier entries may have confirmed these
	for _, e := range entries {
		held[e.Record.ID] = e.Envelope.Holds()
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
		if !born[root] || waiting[root] || held[root] {
			b.known = append(b.known, root)
			continue
		}
		b.standings[root] = Stand(root, histories[root])
		if len(histories[root]) == 1 {
			continue
		}
		if err := b.walk(root, histories[root]); err != nil {
			return err
		}
	}
	before, err := b.stand(ctx, b.known)
	if err != nil {
		return err
	}
	for _, root := range b.known {
		if err := b.walk(root, before[root]); err != nil {
			return err
		}
	}
	return nil
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

// stand judges roots by what the source says, and gives the entries that speak of each.
func (b *batch) stand(ctx context.Context, roots []record.ID) (map[record.ID][]record.Entry, error) {
	if len(roots) == 0 {
		return nil, nil
	}
	found, err := b.r.source.Histories(ctx, b.book, roots, b.below)
	if err != nil {
		return nil, err
	}
	var all []record.Entry
	for _, entries := range found {
		all = append(all, entries...)
	}
	histories, _ := spokenOf(inOrder(all))
	for _, root := range roots {
		b.standings[root] = Stand(root, histories[root])
	}
	return histories, nil
}
