package app

import (
	"context"
	"fmt"
	"log/slog"

	"qingshan/backup"
	"qingshan/blob"
	"qingshan/catalog"
	"qingshan/db"
	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/record"
	"qingshan/register"
	"qingshan/tally"
)

// boardOn makes a board over a store of views, or over what one transaction sees of it.
func (a *App) boardOn(views *db.DB) *indicator.Board {
	r := register.New(views, a.shelf.get)
	return indicator.New(views, indicator.Options{Aggregator: a.shelf.aggregator, Claims: r, Followers: []string{r.Name(), tally.Name}})
}

// sheet reads every figure, as a catalog has them.
func (a *App) sheet(ctx context.Context, c *catalog.Catalog) (indicator.Sheet, error) {
	return a.board.Sheet(ctx, c, a.boardOn)
}

// inForce gives the catalog that the counties' books name; before the first, the program's own.
func (a *App) inForce(ctx context.Context) (*catalog.Catalog, error) {
	if err := a.steward.learn(ctx); err != nil {
		return nil, err
	}
	counties, err := a.steward.counties(ctx)
	if err != nil {
		return nil, err
	}
	for _, county := range counties {
		text, _, err := a.steward.published(ctx, county)
		if err != nil {
			return nil, err
		}
		hash, err := digest.Parse(text)
		if c := a.shelf.get(hash); err == nil && c != nil {
			return c, nil
		}
	}
	return a.current, nil
}

// BackupOptions sets how a backup is taken; see [backup.Options].
type BackupOptions = backup.Options

// Backup brings the backup in a folder up to the present. Followers that cannot keep up do not keep it from being taken:
// the figures in it say on what they stand.
func (a *App) Backup(ctx context.Context, folder string, o BackupOptions) (backup.Report, error) {
	if err := a.CatchUp(ctx); err != nil {
		a.log.Warn("figures of the backup lag", slog.Any("error", err))
	}
	words, err := a.inForce(ctx)
	if err != nil {
		return backup.Report{}, err
	}
	figures, err := a.sheet(ctx, words)
	if err != nil {
		return backup.Report{}, err
	}
	o.Now = a.clock()
	source := backup.Source{Store: a.durable, Ledger: a.ledger, Blobs: a.blobs, Figures: figures, Erasures: a.cfg.Erasures}
	return backup.Take(ctx, source, folder, o)
}

// Restored says what a restore gave.
type Restored struct {
	backup.Loaded
	Made  string
	Books []Verified
}

// RestoreOptions says from where, and what to know besides.
type RestoreOptions struct {
	From     string                  // the backup's folder
	Erasures []string                // further lists of erasures, later than the folder's
	Report   func(done, total int64) // entries put back, then replayed
}

// Restore puts a backup into an empty installation, replays it, and verifies every book against the backup's checkpoints.
func Restore(ctx context.Context, cfg Config, r RestoreOptions, o Options) (Restored, error) {
	m, err := backup.Inspect(ctx, r.From)
	if err != nil {
		return Restored{}, err
	}
	a, out, err := restored(ctx, cfg.filled(), m, r, o)
	if err != nil {
		return out, err
	}
	defer a.Close()
	if err := a.replay(ctx, r.Report); err != nil {
		return out, err
	}
	return out, a.afterRestore(ctx, m, &out)
}

// restored puts a backup into an empty installation and gives its parts, before anything is replayed.
func restored(ctx context.Context, cfg Config, m *backup.Manifest, r RestoreOptions, o Options) (*App, Restored, error) {
	out := Restored{Made: m.Made}
	if err := refuseFull(ctx, cfg); err != nil {
		return nil, out, err
	}
	also, err := erasuresOf(append(r.Erasures, cfg.Erasures))
	if err != nil {
		return nil, out, err
	}
	if out.Loaded, err = load(ctx, cfg, m, r, also); err != nil {
		return nil, out, err
	}
	if err := emptyViews(ctx, cfg); err != nil {
		return nil, out, err
	}
	o.Reading = true
	a, err := prepared(ctx, cfg, o)
	return a, out, err
}

// refuseFull refuses a place where somebody keeps something.
func refuseFull(ctx context.Context, cfg Config) error {
	if !cfg.location().Made() {
		return nil
	}
	store, err := db.Open(ctx, cfg.location(), db.Ledger, db.Options{AsIs: true, Unsafe: cfg.UnsafePostgres})
	if err != nil {
		return err
	}
	defer store.Close()
	return store.Read(ctx, func(q *db.Tx) error {
		tables, err := q.Tables(ctx)
		if err != nil {
			return err
		}
		for _, name := range tables {
			err := q.Each(ctx, name, "LIMIT 1", nil, func([]any) error {
				return fault.New(fault.Conflict, "restore.not_empty", fault.Data{"table": name})
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func erasuresOf(files []string) ([]backup.Erasure, error) {
	var all []backup.Erasure
	for _, name := range files {
		list, err := backup.ReadErasures(name)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// load puts the rows back under the migrations that they were written under; opening the store again brings it up to date.
func load(ctx context.Context, cfg Config, m *backup.Manifest, r RestoreOptions, also []backup.Erasure) (backup.Loaded, error) {
	newest, err := db.Newest(db.Ledger)
	if err != nil {
		return backup.Loaded{}, err
	}
	if m.Migration > newest {
		return backup.Loaded{}, fault.New(fault.Conflict, "db.newer", fault.Data{"store": string(db.Ledger), "migration": fmt.Sprintf("%04d", m.Migration)})
	}
	store, err := db.Open(ctx, cfg.location(), db.Ledger, db.Options{UpTo: m.Migration, Unsafe: cfg.UnsafePostgres})
	if err != nil {
		return backup.Loaded{}, err
	}
	defer store.Close()
	to := backup.Target{Store: store, Blobs: blob.Open(cfg.Blobs, blob.Options{Limit: 1 << 40})}
	return backup.Load(ctx, r.From, m, to, also, r.Report)
}

// emptyViews drops what followers made of a ledger that is gone.
func emptyViews(ctx context.Context, cfg Config) error {
	views, err := db.Open(ctx, cfg.location(), db.Views, db.Options{})
	if err != nil {
		return err
	}
	defer views.Close()
	return views.Reset(ctx)
}

// afterRestore verifies the books, and says again which erasures their entries lack.
func (a *App) afterRestore(ctx context.Context, m *backup.Manifest, out *Restored) error {
	var err error
	if out.Books, err = a.Verify(ctx, "", m.Checkpoints()); err != nil {
		return err
	}
	for _, e := range out.Again {
		id, err := record.ParseID(e.ID)
		if err != nil {
			return fault.Because(err, fault.Conflict, "backup.damaged", fault.Data{"file": backup.ErasuresFile, "place": e.ID})
		}
		if err := a.steward.eraseAgain(ctx, record.Book(e.Book), id, e.Subject); err != nil {
			return err
		}
	}
	if err := backup.AddErasures(a.cfg.Erasures, out.Again, nil); err != nil {
		return err
	}
	return a.replay(ctx, func(int64, int64) {})
}
