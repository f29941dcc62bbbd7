package quarantine

import (
	"bytes"
	"context"
	"errors"
	"time"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/record"
)

func selectRaw(ctx context.Context, q *db.Tx, id string) ([]byte, error) {
	var raw []byte
	err := q.QueryRow(ctx, `
		SELECT raw
		FROM quarantine_raw
		WHERE id = $1`, id).Scan(&raw)
	if errors.Is(err, db.ErrNoRows) {
		err = fault.New(fault.NotFound, "quarantine.scrubbed", nil)
	}
	return raw, err
}

// deleteRaw takes an item's bytes away and notes when.
func deleteRaw(ctx context.Context, tx *db.Tx, id string, at time.Time) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM quarantine_raw
		WHERE id = $1`, id)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE quarantine
		SET scrubbed = $2
		WHERE id = $1`, id, at.UnixMilli())
	return err
}

// selectSettled lists items that were settled before a moment and whose bytes are still kept.
func selectSettled(ctx context.Context, tx *db.Tx, before time.Time) ([]string, error) {
	rows, err := tx.Query(ctx, `
		SELECT id
		FROM quarantine
		WHERE settled > 0
			AND scrubbed = 0
			AND settled < $1
		ORDER BY settled, id`, before.UnixMilli())
	if err != nil {
		return nil, err
	}
	var ids []string
	err = db.EachRow(rows, func() error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// selectConcerned reads through the bytes that are kept and gives the items that became, or say, one of the records, and
// those whose bytes hold the mention.
func selectConcerned(ctx context.Context, tx *db.Tx, mention string, records []record.ID) ([]Item, error) {
	named := map[string]bool{}
	for _, id := range records {
		named[id.String()] = true
	}
	became, err := selectBecame(ctx, tx, named)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `
		SELECT
			quarantine.id,
			quarantine.record,
			quarantine.state,
			quarantine_raw.raw
		FROM quarantine_raw
		JOIN quarantine ON quarantine.id = quarantine_raw.id
		ORDER BY quarantine.received, quarantine.id`)
	if err != nil {
		return nil, err
	}
	var items []Item
	err = db.EachRow(rows, func() error {
		var item Item
		var says string
		var raw []byte
		if err := rows.Scan(&item.ID, &says, &item.State, &raw); err != nil {
			return err
		}
		if named[says] || became[item.ID] || bytes.Contains(raw, []byte(mention)) {
			items = append(items, item)
		}
		return nil
	})
	return items, err
}

// selectBecame gives the items that are stored as one of the records.
func selectBecame(ctx context.Context, tx *db.Tx, records map[string]bool) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `
		SELECT
			quarantine_entry.id,
			quarantine_entry.record
		FROM quarantine_entry
		JOIN quarantine_raw ON quarantine_raw.id = quarantine_entry.id`)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	err = db.EachRow(rows, func() error {
		var id, said string
		err := rows.Scan(&id, &said)
		if records[said] {
			found[id] = true
		}
		return err
	})
	return found, err
}
