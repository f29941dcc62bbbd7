package app

import (
	"net/http"

	"qingshan/access"
	"qingshan/catalog"
	intakeapi "qingshan/intake/api"
	"qingshan/internal/httpx"
	"qingshan/lang"
	"qingshan/record"
	"qingshan/report"
	serveapi "qingshan/serve/api"
	"qingshan/serve/portal"
)

// openDoors joins the doors' routes into the one table that mux and rights come from.
func (a *App) openDoors(version string) error {
	sentences, err := lang.Load()
	if err != nil {
		return err
	}
	routes := intakeapi.Routes(a.desk, sentences)
	routes = append(routes, serveapi.Routes(a.outward(sentences))...)
	pages, err := portal.New(a.pages(sentences))
	if err != nil {
		return err
	}
	routes = append(routes, pages.Routes()...)
	described := &description{}
	routes = append(routes, described.route(), a.numbers())
	routes = append(routes, index(routes))
	if err := described.write(version, routes); err != nil {
		return err
	}
	a.routes = routes
	a.mux, err = httpx.New(httpx.Options{
		Check:     access.NewGuard(a.tokens).Check,
		Sentences: sentences,
		Page:      pages.Problem,
		Log:       a.log,
		Observe:   a.metrics.Request,
	}, routes...)
	return err
}

// shownRoute is a row of the index.
type shownRoute struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Right  string `json:"right"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
}

// tableOfRoutes is the body of GET /.
type tableOfRoutes struct {
	Name   string       `json:"name"`
	Routes []shownRoute `json:"routes"`
}

// index answers at / with the table itself, so that a program finds every door. A browser is led to the figures.
func index(routes []httpx.Route) httpx.Route {
	shown := make([]shownRoute, len(routes))
	for i, r := range routes {
		shown[i] = shownRoute{Method: r.Method, Path: r.Path, Right: r.Right, ZH: r.ZH, EN: r.EN}
	}
	route := httpx.Route{
		Method: http.MethodGet, Path: "/{$}", Right: httpx.Public, ZH: "接口目录", EN: "The table of routes",
		Handler: func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Vary", "Accept")
			if httpx.WantsPage(r) {
				w.Header().Set("Location", "/figures")
				w.WriteHeader(http.StatusSeeOther)
				return nil
			}
			return httpx.WriteJSON(w, tableOfRoutes{Name: "qingshan", Routes: shown})
		},
	}
	return route.Under("health").Gives(httpx.Answer{Body: tableOfRoutes{}}, httpx.Answer{Status: http.StatusSeeOther, Headers: []string{"Location"}})
}

// Routes gives the table that the doors are made from.
func (a *App) Routes() []httpx.Route { return a.routes }

// Handler gives the doors as one handler.
func (a *App) Handler() http.Handler { return a.mux }

// outward gives the door out what it reads from.
func (a *App) outward(sentences *lang.Sentences) serveapi.Options {
	return serveapi.Options{
		Board:     a.board,
		Register:  a.register,
		Ledger:    a.ledger,
		Catalog:   func() *catalog.Catalog { return a.current },
		Wait:      a.runner.Wait,
		Status:    a.runner.Status,
		Clock:     a.clock,
		Sentences: sentences,
	}
}

// pages gives the pages what they read from.
func (a *App) pages(sentences *lang.Sentences) portal.Options {
	return portal.Options{
		Reader:    a.reader(),
		Board:     a.board,
		Register:  a.register,
		Ledger:    a.ledger,
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
		Books:    a.ledger,
		Catalog:  func() *catalog.Catalog { return a.current },
		Today:    func() record.Day { return record.DayAt(a.clock(), record.Zone()) },
	})
}
