package program

import (
	"context"

	"qingshan/db"
	"qingshan/follow"
	"qingshan/internal/metrics"
	"qingshan/record"
)

// Followers tells the size of every book, and of every follower how far it is and whether it stopped.
func Followers(status func(context.Context) ([]follow.Progress, error), size func(context.Context, record.Book) (int64, error)) metrics.Source {
	return metrics.Source{Name: "followers", Ask: func(ctx context.Context) ([]metrics.Sample, error) {
		all, err := status(ctx)
		if err != nil {
			return nil, err
		}
		var out []metrics.Sample
		sized := map[record.Book]bool{}
		for _, p := range all {
			if !sized[p.Book] {
				sized[p.Book] = true
				entries, err := size(ctx, p.Book)
				if err != nil {
					return nil, err
				}
				out = append(out, metrics.Sample{Name: "book_entries", Help: "Entries of a book: the size of its tree.", Labels: []metrics.Label{bookOf(p)}, Value: float64(entries)})
			}
			out = append(out, progress(p)...)
		}
		return out, nil
	}}
}

func bookOf(p follow.Progress) metrics.Label {
	return metrics.Label{Name: "book", Value: string(p.Book)}
}

func progress(p follow.Progress) []metrics.Sample {
	of := []metrics.Label{bookOf(p), {Name: "follower", Value: p.Follower}}
	stopped := 0.0
	if p.Stopped != nil {
		stopped = 1
	}
	return []metrics.Sample{
		{Name: "follower_entries", Help: "Entries that a follower has passed.", Labels: of, Value: float64(p.Size)},
		{Name: "follower_behind_entries", Help: "Entries that a follower has yet to pass.", Labels: of, Value: float64(p.Behind)},
		{Name: "follower_stopped", Help: "1 where a follower met a bug and stopped.", Labels: of, Value: stopped},
	}
}

// Store tells how busy a database is.
func Store(name string, loads func() (writing, reading db.Load)) metrics.Source {
	return metrics.Source{Name: name, Ask: func(context.Context) ([]metrics.Sample, error) {
		writing, reading := loads()
		return append(busy(name, "write", writing), busy(name, "read", reading)...), nil
	}}
}

func busy(store, use string, load db.Load) []metrics.Sample {
	of := []metrics.Label{{Name: "store", Value: store}, {Name: "use", Value: use}}
	return []metrics.Sample{
		{Name: "db_connections_max", Help: "Connections that a store may have at the same time.", Labels: of, Value: float64(load.Most)},
		{Name: "db_connections_busy", Help: "Of these, in a transaction.", Labels: of, Value: float64(load.Busy)},
		{Name: "db_waits_total", Help: "How often all connections were busy when one was wanted.", Grows: true, Labels: of, Value: float64(load.Waits)},
		{Name: "db_waited_seconds_total", Help: "How long that lasted in all.", Grows: true, Labels: of, Value: load.Waited.Seconds()},
	}
}

// Requests tells how many requests are being served.
func Requests(busy func() (now, most int)) metrics.Source {
	return metrics.Source{Name: "requests", Ask: func(context.Context) ([]metrics.Sample, error) {
		now, most := busy()
		return []metrics.Sample{
			{Name: "http_requests_busy", Help: "Requests that are being served.", Value: float64(now)},
			{Name: "http_requests_max", Help: "Requests that may be served at the same time.", Value: float64(most)},
		}, nil
	}}
}

// Gauge tells one number of a book each: how many wait, how many were published.
func Gauge(name, help string, count func(ctx context.Context) (map[record.Book]int64, error)) metrics.Source {
	return metrics.Source{Name: name, Ask: func(ctx context.Context) ([]metrics.Sample, error) {
		counts, err := count(ctx)
		if err != nil {
			return nil, err
		}
		var out []metrics.Sample
		for book, n := range counts {
			out = append(out, metrics.Sample{Name: name, Help: help, Labels: []metrics.Label{{Name: "book", Value: string(book)}}, Value: float64(n)})
		}
		return out, nil
	}}
}

// Count has numbers keep what became of each delivery; it is what the desk tells.
func Count(numbers *metrics.Metrics) func(channel record.Channel, receipts []record.Receipt) {
	return func(channel record.Channel, receipts []record.Receipt) {
		became := map[record.Outcome]int{}
		for _, r := range receipts {
			became[r.Outcome]++
		}
		for outcome, n := range became {
			numbers.Records(string(channel), string(outcome), n)
		}
	}
}
