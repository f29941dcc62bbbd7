package record

// Canonical form, version 1. It is irreversible: golden vectors in testdata hold it for ever.
//
//  1. JSON text in UTF-8, no white space, strings in Unicode NFC, U+0000 and invalid UTF-8 refused.
//  2. In strings only ", \ and the control characters below U+0020 are escaped: \" \\ \n \r \t, the rest as \u00xx.
//  3. Numbers are integers with an absolute value below 2^53, in decimal without sign "+", exponent or leading zero.
//  4. The first key is "v" with the value 1; the rest stand in byte order of their names.
//  5. What was not said is absent: no null, no empty string, list or object stands for a default.
//  6. Times are UTC milliseconds; days are "2025-06-03"; hashes are lower-case hex.

import (
	"fmt"
	"strconv"
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

func (w *writer) text(s string) {
	if !utf8.ValidString(s) {
		w.fail("text %.40q is not UTF-8", s)
	}
	w.raw(`"`)
	for _, r := range norm.NFC.String(s) {
		switch {
		case r == 0:
			w.fail("text %.40q holds U+0000", s)
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
	w.raw(`"`)
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
		w.key(name)
		w.value(vs[name], true)
	}
	w.raw("}")
}

// Canonical gives the record's canonical bytes, or says what cannot be written.
func (r Record) Canonical() ([]byte, error) {
	w := &writer{buf: make([]byte, 0, 512)}
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
	if r.ID.Zero() || r.Book == "" || r.Kind == "" {
		w.fail("a record needs id, book and kind")
	}
	return w.done()
}

func (w *writer) refs(name string, refs []Ref) {
	if len(refs) == 0 {
		return
	}
	w.key(name)
	w.raw("[")
	for i, ref := range refs {
		if i > 0 {
			w.raw(",")
			if refs[i-1].String() >= ref.String() {
				w.fail("references are not in order, each once: %s", ref)
			}
		}
		w.text(ref.String())
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
		w.key(string(f.Kind))
		w.values(f.Values)
	}
	w.raw("}")
}

func (w *writer) moment(m Moment) {
	switch m.Precision {
	case Instant:
		w.raw(`{"at":`)
		w.int(m.At)
		w.raw("}")
	case ToDay:
		w.raw(`{"day":"` + m.Day.String() + `"}`)
	case ToMonth:
		w.raw(`{"month":"` + string(m.Day.Month()) + `"}`)
	default:
		w.fail("the time of observation has no precision")
	}
}

func (w *writer) where(r Record) {
	if r.Where == nil {
		return
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

// Canonical gives the envelope's canonical bytes.
func (e Envelope) Canonical() ([]byte, error) {
	w := &writer{buf: make([]byte, 0, 256)}
	w.raw(`{"v":1`)
	w.key("catalog")
	w.text(e.Catalog.String())
	w.key("channel")
	w.text(string(e.Channel))
	w.key("day")
	w.text(e.Day.String())
	w.findings(e.Findings)
	if e.Offset != 0 {
		w.key("offset")
		w.int(e.Offset.Milliseconds())
	}
	if e.Resolved.Place != "" {
		w.key("place")
		w.text(string(e.Resolved.Place))
	}
	w.key("received")
	w.int(e.Received.UnixMilli())
	if !e.Sent.IsZero() {
		w.key("sent")
		w.int(e.Sent.UnixMilli())
	}
	w.raw("}")
	return w.done()
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
