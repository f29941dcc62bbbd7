package declared

import (
	"fmt"
	"io/fs"
	"path"
)

// maxFile bounds one YAML file.
const maxFile = 1 << 20

// Read reads every .yaml and .yml file of one layer, in the order of their names. Faults of form go to refused; the error
// is for a layer that cannot be read at all. Only the built-in layer may mark kinds as the system's own.
func Read(layer fs.FS, system bool, refused *Refused) (Catalog, error) {
	var d Catalog
	err := fs.WalkDir(layer, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || (path.Ext(name) != ".yaml" && path.Ext(name) != ".yml") {
			return err
		}
		text, err := fs.ReadFile(layer, name)
		if err != nil {
			return err
		}
		if len(text) > maxFile {
			refused.Add(Position{name, 1}, "%d bytes, more than %d", len(text), maxFile)
			return nil
		}
		r := reader{file: name, system: system, refused: refused, into: &d}
		r.read(text)
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("read catalog: %w", err)
	}
	return d, nil
}

// Overlay puts a layer over what the layers below it gave: a definition replaces the whole definition of that name, in its
// place. A name that stands twice within the layer is refused, and so is a unit that changes its meaning.
func Overlay(below, layer Catalog, refused *Refused) Catalog {
	steady(below.Units, layer.Units, refused)
	return Catalog{
		Dimensions: merge("dimension", below.Dimensions, layer.Dimensions, refused),
		Units:      merge("unit", below.Units, layer.Units, refused),
		Parts:      merge("part", below.Parts, layer.Parts, refused),
		Measures:   merge("measure", below.Measures, layer.Measures, refused),
		Kinds:      merge("kind", below.Kinds, layer.Kinds, refused),
		Registers:  merge("register", below.Registers, layer.Registers, refused),
		Figures:    merge("figure", below.Figures, layer.Figures, refused),
		Guards:     merge("guard", below.Guards, layer.Guards, refused),
	}
}

// steady refuses to give a unit another meaning: labels may change from layer to layer, what a word weighs may not.
func steady(below, layer []Unit, refused *Refused) {
	known := make(map[string]Unit, len(below)+len(layer))
	for _, u := range below {
		known[u.Name.Text] = u
	}
	for _, u := range layer {
		was, found := known[u.Name.Text]
		if found && (was.Dimension.Text != u.Dimension.Text || was.Steps.N != u.Steps.N) {
			refused.Add(u.Name.At, "unit clash: %s is %s × %d here, %s × %d at %s",
				u.Name.Text, u.Dimension.Text, u.Steps.N, was.Dimension.Text, was.Steps.N, was.Name.At)
		}
		known[u.Name.Text] = u
	}
}

func merge[T interface{ Called() Word }](noun string, below, layer []T, refused *Refused) []T {
	out := append([]T(nil), below...)
	at := map[string]int{}
	for i, d := range out {
		at[d.Called().Text] = i
	}
	seen := map[string]Position{}
	for _, d := range layer {
		name := d.Called()
		if first, twice := seen[name.Text]; twice {
			refused.Add(name.At, "%s %s is defined twice, first at %s", noun, name.Text, first)
			continue
		}
		seen[name.Text] = name.At
		if i, found := at[name.Text]; found {
			out[i] = d
			continue
		}
		at[name.Text] = len(out)
		out = append(out, d)
	}
	return out
}
