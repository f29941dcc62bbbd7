package app_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qingshan/app"
	"qingshan/app/keeping"
	"qingshan/catalog"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/record"
	"qingshan/witness"
)

// town is an installation that somebody tampers with, and the two ways in which a witness sees it.
type town struct {
	loc    db.Location
	app    *app.App
	server *httptest.Server
	watch  witness.Watch
}

func (w *town) start(t *testing.T) {
	t.Helper()
	cfg := app.Config{Dir: w.loc.Dir, DB: w.loc.URL, Schema: w.loc.Schema, Books: []app.BookConfig{{Book: "220323"}, {Book: "220323102", Parent: "220323"}},
		UnsafePostgres: os.Getenv(dbtest.Unsafe) == "1"}
	a, err := app.Open(t.Context(), cfg, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.app, w.server = a, httptest.NewServer(a.Handler())
}

func (w *town) stop() {
	w.server.Close()
	w.app.Close()
}

// employ appends entries to the county's book, and thereby an adoption to the town's.
func (w *town) employ(t *testing.T, people int) (size int64, note []byte) {
	t.Helper()
	for n := range people {
		if _, err := w.app.Employ(t.Context(), "220323", fmt.Sprint("某", n), ""); err != nil {
			t.Fatal(err)
		}
	}
	notes, err := w.app.Checkpoints(t.Context(), "220323")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(strings.Split(string(notes[0]), "\n")[1], &size); err != nil {
		t.Fatal(err)
	}
	return size, notes[0]
}

// invent appends entries that nobody said, past the desk, until the county's book has a size.
func (w *town) invent(t *testing.T, from, to int64) {
	t.Helper()
	now := time.Now().Truncate(time.Millisecond)
	for seq := from; seq < to; seq++ {
		_, err := w.app.Append(t.Context(), record.Submission{
			Record: record.Record{ID: record.HashID(record.ChannelAPI, fmt.Sprint("invented ", seq)), Book: "220323", Kind: "waste.load", Observed: record.InstantAt(now),
				Values: record.Values{"mass": record.Int(seq)}},
			Envelope: record.Envelope{Received: now, Channel: record.ChannelAPI, Catalog: catalog.System().Hash(), Day: record.DayAt(now, record.Zone())},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// found checks over HTTP and directly, and wants the same of the county's book; the town's only ever grew.
func (w *town) found(t *testing.T, want witness.Finding) {
	t.Helper()
	all, err := w.watch.Check(t.Context())
	if err != nil || len(all) != 4 {
		t.Fatalf("got %+v, %v, want two books of two sites", all, err)
	}
	for _, f := range all {
		f.Reached = time.Time{}
		expected := want
		expected.Site, expected.Book = f.Site, f.Book
		switch {
		case f.Book == "220323" && f != expected:
			t.Errorf("got  %+v\nwant %+v", f, expected)
		case f.Book != "220323" && f.Changed():
			t.Errorf("the town's book was not touched: %+v", f)
		}
	}
}

// TestWitnessSeesTampering cuts a county's book and writes it anew, on either database, while its towns go on.
func TestWitnessSeesTampering(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		if loc.Dir == "" {
			loc.Dir = t.TempDir()
		}
		w := &town{loc: loc}
		w.start(t)
		w.watch = witness.Watch{Folder: witness.Folder{Dir: filepath.Join(t.TempDir(), "kept")}, Clock: time.Now,
			Open: func(s witness.Site) (witness.Source, error) {
				if s.From == witness.Own {
					return keeping.Witnessed(w.app), nil
				}
				return witness.NewRemote(w.server.URL, "") // the port changes at each start
			}}
		for name, from := range map[string]string{"over-http": w.server.URL, "own": witness.Own} {
			if _, err := w.watch.Add(t.Context(), witness.Site{Name: name, From: from}, true); err != nil {
				t.Fatal(err)
			}
		}
		first, _ := w.employ(t, 1)
		w.found(t, witness.Finding{Outcome: witness.Begun, Found: first})
		early, note := w.employ(t, 2)
		w.found(t, witness.Finding{Outcome: witness.Consistent, Kept: first, Found: early})
		middle, _ := w.employ(t, 1)
		w.found(t, witness.Finding{Outcome: witness.Consistent, Kept: early, Found: middle})
		late, _ := w.employ(t, 2)
		w.found(t, witness.Finding{Outcome: witness.Consistent, Kept: middle, Found: late})

		w.stop()
		cut(t, loc, "220323", early, note)
		w.start(t)
		if _, err := w.app.Verify(t.Context(), "220323", nil); err != nil {
			t.Fatalf("the cut shows without a witness: %v", err)
		}
		w.found(t, witness.Finding{Outcome: witness.RolledBack, Kept: late, Found: early, Agrees: early, Differs: middle})

		w.invent(t, early, late)
		w.found(t, witness.Finding{Outcome: witness.Forked, Kept: late, Found: late, Agrees: early, Differs: middle})
		now := late + 1
		w.invent(t, late, now)
		if _, err := w.app.Verify(t.Context(), "", nil); err != nil {
			t.Fatalf("the rewriting shows without a witness: %v", err)
		}
		w.found(t, witness.Finding{Outcome: witness.Inconsistent, Kept: late, Found: now, Agrees: early, Differs: middle})
		w.stop()
	})
}

// TestProvenCheckpointsGoBack prints checkpoints with proofs that a witness without a network believes.
func TestProvenCheckpointsGoBack(t *testing.T) {
	w := &town{loc: db.Location{Dir: t.TempDir()}}
	w.start(t)
	defer w.stop()
	key, err := w.app.Ledger().VerifierKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stick := filepath.Join(t.TempDir(), "stick")
	w.watch = witness.Watch{Folder: witness.Folder{Dir: filepath.Join(t.TempDir(), "kept")}, Clock: time.Now,
		Open: func(witness.Site) (witness.Source, error) { return witness.NewFile(stick) }}
	var older [][]byte
	for round, want := range []witness.Outcome{witness.Begun, witness.Consistent, witness.Consistent} {
		w.employ(t, 3)
		notes, err := keeping.ProvenCheckpoints(t.Context(), w.app, "", older)
		if err != nil {
			t.Fatal(err)
		}
		var text []byte
		older = nil
		for _, note := range notes {
			text = append(text, note...)
			older = append(older, witness.ReadNotes(string(note))[0].Text)
		}
		if err := os.WriteFile(stick, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			if _, err := w.watch.Add(t.Context(), witness.Site{Name: "town", From: stick, Key: key}, false); err != nil {
				t.Fatal(err)
			}
		}
		found, err := w.watch.Check(t.Context())
		if err != nil || len(found) != 2 || found[0].Outcome != want || found[1].Outcome != want {
			t.Errorf("round %d: got %+v, %v, want %s", round, found, err, want)
		}
	}
}
