// Package blob keeps bytes under the SHA-256 of their content, in a folder. It does not know what they are or who needs
// them, and it removes none.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/internal/safefile"
)

// Rules of this package:
//
//  1. A name is the hash of what stands under it, so a blob never changes, and to put it twice changes nothing.
//  2. Put returns after the bytes and their name are durable; before that, nobody finds them.
//  3. What is read is hashed again on the way: damage is an error at the end of the reading, never silence.
//  4. A blob is put before the entry that names it is appended, so whoever knows the entry finds the blob.

// MaxSize is what a blob may weigh unless a store is opened with another limit: an issued document or a photograph.
const MaxSize = 64 << 20

// Options sets what a store needs from outside; the zero value works.
type Options struct {
	Limit int64          // bytes that one blob may have; default MaxSize
	Fault safefile.Fault // for tests: lets writes fail
}

// Store is a folder of blobs. Several processes may use one folder at once.
type Store struct {
	dir   string
	limit int64
	fault safefile.Fault
	sweep sync.Once // of what a crash left, before the first write
}

// Open names the folder; it is made when the first blob is put, so that looking changes nothing.
func Open(dir string, o Options) *Store {
	if o.Limit <= 0 {
		o.Limit = MaxSize
	}
	return &Store{dir: dir, limit: o.Limit, fault: o.Fault}
}

// Put keeps all that r gives and names it. It writes even what is there already: that heals a damaged blob, and costs
// little beside the fsync.
func (s *Store) Put(ctx context.Context, r io.Reader) (digest.Hash, error) {
	hash, err := s.put(ctx, r)
	switch {
	case err == nil || fault.Of(err).Kind != fault.Internal || ctx.Err() != nil:
		return hash, err
	case safefile.Full(err):
		return digest.Hash{}, fault.Because(err, fault.Unavailable, "blob.full", nil)
	}
	return digest.Hash{}, fmt.Errorf("keep a blob: %w", err)
}

func (s *Store) put(ctx context.Context, r io.Reader) (digest.Hash, error) {
	staging := filepath.Join(s.dir, "new")
	if err := safefile.MakeFolder(staging); err != nil {
		return digest.Hash{}, err
	}
	f, err := safefile.Create(staging, s.fault)
	if err != nil {
		return digest.Hash{}, err
	}
	defer f.Abort()
	s.sweep.Do(func() {
		if now, err := f.ModTime(); err == nil {
			_ = safefile.Sweep(staging, now) // what cannot be swept now stays unread, and is swept some other time
		}
	})
	hash, err := s.fill(ctx, f, r)
	if err != nil {
		return digest.Hash{}, err
	}
	name := s.path(hash)
	if err := safefile.MakeFolder(filepath.Dir(name)); err != nil {
		return digest.Hash{}, err
	}
	return hash, f.Commit(name)
}

// fill copies the content and hashes it.
func (s *Store) fill(ctx context.Context, f io.Writer, r io.Reader) (digest.Hash, error) {
	h := digest.NewHasher()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(canceling{ctx, r}, s.limit+1))
	if err != nil {
		return digest.Hash{}, err
	}
	if n > s.limit {
		return digest.Hash{}, fault.New(fault.Invalid, "blob.too_large", fault.Data{"limit": strconv.FormatInt(s.limit, 10)})
	}
	return h.Hash(), nil
}

// canceling is a reader that ends with its context.
type canceling struct {
	ctx context.Context
	r   io.Reader
}

// Read implements [io.Reader].
func (c canceling) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// path gives a blob's place: 256 folders keep each of them small.
func (s *Store) path(hash digest.Hash) string {
	name := hash.String()
	return filepath.Join(s.dir, name[:2], name)
}

// Get opens a blob. Its bytes are whole and undamaged only if the reading ends with [io.EOF]; a fault of the code
// "blob.damaged" comes in its place otherwise. The caller closes it.
func (s *Store) Get(ctx context.Context, hash digest.Hash) (io.ReadCloser, error) {
	file, err := os.Open(s.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "blob.not_found", fault.Data{"hash": hash.String()})
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", hash, err)
	}
	return &checked{Closer: file, r: canceling{ctx, file}, want: hash, h: digest.NewHasher()}, nil
}

// checked hashes what is read and complains at the end.
type checked struct {
	io.Closer
	r    io.Reader
	h    *digest.Hasher
	want digest.Hash
}

// Read implements [io.Reader].
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	_, _ = c.h.Write(p[:n]) // a hash never fails to write
	if errors.Is(err, io.EOF) && c.h.Hash() != c.want {
		return n, fault.New(fault.Conflict, "blob.damaged", fault.Data{"hash": c.want.String()})
	}
	return n, err
}

// Bytes gives a whole blob, or a fault.
func (s *Store) Bytes(ctx context.Context, hash digest.Hash) ([]byte, error) {
	r, err := s.Get(ctx, hash)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// Has tells whether a blob is there, without reading it.
func (s *Store) Has(_ context.Context, hash digest.Hash) (bool, error) {
	_, err := os.Stat(s.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// List calls f with every blob and its size in bytes, in the order of the hashes. What is being put is not listed.
func (s *Store) List(ctx context.Context, f func(hash digest.Hash, size int64) error) error {
	shards, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list blobs: %w", err)
	}
	for _, shard := range shards {
		if len(shard.Name()) != 2 {
			continue
		}
		if err := s.listShard(ctx, shard.Name(), f); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) listShard(ctx context.Context, shard string, f func(digest.Hash, int64) error) error {
	entries, err := os.ReadDir(filepath.Join(s.dir, shard))
	if err != nil {
		return fmt.Errorf("list blobs: %w", err)
	}
	for _, entry := range entries {
		hash, err := digest.Parse(entry.Name())
		if err != nil || hash.String()[:2] != shard {
			continue // not ours
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return fmt.Errorf("list blobs: %w", err)
		}
		if err := f(hash, info.Size()); err != nil {
			return err
		}
	}
	return nil
}
