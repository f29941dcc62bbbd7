package ledger

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/record"
)

// pending is a submission on its way through the funnel, with everything that can be computed before the transaction.
type pending struct {
	sub      record.Submission
	id       string
	root     string // "" = the entry stands for itself
	salts    [][32]byte
	record   []byte // canonical, personal values sealed with salts
	envelope []byte
	result   record.Receipt  // written inside the transaction, so possibly more than once
	receipt  *record.Receipt // the caller's; written after the commit
}

// prepare seals the personal values and writes the canonical bytes, outside the transaction and its lock.
func (l *Ledger) prepare(sub record.Submission) (*pending, error) {
	p := &pending{sub: sub, id: sub.Record.ID.String(), root: rootOf(sub.Record)}
	p.salts = make([][32]byte, len(sub.Personal))
	for i := range p.salts {
		if _, err := io.ReadFull(l.random, p.salts[i][:]); err != nil {
			return nil, fmt.Errorf("read a salt: %w", err)
		}
	}
	sealed, err := sealAll(sub, p.salts)
	if err != nil {
		return nil, err
	}
	if p.record, err = sealed.Canonical(); err != nil {
		return nil, fault.Because(err, fault.Invalid, "record.not_canonical", nil)
	}
	if p.envelope, err = sub.Envelope.Canonical(); err != nil {
		return nil, fault.Because(err, fault.Invalid, "record.not_canonical", nil)
	}
	if len(p.record) > record.MaxBytes || len(p.envelope) > record.MaxBytes {
		return nil, fault.New(fault.Invalid, "record.too_large", fault.Data{"limit": fmt.Sprint(record.MaxBytes)})
	}
	p.sub.Record = sealed
	return p, nil
}

// rootOf gives the id that an amendment, a withdrawal or a confirmation speaks of, or "".
func rootOf(r record.Record) string {
	switch {
	case !r.Amends.Zero():
		return r.Amends.String()
	case r.Kind == KindConfirmed:
		return r.Values["record"].Text
	default:
		return ""
	}
}

// sealAll replaces each personal value by its commitment under the salt of the same position.
func sealAll(sub record.Submission, salts [][32]byte) (record.Record, error) {
	r := sub.Record
	for i, personal := range sub.Personal {
		commitment, err := record.Commitment(salts[i], personal.Value)
		if err != nil {
			return r, fault.Because(err, fault.Invalid, "record.not_canonical", nil)
		}
		if r, err = withValue(r, personal.Field, record.Sealed(commitment)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// withValue gives a copy of r in which the value at path ("values.NAME" or "facets.KIND.NAME") is v.
func withValue(r record.Record, path string, v record.Value) (record.Record, error) {
	missing := fmt.Errorf("seal %s: the record has no such field", path)
	if name, ok := strings.CutPrefix(path, "values."); ok {
		if _, there := r.Values[name]; !there {
			return r, missing
		}
		r.Values = r.Values.Clone()
		r.Values[name] = v
		return r, nil
	}
	if rest, ok := strings.CutPrefix(path, "facets."); ok {
		dot := strings.LastIndex(rest, ".")
		facets := append([]record.Facet(nil), r.Facets...)
		for i, f := range facets {
			if _, there := f.Values[rest[dot+1:]]; there && dot > 0 && string(f.Kind) == rest[:dot] {
				facets[i].Values = f.Values.Clone()
				facets[i].Values[rest[dot+1:]] = v
				r.Facets = facets
				return r, nil
			}
		}
	}
	return r, missing
}

// valueAt is the inverse of [withValue].
func valueAt(r record.Record, path string) record.Value {
	if name, ok := strings.CutPrefix(path, "values."); ok {
		return r.Values[name]
	}
	rest := strings.TrimPrefix(path, "facets.")
	for _, f := range r.Facets {
		if name, ok := strings.CutPrefix(rest, string(f.Kind)+"."); ok && !strings.Contains(name, ".") {
			return f.Values[name] // names have no dot, so river.patrol's field is not taken for one of river
		}
	}
	return record.Value{}
}

// appendTo stores the submissions of one book inside tx and gives the book's new right edge.
func (l *Ledger) appendTo(ctx context.Context, tx *db.Tx, book record.Book, subs []*pending) (*tree, error) {
	size, head, err := lockBook(ctx, tx, book)
	if err != nil {
		return nil, err
	}
	t, err := l.treeAt(ctx, tx, book, size, head)
	if err != nil {
		return nil, err
	}
	known, err := selectKnown(ctx, tx, book, subs)
	if err != nil {
		return nil, err
	}
	fresh := make([]newEntry, 0, len(subs))
	for _, p := range subs {
		entry, err := l.place(ctx, tx, t, known, p)
		if err != nil {
			return nil, err
		}
		if entry != nil {
			fresh = append(fresh, *entry)
		}
	}
	if len(fresh) == 0 {
		t.head = head
		return t, nil
	}
	if err := insertEntries(ctx, tx, book, fresh); err != nil {
		return nil, err
	}
	if err := settlePersonal(ctx, tx, book, fresh); err != nil {
		return nil, err
	}
	if t.head, err = l.sign(book, t); err != nil {
		return nil, err
	}
	return t, updateHead(ctx, tx, book, t.size, t.head)
}

// known is an entry that already holds an id, in the store or earlier in this batch.
type known struct {
	seq      int64
	leaf     digest.Hash
	record   []byte
	envelope []byte
	salts    map[string][32]byte // by field; nil = look them up in the store
}

// newEntry is what is inserted for one submission that was not there yet.
type newEntry struct {
	seq    int64
	hashes []byte
	from   *pending
}

// place decides what becomes of one submission: stored (an entry to insert), duplicate or conflict (nil).
func (l *Ledger) place(ctx context.Context, tx *db.Tx, t *tree, ids map[string]known, p *pending) (*newEntry, error) {
	p.result = record.Receipt{Book: p.sub.Record.Book, ID: p.sub.Record.ID, Findings: p.sub.Envelope.Findings}
	if old, there := ids[p.id]; there {
		same, err := l.same(ctx, tx, p, old)
		if err != nil {
			return nil, err
		}
		return nil, p.meets(old, same)
	}
	if t.size == 0 && p.sub.Record.Kind != KindOpened {
		return nil, fault.New(fault.Conflict, "book.not_opened", fault.Data{"book": string(p.sub.Record.Book)})
	}
	seq, leaf := t.size, record.Leaf(p.record, p.envelope)
	hashes, err := t.add(tlog.Hash(leaf))
	if err != nil {
		return nil, err
	}
	p.result.Outcome, p.result.Seq, p.result.Leaf = record.Stored, seq, leaf
	ids[p.id] = known{seq: seq, leaf: leaf, record: p.record, envelope: p.envelope, salts: p.saltsByField()}
	return &newEntry{seq: seq, hashes: hashes, from: p}, nil
}

func (p *pending) saltsByField() map[string][32]byte {
	salts := make(map[string][32]byte, len(p.salts))
	for i, personal := range p.sub.Personal {
		salts[personal.Field] = p.salts[i]
	}
	return salts
}

// meets writes the receipt of a submission whose id is taken: the entry that holds the id, and its findings.
func (p *pending) meets(old known, same bool) error {
	envelope, err := record.ParseEnvelope(old.envelope)
	if err != nil {
		return err
	}
	p.result.Outcome = record.Conflict
	if same {
		p.result.Outcome = record.Duplicate
	}
	p.result.Seq, p.result.Leaf, p.result.Findings = old.seq, old.leaf, envelope.Findings
	return nil
}

// same tells whether a submission says what the stored record says. Personal values are compared by recomputing the
// commitments with the stored salts; a value that was erased is left out of the comparison.
func (l *Ledger) same(ctx context.Context, tx *db.Tx, p *pending, old known) (bool, error) {
	if len(p.sub.Personal) == 0 || bytes.Equal(p.record, old.record) {
		return bytes.Equal(p.record, old.record), nil
	}
	salts, err := old.salts, error(nil)
	if salts == nil {
		if salts, err = selectSalts(ctx, tx, p.sub.Record.Book, p.id); err != nil {
			return false, err
		}
	}
	stored, err := record.Parse(old.record)
	if err != nil {
		return false, err
	}
	again := p.sub.Record
	for _, personal := range p.sub.Personal {
		seal := valueAt(stored, personal.Field)
		if seal.Shape != record.IsSealed {
			return false, nil // the stored record does not have this personal field
		}
		if salt, kept := salts[personal.Field]; kept {
			commitment, err := record.Commitment(salt, personal.Value)
			if err != nil {
				return false, err
			}
			seal = record.Sealed(commitment)
		}
		if again, err = withValue(again, personal.Field, seal); err != nil {
			return false, err
		}
	}
	text, err := again.Canonical()
	return bytes.Equal(text, old.record), err
}
