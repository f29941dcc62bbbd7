package catalog_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"qingshan/catalog"
	"qingshan/record"
)

// FuzzLoad feeds any text as a catalog: it is refused with a place and a reason for each fault, or it survives its body.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(guarded))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := catalog.Load(layer("fuzz.yaml", string(text)))
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				if !strings.HasPrefix(line, "fuzz.yaml:") || strings.HasPrefix(line, "fuzz.yaml:0:") {
					t.Errorf("a fault without its place: %q", line)
				}
			}
			return
		}
		again, err := catalog.Decode(c.Body())
		if err != nil {
			t.Fatalf("decode the body %s: %v", c.Body(), err)
		}
		if again.Hash() != c.Hash() {
			t.Errorf("another hash after the round trip:\n%s\n%s", c.Body(), again.Body())
		}
	})
}

// FuzzDecode feeds any text as a body: what is taken is canonical, so it has one hash.
func FuzzDecode(f *testing.F) {
	f.Add(small(f).Body())
	f.Add(guards(f).Body())
	f.Add(catalog.System().Body())
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := catalog.Decode(text)
		if err == nil && !bytes.Equal(c.Body(), text) {
			t.Errorf("taken, but not canonical:\n%s\n%s", text, c.Body())
		}
	})
}

// FuzzCheck feeds any text as the values of a record and as the value of each field: no panic, and what passes keeps the
// promises of its fields and can be written canonically.
func FuzzCheck(f *testing.F) {
	c := small(f)
	k, _ := c.Kind("waste.load")
	f.Add(`{"category": "farm", "mass": {"amount": "1.5", "unit": "t"}, "driver": "王五", "trips": 2}`)
	f.Fuzz(func(t *testing.T, text string) {
		var values catalog.Raw
		if json.Unmarshal([]byte(text), &values) != nil {
			values = catalog.Raw{}
			for _, field := range k.Fields {
				values[field.Name] = json.RawMessage(text)
			}
		}
		got, findings := c.Check(k.Name, map[record.Kind]catalog.Raw{record.Kind(text): values}, values)
		if len(findings) == 0 {
			t.Errorf("a facet that is no kind or the kind itself passes: %q", text)
		}
		keepsPromises(t, k, got)
	})
}

func keepsPromises(t *testing.T, k catalog.Kind, got catalog.Checked) {
	for name, v := range got.Values {
		f, found := k.Field(name)
		if !found {
			t.Fatalf("a value of the unknown field %q", name)
		}
		if f.Type == catalog.TypeQuantity || f.Type == catalog.TypeCount {
			if v.Int < *f.Min || f.Max != nil && v.Int > *f.Max {
				t.Errorf("%s: %d lies outside %d to %v", name, v.Int, *f.Min, f.Max)
			}
		}
		if v.Shape == record.IsSealed {
			continue // a placeholder: the ledger commits to the personal value below
		}
		if _, err := v.Canonical(); err != nil {
			t.Errorf("%s: %v cannot be written: %v", name, v, err)
		}
	}
	for _, p := range got.Personal {
		if _, err := p.Value.Canonical(); err != nil {
			t.Errorf("%s: the personal value cannot be written: %v", p.Field, err)
		}
	}
}
