package app

import (
	"context"
	"log/slog"
	"time"

	"qingshan/blob"
	"qingshan/catalog"
	"qingshan/db"
	"qingshan/fault"
	"qingshan/follow"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/ledger"
	"qingshan/record"
	"qingshan/register"
	"qingshan/tally"
)

// Prepare makes an installation's parts and sets none of them going: it is for those who keep it. Close it like any other.
func Prepare(ctx context.Context, cfg Config, o Options) (*App, error) { return prepared(ctx, cfg, o) }

// Filled gives the configuration with its defaults.
func (c Config) Filled() Config { return c.filled() }

// Config gives the effective configuration.
func (a *App) Config() Config { return a.cfg }

// Now gives the installation's own time.
func (a *App) Now() time.Time { return a.clock() }

// Log gives the installation's log.
func (a *App) Log() *slog.Logger { return a.log }

// Durable gives the store that is never dropped.
func (a *App) Durable() *db.DB { return a.durable }

// Views gives the store that is rebuilt from it.
func (a *App) Views() *db.DB { return a.views }

// Ledger gives the books.
func (a *App) Ledger() *ledger.Ledger { return a.ledger }

// Register gives what things are.
func (a *App) Register() *register.Register { return a.register }

// Status tells how far the followers of every book have come.
func (a *App) Status(ctx context.Context) ([]follow.Progress, error) { return a.runner.Status(ctx) }

// LoadCatalog gives the catalog that the configuration names, or says what is wrong with it.
func (c Config) LoadCatalog() (*catalog.Catalog, error) { return loadCatalog(c.Catalog) }

// Blobs gives the documents kept by content hash.
func (a *App) Blobs() *blob.Store { return a.blobs }

// Current gives the program's catalog with the county's own laid over it, after making sure that it leaves old facts their
// meaning.
func (a *App) Current() (*catalog.Catalog, error) { return a.current, a.shelf.agrees(a.current) }

// Words finds a catalog by its hash, as it was kept or as the program has it.
func (a *App) Words(hash digest.Hash) (*catalog.Catalog, bool) {
	if c := a.shelf.get(hash); c != nil {
		return c, true
	}
	return a.current, a.current.Hash() == hash
}

// InForce gives the catalog that a county's book names last; before the first, the program's own. It reads no views: they
// may be of any age.
func (a *App) InForce(ctx context.Context) (*catalog.Catalog, error) {
	books, err := a.ledger.Books(ctx)
	if err != nil {
		return nil, err
	}
	for _, book := range books {
		first, err := a.ledger.Entry(ctx, book, 0)
		if err != nil {
			return nil, err
		}
		if first.Record.Values["parent"].Text != "" {
			continue
		}
		text, _, err := a.steward.published(ctx, book)
		if err != nil {
			return nil, err
		}
		if hash, err := digest.Parse(text); err == nil {
			if c := a.shelf.get(hash); c != nil {
				return c, nil
			}
		}
	}
	return a.current, nil
}

// SheetOn reads every figure on one state of the views, through a transaction of any sort.
func (a *App) SheetOn(ctx context.Context, read func(context.Context, func(*db.Tx) error) error, words *catalog.Catalog) (indicator.Sheet, error) {
	var sheet indicator.Sheet
	err := read(ctx, func(q *db.Tx) error {
		r := register.New(q.Pinned(), a.shelf.get)
		board := indicator.New(q.Pinned(), indicator.Options{Aggregator: a.shelf.aggregator, Claims: r, Followers: []string{r.Name(), tally.Name}})
		var err error
		sheet, err = board.Sheet(ctx, q, words)
		return err
	})
	return sheet, err
}

// EraseAgain says an erasure again that a backup lacks, and scrubs what is settled in quarantine. The records that held values
// of the subject are no longer known by that, so its bytes are recognised by the subject's id only.
func (a *App) EraseAgain(ctx context.Context, book, id, subject string) error {
	known, err := record.ParseID(id)
	if err != nil {
		return fault.Because(err, fault.Invalid, "erase.bad_subject", nil)
	}
	ref, err := record.ParseRef(subject)
	if err != nil {
		return fault.Because(err, fault.Invalid, "erase.bad_subject", nil)
	}
	if _, err := a.aside.Forget(ctx, ref, nil); err != nil {
		return err
	}
	return a.steward.eraseAgain(ctx, record.Book(book), known, subject)
}
