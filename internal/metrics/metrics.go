// Package metrics keeps the numbers by which the running program is watched, in Prometheus's form. It measures nothing
// itself: it is told of what happens, and asks how things stand when somebody looks.
package metrics

// Rules of what has a series of its own:
//
//  1. Labels have few values: a route is a pattern of the table, a code one of our faults', a book one that is open.
//     Of books at most maxBooks have series; the rest are one, called "other".
//  2. Nothing here names a person, a place within a book, or a value that somebody sent.
//  3. There is no global registry: two programs in one process do not see each other's numbers.

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"qingshan/internal/httpx"
)

// Sample is a number that is asked for when somebody looks.
type Sample struct {
	Name   string // with its unit, without the prefix: book_entries
	Help   string
	Grows  bool // it is a count since the start, not a state
	Labels []Label
	Value  float64
}

// Label tells one sample of a name from another.
type Label struct{ Name, Value string }

// Source gives samples. One that fails is shown as failed and keeps the others from nobody.
type Source struct {
	Name string
	Ask  func(ctx context.Context) ([]Sample, error)
}

// Metrics is the set of numbers of one program. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	records  *prometheus.CounterVec
	batch    prometheus.Histogram
	commits  prometheus.Histogram
	sources  []Source
}

// prefix begins every name of ours.
const prefix = "qingshan_"

// New makes the numbers of a program of a version.
func New(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + "http_requests_total",
			Help: "Requests by route, status and the problem's code."}, []string{"route", "status", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + "http_request_duration_seconds",
			Help: "How long requests took, by route.", Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}}, []string{"route"}),
		records: prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + "records_total",
			Help: "Records handed in, by channel and what became of them."}, []string{"channel", "outcome"}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{Name: prefix + "commit_submissions",
			Help: "How many submissions shared a commit of the ledger.", Buckets: prometheus.ExponentialBuckets(1, 2, 10)}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{Name: prefix + "commit_duration_seconds",
			Help: "How long commits of the ledger took.", Buckets: prometheus.ExponentialBuckets(.0005, 2, 14)}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()}})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.duration, m.records, m.batch, m.commits, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Ask adds a source. All are added before anybody looks.
func (m *Metrics) Ask(sources ...Source) { m.sources = append(m.sources, sources...) }

// Request counts a request.
func (m *Metrics) Request(o httpx.Observation) {
	route := o.Route
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(o.Status), o.Code).Inc()
	m.duration.WithLabelValues(route).Observe(o.Took.Seconds())
}

// Committed counts a commit of the ledger.
func (m *Metrics) Committed(submissions int, took time.Duration) {
	m.batch.Observe(float64(submissions))
	m.commits.Observe(took.Seconds())
}

// Records counts records of a channel of which the same became.
func (m *Metrics) Records(channel, outcome string, n int) {
	m.records.WithLabelValues(channel, outcome).Add(float64(n))
}

// Answer shows all numbers, in the form that the scraper asks for.
func (m *Metrics) Answer(w http.ResponseWriter, r *http.Request) error {
	asked, err := m.ask(r.Context())
	if err != nil {
		return err
	}
	promhttp.HandlerFor(prometheus.Gatherers{m.registry, asked}, promhttp.HandlerOpts{
		ErrorHandling:      promhttp.PanicOnError, // samples that contradict one another are our mistake, and the mux's to report
		DisableCompression: true,
	}).ServeHTTP(w, r)
	return nil
}
