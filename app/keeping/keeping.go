// Package keeping backs an installation up, restores it, proves that it can be restored, and brings it over to a newer
// program. It works on the parts that app joins and serves nobody.
package keeping

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"qingshan/app"
	"qingshan/backup"
	"qingshan/blob"
	"qingshan/db"
	"qingshan/fault"
)

// BackupOptions sets how a backup is taken; see [backup.Options].
type BackupOptions = backup.Options

// Backup brings the backup in a folder up to the present. Followers that cannot keep up do not keep it from being taken:
// the figures in it say on what they stand.
func Backup(ctx context.Context, a *app.App, folder string, o BackupOptions) (backup.Report, error) {
	if err := caughtUp(ctx, a); err != nil {
		a.Log().Warn("figures of the backup lag", slog.Any("error", err))
	}
	words, err := a.InForce(ctx)
	if err != nil {
		return backup.Report{}, err
	}
	figures, err := a.SheetOn(ctx, a.Views().Read, words)
	if err != nil {
		return backup.Report{}, err
	}
	o.Now = a.Now()
	source := backup.Source{Store: a.Durable(), Ledger: a.Ledger(), Blobs: a.Blobs(), Figures: figures, Erasures: a.Config().Erasures}
	return backup.Take(ctx, source, folder, o)
}

// patience bounds how long a backup waits for followers: on a full disk they come no further, and that is when a backup is
// wanted most.
const patience = 20 * time.Second

func caughtUp(ctx context.Context, a *app.App) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return a.CatchUp(ctx)
}

// Restored says what a restore gave.
type Restored struct {
	backup.Loaded
	Made  string
	Books []app.Verified
}

// RestoreOptions says from where, and what to know besides.
type RestoreOptions struct {
	From     string                  // the backup's folder
	Erasures []string                // further lists of erasures, later than the folder's
	Report   func(done, total int64) // entries put back, then replayed
}

// Restore puts a backup into an empty installation, replays it, and verifies every book against the backup's checkpoints.
func Restore(ctx context.Context, cfg app.Config, r RestoreOptions, o app.Options) (Restored, error) {
	m, err := backup.Inspect(ctx, r.From)
	if err != nil {
		return Restored{}, err
	}
	a, out, err := restored(ctx, cfg.Filled(), m, r, o)
	if err != nil {
		return out, err
	}
	defer a.Close()
	if err := a.Replay(ctx, r.Report, nil); err != nil {
		return out, err
	}
	return out, afterRestore(ctx, a, m, &out)
}

// restored puts a backup into an empty installation and gives its parts, before anything is replayed.
func restored(ctx context.Context, cfg app.Config, m *backup.Manifest, r RestoreOptions, o app.Options) (*app.App, Restored, error) {
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
	a, err := app.Prepare(ctx, cfg, o)
	return a, out, err
}

// refuseFull refuses a place where somebody keeps something.
func refuseFull(ctx context.Context, cfg app.Config) error {
	if !cfg.Location().Made() {
		return nil
	}
	store, err := db.Open(ctx, cfg.Location(), db.Ledger, db.Options{AsIs: true, Unsafe: cfg.UnsafePostgres})
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
func load(ctx context.Context, cfg app.Config, m *backup.Manifest, r RestoreOptions, also []backup.Erasure) (backup.Loaded, error) {
	newest, err := db.Newest(db.Ledger)
	if err != nil {
		return backup.Loaded{}, err
	}
	if m.Migration > newest {
		return backup.Loaded{}, fault.New(fault.Conflict, "db.newer", fault.Data{"store": string(db.Ledger), "migration": fmt.Sprintf("%04d", m.Migration)})
	}
	store, err := db.Open(ctx, cfg.Location(), db.Ledger, db.Options{UpTo: m.Migration, Unsafe: cfg.UnsafePostgres})
	if err != nil {
		return backup.Loaded{}, err
	}
	defer store.Close()
	to := backup.Target{Store: store, Blobs: blob.Open(cfg.Blobs, blob.Options{Limit: 1 << 40})}
	return backup.Load(ctx, r.From, m, to, also, r.Report)
}

// emptyViews drops what followers made of a ledger that is gone.
func emptyViews(ctx context.Context, cfg app.Config) error {
	views, err := db.Open(ctx, cfg.Location(), db.Views, db.Options{})
	if err != nil {
		return err
	}
	defer views.Close()
	return views.Reset(ctx)
}

// afterRestore verifies the books, and says again which erasures their entries lack.
func afterRestore(ctx context.Context, a *app.App, m *backup.Manifest, out *Restored) error {
	var err error
	if out.Books, err = a.Verify(ctx, "", m.Checkpoints()); err != nil {
		return err
	}
	for _, e := range out.Again {
		if err := a.EraseAgain(ctx, e.Book, e.ID, e.Subject); err != nil {
			return err
		}
	}
	if err := backup.AddErasures(a.Config().Erasures, out.Again, nil); err != nil {
		return err
	}
	return a.Replay(ctx, func(int64, int64) {}, nil)
}
