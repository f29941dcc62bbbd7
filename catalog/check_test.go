package catalog_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"qingshan/catalog"
	"qingshan/internal/digest"
	"qingshan/record"
)

// raw reads an object as a door does.
func raw(t testing.TB, text string) catalog.Raw {
	t.Helper()
	var values catalog.Raw
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		t.Fatalf("values %s: %v", text, err)
	}
	return values
}

// told writes findings in one line each, "code field grade data".
func told(findings []record.Finding) []string {
	var lines []string
	for _, f := range findings {
		line := strings.TrimSpace(f.Code + " " + f.Field)
		if f.Grade != record.Fatal {
			line += " " + string(f.Grade)
		}
		if len(f.Data) > 0 {
			data, _ := json.Marshal(f.Data)
			line += " " + string(data)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestCheckConverts(t *testing.T) {
	c := small(t)
	got, findings := c.Check("waste.load", nil, raw(t, `{
		"category": "domestic", "mass": {"amount": "1.25", "unit": "t"}, "trips": 3, "household": "household/h-17",
		"driver": "王五", "covered": true, "emptied": "2025-06-03", "price": "13220.50", "offset": {"amount": -0.001, "unit": "m"}}`))
	if len(findings) > 0 {
		t.Fatalf("findings: %v", told(findings))
	}
	want := record.Values{
		"category": record.Text("domestic"), "mass": record.Int(1_250_000), "trips": record.Int(3),
		"household": record.Text("household/h-17"), "driver": record.Sealed(digest.Hash{}), "covered": record.Bool(true),
		"emptied": record.Text("2025-06-03"), "price": record.Text("13220.50"), "offset": record.Int(-1),
	}
	if !reflect.DeepEqual(got.Values, want) {
		t.Errorf("values:\n got %v\nwant %v", got.Values, want)
	}
	personal := []record.Personal{{Field: "values.driver", Value: record.Text("王五")}}
	if !reflect.DeepEqual(got.Personal, personal) {
		t.Errorf("personal: got %v, want %v", got.Personal, personal)
	}
}

// TestCheckIsExact holds what floats get wrong: the base units are the amount times the steps, or a finding.
func TestCheckIsExact(t *testing.T) {
	c := small(t)
	for _, a := range []struct {
		amount, unit string
		want         int64
		code         string
	}{
		{`"0.1"`, "t", 100_000, ""},
		{`0.1`, "t", 100_000, ""},
		{`"0.3"`, "t", 300_000, ""},
		{`"1.005"`, "kg", 1_005, ""},
		{`"4.35"`, "t", 4_350_000, ""}, // 4.35 × 1,000,000 is 4349999.999… in floats
		{`"19.999999"`, "t", 19_999_999, ""},
		{`1e1`, "t", 10_000_000, ""},
		{`"2.5E-2"`, "t", 25_000, ""},
		{`"1.0000000000"`, "kg", 1_000, ""},
		{`"0.0005"`, "kg", 0, "value.inexact"},
		{`"1.0000001"`, "t", 0, "value.inexact"},
		{`1.00000000000000001`, "t", 0, "value.inexact"}, // equals 1 as a float
		{`"200.000001"`, "t", 0, "value.too_large"},
		{`"0.999"`, "kg", 0, "value.too_small"},
		{`"0"`, "kg", 0, "value.too_small"},
		{`-1`, "kg", 0, "value.negative"},
		{`"-0.0001"`, "t", 0, "value.negative"},
		{`"9007199254740993"`, "kg", 0, "value.too_large"},
		{`"1e99"`, "t", 0, "value.too_large"},
		{`"-1e99"`, "t", 0, "value.negative"},
		{`"1e999"`, "t", 0, "value.not_a_number"},
		{`"1e-99"`, "t", 0, "value.inexact"},
		{`"` + strings.Repeat("9", 41) + `"`, "t", 0, "value.not_a_number"},
		{`"1,5"`, "t", 0, "value.not_a_number"},
		{`"１"`, "t", 0, "value.not_a_number"},
		{`" 1"`, "t", 0, "value.not_a_number"},
		{`"+1"`, "t", 0, "value.not_a_number"},
		{`"01"`, "t", 0, "value.not_a_number"},
		{`"1/3"`, "t", 0, "value.not_a_number"},
		{`"0x10"`, "t", 0, "value.not_a_number"},
		{`"1_000"`, "t", 0, "value.not_a_number"},
		{`".5"`, "t", 0, "value.not_a_number"},
		{`"Inf"`, "t", 0, "value.not_a_number"},
		{`""`, "t", 0, "value.not_a_number"},
		{`null`, "t", 0, "value.not_a_number"},
		{`[1]`, "t", 0, "value.not_a_number"},
	} {
		values := raw(t, fmt.Sprintf(`{"category": "farm", "mass": {"amount": %s, "unit": %q}}`, a.amount, a.unit))
		got, findings := c.Check("waste.load", nil, values)
		code := ""
		if len(findings) > 0 {
			code = findings[0].Code
		}
		if code != a.code || got.Values["mass"].Int != a.want {
			t.Errorf("%s %s: got %d %q, want %d %q", a.amount, a.unit, got.Values["mass"].Int, code, a.want, a.code)
		}
	}
}

func TestCheckFinds(t *testing.T) {
	c := small(t)
	const rest = `"category": "farm", "mass": {"amount": 1, "unit": "t"}`
	for _, f := range []struct {
		values string
		want   []string
	}{
		{`{}`, []string{"value.missing values.category", "value.missing values.mass"}},
		{`{"category": null, "mass": null}`, []string{"value.missing values.category", "value.missing values.mass"}},
		{`{"category": " ", ` + rest[20:] + `}`, []string{"value.missing values.category"}},
		{`{` + rest + `, "driver": "", "price": ""}`, nil}, // blank is not said
		{`{` + rest + `, "colour": "red", "X Æ": 1}`, []string{"value.unknown_field values", "value.unknown_field values.colour"}},
		{`{"category": "wet", ` + rest[20:] + `}`, []string{"value.not_a_choice values.category"}},
		{`{"category": 7, ` + rest[20:] + `}`, []string{"value.wrong_type values.category"}},
		{`{"category": "farm", "mass": 7}`, []string{`value.wrong_type values.mass {"want":"amount and unit"}`}},
		{`{"category": "farm", "mass": {"amount": 1}}`, []string{`value.wrong_type values.mass {"want":"amount and unit"}`}},
		{`{"category": "farm", "mass": {"amount": 1, "unit": "t", "when": 2}}`, []string{`value.wrong_type values.mass {"want":"amount and unit"}`}},
		{`{"category": "farm", "mass": {"amount": 1, "unit": "stone"}}`, []string{`value.unit_unknown values.mass {"unit":"stone"}`}},
		{`{"category": "farm", "mass": {"amount": 1, "unit": "call 13900000000"}}`, []string{`value.unit_unknown values.mass`}},
		{`{"category": "farm", "mass": {"amount": 1, "unit": "m"}}`, []string{`value.unit_wrong_dimension values.mass {"unit":"m","want":"mass"}`}},
		{`{"category": "farm", "mass": {"amount": 1, "unit": "times"}}`, []string{`value.unit_wrong_dimension values.mass {"unit":"times","want":"mass"}`}},
		{`{"category": "farm", "mass": {"amount": 1, "unit": "kg"}}`, nil},
		{`{"category": "farm", "mass": {"amount": 20, "unit": "t"}}`, nil},
		{`{"category": "farm", "mass": {"amount": "20.000001", "unit": "t"}}`, []string{`value.implausible values.mass held {"limit":"20","unit":"t"}`}},
		{`{"category": "farm", "mass": {"amount": 10000, "unit": "t"}}`, []string{`value.too_large values.mass {"limit":"200","unit":"t"}`}},
		{`{"category": "farm", "mass": {"amount": 5, "unit": "kg"}, "offset": {"amount": -6, "unit": "m"}}`, []string{`value.too_small values.offset {"limit":"-5","unit":"m"}`}},
		{`{` + rest + `, "trips": 51}`, []string{`value.implausible values.trips held {"limit":"50","unit":"times"}`}},
		{`{` + rest + `, "trips": 101}`, []string{`value.too_large values.trips {"limit":"100","unit":"times"}`}},
		{`{` + rest + `, "trips": -1}`, []string{`value.negative values.trips`}},
		{`{` + rest + `, "trips": 1.5}`, []string{`value.inexact values.trips {"unit":"times"}`}},
		{`{` + rest + `, "trips": 2.0}`, nil},
		{`{` + rest + `, "trips": "3"}`, []string{`value.wrong_type values.trips {"want":"whole number"}`}},
		{`{` + rest + `, "household": "herd/7"}`, []string{`value.bad_reference values.household {"want":"household"}`}},
		{`{` + rest + `, "household": "household/"}`, []string{`value.bad_reference values.household {"want":"household"}`}},
		{`{` + rest + `, "household": ["household/1"]}`, []string{"value.wrong_type values.household"}},
		{`{` + rest + `, "covered": "true"}`, []string{`value.wrong_type values.covered {"want":"true or false"}`}},
		{`{` + rest + `, "emptied": "2025-02-29"}`, []string{"value.bad_day values.emptied"}},
		{`{` + rest + `, "emptied": "2025-06"}`, []string{"value.bad_day values.emptied"}},
		{`{` + rest + `, "price": 13220.5}`, nil},
		{`{` + rest + `, "price": 1e3}`, []string{"value.not_a_number values.price"}},
		{`{` + rest + `, "price": "-0.0"}`, []string{"value.not_a_number values.price"}},
		{`{` + rest + `, "price": true}`, []string{"value.not_a_number values.price"}},
		{`{` + rest + `, "driver": "欧阳锋锋"}`, nil},
		{`{` + rest + `, "driver": "欧阳锋锋锋"}`, []string{`value.too_long values.driver {"limit":"4"}`}},
		{`{` + rest + `, "driver": "e\u0301e\u0301e\u0301e\u0301"}`, nil}, // four letters once composed
		{`{` + rest + `, "driver": "a\u0000b"}`, []string{"value.bad_text values.driver"}},
		{`{` + rest + `, "driver": "\ud800"}`, []string{"value.bad_text values.driver"}},
		{`{` + rest + `, "driver": "a\u0007"}`, []string{"value.bad_text values.driver"}},
	} {
		_, findings := c.Check("waste.load", nil, raw(t, f.values))
		if got := told(findings); !slices.Equal(got, f.want) {
			t.Errorf("%s:\n got %q\nwant %q", f.values, got, f.want)
		}
	}
}

func TestCheckOfFacets(t *testing.T) {
	c := small(t)
	visit := raw(t, `{"household": "household/1"}`)
	load := raw(t, `{"category": "farm", "mass": {"amount": 1, "unit": "t"}, "driver": "王五"}`)
	got, findings := c.Check("waste.visit", map[record.Kind]catalog.Raw{"waste.load": load}, visit)
	if len(findings) > 0 {
		t.Fatalf("findings: %v", told(findings))
	}
	if len(got.Facets) != 1 || got.Facets[0].Values["mass"].Int != 1_000_000 || got.Personal[0].Field != "facets.waste.load.driver" {
		t.Errorf("got facets %v, personal %v", got.Facets, got.Personal)
	}
	for _, f := range []struct {
		main   record.Kind
		values catalog.Raw
		facet  record.Kind
		raw    catalog.Raw
		want   []string
	}{
		{"waste.visit", visit, "waste.load", raw(t, `{"category": "farm"}`), []string{"value.missing facets.waste.load.mass"}},
		{"waste.visit", visit, "waste.load", nil, []string{"value.missing facets.waste.load.category", "value.missing facets.waste.load.mass"}},
		{"waste.load", load, "waste.visit", visit, []string{`record.not_a_facet facets {"kind":"waste.visit"}`}},
		{"waste.load", load, "waste.load", load, []string{`record.facet_twice facets {"kind":"waste.load"}`}},
		{"waste.visit", visit, "waste.gift", nil, []string{`record.unknown_kind facets {"kind":"waste.gift"}`}},
		{"waste.visit", visit, "王五 13900000000", nil, []string{`record.unknown_kind facets`}},
		{"waste.gift", nil, "waste.load", load, []string{`record.unknown_kind {"kind":"waste.gift"}`}},
	} {
		_, findings := c.Check(f.main, map[record.Kind]catalog.Raw{f.facet: f.raw}, f.values)
		if got := told(findings); !slices.Equal(got, f.want) {
			t.Errorf("%s with facet %s:\n got %q\nwant %q", f.main, f.facet, got, f.want)
		}
	}
}

func TestCheckOfRegisterObjects(t *testing.T) {
	c := load(t)
	for _, f := range []struct {
		kind   record.Kind
		values string
		object string
		want   []string
	}{
		{"register.herd", `{"object": "herd-7", "species": "deer", "heads": 12}`, "herd-7", nil},
		{"register.herd", `{"object": "herd-7", "species": "deer", "heads": 0, "ends": true}`, "herd-7", nil},
		{"register.herd", `{"species": "deer", "heads": 12}`, "", []string{"value.missing values.object"}},
		{"register.herd", `{"object": "no/slash", "species": "deer", "heads": 1}`, "", []string{`value.bad_reference values.object {"want":"herd"}`}},
		{"register.unit", `{"object": "220323102000", "name": "伊丹镇", "class": "town"}`, "220323102", nil},
		{"register.unit", `{"object": "伊丹镇", "name": "伊丹镇", "class": "town"}`, "", []string{`value.bad_reference values.object {"want":"unit"}`}},
	} {
		got, findings := c.Check(f.kind, nil, raw(t, f.values))
		if lines := told(findings); !slices.Equal(lines, f.want) || got.Values["object"].Text != f.object {
			t.Errorf("%s %s:\n got %q %q\nwant %q %q", f.kind, f.values, got.Values["object"].Text, lines, f.object, f.want)
		}
	}
}

// TestFindingsNeverRepeatWhatWasSaid puts a telephone number wherever a client can put text.
func TestFindingsNeverRepeatWhatWasSaid(t *testing.T) {
	const secret = "13912345678"
	c := small(t)
	for _, text := range []string{
		`{"category": "` + secret + `"}`,
		`{"mass": {"amount": "` + secret + `x", "unit": "t"}}`,
		`{"mass": {"amount": 1, "unit": "` + secret + `"}}`,
		`{"mass": {"amount": ` + secret + `, "unit": "t"}}`,
		`{"trips": ` + secret + `}`,
		`{"household": "person/` + secret + `"}`,
		`{"driver": "` + secret + `"}`,
		`{"emptied": "` + secret + `"}`,
		`{"price": "` + secret + `x"}`,
		`{"` + secret + `": 1}`,
	} {
		_, findings := c.Check("waste.load", nil, raw(t, text))
		if lines := strings.Join(told(findings), "\n"); len(findings) == 0 || strings.Contains(lines, secret) {
			t.Errorf("%s: the findings repeat it or are none:\n%s", text, lines)
		}
	}
}
