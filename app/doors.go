package app

import (
	"net/http"

	"qingshan/access"
	"qingshan/catalog"
	intakeapi "qingshan/intake/api"
	"qingshan/internal/httpx"
	"qingshan/lang"
	serveapi "qingshan/serve/api"
)

// openDoors joins the doors' routes into the one table that mux and rights come from.
func (a *App) openDoors(version string) error {
	sentences, err := lang.Load()
	if err != nil {
		return err
	}
	routes := intakeapi.Routes(a.desk, sentences)
	routes = append(routes, serveapi.Routes(a.outward(sentences))...)
	described := &description{}
	routes = append(routes, described.route())
	routes = append(routes, index(routes))
	if err := described.write(version, routes); err != nil {
		return err
	}
	a.routes = routes
	a.handler, err = httpx.New(httpx.Options{
		Check:     access.NewGuard(a.tokens).Check,
		Sentences: sentences,
		Log:       a.log,
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

// index answers at / with the table itself, so that a newcomer finds every door.
func index(routes []httpx.Route) httpx.Route {
	shown := make([]shownRoute, len(routes))
	for i, r := range routes {
		shown[i] = shownRoute{Method: r.Method, Path: r.Path, Right: r.Right, ZH: r.ZH, EN: r.EN}
	}
	route := httpx.Route{
		Method: http.MethodGet, Path: "/{$}", Right: httpx.Public, ZH: "接口目录", EN: "The table of routes",
		Handler: func(w http.ResponseWriter, _ *http.Request) error {
			return httpx.WriteJSON(w, tableOfRoutes{Name: "qingshan", Routes: shown})
		},
	}
	return route.Under("health").Gives(httpx.Answer{Body: tableOfRoutes{}})
}

// Routes gives the table that the doors are made from.
func (a *App) Routes() []httpx.Route { return a.routes }

// Handler gives the doors as one handler.
func (a *App) Handler() http.Handler { return a.handler }

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
