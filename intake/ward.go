package intake

import (
	"context"
	"slices"
	"strconv"
	"time"

	"qingshan/access"
	"qingshan/fault"
	"qingshan/internal/strictjson"
	"qingshan/quarantine"
	"qingshan/record"
)

// Rules of the ward, which stands beside the desk for those who cannot mend what they sent:
//
//  1. What the desk takes is stored as from anybody; what it refuses is put into quarantine, and the device may forget it.
//     One bad record takes no good one with it. A body that cannot be read as records is kept whole.
//  2. An id that other bytes hold already is put aside, too: somebody has to say which is right.
//  3. Who may not send, a quota that is full, and our own failure are errors; the device keeps its copy and comes again.
//  4. A repaired record keeps its id if that could be read, and else has one that follows from its item: whoever repairs
//     it, the ledger takes it once. Who said it in the field stays; who corrected it is the sender.
//  5. A replayed record is what the device sent, when it sent it; only catalog and register are those of today.

// Ward is the desk with the quarantine beside it. It is safe for concurrent use.
type Ward struct {
	WardOptions
}

// WardOptions sets what a ward works with; all of it is needed.
type WardOptions struct {
	Desk  *Desk
	Store *quarantine.Store
	// Read reads a whole body as the devices' door does; a fault of kind Invalid says that it is no delivery.
	Read func(body []byte) (Delivery, error)
	// Books lists all books.
	Books func(ctx context.Context) ([]record.Book, error)
}

// NewWard makes a ward.
func NewWard(o WardOptions) *Ward { return &Ward{o} }

// Landing is what became of one record that a device sent. A body that is kept whole is one landing, without an id.
type Landing struct {
	record.Receipt
	Item string // in quarantine; "" if it is stored
}

// consignment is a body on its way in: who sent it when, and by whose right it comes now.
type consignment struct {
	who      access.Actor
	right    access.Right
	home     record.Book // of who sent it
	sender   record.PersonRef
	token    string
	received time.Time
	origin   string // the item that it was kept as, or ""
	past     *Past  // of what was in quarantine
}

// Take answers every record of a body that a device sent: stored, duplicate, or quarantined. An error means that the
// device must keep its copy; sending the same again is safe.
func (w *Ward) Take(ctx context.Context, who access.Actor, body []byte) ([]Landing, error) {
	c := consignment{who: who, right: access.DeviceRecords, home: who.Book, sender: who.Person, token: who.Token,
		received: w.Desk.Clock().UTC().Truncate(time.Millisecond)}
	d, err := w.read(body)
	if fault.Is(err, fault.Invalid) {
		return w.keepWhole(ctx, c, body, err)
	}
	if err != nil {
		return nil, err
	}
	return w.land(ctx, c, d)
}

// read reads a body that has at least one record.
func (w *Ward) read(body []byte) (Delivery, error) {
	d, err := w.Read(body)
	if err == nil && len(d.Records) == 0 {
		err = fault.New(fault.Invalid, "records.none", nil)
	}
	return d, err
}

// keepWhole puts a body aside that cannot be read as records.
func (w *Ward) keepWhole(ctx context.Context, c consignment, body []byte, why error) ([]Landing, error) {
	reason := []record.Finding{findingOf(why)}
	items, err := w.Store.Keep(ctx, quarantine.Arrival{Book: c.home, Form: quarantine.WholeBody, Channel: record.ChannelDevice, Sender: c.sender,
		Token: c.token, Received: c.received, Raw: body, Reason: reason})
	if err != nil {
		return nil, err
	}
	return []Landing{{Receipt: record.Receipt{Outcome: record.Quarantined, Findings: reason}, Item: items[0]}}, nil
}

// findingOf makes a fatal finding of a fault.
func findingOf(err error) record.Finding {
	f := fault.Of(err)
	return record.Finding{Code: f.Code, Grade: record.Fatal, Data: f.Data}
}

// land offers the records of a delivery to the desk, and puts aside what it does not take.
func (w *Ward) land(ctx context.Context, c consignment, d Delivery) ([]Landing, error) {
	d.Channel, d.Who, d.Right, d.Past = record.ChannelDevice, c.who, c.right, c.past
	var landed []Landing
	var aside []quarantine.Arrival
	var at []int
	records := d.Records
	for portion := range slices.Chunk(records, MaxRecords) {
		d.Records = portion
		receipts, err := w.offer(ctx, c.home, d)
		if err != nil {
			return nil, err
		}
		for i, r := range receipts {
			if reason := refusal(r); reason != nil {
				r = record.Receipt{Book: r.Book, ID: r.ID, Outcome: record.Quarantined, Findings: reason}
				aside, at = append(aside, c.arrival(d, portion[i], reason)), append(at, len(landed))
			}
			landed = append(landed, Landing{Receipt: r})
		}
	}
	if len(aside) == 0 {
		return landed, nil
	}
	items, err := w.Store.Keep(ctx, aside...)
	if err != nil {
		return nil, err
	}
	for i, item := range items {
		landed[at[i]].Item = item
	}
	return landed, nil
}

// offer has the desk judge a delivery. What it refuses as a whole although it is no failure of ours comes back as the
// refusal of each record. home is the book of who sent it: by whose right it comes in now, it goes no further.
func (w *Ward) offer(ctx context.Context, home record.Book, d Delivery) ([]record.Receipt, error) {
	if !access.Within(home, d.Book) {
		return refuseAll(d, fault.New(fault.Forbidden, "book.not_yours", fault.Data{"book": string(d.Book)})), nil
	}
	receipts, err := w.Desk.Accept(ctx, d)
	if err == nil {
		return receipts, nil
	}
	switch f := fault.Of(err); {
	case slices.Contains([]string{"book.unknown", "catalog.unknown"}, f.Code):
		return refuseAll(d, err), nil
	case f.Kind != fault.Invalid && f.Kind != fault.Conflict:
		return nil, err
	case len(d.Records) == 1:
		return refuseAll(d, err), nil
	}
	records := d.Records
	for i := range records { // one of them is at fault
		d.Records = records[i : i+1]
		one, err := w.offer(ctx, home, d)
		if err != nil {
			return nil, err
		}
		receipts = append(receipts, one...)
	}
	return receipts, nil
}

// refuseAll gives the receipts of records that are all refused for one reason.
func refuseAll(d Delivery, why error) []record.Receipt {
	receipts := make([]record.Receipt, len(d.Records))
	for i, raw := range d.Records {
		s, _ := readSaid(raw, d.naming(), record.ID{})
		receipts[i] = record.Receipt{Book: d.Book, ID: s.id, Outcome: record.Invalid, Findings: []record.Finding{findingOf(why)}}
	}
	return receipts
}

// refusal gives the findings for which a record is not stored, or nil if it is.
func refusal(r record.Receipt) []record.Finding {
	switch r.Outcome {
	case record.Stored, record.Duplicate:
		return nil
	case record.Conflict:
		return []record.Finding{{Code: "record.id_taken", Grade: record.Fatal, Field: "id", Data: map[string]string{"book": string(r.Book), "seq": strconv.FormatInt(r.Seq, 10)}}}
	default:
		return r.Findings
	}
}

// arrival is a record of the consignment as it goes into quarantine. A book that the sender may not write to, or that
// there is not, leaves it with the sender's own.
func (c consignment) arrival(d Delivery, raw strictjson.Value, reason []record.Finding) quarantine.Arrival {
	s, findings := readSaid(raw, record.ChannelDevice, record.ID{})
	a := quarantine.Arrival{Book: d.Book, Named: d.Book, Form: quarantine.OneRecord, Channel: record.ChannelDevice, Sender: c.sender, Token: c.token,
		Catalog: d.Catalog, Kind: s.kind, Origin: c.origin, Received: c.received, Sent: d.Sent, Raw: raw.Raw, Reason: reason}
	if speaks(reason, "book.not_yours", "book.unknown") {
		a.Book = c.home
	}
	if !touches(findings, "id") {
		a.Record = s.id
	}
	return a
}

// speaks tells whether any of the codes is among the findings.
func speaks(findings []record.Finding, codes ...string) bool {
	return slices.ContainsFunc(findings, func(f record.Finding) bool { return slices.Contains(codes, f.Code) })
}

// touches tells whether a field is at fault.
func touches(findings []record.Finding, field string) bool {
	return slices.ContainsFunc(findings, func(f record.Finding) bool { return f.Grade == record.Fatal && f.Field == field })
}
