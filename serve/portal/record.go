package portal

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/internal/httpx"
	"qingshan/record"
)

// Rules of what the public sees of a record:
//
//  1. What was done, when, in which village, and how much: the kind, the day, and values that are quantities, counts, days
//     or words of a list.
//  2. Never who: neither reporter nor sender, no person, household or other object that it is about, no position, no grid.
//  3. No free text, which may name somebody; of what is personal only that it is there.
//  4. What is said about figures, such as a claim, is a public statement and shown as it was said, but for rule 3's personal
//     values.
//  5. Of a register whose objects have personal values only that something was entered, with its proof.
//
// Whoever has the right to read entries gets the whole text by the API.

// recordPage is one entry as the public sees it, and what proves it.
type recordPage struct {
	frame
	proven
	BookName string
	Closed   bool // rule 5
	Kind     string
	Day      string
	Place    string
	Received string
	Channel  string
	Values   []valueShown
	Findings []string
	History  []step
}

// valueShown is one value of a record; Hidden is said instead of what is personal.
type valueShown struct {
	Label  string
	Value  string
	Hidden bool
}

// step is one entry in a record's history.
type step struct {
	Seq  int64
	Link string
	Day  string
	Act  string
	Here bool
}

func (d *Door) record(w http.ResponseWriter, r *http.Request) error {
	book, err := record.ParseBook(r.PathValue("book"))
	if err != nil {
		return fault.New(fault.Invalid, "query.book", nil)
	}
	seq, err := readSeq(book, r.PathValue("seq"))
	if err != nil {
		return err
	}
	page := recordPage{frame: d.frame(r), proven: proven{Book: book, Seq: seq}}
	if err := d.prove(r.Context(), &page.proven); err != nil {
		return err
	}
	if httpx.Unchanged(w, r, d.state(r, page.Root)) {
		return nil
	}
	entry, err := d.Ledger.Entry(r.Context(), book, seq)
	if err != nil {
		return err
	}
	if err := d.tell(r.Context(), entry, &page); err != nil {
		return err
	}
	page.Title = page.Say("portal.record_title", "book", page.BookName, "seq", seq)
	return d.write(w, http.StatusOK, "record", page)
}

// tell fills in what the public may know of the entry.
func (d *Door) tell(ctx context.Context, e record.Entry, page *recordPage) error {
	names, err := d.Register.Names(ctx, page.Book, []record.UnitCode{record.UnitCode(page.Book), publicPlace(e.Envelope.Resolved.Place)}, d.today())
	if err != nil {
		return err
	}
	page.BookName = nameOr(names[record.UnitCode(page.Book)], record.UnitCode(page.Book))
	page.Catalog = e.Envelope.Catalog.String()
	words := d.Catalogs(e.Envelope.Catalog)
	if words == nil {
		words = catalog.System()
	}
	kind, known := words.Kind(e.Record.Kind)
	if page.Closed = !known || isClosed(kind); page.Closed {
		return nil
	}
	page.Kind, page.Day = page.In(kind.ZH, kind.EN), page.Date(e.Envelope.Day)
	if place := publicPlace(e.Envelope.Resolved.Place); place != "" {
		page.Place = nameOr(names[place], place)
	}
	page.Received = page.Date(record.DayAt(e.Envelope.Received, record.Zone()))
	page.Channel = page.Say("channel." + string(e.Envelope.Channel))
	page.ID = e.Record.ID.String()
	for _, f := range e.Envelope.Findings {
		page.Findings = append(page.Findings, d.Sentences.Say(page.Language, f.Code, f.Data))
	}
	page.Values = page.values(words, kind, e.Record.Values)
	for _, facet := range e.Record.Facets {
		if duty, known := words.Kind(facet.Kind); known {
			page.Values = append(page.Values, valueShown{Label: page.Say("portal.also"), Value: page.In(duty.ZH, duty.EN)})
			page.Values = append(page.Values, page.values(words, duty, facet.Values)...)
		}
	}
	return d.history(ctx, e, page)
}

// isClosed tells whether only the proof of such an entry is public.
func isClosed(kind catalog.Kind) bool {
	return kind.Register != "" && slices.ContainsFunc(kind.Fields, func(f catalog.Field) bool { return f.Personal })
}

// saidOfFigures is the part of the work whose registers hold public statements.
const saidOfFigures = "figures"

// values shows what a record of a kind says, in the order of the kind's fields.
func (f frame) values(words *catalog.Catalog, kind catalog.Kind, said record.Values) []valueShown {
	var out []valueShown
	for _, field := range kind.Fields {
		v, there := said[field.Name]
		if !there {
			continue
		}
		label := f.In(field.ZH, field.EN)
		switch text, open := f.value(words, kind, field, v); {
		case field.Personal || v.Shape == record.IsSealed:
			out = append(out, valueShown{Label: label, Hidden: true})
		case open:
			out = append(out, valueShown{Label: label, Value: text})
		}
	}
	return out
}

// value writes one value, and tells whether the public may see it.
func (f frame) value(words *catalog.Catalog, kind catalog.Kind, field catalog.Field, v record.Value) (string, bool) {
	switch field.Type {
	case catalog.TypeQuantity:
		unit := published(words, field.Dimension)
		return unit.Format(v.Int) + " " + f.In(unit.ZH, unit.EN), true
	case catalog.TypeCount:
		unit, _ := words.Unit(field.CountUnit)
		return strings.TrimSpace(unit.Format(v.Int) + " " + f.In(unit.ZH, unit.EN)), true
	case catalog.TypeChoice:
		for _, c := range field.Choices {
			if c.Word == v.Text {
				return f.In(c.ZH, c.EN), true
			}
		}
		return v.Text, true
	case catalog.TypeDay, catalog.TypeDecimal:
		return v.Text, true
	case catalog.TypeBool:
		if v.Bool {
			return f.Say("portal.yes"), true
		}
		return f.Say("portal.no"), true
	}
	return v.Text, field.Type == catalog.TypeText && kind.Part == saidOfFigures
}

// published gives the unit that figures of a dimension are published in, else the smallest of the dimension.
func published(words *catalog.Catalog, dimension string) catalog.Unit {
	for _, figure := range words.Figures() {
		if unit, known := words.Unit(figure.Unit); known && unit.Dimension == dimension && figure.Status == catalog.Counted {
			return unit
		}
	}
	var smallest catalog.Unit
	for _, unit := range words.Units() {
		if unit.Dimension == dimension && (smallest.Word == "" || unit.Steps < smallest.Steps) {
			smallest = unit
		}
	}
	return smallest
}

// history lists the entries that speak of the same record, in order: what was said first, what replaced it, who stood by it.
func (d *Door) history(ctx context.Context, e record.Entry, page *recordPage) error {
	root := e.Record.Root()
	all, err := d.Ledger.Histories(ctx, page.Book, []record.ID{root}, page.Size)
	if err != nil {
		return err
	}
	for _, other := range all[root] {
		act := "portal.act_first"
		switch {
		case other.Record.Withdraws():
			act = "portal.act_withdraws"
		case !other.Record.Amends.Zero():
			act = "portal.act_amends"
		case other.Record.Kind == catalog.KindRecordConfirmed:
			act = "portal.act_confirms"
		}
		page.History = append(page.History, step{Seq: other.Seq, Link: recordLink(page.Book, other.Seq, page.keep), Act: page.Say(act),
			Day: record.DayAt(other.Envelope.Received, record.Zone()).String(), Here: other.Seq == page.Seq})
	}
	return nil
}
