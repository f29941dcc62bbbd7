// Package intake turns what a channel sent into records that the catalog accepts, each in its envelope, and has them
// appended. It speaks no protocol and does not know what becomes of a record.
package intake

import (
	"context"
	"fmt"
	"time"

	"qingshan/access"
	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/internal/strictjson"
	"qingshan/record"
	"qingshan/register"
)

// MaxRecords bounds one delivery.
const MaxRecords = 500

// Delivery is what a door hands over: records as they were sent, and who sent them how.
type Delivery struct {
	Channel record.Channel
	Who     access.Actor // of ChannelSystem: nobody; what the system says needs no register
	Right   access.Right // by which it is handed in; WriteRecords if not said
	Book    record.Book
	Sent    time.Time   // the client's clock when it sent; zero if not said
	Catalog digest.Hash // the catalog the client spoke by; zero for the current one
	Records []strictjson.Value
	Past    *Past // of what comes out of quarantine
}

// Past says how something first came that is handed in out of quarantine.
type Past struct {
	Channel  record.Channel   // that external ids are read under
	Sender   record.PersonRef // who hands it in; the actor if not said
	By       record.PersonRef // who says what names nobody
	Received time.Time        // when it first reached us
	IDs      []record.ID      // of each record, where it is not the record's to say; nil if all are
	Note     record.Finding   // that what is stored carries
}

// sender gives the person who hands the delivery in.
func (in Delivery) sender() record.PersonRef {
	if in.Past != nil && in.Past.Sender != "" {
		return in.Past.Sender
	}
	return in.Who.Person
}

// speaker gives the person who says what names nobody.
func (in Delivery) speaker() record.PersonRef {
	if in.Past != nil && in.Past.By != "" {
		return in.Past.By
	}
	return in.sender()
}

// naming gives the channel that external ids are read under.
func (in Delivery) naming() record.Channel {
	if in.Past != nil {
		return in.Past.Channel
	}
	return in.Channel
}

// settled gives the id that a record has whatever it says, or none.
func (in Delivery) settled(i int) record.ID {
	if in.Past == nil || i >= len(in.Past.IDs) {
		return record.ID{}
	}
	return in.Past.IDs[i]
}

// Options sets what a desk works with.
type Options struct {
	// Append stores submissions, as the ledger does.
	Append func(ctx context.Context, subs ...record.Submission) ([]record.Receipt, error)
	// ByID reads the entry that holds an id, or gives a fault of kind NotFound.
	ByID func(ctx context.Context, book record.Book, id record.ID) (record.Entry, error)
	// Size gives the size of a book, or a fault if there is no such book.
	Size func(ctx context.Context, book record.Book) (int64, error)
	// Find looks objects up in a book's register as valid on a day.
	Find func(ctx context.Context, book record.Book, keys []record.Ref, day record.Day) (map[record.Ref]register.Object, error)
	// Current gives the catalog that records are accepted under if the client names none.
	Current func() *catalog.Catalog
	// Catalogs gives any catalog ever used, or nil.
	Catalogs func(digest.Hash) *catalog.Catalog
	// Settle waits, bounded, until the register knows all that is in the book. It is asked before something is refused
	// as unknown, so that a client may use at once what it has just registered. Default: no wait.
	Settle func(ctx context.Context, book record.Book) error
	// Clock gives the time of receipt; default the machine's.
	Clock func() time.Time
	// Answered is told what became of each delivery. It must return at once. Default: nobody.
	Answered func(channel record.Channel, receipts []record.Receipt)
}

// Desk takes deliveries. It is safe for concurrent use.
type Desk struct {
	Options
	zone *time.Location
}

// New makes a desk.
func New(o Options) *Desk {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Settle == nil {
		o.Settle = func(context.Context, record.Book) error { return nil }
	}
	if o.Answered == nil {
		o.Answered = func(record.Channel, []record.Receipt) {}
	}
	return &Desk{Options: o, zone: record.Zone()}
}

// Accept answers every record of a delivery, in order: stored, duplicate, conflict, or invalid with findings. Records
// stand each on their own. An error speaks of the whole delivery; then nothing is known to be stored, and sending the
// same again is safe.
func (d *Desk) Accept(ctx context.Context, in Delivery) ([]record.Receipt, error) {
	words, err := d.admit(ctx, in)
	if err != nil {
		return nil, err
	}
	received := d.Clock().UTC().Truncate(time.Millisecond)
	today := record.DayAt(received, d.zone)
	if err := d.present(ctx, in, today); err != nil {
		return nil, err
	}
	if in.Past != nil {
		received = in.Past.Received
	}
	in.Sent = in.Sent.UTC().Truncate(time.Millisecond)
	drafts := make([]*draft, len(in.Records))
	for i := range in.Records {
		drafts[i] = d.draft(in, i, words, received)
		drafts[i].today = today
	}
	if err := d.resolve(ctx, in, drafts); err != nil {
		return nil, fmt.Errorf("resolve records of %s: %w", in.Book, err)
	}
	if err := d.roots(ctx, in.Book, drafts); err != nil {
		return nil, err
	}
	if err := d.append(ctx, drafts); err != nil {
		return nil, err
	}
	if err := d.appendAgain(ctx, in.Book, drafts); err != nil {
		return nil, err
	}
	receipts := make([]record.Receipt, len(drafts))
	for i, dr := range drafts {
		receipts[i] = dr.receipt
	}
	d.Answered(in.Channel, receipts)
	return receipts, nil
}

// admit judges the delivery as a whole and gives its catalog.
func (d *Desk) admit(ctx context.Context, in Delivery) (*catalog.Catalog, error) {
	right := in.Right
	if right == "" {
		right = access.WriteRecords
	}
	if in.Channel != record.ChannelSystem && !in.Who.MayIn(in.Book, right) {
		return nil, fault.New(fault.Forbidden, "book.not_yours", fault.Data{"book": string(in.Book)})
	}
	if _, err := d.Size(ctx, in.Book); err != nil {
		return nil, err // there is no such book
	}
	if len(in.Records) == 0 {
		return nil, fault.New(fault.Invalid, "records.none", nil)
	}
	if len(in.Records) > MaxRecords {
		return nil, fault.New(fault.Invalid, "records.too_many", fault.Data{"limit": fmt.Sprint(MaxRecords)})
	}
	if in.Catalog.Zero() {
		return d.Current(), nil
	}
	words := d.Catalogs(in.Catalog)
	if words == nil || words == catalog.System() {
		return nil, fault.New(fault.Invalid, "catalog.unknown", nil)
	}
	return words, nil
}

// present refuses a token that has outlived its person: whoever left the register hands in nothing more.
func (d *Desk) present(ctx context.Context, in Delivery, today record.Day) error {
	if in.Channel == record.ChannelSystem {
		return nil
	}
	who, known := record.Ref{Kind: personKind, ID: string(in.Who.Person)}, objects{}
	if err := d.lookInto(ctx, known, in.Who.Book, []record.Ref{who}, today); err != nil || known[who].ID != "" {
		return err
	}
	if err := d.Settle(ctx, in.Who.Book); err != nil {
		return err
	}
	if err := d.lookInto(ctx, known, in.Who.Book, []record.Ref{who}, today); err != nil || known[who].ID != "" {
		return err
	}
	return fault.New(fault.Forbidden, "token.person_gone", fault.Data{"book": string(in.Who.Book)})
}

// roots notes amendments and withdrawals that will have no effect because what they name is of another kind. A root that
// is not there yet may still come.
func (d *Desk) roots(ctx context.Context, book record.Book, drafts []*draft) error {
	for _, dr := range drafts {
		if dr.fatal() || dr.said.amends.Zero() {
			continue
		}
		root, err := d.ByID(ctx, book, dr.said.amends)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil && root.Record.Kind != dr.said.kind {
			dr.find(record.Note, "amends.other_kind", "amends", nil)
		}
	}
	return nil
}

// append stores the drafts without fatal findings and writes all receipts.
func (d *Desk) append(ctx context.Context, drafts []*draft) error {
	var good []*draft
	for _, dr := range drafts {
		dr.receipt = record.Receipt{Book: dr.sub.Record.Book, ID: dr.sub.Record.ID, Outcome: record.Invalid, Findings: dr.findings}
		if !dr.fatal() {
			dr.sub.Envelope.Findings = dr.findings
			if dr.past != nil {
				dr.sub.Envelope.Findings = append(dr.findings, dr.past.Note)
			}
			good = append(good, dr)
		}
	}
	return d.appendDrafts(ctx, good)
}

func (d *Desk) appendDrafts(ctx context.Context, drafts []*draft) error {
	if len(drafts) == 0 {
		return nil
	}
	subs := make([]record.Submission, len(drafts))
	for i, dr := range drafts {
		subs[i] = dr.sub
	}
	receipts, err := d.Append(ctx, subs...)
	if err != nil {
		return err
	}
	for i, dr := range drafts {
		dr.receipt = receipts[i]
	}
	return nil
}

// appendAgain takes up what was refused although its id is taken: a record stored under another catalog, or before the
// register changed, is the same record still. It is built anew under the stored entry's catalog, and the ledger
// compares the bytes.
func (d *Desk) appendAgain(ctx context.Context, book record.Book, drafts []*draft) error {
	var again []*draft
	for _, dr := range drafts {
		if dr.said == nil || dr.receipt.Outcome != record.Conflict && dr.receipt.Outcome != record.Invalid {
			continue
		}
		stored, err := d.ByID(ctx, book, dr.said.id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if dr.receipt.Outcome == record.Conflict && stored.Envelope.Catalog == dr.sub.Envelope.Catalog {
			continue
		}
		if dr.rebuild(d.Catalogs(stored.Envelope.Catalog), stored.Envelope) {
			again = append(again, dr)
		}
	}
	return d.appendDrafts(ctx, again)
}
