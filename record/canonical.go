package record

// Canonical form, version 1. It is irreversible: golden vectors in testdata hold it for ever.
//
//  1. JSON text in UTF-8, no white space, strings in Unicode NFC, U+0000 and invalid UTF-8 refused. So is text whose
//     normal form is not settled for ever: characters that Unicode has not assigned, runs of more than 30 accents.
//  2. In strings only ", \ and the control characters below U+0020 are escaped: \" \\ \n \r \t, the rest as \u00xx.
//  3. Numbers are integers with an absolute value below 2^53, in decimal without sign "+", exponent or leading zero.
//  4. The first key is "v" with the value 1; the rest stand in byte order of their names. Names that a catalog chooses
//     (values, data of findings) are of a-z, 0-9 and "_", beginning with a letter, at most 64.
//  5. What was not said is absent: no null, no empty string, list or object stands for a default. A text that was said
//     to be empty stays, and so does a facet without values.
//  6. Times are UTC milliseconds from 1900 to 9999, cut off below; days are "2025-06-03"; hashes are lower-case hex.
//  7. References stand in byte order of their text, facets in that of their kinds, each once; evidence and findings stay
//     in the order in which they were given.
//  8. What Parse would not give back is refused, never dropped: whatever is written can be read for ever.

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const maxInt = 1<<53 - 1

// writer appends canonical JSON; the first thing that cannot be written stays in err.
type writer struct {
	buf []byte
	err error
}

func (w *writer) raw(s string) { w.buf = append(w.buf, s...) }

func (w *writer) key(name string) {
	if last := w.buf[len(w.buf)-1]; last != '{' {
		w.raw(",")
	}
	w.text(name)
	w.raw(":")
}

func (w *writer) int(n int64) {
	if n > maxInt || n < -maxInt {
		w.fail("integer %d is not below 2^53", n)
	}
	w.buf = strconv.AppendInt(w.buf, n, 10)
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// check keeps the first error of the forms that a record or envelope must have.
func (w *writer) check(err error) {
	if w.err == nil {
		w.err = err
	}
}

// name writes a key that a catalog chose. A word has no dot, so the paths of personal values ("facets.KIND.NAME") have
// one reading, and no second spelling in another normal form.
func (w *writer) name(s string) {
	if !isWord(s) {
		w.fail("name %.80q is not a word of a-z, 0-9 and _", s)
	}
	w.key(s)
}

func (w *writer) text(s string) {
	w.raw(`"`)
	if isPlain(s) {
		w.raw(s)
	} else {
		w.escaped(w.normal(s))
	}
	w.raw(`"`)
}

// isPlain tells whether s stands in JSON as it is: the usual case, and worth the haste.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x80 || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (w *writer) escaped(s string) {
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			w.buf = append(w.buf, '\\', byte(r))
		case r == '\n':
			w.raw(`\n`)
		case r == '\r':
			w.raw(`\r`)
		case r == '\t':
			w.raw(`\t`)
		case r < 0x20:
			w.buf = fmt.Appendf(w.buf, `\u%04x`, r)
		default:
			w.buf = utf8.AppendRune(w.buf, r)
		}
	}
}

// normal gives s in NFC and refuses what has no form that lasts. Its errors do not repeat the text, which may be a name.
func (w *writer) normal(s string) string {
	if !utf8.ValidString(s) {
		w.fail("a text is not UTF-8")
		return ""
	}
	for _, r := range s {
		if r == 0 || !isSettled(r) {
			w.fail("a text holds %U", r)
		}
	}
	out := norm.NFC.String(s)
	// The library breaks a run of more than 30 accents with a joiner that NFC does not know: other readers would differ.
	if strings.Count(out, joiner) != strings.Count(s, joiner) {
		w.fail("a text holds more than 30 accents in a row")
	}
	return out
}

const joiner = "\u034f" // COMBINING GRAPHEME JOINER

// isSettled tells whether the normal form of r can never change. Unicode promises that for assigned characters only: a
// text with others could cease to be NFC, and its record to be readable, under the tables of a later Go. The blocks of
// rare Han characters and of pictographs grow every year and hold nothing that combines, so they pass.
func isSettled(r rune) bool {
	switch {
	case r < 0x300, 0x4e00 <= r && r <= 0x9fff:
		return true
	case 0x20000 <= r && r <= 0x2ee5d, 0x30000 <= r && r <= 0x3fffd, 0x1f000 <= r && r <= 0x1faff:
		return true
	default:
		return !unicode.Is(unicode.Cn, r)
	}
}

func (w *writer) done() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	return w.buf, nil
}

// Canonical gives the value's canonical bytes.
func (v Value) Canonical() ([]byte, error) {
	w := &writer{}
	w.value(v, true)
	return w.done()
}

func (w *writer) value(v Value, listAllowed bool) {
	switch v.Shape {
	case IsInt:
		w.int(v.Int)
	case IsText:
		w.text(v.Text)
	case IsBool:
		w.raw(strconv.FormatBool(v.Bool))
	case IsSealed:
		if v.Seal.Zero() {
			w.fail("a personal value has no commitment yet")
		}
		w.raw(`{"sealed":"` + v.Seal.String() + `"}`)
	case IsList:
		if !listAllowed || len(v.List) == 0 {
			w.fail("a list is empty or stands inside another")
		}
		w.raw("[")
		for i, item := range v.List {
			if i > 0 {
				w.raw(",")
			}
			if item.Shape != IsInt && item.Shape != IsText {
				w.fail("a list holds more than integers and texts")
			}
			w.value(item, false)
		}
		w.raw("]")
	default:
		w.fail("a value has no shape")
	}
}

func (w *writer) values(vs Values) {
	w.raw("{")
	for _, name := range vs.names() {
		w.name(name)
		w.value(vs[name], true)
	}
	w.raw("}")
}

// Canonical gives the record's canonical bytes, or says what cannot be written. [Parse] reads all that it gives, if it
// is not longer than [MaxBytes].
func (r Record) Canonical() ([]byte, error) {
	w := &writer{buf: make([]byte, 0, 512)}
	w.check(r.check())
	w.raw(`{"v":1`)
	w.refs("about", r.About)
	if !r.Amends.Zero() {
		w.key("amends")
		w.text(r.Amends.String())
	}
	w.key("book")
	w.text(string(r.Book))
	if r.By != "" {
		w.key("by")
		w.text(string(r.By))
	}
	w.evidence(r)
	w.facets(r.Facets)
	w.key("id")
	w.text(r.ID.String())
	w.key("kind")
	w.text(string(r.Kind))
	w.key("observed")
	w.moment(r.Observed)
	if len(r.Values) > 0 {
		w.key("values")
		w.values(r.Values)
	}
	w.where(r)
	w.raw("}")
	return w.done()
}

// check refuses what [Parse] would refuse of the names.
func (r Record) check() error {
	if err := r.ID.check(); err != nil {
		return err
	}
	if err := r.Amends.check(); err != nil && !r.Amends.Zero() {
		return err
	}
	if _, err := ParseBook(string(r.Book)); err != nil {
		return err
	}
	if r.By != "" && !isRefID(string(r.By)) {
		return fmt.Errorf("person %.80q is not an opaque id", string(r.By))
	}
	_, err := ParseKind(string(r.Kind))
	return err
}

func (w *writer) refs(name string, refs []Ref) {
	if len(refs) == 0 {
		return
	}
	w.key(name)
	w.raw("[")
	for i, ref := range refs {
		text := ref.String()
		if i > 0 {
			w.raw(",")
			if refs[i-1].String() >= text {
				w.fail("references are not in order, each once: %s", text)
			}
		}
		w.check(ref.check())
		w.text(text)
	}
	w.raw("]")
}

func (w *writer) evidence(r Record) {
	if len(r.Evidence) == 0 {
		return
	}
	w.key("evidence")
	w.raw("[")
	for i, hash := range r.Evidence {
		if i > 0 {
			w.raw(",")
		}
		w.text(hash.String())
	}
	w.raw("]")
}

func (w *writer) facets(facets []Facet) {
	if len(facets) == 0 {
		return
	}
	w.key("facets")
	w.raw("{")
	for i, f := range facets {
		if i > 0 && facets[i-1].Kind >= f.Kind {
			w.fail("facets are not in order, each once: %s", f.Kind)
		}
		_, err := ParseKind(string(f.Kind))
		w.check(err)
		w.key(string(f.Kind))
		w.values(f.Values)
	}
	w.raw("}")
}

func (w *writer) moment(m Moment) {
	w.check(m.check())
	switch m.Precision {
	case Instant:
		w.raw(`{"at":`)
		w.int(m.At)
		w.raw("}")
	case ToDay:
		w.raw(`{"day":"` + m.Day.String() + `"}`)
	case ToMonth:
		w.raw(`{"month":"` + string(m.Day.Month()) + `"}`)
	}
}

func (w *writer) where(r Record) {
	if r.Where == nil {
		return
	}
	if r.Where.AccuracyMM < 0 || r.Where.Source == "" {
		w.fail("a position has a negative accuracy or no datum")
	}
	w.key("where")
	w.raw("{")
	if r.Where.AccuracyMM > 0 {
		w.key("accuracy_mm")
		w.int(r.Where.AccuracyMM)
	}
	w.key("datum")
	w.text(string(r.Where.Source))
	w.key("lat_e7")
	w.int(r.Where.Lat)
	w.key("lon_e7")
	w.int(r.Where.Lon)
	w.raw("}")
}

// Canonical gives the envelope's canonical bytes, or says what cannot be written. [ParseEnvelope] reads all that it
// gives, if it is not longer than [MaxBytes].
func (e Envelope) Canonical() ([]byte, error) {
	w := &writer{buf: make([]byte, 0, 256)}
	w.check(e.check())
	w.raw(`{"v":1`)
	w.key("catalog")
	w.text(e.Catalog.String())
	w.key("channel")
	w.text(string(e.Channel))
	w.key("day")
	w.text(e.Day.String())
	w.findings(e.Findings)
	if ms := e.Offset.Milliseconds(); ms != 0 {
		w.key("offset")
		w.int(ms)
	}
	if e.Resolved.Place != "" {
		w.key("place")
		w.text(string(e.Resolved.Place))
	}
	w.key("received")
	w.time(e.Received)
	if e.Sender != "" {
		w.key("sender")
		w.text(string(e.Sender))
	}
	if !e.Sent.IsZero() {
		w.key("sent")
		w.time(e.Sent)
	}
	w.raw("}")
	return w.done()
}

// check refuses what [ParseEnvelope] would refuse or not give back.
func (e Envelope) check() error {
	if e.Catalog.Zero() {
		return fmt.Errorf("an envelope names no catalog")
	}
	if !isWord(string(e.Channel)) {
		return fmt.Errorf("channel %.80q is not a word", string(e.Channel))
	}
	if err := e.Day.check(); err != nil {
		return err
	}
	if e.Sender != "" && !isRefID(string(e.Sender)) {
		return fmt.Errorf("sender is not an opaque id")
	}
	if place := e.Resolved.Place; place != "" {
		if canonical, err := ParseUnitCode(string(place)); err != nil || canonical != place {
			return fmt.Errorf("place %.40q is not a unit code in its own length", string(place))
		}
	}
	return nil
}

func (w *writer) time(t time.Time) {
	ms := t.UnixMilli()
	w.check(checkInstant(ms))
	w.int(ms)
}

func (w *writer) findings(findings []Finding) {
	if len(findings) == 0 {
		return
	}
	w.key("findings")
	w.raw("[")
	for i, f := range findings {
		if i > 0 {
			w.raw(",")
		}
		w.finding(f)
	}
	w.raw("]")
}

func (w *writer) finding(f Finding) {
	w.raw("{")
	w.key("code")
	w.text(f.Code)
	if len(f.Data) > 0 {
		data := Values{}
		for name, text := range f.Data {
			data[name] = Text(text)
		}
		w.key("data")
		w.values(data)
	}
	if f.Field != "" {
		w.key("field")
		w.text(f.Field)
	}
	w.key("grade")
	w.text(string(f.Grade))
	w.raw("}")
}
