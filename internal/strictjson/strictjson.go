// Package strictjson reads JSON from strangers into a tree of raw texts. It refuses what encoding/json lets pass:
// a key twice in one object, bad UTF-8, half a surrogate pair, deep or countless values. It makes no Go values.
package strictjson

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Kind names the six forms of a JSON value, with true and false as one.
type Kind int

// The kinds. The zero Kind is that of no value at all.
const (
	Object Kind = iota + 1
	Array
	String
	Number
	Bool
	Null
)

// Value is one JSON value and the text it came as, without the space around it.
type Value struct {
	Kind    Kind
	Raw     []byte
	Members []Member // of an object, in the order of the text, each name once
	Items   []Value  // of an array
}

// Member is one name and value of an object.
type Member struct {
	Name  string
	Value Value
}

// Limits bound the tree, so that a small text cannot ask for much memory or stack.
type Limits struct {
	Depth  int // objects and arrays inside one another
	Values int // values in all
}

// Reason says why a text was refused.
type Reason string

// The reasons. Everything that is not JSON at all is Malformed.
const (
	Malformed Reason = "malformed"
	Duplicate Reason = "duplicate key"
	TooDeep   Reason = "too deep"
	TooMany   Reason = "too many values"
)

// Error tells where the text stopped being acceptable. It never repeats the text.
type Error struct {
	Reason Reason
	Offset int
}

// Error gives reason and offset.
func (e *Error) Error() string { return fmt.Sprintf("json: %s at byte %d", e.Reason, e.Offset) }

// Parse reads exactly one value with nothing but white space around it.
func Parse(text []byte, limits Limits) (Value, error) {
	p := &parser{text: text, limits: limits}
	p.space()
	v, err := p.value(0)
	if err != nil {
		return Value{}, err
	}
	p.space()
	if p.at < len(text) {
		return Value{}, p.refuse(Malformed)
	}
	return v, nil
}

// Get finds the member of an object by its exact name.
func (v Value) Get(name string) (Value, bool) {
	for _, m := range v.Members {
		if m.Name == name {
			return m.Value, true
		}
	}
	return Value{}, false
}

// Text gives the content of a string.
func (v Value) Text() (string, bool) {
	if v.Kind != String {
		return "", false
	}
	return unquote(v.Raw), true
}

// Raws gives the members of an object as raw texts by name; it is never nil for an object.
func (v Value) Raws() (map[string]json.RawMessage, bool) {
	if v.Kind != Object {
		return nil, false
	}
	raws := make(map[string]json.RawMessage, len(v.Members))
	for _, m := range v.Members {
		raws[m.Name] = m.Value.Raw
	}
	return raws, true
}

// unquote reads a string that the parser has checked.
func unquote(raw []byte) string {
	for _, c := range raw {
		if c == '\\' {
			var s string
			if err := json.Unmarshal(raw, &s); err != nil {
				return ""
			}
			return s
		}
	}
	return string(raw[1 : len(raw)-1])
}

type parser struct {
	text   []byte
	at     int
	count  int
	limits Limits
}

func (p *parser) refuse(reason Reason) error { return &Error{Reason: reason, Offset: p.at} }

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// peek gives the next byte, and 0 at the end, which no value begins with.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) value(depth int) (Value, error) {
	if p.count++; p.count > p.limits.Values {
		return Value{}, p.refuse(TooMany)
	}
	if depth > p.limits.Depth {
		return Value{}, p.refuse(TooDeep)
	}
	v, from, err := Value{}, p.at, error(nil)
	switch c := p.peek(); {
	case c == '{':
		v.Kind = Object
		v.Members, err = p.object(depth)
	case c == '[':
		v.Kind = Array
		v.Items, err = p.array(depth)
	case c == '"':
		v.Kind, err = String, p.string()
	case c == '-' || '0' <= c && c <= '9':
		v.Kind, err = Number, p.number()
	case c == 'n':
		v.Kind, err = Null, p.word("null")
	case c == 't':
		v.Kind, err = Bool, p.word("true")
	case c == 'f':
		v.Kind, err = Bool, p.word("false")
	default:
		err = p.refuse(Malformed)
	}
	v.Raw = p.text[from:p.at:p.at]
	return v, err
}

func (p *parser) object(depth int) ([]Member, error) {
	var members []Member
	seen := map[string]bool(nil)
	err := p.elements('}', func() error {
		name, err := p.name()
		if err != nil {
			return err
		}
		if seen = remember(seen, members); known(seen, members, name) {
			return p.refuse(Duplicate)
		}
		v, err := p.value(depth + 1)
		members = append(members, Member{Name: name, Value: v})
		if seen != nil {
			seen[name] = true
		}
		return err
	})
	return members, err
}

// few is how many names are searched one by one; beyond it a set keeps the search from growing with the square.
const few = 16

// remember gives the set of names as soon as an object has more than a few.
func remember(seen map[string]bool, members []Member) map[string]bool {
	if seen != nil || len(members) < few {
		return seen
	}
	seen = make(map[string]bool, 2*few)
	for _, m := range members {
		seen[m.Name] = true
	}
	return seen
}

func known(seen map[string]bool, members []Member, name string) bool {
	if seen != nil {
		return seen[name]
	}
	_, there := Value{Members: members}.Get(name)
	return there
}

// name reads a member's name and the colon behind it.
func (p *parser) name() (string, error) {
	if p.peek() != '"' {
		return "", p.refuse(Malformed)
	}
	from := p.at
	if err := p.string(); err != nil {
		return "", err
	}
	name := unquote(p.text[from:p.at])
	p.space()
	if p.peek() != ':' {
		return "", p.refuse(Malformed)
	}
	p.at++
	p.space()
	return name, nil
}

func (p *parser) array(depth int) ([]Value, error) {
	var items []Value
	err := p.elements(']', func() error {
		v, err := p.value(depth + 1)
		items = append(items, v)
		return err
	})
	return items, err
}

// elements reads what stands between brackets, separated by commas, up to and including the closing one.
func (p *parser) elements(closing byte, element func() error) error {
	p.at++
	p.space()
	if p.peek() == closing {
		p.at++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		p.space()
		switch p.peek() {
		case closing:
			p.at++
			return nil
		case ',':
			p.at++
			p.space()
		default:
			return p.refuse(Malformed)
		}
	}
}

func (p *parser) word(word string) error {
	if len(p.text)-p.at < len(word) || string(p.text[p.at:p.at+len(word)]) != word {
		return p.refuse(Malformed)
	}
	p.at += len(word)
	return nil
}

// number reads RFC 8259's form: no plus sign, no leading zero, digits on both sides of the point.
func (p *parser) number() error {
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else if !p.digits() {
		return p.refuse(Malformed)
	}
	if p.peek() == '.' {
		p.at++
		if !p.digits() {
			return p.refuse(Malformed)
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if !p.digits() {
			return p.refuse(Malformed)
		}
	}
	return nil
}

func (p *parser) digits() bool {
	from := p.at
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		p.at++
	}
	return p.at > from
}

func (p *parser) string() error {
	for p.at++; p.at < len(p.text); {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return nil
		case c == '\\':
			if err := p.escape(); err != nil {
				return err
			}
		case c < 0x20:
			return p.refuse(Malformed)
		case c < utf8.RuneSelf:
			p.at++
		default:
			r, size := utf8.DecodeRune(p.text[p.at:])
			if r == utf8.RuneError && size <= 1 {
				return p.refuse(Malformed)
			}
			p.at += size
		}
	}
	return p.refuse(Malformed)
}

// escape reads what follows a backslash; \uXXXX must not be half of a surrogate pair.
func (p *parser) escape() error {
	p.at++
	switch p.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		p.at++
		return nil
	case 'u':
	default:
		return p.refuse(Malformed)
	}
	first, ok := p.hex()
	if !ok {
		return p.refuse(Malformed)
	}
	if !utf16.IsSurrogate(first) {
		return nil
	}
	if p.peek() != '\\' {
		return p.refuse(Malformed)
	}
	p.at++
	second, ok := p.hex()
	if !ok || utf16.DecodeRune(first, second) == utf8.RuneError {
		return p.refuse(Malformed)
	}
	return nil
}

// hex reads "u" and four hex digits.
func (p *parser) hex() (rune, bool) {
	if len(p.text)-p.at < 5 || p.text[p.at] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.text[p.at+1:p.at+5]), 16, 16)
	if err != nil {
		return 0, false
	}
	p.at += 5
	return rune(n), true
}
