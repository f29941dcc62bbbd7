package quarantine

import (
	"context"
	"encoding/json"
	"fmt"

	"qingshan/db"
	"qingshan/record"
)

// addStep writes the next line of an item's history.
func addStep(ctx context.Context, tx *db.Tx, id string, s Step) error {
	if s.Data == nil {
		s.Data = map[string]string{}
	}
	data, err := json.Marshal(s.Data)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE quarantine
		SET steps = steps + 1
		WHERE id = $1`, id)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO quarantine_step (
			id,
			step,
			at,
			who,
			did,
			why,
			data)
		SELECT
			id,
			steps,
			$2,
			$3,
			$4,
			$5,
			$6
		FROM quarantine
		WHERE id = $1`, id, s.At.UnixMilli(), string(s.Who), string(s.Did), s.Why, string(data))
	if err != nil {
		return fmt.Errorf("write the history of %s: %w", id, err)
	}
	return nil
}

func selectSteps(ctx context.Context, q *db.Tx, id string) ([]Step, error) {
	rows, err := q.Query(ctx, `
		SELECT
			at,
			who,
			did,
			why,
			data
		FROM quarantine_step
		WHERE id = $1
		ORDER BY step`, id)
	if err != nil {
		return nil, err
	}
	var steps []Step
	err = db.EachRow(rows, func() error {
		var s Step
		var at int64
		var data string
		if err := rows.Scan(&at, &s.Who, &s.Did, &s.Why, &data); err != nil {
			return err
		}
		s.At = moment(at)
		steps = append(steps, s)
		return json.Unmarshal([]byte(data), &steps[len(steps)-1].Data)
	})
	return steps, err
}

// insertEntries notes where an item is stored; what is noted already stays.
func insertEntries(ctx context.Context, tx *db.Tx, id string, entries []Entry) error {
	for _, e := range entries {
		_, err := tx.Exec(ctx, `
			INSERT INTO quarantine_entry (
				id,
				book,
				seq,
				record)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (id, book, seq) DO NOTHING`, id, string(e.Book), e.Seq, e.Record.String())
		if err != nil {
			return fmt.Errorf("note where %s is stored: %w", id, err)
		}
	}
	return nil
}

func selectEntries(ctx context.Context, q *db.Tx, id string) ([]Entry, error) {
	rows, err := q.Query(ctx, `
		SELECT
			book,
			seq,
			record
		FROM quarantine_entry
		WHERE id = $1
		ORDER BY book, seq`, id)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	err = db.EachRow(rows, func() error {
		var e Entry
		var said string
		if err := rows.Scan(&e.Book, &e.Seq, &said); err != nil {
			return err
		}
		e.Record, err = record.ParseID(said)
		entries = append(entries, e)
		return err
	})
	return entries, err
}
