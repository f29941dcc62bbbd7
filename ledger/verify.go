package ledger

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/record"
)

// Report is what verifying a book found.
type Report struct {
	Book     record.Book
	Size     int64
	Root     tlog.Hash
	Personal int // personal values still kept, each of which opens its commitment
	Older    int // earlier checkpoints that are a prefix of the book
}

// Verify reads a whole book again and recomputes everything: each record and envelope in canonical form, each leaf, each
// tree hash, the root that the signed checkpoint names, the columns beside the record, the kept personal values, and
// that every older checkpoint given is a prefix. The first breach is a fault that names the entry.
func (l *Ledger) Verify(ctx context.Context, book record.Book, older ...[]byte) (Report, error) {
	report := Report{Book: book}
	err := l.store.Read(ctx, func(q *db.Tx) error {
		size, signed, err := selectHead(ctx, q, book)
		if fault.Is(err, fault.NotFound) {
			return breach(book, 0, "verify.book_missing")
		}
		if err != nil {
			return err
		}
		t := &tree{edge: map[int]tlog.Hash{}, owner: book}
		if err := l.verifyEntries(ctx, q, t, size, &report); err != nil {
			return err
		}
		if report.Size, err = t.size, l.verifyHead(t, size, signed); err != nil {
			return err
		}
		if report.Root, err = t.root(); err != nil {
			return err
		}
		return l.verifyOlder(ctx, q, t, older, &report)
	})
	return report, err
}

func breach(book record.Book, seq int64, code string) *fault.Fault {
	return fault.New(fault.Conflict, code, fault.Data{"book": string(book), "seq": fmt.Sprint(seq)})
}

func (l *Ledger) verifyEntries(ctx context.Context, q *db.Tx, t *tree, size int64, report *Report) error {
	for t.size < size {
		rows, err := selectRows(ctx, q, report.Book, t.size, 500)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return breach(report.Book, t.size, "verify.entry_missing")
		}
		kept, err := keptPersonal(ctx, q, report.Book, rows)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.seq >= size {
				return breach(report.Book, r.seq, "verify.entry_beyond_head")
			}
			if err := verifyRow(report.Book, t, r, kept[r.id]); err != nil {
				return err
			}
			report.Personal += len(kept[r.id])
		}
	}
	more, err := selectRows(ctx, q, report.Book, size, 1)
	if err == nil && len(more) > 0 {
		return breach(report.Book, more[0].seq, "verify.entry_beyond_head")
	}
	return err
}

func keptPersonal(ctx context.Context, q *db.Tx, book record.Book, rows []row) (map[string][]personalRow, error) {
	out := map[string][]personalRow{}
	for from := 0; from < len(rows); from += chunk {
		var ids []string
		for _, r := range rows[from:min(from+chunk, len(rows))] {
			ids = append(ids, r.id)
		}
		kept, err := selectPersonal(ctx, q, book, ids)
		if err != nil {
			return nil, err
		}
		for _, k := range kept {
			out[k.id] = append(out[k.id], k)
		}
	}
	return out, nil
}

// verifyRow checks one entry against its own bytes and adds its leaf to the tree.
func verifyRow(book record.Book, t *tree, r row, kept []personalRow) error {
	if r.seq != t.size {
		return breach(book, t.size, "verify.entry_missing")
	}
	hashes, err := t.add(tlog.Hash(record.Leaf(r.record, r.envelope)))
	if err != nil {
		return err
	}
	if string(hashes) != string(r.hashes) {
		return breach(book, r.seq, "verify.entry_altered")
	}
	rec, err := record.Parse(r.record)
	if err != nil {
		return breach(book, r.seq, "verify.entry_not_canonical")
	}
	if _, err := record.ParseEnvelope(r.envelope); err != nil {
		return breach(book, r.seq, "verify.entry_not_canonical")
	}
	if rec.Book != book || rec.ID.String() != r.id || string(rec.Kind) != r.kind || rootOf(rec) != r.root.String {
		return breach(book, r.seq, "verify.columns_altered")
	}
	return verifyPersonal(book, r.seq, rec, kept)
}

func verifyPersonal(book record.Book, seq int64, rec record.Record, kept []personalRow) error {
	for _, k := range kept {
		value, err := record.ParseValue(k.value)
		if err != nil || len(k.salt) != 32 {
			return breach(book, seq, "verify.personal_altered")
		}
		commitment, err := record.Commitment([32]byte(k.salt), value)
		if err != nil || valueAt(rec, k.field).Seal != commitment {
			return breach(book, seq, "verify.personal_altered")
		}
	}
	return nil
}

func (l *Ledger) verifyHead(t *tree, size int64, signed string) error {
	if size == 0 {
		return breach(t.owner, 0, "verify.book_missing") // a book has at least its opening
	}
	head, err := l.OpenCheckpoint([]byte(signed))
	if err != nil {
		return breach(t.owner, size, "verify.checkpoint_not_ours")
	}
	root, err := t.root()
	if err != nil {
		return err
	}
	if head.Book != t.owner || head.Size != size || head.Root != root {
		return breach(t.owner, size, "verify.checkpoint_differs")
	}
	return nil
}

// VerifyAll verifies every book that the store speaks of. Every older checkpoint must be of one of them: a book that is
// gone altogether cannot be found by reading the store.
func (l *Ledger) VerifyAll(ctx context.Context, older ...[]byte) ([]Report, error) {
	var books []record.Book
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		books, err = selectKnownBooks(ctx, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, signed := range older {
		c, err := l.OpenCheckpoint(signed)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(books, c.Book) {
			return nil, breach(c.Book, 0, "verify.book_missing")
		}
	}
	var reports []Report
	for _, book := range books {
		report, err := l.Verify(ctx, book, older...)
		if err != nil {
			return reports, err
		}
		reports = append(reports, report)
	}
	return reports, nil
}

// verifyOlder recomputes the root that the book had at each older checkpoint's size. The tree hashes in the store have
// just been compared with the entries, so they can be trusted here.
func (l *Ledger) verifyOlder(ctx context.Context, q *db.Tx, t *tree, older [][]byte, report *Report) error {
	for _, signed := range older {
		c, err := l.OpenCheckpoint(signed)
		if err != nil {
			return err
		}
		if c.Book != t.owner {
			continue
		}
		if c.Size > t.size {
			return breach(t.owner, t.size, "verify.book_truncated")
		}
		past, err := loadTree(ctx, q, t.owner, c.Size)
		if err != nil {
			return err
		}
		root, err := past.root()
		if err != nil {
			return err
		}
		if root != c.Root {
			return breach(t.owner, c.Size, "verify.history_rewritten")
		}
		report.Older++
	}
	return nil
}

// RootHex gives the root as lower-case hex, for people and for adoption entries.
func (r Report) RootHex() string { return digest.Hash(r.Root).String() }
