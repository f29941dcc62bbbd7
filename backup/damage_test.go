package backup_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qingshan/backup"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
	"qingshan/internal/digest"
)

// repacked changes the text within a gzip file.
func repacked(t *testing.T, packed []byte, change func(string) string) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(change(string(text)))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Whatever is damaged is refused with the file, and the entry where it can be told; nothing is restored.
func TestDamageIsRefusedWithItsPlace(t *testing.T) {
	w := begin(t, dbtest.Stores{Location: db.Location{Dir: t.TempDir()}}.Open(t, db.Options{}))
	base := filepath.Join(t.TempDir(), "b")
	w.taken(t, base)
	const second = "entries/220323102/000000000016-000000000032.gz"
	const third = "entries/220323102/000000000032-000000000041.gz"
	document := digest.Of([]byte("a document")).String()
	blobFile := "blob/" + document[:2] + "/" + document
	for _, row := range []struct {
		name   string
		damage func(t *testing.T, folder string)
		code   string
		file   string
		place  string // "" where any will do
	}{
		{"an entry's text is changed", func(t *testing.T, folder string) {
			changed(t, filepath.Join(folder, second), func(b []byte) []byte {
				return repacked(t, b, func(text string) string { return strings.Replace(text, "1020", "9020", 1) })
			})
		}, "backup.damaged", second, "220323102:21"},
		{"the last byte of a segment is flipped", func(t *testing.T, folder string) {
			changed(t, filepath.Join(folder, second), func(b []byte) []byte { b[len(b)-1] ^= 1; return b })
		}, "backup.damaged", second, ""},
		{"a byte in the middle of a segment is flipped", func(t *testing.T, folder string) {
			changed(t, filepath.Join(folder, second), func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b })
		}, "backup.damaged", second, ""},
		{"a segment is cut short", func(t *testing.T, folder string) {
			changed(t, filepath.Join(folder, second), func(b []byte) []byte { return b[:len(b)/2] })
		}, "backup.damaged", second, ""},
		{"something follows a segment", func(t *testing.T, folder string) {
			changed(t, filepath.Join(folder, second), func(b []byte) []byte { return append(b, 0) })
		}, "backup.damaged", second, ""},
		{"a segment is empty", func(t *testing.T, folder string) {
			changed(t, filepath.Join(folder, second), func([]byte) []byte { return nil })
		}, "backup.damaged", second, "220323102:16"},
		{"a segment is missing", func(t *testing.T, folder string) { remove(t, filepath.Join(folder, third)) }, "backup.missing", third, "220323102:32"},
		{"two segments are swapped", func(t *testing.T, folder string) {
			swap(t, filepath.Join(folder, second), filepath.Join(folder, third))
		}, "backup.damaged", second, "220323102:16"},
		{"an entry is left out", func(t *testing.T, folder string) {
			changed(t, filepath.Join(folder, third), func(b []byte) []byte {
				return repacked(t, b, func(text string) string {
					lines := strings.SplitAfter(text, "\n")
					return strings.Join(append(lines[:3:3], lines[4:]...), "")
				})
			})
		}, "backup.damaged", third, "220323102:34"},
		{"the manifest is edited", func(t *testing.T, folder string) {
			changed(t, filepath.Join(folder, backup.ManifestFile), func(b []byte) []byte { return bytes.Replace(b, []byte(`"size": 41`), []byte(`"size": 32`), 1) })
		}, "backup.damaged", "manifest", ""},
		{"the manifest's signature is edited", func(t *testing.T, folder string) {
			changed(t, filepath.Join(folder, backup.ManifestFile), func(b []byte) []byte { return bytes.Replace(b, []byte("backup\n1\n"), []byte("backup\n2\n"), 1) })
		}, "backup.damaged", "manifest", ""},
		{"the manifest is cut short", func(t *testing.T, folder string) {
			changed(t, filepath.Join(folder, backup.ManifestFile), func(b []byte) []byte { return b[:len(b)-20] })
		}, "backup.damaged", "manifest", ""},
		{"the manifest is empty", func(t *testing.T, folder string) {
			changed(t, filepath.Join(folder, backup.ManifestFile), func([]byte) []byte { return nil })
		}, "backup.damaged", "manifest", ""},
		{"the manifest is missing", func(t *testing.T, folder string) { remove(t, filepath.Join(folder, backup.ManifestFile)) }, "backup.none", "", ""},
		{"a blob is changed", func(t *testing.T, folder string) {
			changed(t, filepath.Join(folder, blobFile), func(b []byte) []byte { b[0]++; return b })
		}, "backup.damaged", blobFile, ""},
		{"a blob is missing", func(t *testing.T, folder string) { remove(t, filepath.Join(folder, blobFile)) }, "backup.missing", blobFile, ""},
		{"a table is changed", func(t *testing.T, folder string) {
			changed(t, files(t, folder, "table")[0], func(b []byte) []byte { b[len(b)-5] ^= 1; return b })
		}, "backup.damaged", "table/", ""},
		{"a personal value is changed", func(t *testing.T, folder string) {
			changed(t, files(t, folder, "personal")[0], func(b []byte) []byte {
				return repacked(t, b, func(text string) string { return strings.Replace(text, "司机", "车主", 1) })
			})
		}, "backup.damaged", "personal/", ""},
		{"an erasure is taken off the list", func(t *testing.T, folder string) { remove(t, filepath.Join(folder, backup.ErasuresFile)) }, "backup.damaged", "erasures.jsonl", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := copied(t, base)
			if row.name == "an erasure is taken off the list" {
				w.erase(t)
				w.taken(t, folder)
			}
			row.damage(t, folder)
			_, _, err := loaded(t, folder)
			f := fault.Of(err)
			if f.Code != row.code || !strings.HasPrefix(f.Data["file"], row.file) || row.place != "" && f.Data["place"] != row.place {
				t.Errorf("got %v, want %s of %s at %q", err, row.code, row.file, row.place)
			}
		})
	}
	if _, _, err := loaded(t, base); err != nil {
		t.Errorf("undamaged: %v", err)
	}
}

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

func swap(t *testing.T, a, b string) {
	t.Helper()
	aside := a + ".aside"
	for _, move := range [][2]string{{a, aside}, {b, a}, {aside, b}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			t.Fatal(err)
		}
	}
}

// A manifest from elsewhere that names a file outside of its folder is not followed, however well it is signed.
func TestAManifestStaysInItsFolder(t *testing.T) {
	w := begin(t, dbtest.Stores{Location: db.Location{Dir: t.TempDir()}}.Open(t, db.Options{}))
	folder := filepath.Join(t.TempDir(), "b")
	w.taken(t, folder)
	m, err := backup.ReadManifest(folder)
	if err != nil {
		t.Fatal(err)
	}
	m.Parts[0].File = "../../etc/passwd"
	body, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	body = append(body, '\n')
	signed, err := w.ledger.Sign("qingshan backup\n1\n" + digest.Of(body).String() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, backup.ManifestFile), append(append(signed, '\n'), body...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Inspect(t.Context(), folder); fault.Of(err).Code != "backup.damaged" {
		t.Errorf("got %v", err)
	}
}
