package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"qingshan/catalog"
	"qingshan/db"
	"qingshan/internal/digest"
	"qingshan/ledger"
	"qingshan/record"
)

// submissions are what the desk makes of the records from to to.
func submissions(words digest.Hash, from, to int) []record.Submission {
	var out []record.Submission
	for n := from; n < to; n++ {
		out = append(out, record.Submission{
			Record: record.Record{ID: recordID(n), Book: town, Kind: "waste.load", By: "operator", Observed: record.InstantAt(observed()),
				About:  []record.Ref{{Kind: "unit", ID: village}},
				Values: record.Values{"category": record.Text("domestic"), "mass": record.Int(kilograms(n) * 1000)}},
			Envelope: record.Envelope{Received: observed().Add(time.Minute), Channel: record.ChannelAPI, Catalog: words,
				Day: 20250603, Resolved: record.Resolved{Place: village}},
		})
	}
	return out
}

// opening is entry 0 of the book.
func opening() record.Submission {
	return record.Submission{
		Record: record.Record{ID: record.HashID(record.ChannelSystem, "open "+town), Book: town, Kind: ledger.KindOpened,
			Observed: record.InstantAt(observed()), Values: record.Values{"unit": record.Text(town)}},
		Envelope: record.Envelope{Received: observed(), Channel: record.ChannelSystem, Catalog: catalog.System().Hash(), Day: 20250603},
	}
}

// inStore runs f on a fresh ledger store and clears it away.
func (b *bench) inStore(ctx context.Context, f func(store *db.DB) error) (err error) {
	p, err := b.newPlace()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.clear(ctx)) }()
	store, err := db.Open(ctx, p.Location, db.Ledger, db.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	return f(store)
}

// throughLedger appends submissions by one caller, without door, desk, followers and JSON.
func (b *bench) throughLedger(ctx context.Context) (r result, err error) {
	words, err := catalog.Standard()
	if err != nil {
		return r, err
	}
	return r, b.inStore(ctx, func(store *db.DB) error {
		l, err := ledger.Open(ctx, store, ledger.Options{})
		if err != nil {
			return err
		}
		defer l.Close()
		if _, err := l.Create(ctx, opening()); err != nil {
			return err
		}
		batches := make([][]record.Submission, b.batches)
		for i := range batches {
			batches[i] = submissions(words.Hash(), i*b.size, (i+1)*b.size)
		}
		r, err = timed(len(batches), b.size, func(i int) error {
			receipts, err := l.Append(ctx, batches[i]...)
			for _, receipt := range receipts {
				if receipt.Outcome != record.Stored {
					return fmt.Errorf("record %s: %s", receipt.ID, receipt.Outcome)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		report, err := l.Verify(ctx, town)
		if err != nil {
			return err
		}
		r.records = int(report.Size) - 1 // without the opening
		return b.keepRows(ctx, store)
	})
}

// keepRows reads what the ledger made of the batches, once.
func (b *bench) keepRows(ctx context.Context, store *db.DB) error {
	if b.rows != nil {
		return nil
	}
	return store.Read(ctx, func(q *db.Tx) error {
		rows, err := selectRows(ctx, q, town)
		if err != nil {
			return err
		}
		b.rows = slices.Collect(slices.Chunk(rows[1:], b.size))
		return nil
	})
}

// raw puts the rows that the ledger stores into its table, by the same bulk insert, one transaction a batch: what is left
// out is everything that makes it a ledger.
func (b *bench) raw(ctx context.Context) (r result, err error) {
	if b.rows == nil {
		if _, err := b.throughLedger(ctx); err != nil {
			return r, err
		}
	}
	return r, b.inStore(ctx, func(store *db.DB) error {
		r, err = timed(len(b.rows), b.size, func(i int) error {
			return store.Do(ctx, func(tx *db.Tx) error { return tx.Insert(ctx, "entry", entryColumns(), b.rows[i]) })
		})
		if err != nil {
			return err
		}
		return store.Read(ctx, func(q *db.Tx) error {
			r.records, err = countRows(ctx, q, town)
			return err
		})
	})
}

// timed calls f for each batch, one after the other.
func timed(batches, size int, f func(i int) error) (result, error) {
	took := make([]time.Duration, batches)
	began := time.Now()
	for i := range batches {
		start := time.Now()
		if err := f(i); err != nil {
			return result{}, err
		}
		took[i] = time.Since(start)
	}
	return summary(took, batches*size, time.Since(began)), nil
}

func summary(took []time.Duration, records int, elapsed time.Duration) result {
	slices.Sort(took)
	return result{perSecond: float64(records) / elapsed.Seconds(), p50: took[len(took)/2], p99: took[len(took)*99/100]}
}
