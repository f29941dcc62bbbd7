package record_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"qingshan/record"
)

func TestParseUnitCode(t *testing.T) {
	for _, c := range []struct {
		text  string
		want  record.UnitCode
		level record.Level
		path  string
	}{
		{"220323", "220323", record.County, "220323"},
		{"220323102", "220323102", record.Town, "220323102 220323"},
		{"220323102210", "220323102210", record.Village, "220323102210 220323102 220323"},
		{"220323102210-03", "220323102210-03", record.Grid, "220323102210-03 220323102210 220323102 220323"},
		{"220323102000", "220323102", record.Town, "220323102 220323"},
		{"220323000", "220323", record.County, "220323"},
		{"220323000000", "220323", record.County, "220323"},
		{"220323100", "220323100", record.Town, "220323100 220323"},
		{"220323100000", "220323100", record.Town, "220323100 220323"},
		{"220323001", "220323001", record.Town, "220323001 220323"},
		{"220323001001", "220323001001", record.Village, "220323001001 220323001 220323"},
		{"110000", "110000", record.County, "110000"},
	} {
		got, err := record.ParseUnitCode(c.text)
		if err != nil || got != c.want || got.Level() != c.level || join(got.Path()) != c.path {
			t.Errorf("input %s\ngot   %s, level %d, path %v (%v)\nwant  %s, level %d, path %s", c.text, got, got.Level(), got.Path(), err, c.want, c.level, c.path)
		}
	}
	for _, text := range []string{
		"", "2", "22032", "2203231", "22032310", "2203231022", "22032310221", "2203231022100", "220323102210-", "220323102210-3", "220323102210-003",
		"220323102210_03", "220323102210-03-01", "220323102-03", "220323-03", "020323", "22032a", " 220323", "220323 ", "220323\n", "２２０３２３", "-220323",
		"220323102000-01", "220323000000-01", "220323000001", "220323000001-01",
	} {
		if got, err := record.ParseUnitCode(text); err == nil || got != "" {
			t.Errorf("input %q\ngot   %q (%v)\nwant  an error and nothing beside it", text, got, err)
		}
	}
}

func join[T any](items []T) string {
	var words []string
	for _, item := range items {
		words = append(words, fmt.Sprint(item))
	}
	return strings.Join(words, " ")
}

func TestUnitCodeHolds(t *testing.T) {
	county, town, village, grid := record.UnitCode("220323"), record.UnitCode("220323102"), record.UnitCode("220323102210"), record.UnitCode("220323102210-03")
	line := []record.UnitCode{county, town, village, grid}
	for i, outer := range line {
		for j, inner := range line {
			if got := outer.Holds(inner); got != (i <= j) {
				t.Errorf("%s holds %s: got %v, want %v", outer, inner, got, i <= j)
			}
		}
	}
	for _, c := range [][2]record.UnitCode{
		{town, "220323103"}, {town, "220323103210"}, {village, "220323102211"}, {village, "220323102211-03"}, {grid, "220323102210-04"},
		{county, "220322"}, {county, "220322102210-03"}, {town, ""}, {"", town}, {"", ""}, {"22032", "220323"},
	} {
		if c[0].Holds(c[1]) {
			t.Errorf("%q holds %q: got true, want false", c[0], c[1])
		}
	}
	if up := county.Up(); up != "" {
		t.Errorf("above %s: got %q, want nothing", county, up)
	}
	if path := record.UnitCode("").Path(); path != nil {
		t.Errorf("the path of no unit: got %v", path)
	}
}

func TestParseRef(t *testing.T) {
	for text, want := range map[string]record.Ref{
		"unit/220323102210-03":         {Kind: "unit", ID: "220323102210-03"},
		"a/A":                          {Kind: "a", ID: "A"},
		"river.reach/yidan.7_b-c":      {Kind: "river.reach", ID: "yidan.7_b-c"},
		"a1_b/0":                       {Kind: "a1_b", ID: "0"},
		"a/" + strings.Repeat("Z", 64): {Kind: "a", ID: strings.Repeat("Z", 64)},
		strings.Repeat("a", 64) + "/1": {Kind: strings.Repeat("a", 64), ID: "1"},
		"rec/01973369-a7a0-7abc-8def-0123456789ab": {Kind: "rec", ID: "01973369-a7a0-7abc-8def-0123456789ab"},
	} {
		got, err := record.ParseRef(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("input %s\ngot   %+v, %s (%v)\nwant  %+v", text, got, got, err, want)
		}
	}
	for _, text := range []string{
		"", "/", "a", "a/", "/a", "a/b/c", "A/b", "a/ b", "a /b", "a/-b", "a/.b", "a/_b", "a./b", ".a/b", "a..b/c", "1a/b", "_a/b", "a-b/c", "a/b\n", "a\n/b",
		"a/村", "村/a", "a/b%20", "a//b", "a/" + strings.Repeat("Z", 65), strings.Repeat("a", 65) + "/1", "a/b\x00",
	} {
		if got, err := record.ParseRef(text); err == nil {
			t.Errorf("input %q\ngot   %+v\nwant  an error", text, got)
		}
	}
}

func TestParseBookAndKind(t *testing.T) {
	for text, want := range map[string][2]bool{ // whether it is a book, whether it is a kind
		"220323102": {true, false}, "a": {true, true}, "0-a": {true, false}, "waste.load": {false, true}, "waste_load": {false, true},
		"a-": {true, false}, "a1": {true, true}, "a.b.c_1": {false, true}, strings.Repeat("a", 32): {true, true}, strings.Repeat("a", 33): {false, true},
		strings.Repeat("a", 64): {false, true}, strings.Repeat("a", 65): {}, strings.Repeat("a.", 32) + "b": {}, "": {}, "-": {}, "-a": {}, "A": {}, "a ": {},
		"a\n": {}, ".a": {}, "a.": {}, "a..b": {}, "a.1": {}, "_a": {}, "镇": {}, "a/b": {}, "a.-": {},
	} {
		book, errBook := record.ParseBook(text)
		kind, errKind := record.ParseKind(text)
		if got := [2]bool{errBook == nil, errKind == nil}; got != want {
			t.Errorf("input %q as book and kind\ngot   %v (%v, %v)\nwant  %v", text, got, errBook, errKind, want)
		}
		if errBook == nil && string(book) != text || errKind == nil && string(kind) != text {
			t.Errorf("input %q: got the book %q and the kind %q", text, book, kind)
		}
	}
}

func TestConcerns(t *testing.T) {
	r := record.Record{About: []record.Ref{{Kind: "river", ID: "a"}, {Kind: "unit", ID: "220323"}, {Kind: "unit", ID: "220324"}}}
	for kind, want := range map[string]string{"river": "a", "unit": "220323", "herd": "", "": ""} {
		if got := r.Concerns(kind); got != want {
			t.Errorf("concerns %q: got %q, want %q", kind, got, want)
		}
	}
	if got := (record.Record{}).Concerns("unit"); got != "" {
		t.Errorf("a record about nothing concerns %q", got)
	}
}

func TestCloneStandsAlone(t *testing.T) {
	if got := record.Values(nil).Clone(); got != nil {
		t.Errorf("a clone of nothing: got %v", got)
	}
	original := record.Values{"a": record.Int(1)}
	clone := original.Clone()
	clone["a"], clone["b"] = record.Int(2), record.Int(3)
	if want := (record.Values{"a": record.Int(1)}); !reflect.DeepEqual(original, want) {
		t.Errorf("after a change of the clone: got %v, want %v", original, want)
	}
}
