package catalog

import (
	"embed"
	"fmt"
	"io/fs"
	"sync"

	"qingshan/catalog/declared"
)

//go:embed standard/*.yaml
var standard embed.FS

//go:embed system/*.yaml
var system embed.FS

// Refused is the error of [Load] and [Decode] for a catalog with faults: all of them, each with file, line and reason.
type Refused = declared.Refused

// Standard gives the catalog that the program is shipped with.
func Standard() (*Catalog, error) { return Load(StandardFiles()) }

// StandardFiles gives the shipped YAML files as the lowest layer for [Load]; a county's own folder comes after it.
func StandardFiles() fs.FS { return standard }

// Load reads every .yaml and .yml file of each layer, in the order of their names. A definition in a later layer replaces
// the whole definition of that name in earlier ones, in its place. Any fault refuses the catalog; the error is then a
// [Refused].
func Load(layers ...fs.FS) (*Catalog, error) {
	var refused Refused
	var all declared.Catalog
	for _, layer := range layers {
		d, err := declared.Read(layer, false, &refused)
		if err != nil {
			return nil, err
		}
		all = declared.Overlay(all, d, &refused)
	}
	return compile(all, refused)
}

// Decode reads a body that [Catalog.Body] wrote. It checks everything that [Load] checks and refuses a text that is not
// canonical, so the hash of what it gives is the hash of what it was given.
func Decode(body []byte) (*Catalog, error) {
	var refused Refused
	d, err := declared.Parse(body, &refused)
	if err != nil {
		return nil, fmt.Errorf("decode catalog: %w", err)
	}
	c, err := compile(d, refused)
	if err != nil {
		return nil, fmt.Errorf("decode catalog: %w", err)
	}
	return c, nil
}

// System gives the built-in catalog: the kinds in which the system itself speaks, and nothing else. It exists before any
// catalog is published, so entry 0 of every book can stand under it.
func System() *Catalog { return systemOnce() }

var systemOnce = sync.OnceValue(func() *Catalog {
	var refused Refused
	d, err := declared.Read(system, true, &refused)
	if err != nil {
		panic("catalog: the built-in catalog cannot be read: " + err.Error())
	}
	c, err := compile(declared.Overlay(declared.Catalog{}, d, &refused), refused)
	if err != nil {
		panic("catalog: the built-in catalog is refused: " + err.Error())
	}
	return c
})
