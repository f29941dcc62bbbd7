package quarantine

import (
	"context"
	"fmt"
	"time"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/record"
)

// Hold is an item in somebody's hand, with its bytes. It ends by [Store.Settle] or [Store.Return], or by itself.
type Hold struct {
	Item Item
	Raw  []byte
	turn int64
}

// Take puts an item into somebody's hand. An item that is settled, or in another's hand, is a conflict.
func (s *Store) Take(ctx context.Context, id string) (Hold, error) {
	var h Hold
	err := s.store.Do(ctx, func(tx *db.Tx) (err error) {
		if h.Item, h.turn, err = s.take(ctx, tx, id); err != nil {
			return err
		}
		h.Raw, err = selectRaw(ctx, tx, id)
		return err
	})
	return h, err
}

func (s *Store) take(ctx context.Context, tx *db.Tx, id string) (Item, int64, error) {
	now := s.now()
	taken, err := takeItem(ctx, tx, id, now, now.Add(inHand))
	if err != nil {
		return Item{}, 0, err
	}
	item, err := selectItem(ctx, tx, id)
	if err != nil {
		return Item{}, 0, err
	}
	if !taken {
		return Item{}, 0, busy(item)
	}
	turn, err := selectTurn(ctx, tx, id)
	return item, turn, err
}

// busy says why an item cannot be taken.
func busy(item Item) error {
	if item.State == Waiting {
		return fault.New(fault.Conflict, "quarantine.in_hand", nil)
	}
	return fault.New(fault.Conflict, "quarantine.settled", fault.Data{"state": string(item.State), "day": record.DayAt(item.Settled, record.Zone()).String()})
}

// Outcome is how somebody is done with an item, or what came of an attempt.
type Outcome struct {
	Who     record.PersonRef
	Why     string
	Data    map[string]string
	Entries []Entry // where it is stored now
}

// Settle ends an item's waiting. Who has held the item for too long finds it in another's hand, which is a conflict; what
// was stored for it meanwhile is written into its history.
func (s *Store) Settle(ctx context.Context, h Hold, as State, o Outcome) error {
	now, late := s.now(), false
	err := s.store.Do(ctx, func(tx *db.Tx) error {
		settled, err := settleItem(ctx, tx, h.Item.ID, h.turn, as, now)
		if err != nil {
			return err
		}
		late = !settled
		if err := insertEntries(ctx, tx, h.Item.ID, o.Entries); err != nil {
			return err
		}
		did := deedOf(as)
		if late {
			did = attemptOf(as)
		}
		return addStep(ctx, tx, h.Item.ID, Step{At: now, Who: o.Who, Did: did, Why: o.Why, Data: o.Data})
	})
	if err == nil && late {
		return fault.New(fault.Conflict, "quarantine.in_hand", nil)
	}
	return err
}

func deedOf(s State) Deed {
	switch s {
	case Repaired:
		return DidRepair
	case Replayed:
		return DidReplay
	default:
		return DidDismiss
	}
}

func attemptOf(s State) Deed {
	if s == Replayed {
		return TryReplay
	}
	return TryRepair
}

// Return puts an item back to wait after an attempt that failed; reason, if there is one, is why it waits from now on.
func (s *Store) Return(ctx context.Context, h Hold, did Deed, o Outcome, reason []record.Finding) error {
	return s.store.Do(ctx, func(tx *db.Tx) error {
		if err := returnItem(ctx, tx, h.Item.ID, h.turn); err != nil {
			return err
		}
		if len(reason) > 0 {
			if err := updateReason(ctx, tx, h.Item.ID, reason); err != nil {
				return err
			}
		}
		if err := insertEntries(ctx, tx, h.Item.ID, o.Entries); err != nil {
			return err
		}
		return addStep(ctx, tx, h.Item.ID, Step{At: s.now(), Who: o.Who, Did: did, Why: o.Why, Data: o.Data})
	})
}

// LetGo puts an item back to wait as if it had not been taken: nothing could be tried.
func (s *Store) LetGo(ctx context.Context, h Hold) error {
	return s.store.Do(ctx, func(tx *db.Tx) error { return returnItem(ctx, tx, h.Item.ID, h.turn) })
}

// Dismiss settles an item without storing anything, for a reason.
func (s *Store) Dismiss(ctx context.Context, id string, who record.PersonRef, why string) error {
	return s.store.Do(ctx, func(tx *db.Tx) error {
		_, turn, err := s.take(ctx, tx, id)
		if err != nil {
			return err
		}
		settled, err := settleItem(ctx, tx, id, turn, Dismissed, s.now())
		if err == nil && !settled {
			err = fmt.Errorf("dismiss %s: it was taken in the same transaction", id)
		}
		if err != nil {
			return err
		}
		return addStep(ctx, tx, id, Step{At: s.now(), Who: who, Did: DidDismiss, Why: why})
	})
}

// Sweep scrubs the raw bytes of items that were settled before a moment, and gives how many.
func (s *Store) Sweep(ctx context.Context, before time.Time) (int, error) {
	var ids []string
	err := s.store.Do(ctx, func(tx *db.Tx) (err error) {
		if ids, err = selectSettled(ctx, tx, before); err != nil {
			return err
		}
		return s.scrub(ctx, tx, ids, Step{Data: map[string]string{"rule": "retention"}})
	})
	if err == nil && len(ids) > 0 {
		err = s.store.Scrub(ctx, "quarantine_raw")
	}
	if err != nil {
		return 0, fmt.Errorf("scrub quarantine: %w", err)
	}
	return len(ids), nil
}

// scrub deletes the bytes of items and says so in their histories.
func (s *Store) scrub(ctx context.Context, tx *db.Tx, ids []string, step Step) error {
	step.At, step.Did = s.now(), DidScrub
	for _, id := range ids {
		if err := deleteRaw(ctx, tx, id, step.At); err != nil {
			return err
		}
		if err := addStep(ctx, tx, id, step); err != nil {
			return err
		}
	}
	return nil
}

// Forgotten tells of an erasure: the items whose bytes went, and those that have to be settled first.
type Forgotten struct {
	Scrubbed []string
	Waiting  []string
}

// Forget scrubs the settled items in which a subject is recognised: by a record that holds personal values of it, or by its
// id standing in the bytes.
func (s *Store) Forget(ctx context.Context, subject record.Ref, records []record.ID) (Forgotten, error) {
	var f Forgotten
	err := s.store.Do(ctx, func(tx *db.Tx) error {
		f = Forgotten{}
		items, err := selectConcerned(ctx, tx, subject.ID, records)
		if err != nil {
			return err
		}
		for _, item := range items {
			if item.State == Waiting {
				f.Waiting = append(f.Waiting, item.ID)
			} else {
				f.Scrubbed = append(f.Scrubbed, item.ID)
			}
		}
		return s.scrub(ctx, tx, f.Scrubbed, Step{Data: map[string]string{"rule": "erasure"}})
	})
	if err == nil && len(f.Scrubbed) > 0 {
		err = s.store.Scrub(ctx, "quarantine_raw")
	}
	return f, err
}
