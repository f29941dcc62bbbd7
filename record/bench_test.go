package record_test

import (
	"testing"

	"qingshan/record"
)

// The followers parse every entry, and a rebuild all of them: the cost of these two is the pace of both.

func BenchmarkCanonical(b *testing.B) {
	r, e := full(), fullEnvelope()
	b.Run("record", func(b *testing.B) { write(b, r.Canonical) })
	b.Run("envelope", func(b *testing.B) { write(b, e.Canonical) })
}

func write(b *testing.B, canonical func() ([]byte, error)) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := canonical(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	lines := golden(b, "testdata/full.txt")
	b.Run("record", func(b *testing.B) { read(b, record.Parse, lines["record"]) })
	b.Run("envelope", func(b *testing.B) { read(b, record.ParseEnvelope, lines["envelope"]) })
}

func read[T any](b *testing.B, parse func([]byte) (T, error), line string) {
	text := []byte(line)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
