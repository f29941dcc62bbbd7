package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"qingshan/catalog"
	"qingshan/fact"
	"qingshan/record"
)

// load gives the standard catalog or ends the test.
func load(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Standard()
	if err != nil {
		t.Fatalf("the standard catalog is refused:\n%v", err)
	}
	return c
}

func TestStandardLoadsAndSurvivesItsBody(t *testing.T) {
	for name, c := range map[string]*catalog.Catalog{"standard": load(t), "system": catalog.System()} {
		again, err := catalog.Decode(c.Body())
		if err != nil {
			t.Fatalf("%s: decode its own body: %v", name, err)
		}
		if again.Hash() != c.Hash() {
			t.Errorf("%s: hash after the round trip %s, want %s", name, again.Hash(), c.Hash())
		}
	}
}

// TestStandardCountsWhatItPublishes: a figure whose measures no kind emits would stand at zero for ever.
func TestStandardCountsWhatItPublishes(t *testing.T) {
	c := load(t)
	emitted := map[fact.Measure]bool{}
	for _, k := range c.Kinds() {
		for _, e := range k.Emits {
			if e.By == "" {
				emitted[e.Measure] = true
				continue
			}
			by, _ := k.Field(e.By)
			for _, choice := range by.Choices {
				emitted[e.Measure+"."+fact.Measure(choice.Word)] = true
			}
		}
	}
	counted := 0
	for _, f := range c.Figures() {
		for _, m := range f.Of {
			counted++
			if !emitted[m] {
				t.Errorf("figure %s counts %s, which no kind emits", f.Code, m)
			}
		}
	}
	if counted == 0 {
		t.Error("no figure counts anything")
	}
}

func TestStandardHoldsNothingOfTheSystem(t *testing.T) {
	c := load(t)
	for _, k := range catalog.System().Kinds() {
		if !k.System {
			t.Errorf("%s of the built-in catalog is not marked as the system's", k.Name)
		}
		if _, found := c.Kind(k.Name); found {
			t.Errorf("%s stands in the standard catalog too", k.Name)
		}
	}
	for _, k := range c.Kinds() {
		if k.System {
			t.Errorf("%s of the standard catalog is marked as the system's", k.Name)
		}
	}
}

func TestSystemTakesWhatTheSystemSays(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for kind, values := range map[record.Kind]string{
		catalog.KindBookOpened:       `{"unit": "220323102", "parent": "220323"}`,
		catalog.KindBookAdopted:      `{"source": "220323", "size": 0, "root": "` + hash + `", "catalog": "` + hash + `"}`,
		catalog.KindCatalogPublished: `{"catalog": "` + hash + `"}`,
		catalog.KindPersonalErased:   `{"subject": "person/p-00c0ffee", "reason": "本人申请"}`,
		catalog.KindRecordConfirmed:  `{"record": "01890a5d-ac96-774b-bcce-b302099a8057"}`,
	} {
		if _, findings := catalog.System().Check(kind, nil, raw(t, values)); len(findings) > 0 {
			t.Errorf("%s %s: %v", kind, values, told(findings))
		}
	}
}

func TestStandardNamesRecordsByTheirOneSpelling(t *testing.T) {
	c := load(t)
	for id, want := range map[string][]string{
		"01890a5d-ac96-774b-bcce-b302099a8057":          nil,
		"01890A5D-AC96-774B-BCCE-B302099A8057":          {"value.bad_record values.problem"},
		"{01890a5d-ac96-774b-bcce-b302099a8057}":        {"value.bad_record values.problem"},
		"urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057": {"value.bad_record values.problem"},
		" 01890a5d-ac96-774b-bcce-b302099a8057":         {"value.bad_record values.problem"},
		"problem 7":                                     {"value.bad_record values.problem"},
	} {
		_, findings := c.Check("river.problem_closed", nil, raw(t, `{"problem": "`+id+`", "result": "removed"}`))
		if got := told(findings); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", id, got, want)
		}
	}
}

func TestStandardPeopleAndHouseholdsHaveOpaqueIDs(t *testing.T) {
	c := load(t)
	for _, r := range c.Registers() {
		if want := r.Name == "person" || r.Name == "household"; r.Kind.Opaque != want {
			t.Errorf("register %s: opaque %t, want %t", r.Name, r.Kind.Opaque, want)
		}
	}
	for id, want := range map[string]bool{
		"p-3fa81c09": true, "h-00000001": true, "01890a5d-ac96-774b-bcce-b302099a8057": true,
		"p-3fa81c0": false, "zhang-san": false, "220322196001011234": false, "p-3FA81C09": false, "pp-3fa81c09": false, "": false, "operator": false,
	} {
		if got := catalog.OpaqueID(id); got != want {
			t.Errorf("%q: got %t, want %t", id, got, want)
		}
	}
}
