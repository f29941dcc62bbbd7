package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"qingshan/access"
	"qingshan/catalog"
	intakeapi "qingshan/intake/api"
	"qingshan/internal/httpx"
	"qingshan/lang"
	serveapi "qingshan/serve/api"
)

// openDoors joins the doors' routes into the one table that mux and rights come from.
func (a *App) openDoors() error {
	sentences, err := lang.Load()
	if err != nil {
		return err
	}
	routes := intakeapi.Routes(a.desk, sentences)
	routes = append(routes, serveapi.Routes(a.outward(sentences))...)
	routes = append(routes, index(routes))
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

// Listen begins to serve on the configured address and gives the base of the URLs. What ends the serving — ctx, or a
// failure — arrives on the channel once.
func (a *App) Listen(ctx context.Context) (base string, ended <-chan error, err error) {
	listener, err := net.Listen("tcp", a.cfg.Listen)
	if err != nil {
		return "", nil, fmt.Errorf("listen: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- a.serve(ctx, listener) }()
	return "http://" + listener.Addr().String(), done, nil
}

// serve answers until ctx ends, then finishes the requests under way.
func (a *App) serve(ctx context.Context, listener net.Listener) error {
	server := httpx.Server(a.handler, a.log)
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		stopped <- server.Shutdown(last)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return <-stopped
}

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
