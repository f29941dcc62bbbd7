package api

import (
	"encoding/json"
	"net/http"
	"strconv"

	"qingshan/access"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/internal/httpx"
	"qingshan/record"
)

// readBook reads the book that the path names.
func readBook(r *http.Request) (record.Book, error) {
	book, err := record.ParseBook(r.PathValue("book"))
	if err != nil {
		return "", refused("query.book")
	}
	return book, nil
}

// booksAnswer is the body of /api/v1/books: what a witness needs to begin with.
type booksAnswer struct {
	Key   string      `json:"key"` // public: checks the signatures of all checkpoints
	Books []bookState `json:"books"`
}

// bookState is a book as it is now, unsigned.
type bookState struct {
	Book record.Book `json:"book"`
	Size int64       `json:"size"`
	Root string      `json:"root"`
}

func (d *door) books(w http.ResponseWriter, r *http.Request) error {
	key, err := d.Ledger.VerifierKey(r.Context())
	if err != nil {
		return err
	}
	books, err := d.Ledger.Books(r.Context())
	if err != nil {
		return err
	}
	answer := booksAnswer{Key: key, Books: []bookState{}}
	for _, book := range books {
		state, err := d.Ledger.At(r.Context(), book, 0)
		if err != nil {
			return err
		}
		answer.Books = append(answer.Books, bookState{Book: book, Size: state.Size, Root: digest.Hash(state.Root).String()})
	}
	return httpx.WriteJSON(w, answer)
}

// checkpoint answers with the signed note as it is, to be kept and checked by others.
func (d *door) checkpoint(w http.ResponseWriter, r *http.Request) error {
	book, err := readBook(r)
	if err != nil {
		return err
	}
	note, err := d.Ledger.Checkpoint(r.Context(), book)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err = w.Write(note)
	return err
}

// readSize reads an optional size of a book; 0 means as it is now.
func readSize(q httpx.Query, name string) (int64, error) {
	text := q.Get(name)
	if text == "" {
		return 0, nil
	}
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size < 1 {
		return 0, refused("query." + name)
	}
	return size, nil
}

// consistencyAnswer is the body of /api/v1/books/{book}/consistency, checked as tlog.CheckTree does.
type consistencyAnswer struct {
	Book     record.Book `json:"book"`
	From     int64       `json:"from"`
	FromRoot string      `json:"from_root"`
	To       int64       `json:"to"`
	ToRoot   string      `json:"to_root"`
	Proof    []string    `json:"proof"`
}

func (d *door) consistency(w http.ResponseWriter, r *http.Request) error {
	q := httpx.QueryOf(r)
	book, err := readBook(r)
	if err != nil {
		return err
	}
	from, err := readSize(q, "from")
	if err != nil || from == 0 {
		return refused("query.from")
	}
	to, err := readSize(q, "to")
	if err != nil {
		return err
	}
	c, err := d.Ledger.ProveConsistency(r.Context(), book, from, to)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, consistencyAnswer{Book: book, From: c.Old, FromRoot: digest.Hash(c.OldRoot).String(), To: c.Size,
		ToRoot: digest.Hash(c.Root).String(), Proof: hexes(c.Proof)})
}

// hexes writes tree hashes as lower-case hex.
func hexes[H ~[32]byte](hashes []H) []string {
	out := make([]string, len(hashes))
	for i, h := range hashes {
		out[i] = digest.Hash(h).String()
	}
	return out
}

// entryAnswer is an entry as it stands in the book: the canonical texts to the byte, and the proof that they are there.
type entryAnswer struct {
	Book         record.Book     `json:"book"`
	Seq          int64           `json:"seq"`
	Record       string          `json:"record"`
	Envelope     string          `json:"envelope"`
	EnvelopeHash string          `json:"envelope_hash"`
	Leaf         string          `json:"leaf"`
	Size         int64           `json:"size"`
	Root         string          `json:"root"`
	Proof        []string        `json:"proof"`
	Checkpoint   string          `json:"checkpoint,omitempty"` // only of the size that the proof is for
	Said         json.RawMessage `json:"said"`                 // the record's text again, as JSON for reading
}

func (d *door) entry(w http.ResponseWriter, r *http.Request) error {
	book, err := readBook(r)
	if err != nil {
		return err
	}
	if !access.ActorOf(r).Reads(book) {
		return fault.New(fault.Forbidden, "book.not_readable", fault.Data{"book": string(book)})
	}
	seq, errSeq := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	size, err := readSize(httpx.QueryOf(r), "size")
	if errSeq != nil || seq < 0 {
		return notFound("entry.not_found", "book", string(book))
	}
	if err != nil {
		return err
	}
	answer, err := d.proven(r, book, seq, size)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, answer)
}

// proven gives an entry with its proof: for the present checkpoint, which goes with it, or for a size that was asked for,
// whose checkpoint the caller has.
func (d *door) proven(r *http.Request, book record.Book, seq, size int64) (entryAnswer, error) {
	note := []byte(nil)
	if size == 0 {
		var err error
		if note, err = d.Ledger.Checkpoint(r.Context(), book); err != nil {
			return entryAnswer{}, err
		}
		head, err := d.Ledger.OpenCheckpoint(note)
		if err != nil {
			return entryAnswer{}, err
		}
		size = head.Size
	}
	inclusion, err := d.Ledger.Prove(r.Context(), book, seq, size)
	if err != nil {
		return entryAnswer{}, err
	}
	text, envelope, err := d.Ledger.Raw(r.Context(), book, seq)
	if err != nil {
		return entryAnswer{}, err
	}
	return entryAnswer{Book: book, Seq: seq, Record: string(text), Envelope: string(envelope), EnvelopeHash: digest.Of(envelope).String(),
		Leaf: inclusion.Leaf.String(), Size: inclusion.Size, Root: digest.Hash(inclusion.Root).String(), Proof: hexes(inclusion.Proof),
		Checkpoint: string(note), Said: text}, nil
}
