package keeping

import (
	"context"
	"errors"
	"fmt"

	"qingshan/app"
	"qingshan/db"
	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/record"
)

// Rules of an upgrade:
//
//  1. Whenever it ends, by itself or by a kill, the installation works: with the old views before the switch, with the new
//     ones after it. The switch is one step of the database or of the file system.
//  2. The old views are only read. A migration that their reading takes is undone at once.
//  3. Both sides are read on the same entries: the new views first go as far as the old ones are.

// UpgradeOptions says how far an upgrade may go.
type UpgradeOptions struct {
	DryRun  bool                    // compare only
	Accept  bool                    // differences do not keep the new views from being used
	Report  func(done, total int64) // entries replayed
	Between func(step string) error // for tests: called between the steps
}

// Upgraded says what an upgrade did.
type Upgraded struct {
	Migrations int  // of the ledger, that were applied; on a dry run, that would be
	Anew       bool // the old views could be no measure: they had counted entries that are not there
	Compared
	Switched bool
}

// upgrading is one run.
type upgrading struct {
	UpgradeOptions
	cfg app.Config
	o   app.Options
	was indicator.Sheet // the old figures
	out Upgraded
}

// Upgrade brings an installation over to this program and catalog: migrations, then new views built beside the old ones
// from entry 0, then the comparison of every figure, and only then the switch. Figures that differ keep the old views in
// use, with a fault, unless they are accepted.
func Upgrade(ctx context.Context, cfg app.Config, u UpgradeOptions, o app.Options) (Upgraded, error) {
	if u.Between == nil {
		u.Between = func(string) error { return nil }
	}
	run := &upgrading{UpgradeOptions: u, cfg: cfg.Filled(), o: o}
	run.o.Reading = true
	err := run.all(ctx)
	if !run.out.Switched {
		err = errors.Join(err, db.DropShadow(ctx, run.cfg.Location()))
	}
	return run.out, err
}

func (u *upgrading) all(ctx context.Context) error {
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"read", u.read},
		{"shadow", u.build},
	} {
		if err := u.Between(step.name); err != nil {
			return err
		}
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	if u.DryRun {
		return nil
	}
	if err := u.Between("switch"); err != nil {
		return err
	}
	if err := db.Switch(ctx, u.cfg.Location()); err != nil {
		return err
	}
	u.out.Switched = true
	return u.Between("switched")
}

// read applies the ledger's migrations and reads the old views, under the catalog in force.
func (u *upgrading) read(ctx context.Context) error {
	if err := u.migrate(ctx); err != nil {
		return err
	}
	o := u.o
	o.AsFound = u.asFound(db.Views)
	old, err := app.Prepare(ctx, u.cfg, o)
	if err != nil {
		return err
	}
	defer old.Close()
	if _, err := old.Current(); err != nil {
		return err
	}
	words, err := old.InForce(ctx)
	if err != nil {
		return err
	}
	if u.was, err = old.SheetOn(ctx, old.Views().AsMigrated, words); err != nil {
		return fmt.Errorf("read the views in use: %w", err)
	}
	u.out.Anew, err = ahead(ctx, old, u.was)
	return err
}

// migrate counts what the ledger lacks, and applies it unless nothing is to be changed.
func (u *upgrading) migrate(ctx context.Context) error {
	if !u.cfg.Location().Made() {
		return fault.New(fault.NotFound, "data.none", fault.Data{"dir": u.cfg.Dir})
	}
	store, err := db.Open(ctx, u.cfg.Location(), db.Ledger, db.Options{AsIs: true, Unsafe: u.cfg.UnsafePostgres})
	if err != nil {
		return err
	}
	u.out.Migrations, err = store.Pending(ctx)
	if err = errors.Join(err, store.Close()); err != nil || u.DryRun {
		return err
	}
	store, err = db.Open(ctx, u.cfg.Location(), db.Ledger, db.Options{Log: u.o.Log, Unsafe: u.cfg.UnsafePostgres})
	if err != nil {
		return err
	}
	return store.Close()
}

// asFound lists the stores whose schemas stay; on a dry run the ledger's is among them.
func (u *upgrading) asFound(stores ...db.Store) []db.Store {
	if u.DryRun {
		stores = append(stores, db.Ledger)
	}
	return stores
}

// build replays all entries into new views beside the old ones, and compares on the way.
func (u *upgrading) build(ctx context.Context) error {
	if err := db.DropShadow(ctx, u.cfg.Location()); err != nil {
		return err // what a killed run left
	}
	o := u.o
	o.Shadow, o.AsFound = true, u.asFound()
	a, err := app.Prepare(ctx, u.cfg, o)
	if err != nil {
		return err
	}
	defer a.Close()
	if !u.out.Anew {
		if err := a.Replay(ctx, u.Report, stoodOn(u.was)); err != nil {
			return err
		}
		if err := u.Between("compare"); err != nil {
			return err
		}
		words, err := a.Current()
		if err != nil {
			return err
		}
		is, err := a.SheetOn(ctx, a.Views().Read, words)
		if err != nil {
			return err
		}
		u.out.Compared = compare(u.was, is)
		if len(u.out.Different) > 0 && !u.Accept {
			return fault.New(fault.Conflict, "upgrade.differs", fault.Data{"count": fmt.Sprint(len(u.out.Different))})
		}
	}
	if u.DryRun {
		return nil
	}
	if err := u.Between("catch up"); err != nil {
		return err
	}
	return a.Replay(ctx, u.Report, nil)
}

// ahead tells whether views have counted entries that are not there.
func ahead(ctx context.Context, a *app.App, sheet indicator.Sheet) (bool, error) {
	for book, followers := range sheet.Cursors {
		size, err := a.Ledger().Size(ctx, record.Book(book))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return false, err
		}
		for _, passed := range followers {
			if passed > size {
				return true, nil
			}
		}
	}
	return false, nil
}
