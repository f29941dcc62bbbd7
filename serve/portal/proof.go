package portal

import (
	"context"
	"fmt"

	"qingshan/internal/digest"
	"qingshan/record"
)

// proven is an entry with what shows that it lies within its book.
type proven struct {
	Book       record.Book
	Seq        int64
	ID         string
	Leaf       string
	Catalog    string
	Size       int64
	Root       string
	Proof      []string
	Checkpoint string
}

// prove fills in the leaf, the checkpoint and the way from the one to the other, which it has gone itself.
func (d *Door) prove(ctx context.Context, p *proven) error {
	note, err := d.Ledger.Checkpoint(ctx, p.Book)
	if err != nil {
		return err
	}
	head, err := d.Ledger.OpenCheckpoint(note)
	if err != nil {
		return err
	}
	inclusion, err := d.Ledger.Prove(ctx, p.Book, p.Seq, head.Size)
	if err != nil {
		return err
	}
	if err := inclusion.Check(); err != nil {
		return fmt.Errorf("entry %d of %s does not lie within the checkpoint over %d: %w", p.Seq, p.Book, head.Size, err)
	}
	p.Leaf, p.Size, p.Root, p.Checkpoint = inclusion.Leaf.String(), head.Size, digest.Hash(inclusion.Root).String(), string(note)
	for _, hash := range inclusion.Proof {
		p.Proof = append(p.Proof, digest.Hash(hash).String())
	}
	return nil
}
