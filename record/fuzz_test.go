package record_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"qingshan/record"
)

// Every parser is held to the same: it may refuse, but what it takes it gives back letter by letter.

func FuzzParse(f *testing.F) {
	f.Add([]byte(plainText))
	for _, file := range goldenFiles(f) {
		f.Add([]byte(golden(f, file)["record"]))
	}
	for _, c := range spellings()[:20] {
		f.Add([]byte(c.new))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := record.Parse(text)
		if err != nil {
			return
		}
		if again, err := r.Canonical(); err != nil || string(again) != string(text) {
			t.Errorf("input %q\ngot   %q (%v)", text, again, err)
		}
		if !utf8.Valid(text) || !norm.NFC.IsNormal(text) || !json.Valid(text) {
			t.Errorf("input %q was taken: UTF-8 %v, NFC %v, JSON %v", text, utf8.Valid(text), norm.NFC.IsNormal(text), json.Valid(text))
		}
		if id, err := record.ParseID(r.ID.String()); err != nil || id != r.ID {
			t.Errorf("input %q has the id %s (%v)", text, r.ID, err)
		}
	})
}

func FuzzParseEnvelope(f *testing.F) {
	f.Add([]byte(plainEnvelope))
	for _, file := range goldenFiles(f) {
		f.Add([]byte(golden(f, file)["envelope"]))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := record.ParseEnvelope(text)
		if err != nil {
			return
		}
		if again, err := e.Canonical(); err != nil || string(again) != string(text) {
			t.Errorf("input %q\ngot   %q (%v)", text, again, err)
		}
		if day, err := record.ParseDay(e.Day.String()); err != nil || day != e.Day {
			t.Errorf("input %q has the day %d (%v)", text, e.Day, err)
		}
		e.Resolved.Place.Path() // must not panic
	})
}

func FuzzParseValue(f *testing.F) {
	for _, text := range []string{`0`, `-1`, `true`, `"青\n"`, `[1,"a"]`, `{"sealed":"9b73ce2e5c72e9c8eb35ae3f509ef901b26ed3e9811f0782f3633cceab140918"}`, `[[`, `-0`, `1e3`, `"\ud800"`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := record.ParseValue(text)
		if err != nil {
			return
		}
		if again, err := v.Canonical(); err != nil || string(again) != string(text) {
			t.Errorf("input %q\ngot   %q (%v)", text, again, err)
		}
	})
}

// FuzzText: a text is refused, or its canonical form is JSON for its NFC, and canonical itself.
func FuzzText(f *testing.F) {
	for _, text := range []string{"", "青山", "e\u0301", "\u1112\u1161\u11ab", "\"\\\n\x01", "\u2028", "\x00", "\xff", "\u0378", "a\u0301\u0323\u0316", "\u034f", "\u0f73\u0f71"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		canonical, err := record.Text(text).Canonical()
		if err != nil {
			return
		}
		var back string
		if err := json.Unmarshal(canonical, &back); err != nil || back != norm.NFC.String(text) {
			t.Errorf("input %+q\ngot   %s, which is %+q (%v)\nwant  %+q", text, canonical, back, err, norm.NFC.String(text))
		}
		v, err := record.ParseValue(canonical)
		if err != nil || v.Text != back {
			t.Errorf("input %+q\ngot   %+v (%v)\nwant  the text %+q", text, v, err, back)
		}
	})
}

func FuzzParsePeriod(f *testing.F) {
	for _, text := range []string{"2025", "2025-06", "2025-06-03", "2023..2025", "2025-06..2025-08", "2024-02-28..2024-03-01", "9999", "1900", "2025-02-30", "..", "2025..2023"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := record.ParsePeriod(text)
		if err != nil {
			return
		}
		written := p.String()
		if again, err := record.ParsePeriod(written); err != nil || again != p || len(written) > len(text) {
			t.Errorf("input %q\ngot   %v, written %q, read %v (%v)", text, p, written, again, err)
		}
		if p.Empty() || !p.Holds(p.From) || !p.Holds(p.To) {
			t.Errorf("input %q\ngot   %v, which does not hold its own ends", text, p)
		}
	})
}

func FuzzParseMoment(f *testing.F) {
	for _, text := range []string{"2025-06-03T09:12:00+08:00", "2025-06-03T01:12:00.123456789Z", "2025-06-03", "2025-06", "9999-12-30T23:59:59Z", "1900-01-01T00:00:00Z", "2025-06-03T09:12:00,5+08:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := record.ParseMoment(text)
		if err != nil {
			return
		}
		r := least()
		r.Observed = m
		canonical, err := r.Canonical()
		if err != nil {
			t.Fatalf("input %q\ngot   %+v, which cannot be written: %v", text, m, err)
		}
		if back, err := record.Parse(canonical); err != nil || back.Observed != m {
			t.Errorf("input %q\ngot   %+v (%v)\nwant  %+v", text, back.Observed, err, m)
		}
	})
}

func FuzzParseRef(f *testing.F) {
	for _, text := range []string{"unit/220323102210-03", "a.b/X_1", "a/b/c", "/", "a/-", "A/b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if ref, err := record.ParseRef(text); err == nil && ref.String() != text {
			t.Errorf("input %q\ngot   %q", text, ref)
		}
	})
}

func FuzzParseUnitCode(f *testing.F) {
	for _, text := range []string{"220323", "220323102", "220323102210", "220323102210-03", "220323102000", "220323000000", "220323000001", "220323102000-01", "2203"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		unit, err := record.ParseUnitCode(text)
		if err != nil {
			return
		}
		for i, up := range unit.Path() {
			if again, err := record.ParseUnitCode(string(up)); err != nil || again != up || !up.Holds(unit) || (i > 0) == unit.Holds(up) {
				t.Errorf("input %q\ngot   %s above it, read %q (%v)", text, up, again, err)
			}
		}
		if len(unit.Path()) != int(unit.Level()) {
			t.Errorf("input %q\ngot   level %d, path %v", text, unit.Level(), unit.Path())
		}
	})
}

func FuzzParseID(f *testing.F) {
	for _, text := range []string{firstID, laterID, "0197e000-0000-8000-8000-000000000001", "01973369-a7a0-4abc-8def-0123456789ab", "{" + firstID + "}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := record.ParseID(text); err == nil && (id.String() != text || id.Zero()) {
			t.Errorf("input %q\ngot   %s", text, id)
		}
	})
}

func FuzzParseDay(f *testing.F) {
	for _, text := range []string{"2025-06-03", "2024-02-29", "2025-02-29", "1899-12-31", "9999-12-31"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if day, err := record.ParseDay(text); err == nil && (day.String() != text || record.DayOf(day.Time()) != day) {
			t.Errorf("input %q\ngot   %d, written %s", text, day, day)
		}
	})
}
