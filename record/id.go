package record

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
)

// ID identifies a record within its book, 16 bytes: a UUIDv7 made by the client, or a UUIDv8 hashed from a channel
// and an external id. The zero ID means "none".
type ID [16]byte

// ParseID reads the canonical 36-character lower-case form and refuses every other one, so that an ID has one spelling.
func ParseID(s string) (ID, error) {
	u, err := uuid.Parse(s)
	if err != nil || len(s) != 36 || u.String() != s {
		return ID{}, fmt.Errorf("id %.40q is not a lower-case UUID", s)
	}
	if err := ID(u).check(); err != nil {
		return ID{}, err
	}
	return ID(u), nil
}

func (id ID) check() error {
	version, variant := id[6]>>4, id[8]>>6
	if version != 7 && version != 8 || variant != 0b10 {
		return fmt.Errorf("id %s is a UUID of version %d and variant %d, want 7 or 8 and 2", id, version, variant)
	}
	return nil
}

// NewID makes a UUIDv7 from a clock reading and a source of randomness.
func NewID(now time.Time, random io.Reader) (ID, error) {
	var id ID
	if _, err := io.ReadFull(random, id[6:]); err != nil {
		return ID{}, fmt.Errorf("read randomness for an id: %w", err)
	}
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(id[:6], ms[2:])
	id[6] = 0x70 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return id, nil
}

// HashID makes the UUIDv8 that stands for an external id of a channel: the same two words give the same ID for ever.
func HashID(channel Channel, external string) ID {
	sum := sha256.Sum256([]byte("qs/id/1\n" + string(channel) + "\n" + external))
	var id ID
	copy(id[:], sum[:16])
	id[6] = 0x80 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return id
}

// String gives the canonical form; it is the inverse of [ParseID].
func (id ID) String() string { return uuid.UUID(id).String() }

// Zero tells whether id is "none".
func (id ID) Zero() bool { return id == ID{} }
