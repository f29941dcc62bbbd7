package keeping

import (
	"context"

	"qingshan/app"
	"qingshan/fault"
	"qingshan/ledger"
	"qingshan/record"
	"qingshan/witness"
)

// witnessed shows this installation's own books to a witness of its own: a county's, that keeps its towns' checkpoints on
// another disk than their records.
type witnessed struct{ ledger *ledger.Ledger }

var _ witness.Source = witnessed{}

// Witnessed gives the installation as a source of checkpoints.
func Witnessed(a *app.App) witness.Source { return witnessed{a.Ledger()} }

// Books implements [witness.Source].
func (w witnessed) Books(ctx context.Context) (string, []record.Book, error) {
	key, err := w.ledger.VerifierKey(ctx)
	if err != nil {
		return "", nil, err
	}
	books, err := w.ledger.Books(ctx)
	return key, books, err
}

// Checkpoint implements [witness.Source].
func (w witnessed) Checkpoint(ctx context.Context, book record.Book) ([]byte, error) {
	return w.ledger.Checkpoint(ctx, book)
}

// Prove implements [witness.Source].
func (w witnessed) Prove(ctx context.Context, book record.Book, old, size int64) ([][32]byte, error) {
	c, err := w.ledger.ProveConsistency(ctx, book, old, size)
	if fault.Is(err, fault.Invalid) {
		return nil, fault.Because(err, fault.Conflict, witness.Refused, nil)
	}
	proof := make([][32]byte, len(c.Proof))
	for i, hash := range c.Proof {
		proof[i] = hash
	}
	return proof, err
}

// ProvenCheckpoints gives the signed notes of one book, or of all, each with the proof that the book only grew from the
// largest checkpoint of it among the older ones: what a witness without a network needs.
func ProvenCheckpoints(ctx context.Context, a *app.App, book string, older [][]byte) ([][]byte, error) {
	largest := map[record.Book]int64{}
	for _, signed := range older {
		c, err := a.Ledger().OpenCheckpoint(signed)
		if err != nil {
			return nil, err
		}
		largest[c.Book] = max(largest[c.Book], c.Size)
	}
	notes, err := a.Checkpoints(ctx, book)
	if err != nil {
		return nil, err
	}
	for i, note := range notes {
		now, err := a.Ledger().OpenCheckpoint(note)
		if err != nil {
			return nil, err
		}
		old := largest[now.Book]
		if old < 1 || old >= now.Size {
			continue // nothing to prove, or no way to
		}
		proof, err := Witnessed(a).Prove(ctx, now.Book, old, now.Size)
		if err != nil {
			return nil, err
		}
		notes[i] = append(note, witness.WriteProof(old, now.Size, proof)...)
	}
	return notes, nil
}
