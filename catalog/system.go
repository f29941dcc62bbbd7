package catalog

// The kinds of the system.
const (
	KindBookOpened       = "book.opened"
	KindBookAdopted      = "book.adopted"
	KindCatalogPublished = "catalog.published"
	KindPersonalErased   = "personal.erased"
	KindRecordConfirmed  = "record.confirmed"

	KindFigurePublished   = "figure.published"
	KindDocumentPublished = "document.published"
)

// systemKinds lists the names that no other catalog may give away.
func systemKinds() []string {
	return []string{KindBookOpened, KindBookAdopted, KindCatalogPublished, KindPersonalErased, KindRecordConfirmed,
		KindFigurePublished, KindDocumentPublished}
}
