package fold

import (
	"context"
	"fmt"
	"slices"

	"qingshan/record"
)

// foldAll folds every touched key anew.
func (b *batch) foldAll(context.Context) error {
	for _, root := range b.touched {
		s := b.standings[root]
		result := Result{Idle: s.Idle}
		if b.owned(root) {
			given, err := b.history(Own(root), nil, []record.ID{root})
			if err != nil {
				return err
			}
			result = Result{Facts: given.Facts, Idle: merged(s.Idle, given.Idle)}
		}
		b.results[Own(root)] = result
	}
	for key, roots := range b.shared {
		result, err := b.history(key, roots, b.passing[key])
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
