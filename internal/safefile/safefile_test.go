package safefile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"qingshan/internal/safefile"
)

// failAt lets writing fail at one point.
func failAt(at safefile.Point) safefile.Fault {
	return func(p safefile.Point) error {
		if p == at {
			return fmt.Errorf("injected: %w", syscall.ENOSPC)
		}
		return nil
	}
}

func TestWhateverFailsTheOldOrTheWholeNewIsThere(t *testing.T) {
	for point, want := range map[safefile.Point]string{
		safefile.Writing: "old", safefile.Syncing: "old", safefile.Renaming: "old", safefile.Renamed: "new", "": "new",
	} {
		name := filepath.Join(t.TempDir(), "file")
		if err := safefile.Write(name, []byte("old"), nil); err != nil {
			t.Fatal(err)
		}
		err := safefile.Write(name, []byte("new"), failAt(point))
		if failed := point != ""; failed != safefile.Full(err) {
			t.Errorf("failing at %q: got error %v", point, err)
		}
		got, err := os.ReadFile(name)
		if err != nil || string(got) != want {
			t.Errorf("failing at %q: there is %q (%v), want %q", point, got, err, want)
		}
		left, err := os.ReadDir(filepath.Dir(name))
		if err != nil || len(left) != 1 {
			t.Errorf("failing at %q: %d files are left (%v), want 1", point, len(left), err)
		}
	}
}

func TestOnlyTheOwnerMayRead(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b")
	if err := safefile.MakeFolder(folder); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, "file")
	if err := safefile.Write(name, []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	listed := filepath.Join(folder, "list")
	if err := safefile.Append(listed, []byte("x\n"), nil); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{folder: 0o700, name: 0o600, listed: 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v (%v), want %v", path, info.Mode().Perm(), err, want)
		}
	}
}

func TestAppendAddsToWhatIsThere(t *testing.T) {
	name := filepath.Join(t.TempDir(), "list")
	for _, line := range []string{"one\n", "two\n"} {
		if err := safefile.Append(name, []byte(line), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := safefile.Append(name, []byte("three\n"), failAt(safefile.Writing)); !safefile.Full(err) {
		t.Errorf("append on a full disk: got %v", err)
	}
	got, err := os.ReadFile(name)
	if err != nil || string(got) != "one\ntwo\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSweepTakesOnlyWhatIsOldAndUnfinished(t *testing.T) {
	folder := t.TempDir()
	var old *safefile.File
	for range 2 { // one that a crash left, one that is being written
		f, err := safefile.Create(folder, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Abort()
		old = f
	}
	if err := safefile.Write(filepath.Join(folder, "finished"), []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	now, err := old.ModTime()
	if err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(folder)
	if err != nil || len(names) != 3 {
		t.Fatalf("%d files (%v), want 3", len(names), err)
	}
	for _, name := range names[:1] {
		if !safefile.Unfinished(name.Name()) {
			t.Fatalf("%s does not look unfinished", name.Name())
		}
		long := now.Add(-25 * time.Hour)
		if err := os.Chtimes(filepath.Join(folder, name.Name()), long, long); err != nil {
			t.Fatal(err)
		}
	}
	if err := safefile.Sweep(folder, now); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 2 {
		t.Errorf("%d files are left (%v), want the finished one and the one being written", len(left), err)
	}
	if _, err := os.Stat(filepath.Join(folder, names[0].Name())); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what the crash left is still there: %v", err)
	}
}
