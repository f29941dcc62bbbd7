package publication_test

import (
	"testing"

	"qingshan/publication"
)

// FuzzParseCode reads what people type from paper: what is taken has one spelling.
func FuzzParseCode(f *testing.F) {
	f.Add("220323102-8003-7")
	f.Add("220323-0-0")
	f.Add("220323102-08003-7")
	f.Add("--")
	f.Fuzz(func(t *testing.T, text string) {
		code, err := publication.ParseCode(text)
		if err == nil && code.String() != text {
			t.Errorf("%q is taken for %s", text, code)
		}
	})
}
