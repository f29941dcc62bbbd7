package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/record"
)

// chunk bounds the length of an IN list.
const chunk = 200

// selectKnown finds which ids of a batch the book already holds.
func selectKnown(ctx context.Context, tx *db.Tx, book record.Book, subs []*pending) (map[string]known, error) {
	found := make(map[string]known, len(subs))
	for from := 0; from < len(subs); from += chunk {
		var ids []string
		for _, p := range subs[from:min(from+chunk, len(subs))] {
			ids = append(ids, p.id)
		}
		in, args := db.In("id", 2, ids)
		rows, err := tx.Query(ctx, `
			SELECT
				id,
				seq,
				hashes,
				record,
				envelope
			FROM entry
			WHERE book = $1
				AND `+in, append([]any{string(book)}, args...)...)
		if err != nil {
			return nil, fmt.Errorf("look up ids in %s: %w", book, err)
		}
		err = db.EachRow(rows, func() error {
			var id string
			var hashes []byte
			var k known
			if err := rows.Scan(&id, &k.seq, &hashes, &k.record, &k.envelope); err != nil {
				return err
			}
			if len(hashes) < tlog.HashSize {
				return fmt.Errorf("entry %d of %s lacks its leaf", k.seq, book)
			}
			k.leaf = digest.Hash(hashes[:tlog.HashSize])
			found[id] = k
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func insertEntries(ctx context.Context, tx *db.Tx, book record.Book, fresh []newEntry) error {
	columns := []string{"book", "seq", "id", "root", "kind", "hashes", "record", "envelope"}
	rows := make([][]any, len(fresh))
	for i, e := range fresh {
		var root any
		if e.from.root != "" {
			root = e.from.root
		}
		kind := string(e.from.sub.Record.Kind)
		rows[i] = []any{string(book), e.seq, e.from.id, root, kind, e.hashes, string(e.from.record), string(e.from.envelope)}
	}
	return tx.Insert(ctx, "entry", columns, rows)
}

func selectHashes(ctx context.Context, q *db.Tx, book record.Book, seqs []int64) (map[int64][]byte, error) {
	found := make(map[int64][]byte, len(seqs))
	for from := 0; from < len(seqs); from += chunk {
		in, args := db.In("seq", 2, seqs[from:min(from+chunk, len(seqs))])
		rows, err := q.Query(ctx, `
			SELECT
				seq,
				hashes
			FROM entry
			WHERE book = $1
				AND `+in, append([]any{string(book)}, args...)...)
		if err != nil {
			return nil, fmt.Errorf("read tree hashes of %s: %w", book, err)
		}
		err = db.EachRow(rows, func() error {
			var seq int64
			var hashes []byte
			err := rows.Scan(&seq, &hashes)
			found[seq] = hashes
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// row is an entry as it is stored.
type row struct {
	seq      int64
	id       string
	root     db.NullText
	kind     string
	hashes   []byte
	record   []byte
	envelope []byte
}

// selectRows reads up to limit rows from sequence from on.
func selectRows(ctx context.Context, q *db.Tx, book record.Book, from int64, limit int) ([]row, error) {
	return selectWhere(ctx, q, ofBook(book).And("seq >= ?", from), limit)
}

func selectByID(ctx context.Context, q *db.Tx, book record.Book, id record.ID) ([]row, error) {
	return selectWhere(ctx, q, ofBook(book).And("id = ?", id.String()), 1)
}

func selectSeveral(ctx context.Context, q *db.Tx, book record.Book, seqs []int64) ([]row, error) {
	return selectWhere(ctx, q, ofBook(book).AndInNumbers("seq", seqs), len(seqs))
}

// selectHistories reads the entries whose id or root is among ids, below a size, in order. Two queries, because each has
// its own index; the databases do not get to see the bound and the order, for which they would read the book instead.
func selectHistories(ctx context.Context, q *db.Tx, book record.Book, ids []string, below int64) ([]row, error) {
	var found []row
	for _, column := range []string{"id", "root"} {
		w := ofBook(book).AndIn(column, ids)
		more, err := selectWhole(ctx, q, w)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	found = slices.DeleteFunc(found, func(r row) bool { return r.seq >= below })
	slices.SortFunc(found, func(a, b row) int { return cmp.Compare(a.seq, b.seq) })
	return found, nil
}

func ofBook(book record.Book) *db.Where { return db.NewWhere(1).And("book = ?", string(book)) }

// selectWhere reads entries in order of their sequence.
func selectWhere(ctx context.Context, q *db.Tx, w *db.Where, limit int) ([]row, error) {
	where, most := w.SQL(), w.Bind(limit)
	rows, err := q.Query(ctx, `
		SELECT
			seq,
			id,
			root,
			kind,
			hashes,
			record,
			envelope
		FROM entry
		`+where+`
		ORDER BY seq
		LIMIT `+most, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	return scanRows(rows)
}

// selectWhole reads all entries that meet some conditions, in any order.
func selectWhole(ctx context.Context, q *db.Tx, w *db.Where) ([]row, error) {
	rows, err := q.Query(ctx, `
		SELECT
			seq,
			id,
			root,
			kind,
			hashes,
			record,
			envelope
		FROM entry
		`+w.SQL(), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	return scanRows(rows)
}

func scanRows(rows *db.Rows) ([]row, error) {
	var out []row
	err := db.EachRow(rows, func() error {
		var r row
		err := rows.Scan(&r.seq, &r.id, &r.root, &r.kind, &r.hashes, &r.record, &r.envelope)
		out = append(out, r)
		return err
	})
	return out, err
}

// entry reads a row into what it says.
func (r row) entry() (record.Entry, error) {
	e := record.Entry{Seq: r.seq}
	if len(r.hashes) < tlog.HashSize {
		return e, fmt.Errorf("entry %d lacks its leaf", r.seq)
	}
	e.Leaf = digest.Hash(r.hashes[:tlog.HashSize])
	var err error
	if e.Record, err = record.Parse(r.record); err != nil {
		return e, fmt.Errorf("entry %d: %w", r.seq, err)
	}
	if e.Envelope, err = record.ParseEnvelope(r.envelope); err != nil {
		return e, fmt.Errorf("entry %d: %w", r.seq, err)
	}
	return e, nil
}

func notFound(book record.Book, what string) error {
	return fault.New(fault.NotFound, "entry.not_found", fault.Data{"book": string(book), "seq": what})
}
