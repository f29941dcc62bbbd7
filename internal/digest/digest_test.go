package digest_test

import (
	"strings"
	"testing"

	"qingshan/internal/digest"
)

// The vectors of FIPS 180-2 for SHA-256.
const (
	ofNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	ofABC     = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		parts []string
		want  string
	}{
		{nil, ofNothing}, {[]string{""}, ofNothing}, {[]string{"abc"}, ofABC}, {[]string{"a", "bc"}, ofABC}, {[]string{"", "ab", "", "c"}, ofABC},
	} {
		var parts [][]byte
		for _, part := range c.parts {
			parts = append(parts, []byte(part))
		}
		if got := digest.Of(parts...).String(); got != c.want {
			t.Errorf("input %q\ngot   %s\nwant  %s", c.parts, got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, text := range []string{ofNothing, ofABC, strings.Repeat("0", 64), strings.Repeat("f", 64)} {
		h, err := digest.Parse(text)
		if err != nil || h.String() != text {
			t.Errorf("input %s\ngot   %s (%v)", text, h, err)
		}
		if want := text == strings.Repeat("0", 64); h.Zero() != want {
			t.Errorf("input %s: zero: got %v, want %v", text, h.Zero(), want)
		}
	}
	for _, text := range []string{
		"", "0", ofABC[1:], ofABC + "0", strings.ToUpper(ofABC), ofABC[:63] + "g", ofABC[:63] + " ", "0x" + ofABC[2:], ofABC[:63] + "\x00", strings.Repeat("é", 32), ofABC[:61] + "０",
	} {
		if h, err := digest.Parse(text); err == nil || !h.Zero() {
			t.Errorf("input %q\ngot   %s (%v)\nwant  an error and nothing beside it", text, h, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{ofNothing, ofABC, strings.ToUpper(ofABC), ofABC[1:]} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if h, err := digest.Parse(text); err == nil && h.String() != text {
			t.Errorf("input %q\ngot   %s", text, h)
		}
	})
}
