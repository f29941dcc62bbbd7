package catalog_test

import (
	"testing"

	"qingshan/catalog"
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
