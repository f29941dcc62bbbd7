package catalog

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"qingshan/internal/digest"
	"qingshan/record"
)

// Raw is what a client said of one kind, field by field, before anything is converted.
type Raw = map[string]json.RawMessage

// Checked is what was said, converted: integers in base units, canonical words. In Values and Facets a personal value is
// a placeholder; the value itself stands in Personal, whose Subject the door fills in.
type Checked struct {
	Values   record.Values
	Facets   []record.Facet
	Personal []record.Personal
}

// Check converts the values of a record and its facets and says what is wrong with them; with a fatal finding the result
// is of no use. A withdrawal has no values and is not checked. A finding names the field as "values.NAME" or
// "facets.KIND.NAME" and never repeats what was said, which may be personal.
func (c *Catalog) Check(kind record.Kind, facets map[record.Kind]Raw, values Raw) (Checked, []record.Finding) {
	k, found := c.Kind(kind)
	if !found {
		return Checked{}, []record.Finding{{Code: "record.unknown_kind", Grade: record.Fatal, Data: kindData(kind)}}
	}
	s := &scrutiny{catalog: c}
	s.out.Values = s.fields(k, "values.", values)
	for _, name := range sortedKinds(facets) {
		s.facet(kind, name, facets[name])
	}
	return s.out, s.findings
}

// kindData names a kind in a finding, if it has the form of one.
func kindData(kind record.Kind) map[string]string {
	if _, err := record.ParseKind(string(kind)); err != nil {
		return nil
	}
	return map[string]string{"kind": string(kind)}
}

func sortedKinds(facets map[record.Kind]Raw) []record.Kind {
	names := make([]record.Kind, 0, len(facets))
	for name := range facets {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// scrutiny is the work on one record.
type scrutiny struct {
	catalog  *Catalog
	out      Checked
	findings []record.Finding
}

// mostUnknown bounds how many unknown fields are named one by one.
const mostUnknown = 10

func (s *scrutiny) find(code, field string, data map[string]string) {
	s.findings = append(s.findings, record.Finding{Code: code, Grade: record.Fatal, Field: field, Data: data})
}

func (s *scrutiny) facet(main, name record.Kind, raw Raw) {
	k, found := s.catalog.Kind(name)
	switch {
	case !found:
		s.find("record.unknown_kind", "facets", kindData(name))
	case name == main:
		s.find("record.facet_twice", "facets", kindData(name))
	case !k.Facet:
		s.find("record.not_a_facet", "facets", kindData(name))
	default:
		values := s.fields(k, "facets."+string(name)+".", raw)
		s.out.Facets = append(s.out.Facets, record.Facet{Kind: name, Values: values})
	}
}

// fields converts what was said of one kind, in the order of its fields.
func (s *scrutiny) fields(k Kind, prefix string, raw Raw) record.Values {
	values := record.Values{}
	for _, f := range k.Fields {
		text := bytes.TrimSpace(raw[f.Name])
		if unsaid(text) {
			if f.Required {
				s.find("value.missing", prefix+f.Name, nil)
			}
			continue
		}
		v, code, data := s.value(k, f, text)
		if code != "" {
			s.find(code, prefix+f.Name, data)
			continue
		}
		s.hold(f, v, prefix)
		if f.Personal {
			s.out.Personal = append(s.out.Personal, record.Personal{Field: prefix + f.Name, Value: v})
			v = record.Sealed(digest.Hash{})
		}
		values[f.Name] = v
	}
	s.strangers(k, prefix, raw)
	return values
}

// unsaid tells whether nothing was said: absent, null and blank text are one.
func unsaid(raw []byte) bool {
	if len(raw) == 0 || string(raw) == "null" {
		return true
	}
	inner, opened := bytes.CutPrefix(raw, []byte{'"'})
	inner, closed := bytes.CutSuffix(inner, []byte{'"'})
	return opened && closed && len(bytes.TrimSpace(inner)) == 0
}

// strangers refuses fields that the kind does not have; only names in the form of a name are repeated.
func (s *scrutiny) strangers(k Kind, prefix string, raw Raw) {
	var names []string
	for name := range raw {
		if _, found := k.Field(name); found {
			continue
		}
		if !plainForm.MatchString(name) {
			name = ""
		}
		names = append(names, name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for i, name := range names {
		if i == mostUnknown {
			break
		}
		s.find("value.unknown_field", strings.TrimSuffix(prefix+name, "."), nil)
	}
}

// hold marks what is possible and not likely: the record is kept and counts once somebody confirms it.
func (s *scrutiny) hold(f Field, v record.Value, prefix string) {
	if f.HoldAbove == nil || v.Int <= *f.HoldAbove {
		return
	}
	s.findings = append(s.findings, record.Finding{
		Code:  "value.implausible",
		Grade: record.Held,
		Field: prefix + f.Name,
		Data:  s.limitData(f, *f.HoldAbove),
	})
}

// value converts one value; a code says why it cannot be.
func (s *scrutiny) value(k Kind, f Field, raw []byte) (record.Value, string, map[string]string) {
	switch f.Type {
	case TypeQuantity:
		return s.quantity(f, raw)
	case TypeCount:
		return s.count(f, raw)
	case TypeBool:
		return truth(raw)
	case TypeDecimal:
		return decimal(raw)
	}
	text, code := said(raw)
	if code != "" {
		return record.Value{}, code, nil
	}
	switch f.Type {
	case TypeChoice:
		if !f.Takes(text) {
			return record.Value{}, "value.not_a_choice", nil
		}
		return record.Text(text), "", nil
	case TypeRef:
		return reference(f, text)
	case TypeRecord:
		if _, err := record.ParseID(text); err != nil {
			return record.Value{}, "value.bad_record", nil
		}
		return record.Text(text), "", nil
	case TypeDay:
		day, err := record.ParseDay(text)
		if err != nil {
			return record.Value{}, "value.bad_day", nil
		}
		return record.Text(day.String()), "", nil
	default:
		return freeText(k, f, text)
	}
}

// quantity reads {"amount": "1.25", "unit": "t"} and converts it exactly.
func (s *scrutiny) quantity(f Field, raw []byte) (record.Value, string, map[string]string) {
	var in struct {
		Amount json.RawMessage `json:"amount"`
		Unit   *string         `json:"unit"`
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if raw[0] != '{' || dec.Decode(&in) != nil || in.Unit == nil || len(in.Amount) == 0 {
		return record.Value{}, "value.wrong_type", map[string]string{"want": "amount and unit"}
	}
	u, found := s.catalog.Unit(*in.Unit)
	if !found {
		return record.Value{}, "value.unit_unknown", unitData(*in.Unit)
	}
	if u.Dimension != f.Dimension {
		return record.Value{}, "value.unit_wrong_dimension", map[string]string{"unit": u.Word, "want": f.Dimension}
	}
	text := string(in.Amount)
	if text[0] == '"' {
		var code string
		if text, code = said(in.Amount); code != "" {
			return record.Value{}, notANumber, nil
		}
	}
	return s.amount(f, text, u)
}

// unitData repeats an unknown unit only where it has the form of a unit's word.
func unitData(unit string) map[string]string {
	if !plainForm.MatchString(unit) {
		return nil
	}
	return map[string]string{"unit": unit}
}

func (s *scrutiny) count(f Field, raw []byte) (record.Value, string, map[string]string) {
	if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return record.Value{}, "value.wrong_type", map[string]string{"want": "whole number"}
	}
	u, _ := s.catalog.Unit(f.CountUnit)
	u.Steps = 1
	return s.amount(f, string(raw), u)
}

func (s *scrutiny) amount(f Field, text string, u Unit) (record.Value, string, map[string]string) {
	n, code := baseUnits(text, u.Steps)
	switch {
	case code == tooSmall && *f.Min >= 0:
		return record.Value{}, negative, nil
	case code == tooLarge && f.Max == nil:
		return record.Value{}, code, nil
	case code == tooLarge:
		return record.Value{}, code, s.limitData(f, *f.Max)
	case code != "":
		return record.Value{}, code, map[string]string{"unit": u.Word}
	case n < 0 && *f.Min >= 0:
		return record.Value{}, negative, nil
	case n < *f.Min:
		return record.Value{}, tooSmall, s.limitData(f, *f.Min)
	case f.Max != nil && n > *f.Max:
		return record.Value{}, tooLarge, s.limitData(f, *f.Max)
	}
	return record.Int(n), "", nil
}

// limitData shows a limit in the largest unit of the field's dimension that says it with whole numbers.
func (s *scrutiny) limitData(f Field, limit int64) map[string]string {
	if f.Type == TypeCount {
		return map[string]string{"limit": strconv.FormatInt(limit, 10), "unit": f.CountUnit}
	}
	best := Unit{Steps: 0}
	for _, u := range s.catalog.Units() {
		if u.Dimension == f.Dimension && limit%u.Steps == 0 && u.Steps > best.Steps && (limit != 0 || u.Steps == 1) {
			best = u
		}
	}
	if best.Steps == 0 {
		return nil
	}
	return map[string]string{"limit": best.Format(limit), "unit": best.Word}
}

func truth(raw []byte) (record.Value, string, map[string]string) {
	switch string(raw) {
	case "true":
		return record.Bool(true), "", nil
	case "false":
		return record.Bool(false), "", nil
	default:
		return record.Value{}, "value.wrong_type", map[string]string{"want": "true or false"}
	}
}

// decimal keeps a number as the text it was said in, as text or as a number without exponent.
func decimal(raw []byte) (record.Value, string, map[string]string) {
	text := string(raw)
	if raw[0] == '"' {
		var code string
		if text, code = said(raw); code != "" {
			return record.Value{}, code, nil
		}
	}
	if !plainDecimal(text) {
		return record.Value{}, notANumber, nil
	}
	return record.Text(text), "", nil
}

// said reads a JSON string and refuses damaged text: replacement characters and control characters but line ends and tabs.
func said(raw []byte) (string, string) {
	if raw[0] != '"' {
		return "", "value.wrong_type"
	}
	var text string
	if !utf8.Valid(raw) || json.Unmarshal(raw, &text) != nil {
		return "", "value.bad_text"
	}
	for _, r := range text {
		if r == unicode.ReplacementChar || (unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t') {
			return "", "value.bad_text"
		}
	}
	return norm.NFC.String(text), ""
}

// reference reads "kind/id" into the register that the field names; unit codes are brought to their canonical length.
func reference(f Field, text string) (record.Value, string, map[string]string) {
	ref, err := record.ParseRef(text)
	if err != nil || ref.Kind != f.Refs {
		return record.Value{}, "value.bad_reference", map[string]string{"want": f.Refs}
	}
	id, ok := objectID(ref.Kind, ref.ID)
	if !ok {
		return record.Value{}, "value.bad_reference", map[string]string{"want": f.Refs}
	}
	return record.Text(ref.Kind + "/" + id), "", nil
}

// objectID checks the id of an object; units and grids go by their codes.
func objectID(kind, id string) (string, bool) {
	if kind != "unit" && kind != "grid" {
		_, err := record.ParseRef(kind + "/" + id)
		return id, err == nil
	}
	code, err := record.ParseUnitCode(id)
	return string(code), err == nil
}

func freeText(k Kind, f Field, text string) (record.Value, string, map[string]string) {
	if k.Register != "" && f.Name == FieldObject {
		id, ok := objectID(k.Register, text)
		if !ok {
			return record.Value{}, "value.bad_reference", map[string]string{"want": k.Register}
		}
		return record.Text(id), "", nil
	}
	if utf8.RuneCountInString(text) > f.MaxRunes {
		return record.Value{}, "value.too_long", map[string]string{"limit": strconv.Itoa(f.MaxRunes)}
	}
	return record.Text(text), "", nil
}
