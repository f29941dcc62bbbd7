package witness_test

import (
	"strings"
	"testing"

	"qingshan/witness"
)

// FuzzReadNotes takes files apart that anybody may have written: nothing of a file is lost but proofs and blank lines.
func FuzzReadNotes(f *testing.F) {
	f.Add("qingshan/220323102\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— qingshan AAAA\nproof 3 7\nAAAA\n")
	f.Add("proof 1 2\n")
	f.Add("qingshan/a\nqingshan/b\nproof -1 99999999999999999999\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		var kept, proofs int
		for _, n := range witness.ReadNotes(text) {
			kept += len(n.Text)
			for _, hashes := range n.Proofs {
				for _, h := range hashes {
					proofs += len(h)
				}
			}
		}
		if kept+proofs > len(text) || kept == 0 && text != "" && !strings.HasPrefix(text, "proof ") {
			t.Errorf("%q: %d bytes of notes and %d of proofs", text, kept, proofs)
		}
	})
}
