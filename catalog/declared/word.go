package declared

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Position is where something stands in the sources; the zero Position is that of a decoded body.
type Position struct {
	File string
	Line int
}

// String gives "file:line", as compilers do, so that editors can jump there.
func (p Position) String() string {
	if p.File == "" {
		return "catalog"
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Word is a text of the sources with its place; its JSON form is the text.
type Word struct {
	Text string
	At   Position
}

// IsZero tells whether the word was not said.
func (w Word) IsZero() bool { return w.Text == "" }

// MarshalJSON writes the text in NFC, so that the same word has one hash however it was typed.
func (w Word) MarshalJSON() ([]byte, error) { return json.Marshal(norm.NFC.String(w.Text)) }

// UnmarshalJSON is the inverse of [Word.MarshalJSON].
func (w *Word) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &w.Text); err != nil {
		return err
	}
	if w.controls() {
		return fmt.Errorf("the text %.40q holds control characters", w.Text)
	}
	return nil
}

// controls tells whether the text holds what no word or label needs and no database column likes.
func (w Word) controls() bool { return strings.ContainsFunc(w.Text, unicode.IsControl) }

// Number is an integer of the sources with its place.
type Number struct {
	N    int64
	Said bool
	At   Position
}

// IsZero tells whether the number was not said; 0 may be said.
func (n Number) IsZero() bool { return !n.Said }

// MarshalJSON writes the integer.
func (n Number) MarshalJSON() ([]byte, error) { return json.Marshal(n.N) }

// UnmarshalJSON is the inverse of [Number.MarshalJSON].
func (n *Number) UnmarshalJSON(text []byte) error {
	n.Said = true
	return json.Unmarshal(text, &n.N)
}
