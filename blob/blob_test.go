package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"

	"qingshan/blob"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/internal/safefile"
)

// TestStore exercises every promise of the package, on a fresh store each.
func TestStore(t *testing.T) {
	for name, promise := range map[string]func(t *testing.T, dir string){
		"what is put is found under its hash":     keeps,
		"putting twice changes nothing":           putTwice,
		"many put at once":                        putAtOnce,
		"what is not there":                       absent,
		"lists in order, with sizes":              lists,
		"refuses what is too large":               tooLarge,
		"a source that fails leaves nothing":      brokenSource,
		"a full disk leaves nothing or the whole": faults,
		"damage is told at the end of reading":    damaged,
		"putting again heals":                     heals,
		"only the owner may read":                 modes,
		"looking makes no folder":                 looking,
		"ends with its context":                   ends,
	} {
		t.Run(name, func(t *testing.T) { promise(t, filepath.Join(t.TempDir(), "blobs")) })
	}
}

func open(dir string) *blob.Store { return blob.Open(dir, blob.Options{}) }

func put(t *testing.T, s *blob.Store, content []byte) digest.Hash {
	t.Helper()
	hash, err := s.Put(t.Context(), bytes.NewReader(content))
	if err != nil {
		t.Fatalf("put %d bytes: %v", len(content), err)
	}
	return hash
}

// samples are contents of several sizes; nothing at all is one.
func samples() [][]byte {
	random := rand.NewChaCha8([32]byte{1})
	var out [][]byte
	for _, size := range []int{0, 1, 31, 4096, 1 << 20} {
		content := make([]byte, size)
		_, _ = random.Read(content)
		out = append(out, content)
	}
	return out
}

func keeps(t *testing.T, dir string) {
	for _, want := range samples() {
		hash := put(t, open(dir), want)
		if hash != digest.Hash(sha256.Sum256(want)) {
			t.Errorf("%d bytes are named %s, want their SHA-256", len(want), hash)
		}
		got, err := open(dir).Bytes(t.Context(), hash) // another process
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes were put, %d came back, error %v", len(want), len(got), err)
		}
		if has, err := open(dir).Has(t.Context(), hash); err != nil || !has {
			t.Errorf("has %s: %v, %v", hash, has, err)
		}
	}
}

func putTwice(t *testing.T, dir string) {
	content := []byte("the same again")
	if first, second := put(t, open(dir), content), put(t, open(dir), content); first != second {
		t.Errorf("named %s, then %s", first, second)
	}
	if got := listed(t, open(dir)); len(got) != 1 {
		t.Errorf("listed %v, want one", got)
	}
}

func putAtOnce(t *testing.T, dir string) {
	s := open(dir)
	var wait sync.WaitGroup
	for i := range 32 {
		wait.Go(func() {
			if _, err := s.Put(t.Context(), strings.NewReader(fmt.Sprint(i%4))); err != nil {
				t.Errorf("put: %v", err)
			}
		})
	}
	wait.Wait()
	if got := listed(t, s); len(got) != 4 {
		t.Errorf("listed %v, want four", got)
	}
}

func absent(t *testing.T, dir string) {
	s, hash := open(dir), digest.Of([]byte("never put"))
	if has, err := s.Has(t.Context(), hash); has || err != nil {
		t.Errorf("has: %v, %v", has, err)
	}
	if _, err := s.Get(t.Context(), hash); fault.Of(err).Code != "blob.not_found" || !fault.Is(err, fault.NotFound) {
		t.Errorf("get: %v, want blob.not_found", err)
	}
}

func listed(t *testing.T, s *blob.Store) map[string]int64 {
	t.Helper()
	var order []string
	found := map[string]int64{}
	err := s.List(t.Context(), func(hash digest.Hash, size int64) error {
		order = append(order, hash.String())
		found[hash.String()] = size
		return nil
	})
	if err != nil || !slices.IsSorted(order) || len(order) != len(found) {
		t.Errorf("list: %v in order %v", err, order)
	}
	return found
}

func lists(t *testing.T, dir string) {
	s, want := open(dir), map[string]int64{}
	for _, content := range samples() {
		want[put(t, s, content).String()] = int64(len(content))
	}
	foreign := filepath.Join(dir, "ab", "notes.txt")
	if err := errors.Join(os.MkdirAll(filepath.Dir(foreign), 0o700), os.WriteFile(foreign, []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	got := listed(t, s)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	stop := errors.New("enough")
	if err := s.List(t.Context(), func(digest.Hash, int64) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("list that is stopped: %v", err)
	}
}

func tooLarge(t *testing.T, dir string) {
	s := blob.Open(dir, blob.Options{Limit: 10})
	put(t, s, []byte("0123456789"))
	_, err := s.Put(t.Context(), strings.NewReader("0123456789+"))
	if f := fault.Of(err); f.Code != "blob.too_large" || f.Data["limit"] != "10" {
		t.Errorf("eleven bytes of ten: %v", err)
	}
	wantOnly(t, dir, 1)
}

func brokenSource(t *testing.T, dir string) {
	broken := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(iotest.ErrTimeout))
	if _, err := open(dir).Put(t.Context(), broken); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("put: %v, want %v", err, iotest.ErrTimeout)
	}
	wantOnly(t, dir, 0)
}

// wantOnly wants n blobs and no rest of any other.
func wantOnly(t *testing.T, dir string, n int) {
	t.Helper()
	if got := listed(t, open(dir)); len(got) != n {
		t.Errorf("listed %v, want %d", got, n)
	}
	left, err := os.ReadDir(filepath.Join(dir, "new"))
	if err != nil || len(left) > 0 {
		t.Errorf("%d unfinished files are left (%v)", len(left), err)
	}
}

// Each fault breaks one write, before or after it is done; then the same is put again with room.
func faults(t *testing.T, dir string) {
	for _, row := range []struct {
		at     safefile.Point
		stored bool
	}{{safefile.Writing, false}, {safefile.Syncing, false}, {safefile.Renaming, false}, {safefile.Renamed, true}} {
		dir := filepath.Join(dir, string(row.at))
		full := true
		s := blob.Open(dir, blob.Options{Fault: func(p safefile.Point) error {
			if full && p == row.at {
				return &os.PathError{Op: string(p), Path: "blob", Err: syscall.ENOSPC}
			}
			return nil
		}})
		content := []byte("as much as fits")
		_, err := s.Put(t.Context(), bytes.NewReader(content))
		if f := fault.Of(err); f.Code != "blob.full" || f.Kind != fault.Unavailable {
			t.Errorf("full at %s: %v, want blob.full", row.at, err)
		}
		if has, err := s.Has(t.Context(), digest.Of(content)); has != row.stored || err != nil {
			t.Errorf("full at %s: has %v (%v), want %v", row.at, has, err, row.stored)
		}
		full = false
		hash := put(t, s, content)
		if got, err := s.Bytes(t.Context(), hash); err != nil || !bytes.Equal(got, content) {
			t.Errorf("after %s: got %q, %v", row.at, got, err)
		}
		wantOnly(t, dir, 1)
	}
}

// damage changes a blob's file.
func damage(t *testing.T, dir string, hash digest.Hash, change func([]byte) []byte) {
	t.Helper()
	name := filepath.Join(dir, hash.String()[:2], hash.String())
	content, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, change(content), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func damaged(t *testing.T, dir string) {
	s := open(dir)
	for name, change := range map[string]func([]byte) []byte{
		"a flipped bit":  func(b []byte) []byte { b[7] ^= 4; return b },
		"cut short":      func(b []byte) []byte { return b[:len(b)-1] },
		"empty":          func([]byte) []byte { return nil },
		"something more": func(b []byte) []byte { return append(b, 0) },
	} {
		hash := put(t, s, []byte("a document: "+name))
		damage(t, dir, hash, change)
		if got, err := s.Bytes(t.Context(), hash); fault.Of(err).Code != "blob.damaged" || fault.Of(err).Data["hash"] != hash.String() {
			t.Errorf("%s: read %q, %v; want blob.damaged", name, got, err)
		}
	}
}

func heals(t *testing.T, dir string) {
	s, content := open(dir), []byte("a document")
	hash := put(t, s, content)
	damage(t, dir, hash, func([]byte) []byte { return []byte("!") })
	put(t, s, content)
	if got, err := s.Bytes(t.Context(), hash); err != nil || !bytes.Equal(got, content) {
		t.Errorf("got %q, %v", got, err)
	}
}

func modes(t *testing.T, dir string) {
	hash := put(t, open(dir), []byte("private"))
	for path, want := range map[string]os.FileMode{
		dir: 0o700, filepath.Join(dir, hash.String()[:2]): 0o700, filepath.Join(dir, hash.String()[:2], hash.String()): 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v (%v), want %v", path, info.Mode().Perm(), err, want)
		}
	}
}

func looking(t *testing.T, dir string) {
	if got := listed(t, open(dir)); len(got) != 0 {
		t.Errorf("listed %v", got)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
}

func ends(t *testing.T, dir string) {
	s := open(dir)
	hash := put(t, s, []byte("x"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, strings.NewReader("y")); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	if _, err := s.Bytes(ctx, hash); !errors.Is(err, context.Canceled) {
		t.Errorf("get: %v", err)
	}
	if err := s.List(ctx, func(digest.Hash, int64) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("list: %v", err)
	}
}
