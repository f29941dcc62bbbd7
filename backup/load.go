package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"qingshan/blob"
	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/digest"
)

// Target is where a backup is restored to.
type Target struct {
	Store *db.DB // the durable one, at the backup's own migration, with nothing in it
	Blobs *blob.Store
}

// Loaded says what a restore put back.
type Loaded struct {
	Entries int64
	Blobs   int
	Left    int       // personal values left out because they were erased since
	Again   []Erasure // erasures whose entries the backup lacks: they have to be said again
}

// loading is one restore.
type loading struct {
	Target
	folder string
	m      *Manifest
	erased map[[2]string]bool // book and subject of the erasures that the backup's entries do not know
	loaded Loaded
	report func(done, total int64)
}

// Load restores a backup that [Inspect] found whole. also are erasures that the folder's own list may lack. All rows are
// put back in one transaction, the blobs before it: an installation is empty or whole.
func Load(ctx context.Context, folder string, m *Manifest, to Target, also []Erasure, report func(done, total int64)) (Loaded, error) {
	l := &loading{Target: to, folder: folder, m: m, report: report}
	if err := l.putBlobs(ctx); err != nil {
		return Loaded{}, err
	}
	blobs := l.loaded.Blobs
	err := l.Store.Do(ctx, func(tx *db.Tx) error {
		l.loaded = Loaded{Blobs: blobs} // the transaction may be tried again
		if err := l.empty(ctx, tx); err != nil {
			return err
		}
		if err := l.forget(also); err != nil {
			return err
		}
		return l.putParts(ctx, tx)
	})
	if err != nil && fault.Of(err).Kind == fault.Internal {
		err = fmt.Errorf("restore from %s: %w", folder, err)
	}
	return l.loaded, err
}

// empty refuses an installation that holds anything, and one whose tables are not those of the backup.
func (l *loading) empty(ctx context.Context, tx *db.Tx) error {
	tables, err := tx.Tables(ctx)
	if err != nil {
		return err
	}
	if !slices.Equal(tables, l.m.Tables) {
		return fault.New(fault.Conflict, "backup.other_tables", fault.Data{"migration": fmt.Sprint(l.m.Migration)})
	}
	for _, name := range tables {
		err := tx.Each(ctx, name, "LIMIT 1", nil, func([]any) error {
			return fault.New(fault.Conflict, "restore.not_empty", fault.Data{"table": name})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forget finds which erasures the backup does not know of yet: those in the list whose entries it lacks.
func (l *loading) forget(also []Erasure) error {
	list, err := l.m.erasures(l.folder)
	if err != nil {
		return err
	}
	missing := map[string]Erasure{}
	for _, e := range append(list, also...) {
		if l.m.size(e.Book) > 0 {
			missing[e.ID] = e
		}
	}
	for _, p := range l.m.Parts {
		if p.Kind != entries || len(missing) == 0 {
			continue
		}
		var at *line
		err := each(l.folder, p, func(h header, row []any) error {
			if at == nil {
				at = lineOf(h)
			}
			delete(missing, at.text(row, "id"))
			return nil
		})
		if err != nil {
			return err
		}
	}
	l.erased = map[[2]string]bool{}
	for _, e := range append(list, also...) {
		if _, unknown := missing[e.ID]; unknown {
			delete(missing, e.ID)
			l.erased[[2]string{e.Book, e.Subject}] = true
			l.loaded.Again = append(l.loaded.Again, e)
		}
	}
	return nil
}

func (l *loading) putBlobs(ctx context.Context) error {
	for _, p := range l.m.Parts {
		if p.Kind != blobs {
			continue
		}
		err := each(l.folder, p, func(h header, row []any) error {
			hash, err := digest.Parse(lineOf(h).text(row, "hash"))
			if err != nil {
				return err
			}
			return l.putBlob(ctx, hash)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *loading) putBlob(ctx context.Context, hash digest.Hash) error {
	from, err := blobsOf(l.folder, nil).Get(ctx, hash)
	if err != nil {
		return err
	}
	defer from.Close()
	l.loaded.Blobs++
	_, err = l.Blobs.Put(ctx, from)
	return err
}

func (l *loading) putParts(ctx context.Context, tx *db.Tx) error {
	var total int64
	for _, b := range l.m.Books {
		total += b.Size
	}
	for _, p := range l.m.Parts {
		if p.Table == "" {
			continue
		}
		if err := l.putPart(ctx, tx, p); err != nil {
			return err
		}
		if p.Kind == entries {
			l.loaded.Entries += p.Rows
			l.report(l.loaded.Entries, total)
		}
	}
	return nil
}

// batch is how many rows are inserted at once.
const batch = 512

func (l *loading) putPart(ctx context.Context, tx *db.Tx, p Part) error {
	var columns []string
	var at *line
	var rows [][]any
	flush := func() error {
		err := tx.Insert(ctx, p.Table, columns, rows)
		rows = rows[:0]
		return err
	}
	err := each(l.folder, p, func(h header, row []any) error {
		if at == nil {
			at, columns = lineOf(h), h.Columns
		}
		if p.Kind == personal && l.erased[[2]string{at.text(row, "book"), at.text(row, "subject")}] {
			l.loaded.Left++
			return nil
		}
		if rows = append(rows, row); len(rows) < batch {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	var f *fault.Fault
	if err != nil && !errors.As(err, &f) {
		err = fmt.Errorf("put back %s: %w", p.File, err)
	}
	return err
}
