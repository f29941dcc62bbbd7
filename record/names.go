package record

import (
	"fmt"
	"regexp"
	"strings"
)

// Book is the name of one ledger book: an opaque slug, by default the unit's code, never renamed.
type Book string

// Kind is the dotted word of a record kind, such as "waste.load".
type Kind string

// Channel names the door that a record came through.
type Channel string

// The channels that exist now.
const (
	ChannelAPI    Channel = "api"
	ChannelDevice Channel = "device" // a phone's queue: what it sent cannot be mended there
	ChannelSystem Channel = "system"
)

// Ref points at an object by kind and globally unique id; its text is "kind/id".
type Ref struct {
	Kind string
	ID   string
}

// PersonRef is the opaque, random id of a person in the register. It carries no personal data.
type PersonRef string

// ParseBook reads a book's slug: 1 to 32 of a-z, 0-9 and "-", not beginning with "-".
func ParseBook(s string) (Book, error) {
	bad := len(s) == 0 || len(s) > 32 || s[0] == '-'
	for i := 0; i < len(s) && !bad; i++ {
		bad = !isLower(s[i]) && !isDigit(s[i]) && s[i] != '-'
	}
	if bad {
		return "", fmt.Errorf("book %.40q is not 1 to 32 of a-z, 0-9 and -", s)
	}
	return Book(s), nil
}

// ParseKind reads a dotted lower-case word of at most 64 characters.
func ParseKind(s string) (Kind, error) {
	if !isKind(s) {
		return "", fmt.Errorf("kind %.80q is not a dotted lower-case word", s)
	}
	return Kind(s), nil
}

// ParseRef reads "kind/id"; it is the inverse of [Ref.String].
func ParseRef(s string) (Ref, error) {
	kind, id, _ := strings.Cut(s, "/")
	ref := Ref{Kind: kind, ID: id}
	if err := ref.check(); err != nil {
		return Ref{}, err
	}
	return ref, nil
}

func (r Ref) check() error {
	if !isKind(r.Kind) || !isRefID(r.ID) {
		return fmt.Errorf("reference %.140q is not kind/id", r.String())
	}
	return nil
}

// These run for every name of every record that is read, where regular expressions took a tenth of the time.

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isWord tells whether s is a-z followed by up to 63 of a-z, 0-9 and "_".
func isWord(s string) bool {
	if len(s) == 0 || len(s) > 64 || !isLower(s[0]) {
		return false
	}
	for i := 1; i < len(s); i++ {
		if !isLower(s[i]) && !isDigit(s[i]) && s[i] != '_' {
			return false
		}
	}
	return true
}

// isKind tells whether s is words joined by dots, at most 64 characters.
func isKind(s string) bool {
	if len(s) > 64 {
		return false
	}
	for more := true; more; {
		var word string
		if word, s, more = strings.Cut(s, "."); !isWord(word) {
			return false
		}
	}
	return true
}

// isRefID tells whether s is 1 to 64 letters, digits, ".", "_" and "-", beginning with a letter or digit.
func isRefID(s string) bool {
	if len(s) > 64 {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isLower(c), isDigit(c), 'A' <= c && c <= 'Z':
		case i > 0 && (c == '.' || c == '_' || c == '-'):
		default:
			return false
		}
	}
	return s != ""
}

// String gives "kind/id".
func (r Ref) String() string { return r.Kind + "/" + r.ID }

// UnitCode is the code of a place: 6 (county), 9 (town) or 12 digits (village or residents' committee) as the
// statistics bureau issues them, or a village's code, "-" and two digits for a grid of that village.
// The code carries its own ancestry, so a record keeps its place in the tree it was written under.
type UnitCode string

// Level is the depth of a unit in the tree.
type Level int

// The levels, from wide to fine.
const (
	County Level = iota + 1
	Town
	Village
	Grid
)

var unitForm = regexp.MustCompile(`^[1-9][0-9]{5}([0-9]{3}([0-9]{3}(-[0-9]{2})?)?)?$`)

// ParseUnitCode reads a unit's code; zero-padded official codes (220323102000) are trimmed to their canonical length.
// A code whose own ancestry is padded (220323000001, 220323102000-01) has no place in the tree and is refused.
func ParseUnitCode(s string) (UnitCode, error) {
	if !unitForm.MatchString(s) {
		return "", fmt.Errorf("unit code %.40q is not 6, 9 or 12 digits, or a grid of a village", s)
	}
	if len(s) == 12 && strings.HasSuffix(s, "000") {
		s = s[:9]
	}
	if len(s) == 9 && strings.HasSuffix(s, "000") {
		s = s[:6]
	}
	for up := UnitCode(s).Up(); up != ""; up = up.Up() {
		if strings.HasSuffix(string(up[6:]), "000") {
			return "", fmt.Errorf("unit code %s lies in %s, which is no unit", s, up)
		}
	}
	return UnitCode(s), nil
}

// Level tells how deep in the tree the unit stands.
func (u UnitCode) Level() Level {
	switch len(u) {
	case 6:
		return County
	case 9:
		return Town
	case 12:
		return Village
	default:
		return Grid
	}
}

// Up gives the unit above, and "" above a county.
func (u UnitCode) Up() UnitCode {
	switch u.Level() {
	case Grid:
		return u[:12]
	case Village:
		return u[:9]
	case Town:
		return u[:6]
	default:
		return ""
	}
}

// Path lists the unit and everything above it, finest first.
func (u UnitCode) Path() []UnitCode {
	var path []UnitCode
	for p := u; p != ""; p = p.Up() {
		path = append(path, p)
	}
	return path
}

// Holds tells whether other is u itself or lies inside it.
func (u UnitCode) Holds(other UnitCode) bool {
	for p := other; p != ""; p = p.Up() {
		if p == u {
			return true
		}
	}
	return false
}
