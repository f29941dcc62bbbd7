package witness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qingshan/fault"
	"qingshan/internal/safefile"
	"qingshan/record"
)

// straight is a history as a source.
type straight struct {
	history
	size int64 // what it shows; 0 for all
	away error
}

func (s *straight) Books(ctx context.Context) (string, []record.Book, error) {
	if s.away != nil {
		return "", nil, s.away
	}
	key, err := s.VerifierKey(ctx)
	if err != nil {
		return "", nil, err
	}
	books, err := s.Ledger.Books(ctx)
	return key, books, err
}

func (s *straight) Checkpoint(ctx context.Context, book record.Book) ([]byte, error) {
	return s.Ledger.Checkpoint(ctx, book)
}

func (s *straight) Prove(ctx context.Context, _ record.Book, old, size int64) ([][32]byte, error) {
	asked := 0
	return s.prove(ctx, size, &asked)(old)
}

// watching is a witness of one source that a test exchanges.
func watching(t *testing.T, source *straight) (*Watch, *time.Time) {
	now := noon
	w := &Watch{Folder: Folder{Dir: filepath.Join(t.TempDir(), "kept")}, Clock: func() time.Time { return now },
		Open: func(Site) (Source, error) { return source, nil }}
	return w, &now
}

// outcome checks one book and wants this.
func outcome(t *testing.T, w *Watch, want Outcome) Finding {
	t.Helper()
	found, err := w.Check(t.Context())
	if err != nil || len(found) != 1 || found[0].Outcome != want {
		t.Fatalf("got %+v, %v, want %s", found, err, want)
	}
	return found[0]
}

func TestKeyIsGivenOrTakenInSoManyWords(t *testing.T) {
	source := &straight{history: begin(t, 1, 1<<40, "")}
	key, err := source.VerifierKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other, err := begin(t, 2, 1<<40, "").VerifierKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w, _ := watching(t, source)
	for _, c := range []struct {
		name  string
		key   string
		trust bool
		want  string
	}{
		{"unasked", "", false, "witness.key_unconfirmed"},
		{"wrong", other, true, "witness.key_differs"},
		{"Not A Name", key, false, "witness.bad_name"},
		{"../above", key, false, "witness.bad_name"},
		{"given", key, false, ""},
		{"taken", "", true, ""},
		{"given", key, false, "witness.site_there"},
	} {
		s, err := w.Add(t.Context(), Site{Name: c.name, From: "test", Key: c.key}, c.trust)
		if (err == nil) != (c.want == "") || err != nil && fault.Of(err).Code != c.want {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if err == nil && (s.Key != key || s.FirstSight != (c.key == "")) {
			t.Errorf("%s: got %+v", c.name, s)
		}
		if c.want == "witness.key_unconfirmed" && fault.Of(err).Data["key"] != key {
			t.Errorf("the fault does not show the key: %v", err)
		}
	}
}

// TestLifeOfAWitness lets a site grow, go away, be changed, be changed back, and be started over.
func TestLifeOfAWitness(t *testing.T) {
	truth := begin(t, 1, 1<<40, "")
	source := &straight{history: truth}
	w, now := watching(t, source)
	if _, err := w.Add(t.Context(), Site{Name: "town", From: "test"}, true); err != nil {
		t.Fatal(err)
	}
	outcome(t, w, Begun)
	for size := int64(5); size <= 20; size += 5 {
		truth.grow(t, size)
		outcome(t, w, Consistent)
	}
	outcome(t, w, Consistent) // nothing new
	source.away = fault.New(fault.Unavailable, Unreachable, nil)
	*now = now.Add(48 * time.Hour)
	if f := outcome(t, w, Unanswered); !f.Reached.Equal(noon) || f.Changed() {
		t.Errorf("away: got %+v, want it reached at %s", f, noon)
	}
	source.away = nil

	changed := begin(t, 1, 12, " changed")
	changed.grow(t, 25)
	source.history = changed
	for range 2 { // the good lineage stays what the site is held against
		if f := outcome(t, w, Inconsistent); f.Agrees != 10 || f.Differs != 15 || f.Kept != 20 {
			t.Errorf("changed: got %+v, want 10 and 15", f)
		}
	}
	foreign := begin(t, 2, 1<<40, "")
	foreign.grow(t, 25)
	source.history = foreign
	outcome(t, w, KeyChanged)
	truth.grow(t, 30)
	source.history = truth
	outcome(t, w, Consistent)

	source.history = changed
	outcome(t, w, RolledBack)
	if err := w.Restart("town", nil, "", "restored after a fire"); err != nil {
		t.Fatal(err)
	}
	outcome(t, w, Begun)
	examine(t, w)
}

// examine looks at what such a life leaves in the folder.
func examine(t *testing.T, w *Watch) {
	t.Helper()
	var notes, evidence, aside int
	err := filepath.WalkDir(w.Folder.Dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[d.IsDir()]; err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v, want %v", name, info.Mode(), err, want)
		}
		switch {
		case strings.HasSuffix(name, checkpointEnding):
			notes++
		case strings.HasSuffix(name, ".differs"):
			evidence++
		case strings.Contains(d.Name(), ".ended-"):
			aside++
		}
		return nil
	})
	if err != nil || notes != 7 || evidence != 1 || aside != 1 {
		t.Errorf("%d checkpoints, %d as evidence, %d set aside, %v; want 7, 1, 1", notes, evidence, aside, err)
	}
	text, err := os.ReadFile(filepath.Join(w.Folder.Dir, "town", "journal.jsonl"))
	var acts []string
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var e Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Errorf("%v in %s", err, line)
		}
		acts = append(acts, strings.TrimSpace(e.Act+" "+string(e.Outcome)))
	}
	want := "added, checked begun, checked consistent, checked consistent, checked consistent, checked consistent, checked inconsistent, " +
		"checked inconsistent, checked key_changed, checked consistent, checked rolled_back, restarted, checked begun"
	if got := strings.Join(acts, ", "); err != nil || got != want {
		t.Errorf("journal\n got %s\nwant %s", got, want)
	}
}

func TestDamagedFolderIsSaidNotTrusted(t *testing.T) {
	truth := begin(t, 1, 1<<40, "")
	w, _ := watching(t, &straight{history: truth})
	if _, err := w.Add(t.Context(), Site{Name: "town", From: "test"}, true); err != nil {
		t.Fatal(err)
	}
	outcome(t, w, Begun)
	file := filepath.Join(w.Folder.Dir, "town", string(book), checkpointName(1))
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "\n1\n", "\n2\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Check(t.Context()); fault.Of(err).Code != "witness.kept_damaged" {
		t.Errorf("got %v, want witness.kept_damaged", err)
	}
}

// TestFullDiskKeepsTheOld lets every write fail at every moment; the next check finds the lineage whole.
func TestFullDiskKeepsTheOld(t *testing.T) {
	for _, point := range []safefile.Point{safefile.Writing, safefile.Syncing, safefile.Renaming, safefile.Renamed} {
		truth := begin(t, 1, 1<<40, "")
		w, _ := watching(t, &straight{history: truth})
		if _, err := w.Add(t.Context(), Site{Name: "town", From: "test"}, true); err != nil {
			t.Fatal(err)
		}
		outcome(t, w, Begun)
		truth.grow(t, 9)
		full := errors.New("no space left")
		w.Folder.Fault = func(p safefile.Point) error {
			if p == point {
				return full
			}
			return nil
		}
		if _, err := w.Check(t.Context()); !errors.Is(err, full) {
			t.Errorf("%s: got %v", point, err)
		}
		w.Folder.Fault = nil
		if f := outcome(t, w, Consistent); f.Found != 9 {
			t.Errorf("%s: then got %+v", point, f)
		}
	}
}

// TestHostileSites answer in every way that an honest one does not.
func TestHostileSites(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the witness was sent elsewhere") }))
	defer elsewhere.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			for range 2000 {
				if _, err := io.WriteString(w, strings.Repeat("x", 1000)); err != nil {
					return
				}
			}
		},
		"elsewhere":  func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) },
		"in circles": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
		"no JSON":    func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"odd books":  func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"books":[{"book":"../x"}]}`) },
		"odd proof":  func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"books": 1, "proof":["00"]}`) },
		"gateway":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"not found":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "50")
			_, _ = io.WriteString(w, "{")
		},
	} {
		site := httptest.NewServer(answer)
		r, err := NewRemote(site.URL, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := r.Books(t.Context()); fault.Of(err).Code != Unreachable {
			t.Errorf("%s: books: got %v", name, err)
		}
		if _, err := r.Prove(t.Context(), book, 1, 2); fault.Of(err).Code != Unreachable {
			t.Errorf("%s: proof: got %v", name, err)
		}
		site.Close()
	}
	for _, address := range []string{"ftp://a", "a.example", "https://", "https://u:p@a/", "https://a/?b=c"} {
		if _, err := NewRemote(address, ""); fault.Of(err).Code != "witness.bad_address" {
			t.Errorf("%s: got %v", address, err)
		}
	}
	if _, err := NewRemote("https://a", "no certificate"); fault.Of(err).Code != "witness.bad_authority" {
		t.Errorf("authority: got %v", err)
	}
}

func TestSitesOwnWordsAreBelieved(t *testing.T) {
	for code, status := range map[string]int{"book.unknown": 404, "book.no_such_size": 400} {
		site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"code": %q}`, code)
		}))
		r, err := NewRemote(site.URL, "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Prove(t.Context(), book, 1, 2)
		if want := map[string]string{"book.unknown": "witness.book_gone", "book.no_such_size": Refused}[code]; fault.Of(err).Code != want {
			t.Errorf("%s: got %v, want %s", code, err, want)
		}
		site.Close()
	}
}

// TestFilesCarryProofs goes the way of a stick: what is kept is taken along, and what comes back proves the growth.
func TestFilesCarryProofs(t *testing.T) {
	truth := begin(t, 1, 1<<40, "")
	truth.grow(t, 11)
	file := filepath.Join(t.TempDir(), "stick.txt")
	w, _ := watching(t, nil)
	w.Open = func(s Site) (Source, error) { return NewFile(s.From) }
	key, err := truth.VerifierKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	write := func(h history, old int64) {
		t.Helper()
		note, err := h.Checkpoint(t.Context(), book)
		if err != nil {
			t.Fatal(err)
		}
		if old > 0 {
			size, asked := h.at(t, 0).Size, 0
			proof, err := h.prove(t.Context(), size, &asked)(old)
			if err != nil {
				t.Fatal(err)
			}
			note = append(note, WriteProof(old, size, proof)...)
		}
		if err := os.WriteFile(file, note, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(truth, 0)
	if _, err := w.Add(t.Context(), Site{Name: "town", From: file}, true); fault.Of(err).Code != "witness.key_needed" {
		t.Errorf("a file without a key: got %v", err)
	}
	if _, err := w.Add(t.Context(), Site{Name: "town", From: file, Key: key}, false); err != nil {
		t.Fatal(err)
	}
	outcome(t, w, Begun)
	truth.grow(t, 20)
	write(truth, 11)
	outcome(t, w, Consistent)
	truth.grow(t, 33)
	write(truth, 0)
	outcome(t, w, Unshown)
	changed := begin(t, 1, 15, " changed")
	changed.grow(t, 40)
	write(changed, 33)
	outcome(t, w, Inconsistent)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	outcomeAway(t, w)
}

// outcomeAway wants a source that cannot even be opened to be told like one that does not answer.
func outcomeAway(t *testing.T, w *Watch) {
	t.Helper()
	found, err := w.Check(t.Context())
	if err != nil || len(found) != 1 || found[0].Outcome != Unanswered {
		t.Errorf("the stick is not there: got %+v, %v", found, err)
	}
}
