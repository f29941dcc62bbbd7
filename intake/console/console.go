// Package console is the door of somebody at the machine itself: by commands they see to what devices sent and the desk
// could not accept. It prints nothing; the sentences are the command line's.
package console

import (
	"context"
	"fmt"
	"slices"
	"time"

	"qingshan/access"
	"qingshan/fault"
	"qingshan/intake"
	"qingshan/internal/strictjson"
	"qingshan/quarantine"
	"qingshan/record"
)

// Options is what the door works with; all of it is needed.
type Options struct {
	Ward     *intake.Ward
	Books    func(ctx context.Context) ([]record.Book, error)
	Operator record.PersonRef                                    // in whose name things are done unless somebody is named
	Register func(ctx context.Context, county record.Book) error // has the operator of a county registered, once
}

// Door is the console's door.
type Door struct{ Options }

// New makes the door.
func New(o Options) *Door { return &Door{o} }

// Asked says in whose name something is done. Without a person it is the operator of the county; without a book it is the
// only county's.
type Asked struct {
	Book   string
	Person string
}

// Finding is a remark about a record, to be said in a language.
type Finding struct {
	Code  string            `json:"code"`
	Grade string            `json:"grade"`
	Field string            `json:"field,omitempty"`
	Data  map[string]string `json:"data,omitempty"`
}

// Item is an item of the quarantine as it is shown; nothing of what was said stands in it.
type Item struct {
	ID       string    `json:"id"`
	Book     string    `json:"book"`
	Named    string    `json:"named,omitempty"`
	Form     string    `json:"form"`
	State    string    `json:"state"`
	Sender   string    `json:"sender"`
	Catalog  string    `json:"catalog,omitempty"`
	Record   string    `json:"record,omitempty"`
	Kind     string    `json:"kind,omitempty"`
	Origin   string    `json:"origin,omitempty"`
	Received time.Time `json:"received"`
	Times    int64     `json:"times"`
	Hash     string    `json:"hash"`
	Bytes    int64     `json:"bytes"`
	Scrubbed bool      `json:"scrubbed"`
	Reason   []Finding `json:"reason"`
	History  []Step    `json:"history,omitempty"`
	Entries  []string  `json:"entries,omitempty"` // BOOK/SEQ, where what it said is stored
}

// Step is one line of an item's history.
type Step struct {
	At   time.Time         `json:"at"`
	Who  string            `json:"who,omitempty"`
	Did  string            `json:"did"`
	Why  string            `json:"why,omitempty"`
	Data map[string]string `json:"data,omitempty"`
}

// Result is what became of one record of an item.
type Result struct {
	Outcome  string    `json:"outcome"`
	ID       string    `json:"id,omitempty"`
	Entry    string    `json:"entry,omitempty"` // BOOK/SEQ if it is stored
	Item     string    `json:"item,omitempty"`  // that it waits as, if it is not
	Findings []Finding `json:"findings,omitempty"`
}

// List lists the items of a book, or of all books of the keeper's county, in a state ("" = any).
func (d *Door) List(ctx context.Context, k Asked, state, code string) ([]Item, error) {
	who, err := d.keeper(ctx, k)
	if err != nil {
		return nil, err
	}
	var all []Item
	for after := ""; ; {
		items, next, err := d.Ward.List(ctx, who, record.Book(k.Book), quarantine.Query{State: quarantine.State(state), Code: code, After: after})
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			all = append(all, shownItem(quarantine.File{Item: item}))
		}
		if next == "" {
			return all, nil
		}
		after = next
	}
}

// Show gives one item with its history.
func (d *Door) Show(ctx context.Context, k Asked, id string) (Item, error) {
	who, err := d.keeper(ctx, k)
	if err != nil {
		return Item{}, err
	}
	f, err := d.Ward.Show(ctx, who, id)
	return shownItem(f), err
}

// Raw gives the bytes of an item as they came; the history says who saw them.
func (d *Door) Raw(ctx context.Context, k Asked, id string) ([]byte, error) {
	who, err := d.keeper(ctx, k)
	if err != nil {
		return nil, err
	}
	_, raw, err := d.Ward.Raw(ctx, who, id)
	return raw, err
}

// Repair has corrected records, a JSON object or a list of them, take the place of an item.
func (d *Door) Repair(ctx context.Context, k Asked, id, into, why string, text []byte) ([]Result, error) {
	v, err := strictjson.Parse(text, strictjson.Limits{Depth: 12, Values: 100_000})
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "repair.unreadable", nil)
	}
	sent := intake.Repair{Book: record.Book(into), Why: why, Records: []strictjson.Value{v}}
	if v.Kind == strictjson.Array {
		sent.Records = v.Items
	}
	who, err := d.Present(ctx, k)
	if err != nil {
		return nil, err
	}
	receipts, err := d.Ward.Repair(ctx, who, id, sent)
	landings := make([]intake.Landing, len(receipts))
	for i, r := range receipts {
		landings[i].Receipt = r
	}
	return shownResults(landings), err
}

// Replay has one item judged again.
func (d *Door) Replay(ctx context.Context, k Asked, id string) ([]Result, error) {
	who, err := d.Present(ctx, k)
	if err != nil {
		return nil, err
	}
	landings, err := d.Ward.Replay(ctx, who, id)
	return shownResults(landings), err
}

// ReplayAll has everything that waits judged again, and gives how many items were tried, settled and wait on.
func (d *Door) ReplayAll(ctx context.Context, k Asked, code string) (tried, stored, still int, err error) {
	who, err := d.Present(ctx, k)
	for after := ""; err == nil; {
		var round intake.Round
		round, err = d.Ward.ReplayAll(ctx, who, record.Book(k.Book), quarantine.Query{Code: code, After: after})
		tried, stored, still = tried+round.Tried, stored+round.Stored, still+round.Still
		if after = round.Next; after == "" {
			break
		}
	}
	return tried, stored, still, err
}

// Dismiss settles an item without storing anything.
func (d *Door) Dismiss(ctx context.Context, k Asked, id, why string) error {
	who, err := d.keeper(ctx, k)
	if err != nil {
		return err
	}
	return d.Ward.Dismiss(ctx, who, id, why)
}

// keeper finds the actor.
func (d *Door) keeper(ctx context.Context, k Asked) (access.Actor, error) {
	who := access.Actor{Person: record.PersonRef(k.Person), Book: record.Book(k.Book), Rights: access.Rights()}
	books, err := d.Books(ctx)
	switch {
	case err != nil:
		return who, err
	case len(books) == 0:
		return who, fault.New(fault.NotFound, "books.none", nil)
	case k.Book != "" && !slices.Contains(books, who.Book):
		return who, fault.New(fault.NotFound, "book.unknown", fault.Data{"book": k.Book})
	case k.Book != "" && k.Person != "":
		return who, nil
	}
	counties := slices.DeleteFunc(books, func(b record.Book) bool { return !access.IsCounty(b) || k.Book != "" && !access.Within(b, who.Book) })
	switch {
	case k.Book != "" && len(counties) == 0:
		return who, fault.New(fault.Invalid, "token.person_needed", fault.Data{"book": k.Book})
	case len(counties) != 1:
		return who, fault.New(fault.Invalid, "books.several", nil)
	}
	who.Book = counties[0]
	if who.Person == "" {
		who.Person = d.Operator
	}
	return who, nil
}

// Present finds the actor and sees to it that the operator is registered, for whoever hands something in must be.
func (d *Door) Present(ctx context.Context, k Asked) (access.Actor, error) {
	who, err := d.keeper(ctx, k)
	if err == nil && who.Person == d.Operator {
		err = d.Register(ctx, who.Book)
	}
	return who, err
}

func shownItem(f quarantine.File) Item {
	out := Item{ID: f.ID, Book: string(f.Book), Named: string(f.Named), Form: string(f.Form), State: string(f.State), Sender: string(f.Sender),
		Kind: string(f.Kind), Origin: f.Origin, Received: f.Received, Times: f.Times, Hash: f.Hash.String(), Bytes: f.Bytes, Scrubbed: !f.Scrubbed.IsZero(),
		Reason: shownFindings(f.Reason)}
	if !f.Catalog.Zero() {
		out.Catalog = f.Catalog.String()
	}
	if !f.Record.Zero() {
		out.Record = f.Record.String()
	}
	for _, s := range f.History {
		out.History = append(out.History, Step{At: s.At, Who: string(s.Who), Did: string(s.Did), Why: s.Why, Data: s.Data})
	}
	for _, e := range f.Entries {
		out.Entries = append(out.Entries, fmt.Sprintf("%s/%d", e.Book, e.Seq))
	}
	return out
}

func shownFindings(findings []record.Finding) []Finding {
	var out []Finding
	for _, f := range findings {
		out = append(out, Finding{Code: f.Code, Grade: string(f.Grade), Field: f.Field, Data: f.Data})
	}
	return out
}

func shownResults(landings []intake.Landing) []Result {
	out := make([]Result, len(landings))
	for i, l := range landings {
		out[i] = Result{Outcome: string(l.Outcome), Item: l.Item, Findings: shownFindings(l.Findings)}
		if !l.ID.Zero() {
			out[i].ID = l.ID.String()
		}
		if l.Outcome == record.Stored || l.Outcome == record.Duplicate {
			out[i].Entry = fmt.Sprintf("%s/%d", l.Book, l.Seq)
		}
	}
	return out
}
