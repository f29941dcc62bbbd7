package record_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"

	"qingshan/record"
)

func TestParseID(t *testing.T) {
	for _, text := range []string{
		firstID, laterID, "00000000-0000-7000-8000-000000000000", "ffffffff-ffff-8fff-bfff-ffffffffffff", "0197e000-0000-8000-9000-000000000001",
	} {
		id, err := record.ParseID(text)
		if err != nil || id.String() != text || id.Zero() {
			t.Errorf("input %s\ngot   %s, zero %v (%v)", text, id, id.Zero(), err)
		}
	}
	for _, text := range []string{
		"", " ", firstID[:35], firstID + "0", strings.ToUpper(firstID), "{" + firstID + "}", "urn:uuid:" + firstID, strings.ReplaceAll(firstID, "-", ""),
		"00000000-0000-0000-0000-000000000000", "01973369-a7a0-1abc-8def-0123456789ab", "01973369-a7a0-4abc-8def-0123456789ab",
		"01973369-a7a0-9abc-8def-0123456789ab", "01973369-a7a0-7abc-0def-0123456789ab", "01973369-a7a0-7abc-7def-0123456789ab",
		"01973369-a7a0-7abc-cdef-0123456789ab", "01973369-a7a0-8abc-fdef-0123456789ab", "01973369-a7a0-7abc-8def-0123456789ag",
		"01973369_a7a0-7abc-8def-0123456789ab", firstID + "\n", "０1973369-a7a0-7abc-8def-0123456789a",
	} {
		if id, err := record.ParseID(text); err == nil || !id.Zero() {
			t.Errorf("input %q\ngot   %s (%v)\nwant  an error and nothing beside it", text, id, err)
		}
	}
}

// TestNewID: version 7 with the clock's milliseconds in the first six bytes, so that ids sort as they were made.
func TestNewID(t *testing.T) {
	now := time.Date(2025, 6, 3, 9, 12, 0, 123_999_999, time.FixedZone("", 8*3600))
	id, err := record.NewID(now, strings.NewReader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	if want := "01973358-637b-7fff-bfff-ffffffffffff"; err != nil || id.String() != want {
		t.Errorf("got   %s (%v)\nwant  %s", id, err, want)
	}
	least, err := record.NewID(now.Add(time.Millisecond), bytes.NewReader(make([]byte, 10)))
	if want := "01973358-637c-7000-8000-000000000000"; err != nil || least.String() != want {
		t.Errorf("got   %s (%v)\nwant  %s", least, err, want)
	}
	if id.String() >= least.String() {
		t.Errorf("%s was made before %s and sorts after it", id, least)
	}
	rng := drawn(t)
	for range 200 {
		now := time.UnixMilli(rng.Int64N(1 << 47))
		random := fmt.Sprintf("%010d", rng.IntN(1e9))
		id, err := record.NewID(now, strings.NewReader(random))
		if err != nil {
			t.Fatal(err)
		}
		u := uuid.UUID(id)
		sec, nsec := u.Time().UnixTime()
		if got := sec*1000 + nsec/1e6; u.Version() != 7 || u.Variant() != uuid.RFC4122 || got != now.UnixMilli() {
			t.Errorf("input %d ms\ngot   %s: version %d, %s, %d ms", now.UnixMilli(), id, u.Version(), u.Variant(), got)
		}
		if back, err := record.ParseID(id.String()); err != nil || back != id {
			t.Errorf("%s read back: %s (%v)", id, back, err)
		}
	}
}

func TestNewIDWithoutRandomness(t *testing.T) {
	for name, random := range map[string]io.Reader{
		"nine bytes": strings.NewReader("123456789"), "none": strings.NewReader(""), "broken": iotest.ErrReader(io.ErrClosedPipe),
	} {
		if id, err := record.NewID(time.UnixMilli(1), random); err == nil || !id.Zero() {
			t.Errorf("%s: got %s (%v), want an error and nothing beside it", name, id, err)
		}
	}
}

// TestHashID pins values: an import that runs again next year must find the same ids.
func TestHashID(t *testing.T) {
	for _, c := range []struct {
		channel        record.Channel
		external, want string
	}{
		{record.ChannelAPI, "", "6453c907-080a-8f0f-b373-fcf594f1f2b1"},
		{record.ChannelAPI, "A-17", "3c517ed7-3a9e-8d3e-abc6-63ff9d30a4f9"},
		{record.ChannelSystem, "A-17", "13208f5a-6543-8d07-adb9-89baa25dbd00"},
		{record.ChannelSystem, "开账 220323", "320d6111-43ca-8932-85da-450f9e47acea"},
	} {
		id := record.HashID(c.channel, c.external)
		if id.String() != c.want {
			t.Errorf("input %s %q\ngot   %s\nwant  %s", c.channel, c.external, id, c.want)
		}
		sum := sha256.Sum256([]byte("qs/id/1\n" + string(c.channel) + "\n" + c.external))
		sum[6], sum[8] = 0x80|sum[6]&0x0f, 0x80|sum[8]&0x3f
		if !bytes.Equal(id[:], sum[:16]) {
			t.Errorf("input %s %q\ngot   %x\nwant  %x", c.channel, c.external, id[:], sum[:16])
		}
		if back, err := record.ParseID(id.String()); err != nil || back != id {
			t.Errorf("%s read back: %s (%v)", id, back, err)
		}
	}
}
