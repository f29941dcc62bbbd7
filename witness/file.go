package witness

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"qingshan/fault"
	"qingshan/ledger"
	"qingshan/record"
)

// Rules of a file of checkpoints, as `qingshan checkpoint` prints it and a stick carries it:
//
//  1. Each note begins with its origin line and ends with the blank line's signatures.
//  2. After a note there may stand a proof that the book only grew: a line "proof OLD SIZE", then a hash in base64 a line.
//  3. Of a book that stands there twice the larger counts.

// proofWord begins a proof in a file.
const proofWord = "proof "

// Note is one signed note of a file, with the proofs that stand after it.
type Note struct {
	Text   []byte
	Proofs map[[2]int64][]string // by old and new size: hashes in base64
}

// ReadNotes takes a file apart. It checks nothing.
func ReadNotes(text string) []Note {
	var notes []Note
	var proof *[2]int64
	for _, line := range strings.SplitAfter(text, "\n") {
		if strings.HasPrefix(line, ledger.Origin) || len(notes) == 0 {
			notes, proof = append(notes, Note{Proofs: map[[2]int64][]string{}}), nil
		}
		last := &notes[len(notes)-1]
		var sizes [2]int64
		_, err := fmt.Sscanf(line, proofWord+"%d %d", &sizes[0], &sizes[1])
		switch {
		case strings.HasPrefix(line, proofWord) && err == nil:
			proof = &sizes
			last.Proofs[sizes] = []string{}
		case proof == nil:
			last.Text = append(last.Text, line...)
		case strings.TrimSpace(line) != "":
			last.Proofs[*proof] = append(last.Proofs[*proof], strings.TrimSpace(line))
		}
	}
	return notes
}

// WriteProof gives a proof as it stands in a file.
func WriteProof(old, size int64, proof [][32]byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%d %d\n", proofWord, old, size)
	for _, hash := range proof {
		b.WriteString(base64.StdEncoding.EncodeToString(hash[:]) + "\n")
	}
	return b.String()
}

// File is a site whose checkpoints come in a file, as from a town without a network.
type File struct {
	notes map[record.Book]Note
}

// NewFile reads the file.
func NewFile(name string) (*File, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, unreachable(err)
	}
	f, sizes := &File{notes: map[record.Book]Note{}}, map[record.Book]int64{}
	for _, n := range ReadNotes(string(text)) {
		c, err := ledger.ParseCheckpoint(string(n.Text)) // the signature is judged later
		if err != nil {
			return nil, fault.Because(err, fault.Invalid, "witness.bad_file", fault.Data{"file": name})
		}
		if _, there := sizes[c.Book]; !there || c.Size >= sizes[c.Book] {
			f.notes[c.Book], sizes[c.Book] = n, c.Size
		}
	}
	return f, nil
}

// Books implements [Source]. A file shows no key.
func (f *File) Books(context.Context) (string, []record.Book, error) {
	var books []record.Book
	for book := range f.notes {
		books = append(books, book)
	}
	return "", books, nil
}

// Checkpoint implements [Source]. A book that is not in the file is not gone: the file may be of others.
func (f *File) Checkpoint(_ context.Context, book record.Book) ([]byte, error) {
	n, there := f.notes[book]
	if !there {
		return nil, unreachable(fmt.Errorf("the file holds no checkpoint of %s", book))
	}
	return n.Text, nil
}

// Prove implements [Source].
func (f *File) Prove(_ context.Context, book record.Book, old, size int64) ([][32]byte, error) {
	words, there := f.notes[book].Proofs[[2]int64{old, size}]
	if !there {
		return nil, fault.New(fault.Unavailable, Unproven, nil)
	}
	return hashes(words, base64.StdEncoding.DecodeString)
}
