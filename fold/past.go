package fold

// The rules by which facts keep their past:
//
//  1. A fact comes into force by the entry after which its key first gives it, and is gone by the one after which the key
//     gives another in its place, or none. An amendment that says the same again is another fact: another entry says it.
//  2. So what is kept depends on what each single entry changed, never on how the entries were cut into batches. A key that
//     several entries of a batch speak of is folded after each of them.
//  3. What is past never changes.

import (
	"cmp"
	"slices"

	"qingshan/fact"
	"qingshan/record"
)

// turn is what became of a root by one entry.
type turn struct {
	seq      int64
	standing Standing
	keys     []Key
}

// earlier is the sequence of the turn that was there before the batch.
const earlier = -1

// walk finds what became of a root by each entry of the batch that speaks of it. A root that only the entry speaks of by
// which it came needs no walk: it became one thing.
func (b *batch) walk(root record.ID, history []record.Entry) error {
	history = inOrder(history)
	for i, e := range history {
		next := i + 1
		if next < len(history) && history[next].Seq < b.from {
			continue // the last of those that were there before tells all
		}
		t := turn{seq: e.Seq, standing: Stand(root, history[:next])}
		if e.Seq < b.from {
			t.seq = earlier
		}
		var err error
		if t.keys, err = b.keysOf(t.standing); err != nil {
			return err
		}
		b.turns[root] = append(b.turns[root], t)
	}
	return nil
}

// owned tells whether a touched root has, had, or had in between, a key of its own.
func (b *batch) owned(root record.ID) bool {
	own := Own(root)
	return slices.Contains(b.keys[root], own) || len(b.old[own]) > 0 ||
		slices.ContainsFunc(b.turns[root], func(t turn) bool { return slices.Contains(t.keys, own) })
}

// when lists the sequences of the entries of this batch that speak of any of the roots, in order.
func (b *batch) when(roots []record.ID) []int64 {
	var seqs []int64
	for _, root := range roots {
		turns, walked := b.turns[root]
		if !walked {
			seqs = append(seqs, b.standings[root].First)
		}
		for _, t := range turns {
			if t.seq != earlier {
				seqs = append(seqs, t.seq)
			}
		}
	}
	slices.Sort(seqs)
	return slices.Compact(seqs)
}

// stoodAt gives what a touched root was after the entry of a sequence, and whether it belonged to the key.
func (b *batch) stoodAt(root record.ID, key Key, seq int64) (Standing, bool) {
	turns, walked := b.turns[root]
	if !walked {
		s := b.standings[root]
		return s, s.First <= seq && slices.Contains(b.keys[root], key)
	}
	var last turn
	for _, t := range turns {
		if t.seq > seq {
			break
		}
		last = t
	}
	return last.standing, last.standing.Entry != nil && slices.Contains(last.keys, key)
}

// history folds a key after each entry that touches it. Members are the roots in it that no entry of the batch speaks of,
// touched those that are or were in it and of which some do.
func (b *batch) history(key Key, members, touched []record.ID) (Result, error) {
	facts := b.old[key]
	var result Result
	var folded []record.Entry
	for i, seq := range b.when(touched) {
		entries := b.inForce(key, members, touched, seq)
		if i == 0 || !slices.EqualFunc(entries, folded, sameEntry) {
			var err error
			if result, err = b.factsOf(key, entries); err != nil {
				return result, err
			}
			folded = entries
			facts = b.succeed(key, facts, result.Facts, seq)
		}
	}
	result.Facts = facts
	return result, nil
}

func sameEntry(a, b record.Entry) bool { return a.Seq == b.Seq }

// inForce gives the entries of a key after the entry of a sequence, in order of their roots.
func (b *batch) inForce(key Key, members, touched []record.ID, seq int64) []record.Entry {
	var standings []Standing
	for _, root := range members {
		if s := b.standings[root]; s.Entry != nil {
			standings = append(standings, s)
		}
	}
	for _, root := range touched {
		if s, in := b.stoodAt(root, key, seq); in {
			standings = append(standings, s)
		}
	}
	slices.SortFunc(standings, func(a, b Standing) int { return cmp.Compare(a.First, b.First) })
	entries := make([]record.Entry, len(standings))
	for i, s := range standings {
		entries[i] = *s.Entry
	}
	return entries
}

// succeed puts the facts that a key gives after an entry in the place of those that it gave before: what is still said keeps
// the sequence by which it came into force, the rest begins or ends with this entry.
func (b *batch) succeed(key Key, before, now []fact.Fact, seq int64) []fact.Fact {
	for i := range now {
		now[i].At = seq
	}
	if len(before) == 0 {
		return now
	}
	at := make(map[slot]int, len(now))
	for i, f := range now {
		at[slotOf(f)] = i
	}
	for _, was := range before {
		i, there := at[slotOf(was)]
		if there && sameFact(was, now[i]) {
			now[i].At = was.At
			continue
		}
		b.past[key] = append(b.past[key], fact.Past{Fact: was, Gone: seq})
	}
	return now
}

// sameFact compares what is said, whenever it came into force.
func sameFact(a, b fact.Fact) bool {
	a.At = b.At
	return a == b
}
