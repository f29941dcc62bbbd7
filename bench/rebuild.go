package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"qingshan/app"
	"qingshan/db"
)

// replayed is what one rebuild gave beside raw INSERTs of the rows that it left.
type replayed struct {
	entries int64
	rows    int64
	replay  time.Duration // from the first entry to the last, without the comparison of the tables
	whole   time.Duration // with it
	raw     time.Duration // for INSERTs of the same rows
}

func (r replayed) share() float64 { return float64(r.raw) / float64(r.replay) }

// rawRows is how many rows a transaction of the raw side has: as many as a batch of the replay leaves, or more.
const rawRows = 50_000

// rebuilds drops and replays the views of a data set, each time beside raw INSERTs of the same rows.
func (b *bench) rebuilds(ctx context.Context, d *dataset, runs int) error {
	var all []replayed
	for round := range runs {
		r, err := b.rebuild(ctx, d)
		if err != nil {
			return fmt.Errorf("rebuild %d entries: %w", d.entries, err)
		}
		all = append(all, r)
		fmt.Fprintf(b.out, "rebuild %d  %d entries, %d rows: %.0f entries/s, %.0f rows/s; raw %.0f rows/s; share %.0f %%; with comparing all tables %v\n", round+1,
			r.entries, r.rows, perSecond(r.entries, r.replay), perSecond(r.rows, r.replay), perSecond(r.rows, r.raw), 100*r.share(), r.whole.Round(time.Millisecond))
	}
	slices.SortFunc(all, func(x, y replayed) int { return int(x.replay - y.replay) })
	entries := perSecond(all[len(all)/2].entries, all[len(all)/2].replay)
	slices.SortFunc(all, func(x, y replayed) int { return int(1e6 * (x.share() - y.share())) })
	fmt.Fprintf(b.out, "\nmedians of %d: %.0f entries/s, %.0f %% of the raw row rate (goal at least 50 %%)\n\n", runs, entries, 100*all[len(all)/2].share())
	return nil
}

func perSecond(n int64, took time.Duration) float64 { return float64(n) / took.Seconds() }

func (b *bench) rebuild(ctx context.Context, d *dataset) (r replayed, err error) {
	done := filepath.Join(d.Dir, "done")
	if err := os.Remove(done); err != nil {
		return r, err // views half replayed are no data set
	}
	a, err := app.Open(ctx, d.config(), app.Options{})
	if err != nil {
		return r, err
	}
	began, first := time.Now(), time.Time{}
	tables, err := a.Rebuild(ctx, func(at, total int64) {
		switch at {
		case 0:
			first = time.Now()
		case total:
			r.entries, r.replay = total, time.Since(first)
		}
	})
	r.whole = time.Since(began)
	a.Close()
	if err != nil {
		return r, err
	}
	for _, t := range tables {
		if t.Before != t.After {
			return r, fmt.Errorf("table %s came out differently", t.Name)
		}
	}
	if err := os.WriteFile(done, nil, 0o600); err != nil {
		return r, err
	}
	return r, b.rawRows(ctx, d, &r)
}

// rawRows puts the rows of the views into the same tables of a fresh store by the same bulk insert, table by table in the
// order in which they lie, which is the best order that there is.
func (b *bench) rawRows(ctx context.Context, d *dataset, r *replayed) (err error) {
	p, err := b.newPlace()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.clear(ctx)) }()
	from, err := db.Open(ctx, d.Location, db.Views, db.Options{})
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := db.Open(ctx, p.Location, db.Views, db.Options{})
	if err != nil {
		return err
	}
	defer to.Close()
	return from.Read(ctx, func(q *db.Tx) error {
		tables, err := q.Tables(ctx)
		if err != nil {
			return err
		}
		for _, table := range tables {
			err := eachRows(ctx, q, table, rawRows, func(columns []string, rows [][]any) error {
				began := time.Now()
				err := to.Do(ctx, func(tx *db.Tx) error { return tx.Insert(ctx, table, columns, rows) })
				r.raw += time.Since(began)
				r.rows += int64(len(rows))
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
