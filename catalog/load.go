package catalog

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
)

// maxFile bounds one YAML file.
const maxFile = 1 << 20

//go:embed standard/*.yaml
var standard embed.FS

// Standard gives the catalog that the program is shipped with.
func Standard() (*Catalog, error) {
	layer, err := StandardLayer()
	if err != nil {
		return nil, err
	}
	return Load(layer)
}

// StandardLayer gives the shipped YAML files as the lowest layer for [Load]; a county's own folder comes after it.
func StandardLayer() (fs.FS, error) {
	layer, err := fs.Sub(standard, "standard")
	if err != nil {
		return nil, fmt.Errorf("open the standard catalog: %w", err)
	}
	return layer, nil
}

// Load reads every .yaml and .yml file of each layer, in the order of their names. A definition in a later layer replaces
// the whole definition of that name in earlier ones, in its place. Any fault refuses the catalog; the error is a
// [Refused] that lists all of them.
func Load(layers ...fs.FS) (*Catalog, error) {
	var refused Refused
	var all declared
	for _, layer := range layers {
		d, err := readLayer(layer, false, &refused)
		if err != nil {
			return nil, err
		}
		all = overlay(all, d, &refused)
	}
	c, err := compile(all, refused...)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func readLayer(layer fs.FS, system bool, refused *Refused) (declared, error) {
	var d declared
	err := fs.WalkDir(layer, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || (path.Ext(name) != ".yaml" && path.Ext(name) != ".yml") {
			return err
		}
		text, err := fs.ReadFile(layer, name)
		if err != nil {
			return err
		}
		if len(text) > maxFile {
			refused.add(position{name, 1}, "%d bytes, more than %d", len(text), maxFile)
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

// overlay puts a layer over what the layers below it gave.
func overlay(below, layer declared, refused *Refused) declared {
	steady(below.Units, layer.Units, refused)
	return declared{
		Dimensions: merge("dimension", below.Dimensions, layer.Dimensions, refused),
		Units:      merge("unit", below.Units, layer.Units, refused),
		Parts:      merge("part", below.Parts, layer.Parts, refused),
		Measures:   merge("measure", below.Measures, layer.Measures, refused),
		Kinds:      merge("kind", below.Kinds, layer.Kinds, refused),
		Registers:  merge("register", below.Registers, layer.Registers, refused),
		Figures:    merge("figure", below.Figures, layer.Figures, refused),
	}
}

// steady refuses to give a unit another meaning: labels may change from layer to layer, what a word weighs may not.
func steady(below, layer []declaredUnit, refused *Refused) {
	at := index(below, func(u declaredUnit) string { return u.Name.text })
	for i, u := range layer {
		if was, found := pick(below, at, u.Name.text); found && !u.same(was) {
			refused.add(u.Name.at, "unit clash: %s is %s × %d here, %s × %d at %s",
				u.Name.text, u.Dimension.text, u.Steps.n, was.Dimension.text, was.Steps.n, was.Name.at)
		}
		for _, was := range layer[:i] {
			if was.Name.text == u.Name.text && !u.same(was) {
				refused.add(u.Name.at, "unit clash: %s is %s × %d here, %s × %d at %s",
					u.Name.text, u.Dimension.text, u.Steps.n, was.Dimension.text, was.Steps.n, was.Name.at)
			}
		}
	}
}

func (d declaredUnit) same(other declaredUnit) bool {
	return d.Dimension.text == other.Dimension.text && d.Steps.n == other.Steps.n
}

// merge replaces and appends by name; a name that stands twice within the layer is refused.
func merge[T interface{ named() word }](noun string, below, layer []T, refused *Refused) []T {
	out := append([]T(nil), below...)
	at := index(out, func(d T) string { return d.named().text })
	seen := map[string]position{}
	for _, d := range layer {
		name := d.named()
		if first, twice := seen[name.text]; twice {
			refused.add(name.at, "%s %s is defined twice, first at %s", noun, name.text, first)
			continue
		}
		seen[name.text] = name.at
		if i, found := at[name.text]; found {
			out[i] = d
			continue
		}
		at[name.text] = len(out)
		out = append(out, d)
	}
	return out
}
