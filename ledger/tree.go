package ledger

import (
	"context"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"qingshan/db"
	"qingshan/record"
)

// tree is the right edge of a book's Merkle tree: of each perfect subtree that stands on it, the root. With it the next
// leaf and the root of the whole can be computed without reading the store.
//
// The hashes that a leaf completes are kept on its entry's row, the leaf first. The stored hash (level, k) of
// [tlog.StoredHashIndex] is completed by entry (k+1)·2^level − 1, where it stands at position level.
type tree struct {
	size  int64
	edge  map[int]tlog.Hash // by level; the levels are the bits of size
	owner record.Book       // for messages
	head  string            // the checkpoint that we committed at this size; "" before
}

// ReadHashes gives hashes on the right edge; tlog asks for no others when it appends or takes the root.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, _ := tlog.SplitStoredHashIndex(index)
		h, ok := t.edge[level]
		if !ok {
			return nil, fmt.Errorf("book %s: tree of %d has no edge at level %d", t.owner, t.size, level)
		}
		out[i] = h
	}
	return out, nil
}

// add appends a leaf and gives the hashes that it completed, one after the other.
func (t *tree) add(leaf tlog.Hash) ([]byte, error) {
	completed, err := tlog.StoredHashesForRecordHash(t.size, leaf, t)
	if err != nil {
		return nil, fmt.Errorf("append leaf %d: %w", t.size, err)
	}
	packed := make([]byte, 0, len(completed)*tlog.HashSize)
	for level, h := range completed {
		packed = append(packed, h[:]...)
		delete(t.edge, level)
	}
	top := len(completed) - 1
	t.edge[top] = completed[top]
	t.size++
	return packed, nil
}

func (t *tree) root() (tlog.Hash, error) { return tlog.TreeHash(t.size, t) }

func (t *tree) clone() *tree {
	c := &tree{size: t.size, owner: t.owner, edge: make(map[int]tlog.Hash, len(t.edge)+1)}
	for level, h := range t.edge {
		c.edge[level] = h
	}
	return c
}

// treeAt gives a copy of the right edge at size. The one we remember serves only if the book's checkpoint is the one that
// we committed with it: another node may have appended, or a fail-over may have lost our last entries and others came.
func (l *Ledger) treeAt(ctx context.Context, tx *db.Tx, book record.Book, size int64, head string) (*tree, error) {
	l.mu.Lock()
	remembered := l.trees[book]
	l.mu.Unlock()
	if remembered != nil && remembered.size == size && remembered.head == head {
		return remembered.clone(), nil
	}
	return loadTree(ctx, tx, book, size)
}

func loadTree(ctx context.Context, tx *db.Tx, book record.Book, size int64) (*tree, error) {
	t := &tree{size: size, edge: map[int]tlog.Hash{}, owner: book}
	reader := hashReader{ctx: ctx, tx: tx, book: book}
	for left := uint64(size); left != 0; {
		level := bits.TrailingZeros64(left)
		index := tlog.StoredHashIndex(level, int64(left>>level)-1)
		hashes, err := reader.ReadHashes([]int64{index})
		if err != nil {
			return nil, err
		}
		t.edge[level] = hashes[0]
		left &^= 1 << level
	}
	return t, nil
}

// hashReader reads any stored hash of a book from its entries' rows.
type hashReader struct {
	ctx  context.Context
	tx   *db.Tx
	book record.Book
}

// ReadHashes implements [tlog.HashReader].
func (r hashReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	seqs := make([]int64, len(indexes))
	for i, index := range indexes {
		level, k := tlog.SplitStoredHashIndex(index)
		seqs[i] = (k+1)<<level - 1
	}
	rows, err := selectHashes(r.ctx, r.tx, r.book, seqs)
	if err != nil {
		return nil, err
	}
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, _ := tlog.SplitStoredHashIndex(index)
		packed := rows[seqs[i]]
		if len(packed) < (level+1)*tlog.HashSize {
			return nil, fmt.Errorf("book %s: entry %d lacks its tree hash of level %d", r.book, seqs[i], level)
		}
		copy(out[i][:], packed[level*tlog.HashSize:])
	}
	return out, nil
}
