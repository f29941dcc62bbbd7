package ledger

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/record"
)

// Checkpoint is the state of a book that a signature stands for: its size and the root of its tree.
type Checkpoint struct {
	Book record.Book
	Size int64
	Root tlog.Hash
}

// Origin begins the first line of every checkpoint; the book follows.
const Origin = "qingshan/"

// String gives the signed text: origin and book, size, root in base64, a line each.
func (c Checkpoint) String() string {
	return fmt.Sprintf("%s%s\n%d\n%s\n", Origin, c.Book, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// ParseCheckpoint is the inverse of [Checkpoint.String]. It does not check a signature; see [Ledger.OpenCheckpoint].
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || !strings.HasPrefix(lines[0], Origin) {
		return Checkpoint{}, fmt.Errorf("a checkpoint has an origin, a size and a root, a line each")
	}
	book, err := record.ParseBook(strings.TrimPrefix(lines[0], Origin))
	if err != nil {
		return Checkpoint{}, err
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("checkpoint size %.24q is not a count", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("checkpoint root is not %d bytes in base64", tlog.HashSize)
	}
	return Checkpoint{Book: book, Size: size, Root: tlog.Hash(root)}, nil
}

// Checkpoint gives the signed note over the book's last commit.
func (l *Ledger) Checkpoint(ctx context.Context, book record.Book) ([]byte, error) {
	var text string
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		_, text, err = selectHead(ctx, q, book)
		return err
	})
	return []byte(text), err
}

// OpenCheckpoint checks the signature of a note and gives what it says.
func (l *Ledger) OpenCheckpoint(signed []byte) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(l.verifier))
	if err != nil {
		return Checkpoint{}, fault.Because(err, fault.Invalid, "checkpoint.not_ours", nil)
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, fault.Because(err, fault.Invalid, "checkpoint.not_ours", nil)
	}
	return c, nil
}

// VerifierKey gives the public key, in the form of [note.NewVerifier], that others need to check our checkpoints.
func (l *Ledger) VerifierKey(ctx context.Context) (string, error) {
	var public string
	err := l.store.Read(ctx, func(q *db.Tx) error {
		var err error
		_, public, err = selectSigner(ctx, q)
		return err
	})
	return public, err
}

func (l *Ledger) sign(book record.Book, t *tree) (string, error) {
	root, err := t.root()
	if err != nil {
		return "", err
	}
	text := Checkpoint{Book: book, Size: t.size, Root: root}.String()
	signed, err := note.Sign(&note.Note{Text: text}, l.signer)
	if err != nil {
		return "", fmt.Errorf("sign the checkpoint of %s: %w", book, err)
	}
	return string(signed), nil
}

// loadSigner reads the installation's key pair; the first to come makes it.
func (l *Ledger) loadSigner(ctx context.Context) error {
	secret, public, err := note.GenerateKey(l.random, "qingshan")
	if err != nil {
		return fmt.Errorf("make a signing key: %w", err)
	}
	err = l.store.Do(ctx, func(tx *db.Tx) error {
		if err := insertSigner(ctx, tx, secret, public); err != nil {
			return err
		}
		secret, public, err = selectSigner(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	if l.signer, err = note.NewSigner(secret); err != nil {
		return fmt.Errorf("read the signing key: %w", err)
	}
	if l.verifier, err = note.NewVerifier(public); err != nil {
		return fmt.Errorf("read the public key: %w", err)
	}
	return nil
}

// Sign gives a note over any text that is no checkpoint: whole lines, the first of which says what it is.
func (l *Ledger) Sign(text string) ([]byte, error) {
	if strings.HasPrefix(text, Origin) {
		return nil, fmt.Errorf("sign a text that reads like a checkpoint")
	}
	signed, err := note.Sign(&note.Note{Text: text}, l.signer)
	if err != nil {
		return nil, fmt.Errorf("sign a note: %w", err)
	}
	return signed, nil
}

// OpenNote checks the signature of a note by the public key of whoever signed it, and gives its text.
func OpenNote(signed []byte, key string) (string, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return "", fmt.Errorf("read a public key: %w", err)
	}
	n, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return "", err
	}
	return n.Text, nil
}
