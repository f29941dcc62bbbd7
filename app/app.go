// Package app joins the parts into one program: configuration, assembly, the steward, start and stop. It decides nothing
// about records or figures; it is the only place where reading and writing meet.
package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"qingshan/access"
	"qingshan/blob"
	"qingshan/catalog"
	"qingshan/db"
	"qingshan/fault"
	"qingshan/fold"
	"qingshan/follow"
	"qingshan/gazette"
	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/intake"
	intakeapi "qingshan/intake/api"
	"qingshan/internal/httpx"
	"qingshan/internal/metrics"
	"qingshan/ledger"
	"qingshan/publication"
	"qingshan/quarantine"
	"qingshan/record"
	"qingshan/register"
	"qingshan/serve/program"
	"qingshan/tally"
)

// Options sets what an installation takes from outside besides its configuration; the zero value works.
type Options struct {
	Clock  func() time.Time // default: the machine's. Only the demonstration year and tests set another
	Random io.Reader        // default: crypto/rand
	Log    *slog.Logger     // default: none
	// Version is the program's, for the description of the API and the metrics. Default dev.
	Version string
	// Reading is for commands that only look: nothing is opened, published or adopted, and where no store is none is made.
	Reading bool
	Fault   func(store db.Store, point db.Point) error // for tests: lets writes fail
	AsFound []db.Store                                 // stores whose schemas are left as they are found
	Shadow  bool                                       // the views are those that are being built beside the ones in use
}

// App is a running installation.
type App struct {
	cfg       Config
	clock     func() time.Time
	log       *slog.Logger
	stores    []*db.DB
	durable   *db.DB
	views     *db.DB
	ledger    *ledger.Ledger
	blobs     *blob.Store
	register  *register.Register
	board     *indicator.Board
	court     *guard.Court
	followers []follow.Follower
	runner    *follow.Runner
	shelf     *shelf
	current   *catalog.Catalog
	steward   *steward
	gazette   *gazette.Gazette
	tokens    *access.Tokens
	desk      *intake.Desk
	version   string
	metrics   *metrics.Metrics
	mux       *httpx.Mux
	aside     *quarantine.Store
	ward      *intake.Ward
	routes    []httpx.Route
	unwatch   context.CancelFunc // ends the steward's rounds
	watching  sync.WaitGroup
}

// Open opens the stores, loads the catalog, starts the followers, and has the steward say what follows from the
// configuration: books to open, the catalog to publish, the county's state to adopt. A bad catalog or configuration is
// refused here.
func Open(ctx context.Context, cfg Config, o Options) (*App, error) {
	a, err := prepared(ctx, cfg, o)
	if err != nil {
		return nil, err
	}
	err = a.runner.Start(ctx)
	if err == nil && !o.Reading {
		err = a.begin(ctx)
	}
	if err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// prepared makes an installation's parts and sets none of them going.
func prepared(ctx context.Context, cfg Config, o Options) (*App, error) {
	a := &App{cfg: cfg.filled(), clock: o.Clock, log: o.Log}
	if a.clock == nil {
		a.clock = time.Now
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	if err := a.assemble(ctx, o); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// assemble makes the parts, from the stores up to the doors.
func (a *App) assemble(ctx context.Context, o Options) error {
	if o.Reading && !a.cfg.location().Made() {
		return fault.New(fault.NotFound, "data.none", fault.Data{"dir": a.cfg.Dir})
	}
	a.version = o.Version
	a.metrics = metrics.New(o.Version)
	var err error
	if a.current, err = loadCatalog(a.cfg.Catalog); err != nil {
		return err
	}
	if a.durable, err = a.store(ctx, db.Ledger, o); err != nil {
		return err
	}
	if a.views, err = a.store(ctx, db.Views, o); err != nil {
		return err
	}
	if a.ledger, err = ledger.Open(ctx, a.durable, ledger.Options{Random: o.Random, MaxBatch: a.cfg.CommitBatch, Log: a.log, Committed: a.metrics.Committed}); err != nil {
		return err
	}
	a.blobs = blob.Open(a.cfg.Blobs, blob.Options{})
	a.shelf = newShelf(a.ledger)
	if err := a.shelf.load(ctx); err != nil {
		return err
	}
	a.register = register.New(a.views, a.shelf.get)
	a.tokens = access.NewTokens(a.durable, access.Options{Clock: a.clock, Random: o.Random})
	a.board = indicator.New(a.views, indicator.Options{Aggregator: a.shelf.aggregator, Claims: a.register, Followers: []string{a.register.Name(), tally.Name}})
	a.court = guard.NewCourt(guard.Options{Board: a.board, Register: a.register, Ledger: a.ledger, Clock: a.clock})
	published := publication.NewFollower(a.views)
	a.followers = []follow.Follower{a.register, fold.NewRunner(tally.New(a.shelf.get), a.ledger, a.board), published}
	a.runner = follow.NewRunner(a.ledger, a.views, follow.Options{Log: a.log}, a.followers...)
	a.steward = &steward{ledger: a.ledger, register: a.register, runner: a.runner, clock: a.clock, log: a.log,
		parents: map[record.Book]record.Book{}, adopted: map[record.Book]int64{}}
	a.desk = intake.New(intake.Options{
		Append:   a.Append,
		Size:     a.ledger.Size,
		ByID:     a.ledger.ByID,
		Find:     a.find,
		Current:  func() *catalog.Catalog { return a.current },
		Catalogs: a.shelf.get,
		Settle:   a.settle,
		Clock:    a.clock,
		Answered: program.Count(a.metrics),
	})
	a.aside = quarantine.New(a.durable, quarantine.Options{Clock: a.clock})
	a.ward = intake.NewWard(intake.WardOptions{Desk: a.desk, Store: a.aside, Read: intakeapi.ReadBody, Books: a.ledger.Books})
	a.gazette = gazette.New(gazette.Options{
		Ledger:   a.ledger,
		Board:    a.board,
		Register: a.register,
		List:     published,
		Blobs:    a.blobs,
		Current:  func() *catalog.Catalog { return a.current },
		Catalogs: a.shelf.get,
		Court:    a.court,
		Clock:    a.clock,
	})
	return a.openDoors()
}

// find looks objects up as all that is known now has them.
func (a *App) find(ctx context.Context, book record.Book, keys []record.Ref, day record.Day) (map[record.Ref]register.Object, error) {
	return a.register.Find(ctx, book, keys, day, register.Latest)
}

// settle waits until the register knows all that is in a book.
func (a *App) settle(ctx context.Context, book record.Book) error {
	size, err := a.ledger.Size(ctx, book)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return a.runner.Wait(ctx, book, size)
}

func (a *App) store(ctx context.Context, store db.Store, o Options) (*db.DB, error) {
	opts := db.Options{Log: a.log, Unsafe: a.cfg.UnsafePostgres, AsIs: slices.Contains(o.AsFound, store), Shadow: o.Shadow && store == db.Views}
	if o.Fault != nil {
		opts.Fault = func(p db.Point) error { return o.Fault(store, p) }
	}
	d, err := db.Open(ctx, a.cfg.location(), store, opts)
	if err == nil {
		a.stores = append(a.stores, d)
	}
	return d, err
}

// loadCatalog lays the county's own folder, if there is one, over the standard catalog.
func loadCatalog(folder string) (*catalog.Catalog, error) {
	if folder == "" {
		return catalog.Standard()
	}
	return catalog.Load(catalog.StandardFiles(), os.DirFS(folder))
}

// begin opens books, publishes and adopts.
func (a *App) begin(ctx context.Context) error {
	if err := a.shelf.put(ctx, catalog.System()); err != nil {
		return err
	}
	if err := a.shelf.put(ctx, a.current); err != nil {
		return err
	}
	if err := a.checkBooks(ctx); err != nil {
		return err
	}
	for _, b := range a.cfg.Books {
		if err := a.steward.open(ctx, b); err != nil {
			return fmt.Errorf("open book %s: %w", b.Book, err)
		}
	}
	if err := a.steward.learn(ctx); err != nil {
		return err
	}
	counties, err := a.steward.counties(ctx)
	if err != nil {
		return err
	}
	hash := a.current.Hash()
	for _, county := range counties {
		if err := a.steward.publish(ctx, county, hash); err != nil {
			return err
		}
	}
	if err := a.steward.adoptAll(ctx, hash); err != nil {
		a.log.Warn("counties not adopted yet", slog.Any("error", err))
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.unwatch = stop
	a.watching.Go(func() { a.steward.watch(watching, stewardRound, hash) })
	a.watching.Go(func() { a.sweepOften(watching, sweepRound) })
	return nil
}

// stewardRound is how often the steward looks for what was not adopted yet.
const stewardRound = 30 * time.Second

// Close stops the followers and closes the stores. Appends under way are finished first.
func (a *App) Close() {
	if a.unwatch != nil {
		a.unwatch()
		a.watching.Wait()
	}
	if a.runner != nil {
		a.runner.Stop()
	}
	if a.ledger != nil {
		a.ledger.Close()
	}
	for _, d := range a.stores {
		if err := d.Close(); err != nil {
			a.log.Warn("store not closed", slog.Any("error", err))
		}
	}
}

// Append stores submissions like the ledger's Append, and has the towns adopt what a county's book learned thereby.
func (a *App) Append(ctx context.Context, subs ...record.Submission) ([]record.Receipt, error) {
	receipts, err := a.ledger.Append(ctx, subs...)
	if err != nil {
		return nil, err
	}
	counties := map[record.Book]bool{}
	for i, sub := range subs {
		if receipts[i].Outcome == record.Stored && shared(sub.Record.Kind) {
			counties[sub.Record.Book] = true
		}
	}
	for county := range counties {
		if err := a.steward.adopt(ctx, county, a.current.Hash()); err != nil {
			// The records are stored and their receipts must be given; the towns adopt at the next occasion.
			a.log.Warn("county not adopted yet", slog.String("book", string(county)), slog.Any("error", err))
		}
	}
	return receipts, nil
}
