package app

import (
	"net/http"

	"qingshan/access"
	"qingshan/catalog"
	intakeapi "qingshan/intake/api"
	"qingshan/internal/httpx"
	"qingshan/internal/metrics"
	"qingshan/lang"
	"qingshan/record"
	"qingshan/report"
	serveapi "qingshan/serve/api"
	"qingshan/serve/portal"
	"qingshan/serve/program"
)

// openDoors joins the doors' routes into the one table that mux and rights come from.
func (a *App) openDoors() error {
	sentences, err := lang.Load()
	if err != nil {
		return err
	}
	routes := intakeapi.Routes(a.desk, sentences)
	routes = append(routes, intakeapi.DeviceRoutes(a.ward, sentences)...)
	routes = append(routes, intakeapi.WardRoutes(a.ward, sentences)...)
	routes = append(routes, serveapi.Routes(a.outward(sentences))...)
	pages, err := portal.New(a.pages(sentences))
	if err != nil {
		return err
	}
	routes = append(routes, pages.Routes()...)
	if routes, err = program.Table(a.version, a.metrics, routes); err != nil {
		return err
	}
	a.routes = routes
	a.mux, err = httpx.New(httpx.Options{
		Check:     access.NewGuard(a.tokens).Check,
		Sentences: sentences,
		Page:      pages.Problem,
		Harmless:  harmless,
		Log:       a.log,
		Observe:   a.metrics.Request,
	}, routes...)
	if err == nil {
		a.metrics.Ask(a.sources()...)
	}
	return err
}

// harmless lets problems name places and days: a code of the statistics bureau is about nobody.
func harmless(value string) bool {
	_, place := record.ParseUnitCode(value)
	_, day := record.ParseDay(value)
	return place == nil || day == nil
}

// Routes gives the table that the doors are made from.
func (a *App) Routes() []httpx.Route { return a.routes }

// Handler gives the doors as one handler.
func (a *App) Handler() http.Handler { return a.mux }

// outward gives the door out what it reads from.
func (a *App) outward(sentences *lang.Sentences) serveapi.Options {
	return serveapi.Options{
		Board:     a.board,
		Court:     a.court,
		Register:  a.register,
		Ledger:    a.ledger,
		Gazette:   a.gazette,
		Reader:    a.reader(),
		Catalog:   func() *catalog.Catalog { return a.current },
		Wait:      a.runner.Wait,
		Status:    a.runner.Status,
		Clock:     a.clock,
		Sentences: sentences,
	}
}

// sources give what is asked for when somebody looks at the numbers.
func (a *App) sources() []metrics.Source {
	return []metrics.Source{
		program.Followers(a.runner.Status, a.ledger.Size),
		program.Store("ledger", a.durable.Loads),
		program.Store("views", a.views.Loads),
		program.Requests(a.mux.Busy),
	}
}

// pages gives the pages what they read from.
func (a *App) pages(sentences *lang.Sentences) portal.Options {
	return portal.Options{
		Reader:    a.reader(),
		Board:     a.board,
		Register:  a.register,
		Ledger:    a.ledger,
		Gazette:   a.gazette,
		Catalogs:  a.shelf.get,
		Clock:     a.clock,
		Sentences: sentences,
	}
}

// reader gives pages and documents their figures.
func (a *App) reader() *report.Reader {
	return report.New(report.Options{
		Board:    a.board,
		Register: a.register,
		Ledger:   a.ledger,
		Court:    a.court,
		Gazette:  a.gazette,
		Catalog:  func() *catalog.Catalog { return a.current },
		Today:    func() record.Day { return record.DayAt(a.clock(), record.Zone()) },
	})
}
