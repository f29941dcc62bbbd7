package app

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"qingshan/catalog"
	"qingshan/fault"
)

// TestACatalogMayNotChangeWhatOldFactsMean overlays the standard catalog with one changed definition at a time.
func TestACatalogMayNotChangeWhatOldFactsMean(t *testing.T) {
	standard, err := catalog.Standard()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file, from, to, code string
	}{
		{"nothing but a label", "standard/units.yaml", "zh: 斤, en: jin}", "zh: 市斤, en: jin}", ""},
		{"the count unit", "standard/party.yaml", "unit: problem,", "unit: times,", "catalog.measure_changed"},
		{"the basis", "standard/clean-up.yaml", "unit: machine, basis: as reported", "unit: machine, basis: sum", "catalog.measure_changed"},
		{"the aggregator", "standard/clean-up.yaml", "unit: machine, basis: as reported", "unit: machine, basis: stock", "catalog.measure_changed"},
		{"what a unit weighs", "standard/units.yaml", "jin: {dimension: mass, steps: 500,", "jin: {dimension: mass, steps: 600,", "catalog.unit_changed"},
	} {
		other, err := catalog.Load(altered(t, c.file, c.from, c.to))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got := ""
		if err := agree(standard, other); err != nil {
			got = fault.Of(err).Code
		}
		if got != c.code {
			t.Errorf("%s changed: got %q, want %q", c.name, got, c.code)
		}
	}
}

// altered gives the standard catalog's files with a text replaced.
func altered(t *testing.T, file, from, to string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(catalog.StandardFiles(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(catalog.StandardFiles(), name)
		out[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text := string(out[file].Data)
	if !strings.Contains(text, from) {
		t.Fatalf("%s has no %q", file, from)
	}
	out[file].Data = []byte(strings.ReplaceAll(text, from, to))
	return out
}
