package metrics

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// maxBooks bounds the books that have series of their own; a province has more than anybody draws lines for.
const maxBooks = 500

// other is the book that the rest are shown as.
const other = "other"

// patience bounds how long the sources may take together: a scrape that waits for a database is no help against it.
const patience = 5 * time.Second

// ask has every source answer, and gives what they said as a registry of this one look. The number of its failures is a
// number too.
func (m *Metrics) ask(ctx context.Context) (*prometheus.Registry, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	look := &look{}
	for _, s := range m.sources {
		samples, err := s.Ask(ctx)
		failed := 0.0
		if err != nil {
			failed, samples = 1, nil
		}
		samples = append(samples, Sample{Name: "source_failed", Help: "1 where a source of numbers could not answer this time.",
			Labels: []Label{{"source", s.Name}}, Value: failed})
		if err := look.add(bounded(samples)); err != nil {
			return nil, err
		}
	}
	registry := prometheus.NewRegistry()
	return registry, registry.Register(look)
}

// bounded lets the first books have series of their own and gathers the rest: counts are added, and of states, which do
// not add up, the greatest is shown.
func bounded(samples []Sample) []Sample {
	var books []string
	var out, rest []Sample
	for _, s := range samples {
		i := slices.IndexFunc(s.Labels, func(l Label) bool { return l.Name == "book" })
		switch {
		case i < 0 || slices.Contains(books, s.Labels[i].Value):
			out = append(out, s)
		case len(books) < maxBooks:
			books = append(books, s.Labels[i].Value)
			out = append(out, s)
		default:
			s.Labels = slices.Clone(s.Labels)
			s.Labels[i].Value = other
			rest = gathered(rest, s)
		}
	}
	return append(out, rest...)
}

func gathered(rest []Sample, s Sample) []Sample {
	i := slices.IndexFunc(rest, func(r Sample) bool { return r.Name == s.Name && slices.Equal(r.Labels, s.Labels) })
	switch {
	case i < 0:
		return append(rest, s)
	case s.Grows:
		rest[i].Value += s.Value
	default:
		rest[i].Value = max(rest[i].Value, s.Value)
	}
	return rest
}

// look is what the sources said this once; it is a collector of constants.
type look struct {
	metrics []prometheus.Metric
}

func (l *look) add(samples []Sample) error {
	for _, s := range samples {
		names, values := make([]string, len(s.Labels)), make([]string, len(s.Labels))
		for i, label := range s.Labels {
			names[i], values[i] = label.Name, label.Value
		}
		kind := prometheus.GaugeValue
		if s.Grows {
			kind = prometheus.CounterValue
		}
		metric, err := prometheus.NewConstMetric(prometheus.NewDesc(prefix+s.Name, s.Help, names, nil), kind, s.Value, values...)
		if err != nil {
			return err
		}
		l.metrics = append(l.metrics, metric)
	}
	return nil
}

// Describe implements [prometheus.Collector]; it says nothing, so that nothing is promised for the next look.
func (l *look) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (l *look) Collect(to chan<- prometheus.Metric) {
	for _, metric := range l.metrics {
		to <- metric
	}
}
