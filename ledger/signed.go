package ledger

import (
	"errors"

	"golang.org/x/mod/sumdb/note"

	"qingshan/fault"
)

// CheckKey refuses what is no public key as [Ledger.VerifierKey] gives it.
func CheckKey(key string) error {
	if _, err := note.NewVerifier(key); err != nil {
		return fault.Because(err, fault.Invalid, "checkpoint.bad_key", nil)
	}
	return nil
}

// OpenSigned checks a note of any installation against its public key and gives what it says. A note that somebody else
// signed, one whose signature does not hold, and what is no note at all are three different faults.
func OpenSigned(signed []byte, key string) (Checkpoint, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return Checkpoint{}, fault.Because(err, fault.Invalid, "checkpoint.bad_key", nil)
	}
	n, err := note.Open(signed, note.VerifierList(verifier))
	var other *note.UnverifiedNoteError
	var broken *note.InvalidSignatureError
	switch {
	case errors.As(err, &other):
		return Checkpoint{}, fault.Because(err, fault.Conflict, "checkpoint.other_key", nil)
	case errors.As(err, &broken):
		return Checkpoint{}, fault.Because(err, fault.Conflict, "checkpoint.bad_signature", nil)
	case err != nil:
		return Checkpoint{}, fault.Because(err, fault.Invalid, "checkpoint.malformed", nil)
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, fault.Because(err, fault.Invalid, "checkpoint.malformed", nil)
	}
	return c, nil
}
