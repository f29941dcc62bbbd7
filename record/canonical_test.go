package record_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"qingshan/geo"
	"qingshan/internal/digest"
	"qingshan/record"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// text writes a golden vector as a file that a reader in any language can check.
func (v vector) text() (string, error) {
	rec, err := v.record.Canonical()
	if err != nil {
		return "", err
	}
	env, err := v.envelope.Canonical()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("pins: %s\n\n%s\n\n%s\n\nrecord: %s\nrecord sha256: %x\nenvelope: %s\nenvelope sha256: %x\nleaf: %s\n",
		v.pins, strings.Join(describe(v.record), "\n"), strings.Join(describeEnvelope(v.envelope), "\n"),
		rec, sha256.Sum256(rec), env, sha256.Sum256(env), record.Leaf(rec, env)), nil
}

func TestGoldenVectors(t *testing.T) {
	written, _ := filepath.Glob("testdata/*.txt")
	kept := map[string]bool{}
	for _, v := range vectors() {
		file := filepath.Join("testdata", v.name+".txt")
		kept[file] = true
		t.Run(v.name, func(t *testing.T) {
			got, err := v.text()
			if err != nil {
				t.Fatalf("%v\ninput:\n%s", err, strings.Join(describe(v.record), "\n"))
			}
			want, err := os.ReadFile(file)
			if os.IsNotExist(err) && *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if err != nil {
				t.Fatalf("%v (write a new vector with -update)", err)
			}
			if got != string(want) {
				t.Errorf("the canonical form changed, which it must never do\ngot:\n%s\nwant:\n%s", got, want)
			}
		})
	}
	for _, file := range written {
		if !kept[file] {
			t.Errorf("%s has no vector in vectors_test.go: what was pinned once stays pinned", file)
		}
	}
}

// golden reads the labelled lines of a vector's file.
func golden(t testing.TB, file string) map[string]string {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		if label, rest, ok := strings.Cut(line, ": "); ok {
			lines[label] = rest
		}
	}
	return lines
}

func goldenFiles(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("testdata holds %d vectors, want at least 20 (%v)", len(files), err)
	}
	return files
}

// TestGoldenVectorsByTheBook checks the files alone: the formula of the leaf is RFC 6962's, written out.
func TestGoldenVectorsByTheBook(t *testing.T) {
	for _, file := range goldenFiles(t) {
		lines := golden(t, file)
		rec, env := sha256.Sum256([]byte(lines["record"])), sha256.Sum256([]byte(lines["envelope"]))
		leaf := sha256.Sum256([]byte("\x00qs/leaf/1\n" + string(rec[:]) + string(env[:])))
		for label, got := range map[string][32]byte{"record sha256": rec, "envelope sha256": env, "leaf": leaf} {
			if hex.EncodeToString(got[:]) != lines[label] {
				t.Errorf("%s: %s: got %x, want %s", file, label, got, lines[label])
			}
		}
		parsed, err := record.Parse([]byte(lines["record"]))
		if err != nil {
			t.Errorf("%s: %v\ninput: %s", file, err, lines["record"])
		} else if again, err := parsed.Canonical(); err != nil || string(again) != lines["record"] {
			t.Errorf("%s: parsed and written again\ngot  %s (%v)\nwant %s", file, again, err, lines["record"])
		}
		envelope, err := record.ParseEnvelope([]byte(lines["envelope"]))
		if err != nil {
			t.Errorf("%s: %v\ninput: %s", file, err, lines["envelope"])
		} else if again, err := envelope.Canonical(); err != nil || string(again) != lines["envelope"] {
			t.Errorf("%s: parsed and written again\ngot  %s (%v)\nwant %s", file, again, err, lines["envelope"])
		}
	}
}

// TestUnicodeTablesAgree: which characters are settled is asked of one table and composed by another. They must be of one
// version, else a character is let through that the other does not compose yet.
func TestUnicodeTablesAgree(t *testing.T) {
	if norm.Version != unicode.Version {
		t.Errorf("x/text composes by Unicode %s, package unicode knows %s: take versions that agree", norm.Version, unicode.Version)
	}
}

// refusal is a change of a good record or envelope that makes it one that must not be written.
type refusal[T any] struct {
	name   string
	change func(*T)
	want   string // part of the error
}

func set(v record.Value) func(*record.Record) {
	return func(r *record.Record) { r.Values = record.Values{"x": v} }
}

func called(name string) func(*record.Record) {
	return func(r *record.Record) { r.Values = record.Values{name: record.Int(1)} }
}

func about(texts ...string) func(*record.Record) {
	return func(r *record.Record) {
		r.About = nil
		for _, text := range texts {
			kind, id, _ := strings.Cut(text, "/")
			r.About = append(r.About, record.Ref{Kind: kind, ID: id})
		}
	}
}

func observed(m record.Moment) func(*record.Record) {
	return func(r *record.Record) { r.Observed = m }
}

func facets(kinds ...record.Kind) func(*record.Record) {
	return func(r *record.Record) {
		r.Facets = nil
		for _, kind := range kinds {
			r.Facets = append(r.Facets, record.Facet{Kind: kind})
		}
	}
}

func refusedValues() []refusal[record.Record] {
	return []refusal[record.Record]{
		{"U+0000", set(record.Text("a\x00")), "U+0000"},
		{"U+0000 in a list", set(record.List(record.Text("\x00"))), "U+0000"},
		{"a lone surrogate", set(record.Text("\xed\xa0\x80")), "UTF-8"},
		{"a truncated character", set(record.Text("\xe9\x9d")), "UTF-8"},
		{"an overlong character", set(record.Text("\xc0\x80")), "UTF-8"},
		{"beyond Unicode", set(record.Text("\xf4\x90\x80\x80")), "UTF-8"},
		{"a noncharacter", set(record.Text("\uffff")), "U+FFFF"},
		{"an accent that came with Unicode 16", set(record.Text("a\u0897")), "U+0897"},
		{"an unassigned character", set(record.Text("\u0378")), "U+0378"},
		{"31 accents", set(record.Text("a" + strings.Repeat("\u0301\u0316", 16))), "30 accents"},
		{"2^53", set(record.Int(1 << 53)), "2^53"},
		{"-2^53", set(record.Int(-1 << 53)), "2^53"},
		{"2^53 in a list", set(record.List(record.Int(1 << 53))), "2^53"},
		{"the least int64", set(record.Int(-1 << 63)), "2^53"},
		{"no shape", set(record.Value{}), "shape"},
		{"an unknown shape", set(record.Value{Shape: 9}), "shape"},
		{"an empty list", set(record.List()), "list"},
		{"a list in a list", set(record.List(record.List(record.Int(1)))), "list"},
		{"a truth in a list", set(record.List(record.Bool(true))), "list"},
		{"a sealed value in a list", set(record.List(record.Sealed(digest.Of(nil)))), "list"},
		{"a placeholder that was never sealed", set(record.Sealed(digest.Hash{})), "commitment"},
		{"an empty name", called(""), "name"},
		{"a name with an accent", called("caf\u00e9"), "name"},
		{"two spellings of one name", func(r *record.Record) {
			r.Values = record.Values{"e\u0301": record.Int(1), "\u00e9": record.Int(2)}
		}, "name"},
		{"a name with a dot", called("a.b"), "name"},
		{"a name with a quote", called(`a"`), "name"},
		{"a name with a control character", called("a\n"), "name"},
		{"a name in upper case", called("Mass"), "name"},
		{"a name that begins with a digit", called("1a"), "name"},
		{"a name of 65", called(strings.Repeat("a", 65)), "name"},
		{"a bad name in a facet", func(r *record.Record) {
			r.Facets = []record.Facet{{Kind: "a", Values: record.Values{"B": record.Int(1)}}}
		}, "name"},
	}
}

func refusedFields() []refusal[record.Record] {
	return []refusal[record.Record]{
		{"no id", func(r *record.Record) { r.ID = record.ID{} }, "id"},
		{"an id of version 4", func(r *record.Record) { r.ID[6] = 0x40 }, "version 4"},
		{"an id of another variant", func(r *record.Record) { r.ID[8] = 0xc0 }, "variant 3"},
		{"a root of version 4", func(r *record.Record) { r.Amends, r.Amends[6] = r.ID, 0x40 }, "version 4"},
		{"no book", func(r *record.Record) { r.Book = "" }, "book"},
		{"a book in upper case", func(r *record.Record) { r.Book = "A" }, "book"},
		{"a book that begins with -", func(r *record.Record) { r.Book = "-a" }, "book"},
		{"a book of 33", func(r *record.Record) { r.Book = record.Book(strings.Repeat("a", 33)) }, "book"},
		{"no kind", func(r *record.Record) { r.Kind = "" }, "kind"},
		{"a kind with a space", func(r *record.Record) { r.Kind = "waste load" }, "kind"},
		{"a person with a name", func(r *record.Record) { r.By = "王五" }, "person"},
		{"a person with a line", func(r *record.Record) { r.By = "p\n" }, "person"},
		{"a reference with a space", about("unit/a b"), "reference"},
		{"a reference without id", about("unit/"), "reference"},
		{"a reference with two solidi", about("unit/a/b"), "reference"},
		{"a reference of no kind", about("/a"), "reference"},
		{"references out of order", about("unit/b", "unit/a"), "order"},
		{"references in the order of the struct", about("a/x", "a.b/x"), "order"},
		{"a reference twice", about("unit/a", "unit/a"), "order"},
		{"facets out of order", facets("b", "a"), "order"},
		{"a facet twice", facets("a", "a"), "order"},
		{"a facet of no kind", facets(""), "kind"},
		{"a facet with a bad kind", facets("a..b"), "kind"},
		{"no time", observed(record.Moment{}), "precision"},
		{"an instant with a day", observed(record.Moment{Precision: record.Instant, At: 1, Day: 20250603}), "precision"},
		{"a day with an instant", observed(record.Moment{Precision: record.ToDay, At: 1, Day: 20250603}), "precision"},
		{"a month with a day", observed(record.Moment{Precision: record.ToMonth, Day: 20250603}), "precision"},
		{"a month with an instant", observed(record.Moment{Precision: record.ToMonth, At: 1, Day: 20250601}), "precision"},
		{"no day", observed(record.OnDay(0)), "calendar"},
		{"30 February", observed(record.OnDay(20250230)), "calendar"},
		{"month 13", observed(record.Moment{Precision: record.ToMonth, Day: 20251301}), "calendar"},
		{"a day before 1900", observed(record.OnDay(18991231)), "calendar"},
		{"a day after 9999", observed(record.OnDay(100000101)), "calendar"},
		{"an instant before 1900", observed(record.InstantAt(time.Date(1899, 12, 31, 23, 59, 59, 999_000_000, time.UTC))), "1900"},
		{"an instant after 9999", observed(record.InstantAt(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))), "9999"},
		{"a negative accuracy", func(r *record.Record) { r.Where = &geo.Where{Lat: 1, AccuracyMM: -1, Source: geo.WGS84} }, "accuracy"},
		{"a position without datum", func(r *record.Record) { r.Where = &geo.Where{Lat: 1} }, "datum"},
		{"a latitude of 2^53", func(r *record.Record) { r.Where = &geo.Where{Lat: 1 << 53, Source: geo.WGS84} }, "2^53"},
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for _, c := range append(refusedValues(), refusedFields()...) {
		r := least()
		c.change(&r)
		text, err := r.Canonical()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ninput %q\ngot   %s (%v)\nwant  an error with %q", c.name, describe(r), text, err, c.want)
		}
	}
}

func refusedEnvelopes() []refusal[record.Envelope] {
	finding := func(data map[string]string) func(*record.Envelope) {
		return func(e *record.Envelope) {
			e.Findings = []record.Finding{{Code: "a", Grade: record.Note, Data: data}}
		}
	}
	return []refusal[record.Envelope]{
		{"no catalog", func(e *record.Envelope) { e.Catalog = digest.Hash{} }, "catalog"},
		{"no channel", func(e *record.Envelope) { e.Channel = "" }, "channel"},
		{"a channel with a line", func(e *record.Envelope) { e.Channel = "api\n" }, "channel"},
		{"no day", func(e *record.Envelope) { e.Day = 0 }, "calendar"},
		{"31 April", func(e *record.Envelope) { e.Day = 20250431 }, "calendar"},
		{"not received", func(e *record.Envelope) { e.Received = time.Time{} }, "instant"},
		{"sent by a clock of the year 1", func(e *record.Envelope) { e.Sent = time.Time{}.Add(time.Microsecond) }, "instant"},
		{"sent by a clock beyond 9999", func(e *record.Envelope) { e.Sent = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, "instant"},
		{"a padded place", func(e *record.Envelope) { e.Resolved.Place = "220323102000" }, "place"},
		{"a place that is no code", func(e *record.Envelope) { e.Resolved.Place = "abc" }, "place"},
		{"a place in a padded village", func(e *record.Envelope) { e.Resolved.Place = "220323102000-01" }, "place"},
		{"data with U+0000", finding(map[string]string{"a": "\x00"}), "U+0000"},
		{"data with a bad name", finding(map[string]string{"A": "1"}), "name"},
		{"data that is not UTF-8", finding(map[string]string{"a": "\xff"}), "UTF-8"},
		{"a code with U+0000", func(e *record.Envelope) { e.Findings = []record.Finding{{Code: "\x00"}} }, "U+0000"},
	}
}

func TestEnvelopeCanonicalRefuses(t *testing.T) {
	for _, c := range refusedEnvelopes() {
		e := leastEnvelope()
		c.change(&e)
		text, err := e.Canonical()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ninput %q\ngot   %s (%v)\nwant  an error with %q", c.name, describeEnvelope(e), text, err, c.want)
		}
	}
}

// TestErrorsKeepQuiet: what cannot be written may be a person's name, and errors end in logs.
func TestErrorsKeepQuiet(t *testing.T) {
	for _, said := range []string{"zhangsan\x00", "zhangsan\xff", "zhangsan\uffff", "zhangsan" + strings.Repeat("\u0301", 40)} {
		if _, err := record.Commitment([32]byte{}, record.Text(said)); err == nil || strings.Contains(err.Error(), "zhangsan") {
			t.Errorf("input %+q\ngot  %v\nwant an error without the text", said, err)
		}
	}
}
