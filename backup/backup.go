// Package backup copies an installation into a folder and back: the durable store's tables, the blobs, and every figure
// that they gave, whichever database they lie in. It does not know what a record means and rebuilds no view.
package backup

import (
	"time"

	"qingshan/blob"
	"qingshan/db"
	"qingshan/indicator"
	"qingshan/internal/safefile"
	"qingshan/ledger"
)

// Rules of this package:
//
//  1. The cut is exact. One read transaction gives the heads of all books and every table that may change; the entries
//     below those heads never change, so they are read after it, in transactions short enough to hold up nobody.
//  2. Whatever is named was there before: an entry's catalog and blobs are stored before the entry. So blobs are listed
//     after the cut, and no entry of the backup lacks one.
//  3. Entries are written once, in segments. A later run into the same folder adds segments and rewrites only those small
//     files that changed, under other names; the manifest, written last and as one step, says which files count. A run
//     that was torn leaves the backup before it whole.
//  4. The manifest holds the hash of each file, and the installation's key signs the manifest's own.
//  5. Personal values lie in files of their own beside the segments, never in them. An erased value is not in the next
//     run's files, and the files that held it are removed when the manifest that named them is gone.
//  6. Which subjects were erased stands in a list outside all this, which only grows: whoever restores an older copy
//     leaves out what was erased since.
//  7. Nothing is restored before all of it was found whole, and then all of it in one transaction.

// Source is what is backed up.
type Source struct {
	Store    *db.DB // the durable one
	Ledger   *ledger.Ledger
	Blobs    *blob.Store
	Figures  indicator.Sheet // what the installation showed just before, on whatever state of its views
	Erasures string          // file of the installation's own list of erasures
}

// Options sets how a backup is taken.
type Options struct {
	Now     time.Time                     // written into the manifest
	Program string                        // version of the program, likewise
	Segment int64                         // entries in a segment at most; default 20,000
	Report  func(done, total int64)       // entries written, of how many; nil is fine
	Fault   safefile.Fault                // for tests: lets writes fail
	Between func(step string) (err error) // for tests: called between the steps
}

func (o Options) filled() Options {
	if o.Segment <= 0 {
		o.Segment = 20000
	}
	if o.Report == nil {
		o.Report = func(int64, int64) {}
	}
	if o.Between == nil {
		o.Between = func(string) error { return nil }
	}
	return o
}
