// Package record is what was said in the field: its canonical bytes, the envelope the server wraps around it, and the
// leaf over both. It knows no storage and no rules about what may be said; those are the ledger's and the catalog's.
package record

import (
	"fmt"
	"time"

	"qingshan/geo"
	"qingshan/internal/digest"
)

// Record is what the client said. Its canonical bytes are its identity: the same id with the same bytes is the same
// record, the same id with other bytes is a conflict.
type Record struct {
	ID       ID
	Book     Book
	Kind     Kind
	Facets   []Facet // further duties that one outing fulfilled, in order of their kinds, each kind once
	Observed Moment
	Where    *geo.Where
	By       PersonRef // who says so
	Values   Values
	About    []Ref // what it concerns: the unit (kind "unit") and register objects, in order of their text
	Evidence []digest.Hash
	Amends   ID // the root record that this one replaces or, without values, withdraws
}

// Facet is one further kind that the same act counts as, with that kind's own values.
type Facet struct {
	Kind   Kind
	Values Values
}

// Root gives the id under which the record and all its amendments stand.
func (r Record) Root() ID {
	if r.Amends.Zero() {
		return r.ID
	}
	return r.Amends
}

// Withdraws tells whether the record is an amendment without values, which takes its root back.
func (r Record) Withdraws() bool {
	return !r.Amends.Zero() && len(r.Values) == 0 && len(r.Facets) == 0
}

// Concerns gives the id of the first object of this kind that the record is about, or "".
func (r Record) Concerns(kind string) string {
	for _, ref := range r.About {
		if ref.Kind == kind {
			return ref.ID
		}
	}
	return ""
}

// Envelope is what the server adds at the first append, once: it never changes and is part of the leaf.
type Envelope struct {
	Received time.Time     // when the submission reached us
	Sent     time.Time     // the client's clock when it sent; zero if not said
	Offset   time.Duration // what was added to the client's times; 0 up to five minutes of difference
	Channel  Channel
	Sender   PersonRef   // who handed it in, as the door knows it; By may be somebody else. "" for the system
	Catalog  digest.Hash // the catalog it was accepted under
	Day      Day         // the civil day it counts for
	Resolved Resolved
	Findings []Finding
}

// Resolved is what the server found the record to mean on the day it was observed.
type Resolved struct {
	Place UnitCode // the finest unit known
}

// Grade says how heavy a finding is.
type Grade string

// The grades: fatal stores nothing, held keeps the record without facts until it is confirmed, note keeps and counts it.
const (
	Fatal Grade = "fatal"
	Held  Grade = "held"
	Note  Grade = "note"
)

// Finding is a remark about a record: a code, its grade, the field it is about ("" = the whole) and data for the sentence.
type Finding struct {
	Code  string
	Grade Grade
	Field string
	Data  map[string]string
}

// Holds tells whether any finding keeps the record from counting until it is confirmed.
func (e Envelope) Holds() bool {
	for _, f := range e.Findings {
		if f.Grade == Held {
			return true
		}
	}
	return false
}

// Entry is a record in its place in a book: sequence from 0, leaf, envelope, record.
type Entry struct {
	Seq      int64
	Leaf     digest.Hash
	Envelope Envelope
	Record   Record
}

// Personal is one personal value of a submission. The record holds a placeholder at Field; the ledger replaces it with a
// salted commitment and keeps the value in the erasable side table.
type Personal struct {
	Field   string // "values.NAME", or "facets.KIND.NAME"
	Value   Value  // what was said
	Subject string // whose it is, as a reference: "person/ID", "household/ID", or "rec/ROOT" if nobody is registered
}

// Submission is a record on its way into a book.
type Submission struct {
	Record   Record
	Personal []Personal
	Envelope Envelope
}

// Outcome says what became of one submission.
type Outcome string

// The outcomes of an append, and those that a door gives where nothing is appended.
const (
	Stored    Outcome = "stored"
	Duplicate Outcome = "duplicate" // same id, same bytes: the receipt is the first one's
	Conflict  Outcome = "conflict"  // same id, other bytes: nothing was stored
	Invalid   Outcome = "invalid"   // fatal findings: nothing was stored

	Quarantined Outcome = "quarantined" // kept as it came, for a person to see to; no record is stored
)

// Outcomes lists every outcome in a fixed order.
func Outcomes() []Outcome { return []Outcome{Stored, Duplicate, Conflict, Invalid} }

// Receipt answers one submission. Seq and Leaf are those of the entry that holds the id, also for a duplicate or conflict.
type Receipt struct {
	Book     Book
	ID       ID
	Outcome  Outcome
	Seq      int64
	Leaf     digest.Hash
	Findings []Finding
}

// Leaf gives the hash that the book's Merkle log holds for a record and its envelope, both in canonical bytes:
// RFC 6962's leaf hash (a zero byte first) of "qs/leaf/1\n", SHA-256 of the record, SHA-256 of the envelope.
// A proof of a record therefore needs the record's bytes and only the hash of the envelope.
func Leaf(record, envelope []byte) digest.Hash {
	return LeafOf(digest.Of(record), digest.Of(envelope))
}

// LeafOf is [Leaf] from the two hashes.
func LeafOf(record, envelope digest.Hash) digest.Hash {
	return digest.Of([]byte{0}, []byte("qs/leaf/1\n"), record[:], envelope[:])
}

// Commitment hides a personal value: SHA-256 of "qs/personal/1", 32 random bytes of salt and the value's canonical bytes.
func Commitment(salt [32]byte, value Value) (digest.Hash, error) {
	text, err := value.Canonical()
	if err != nil {
		return digest.Hash{}, fmt.Errorf("commit to a personal value: %w", err)
	}
	return digest.Of([]byte("qs/personal/1"), salt[:], text), nil
}
