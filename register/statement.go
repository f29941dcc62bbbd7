package register

// The rules of statements; everything else in this package only carries them out.
//
//  1. A register record states what an object is from its day on; the next statement of the object ends it.
//  2. A statement that says the object ends leaves it absent until a later statement.
//  3. Of a root record and its amendments the latest amendment in the ledger holds, in place of the root and with its
//     own day, object and sequence; before the root is there, nothing holds: an amendment that came first waits.
//  4. If the latest amendment is a withdrawal, nothing of that root holds.
//  5. What holds but carries a finding that holds it back says nothing until somebody confirms the root: whenever, if the
//     root itself holds; later than the amendment, if one does.
//  6. An amendment of another kind than its root has no effect.
//  7. Of two statements for one day the later in the ledger holds.

import (
	"cmp"
	"slices"

	"qingshan/record"
)

// act is what an entry does in the register.
type act string

const (
	states    act = "states"    // the object is so from the day on
	ends      act = "ends"      // the object ceases on the day
	withdraws act = "withdraws" // the root is taken back
	confirms  act = "confirms"  // a person vouches for a held root
)

// statement is what one entry says, stripped of how it was said.
type statement struct {
	seq    int64
	id     record.ID
	root   record.ID
	act    act
	amends bool
	held   bool
	key    Key // empty where a withdrawal or confirmation names no object
	day    record.Day
	place  record.UnitCode
	label  string
	data   string // canonical JSON of the values
}

// history is what the entries say about one root, in order of sequence.
type history []statement

// holds gives the statement in force, by rules 3 to 6.
func (h history) holds() (statement, bool) {
	at := slices.IndexFunc(h, func(s statement) bool { return s.act != confirms && !s.amends })
	if at < 0 {
		return statement{}, false
	}
	root := h[at]
	last, confirmed := root, int64(-1)
	for _, s := range h {
		switch {
		case s.act == confirms:
			confirmed = s.seq
		case s.amends && s.key.Kind == root.key.Kind:
			last = s
		}
	}
	answered := confirmed > last.seq || confirmed >= 0 && !last.amends
	if last.act == withdraws || last.held && !answered {
		return statement{}, false
	}
	return last, true
}

// keys lists the objects that the history ever named.
func (h history) keys() []Key {
	var keys []Key
	for _, s := range h {
		if s.key.ID != "" && !slices.Contains(keys, s.key) {
			keys = append(keys, s.key)
		}
	}
	return keys
}

// stretch is a run of days on which one statement holds: from its day up to, not including, to.
type stretch struct {
	from record.Day
	to   record.Day
	by   int64 // sequence of the statement
}

// timeline lays the statements in force of one object side by side, by rules 1, 2 and 7.
func timeline(inForce []statement) []stretch {
	slices.SortFunc(inForce, func(a, b statement) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.seq, b.seq))
	})
	var line []stretch
	for i, s := range inForce {
		to := Forever
		if i+1 < len(inForce) {
			to = inForce[i+1].day
		}
		if s.act == states && to > s.day {
			line = append(line, stretch{from: s.day, to: to, by: s.seq})
		}
	}
	return line
}
