package backup_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"qingshan/backup"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
	"qingshan/internal/safefile"
)

// A second run writes what came since and nothing else.
func TestTakeAddsEntryByEntry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w, folder := begin(t, s), filepath.Join(t.TempDir(), "b")
		first := w.taken(t, folder)
		if first.Entries != 42 || first.Written != 42 || first.Blobs != 2 || first.Figures != 3 {
			t.Errorf("first run: %+v", first)
		}
		if again := w.taken(t, folder); again.Files != 0 || again.Written != 0 || again.Blobs != 0 {
			t.Errorf("with nothing new: %+v", again)
		}
		before := files(t, folder, "entries")
		w.grow(t, 10)
		second := w.taken(t, folder)
		if second.Written != 10 || second.Entries != 52 {
			t.Errorf("with ten more: %+v", second)
		}
		after := files(t, folder, "entries")
		if fresh := slices.DeleteFunc(after, func(name string) bool { return slices.Contains(before, name) }); len(fresh) != 1 {
			t.Errorf("new segments: %v, want one", fresh)
		}
		want, err := w.Ledger.Digests(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got, out, err := loaded(t, folder)
		if err != nil || !maps.Equal(got, want) || out.Entries != 52 || out.Blobs != 2 {
			t.Errorf("restored %+v, %v\n got %v\nwant %v", out, err, got, want)
		}
	})
}

// Every table of the durable store is in a backup: the manifest lists them all, each but for the two that are cut into
// segments with a part of its own.
func TestNoTableIsForgotten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w, folder := begin(t, s), filepath.Join(t.TempDir(), "b")
		w.taken(t, folder)
		m, err := backup.Inspect(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		digests, err := w.Ledger.Digests(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if tables := slices.Sorted(maps.Keys(digests)); !slices.Equal(m.Tables, tables) {
			t.Errorf("the manifest lists %v, the store has %v", m.Tables, tables)
		}
		copied := map[string]bool{}
		for _, p := range m.Parts {
			copied[p.Table] = true
		}
		for _, name := range m.Tables {
			if !copied[name] {
				t.Errorf("table %s is in no part", name)
			}
		}
	})
}

func TestFiguresComeBackAsTheyWere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w, folder := begin(t, s), filepath.Join(t.TempDir(), "b")
		w.taken(t, folder)
		m, err := backup.Inspect(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Figures(folder)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(figures()) {
			t.Errorf("got %v, %v\nwant %v", got, err, figures())
		}
	})
}

// Only the owner may look.
func TestModes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w, folder := begin(t, s), filepath.Join(t.TempDir(), "b")
		w.taken(t, folder)
		for _, name := range append(files(t, folder, "."), folder, filepath.Join(folder, "table")) {
			info, err := os.Stat(name)
			if err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
	})
}

// A folder of another installation, or of the same books with another past, is not added to.
func TestTakeRefusesAFolderThatIsNotItsOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w, folder := begin(t, s), filepath.Join(t.TempDir(), "b")
		w.taken(t, folder)
		dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
			other := begin(t, dbtest.Stores{Location: loc}.Open(t, db.Options{}))
			if _, err := other.take(t.Context(), folder, backup.Options{}); fault.Of(err).Code != "backup.other_installation" {
				t.Errorf("another installation: %v", err)
			}
		})
		past := filepath.Join(t.TempDir(), "past")
		w.taken(t, past)
		w.grow(t, 5)
		w.taken(t, folder)
		err := s.Ledger.Do(t.Context(), func(tx *db.Tx) error { // the ledger is put back to what it was, by hand
			_, err := tx.Exec(t.Context(), `DELETE FROM entry WHERE book = '220323102' AND seq >= 41`)
			if err == nil {
				_, err = tx.Exec(t.Context(), `UPDATE book SET size = 41 WHERE book = '220323102'`)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.take(t.Context(), folder, backup.Options{}); fault.Of(err).Code != "backup.other_past" {
			t.Errorf("a shorter past: %v", err)
		}
	})
}

// Two runs at once: the one that ends later is refused, and what the other wrote counts.
func TestTwoAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w, folder := begin(t, s), filepath.Join(t.TempDir(), "b")
		w.taken(t, folder)
		w.grow(t, 5)
		inner := false
		_, err := w.take(t.Context(), folder, backup.Options{Between: func(step string) error {
			if step == "manifest" && !inner {
				inner = true
				w.grow(t, 5)
				w.taken(t, folder)
			}
			return nil
		}})
		if fault.Of(err).Code != "backup.two_at_once" {
			t.Errorf("the later run: %v", err)
		}
		if m, err := backup.Inspect(t.Context(), folder); err != nil || m.Books[1].Size != 51 {
			t.Errorf("the earlier run: %+v, %v", m, err)
		}
	})
}

// Wherever a run is killed, the backup before it stands, and the next run goes through.
func TestTakeKilledAtEachStep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w, folder := begin(t, s), filepath.Join(t.TempDir(), "b")
		w.taken(t, folder)
		size := int64(41)
		stop := errors.New("killed")
		for _, step := range []string{"cut", "entries", "blobs", "figures", "erasures", "manifest", "sweep"} {
			w.grow(t, 3)
			_, err := w.take(t.Context(), folder, backup.Options{Between: func(at string) error {
				if at == step {
					return stop
				}
				return nil
			}})
			if !errors.Is(err, stop) {
				t.Errorf("killed at %s: %v", step, err)
			}
			if step == "sweep" {
				size += 3
			}
			if m, err := backup.Inspect(t.Context(), folder); err != nil || m.Books[1].Size != size {
				t.Errorf("killed at %s: %v, want the backup before with %d", step, err, size)
			}
			w.taken(t, folder)
			if size, err = w.ledger.Size(t.Context(), town); err != nil {
				t.Fatal(err)
			}
			if m, err := backup.Inspect(t.Context(), folder); err != nil || m.Books[1].Size != size {
				t.Errorf("the run after %s: %v", step, err)
			}
			if left := files(t, folder, "entries"); len(left) > 30 {
				t.Errorf("the run after %s left %v", step, left)
			}
		}
	})
}

// The disk fills up at each single write of a run, before it is done and after: the backup before stands or the new one
// does, never anything between, and with room the next run goes through.
func TestTakeOnAFullDisk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w, base := begin(t, s), filepath.Join(t.TempDir(), "b")
		w.taken(t, base)
		w.grow(t, 20)
		w.put(t, "one more")
		w.erase(t)
		writes := 0
		if _, err := w.take(t.Context(), copied(t, base), backup.Options{Fault: noFault(&writes)}); err != nil || writes < 20 {
			t.Fatalf("%d writes, %v", writes, err)
		}
		for broken := range writes {
			folder, met := copied(t, base), 0
			full := func(p safefile.Point) error {
				if met++; met == broken+1 {
					return &os.PathError{Op: string(p), Path: folder, Err: syscall.ENOSPC}
				}
				return nil
			}
			_, err := w.take(t.Context(), folder, backup.Options{Fault: full})
			if code := fault.Of(err).Code; code != "backup.full" && code != "blob.full" {
				t.Errorf("full at write %d of %d: %v", broken, writes, err)
			}
			m, err := backup.Inspect(t.Context(), folder)
			if err != nil || m.Books[1].Size != 41 && m.Books[1].Size != 62 {
				t.Errorf("full at write %d of %d: %v", broken, writes, err)
			}
			w.taken(t, folder)
			if m, err := backup.Inspect(t.Context(), folder); err != nil || m.Books[1].Size != 62 {
				t.Errorf("the run after write %d: %v", broken, err)
			}
		}
	})
}
