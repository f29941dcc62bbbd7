// Package program answers about the program itself: the table of its routes, the description of its API, and the numbers
// by which it is watched. What the routes do is not its business.
package program

import (
	"net/http"

	"qingshan/access"
	"qingshan/internal/httpx"
	"qingshan/internal/metrics"
)

// Table gives the doors' routes with those about the program added, which tell of all of them.
func Table(version string, numbers *metrics.Metrics, routes []httpx.Route) ([]httpx.Route, error) {
	d := &description{}
	watched := httpx.Route{Method: http.MethodGet, Path: "/metrics", Right: string(access.ReadMetrics), Handler: numbers.Answer,
		ZH: "运行指标（Prometheus）", EN: "How the program is doing (Prometheus)"}
	routes = append(routes, d.route(), watched.Under("health").Gives(httpx.Answer{Media: "text/plain"}))
	routes = append(routes, index(routes))
	return routes, d.write(version, routes)
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
