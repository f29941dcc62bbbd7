package intake

import (
	"context"
	"fmt"
	"strconv"

	"qingshan/access"
	"qingshan/fault"
	"qingshan/internal/strictjson"
	"qingshan/quarantine"
	"qingshan/record"
)

// Replay has an item judged again as it came, under the catalog and the register of today. What is taken now settles it;
// what is not waits on, with the reason of today. Of a body that can be read now, each record stands for itself.
func (w *Ward) Replay(ctx context.Context, who access.Actor, id string) ([]Landing, error) {
	hold, err := w.take(ctx, who, id)
	if err != nil {
		return nil, err
	}
	if hold.Item.Form == quarantine.WholeBody {
		return w.replayBody(ctx, who, hold)
	}
	return w.replayRecord(ctx, who, hold)
}

// past says how an item first came.
func pastOf(item quarantine.Item) *Past {
	return &Past{Channel: item.Channel, Sender: item.Sender, By: item.Sender, Received: item.Received,
		Note: record.Finding{Code: "record.replayed", Grade: record.Note, Data: map[string]string{"item": item.ID, "hash": item.Hash.String()}}}
}

func (w *Ward) replayRecord(ctx context.Context, who access.Actor, hold quarantine.Hold) ([]Landing, error) {
	item := hold.Item
	raw, err := strictjson.Parse(hold.Raw, rawLimits())
	if err != nil {
		return nil, w.letGo(ctx, hold, fmt.Errorf("read item %s again: %w", item.ID, err))
	}
	d := Delivery{Channel: item.Channel, Who: who, Right: access.ManageQuarantine, Book: item.Named, Sent: item.Sent, Records: []strictjson.Value{raw}, Past: pastOf(item)}
	receipts, err := w.offer(ctx, item.Book, d)
	if err != nil {
		return nil, w.letGo(ctx, hold, err)
	}
	o, failed := outcomeOf(receipts)
	o.Who = who.Person
	landed := []Landing{{Receipt: receipts[0]}}
	if failed != nil {
		landed[0] = Landing{Receipt: record.Receipt{Book: item.Named, ID: receipts[0].ID, Outcome: record.Quarantined, Findings: failed}, Item: item.ID}
		return landed, w.Store.Return(ctx, hold, quarantine.TryReplay, o, failed)
	}
	return landed, w.Store.Settle(ctx, hold, quarantine.Replayed, o)
}

func (w *Ward) replayBody(ctx context.Context, who access.Actor, hold quarantine.Hold) ([]Landing, error) {
	item := hold.Item
	d, err := w.read(hold.Raw)
	if fault.Is(err, fault.Invalid) {
		reason := []record.Finding{findingOf(err)}
		o := quarantine.Outcome{Who: who.Person, Data: map[string]string{"code": reason[0].Code}}
		return []Landing{{Receipt: record.Receipt{Outcome: record.Quarantined, Findings: reason}, Item: item.ID}},
			w.Store.Return(ctx, hold, quarantine.TryReplay, o, reason)
	}
	var landed []Landing
	if err == nil {
		d.Catalog = [32]byte{} // that of today
		landed, err = w.land(ctx, consignment{who: who, right: access.ManageQuarantine, home: item.Book, sender: item.Sender, token: item.Token,
			received: item.Received, origin: item.ID, past: pastOf(item)}, d)
	}
	if err != nil {
		return nil, w.letGo(ctx, hold, err)
	}
	o := quarantine.Outcome{Who: who.Person}
	for _, l := range landed {
		if l.Item == "" {
			o.Entries = append(o.Entries, quarantine.Entry{Book: l.Book, Seq: l.Seq, Record: l.ID})
		}
	}
	o.Data = map[string]string{"records": strconv.Itoa(len(landed)), "stored": strconv.Itoa(len(o.Entries))}
	return landed, w.Store.Settle(ctx, hold, quarantine.Replayed, o)
}

// Round is what came of replaying a page of items.
type Round struct {
	Tried  int
	Stored int    // settled now
	Still  int    // wait on
	Busy   int    // settled or in hand meanwhile
	Next   string // where the next round goes on; "" after the last
}

// ReplayAll replays a page of the waiting items that somebody may see to.
func (w *Ward) ReplayAll(ctx context.Context, who access.Actor, book record.Book, q quarantine.Query) (Round, error) {
	q.State = quarantine.Waiting
	items, next, err := w.List(ctx, who, book, q)
	round := Round{Next: next}
	for _, item := range items {
		if err != nil {
			return round, err
		}
		var landed []Landing
		landed, err = w.Replay(ctx, who, item.ID)
		round.Tried++
		switch {
		case fault.Is(err, fault.Conflict):
			round.Busy++
			err = nil
		case err == nil && landed[0].Item == item.ID:
			round.Still++
		case err == nil:
			round.Stored++
		}
	}
	return round, err
}
