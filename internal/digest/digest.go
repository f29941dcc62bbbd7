// Package digest is the SHA-256 hash as a value: parsed once, compared as an array, printed as lower-case hex.
package digest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
)

// Hash is a SHA-256 digest. The zero Hash means "none".
type Hash [sha256.Size]byte

// Of hashes the concatenation of parts.
func Of(parts ...[]byte) Hash {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	var out Hash
	h.Sum(out[:0])
	return out
}

// Hasher takes bytes as they come. It is not safe for concurrent use.
type Hasher struct{ h hash.Hash }

// NewHasher begins with nothing.
func NewHasher() *Hasher { return &Hasher{sha256.New()} }

// Write implements [io.Writer]; it never fails.
func (h *Hasher) Write(p []byte) (int, error) { return h.h.Write(p) }

// Hash gives the digest of what was written so far.
func (h *Hasher) Hash() Hash {
	var out Hash
	h.h.Sum(out[:0])
	return out
}

// Parse is the inverse of [Hash.String].
func Parse(s string) (Hash, error) {
	var h Hash
	if len(s) != 2*len(h) {
		return h, fmt.Errorf("digest of %d characters, want %d", len(s), 2*len(h))
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return h, fmt.Errorf("digest with the character %q, want lower-case hex", c)
		}
	}
	_, err := hex.Decode(h[:], []byte(s))
	return h, err
}

// String gives 64 lower-case hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Zero tells whether h is "none".
func (h Hash) Zero() bool { return h == Hash{} }
