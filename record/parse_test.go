package record_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"qingshan/internal/digest"
	"qingshan/record"
)

// TestParseIsTheInverse: every record that may be written comes back whole, field by field and as a Go value.
func TestParseIsTheInverse(t *testing.T) {
	d := dice{Rand: drawn(t)}
	for range 3000 {
		r := d.record()
		text, err := r.Canonical()
		if err != nil {
			t.Fatalf("%v\ninput %q", err, describe(r))
		}
		got, err := record.Parse(text)
		if err != nil {
			t.Fatalf("%v\ninput %s", err, text)
		}
		if !reflect.DeepEqual(got, r) {
			t.Fatalf("input %s\ngot   %#v\nwant  %#v", text, got, r)
		}
	}
}

func TestParseEnvelopeIsTheInverse(t *testing.T) {
	d := dice{Rand: drawn(t)}
	for range 3000 {
		e := d.envelope()
		text, err := e.Canonical()
		if err != nil {
			t.Fatalf("%v\ninput %q", err, describeEnvelope(e))
		}
		got, err := record.ParseEnvelope(text)
		if err != nil {
			t.Fatalf("%v\ninput %s", err, text)
		}
		if !reflect.DeepEqual(got, e) {
			t.Fatalf("input %s\ngot   %#v\nwant  %#v", text, got, e)
		}
	}
}

// TestCanonicalNeverDrops: whatever is thrown at it, Canonical refuses it or writes what says the same when it is read.
func TestCanonicalNeverDrops(t *testing.T) {
	d := dice{Rand: drawn(t), wild: true}
	written, refused := 0, 0
	for range 6000 {
		r, e := d.record(), d.envelope()
		if text, err := r.Canonical(); err != nil {
			refused++
		} else {
			written++
			got, err := record.Parse(text)
			if err != nil || !slices.Equal(describe(got), describe(normal(r))) {
				t.Fatalf("written as %s\ngot   %q (%v)\nwant  %q", text, describe(got), err, describe(normal(r)))
			}
		}
		if text, err := e.Canonical(); err == nil {
			got, err := record.ParseEnvelope(text)
			if err != nil || !slices.Equal(describeEnvelope(got), describeEnvelope(e)) {
				t.Fatalf("written as %s\ngot   %q (%v)\nwant  %q", text, describeEnvelope(got), err, describeEnvelope(e))
			}
		}
	}
	if written < 1000 || refused < 1000 {
		t.Errorf("%d written, %d refused: the dice show one side only", written, refused)
	}
}

// TestTwoRecordsTwoTexts: records that say different things never share their bytes.
func TestTwoRecordsTwoTexts(t *testing.T) {
	d := dice{Rand: drawn(t)}
	said := map[string]string{}
	for range 3000 {
		r := d.record()
		r.ID, r.Book, r.Kind = mustID(firstID), "b", "k" // leave little to tell them apart
		r.Observed, r.Where, r.By, r.About, r.Evidence, r.Amends = least().Observed, nil, "", nil, nil, record.ID{}
		text, err := r.Canonical()
		if err != nil {
			t.Fatalf("%v\ninput %q", err, describe(r))
		}
		what := strings.Join(describe(r), "\n")
		if before, ok := said[string(text)]; ok && before != what {
			t.Fatalf("%s stands for\n%s\nand for\n%s", text, before, what)
		}
		said[string(text)] = what
	}
}

const plainText = `{"v":1,"about":["unit/220323102"],"book":"220323102","by":"p1","evidence":["9b73ce2e5c72e9c8eb35ae3f509ef901b26ed3e9811f0782f3633cceab140918"],` +
	`"facets":{"river.patrol":{"length":5}},"id":"01973369-a7a0-7abc-8def-0123456789ab","kind":"waste.load","observed":{"at":1748913120000},` +
	`"values":{"bool":true,"list":[1,"a"],"mass":1250,"seal":{"sealed":"9b73ce2e5c72e9c8eb35ae3f509ef901b26ed3e9811f0782f3633cceab140918"},"text":"é"},` +
	`"where":{"accuracy_mm":5,"datum":"wgs84","lat_e7":1,"lon_e7":-2}}`

// edit replaces one piece of a canonical text: another spelling of the same, or of nothing at all.
type edit struct{ name, old, new string }

func spellings() []edit {
	return []edit{
		{"white space before", `{"v"`, ` {"v"`},
		{"white space within", `{"v":1,`, `{"v": 1,`},
		{"a line end after", `-2}}`, "-2}}\n"},
		{"a byte order mark", `{"v"`, "\ufeff{\"v\""},
		{"another version", `"v":1`, `"v":2`},
		{"no version", `"v":1,`, ``},
		{"the version not first", `{"v":1,"about":["unit/220323102"],`, `{"about":["unit/220323102"],"v":1,`},
		{"keys out of order", `"book":"220323102","by":"p1"`, `"by":"p1","book":"220323102"`},
		{"a key in upper case", `"id"`, `"ID"`},
		{"a key with a long s", `"observed"`, `"ob\u017ferved"`},
		{"an escaped key", `"id"`, `"\u0069d"`},
		{"an unknown key", `"by":"p1"`, `"by":"p1","c":1`},
		{"a key twice", `"by":"p1"`, `"by":"p1","by":"p1"`},
		{"a key twice, in two cases", `"by":"p1"`, `"By":"p2","by":"p1"`},
		{"an object twice", `"where":{`, `"where":{"accuracy_mm":5},"where":{`},
		{"a value twice", `"mass":1250`, `"mass":1250,"mass":1250`},
		{"a facet twice", `"facets":{`, `"facets":{"river.patrol":{"length":5},`},
		{"minus zero", `1250`, `-0`},
		{"a fraction", `1250`, `1250.0`},
		{"an exponent", `1250`, `125e1`},
		{"a plus", `1250`, `+1250`},
		{"a leading zero", `1250`, `01250`},
		{"2^53", `1250`, `9007199254740992`},
		{"2^64", `1250`, `18446744073709551616`},
		{"a fraction in a position", `"lat_e7":1`, `"lat_e7":1.0`},
		{"an exponent in a time", `1748913120000`, `174891312e4`},
		{"null for a value", `1250`, `null`},
		{"null for a text", `"by":"p1"`, `"by":null`},
		{"null for an object", `"where":{"accuracy_mm":5,"datum":"wgs84","lat_e7":1,"lon_e7":-2}`, `"where":null`},
		{"null for a list", `["unit/220323102"]`, `null`},
		{"null in a list", `[1,"a"]`, `[1,null]`},
		{"null for the values", `{"length":5}`, `null`},
		{"an empty string for nothing", `"by":"p1"`, `"by":""`},
		{"an empty root", `"book"`, `"amends":"","book"`},
		{"an empty list for nothing", `["unit/220323102"]`, `[]`},
		{"an empty object for nothing", `"facets":{"river.patrol":{"length":5}}`, `"facets":{}`},
		{"an empty position", `{"accuracy_mm":5,"datum":"wgs84","lat_e7":1,"lon_e7":-2}`, `{}`},
		{"an accuracy of 0", `"accuracy_mm":5`, `"accuracy_mm":0`},
		{"a solidus escaped", `unit/220323102`, `unit\/220323102`},
		{"a letter escaped", `"é"`, `"\u00e9"`},
		{"a line separator escaped", `"é"`, `"\u2028"`},
		{"a control character by another escape", `"é"`, `"\u000a"`},
		{"a backspace by letter", `"é"`, `"\b"`},
		{"an escape with upper-case digits", `"é"`, `"\u001F"`},
		{"a control character raw", `"é"`, "\"\x1f\""},
		{"U+0000", `"é"`, `"\u0000"`},
		{"not composed", `"é"`, "\"e\u0301\""},
		{"a lone surrogate", `"é"`, `"\ud800"`},
		{"a pair of surrogates", `"é"`, `"\ud83e\udd8c"`},
		{"a surrogate in UTF-8", `"é"`, "\"\xed\xa0\x80\""},
		{"not UTF-8", `"é"`, "\"\xff\""},
		{"unassigned", `"é"`, "\"\u0378\""},
		{"an empty list as a value", `[1,"a"]`, `[]`},
		{"a list in a list", `[1,"a"]`, `[[1]]`},
		{"a truth in a list", `[1,"a"]`, `[true]`},
		{"an object as a value", `1250`, `{}`},
		{"something beside a seal", `{"sealed":"9`, `{"a":1,"sealed":"9`},
		{"a seal in upper case", `{"sealed"`, `{"Sealed"`},
		{"a hash in upper case", `["9b73ce2e`, `["9B73CE2E`},
		{"a short hash", `["9b`, `["`},
		{"an id in upper case", `7abc-8def`, `7ABC-8DEF`},
		{"an id in braces", `01973369-a7a0-7abc-8def-0123456789ab`, `{01973369-a7a0-7abc-8def-0123456789ab}`},
		{"an id of version 4", `7abc-8def`, `4abc-8def`},
		{"an id of another variant", `7abc-8def`, `7abc-cdef`},
		{"a day beside an instant", `{"at":1748913120000}`, `{"at":1748913120000,"day":"2025-06-03"}`},
		{"a day that is none", `{"at":1748913120000}`, `{"day":"2025-02-29"}`},
		{"a month as a day", `{"at":1748913120000}`, `{"day":"2025-06"}`},
		{"month 13", `{"at":1748913120000}`, `{"month":"2025-13"}`},
		{"a time in words", `{"at":1748913120000}`, `{"at":"1748913120000"}`},
		{"no time", `{"at":1748913120000}`, `{}`},
		{"an instant before 1900", `1748913120000`, `-2208988800001`},
		{"references out of order", `["unit/220323102"]`, `["unit/b","unit/a"]`},
		{"a reference twice", `["unit/220323102"]`, `["unit/a","unit/a"]`},
		{"no book", `"book":"220323102",`, ``},
		{"no kind", `"kind":"waste.load",`, ``},
		{"two records", `-2}}`, `-2}}{}`},
		{"a bracket too many", `-2}}`, `-2}}}`},
		{"one too few", `-2}}`, `-2}`},
		{"a trailing comma", `-2}}`, `-2},}`},
		{"a value too deep", `1250`, strings.Repeat("[", 30000) + strings.Repeat("]", 30000)},
		{"a name too deep", `1250`, strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000)},
	}
}

func TestParseRefusesOtherSpellings(t *testing.T) {
	if _, err := record.Parse([]byte(plainText)); err != nil {
		t.Fatalf("the text to be spoiled: %v", err)
	}
	for _, c := range spellings() {
		text := strings.Replace(plainText, c.old, c.new, 1)
		if text == plainText {
			t.Errorf("%s: %q is not in the text", c.name, c.old)
		}
		if r, err := record.Parse([]byte(text)); err == nil {
			t.Errorf("%s\ninput %.300s\ngot   %q\nwant  an error", c.name, text, describe(r))
		} else if !reflect.DeepEqual(r, record.Record{}) {
			t.Errorf("%s: something beside the error: %#v", c.name, r)
		}
	}
	for _, text := range []string{"", "null", "[]", "1", `"a"`, "{}", "\x00", "true", `{"v":1}`} {
		if r, err := record.Parse([]byte(text)); err == nil {
			t.Errorf("input %q\ngot   %q\nwant  an error", text, describe(r))
		}
		if e, err := record.ParseEnvelope([]byte(text)); err == nil {
			t.Errorf("input %q\ngot   %q\nwant  an error", text, describeEnvelope(e))
		}
	}
}

const plainEnvelope = `{"v":1,"catalog":"9b73ce2e5c72e9c8eb35ae3f509ef901b26ed3e9811f0782f3633cceab140918","channel":"api","day":"2025-06-03",` +
	`"findings":[{"code":"a.b","data":{"limit":"20"},"field":"mass","grade":"held"}],"offset":-600000,"place":"220323102","received":1748913125000,"sent":1748912520005}`

func TestParseEnvelopeRefusesOtherSpellings(t *testing.T) {
	if _, err := record.ParseEnvelope([]byte(plainEnvelope)); err != nil {
		t.Fatalf("the text to be spoiled: %v", err)
	}
	for _, c := range []edit{
		{"white space", `{"v"`, ` {"v"`},
		{"another version", `"v":1`, `"v":0`},
		{"a key in upper case", `"day"`, `"Day"`},
		{"a key twice", `"day"`, `"day":"2025-06-03","day"`},
		{"an unknown key", `"day"`, `"cause":1,"day"`},
		{"no catalog", `"catalog":"9b73ce2e5c72e9c8eb35ae3f509ef901b26ed3e9811f0782f3633cceab140918",`, ``},
		{"the catalog none", `9b73ce2e5c72e9c8eb35ae3f509ef901b26ed3e9811f0782f3633cceab140918`, strings.Repeat("0", 64)},
		{"no channel", `"channel":"api",`, ``},
		{"no findings, but a list", `[{"code":"a.b","data":{"limit":"20"},"field":"mass","grade":"held"}]`, `[]`},
		{"no data, but an object", `{"limit":"20"}`, `{}`},
		{"null as data", `"20"`, `null`},
		{"a number as data", `"20"`, `20`},
		{"data twice", `"limit":"20"`, `"limit":"20","limit":"20"`},
		{"an empty field", `"mass"`, `""`},
		{"a finding without grade", `,"grade":"held"`, ``},
		{"an offset of 0", `-600000`, `0`},
		{"an offset beyond time.Duration", `-600000`, `9007199254740991`},
		{"an offset with a fraction", `-600000`, `-600000.0`},
		{"an empty place", `"220323102"`, `""`},
		{"a padded place", `"220323102"`, `"220323102000"`},
		{"a place that is no code", `"220323102"`, `"abc"`},
		{"not received", `,"received":1748913125000`, ``},
		{"received in the year 1", `1748913125000`, `-62135596800000`},
		{"sent at null", `1748912520005`, `null`},
		{"sent in the year 1", `1748912520005`, `-62135596800000`},
		{"a day that is none", `2025-06-03`, `2025-06-31`},
		{"a day in another form", `2025-06-03`, `2025-6-3`},
	} {
		text := strings.Replace(plainEnvelope, c.old, c.new, 1)
		if text == plainEnvelope {
			t.Errorf("%s: %q is not in the text", c.name, c.old)
		}
		if e, err := record.ParseEnvelope([]byte(text)); err == nil {
			t.Errorf("%s\ninput %s\ngot   %q\nwant  an error", c.name, text, describeEnvelope(e))
		}
	}
}

// TestParseBoundsTheSize: 64 KiB are read, a byte more is not, however harmless.
func TestParseBoundsTheSize(t *testing.T) {
	r := withValues(record.Values{"text": record.Text("")})
	text, err := r.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	for more, want := range map[int]bool{0: true, 1: false} {
		filler := strings.Repeat("a", record.MaxBytes-len(text)+more)
		long := bytes.Replace(text, []byte(`"text":"`), []byte(`"text":"`+filler), 1)
		if _, err := record.Parse(long); (err == nil) != want {
			t.Errorf("%d bytes: got error %v, want it read: %v", len(long), err, want)
		}
	}
}

func TestParseValue(t *testing.T) {
	hash := digest.Of([]byte("a")).String()
	for text, want := range map[string]record.Value{
		`0`: record.Int(0), `-9007199254740991`: record.Int(-(1<<53 - 1)), `true`: record.Bool(true), `false`: record.Bool(false), `""`: record.Text(""),
		`"张\n三"`: record.Text("张\n三"), `[1,"a"]`: record.List(record.Int(1), record.Text("a")), `{"sealed":"` + hash + `"}`: record.Sealed(digest.Of([]byte("a"))),
	} {
		got, err := record.ParseValue([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("input %s\ngot   %#v (%v)\nwant  %#v", text, got, err, want)
		}
		if again, err := got.Canonical(); err != nil || string(again) != text {
			t.Errorf("written again\ngot   %s (%v)\nwant  %s", again, err, text)
		}
	}
	for _, text := range []string{
		``, ` `, ` 1`, `1 `, `-0`, `1.0`, `1e3`, `0x1`, `1_000`, `+1`, `null`, `True`, `tru`, `t`, `f`, `9007199254740992`, `"a`, `"\u0041"`, `"\ud800"`, "\"\x00\"", "\"\xff\"", "\"e\u0301\"",
		`[]`, `[[1]]`, `[true]`, `[null]`, `[1, 2]`, `[1`, `{}`, `{"sealed":""}`, `{"sealed":null}`, `{"sealed":"` + hash + `","sealed":"` + hash + `"}`, `{"SEALED":"` + hash + `"}`,
		`{"sealed":"` + strings.Repeat("0", 64) + `"}`, `[{"sealed":"` + hash + `"}]`, `NaN`, `"a""b"`,
	} {
		if got, err := record.ParseValue([]byte(text)); err == nil {
			t.Errorf("input %s\ngot   %#v\nwant  an error", text, got)
		}
	}
}
