package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/internal/safefile"
	"qingshan/ledger"
	"qingshan/record"
)

// Report says what a run did.
type Report struct {
	Books   []Book
	Entries int64 // in all of the backup
	Written int64 // of these, by this run
	Files   int   // parts written by this run
	Blobs   int   // copied by this run
	Figures int   // that the installation showed
}

// taking is one run.
type taking struct {
	Source
	o       Options
	folder  string
	old     *Manifest // nil in an empty folder
	new     *Manifest
	erased  []Erasure // that the new entries speak of
	report  Report
	columns map[string][]string // by table
}

// Take brings the backup in a folder up to the present state of an installation, which goes on meanwhile.
func Take(ctx context.Context, s Source, folder string, o Options) (Report, error) {
	t := &taking{Source: s, o: o.filled(), folder: folder, columns: map[string][]string{}}
	err := t.take(ctx)
	switch {
	case err == nil || fault.Of(err).Kind != fault.Internal:
		return t.report, err
	case safefile.Full(err):
		return t.report, fault.Because(err, fault.Unavailable, "backup.full", fault.Data{"folder": folder})
	}
	return t.report, fmt.Errorf("back up to %s: %w", folder, err)
}

func (t *taking) take(ctx context.Context) error {
	if err := t.begin(ctx); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"cut", t.cut},
		{"entries", t.entries},
		{"blobs", t.copyBlobs},
		{"figures", t.figures},
		{"erasures", t.listErasures},
		{"manifest", t.finish},
		{"sweep", t.sweep},
	} {
		if err := t.o.Between(step.name); err != nil {
			return err
		}
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// begin reads what the folder holds. A backup of another installation is refused, and one that is damaged: to add to
// either would hide it.
func (t *taking) begin(ctx context.Context) error {
	if err := safefile.MakeFolder(t.folder); err != nil {
		return err
	}
	key, err := t.Ledger.VerifierKey(ctx)
	if err != nil {
		return err
	}
	t.new = &Manifest{Format: format, Made: t.o.Now.UTC().Format(time.RFC3339), Program: t.o.Program, Key: key}
	t.old, err = ReadManifest(t.folder)
	if fault.Of(err).Code == "backup.none" {
		return nil
	}
	if err != nil {
		return err
	}
	if t.old.Key != key {
		return fault.New(fault.Conflict, "backup.other_installation", fault.Data{"folder": t.folder})
	}
	return t.continues(ctx)
}

// continues refuses to add to a backup of books that have another past than these: the ledger was put back, or rewritten.
func (t *taking) continues(ctx context.Context) error {
	for _, b := range t.old.Books {
		if err := t.stands(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// stands tells whether a book had this root when it had this size.
func (t *taking) stands(ctx context.Context, b Book) error {
	state, err := t.Ledger.At(ctx, record.Book(b.Book), b.Size)
	if short := fault.Of(err).Code == "book.no_such_size"; short || fault.Is(err, fault.NotFound) || err == nil && digest.Hash(state.Root).String() != b.Root {
		return fault.New(fault.Conflict, "backup.other_past", fault.Data{"book": b.Book, "seq": fmt.Sprint(b.Size)})
	}
	return err
}

// cut reads, on one snapshot, how far the books have come and everything beside the entries.
func (t *taking) cut(ctx context.Context) error {
	return t.Store.Read(ctx, func(q *db.Tx) error {
		var err error
		if t.new.Books, err = selectHeads(ctx, q); err != nil {
			return err
		}
		if t.new.Migration, err = q.Migration(ctx); err != nil {
			return err
		}
		if t.new.Tables, err = q.Tables(ctx); err != nil {
			return err
		}
		for i := range t.new.Books {
			if err := t.root(&t.new.Books[i]); err != nil {
				return err
			}
		}
		for _, name := range t.new.Tables {
			if t.columns[name], err = q.Columns(ctx, name); err != nil {
				return err
			}
			if name == entryTable || name == personalTable {
				continue
			}
			if err := t.copyTable(ctx, q, name); err != nil {
				return err
			}
		}
		return t.copyPersonal(ctx, q)
	})
}

// root takes the root out of a book's checkpoint.
func (t *taking) root(b *Book) error {
	head, err := t.Ledger.OpenCheckpoint([]byte(b.Checkpoint))
	if err == nil && (string(head.Book) != b.Book || head.Size != b.Size) {
		err = fmt.Errorf("the checkpoint of %s speaks of %s at %d", b.Book, head.Book, head.Size)
	}
	b.Root = digest.Hash(head.Root).String()
	return err
}

// part writes one part from rows that read hands over.
func (t *taking) part(h header, read func(row func([]any) error) error) (Part, error) {
	w, err := begin(t.folder, h, t.o.Fault)
	if err != nil {
		return Part{}, err
	}
	defer w.abort()
	if err := read(w.row); err != nil {
		return Part{}, err
	}
	if h.Kind == personal && w.part.Rows == 0 {
		return Part{}, nil // most segments have none
	}
	p, err := w.end(t.old)
	if err == nil {
		t.add(p)
	}
	return p, err
}

func (t *taking) add(p Part) {
	t.new.Parts = append(t.new.Parts, p)
	if t.old != nil {
		if known, there := t.old.part(p.File); there && known == p {
			return
		}
	}
	t.report.Files++
}

func (t *taking) copyTable(ctx context.Context, q *db.Tx, name string) error {
	order := "ORDER BY 1"
	for i := 1; i < len(t.columns[name]); i++ {
		order += fmt.Sprintf(", %d", i+1)
	}
	_, err := t.part(header{Kind: table, Table: name, Columns: t.columns[name]}, func(row func([]any) error) error {
		return q.Each(ctx, name, order, nil, row)
	})
	return err
}

// copyPersonal writes the personal values by the segments of their entries. It must find all there are.
func (t *taking) copyPersonal(ctx context.Context, q *db.Tx) error {
	var written int64
	for _, s := range t.segments() {
		h := header{Kind: personal, Table: personalTable, Book: s.Book, From: s.From, To: s.To, Columns: t.columns[personalTable]}
		p, err := t.part(h, func(row func([]any) error) error { return eachPersonal(ctx, q, s.Book, s.From, s.To, row) })
		if err != nil {
			return err
		}
		written += p.Rows
	}
	kept, err := countPersonal(ctx, q)
	if err == nil && kept != written {
		err = fmt.Errorf("%d personal values are kept, and %d belong to entries", kept, written)
	}
	return err
}

// segments lists the spans of entries of the new backup: the old one's, and what came since, cut into pieces.
func (t *taking) segments() []Part {
	var spans []Part
	for _, b := range t.new.Books {
		from := int64(0)
		if t.old != nil {
			from = t.old.size(b.Book)
			for _, p := range t.old.Parts {
				if p.Kind == entries && p.Book == b.Book {
					spans = append(spans, p)
				}
			}
		}
		for ; from < b.Size; from += t.o.Segment {
			spans = append(spans, Part{Kind: entries, Table: entryTable, Book: b.Book, From: from, To: min(from+t.o.Segment, b.Size)})
		}
	}
	return spans
}

// entries writes the segments that are not there yet.
func (t *taking) entries(ctx context.Context) error {
	for _, b := range t.new.Books {
		t.report.Entries += b.Size
		t.report.Written += b.Size
		if t.old != nil {
			t.report.Written -= t.old.size(b.Book)
		}
	}
	t.report.Books = t.new.Books
	var done int64
	t.o.Report(0, t.report.Written)
	for _, s := range t.segments() {
		if s.File != "" {
			t.add(s)
			continue
		}
		if err := t.segment(ctx, s); err != nil {
			return err
		}
		done += s.To - s.From
		t.o.Report(done, t.report.Written)
	}
	for _, b := range t.new.Books {
		if err := t.stands(ctx, b); err != nil {
			return err // a fail-over lost the entries of the cut, and others took their place
		}
	}
	return nil
}

// piece is how many entries one transaction reads.
const piece = 2000

func (t *taking) segment(ctx context.Context, s Part) error {
	h := header{Kind: entries, Table: entryTable, Book: s.Book, From: s.From, To: s.To, Columns: t.columns[entryTable]}
	line := lineOf(h)
	p, err := t.part(h, func(row func([]any) error) error {
		for from := s.From; from < s.To; from += piece {
			err := t.Store.Read(ctx, func(q *db.Tx) error {
				return eachEntry(ctx, q, s.Book, from, min(from+piece, s.To), func(values []any) error {
					if err := line.check(values); err != nil {
						return err
					}
					return errors.Join(t.heed(line, values), row(values))
				})
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && p.Rows != s.To-s.From {
		err = fault.New(fault.Conflict, "backup.other_past", fault.Data{"book": s.Book, "seq": fmt.Sprint(s.From + p.Rows)})
	}
	return err
}

// heed notes an erasure that an entry speaks of.
func (t *taking) heed(l *line, values []any) error {
	if l.text(values, "kind") != string(ledger.KindErased) {
		return nil
	}
	r, err := record.Parse([]byte(l.text(values, "record")))
	if err != nil {
		return err
	}
	t.erased = append(t.erased, Erasure{Book: string(r.Book), Subject: r.Values["subject"].Text, ID: r.ID.String()})
	return nil
}

// copyBlobs copies the blobs that the folder does not have. All are listed, by hash and size.
func (t *taking) copyBlobs(ctx context.Context) error {
	to := blobsOf(t.folder, t.o.Fault)
	_, err := t.part(header{Kind: blobs, Columns: []string{"hash", "size"}}, func(row func([]any) error) error {
		return t.Blobs.List(ctx, func(hash digest.Hash, size int64) error {
			there, err := to.Has(ctx, hash)
			if err == nil && !there {
				err = t.copyBlob(ctx, hash)
			}
			if err != nil {
				return err
			}
			return row([]any{hash.String(), size})
		})
	})
	return err
}

func (t *taking) copyBlob(ctx context.Context, hash digest.Hash) error {
	from, err := t.Blobs.Get(ctx, hash)
	if err != nil {
		return err
	}
	defer from.Close()
	t.report.Blobs++
	_, err = blobsOf(t.folder, t.o.Fault).Put(ctx, from)
	return err
}

// figures writes what the installation showed.
func (t *taking) figures(context.Context) error {
	t.report.Figures = t.Figures.Read
	stood, err := json.Marshal(stance{Catalog: t.Figures.Catalog.String(), Cursors: t.Figures.Cursors, Read: t.Figures.Read})
	if err != nil {
		return err
	}
	_, err = t.part(header{Kind: figures, Columns: figureColumns(), More: stood}, func(row func([]any) error) error {
		for _, cell := range t.Figures.Ordered() {
			shown := t.Figures.Cells[cell]
			err := row([]any{string(cell.Place), string(cell.Year), cell.Code, shown.Value, shown.Unit, shown.Records, shown.Author})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// listErasures brings the folder's list up to what the installation's own and the entries say.
func (t *taking) listErasures(context.Context) error {
	own, err := ReadErasures(t.Erasures)
	if err != nil {
		return err
	}
	name := filepath.Join(t.folder, ErasuresFile)
	if err := AddErasures(name, append(own, t.erased...), t.o.Fault); err != nil {
		return err
	}
	t.new.Erasures, err = prefix(t.folder)
	return err
}

// finish makes the new backup the one that counts, unless another run finished meanwhile.
func (t *taking) finish(context.Context) error {
	now, err := ReadManifest(t.folder)
	if fault.Of(err).Code == "backup.none" {
		now, err = nil, nil
	}
	if err != nil {
		return err
	}
	if (now == nil) != (t.old == nil) || now != nil && (now.Made != t.old.Made || !slices.Equal(now.Parts, t.old.Parts)) {
		return fault.New(fault.Conflict, "backup.two_at_once", fault.Data{"folder": t.folder})
	}
	for _, p := range t.new.Parts {
		if err := present(t.folder, p); err != nil {
			return err
		}
	}
	return t.new.put(t.folder, t.Ledger, t.o.Fault)
}

// sweep removes files that no manifest names any more: what torn runs left, and what held values that were erased since.
func (t *taking) sweep(context.Context) error { return sweep(t.folder, t.new) }
