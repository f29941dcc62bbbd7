package intake

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"qingshan/access"
	"qingshan/fault"
	"qingshan/internal/strictjson"
	"qingshan/quarantine"
	"qingshan/record"
)

// longestWhy bounds what a person says about why they did something.
const longestWhy = 500

// Repair is what a person sends in place of what is in quarantine.
type Repair struct {
	Book    record.Book // where it belongs; the book that the device named, if not said
	Records []strictjson.Value
	Why     string // may be empty
}

// Repair has corrected records take the place of an item. It is settled if all of them are stored; else it waits, and the
// receipts say why.
func (w *Ward) Repair(ctx context.Context, who access.Actor, id string, r Repair) ([]record.Receipt, error) {
	if err := checkWhy(r.Why, false); err != nil {
		return nil, err
	}
	hold, err := w.take(ctx, who, id)
	if err != nil {
		return nil, err
	}
	d, err := w.repaired(hold, who, r)
	if err != nil {
		return nil, w.letGo(ctx, hold, err)
	}
	receipts, err := w.Desk.Accept(ctx, d)
	if err != nil {
		return nil, w.letGo(ctx, hold, err)
	}
	o, failed := outcomeOf(receipts)
	o.Who, o.Why = who.Person, r.Why
	if failed != nil {
		return receipts, w.Store.Return(ctx, hold, quarantine.TryRepair, o, nil)
	}
	return receipts, w.Store.Settle(ctx, hold, quarantine.Repaired, o)
}

// take puts an item into the hand of somebody who may see to its book.
func (w *Ward) take(ctx context.Context, who access.Actor, id string) (quarantine.Hold, error) {
	if _, err := w.Show(ctx, who, id); err != nil {
		return quarantine.Hold{}, err
	}
	return w.Store.Take(ctx, id)
}

// letGo gives an item back after err, also when the caller's time is up.
func (w *Ward) letGo(ctx context.Context, hold quarantine.Hold, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if failed := w.Store.LetGo(ctx, hold); failed != nil {
		return fmt.Errorf("%w (and the item stays in hand for a while: %v)", err, failed)
	}
	return err
}

// outcomeOf sums receipts up: what is stored, and the first reason for which something is not, or nil.
func outcomeOf(receipts []record.Receipt) (quarantine.Outcome, []record.Finding) {
	var o quarantine.Outcome
	var failed []record.Finding
	for _, r := range receipts {
		reason := refusal(r)
		if reason == nil {
			o.Entries = append(o.Entries, quarantine.Entry{Book: r.Book, Seq: r.Seq, Record: r.ID})
		} else if failed == nil {
			failed = reason
		}
	}
	o.Data = map[string]string{"records": strconv.Itoa(len(receipts)), "stored": strconv.Itoa(len(o.Entries))}
	if failed != nil {
		o.Data["code"] = firstFatal(failed)
	}
	return o, failed
}

func firstFatal(findings []record.Finding) string {
	for _, f := range findings {
		if f.Grade == record.Fatal {
			return f.Code
		}
	}
	return ""
}

// repaired makes the delivery of what a person sends for an item.
func (w *Ward) repaired(hold quarantine.Hold, who access.Actor, r Repair) (Delivery, error) {
	item := hold.Item
	if item.Form == quarantine.OneRecord && len(r.Records) != 1 {
		return Delivery{}, fault.New(fault.Invalid, "repair.one_record", nil)
	}
	now := w.Desk.Clock().UTC().Truncate(time.Second)
	d := Delivery{Channel: record.ChannelAPI, Who: who, Book: r.Book, Records: r.Records, Past: &Past{Channel: item.Channel, Sender: who.Person,
		By: item.Sender, Received: item.Received,
		Note: record.Finding{Code: "record.repaired", Grade: record.Note, Data: map[string]string{"item": item.ID, "hash": item.Hash.String(), "at": now.Format(time.RFC3339)}}}}
	if d.Book == "" {
		d.Book = item.Named
	}
	if d.Book == "" {
		d.Book = item.Book
	}
	for i := range r.Records {
		// Nobody but the system can say such an id, so nobody can have taken it.
		d.Past.IDs = append(d.Past.IDs, record.HashID(record.ChannelSystem, fmt.Sprintf("quarantine %s %d", item.ID, i)))
	}
	if item.Form == quarantine.WholeBody {
		return d, nil
	}
	err := w.asSaid(&d, hold)
	return d, err
}

// asSaid lets a corrected record keep what need not be corrected: its id, who said it, and the device's clock.
func (w *Ward) asSaid(d *Delivery, hold quarantine.Hold) error {
	raw, err := strictjson.Parse(hold.Raw, rawLimits())
	if err != nil {
		return fmt.Errorf("read item %s again: %w", hold.Item.ID, err)
	}
	was, findings := readSaid(raw, hold.Item.Channel, record.ID{})
	if !hold.Item.Record.Zero() && !touches(hold.Item.Reason, "id") {
		d.Past.IDs[0] = hold.Item.Record
	}
	if !touches(findings, "by") && !touches(hold.Item.Reason, "by") {
		if was.by != "" {
			d.Past.By = was.by
		}
		if by, said := d.Records[0].Get("by"); said && by.Kind != strictjson.Null {
			if text, _ := by.Text(); text != string(d.Past.By) {
				return fault.New(fault.Invalid, "repair.by_stays", nil)
			}
		}
	}
	if then, now := observed(raw), observed(d.Records[0]); then == now {
		d.Sent = hold.Item.Sent // the moment is the device's, so its clock's error is in it
	}
	return nil
}

// rawLimits are those of the doors: what came through one of them is read again.
func rawLimits() strictjson.Limits { return strictjson.Limits{Depth: 64, Values: 1 << 20} }

// observed gives the moment as a record says it.
func observed(raw strictjson.Value) string {
	v, _ := raw.Get("observed")
	text, _ := v.Text()
	return text
}

// Dismiss settles an item without storing anything; why must be said.
func (w *Ward) Dismiss(ctx context.Context, who access.Actor, id, why string) error {
	if err := checkWhy(why, true); err != nil {
		return err
	}
	if _, err := w.Show(ctx, who, id); err != nil {
		return err
	}
	return w.Store.Dismiss(ctx, id, who.Person, why)
}

func checkWhy(why string, needed bool) error {
	switch {
	case needed && strings.TrimSpace(why) == "":
		return fault.New(fault.Invalid, "quarantine.why_missing", nil)
	case utf8.RuneCountInString(why) > longestWhy:
		return fault.New(fault.Invalid, "quarantine.why_too_long", fault.Data{"limit": strconv.Itoa(longestWhy)})
	case !utf8.ValidString(why) || strings.ContainsFunc(why, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }):
		return fault.New(fault.Invalid, "value.bad_text", nil)
	}
	return nil
}

// Show gives an item with its history to somebody who may see to its book.
func (w *Ward) Show(ctx context.Context, who access.Actor, id string) (quarantine.File, error) {
	f, err := w.Store.Get(ctx, id)
	if err == nil && !who.MayIn(f.Book, access.ManageQuarantine) {
		return quarantine.File{}, fault.New(fault.Forbidden, "quarantine.not_yours", fault.Data{"book": string(f.Book)})
	}
	return f, err
}

// Raw shows the bytes as they came, and writes down who saw them.
func (w *Ward) Raw(ctx context.Context, who access.Actor, id string) (quarantine.Item, []byte, error) {
	if _, err := w.Show(ctx, who, id); err != nil {
		return quarantine.Item{}, nil, err
	}
	return w.Store.Raw(ctx, id, who.Person)
}

// List gives a page of the items that somebody may see to: of one book, or of all that are theirs.
func (w *Ward) List(ctx context.Context, who access.Actor, book record.Book, q quarantine.Query) ([]quarantine.Item, string, error) {
	if book != "" && !who.MayIn(book, access.ManageQuarantine) {
		return nil, "", fault.New(fault.Forbidden, "quarantine.not_yours", fault.Data{"book": string(book)})
	}
	all, err := w.Books(ctx)
	if err != nil {
		return nil, "", err
	}
	q.Books = nil
	for _, b := range all {
		if who.MayIn(b, access.ManageQuarantine) && (book == "" || b == book) {
			q.Books = append(q.Books, b)
		}
	}
	return w.Store.List(ctx, q)
}
