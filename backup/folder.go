package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"qingshan/blob"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/internal/safefile"
	"qingshan/record"
)

// blobsOf gives the blobs of a backup. Their size was bounded when they were put; here any is taken.
func blobsOf(folder string, fault safefile.Fault) *blob.Store {
	return blob.Open(filepath.Join(folder, "blob"), blob.Options{Limit: 1 << 40, Fault: fault})
}

// present looks whether a part is there with its size.
func present(folder string, p Part) error {
	info, err := os.Stat(filepath.Join(folder, filepath.FromSlash(p.File)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.Conflict, "backup.missing", fault.Data{"file": p.File, "place": p.place(0)})
	case err == nil && info.Size() != p.Bytes:
		return fault.New(fault.Conflict, "backup.damaged", fault.Data{"file": p.File, "place": p.place(0)})
	}
	return err
}

// sweep removes the parts that a manifest does not name.
func sweep(folder string, m *Manifest) error {
	named := map[string]bool{}
	for _, p := range m.Parts {
		named[p.File] = true
	}
	for _, kind := range []string{entries, personal, table, blobs, figures} {
		err := filepath.WalkDir(filepath.Join(folder, kind), func(name string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || d.IsDir() {
				return err
			}
			inside, err := filepath.Rel(folder, name)
			if err != nil || named[filepath.ToSlash(inside)] || path.Ext(name) != ".gz" && !safefile.Unfinished(d.Name()) {
				return err
			}
			return os.Remove(name)
		})
		if err != nil {
			return fmt.Errorf("clear what no longer counts: %w", err)
		}
	}
	return nil
}

// Inspect reads a whole backup and checks everything: the manifest's signature, each file's presence and hash, that the
// segments of each book follow each other without a gap up to its size, each entry's leaf over its own bytes, and each
// blob. The first damage is a fault that names the file and the entry or row.
func Inspect(ctx context.Context, folder string) (*Manifest, error) {
	m, err := ReadManifest(folder)
	if err != nil {
		return nil, err
	}
	if _, err := m.erasures(folder); err != nil {
		return nil, err
	}
	if err := m.gapless(); err != nil {
		return nil, err
	}
	for _, p := range m.Parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := inspect(ctx, folder, p); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// gapless checks that the segments make up the books.
func (m *Manifest) gapless() error {
	reached := map[string]int64{}
	for _, p := range m.Parts {
		if p.Kind != entries {
			continue
		}
		if p.From != reached[p.Book] || p.To-p.From != p.Rows {
			return torn(fmt.Errorf("%s does not follow entry %d", p.File, reached[p.Book]))
		}
		reached[p.Book] = p.To
	}
	for _, b := range m.Books {
		if reached[b.Book] != b.Size {
			return torn(fmt.Errorf("segments of %s reach %d of %d", b.Book, reached[b.Book], b.Size))
		}
	}
	return nil
}

func inspect(ctx context.Context, folder string, p Part) error {
	r, err := openPart(folder, p)
	if err != nil {
		return err
	}
	defer r.close()
	l := lineOf(r.header)
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return r.finish()
		}
		if err == nil && p.Kind == entries {
			if wrong := l.check(row); wrong != nil {
				err = r.damagedAt(r.rows-1, wrong)
			}
		}
		if err == nil && p.Kind == blobs {
			err = inspectBlob(ctx, folder, l.text(row, "hash"))
		}
		if err != nil {
			return err
		}
	}
}

func inspectBlob(ctx context.Context, folder, name string) error {
	hash, err := digest.Parse(name)
	if err != nil {
		return torn(err)
	}
	r, err := blobsOf(folder, nil).Get(ctx, hash)
	if err == nil {
		_, err = io.Copy(io.Discard, r)
		err = errors.Join(err, r.Close())
	}
	file := path.Join("blob", name[:2], name)
	switch fault.Of(err).Code {
	case "blob.not_found":
		return fault.New(fault.Conflict, "backup.missing", fault.Data{"file": file, "place": "-"})
	case "blob.damaged":
		return fault.New(fault.Conflict, "backup.damaged", fault.Data{"file": file, "place": "-"})
	}
	return err
}

// line finds values in a row by the names of their columns.
type line struct {
	h    header
	at   map[string]int
	next int64 // sequence of the entry to come
}

func lineOf(h header) *line {
	l := &line{h: h, at: map[string]int{}, next: h.From}
	for i, column := range h.Columns {
		l.at[column] = i
	}
	return l
}

// value gives nil where there is no such column.
func (l *line) value(row []any, column string) any {
	if i, there := l.at[column]; there {
		return row[i]
	}
	return nil
}

func (l *line) text(row []any, column string) string {
	text, _ := l.value(row, column).(string)
	return text
}

// check compares an entry with its own leaf, so that neither a damaged store nor a damaged file passes as a good one.
func (l *line) check(row []any) error {
	leaf := record.Leaf([]byte(l.text(row, "record")), []byte(l.text(row, "envelope")))
	kept, _ := l.value(row, "hashes").([]byte)
	if l.value(row, "seq") != l.next || len(kept) < len(leaf) || digest.Hash(kept[:len(leaf)]) != leaf {
		return fault.New(fault.Conflict, "verify.entry_altered", fault.Data{"book": l.h.Book, "seq": fmt.Sprint(l.next)})
	}
	l.next++
	return nil
}
