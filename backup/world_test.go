package backup_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"qingshan/backup"
	"qingshan/blob"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/internal/safefile"
	"qingshan/ledger"
	"qingshan/record"
)

const (
	town   record.Book = "220323102"
	county record.Book = "220323"
)

func noon() time.Time { return time.Date(2025, 6, 3, 4, 0, 0, 0, time.UTC) }

// world is a ledger with two books, some personal values and some blobs.
type world struct {
	dbtest.Stores
	ledger *ledger.Ledger
	blobs  *blob.Store
	dir    string
	next   int
}

func begin(t *testing.T, s dbtest.Stores) *world {
	t.Helper()
	w := &world{Stores: s, dir: t.TempDir()}
	w.blobs = blob.Open(filepath.Join(w.dir, "blobs"), blob.Options{})
	var err error
	if w.ledger, err = ledger.Open(t.Context(), s.Ledger, ledger.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.ledger.Close)
	for _, b := range []record.Book{county, town} {
		opening := w.submission(b, ledger.KindOpened, record.Values{"unit": record.Text(string(b))})
		if _, err := w.ledger.Create(t.Context(), opening); err != nil {
			t.Fatal(err)
		}
	}
	w.grow(t, 40)
	w.put(t, "a document", "a photograph")
	return w
}

func (w *world) submission(b record.Book, kind record.Kind, values record.Values) record.Submission {
	w.next++
	var id record.ID
	binary.BigEndian.PutUint64(id[8:], uint64(w.next))
	id[6], id[8] = 0x70, 0x80
	return record.Submission{
		Record:   record.Record{ID: id, Book: b, Kind: kind, Observed: record.InstantAt(noon()), Values: values},
		Envelope: record.Envelope{Received: noon(), Channel: record.ChannelAPI, Catalog: digest.Of([]byte("catalog")), Day: 20250603},
	}
}

// grow appends n entries to the town's book; every fourth has a personal value.
func (w *world) grow(t *testing.T, n int) {
	t.Helper()
	var subs []record.Submission
	for i := range n {
		sub := w.submission(town, "waste.load", record.Values{"mass": record.Int(int64(1000 + i))})
		if i%4 == 0 {
			sub.Record.Values["driver"] = record.Bool(false)
			sub.Personal = []record.Personal{{Field: "values.driver", Value: record.Text(fmt.Sprintf("司机%d", w.next)), Subject: fmt.Sprintf("person/p%d", w.next)}}
		}
		subs = append(subs, sub)
	}
	if _, err := w.ledger.Append(t.Context(), subs...); err != nil {
		t.Fatal(err)
	}
}

func (w *world) put(t *testing.T, contents ...string) {
	t.Helper()
	for _, content := range contents {
		if _, err := w.blobs.Put(t.Context(), strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
}

// figures are some that nobody counted: what they are is not this package's business.
func figures() indicator.Sheet {
	return indicator.Sheet{Cursors: map[record.Book]map[string]int64{town: {"tally": 5}}, Read: 3, Cells: map[indicator.Cell]indicator.Shown{
		{Code: "waste", Place: "220323102", Year: "2025"}: {Value: "1.25", Unit: "t", Records: 1},
		{Code: "claim", Place: "220323102", Year: "2025"}: {Value: "约 70", Unit: "%", Author: "镇政府"},
	}}
}

func (w *world) take(ctx context.Context, folder string, o backup.Options) (backup.Report, error) {
	source := backup.Source{Store: w.Ledger, Ledger: w.ledger, Blobs: w.blobs, Figures: figures(), Erasures: filepath.Join(w.dir, backup.ErasuresFile)}
	o.Now = noon().Add(time.Duration(w.next) * time.Minute)
	if o.Segment == 0 {
		o.Segment = 16
	}
	return backup.Take(ctx, source, folder, o)
}

func (w *world) taken(t *testing.T, folder string) backup.Report {
	t.Helper()
	report, err := w.take(t.Context(), folder, backup.Options{})
	if err != nil {
		t.Fatalf("take: %v", err)
	}
	return report
}

// files lists the parts of a backup of one kind.
func files(t *testing.T, folder, kind string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(filepath.Join(folder, kind), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

// copied copies a folder.
func copied(t *testing.T, folder string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	return to
}

// changed rewrites a file.
func changed(t *testing.T, name string, change func([]byte) []byte) {
	t.Helper()
	content, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, change(bytes.Clone(content)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// loaded restores into fresh stores and gives their tables' digests.
func loaded(t *testing.T, folder string) (map[string]string, backup.Loaded, error) {
	t.Helper()
	m, err := backup.Inspect(t.Context(), folder)
	if err != nil {
		return nil, backup.Loaded{}, err
	}
	store, err := db.Open(t.Context(), db.Location{Dir: t.TempDir()}, db.Ledger, db.Options{UpTo: m.Migration})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	to := backup.Target{Store: store, Blobs: blob.Open(filepath.Join(t.TempDir(), "blobs"), blob.Options{})}
	out, err := backup.Load(t.Context(), folder, m, to, nil, func(int64, int64) {})
	if err != nil {
		return nil, out, err
	}
	digests, err := store.Digests(t.Context())
	return digests, out, err
}

// noFault lets nothing fail, and counts.
func noFault(n *int) safefile.Fault {
	return func(safefile.Point) error { *n++; return nil }
}

// erase erases one person's values.
func (w *world) erase(t *testing.T) {
	t.Helper()
	sub := w.submission(town, ledger.KindErased, record.Values{"subject": record.Text("person/p3"), "reason": record.Text("on request")})
	if _, err := w.ledger.Append(t.Context(), sub); err != nil {
		t.Fatal(err)
	}
}
