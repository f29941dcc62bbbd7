package ledger

import (
	"context"
	"fmt"

	"qingshan/db"
	"qingshan/internal/digest"
	"qingshan/record"
)

// Books lists the open books in order of their names.
func (l *Ledger) Books(ctx context.Context) ([]record.Book, error) {
	var books []record.Book
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		books, err = selectBooks(ctx, q)
		return err
	})
	return books, err
}

// Size gives the number of entries in a book, which is also the next sequence.
func (l *Ledger) Size(ctx context.Context, book record.Book) (int64, error) {
	var size int64
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		size, _, err = selectHead(ctx, q, book)
		return err
	})
	return size, err
}

// Entries reads up to limit entries from sequence from on.
func (l *Ledger) Entries(ctx context.Context, book record.Book, from int64, limit int) ([]record.Entry, error) {
	return l.entries(ctx, func(q *db.Tx) ([]row, error) { return selectRows(ctx, q, book, from, limit) })
}

// Entry reads one entry by its sequence.
func (l *Ledger) Entry(ctx context.Context, book record.Book, seq int64) (record.Entry, error) {
	found, err := l.Entries(ctx, book, seq, 1)
	if err == nil && (len(found) == 0 || found[0].Seq != seq) {
		err = notFound(book, fmt.Sprint(seq))
	}
	if err != nil {
		return record.Entry{}, err
	}
	return found[0], nil
}

// Several reads entries by their sequences, in order; sequences that the book does not have are left out.
func (l *Ledger) Several(ctx context.Context, book record.Book, seqs []int64) ([]record.Entry, error) {
	var out []record.Entry
	for from := 0; from < len(seqs); from += chunk {
		part := seqs[from:min(from+chunk, len(seqs))]
		found, err := l.entries(ctx, func(q *db.Tx) ([]row, error) { return selectSeveral(ctx, q, book, part) })
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// ByID reads the entry that holds an id.
func (l *Ledger) ByID(ctx context.Context, book record.Book, id record.ID) (record.Entry, error) {
	found, err := l.entries(ctx, func(q *db.Tx) ([]row, error) { return selectByID(ctx, q, book, id) })
	if err == nil && len(found) == 0 {
		err = notFound(book, id.String())
	}
	if err != nil {
		return record.Entry{}, err
	}
	return found[0], nil
}

// Raw reads the canonical bytes of an entry's record and envelope, as they stand in the leaf.
func (l *Ledger) Raw(ctx context.Context, book record.Book, seq int64) (rec, envelope []byte, err error) {
	err = l.store.Read(ctx, func(q *db.Tx) error {
		rows, err := selectRows(ctx, q, book, seq, 1)
		if err != nil {
			return err
		}
		if len(rows) == 0 || rows[0].seq != seq {
			return notFound(book, fmt.Sprint(seq))
		}
		rec, envelope = rows[0].record, rows[0].envelope
		return nil
	})
	return rec, envelope, err
}

// Histories gives for each root the entries that speak of it — the root itself, its amendments, withdrawals and
// confirmations — with a sequence below a size, in order.
func (l *Ledger) Histories(ctx context.Context, book record.Book, roots []record.ID, below int64) (map[record.ID][]record.Entry, error) {
	out := make(map[record.ID][]record.Entry, len(roots))
	for from := 0; from < len(roots); from += chunk {
		var ids []string
		for _, root := range roots[from:min(from+chunk, len(roots))] {
			ids = append(ids, root.String())
		}
		entries, err := l.entries(ctx, func(q *db.Tx) ([]row, error) { return selectHistories(ctx, q, book, ids, below) })
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			root, err := spokenOf(e.Record)
			if err != nil {
				return nil, err
			}
			out[root] = append(out[root], e)
		}
	}
	return out, nil
}

func spokenOf(r record.Record) (record.ID, error) {
	if root := rootOf(r); root != "" {
		return record.ParseID(root)
	}
	return r.ID, nil
}

func (l *Ledger) entries(ctx context.Context, read func(q *db.Tx) ([]row, error)) ([]record.Entry, error) {
	var rows []row
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		rows, err = read(q)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]record.Entry, len(rows))
	for i, r := range rows {
		if out[i], err = r.entry(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Personal gives the personal values that are still kept for these records, by record and field.
func (l *Ledger) Personal(ctx context.Context, book record.Book, ids []record.ID) (map[record.ID]map[string]record.Value, error) {
	out := map[record.ID]map[string]record.Value{}
	for from := 0; from < len(ids); from += chunk {
		var texts []string
		for _, id := range ids[from:min(from+chunk, len(ids))] {
			texts = append(texts, id.String())
		}
		if err := l.personal(ctx, book, texts, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (l *Ledger) personal(ctx context.Context, book record.Book, ids []string, out map[record.ID]map[string]record.Value) error {
	var rows []personalRow
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		rows, err = selectPersonal(ctx, q, book, ids)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		id, err := record.ParseID(r.id)
		if err != nil {
			return err
		}
		if out[id] == nil {
			out[id] = map[string]record.Value{}
		}
		if out[id][r.field], err = record.ParseValue(r.value); err != nil {
			return err
		}
	}
	return nil
}

// BooksOf lists the books that keep personal values of a subject ("person/ID"), which are the books to erase them in.
func (l *Ledger) BooksOf(ctx context.Context, subject string) ([]record.Book, error) {
	var books []record.Book
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		books, err = selectBooksOf(ctx, q, subject)
		return err
	})
	return books, err
}

// RecordsOf lists the records that keep personal values of a subject.
func (l *Ledger) RecordsOf(ctx context.Context, subject string) ([]record.ID, error) {
	var ids []record.ID
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		ids, err = selectRecordsOf(ctx, q, subject)
		return err
	})
	return ids, err
}

// PutCatalog keeps a catalog's body for ever under its hash.
func (l *Ledger) PutCatalog(ctx context.Context, body []byte) (digest.Hash, error) {
	hash := digest.Of(body)
	err := l.store.Do(ctx, func(tx *db.Tx) error { return insertCatalog(ctx, tx, hash.String(), string(body)) })
	return hash, err
}

// Catalogs gives the bodies of all catalogs ever used, by hash.
func (l *Ledger) Catalogs(ctx context.Context) (map[digest.Hash][]byte, error) {
	out := map[digest.Hash][]byte{}
	var bodies map[string][]byte
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		bodies, err = selectCatalogs(ctx, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	for text, body := range bodies {
		hash, err := digest.Parse(text)
		if err != nil || digest.Of(body) != hash {
			return nil, fmt.Errorf("catalog %s does not have its own hash", text)
		}
		out[hash] = body
	}
	return out, nil
}
