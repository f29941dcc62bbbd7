package quarantine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/record"
)

// passGate makes deliveries to one book wait for one another from here to the commit.
func passGate(ctx context.Context, tx *db.Tx, book record.Book) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO quarantine_gate (
			book,
			turn)
		VALUES ($1, 1)
		ON CONFLICT (book) DO UPDATE
		SET turn = quarantine_gate.turn + 1`, string(book))
	return err
}

func loadOfToken(ctx context.Context, tx *db.Tx, token string) (load, error) {
	var l load
	err := tx.QueryRow(ctx, `
		SELECT
			COUNT(*),
			COALESCE(SUM(bytes), 0)
		FROM quarantine
		WHERE token = $1
			AND state = $2`, token, string(Waiting)).Scan(&l.items, &l.bytes)
	return l, err
}

func loadOfBook(ctx context.Context, tx *db.Tx, book record.Book) (load, error) {
	var l load
	err := tx.QueryRow(ctx, `
		SELECT
			COUNT(*),
			COALESCE(SUM(bytes), 0)
		FROM quarantine
		WHERE book = $1
			AND state = $2`, string(book), string(Waiting)).Scan(&l.items, &l.bytes)
	return l, err
}

// countAgain notes that an item was delivered once more, and tells whether it is there.
func countAgain(ctx context.Context, tx *db.Tx, a Arrival) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE quarantine
		SET times = times + 1,
			latest = $2
		WHERE id = $1`, a.id(), a.Received.UnixMilli())
	return n > 0, err
}

// insertItem adds an item with its bytes and the first line of its history, and tells whether it was not there yet.
func insertItem(ctx context.Context, tx *db.Tx, a Arrival) (bool, error) {
	reason, err := written(a.Reason)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `
		INSERT INTO quarantine (
			id,
			book,
			named,
			form,
			channel,
			sender,
			token,
			catalog,
			record,
			kind,
			origin,
			received,
			sent,
			latest,
			times,
			hash,
			bytes,
			code,
			reason,
			state,
			in_hand,
			turn,
			steps,
			settled,
			scrubbed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $16, $17, $18, $19, 0, 0, 0, 0, 0)
		ON CONFLICT (id) DO NOTHING`,
		a.id(), string(a.Book), string(a.Named), string(a.Form), string(a.Channel), string(a.Sender), a.Token,
		hashText(a.Catalog), idText(a.Record), string(a.Kind), a.Origin, a.Received.UnixMilli(), milli(a.Sent), a.Received.UnixMilli(),
		digest.Of(a.Raw).String(), int64(len(a.Raw)), firstCode(a.Reason), reason, string(Waiting))
	if err != nil || n == 0 {
		return false, err
	}
	if err := insertRaw(ctx, tx, a.id(), a.Raw); err != nil {
		return false, err
	}
	return true, addStep(ctx, tx, a.id(), Step{At: a.Received, Who: a.Sender, Did: Came, Data: map[string]string{"code": firstCode(a.Reason)}})
}

func insertRaw(ctx context.Context, tx *db.Tx, id string, raw []byte) error {
	if raw == nil {
		raw = []byte{} // an empty body is one, too
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO quarantine_raw (
			id,
			raw)
		VALUES ($1, $2)`, id, raw)
	return err
}

func firstCode(reason []record.Finding) string {
	for _, f := range reason {
		if f.Grade == record.Fatal {
			return f.Code
		}
	}
	return ""
}

// told is a finding as it is written.
type told struct {
	Code  string            `json:"code"`
	Grade record.Grade      `json:"grade"`
	Field string            `json:"field,omitempty"`
	Data  map[string]string `json:"data,omitempty"`
}

func written(findings []record.Finding) (string, error) {
	list := make([]told, len(findings))
	for i, f := range findings {
		list[i] = told(f)
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// readReason is the inverse of [written].
func readReason(text string) ([]record.Finding, error) {
	var list []told
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("read a reason: %w", err)
	}
	findings := make([]record.Finding, len(list))
	for i, f := range list {
		findings[i] = record.Finding(f)
	}
	return findings, nil
}

func hashText(h digest.Hash) string {
	if h.Zero() {
		return ""
	}
	return h.String()
}

func idText(id record.ID) string {
	if id.Zero() {
		return ""
	}
	return id.String()
}

// milli gives a moment in milliseconds, and 0 for none.
func milli(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}

// moment is the inverse of [milli].
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// scanItem reads the columns of itemColumns in their order.
func scanItem(row interface{ Scan(...any) error }) (Item, error) {
	var i Item
	var catalog, id, hash, reason string
	var received, sent, latest, settled, scrubbed int64
	err := row.Scan(&i.ID, &i.Book, &i.Named, &i.Form, &i.Channel, &i.Sender, &i.Token, &catalog, &id, &i.Kind, &i.Origin,
		&received, &sent, &latest, &i.Times, &hash, &i.Bytes, &reason, &i.State, &i.steps, &settled, &scrubbed)
	if err != nil {
		return i, err
	}
	i.Received, i.Sent, i.Latest, i.Settled, i.Scrubbed = moment(received), moment(sent), moment(latest), moment(settled), moment(scrubbed)
	if catalog != "" {
		i.Catalog, err = digest.Parse(catalog)
	}
	if err == nil && id != "" {
		i.Record, err = record.ParseID(id)
	}
	if err == nil {
		i.Hash, err = digest.Parse(hash)
	}
	if err == nil {
		i.Reason, err = readReason(reason)
	}
	if err != nil {
		return i, fmt.Errorf("read quarantine item %s: %w", i.ID, err)
	}
	return i, nil
}

func selectItem(ctx context.Context, q *db.Tx, id string) (Item, error) {
	item, err := scanItem(q.QueryRow(ctx, `
		SELECT
			id,
			book,
			named,
			form,
			channel,
			sender,
			token,
			catalog,
			record,
			kind,
			origin,
			received,
			sent,
			latest,
			times,
			hash,
			bytes,
			reason,
			state,
			steps,
			settled,
			scrubbed
		FROM quarantine
		WHERE id = $1`, id))
	if errors.Is(err, db.ErrNoRows) {
		err = fault.New(fault.NotFound, "quarantine.not_found", nil)
	}
	return item, err
}

// selectItems gives one item more than the page holds, if there is one.
func selectItems(ctx context.Context, q *db.Tx, query Query, after cursor) ([]Item, error) {
	books := make([]string, len(query.Books))
	for i, b := range query.Books {
		books[i] = string(b)
	}
	where := db.NewWhere(1).AndIn("book", books)
	for _, narrow := range []struct{ condition, value string }{
		{"state = ?", string(query.State)}, {"code = ?", query.Code}, {"kind = ?", string(query.Kind)}, {"sender = ?", string(query.Sender)},
	} {
		if narrow.value != "" {
			where.And(narrow.condition, narrow.value)
		}
	}
	if after != (cursor{}) {
		where.And("received > ? OR received = ? AND id > ?", after.received, after.received, after.id)
	}
	rows, err := q.Query(ctx, `
		SELECT
			id,
			book,
			named,
			form,
			channel,
			sender,
			token,
			catalog,
			record,
			kind,
			origin,
			received,
			sent,
			latest,
			times,
			hash,
			bytes,
			reason,
			state,
			steps,
			settled,
			scrubbed
		FROM quarantine
		`+where.SQL()+`
		ORDER BY received, id
		LIMIT `+where.Bind(int64(query.Limit+1)), where.Args()...)
	if err != nil {
		return nil, err
	}
	var items []Item
	err = db.EachRow(rows, func() error {
		item, err := scanItem(rows)
		items = append(items, item)
		return err
	})
	return items, err
}

// takeItem marks a waiting item as being in hand, unless it is in somebody's.
func takeItem(ctx context.Context, tx *db.Tx, id string, now, until time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE quarantine
		SET in_hand = $4,
			turn = turn + 1
		WHERE id = $1
			AND state = $2
			AND in_hand <= $3`, id, string(Waiting), now.UnixMilli(), until.UnixMilli())
	return n > 0, err
}

func selectTurn(ctx context.Context, tx *db.Tx, id string) (int64, error) {
	var turn int64
	err := tx.QueryRow(ctx, `
		SELECT turn
		FROM quarantine
		WHERE id = $1`, id).Scan(&turn)
	return turn, err
}

// settleItem ends the waiting of an item that is in hand since a turn, and tells whether it still was.
func settleItem(ctx context.Context, tx *db.Tx, id string, turn int64, as State, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE quarantine
		SET state = $4,
			settled = $5,
			in_hand = 0
		WHERE id = $1
			AND turn = $2
			AND state = $3`, id, turn, string(Waiting), string(as), now.UnixMilli())
	return n > 0, err
}

func returnItem(ctx context.Context, tx *db.Tx, id string, turn int64) error {
	_, err := tx.Exec(ctx, `
		UPDATE quarantine
		SET in_hand = 0
		WHERE id = $1
			AND turn = $2`, id, turn)
	return err
}

func updateReason(ctx context.Context, tx *db.Tx, id string, findings []record.Finding) error {
	reason, err := written(findings)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE quarantine
		SET code = $2,
			reason = $3
		WHERE id = $1`, id, firstCode(findings), reason)
	return err
}
