package indicator_test

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/record"
)

// BenchmarkFollow measures how many records a second the fold and the rollups take in batches of 500, and how many
// statements a batch costs: a year of a town with twelve villages of eight grids, a seventh of it about stocks, a seventh
// distinct counts, every fiftieth an amendment.
func BenchmarkFollow(b *testing.B) {
	dbtest.EachLocation(b, func(b *testing.B, loc db.Location) {
		var statements atomic.Int64
		s := dbtest.Stores{Location: loc}.Open(b, db.Options{Fault: func(at db.Point) error {
			if at == db.Executing {
				statements.Add(1)
			}
			return nil
		}})
		const records, batch = 20_000, 500
		entries := year(rand.New(rand.NewPCG(1, 1)), records)
		for b.Loop() {
			b.StopTimer()
			w := newWorld(b, s)
			statements.Store(0)
			b.StartTimer()
			w.follow(town, entries, func() int { return batch })
			b.ReportMetric(float64(statements.Load())/(records/batch), "statements/batch")
		}
		b.ReportMetric(float64(records*b.N)/b.Elapsed().Seconds(), "records/s")
	})
}

func year(r *rand.Rand, n int) []record.Entry {
	entries := make([]record.Entry, n)
	for i := range entries {
		place := record.UnitCode(fmt.Sprintf("2203231022%02d-%02d", 10+r.IntN(12), 1+r.IntN(8)))
		name, day := fmt.Sprint(i), record.Day(20250101).Add(i*365/n)
		switch {
		case i%50 == 49:
			entries[i] = amends(fmt.Sprint(i-r.IntN(48)-1), said(name, place, day, "waste", r.IntN(1e6)))
		case i%7 == 0:
			entries[i] = said(name, place, day, "herd", fmt.Sprint("herd/", r.IntN(2000)), "deer", r.IntN(50))
		case i%7 == 1:
			entries[i] = said(name, place, day, "visited", fmt.Sprint("household/", r.IntN(3000)))
		default:
			entries[i] = said(name, place, day, "waste", r.IntN(1e6), "straw", r.IntN(1e6))
		}
	}
	return entries
}
