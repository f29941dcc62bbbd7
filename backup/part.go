package backup

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/internal/safefile"
)

// A part is gzip over lines of JSON: a header, then rows. gzip rather than a better packer, because whoever has to look
// into a backup in twenty years has zcat.

// header is the first line of a part; it repeats what the manifest says, so that a file taken for another one shows.
type header struct {
	Kind    string          `json:"kind"`
	Table   string          `json:"table,omitempty"`
	Book    string          `json:"book,omitempty"`
	From    int64           `json:"from,omitempty"`
	To      int64           `json:"to,omitempty"`
	Columns []string        `json:"columns,omitempty"`
	More    json.RawMessage `json:"more,omitempty"`
}

// maxLine bounds a line: a record and its envelope have at most a few hundred kilobytes each.
const maxLine = 64 << 20

// writer writes one part.
type writer struct {
	folder string
	part   Part
	file   *safefile.File
	buffer *bufio.Writer // gzip writes in crumbs
	hash   *digest.Hasher
	count  counter
	zip    *gzip.Writer
	line   []byte
}

// counter counts bytes.
type counter struct{ n int64 }

// Write implements [io.Writer].
func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// begin starts a part. Its file is unfinished until [writer.end].
func begin(folder string, h header, fault safefile.Fault) (*writer, error) {
	if err := safefile.MakeFolder(filepath.Join(folder, h.Kind)); err != nil {
		return nil, err
	}
	file, err := safefile.Create(filepath.Join(folder, h.Kind), fault)
	if err != nil {
		return nil, err
	}
	w := &writer{folder: folder, file: file, buffer: bufio.NewWriterSize(file, 1<<16), hash: digest.NewHasher()}
	w.part = Part{Kind: h.Kind, Table: h.Table, Book: h.Book, From: h.From, To: h.To}
	w.zip, err = gzip.NewWriterLevel(io.MultiWriter(w.buffer, w.hash, &w.count), gzip.BestSpeed)
	if err == nil {
		err = w.json(h)
	}
	if err != nil {
		file.Abort()
		return nil, err
	}
	return w, nil
}

func (w *writer) json(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.zip.Write(append(line, '\n'))
	return err
}

// row adds a row.
func (w *writer) row(row []any) error {
	var err error
	if w.line, err = appendRow(w.line[:0], row); err != nil {
		return fmt.Errorf("row %d: %w", w.part.Rows, err)
	}
	w.part.Rows++
	_, err = w.zip.Write(w.line)
	return err
}

// end finishes the file and names it: by book and entries where those alone say what is in it, else by its content, so
// that a changed file never takes the name of the one that the last manifest counts on. What old has already is kept.
func (w *writer) end(old *Manifest) (Part, error) {
	defer w.file.Abort()
	if err := errors.Join(w.zip.Close(), w.buffer.Flush()); err != nil {
		return Part{}, err
	}
	w.part.Bytes, w.part.Hash = w.count.n, w.hash.Hash().String()
	w.part.File = w.part.name()
	if old != nil {
		if known, there := old.part(w.part.File); there && known == w.part {
			return known, nil
		}
	}
	name := filepath.Join(w.folder, filepath.FromSlash(w.part.File))
	if err := safefile.MakeFolder(filepath.Dir(name)); err != nil {
		return Part{}, err
	}
	return w.part, w.file.Commit(name)
}

func (w *writer) abort() { w.file.Abort() }

func (p Part) name() string {
	span := fmt.Sprintf("%012d-%012d", p.From, p.To)
	switch p.Kind {
	case entries:
		return path.Join(entries, p.Book, span+".gz")
	case personal:
		return path.Join(personal, p.Book, span+"-"+p.Hash[:16]+".gz")
	case table:
		return path.Join(table, p.Table+"-"+p.Hash[:16]+".gz")
	default:
		return path.Join(p.Kind, p.Hash[:16]+".gz")
	}
}

// reader reads one part and checks it on the way.
type reader struct {
	part   Part
	header header
	file   *os.File
	hash   *digest.Hasher
	lines  *bufio.Reader
	rows   int64
}

// openPart opens a file of a backup. The caller closes it, and believes nothing before [reader.finish].
func openPart(folder string, p Part) (*reader, error) {
	file, err := os.Open(filepath.Join(folder, filepath.FromSlash(p.File)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Conflict, "backup.missing", fault.Data{"file": p.File, "place": p.place(0)})
	}
	if err != nil {
		return nil, fault.Because(err, fault.Unavailable, "backup.unreadable", fault.Data{"folder": folder})
	}
	r := &reader{part: p, file: file, hash: digest.NewHasher()}
	zip, err := gzip.NewReader(io.TeeReader(file, r.hash))
	if err == nil {
		zip.Multistream(false)
		r.lines = bufio.NewReaderSize(zip, 1<<16)
		err = r.readHeader()
	}
	if err != nil {
		return nil, errors.Join(r.damaged(err), file.Close())
	}
	return r, nil
}

func (r *reader) readHeader() error {
	line, err := r.readLine()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(line, &r.header); err != nil {
		return err
	}
	h := r.header
	if h.Kind != r.part.Kind || h.Table != r.part.Table || h.Book != r.part.Book || h.From != r.part.From || h.To != r.part.To {
		return errors.New("this is another file than the manifest says")
	}
	return nil
}

func (r *reader) readLine() ([]byte, error) {
	var line []byte
	for {
		piece, err := r.lines.ReadSlice('\n')
		line = append(line, piece...)
		switch {
		case err == nil:
			return bytes.TrimSuffix(line, []byte("\n")), nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(line) > maxLine:
			return nil, errors.New("a line without end")
		}
	}
}

// next gives the next row, or io.EOF after the last.
func (r *reader) next() ([]any, error) {
	line, err := r.readLine()
	if errors.Is(err, io.EOF) && r.rows == r.part.Rows {
		return nil, io.EOF
	}
	if err == nil && r.rows == r.part.Rows {
		err = errors.New("more rows than the manifest says")
	}
	if err != nil {
		return nil, r.damaged(err)
	}
	row, err := parseRow(line, len(r.header.Columns))
	if err != nil {
		return nil, r.damaged(err)
	}
	r.rows++
	return row, nil
}

// finish reads what is left of the file and compares the hash of all of it.
func (r *reader) finish() error {
	rest, err := io.Copy(r.hash, r.file) // gzip may have read to the end already
	if err != nil {
		return fault.Because(err, fault.Unavailable, "backup.unreadable", fault.Data{"folder": r.part.File})
	}
	if got := r.hash.Hash().String(); got != r.part.Hash {
		return r.damaged(fmt.Errorf("SHA-256 is %s, the manifest says %s (%d bytes after the rows)", got, r.part.Hash, rest))
	}
	return nil
}

func (r *reader) close() { _ = r.file.Close() } // only read from

// damaged says where the reading stopped.
func (r *reader) damaged(err error) error { return r.damagedAt(r.rows, err) }

// damagedAt names a row.
func (r *reader) damagedAt(row int64, err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fault.Because(err, fault.Conflict, "backup.damaged", fault.Data{"file": r.part.File, "place": r.part.place(row)})
}

// place names a row of a part for people: the entry of a book, or the row.
func (p Part) place(row int64) string {
	if p.Kind == entries {
		return fmt.Sprintf("%s:%d", p.Book, p.From+row)
	}
	return fmt.Sprintf("#%d", row+1)
}

// each reads a whole part, row by row, and checks it.
func each(folder string, p Part, f func(h header, row []any) error) error {
	r, err := openPart(folder, p)
	if err != nil {
		return err
	}
	defer r.close()
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return r.finish()
		}
		if err != nil {
			return err
		}
		if err := f(r.header, row); err != nil {
			return err
		}
	}
}
