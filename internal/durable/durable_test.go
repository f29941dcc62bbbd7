package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteReplacesAndSetsTheMode(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(name, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(name, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, name, "new", 0o600)
}

func TestCreateNeverReplaces(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	if err := Create(name, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Create(name, []byte("second"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the second time: got %v, want %v", err, fs.ErrExist)
	}
	expect(t, name, "first", 0o600)
}

func TestAppendAdds(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	for _, piece := range []string{"one\n", "two\n"} {
		if err := Append(name, []byte(piece), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, name, "one\ntwo\n", 0o600)
}

// TestFailureLeavesTheOldFile writes where a folder stands, which fails at the last moment.
func TestFailureLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "inside"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(taken, []byte("new"), 0o600); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if err := Write(filepath.Join(dir, "missing", "a"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: got %v", err)
	}
	onlyOne(t, dir)
}

// expect also looks for temporary files left behind.
func expect(t *testing.T, name, content string, mode fs.FileMode) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil || string(got) != content {
		t.Errorf("content: got %q, %v, want %q", got, err, content)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
		t.Errorf("mode: got %v, %v, want %v", info.Mode().Perm(), err, mode)
	}
	onlyOne(t, filepath.Dir(name))
}

func onlyOne(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v, want one name", left, err)
	}
}
