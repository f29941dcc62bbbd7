package app

import (
	"context"
	"net/http"

	"qingshan/access"
	"qingshan/db"
	"qingshan/internal/httpx"
	"qingshan/internal/metrics"
	"qingshan/record"
)

// numbers is the route by which the program is watched. It is not public, not even on the machine itself: behind a proxy
// everybody comes from there.
func (a *App) numbers() httpx.Route {
	route := httpx.Route{Method: http.MethodGet, Path: "/metrics", Right: string(access.ReadMetrics), Handler: a.metrics.Answer,
		ZH: "运行指标（Prometheus）", EN: "How the program is doing (Prometheus)"}
	return route.Under("health").Gives(httpx.Answer{Media: "text/plain"})
}

// count counts what became of a delivery.
func (a *App) count(channel record.Channel, receipts []record.Receipt) {
	became := map[record.Outcome]int{}
	for _, r := range receipts {
		became[r.Outcome]++
	}
	for outcome, n := range became {
		a.metrics.Records(string(channel), string(outcome), n)
	}
}

// sources are what is asked for when somebody looks.
func (a *App) sources() []metrics.Source {
	return []metrics.Source{
		{Name: "followers", Ask: a.askFollowers},
		{Name: "stores", Ask: a.askStores},
		{Name: "requests", Ask: a.askRequests},
	}
}

// askFollowers tells the size of every book, and of every follower how far it is and whether it stopped.
func (a *App) askFollowers(ctx context.Context) ([]metrics.Sample, error) {
	status, err := a.runner.Status(ctx)
	if err != nil {
		return nil, err
	}
	var out []metrics.Sample
	sized := map[record.Book]bool{}
	for _, p := range status {
		book := metrics.Label{Name: "book", Value: string(p.Book)}
		follower := metrics.Label{Name: "follower", Value: p.Follower}
		if !sized[p.Book] {
			sized[p.Book] = true
			size, err := a.ledger.Size(ctx, p.Book)
			if err != nil {
				return nil, err
			}
			out = append(out, metrics.Sample{Name: "book_entries", Help: "Entries of a book: the size of its tree.", Labels: []metrics.Label{book}, Value: float64(size)})
		}
		stopped := 0.0
		if p.Stopped != nil {
			stopped = 1
		}
		of := []metrics.Label{book, follower}
		out = append(out,
			metrics.Sample{Name: "follower_entries", Help: "Entries that a follower has passed.", Labels: of, Value: float64(p.Size)},
			metrics.Sample{Name: "follower_behind_entries", Help: "Entries that a follower has yet to pass.", Labels: of, Value: float64(p.Behind)},
			metrics.Sample{Name: "follower_stopped", Help: "1 where a follower met a bug and stopped.", Labels: of, Value: stopped})
	}
	return out, nil
}

// askStores tells how busy the databases are.
func (a *App) askStores(context.Context) ([]metrics.Sample, error) {
	var out []metrics.Sample
	for _, store := range []struct {
		name string
		d    *db.DB
	}{{"ledger", a.durable}, {"views", a.views}} {
		writing, reading := store.d.Loads()
		for use, load := range map[string]db.Load{"write": writing, "read": reading} {
			of := []metrics.Label{{Name: "store", Value: store.name}, {Name: "use", Value: use}}
			out = append(out,
				metrics.Sample{Name: "db_connections_max", Help: "Connections that a store may have at the same time.", Labels: of, Value: float64(load.Most)},
				metrics.Sample{Name: "db_connections_busy", Help: "Of these, in a transaction.", Labels: of, Value: float64(load.Busy)},
				metrics.Sample{Name: "db_waits_total", Help: "How often all connections were busy when one was wanted.", Grows: true, Labels: of, Value: float64(load.Waits)},
				metrics.Sample{Name: "db_waited_seconds_total", Help: "How long that lasted in all.", Grows: true, Labels: of, Value: load.Waited.Seconds()})
		}
	}
	return out, nil
}

// askRequests tells what is being served.
func (a *App) askRequests(context.Context) ([]metrics.Sample, error) {
	now, most := a.mux.Busy()
	return []metrics.Sample{
		{Name: "http_requests_busy", Help: "Requests that are being served.", Value: float64(now)},
		{Name: "http_requests_max", Help: "Requests that may be served at the same time.", Value: float64(most)},
	}, nil
}
