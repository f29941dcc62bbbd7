// Package witness keeps what other installations signed about their books, and says which history was changed since. It
// keeps checkpoints, never records, and needs no installation of its own.
package witness

import (
	"context"
	"time"

	"qingshan/fault"
	"qingshan/ledger"
	"qingshan/record"
)

// Rules of this package:
//
//  1. A site's key is given, or taken at first sight when somebody says so in as many words. It never changes by itself.
//  2. A checkpoint that is consistent with the last one kept is kept for ever; one that is not is kept beside it, as
//     evidence, and the last good one stays what the site is held against.
//  3. Whoever cannot be reached has changed nothing. How long it has been is shown.
//  4. What a site cannot prove about a size that it signed itself has been changed.
//  5. Starting over after a history was rightly changed, as by a restored backup, is an act with a reason, and what was
//     kept before stays.

// Site is an installation that is watched.
type Site struct {
	Name       string        `json:"name"`
	From       string        `json:"from"` // a URL, a file, or Own
	Key        string        `json:"key"`
	FirstSight bool          `json:"first_sight,omitempty"` // the key was taken from the site itself
	Since      time.Time     `json:"since"`
	Books      []record.Book `json:"books,omitempty"` // only these; otherwise all that the site has
	Authority  string        `json:"authority,omitempty"`
}

// Own is the source of the installation that the program is asked to open itself.
const Own = "own"

// Source is where a site's checkpoints come from.
type Source interface {
	// Books gives the site's public key, "" if it does not say, and its books.
	Books(ctx context.Context) (key string, books []record.Book, err error)
	// Checkpoint gives the signed note of a book.
	Checkpoint(ctx context.Context, book record.Book) ([]byte, error)
	// Prove gives the proof that the book of size old is a prefix of the book of that size.
	Prove(ctx context.Context, book record.Book, old, size int64) ([][32]byte, error)
}

// Faults by which a source says more than that it failed.
const (
	Unreachable = "witness.unreachable" // nothing was learnt
	Unproven    = "witness.no_proof"    // the source holds no proof of that, as a file may not
	Refused     = "witness.refused"     // the site does not prove what it signed
)

// Outcome is what a check found of one book.
type Outcome string

// What a check can find. All past Unanswered mean that a history was changed.
const (
	Begun        Outcome = "begun"      // the first checkpoint was kept
	Consistent   Outcome = "consistent" // the book only grew
	Unshown      Outcome = "unshown"    // it is larger, and the source holds no proof that it only grew
	Unanswered   Outcome = "unreachable"
	RolledBack   Outcome = "rolled_back"   // it is smaller than it was
	Forked       Outcome = "forked"        // another content of the same size
	Inconsistent Outcome = "inconsistent"  // larger, but what was there before is not in it as it was
	KeyChanged   Outcome = "key_changed"   // somebody else signs
	BadSignature Outcome = "bad_signature" // nobody signs
	Missing      Outcome = "missing"       // the book is gone
)

// Finding is what a check found of one book of a site.
type Finding struct {
	Site    string      `json:"site"`
	Book    record.Book `json:"book,omitempty"` // "" for the whole site
	Outcome Outcome     `json:"outcome"`
	Kept    int64       `json:"kept,omitempty"`    // the largest size kept before this check
	Found   int64       `json:"found,omitempty"`   // the size that the site shows now
	Agrees  int64       `json:"agrees,omitempty"`  // of a changed history: the largest kept size that still holds
	Differs int64       `json:"differs,omitempty"` // and the smallest that does not
	Reached time.Time   `json:"reached,omitzero"`  // when the site was last reached
	Reason  string      `json:"reason,omitempty"`  // why it was not
}

// Changed tells whether a history was changed.
func (f Finding) Changed() bool {
	switch f.Outcome {
	case Begun, Consistent, Unshown, Unanswered:
		return false
	default:
		return true
	}
}

// Lineage is what was kept of one book: sizes, ascending, and a way to each.
type Lineage struct {
	Sizes []int64
	Load  func(size int64) (ledger.Checkpoint, error)
}

// Judge holds the checkpoint that a site shows against what was kept of it. prove asks the site. It decides, and fetches
// and stores nothing itself; an error means that nothing could be decided.
func Judge(kept Lineage, found ledger.Checkpoint, prove func(old int64) ([][32]byte, error)) (Finding, error) {
	f := Finding{Found: found.Size}
	if len(kept.Sizes) == 0 {
		f.Outcome = Begun
		return f, nil
	}
	f.Kept = kept.Sizes[len(kept.Sizes)-1]
	if found.Size >= f.Kept {
		holds, err := kept.holds(f.Kept, found, prove)
		switch {
		case err != nil && fault.Of(err).Code == Unproven:
			f.Outcome = Unshown
			return f, nil
		case err != nil:
			return f, err
		case holds:
			f.Outcome = Consistent
			return f, nil
		}
	}
	switch {
	case found.Size < f.Kept:
		f.Outcome = RolledBack
	case found.Size == f.Kept:
		f.Outcome = Forked
	default:
		f.Outcome = Inconsistent
	}
	return kept.locate(f, found, prove)
}

// holds tells whether the kept checkpoint of a size is a prefix of what was found.
func (l Lineage) holds(size int64, found ledger.Checkpoint, prove func(old int64) ([][32]byte, error)) (bool, error) {
	c, err := l.Load(size)
	if err != nil {
		return false, err
	}
	if size == found.Size {
		return c.Root == found.Root, nil
	}
	proof, err := prove(size)
	if err != nil {
		if fault.Of(err).Code == Refused {
			return false, nil
		}
		return false, err
	}
	consistency := ledger.Consistency{Book: found.Book, Old: size, OldRoot: c.Root, Size: found.Size, Root: found.Root}
	for _, hash := range proof {
		consistency.Proof = append(consistency.Proof, hash)
	}
	return consistency.Check() == nil, nil
}

// locate finds, by halving, the smallest kept size that is not in what was found: what holds at a size holds at all
// smaller ones. Without proofs only what was found can be said.
func (l Lineage) locate(f Finding, found ledger.Checkpoint, prove func(old int64) ([][32]byte, error)) (Finding, error) {
	low, high := 0, len(l.Sizes) // all below low hold, none from high on does
	for high > 0 && l.Sizes[high-1] > found.Size {
		high--
	}
	for low < high {
		middle := (low + high) / 2
		holds, err := l.holds(l.Sizes[middle], found, prove)
		switch {
		case err != nil && fault.Of(err).Code == Unproven:
			return f, nil
		case err != nil:
			return f, err
		case holds:
			low = middle + 1
		default:
			high = middle
		}
	}
	if low > 0 {
		f.Agrees = l.Sizes[low-1]
	}
	if low < len(l.Sizes) {
		f.Differs = l.Sizes[low]
	}
	return f, nil
}
