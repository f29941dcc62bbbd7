package register

import (
	"context"
	"fmt"
	"testing"
	"time"

	"qingshan/catalog"
	"qingshan/db"
	"qingshan/internal/digest"
	"qingshan/record"
)

// The books of these tests.
const (
	county record.Book = "220323"
	town   record.Book = "220323102"
)

// diary writes entries of one book, numbered as a ledger would.
type diary struct {
	book    record.Book
	entries []record.Entry
}

// say adds an entry; change may set anything but its sequence.
func (d *diary) say(kind record.Kind, day record.Day, values record.Values, change ...func(*record.Entry)) record.Entry {
	e := record.Entry{
		Seq:      int64(len(d.entries)),
		Envelope: record.Envelope{Received: time.UnixMilli(1).UTC(), Channel: record.ChannelAPI, Day: day},
		Record: record.Record{
			ID:       record.HashID(record.ChannelAPI, fmt.Sprintf("%s %d", d.book, len(d.entries))),
			Book:     d.book,
			Kind:     kind,
			Observed: record.OnDay(day),
			Values:   values,
		},
	}
	for _, f := range change {
		f(&e)
	}
	d.entries = append(d.entries, e)
	return e
}

func amending(root record.ID) func(*record.Entry) {
	return func(e *record.Entry) { e.Record.Amends = root }
}

func held(e *record.Entry) {
	e.Envelope.Findings = []record.Finding{{Code: "value.implausible", Grade: record.Held}}
}

func placed(unit record.UnitCode) func(*record.Entry) {
	return func(e *record.Entry) { e.Envelope.Resolved.Place = unit }
}

func about(refs ...record.Ref) func(*record.Entry) {
	return func(e *record.Entry) { e.Record.About = refs }
}

func thing(id string, heads int64) record.Values {
	return record.Values{"object": record.Text(id), "heads": record.Int(heads)}
}

// follow passes entries in batches of at most n, moving the cursor as the runner of followers does.
func follow(t testing.TB, views *db.DB, r *Register, entries []record.Entry, n int) {
	t.Helper()
	for len(entries) > 0 {
		part := entries[:min(n, len(entries))]
		entries = entries[len(part):]
		if err := followBatch(t.Context(), views, r, part); err != nil {
			t.Fatalf("follow entries %d to %d: %v", part[0].Seq, part[len(part)-1].Seq, err)
		}
	}
}

func followBatch(ctx context.Context, views *db.DB, r *Register, part []record.Entry) error {
	book, size := part[0].Record.Book, part[len(part)-1].Seq+1
	return views.Do(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO cursor (book, follower, size)
			VALUES ($1, $2, $3)
			ON CONFLICT (book, follower) DO UPDATE SET size = excluded.size`, string(book), r.Name(), size)
		if err != nil {
			return err
		}
		return r.Follow(ctx, tx, book, part)
	})
}

func newTestRegister(t testing.TB, views *db.DB) *Register {
	t.Helper()
	words, err := catalog.Standard()
	if err != nil {
		t.Fatalf("load catalog: %v", err)
	}
	return New(views, func(digest.Hash) *catalog.Catalog { return words })
}
