package catalog

import (
	"embed"
	"sync"
)

//go:embed system/system.yaml
var builtIn embed.FS

// System gives the built-in catalog: the kinds in which the system itself speaks, and nothing else. It exists before any
// catalog is published, so entry 0 of every book can stand under it.
func System() *Catalog { return systemOnce() }

var systemOnce = sync.OnceValue(func() *Catalog {
	var refused Refused
	d, err := readLayer(builtIn, true, &refused)
	if err != nil {
		panic("catalog: the built-in catalog cannot be read: " + err.Error())
	}
	c, err := compile(overlay(declared{}, d, &refused), refused...)
	if err != nil {
		panic("catalog: the built-in catalog is refused: " + err.Error())
	}
	return c
})

// The kinds of the system.
const (
	KindBookOpened       = "book.opened"
	KindBookAdopted      = "book.adopted"
	KindCatalogPublished = "catalog.published"
	KindPersonalErased   = "personal.erased"
	KindRecordConfirmed  = "record.confirmed"
)

// systemKinds lists the names that no other catalog may give away.
func systemKinds() []string {
	return []string{KindBookOpened, KindBookAdopted, KindCatalogPublished, KindPersonalErased, KindRecordConfirmed}
}
