package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/internal/safefile"
	"qingshan/ledger"
)

// format is the number of the folder's layout; a program refuses one that it does not know.
const format = 1

// ManifestFile is the name of the file that makes a folder a backup.
const ManifestFile = "manifest"

// origin is the first line of the signed text. It cannot be mistaken for a checkpoint's.
const origin = "qingshan backup"

// Manifest says what a backup holds and how far it reaches.
type Manifest struct {
	Format    int      `json:"format"`
	Made      string   `json:"made"`
	Program   string   `json:"program"`
	Key       string   `json:"key"`       // the installation's public key
	Migration int64    `json:"migration"` // the last one of the durable store
	Tables    []string `json:"tables"`    // of the durable store: all of them
	Books     []Book   `json:"books"`
	Parts     []Part   `json:"parts"`
	Erasures  Prefix   `json:"erasures"` // what the list began with
}

// Book says up to which entry a book is in the backup.
type Book struct {
	Book       string `json:"book"`
	Size       int64  `json:"size"`
	Root       string `json:"root"`
	Checkpoint string `json:"checkpoint"` // the signed note over both
}

// Kinds of parts.
const (
	entries  = "entries"
	personal = "personal"
	table    = "table"
	blobs    = "blob-list"
	figures  = "figures"
)

// Part is a file of a backup.
type Part struct {
	File  string `json:"file"` // below the folder, with slashes
	Kind  string `json:"kind"`
	Table string `json:"table,omitempty"`
	Book  string `json:"book,omitempty"`
	From  int64  `json:"from,omitempty"` // entries from here
	To    int64  `json:"to,omitempty"`   // up to, not including, here
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
	Hash  string `json:"sha256"`
}

// Prefix is the beginning of a file that may have grown since.
type Prefix struct {
	Bytes int64  `json:"bytes"`
	Hash  string `json:"sha256"`
}

// part finds a part by its file.
func (m *Manifest) part(file string) (Part, bool) {
	for _, p := range m.Parts {
		if p.File == file {
			return p, true
		}
	}
	return Part{}, false
}

// size gives how far the backup reaches into a book.
func (m *Manifest) size(book string) int64 {
	for _, b := range m.Books {
		if b.Book == book {
			return b.Size
		}
	}
	return 0
}

// Checkpoints gives the signed notes of all books.
func (m *Manifest) Checkpoints() [][]byte {
	var notes [][]byte
	for _, b := range m.Books {
		notes = append(notes, []byte(b.Checkpoint))
	}
	return notes
}

// put writes the manifest: the signed note over the body's hash, an empty line, the body.
func (m *Manifest) put(folder string, l *ledger.Ledger, fault safefile.Fault) error {
	body, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	body = append(body, '\n')
	signed, err := l.Sign(fmt.Sprintf("%s\n%d\n%s\n", origin, format, digest.Of(body)))
	if err != nil {
		return err
	}
	whole := append(append(signed, '\n'), body...)
	return safefile.Write(filepath.Join(folder, ManifestFile), whole, fault)
}

// ReadManifest reads a folder's manifest and checks its signature. That the files are as it says is [Inspect]'s business.
func ReadManifest(folder string) (*Manifest, error) {
	whole, err := os.ReadFile(filepath.Join(folder, ManifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "backup.none", fault.Data{"folder": folder})
	}
	if err != nil {
		return nil, fault.Because(err, fault.Unavailable, "backup.unreadable", fault.Data{"folder": folder})
	}
	m, err := parseManifest(whole)
	if err != nil {
		return nil, err
	}
	return m, m.sane()
}

func parseManifest(whole []byte) (*Manifest, error) {
	at := bytes.Index(whole, []byte("\n\n{"))
	if at < 0 {
		return nil, torn(errors.New("there is no body"))
	}
	signed, body := whole[:at+1], whole[at+2:]
	m := &Manifest{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, torn(err)
	}
	text, err := ledger.OpenNote(signed, m.Key)
	if err != nil {
		return nil, torn(err)
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != origin || lines[2] != digest.Of(body).String() {
		return nil, torn(errors.New("the signature is over something else"))
	}
	if m.Format != format {
		return nil, fault.New(fault.Conflict, "backup.newer", fault.Data{"format": fmt.Sprint(m.Format)})
	}
	return m, nil
}

func torn(err error) error {
	return fault.Because(err, fault.Conflict, "backup.damaged", fault.Data{"file": ManifestFile, "place": "-"})
}

// sane refuses file names that lead out of the folder: a manifest may come from anywhere.
func (m *Manifest) sane() error {
	for _, p := range m.Parts {
		if !filepath.IsLocal(filepath.FromSlash(p.File)) || p.File == ManifestFile {
			return torn(fmt.Errorf("file name %q", p.File))
		}
	}
	return nil
}
