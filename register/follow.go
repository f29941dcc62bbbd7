package register

import (
	"context"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/record"
)

// Name is the follower's name in the table of cursors.
const Name = "register"

// Name gives the follower's name in the table of cursors.
func (r *Register) Name() string { return Name }

// Follow takes entries of one book in their order. The tables come out the same however the entries are cut into batches.
func (r *Register) Follow(ctx context.Context, tx *db.Tx, book record.Book, entries []record.Entry) error {
	b := &batch{tx: tx, book: book, histories: map[record.ID]history{}, members: map[Key][]record.ID{}, rows: map[Key][]row{}}
	said, err := r.readAll(entries)
	if err != nil {
		return fmt.Errorf("read entries of %s: %w", book, err)
	}
	if err := b.load(ctx, said); err != nil {
		return fmt.Errorf("load register of %s: %w", book, err)
	}
	for _, e := range entries {
		if err := b.pass(ctx, r, e, said); err != nil {
			return fmt.Errorf("pass entry %d of %s: %w", e.Seq, book, err)
		}
	}
	if err := b.store(ctx); err != nil {
		return fmt.Errorf("store register of %s: %w", book, err)
	}
	if err := b.resolve(ctx); err != nil {
		return fmt.Errorf("resolve references of %s: %w", book, err)
	}
	return nil
}

// pass takes one entry in.
func (b *batch) pass(ctx context.Context, r *Register, e record.Entry, said map[int64]statement) error {
	if a, ok := readAdoption(e); ok {
		if err := b.adopt(ctx, a); err != nil {
			return err
		}
	}
	if s, ok := said[e.Seq]; ok {
		b.add(s)
	}
	refs, err := r.refs(e)
	for _, ref := range refs {
		b.mentions = append(b.mentions, mention{seq: e.Seq, ref: ref})
	}
	return err
}

func (r *Register) readAll(entries []record.Entry) (map[int64]statement, error) {
	said := map[int64]statement{}
	for _, e := range entries {
		s, ok, err := r.read(e)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		if ok {
			said[e.Seq] = s
		}
	}
	return said, nil
}

// row is one row of the table register: a stretch of days, as known from one entry up to another.
type row struct {
	stretch
	place   record.UnitCode
	seqFrom int64
	seqTo   int64
	stored  bool
}

// batch is the part of a book's register that some entries touch, in memory until it is stored.
type batch struct {
	tx        *db.Tx
	book      record.Book
	adoptions []Adoption            // all, in order
	adopted   []Adoption            // new ones
	histories map[record.ID]history // every root that ever named one of the objects touched
	members   map[Key][]record.ID   // the roots that ever named an object
	rows      map[Key][]row         // rows known now, and those that this batch closed
	said      []statement           // new ones
	mentions  []mention             // references of the entries to objects of a register
}

// load fetches what the statements may change: the histories of their roots, of every root that ever named one of the
// same objects, and the rows of these objects.
func (b *batch) load(ctx context.Context, said map[int64]statement) error {
	var err error
	if b.adoptions, err = selectAdoptions(ctx, b.tx, b.book); err != nil {
		return err
	}
	if len(said) == 0 {
		return nil
	}
	roots, objects := map[record.ID]bool{}, map[string]bool{}
	for _, s := range said {
		roots[s.root] = true
		objects[s.key.ID] = true
	}
	if err := b.loadHistories(ctx, roots); err != nil {
		return err
	}
	for _, h := range b.histories {
		for _, key := range h.keys() {
			objects[key.ID] = true
		}
	}
	delete(objects, "")
	if roots, err = selectRoots(ctx, b.tx, b.book, sorted(objects)); err != nil {
		return err
	}
	if err := b.loadHistories(ctx, roots); err != nil {
		return err
	}
	for root, h := range b.histories {
		b.join(root, h.keys()...)
	}
	return selectRows(ctx, b.tx, b.book, sorted(objects), b.rows)
}

func (b *batch) loadHistories(ctx context.Context, roots map[record.ID]bool) error {
	var ids []string
	for root := range roots {
		if _, loaded := b.histories[root]; !loaded {
			ids = append(ids, root.String())
		}
	}
	slices.Sort(ids)
	return selectHistories(ctx, b.tx, b.book, ids, b.histories)
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for word := range set {
		out = append(out, word)
	}
	slices.Sort(out)
	return out
}

// join remembers that the root named the objects.
func (b *batch) join(root record.ID, keys ...Key) {
	for _, key := range keys {
		if !slices.Contains(b.members[key], root) {
			b.members[key] = append(b.members[key], root)
		}
	}
}

// add takes one statement in and revises what is known of every object that its root ever named.
func (b *batch) add(s statement) {
	h := append(b.histories[s.root], s) // a confirmation is kept in any case: its root may come later
	b.histories[s.root] = h
	b.said = append(b.said, s)
	keys := h.keys()
	b.join(s.root, keys...)
	for _, key := range keys {
		b.revise(key, s.seq)
	}
}

// revise closes the rows that no longer hold and opens those that now do, both at entry seq.
func (b *batch) revise(key Key, seq int64) {
	inForce := b.inForce(key)
	line, places := timeline(inForce), map[int64]record.UnitCode{}
	for _, s := range inForce {
		places[s.seq] = s.place
	}
	fresh := map[stretch]bool{}
	for _, s := range line {
		fresh[s] = true
	}
	rows := b.rows[key]
	for i, row := range rows {
		switch {
		case row.seqTo != Latest:
		case fresh[row.stretch]:
			delete(fresh, row.stretch)
		default:
			rows[i].seqTo = seq
		}
	}
	for _, s := range line {
		if fresh[s] {
			rows = append(rows, row{stretch: s, place: places[s.by], seqFrom: seq, seqTo: Latest})
		}
	}
	b.rows[key] = rows
}

// inForce lists the statements in force about an object.
func (b *batch) inForce(key Key) []statement {
	var out []statement
	for _, root := range b.members[key] {
		if s, ok := b.histories[root].holds(); ok && s.key == key {
			out = append(out, s)
		}
	}
	return out
}
