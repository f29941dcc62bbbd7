package ledger_test

import (
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"qingshan/internal/digest"
	"qingshan/record"
)

// TestLeafIsTheLogsOwn holds record's formula, which may not import the log, to the log's.
func TestLeafIsTheLogsOwn(t *testing.T) {
	for _, pair := range [][2]string{{"", ""}, {"a", "b"}, {`{"v":1}`, `{"v":1,"x":"y"}`}} {
		said, wrapped := digest.Of([]byte(pair[0])), digest.Of([]byte(pair[1]))
		text := append(append([]byte("qs/leaf/1\n"), said[:]...), wrapped[:]...)
		if got, want := record.Leaf([]byte(pair[0]), []byte(pair[1])), tlog.RecordHash(text); tlog.Hash(got) != want {
			t.Errorf("leaf of %q: got %s, want %x", pair, got, want)
		}
	}
}
