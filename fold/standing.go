package fold

// The rules of amending, for all folds alike; package register follows the same ones.
//
//  1. Of a root and its amendments the latest amendment in the ledger holds, with its own day, values and sequence.
//  2. Before the root is there nothing holds: an amendment that came first waits.
//  3. If the latest amendment is a withdrawal, nothing holds.
//  4. What holds but carries a finding that holds it back has no effect until somebody confirms the root: whenever, if the
//     root itself holds; later than the amendment, if one does, because nobody vouches for what is not said yet.
//  5. An amendment of another kind than its root has no effect, and neither has one that names an amendment.

import (
	"cmp"
	"slices"

	"qingshan/record"
)

// The reasons that the rules of amending give for a record without effect; a fold has reasons of its own.
const (
	Waits           = "amends.waits"      // its root is not there yet
	AmendsOtherKind = "amends.other_kind" // its root is of another kind
	AmendsAmendment = "amends.amendment"  // what it names is an amendment itself
	Withdrawn       = "withdrawn"         // taken back
	Held            = "held"              // not confirmed by anybody yet
)

// kindConfirmed is the system's record by which a person vouches for a held root.
const kindConfirmed record.Kind = "record.confirmed"

// Standing is what became of one root by some entries.
type Standing struct {
	Root  record.ID
	First int64                // sequence of the root
	Entry *record.Entry        // the one in force; nil if none is
	Idle  map[record.ID]string // the records of the root that have no effect, and why
}

// Stand judges a root by the entries that speak of it, in any order.
func Stand(root record.ID, history []record.Entry) Standing {
	history = inOrder(history)
	at := slices.IndexFunc(history, func(e record.Entry) bool { return e.Record.ID == root })
	if at < 0 {
		return waiting(root, history, Waits)
	}
	if !history[at].Record.Amends.Zero() {
		return waiting(root, history, AmendsAmendment)
	}
	s := Standing{Root: root, First: history[at].Seq, Idle: map[record.ID]string{}}
	last, confirmed := history[at], int64(-1) // the sequence of the last confirmation
	for _, e := range history {
		switch {
		case confirms(e) == root:
			confirmed = e.Seq
		case e.Record.Amends != root:
		case e.Record.Kind != history[at].Record.Kind:
			s.Idle[e.Record.ID] = AmendsOtherKind
		default:
			last = e
		}
	}
	switch {
	case last.Record.Withdraws():
		s.Idle[root] = Withdrawn
	case last.Envelope.Holds() && !answers(confirmed, last):
		s.Idle[last.Record.ID] = Held
	default:
		s.Entry = &last
	}
	return s
}

// answers tells whether the last confirmation of a root is one of what holds.
func answers(confirmed int64, holds record.Entry) bool {
	return confirmed > holds.Seq || confirmed >= 0 && holds.Record.Amends.Zero()
}

func waiting(root record.ID, history []record.Entry, reason string) Standing {
	s := Standing{Root: root, Idle: map[record.ID]string{}}
	for _, e := range history {
		if e.Record.Amends == root {
			s.Idle[e.Record.ID] = reason
		}
	}
	return s
}

// confirms gives the root that an entry confirms, or the zero ID.
func confirms(e record.Entry) record.ID {
	if e.Record.Kind != kindConfirmed || !e.Record.Amends.Zero() {
		return record.ID{}
	}
	root, err := record.ParseID(e.Record.Values["record"].Text)
	if err != nil {
		return record.ID{}
	}
	return root
}

// inOrder sorts entries by sequence and keeps each once.
func inOrder(entries []record.Entry) []record.Entry {
	bySeq := func(a, b record.Entry) int { return cmp.Compare(a.Seq, b.Seq) }
	if !slices.IsSortedFunc(entries, bySeq) {
		entries = slices.Clone(entries)
		slices.SortFunc(entries, bySeq)
	}
	return slices.CompactFunc(slices.Clone(entries), func(a, b record.Entry) bool { return a.Seq == b.Seq })
}
