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
)

// ErasuresFile is the name of the list in a backup's folder. It only ever grows, a line for each erasure; it may be copied
// to older copies of the folder, whose manifests it still fits.
const ErasuresFile = "erasures.jsonl"

// Erasure says that the personal values of a subject were erased in a book. It holds nothing of them: the subject is an
// opaque reference.
type Erasure struct {
	Book    string `json:"book"`
	Subject string `json:"subject"`
	ID      string `json:"id"` // of the entry that says so: what a subject is said to own after it is kept
}

// ReadErasures reads a list; where there is none, it is empty. A torn last line, left by a crash before its erasure was
// told, is left out.
func ReadErasures(name string) ([]Erasure, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the list of erasures: %w", err)
	}
	return parseErasures(text)
}

func parseErasures(text []byte) ([]Erasure, error) {
	var list []Erasure
	for i, line := range bytes.SplitAfter(text, []byte("\n")) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // torn, or the end
		}
		var e Erasure
		err := json.Unmarshal(line, &e)
		if err == nil && (e.Book == "" || e.Subject == "" || e.ID == "") {
			err = errors.New("book, subject or id is missing")
		}
		if err != nil {
			return nil, fault.Because(err, fault.Conflict, "backup.damaged", fault.Data{"file": ErasuresFile, "place": fmt.Sprintf("#%d", i+1)})
		}
		list = append(list, e)
	}
	return list, nil
}

// AddErasures adds to a list what it does not hold yet, and makes it durable before it returns.
func AddErasures(name string, more []Erasure, fault safefile.Fault) error {
	known, err := ReadErasures(name)
	if err != nil {
		return err
	}
	seen := map[Erasure]bool{}
	for _, e := range known {
		seen[e] = true
	}
	var lines strings.Builder
	for _, e := range more {
		if seen[e] {
			continue
		}
		seen[e] = true
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
	}
	if lines.Len() == 0 {
		return nil
	}
	return extend(name, lines.String(), fault)
}

// extend adds whole lines; a torn line that a crash left is cut off first.
func extend(name, lines string, fault safefile.Fault) error {
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the list of erasures: %w", err)
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	if len(whole) < len(text) {
		return safefile.Write(name, append(whole, lines...), fault)
	}
	return safefile.Append(name, []byte(lines), fault)
}

// prefix gives what the list in a folder begins with now.
func prefix(folder string) (Prefix, error) {
	text, err := os.ReadFile(filepath.Join(folder, ErasuresFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Prefix{}, err
	}
	return Prefix{Bytes: int64(len(text)), Hash: digest.Of(text).String()}, nil
}

// erasures reads the list of a folder and checks that it begins as the manifest says: lines may have come, none gone.
func (m *Manifest) erasures(folder string) ([]Erasure, error) {
	text, err := os.ReadFile(filepath.Join(folder, ErasuresFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the list of erasures: %w", err)
	}
	if int64(len(text)) < m.Erasures.Bytes || digest.Of(text[:m.Erasures.Bytes]).String() != m.Erasures.Hash {
		return nil, fault.New(fault.Conflict, "backup.damaged", fault.Data{"file": ErasuresFile, "place": "-"})
	}
	return parseErasures(text)
}
