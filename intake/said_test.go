package intake

import (
	"fmt"
	"strings"
	"testing"

	"qingshan/internal/strictjson"
	"qingshan/record"
)

const anID = "01973f6e-2f00-7000-8000-000000000001"

func parse(t testing.TB, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(text), strictjson.Limits{Depth: 16, Values: 10000})
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// with gives a good record with one key replaced or added.
func with(key, value string) string {
	members := map[string]string{"id": `"` + anID + `"`, "kind": `"waste.load"`, "observed": `"2025-06-03"`}
	members[key] = value
	var parts []string
	for name, raw := range members {
		if raw != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", name, raw))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func TestReadSaidRefuses(t *testing.T) {
	for _, c := range []struct{ text, code, field string }{
		{`[]`, "record.not_an_object", ""},
		{`"x"`, "record.not_an_object", ""},
		{with("vaules", `{}`), "record.unknown_key", "vaules"},
		{with("张三", `{}`), "record.unknown_key", ""},
		{with("Kind", `"x"`), "record.unknown_key", ""},
		{with("id", ``), "record.id_missing", "id"},
		{with("id", `null`), "record.id_missing", "id"},
		{with("id", `7`), "record.bad_id", "id"},
		{with("id", `"01973F6E-2F00-7000-8000-000000000001"`), "record.bad_id", "id"},
		{with("id", `"01973f6e-2f00-4000-8000-000000000001"`), "record.bad_id", "id"},
		{with("external", `"a-1"`), "record.two_ids", "id"},
		{`{"external":" ","kind":"a","observed":"2025"}`, "record.bad_external", "external"},
		{`{"external":7,"kind":"a","observed":"2025-06"}`, "record.bad_external", "external"},
		{with("kind", ``), "record.kind_missing", "kind"},
		{with("kind", `"Waste"`), "record.bad_kind", "kind"},
		{with("kind", `1`), "record.bad_kind", "kind"},
		{with("observed", ``), "observed.missing", "observed"},
		{with("observed", `"2025"`), "observed.bad", "observed"},
		{with("observed", `"2025-02-30"`), "observed.bad", "observed"},
		{with("observed", `"2025-06-03T09:12:00"`), "observed.bad", "observed"},
		{with("observed", `1748912400`), "observed.bad", "observed"},
		{with("by", `"Zhang San"`), "person.bad_reference", "by"},
		{with("by", `""`), "person.bad_reference", "by"},
		{with("amends", `"x"`), "amends.bad", "amends"},
		{with("amends", `"`+anID+`"`), "amends.itself", "amends"},
		{with("about", `"unit/220323102"`), "record.wrong_type", "about"},
		{with("about", `["220323102"]`), "reference.bad", "about"},
		{with("about", `["unit/22032310"]`), "reference.bad", "about"},
		{with("about", `[7]`), "reference.bad", "about"},
		{with("about", `[`+strings.Repeat(`"herd/a",`, 32)+`"herd/b"]`), "record.too_many_items", "about"},
		{with("evidence", `["abc"]`), "evidence.bad", "evidence"},
		{with("values", `[]`), "record.wrong_type", "values"},
		{with("facets", `[]`), "record.wrong_type", "facets"},
		{with("facets", `{"River":{}}`), "record.bad_kind", "facets"},
		{with("facets", `{"river.patrol":1}`), "record.wrong_type", "facets.river.patrol"},
		{with("where", `[1,2]`), "record.wrong_type", "where"},
		{with("where", `{"lat":43.1,"lon":125.3}`), "where.incomplete", "where.datum"},
		{with("where", `{"lat":43.1,"datum":"wgs84"}`), "where.incomplete", "where.lon"},
		{with("where", `{"lat":"43.1","lon":125.3,"datum":"wgs84"}`), "where.bad", "where.lat"},
		{with("where", `{"lat":143.1,"lon":125.3,"datum":"wgs84"}`), "where.bad", "where.lat"},
		{with("where", `{"lat":43.1,"lon":1e400,"datum":"wgs84"}`), "where.bad", "where.lon"},
		{with("where", `{"lat":43.1,"lon":125.3,"accuracy":-1,"datum":"wgs84"}`), "where.bad", "where"},
		{with("where", `{"lat":0,"lon":0,"datum":"wgs84"}`), "where.no_fix", "where"},
		{with("where", `{"lat":43.1,"lon":125.3,"datum":"gcj02"}`), "where.datum_unknown", "where.datum"},
		{with("where", `{"lat":43.1,"lon":125.3,"datum":"wgs84","alt":3}`), "record.unknown_key", "where.alt"},
	} {
		_, findings := readSaid(parse(t, c.text), record.ChannelAPI, record.ID{})
		if len(findings) == 0 || findings[0].Code != c.code || findings[0].Field != c.field || findings[0].Grade != record.Fatal {
			t.Errorf("readSaid(%.200s)\n got %+v\nwant %s at %q", c.text, findings, c.code, c.field)
		}
	}
}

func TestReadSaidReads(t *testing.T) {
	text := `{"external":"load-7","kind":"waste.load","observed":"2025-06-03T09:12:00+08:00",
		"about":["unit/220323102210","herd/b","unit/220323102210","grid/220323102210-01","unit/220323102000"],"by":"p-1",
		"where":{"lat":43.12345678,"lon":-1.25e2,"accuracy":80.5,"datum":"cgcs2000"},
		"values":{"mass":{"amount":1.50,"unit":"t"}},"facets":{"river.patrol":{}},"evidence":["` + strings.Repeat("ab", 32) + `"],
		"amends":"` + anID + `"}`
	s, findings := readSaid(parse(t, text), record.ChannelAPI, record.ID{})
	if len(findings) != 1 || findings[0].Code != "where.uncertain" || findings[0].Grade != record.Note || findings[0].Data["metres"] != "80" {
		t.Errorf("findings: got %+v, want a note on the position", findings)
	}
	if want := record.HashID(record.ChannelAPI, "load-7"); s.id != want {
		t.Errorf("id: got %s, want %s", s.id, want)
	}
	if got, want := fmt.Sprint(s.about), "[grid/220323102210-01 herd/b unit/220323102 unit/220323102210]"; got != want {
		t.Errorf("about: got %s, want %s", got, want)
	}
	if got, want := fmt.Sprintf("%+v", *s.where), "{Lat:431234568 Lon:-1250000000 AccuracyMM:80500 Source:cgcs2000}"; got != want {
		t.Errorf("where: got %s, want %s", got, want)
	}
	if got := string(s.values["mass"]); got != `{"amount":1.50,"unit":"t"}` {
		t.Errorf("values: got %s; the amount must stay as it was written", got)
	}
	if s.withdraws() || s.by != "p-1" || len(s.facets) != 1 || len(s.evidence) != 1 || s.amends.String() != anID || s.observed.At != 1748913120000 {
		t.Errorf("got %+v", s)
	}
}

// FuzzReadSaid holds that any JSON is read or refused with findings, that these do not repeat it, and that what is read
// has one id.
func FuzzReadSaid(f *testing.F) {
	f.Add(with("where", `{"lat":43.1,"lon":125.3,"accuracy":8,"datum":"wgs84"}`))
	f.Add(with("about", `["unit/220323102210","herd/x"]`))
	f.Add(with("facets", `{"river.patrol":{"reach":"reach/7"}}`))
	f.Add(with("values", `{"driver":"secret-7713"}`))
	f.Add(with("secret-7713", `"secret-7713"`))
	f.Add(`{"external":"secret-7713"}`)
	f.Add(`[{"id":null}]`)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := strictjson.Parse([]byte(text), strictjson.Limits{Depth: 16, Values: 10000})
		if err != nil {
			return
		}
		s, findings := readSaid(v, record.ChannelAPI, record.ID{})
		fatal := false
		for _, finding := range findings {
			fatal = fatal || finding.Grade == record.Fatal
			if strings.Contains(fmt.Sprint(finding), "secret-7713") {
				t.Fatalf("readSaid(%q) repeats what was said: %+v", text, finding)
			}
		}
		if !fatal && (s.id.Zero() || s.kind == "" || s.observed.Precision == 0) {
			t.Fatalf("readSaid(%q) lets pass %+v", text, s)
		}
	})
}
