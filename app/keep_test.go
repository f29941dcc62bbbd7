package app_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"qingshan/app"
	"qingshan/app/keeping"
	"qingshan/backup"
	"qingshan/blob"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/demo/year"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/record"
)

// small starts an installation and gives it what a small year begins with: units, persons, and some of the work.
func small(t *testing.T, loc db.Location, most int) (*installation, year.Year) {
	t.Helper()
	y := draw(t, year.Options{Seed: 7, Scale: 0.03})
	in := install(t, loc, y.Begin())
	in.until(y.End())
	return in, in.work(t, y, 0, most)
}

// work delivers acts in their order from one on, as many as most or a few more, and gives the rest as a year.
func (in *installation) work(t *testing.T, y year.Year, from, most int) year.Year {
	t.Helper()
	at := from
	for at < len(y.Acts) && at-from < most {
		batch := y.Batch(at, 200)
		in.deliver(t, batch)
		at += len(batch)
	}
	y.Acts = y.Acts[at:]
	return y
}

// keep puts some documents into the installation's blobs.
func (in *installation) keep(t *testing.T, contents ...string) {
	t.Helper()
	for _, content := range contents {
		if _, err := blob.Open(filepath.Join(in.dir, "blobs"), blob.Options{}).Put(t.Context(), strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
}

// back takes a backup.
func (in *installation) back(t *testing.T, folder string) backup.Report {
	t.Helper()
	report, err := keeping.Backup(t.Context(), in.App, folder, keeping.BackupOptions{})
	if err != nil {
		t.Fatalf("back up: %v", err)
	}
	return report
}

// fresh gives the configuration of a place where nothing is yet.
func fresh(t *testing.T, loc db.Location) app.Config {
	t.Helper()
	dir := loc.Dir
	if dir == "" {
		dir = t.TempDir()
	}
	return app.Config{Dir: dir, DB: loc.URL, Schema: loc.Schema, UnsafePostgres: os.Getenv(dbtest.Unsafe) == "1"}
}

func restore(t *testing.T, cfg app.Config, folder string) (keeping.Restored, error) {
	t.Helper()
	options := keeping.RestoreOptions{From: folder, Report: func(int64, int64) {}}
	return keeping.Restore(t.Context(), cfg, options, app.Options{})
}

// digests gives what stands in a store, table by table.
func digests(t *testing.T, cfg app.Config, store db.Store) map[string]string {
	t.Helper()
	d, err := db.Open(t.Context(), db.Location{Dir: cfg.Dir, URL: cfg.DB, Schema: cfg.Schema}, store, db.Options{Unsafe: cfg.UnsafePostgres})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	found, err := d.Digests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A backup of either database is restored into either, with everything in it: every table of the durable store, so that a
// new one cannot be forgotten, every blob, and all that follows from the entries.
func TestBackupRestoresIntoEitherDatabase(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		in, rest := small(t, loc, 300)
		folder := filepath.Join(t.TempDir(), "backup")
		in.keep(t, "a document", "another")
		first := in.back(t, folder)
		in.work(t, rest, 0, 200)
		in.keep(t, "a third")
		second := in.back(t, folder)
		if grown := second.Entries - first.Entries; grown < 200 || second.Written != grown {
			t.Errorf("%d entries came, %d of %d were written", grown, second.Written, second.Entries)
		}
		if first.Blobs != 2 || second.Blobs != 1 || second.Figures == 0 {
			t.Errorf("copied %d, then %d blobs, %d figures", first.Blobs, second.Blobs, second.Figures)
		}
		if again := in.back(t, folder); again.Files != 0 || again.Blobs != 0 || again.Written != 0 {
			t.Errorf("with nothing new: %+v", again)
		}
		in.stop()
		want, views := digests(t, in.config(), db.Ledger), digests(t, in.config(), db.Views)
		dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
			cfg := fresh(t, loc)
			out, err := restore(t, cfg, folder)
			if err != nil {
				t.Fatalf("restore: %v", err)
			}
			if len(out.Books) != 3 || out.Entries != second.Entries {
				t.Errorf("restored %d entries of %d in %d books", out.Entries, second.Entries, len(out.Books))
			}
			for name, got := range map[string]map[string]string{"ledger": digests(t, cfg, db.Ledger), "views": digests(t, cfg, db.Views)} {
				if wanted := map[string]map[string]string{"ledger": want, "views": views}[name]; !maps.Equal(got, wanted) {
					t.Errorf("%s\n got %v\nwant %v", name, got, wanted)
				}
			}
			for _, content := range []string{"a document", "another", "a third"} {
				got, err := blob.Open(filepath.Join(cfg.Dir, "blobs"), blob.Options{}).Bytes(t.Context(), digest.Of([]byte(content)))
				if err != nil || string(got) != content {
					t.Errorf("blob %q: got %q, %v", content, got, err)
				}
			}
			if _, err := restore(t, cfg, folder); fault.Of(err).Code != "restore.not_empty" {
				t.Errorf("restore into what is not empty: %v", err)
			}
		})
	})
}

// While two senders hand records in without a pause, a backup is taken: it reaches exactly the entries that it states, and
// each record acknowledged before it began is in it.
func TestBackupUnderLoad(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		in, rest := small(t, loc, 300)
		folder := filepath.Join(t.TempDir(), "backup")
		load := in.under(t, rest.Acts)
		load.reach(t, 30)
		for round := range 3 {
			before := load.told()
			report := in.back(t, folder)
			m, err := backup.Inspect(t.Context(), folder)
			if err != nil {
				t.Fatalf("round %d: inspect: %v", round, err)
			}
			for _, b := range m.Books {
				if told := before[record.Book(b.Book)]; told > b.Size {
					t.Errorf("round %d: entry %d of %s was acknowledged before the backup, which reaches %d", round, told-1, b.Book, b.Size)
				}
			}
			if report.Written == 0 {
				t.Errorf("round %d: nothing was written under load", round)
			}
		}
		load.stop(t)
		m, err := backup.Inspect(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
			cfg := fresh(t, loc)
			out, err := restore(t, cfg, folder)
			if err != nil {
				t.Fatalf("restore: %v", err)
			}
			for i, b := range m.Books {
				if got := out.Books[i]; got.Book != b.Book || got.Entries != b.Size || got.Root != b.Root {
					t.Errorf("restored %+v, want %+v", got, b)
				}
			}
			load.compare(t, cfg, m)
		})
	})
}

// load is records that are handed in by two senders at once until they are told to stop.
type load struct {
	in      *installation
	end     context.CancelFunc
	running sync.WaitGroup
	moved   chan struct{}

	mu   sync.Mutex // protects the fields below
	sent map[string]receipt
	size map[record.Book]int64
}

func (in *installation) under(t *testing.T, acts []year.Act) *load {
	ctx, end := context.WithCancel(t.Context())
	l := &load{in: in, end: end, moved: make(chan struct{}, 1), sent: map[string]receipt{}, size: map[record.Book]int64{}}
	for half := range 2 {
		l.running.Go(func() { l.send(ctx, t, acts, half) })
	}
	t.Cleanup(end)
	return l
}

// send hands acts in one by one; after the last it begins again with other ids.
func (l *load) send(ctx context.Context, t *testing.T, acts []year.Act, half int) {
	for round := 0; ; round++ {
		for i, act := range acts {
			if i%2 != half || string(act.Want) != string(record.Stored) || !act.Confirm.Zero() || act.Book != "220323102" {
				continue
			}
			if ctx.Err() != nil {
				return
			}
			l.one(ctx, t, act, round)
		}
	}
}

func (l *load) one(ctx context.Context, t *testing.T, act year.Act, round int) {
	var said map[string]json.RawMessage
	if err := json.Unmarshal(act.Body, &said); err != nil {
		t.Error(err)
		return
	}
	if said["amends"] != nil || bytes.HasPrefix(said["kind"], []byte(`"register.`)) {
		return
	}
	if round > 0 {
		delete(said, "id")
		said["external"] = json.RawMessage(fmt.Sprintf(`"round %d of %s"`, round, bytes.Trim(said["id"], `"`)))
	}
	body, err := json.Marshal(map[string]any{"book": act.Book, "records": []any{said}})
	if err != nil {
		t.Error(err)
		return
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.in.server.URL+"/api/v1/records", bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	request.Header.Set("Authorization", "Bearer "+l.in.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := l.in.server.Client().Do(request)
	if err != nil {
		return // told to stop
	}
	defer response.Body.Close()
	var answer struct{ Results []receipt }
	if err := json.NewDecoder(response.Body).Decode(&answer); err == nil && len(answer.Results) == 1 && answer.Results[0].Outcome == "stored" {
		l.note(act.Book, answer.Results[0])
	}
}

func (l *load) note(book record.Book, r receipt) {
	l.mu.Lock()
	l.sent[string(book)+" "+r.ID] = r
	l.size[book] = max(l.size[book], r.Seq+1)
	l.mu.Unlock()
	select {
	case l.moved <- struct{}{}:
	default:
	}
}

// reach waits until n records were acknowledged.
func (l *load) reach(t *testing.T, n int) {
	t.Helper()
	for {
		l.mu.Lock()
		enough := len(l.sent) >= n
		l.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-l.moved:
		case <-t.Context().Done():
			t.Fatal("the load does not move")
		}
	}
}

// told gives up to which size each book is acknowledged by now.
func (l *load) told() map[record.Book]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.size)
}

func (l *load) stop(t *testing.T) {
	t.Helper()
	l.end()
	l.running.Wait()
	if len(l.sent) < 50 {
		t.Errorf("only %d records were acknowledged under load", len(l.sent))
	}
}

// compare wants every acknowledged record up to the backup's stated entry in the restored installation, where it was.
func (l *load) compare(t *testing.T, cfg app.Config, m *backup.Manifest) {
	t.Helper()
	loc := db.Location{Dir: cfg.Dir, URL: cfg.DB, Schema: cfg.Schema}
	there := map[string]bool{}
	plainly(t, loc, func(p plain) {
		rows, err := p.tx.Query(t.Context(), `SELECT book, id, seq FROM entry`)
		if err != nil {
			t.Fatal(err)
		}
		err = db.EachRow(rows, func() error {
			var book, id string
			var seq int64
			err := rows.Scan(&book, &id, &seq)
			there[fmt.Sprint(book, " ", id, " ", seq)] = true
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	met := 0
	for key, r := range l.sent {
		book, _, _ := strings.Cut(key, " ")
		i := slices.IndexFunc(m.Books, func(b backup.Book) bool { return b.Book == book })
		if r.Seq >= m.Books[i].Size {
			continue
		}
		if met++; !there[fmt.Sprint(key, " ", r.Seq)] {
			t.Errorf("%s was acknowledged as entry %d and is not in the restored installation", key, r.Seq)
		}
	}
	if met < 30 {
		t.Errorf("only %d acknowledged records lie below the backup's stated entry", met)
	}
}

// An erased value is in no file of the folder after the next run, and an older copy of the folder does not bring it back.
func TestErasedValuesLeaveTheBackup(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		in, _ := small(t, loc, 300)
		in.secret(t, "1")
		folder, copied := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "old")
		in.back(t, folder)
		if found := grep(t, folder, "秘密人1"); len(found) != 1 {
			t.Fatalf("the name stands in %v, want one file", found)
		}
		if out, err := exec.Command("cp", "-r", folder, copied).CombinedOutput(); err != nil {
			t.Fatalf("copy: %s", out)
		}
		if _, err := in.Erase(t.Context(), secretID("1"), "on request"); err != nil {
			t.Fatal(err)
		}
		in.back(t, folder)
		if found := grep(t, folder, "秘密人1"); len(found) != 0 {
			t.Errorf("the erased name still stands in %v", found)
		}
		for name, lists := range map[string][]string{"by the installation's own list": {filepath.Join(in.dir, backup.ErasuresFile)},
			"by the folder's list": {filepath.Join(folder, backup.ErasuresFile)}} {
			cfg := fresh(t, db.Location{Dir: t.TempDir()})
			options := keeping.RestoreOptions{From: copied, Erasures: lists, Report: func(int64, int64) {}}
			out, err := keeping.Restore(t.Context(), cfg, options, app.Options{})
			if err != nil {
				t.Fatalf("%s: restore: %v", name, err)
			}
			if out.Left != 1 || len(out.Again) != 1 {
				t.Errorf("%s: left %d values out and said %v again", name, out.Left, out.Again)
			}
			if found := grep(t, cfg.Dir, "秘密人1"); len(found) != 0 {
				t.Errorf("%s: the erased name came back in %v", name, found)
			}
			restoredAgain(t, cfg)
		}
		cfg := fresh(t, db.Location{Dir: t.TempDir()})
		if out, err := restore(t, cfg, copied); err != nil || out.Left != 0 {
			t.Errorf("the old copy alone: left %d, %v", out.Left, err)
		}
		if found := grep(t, cfg.Dir, "秘密人1"); len(found) == 0 {
			t.Error("the old copy alone does not hold the name: the test sees nothing")
		}
	})
}

// restoredAgain backs the restored installation up and restores that: the erasure said again counts as the same.
func restoredAgain(t *testing.T, cfg app.Config) {
	t.Helper()
	a, err := app.Open(t.Context(), cfg, app.Options{Reading: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	folder := filepath.Join(t.TempDir(), "again")
	if _, err := keeping.Backup(t.Context(), a, folder, keeping.BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	out, err := restore(t, fresh(t, db.Location{Dir: t.TempDir()}), folder)
	if err != nil || len(out.Again) != 0 {
		t.Errorf("a backup of the restored: %v said again, %v", out.Again, err)
	}
}

// secretID is an id that says nothing.
func secretID(n string) string { return "0197a3c0-0000-7000-8000-00000000000" + n }

// secret registers a person with a name to look for.
func (in *installation) secret(t *testing.T, n string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"external": "secret " + n, "kind": "register.person", "observed": "2025-01-02",
		"about": []string{"unit/220323102"}, "values": map[string]any{"object": secretID(n), "name": "秘密人" + n}})
	if err != nil {
		t.Fatal(err)
	}
	if r := in.send(t, "220323102", []json.RawMessage{body})[0]; r.Outcome != "stored" {
		t.Fatalf("%s: %+v", body, r)
	}
}

// grep lists the files below a folder in which a text stands, unpacked or as it is.
func grep(t *testing.T, folder, text string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		if strings.HasSuffix(name, ".gz") && err == nil {
			content, err = unzip(content)
		}
		if bytes.Contains(content, []byte(text)) {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func unzip(content []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
