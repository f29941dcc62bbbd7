package intake

import (
	"context"
	"maps"
	"slices"

	"qingshan/catalog"
	"qingshan/record"
	"qingshan/register"
)

// The registers that a desk looks into by itself.
const (
	unitKind   = "unit"
	gridKind   = "grid"
	personKind = "person"

	householdKind = "household"

	operator = "operator" // the person that the system itself registers

	registerPrefix = "register."
)

// objects are what the register knows of a day.
type objects map[record.Ref]register.Object

// resolve looks up place, person and references of all drafts, day by day, and notes or refuses what is not there.
func (d *Desk) resolve(ctx context.Context, in Delivery, drafts []*draft) error {
	byDay := map[record.Day][]*draft{}
	var days []record.Day
	for _, dr := range drafts {
		if dr.fatal() {
			continue
		}
		day := dr.sub.Envelope.Day
		if byDay[day] == nil {
			days = append(days, day)
		}
		byDay[day] = append(byDay[day], dr)
	}
	for _, day := range days {
		if err := d.resolveDay(ctx, in, day, byDay[day]); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) resolveDay(ctx context.Context, in Delivery, day record.Day, drafts []*draft) error {
	known, err := d.look(ctx, in.Book, drafts, day)
	if err != nil {
		return err
	}
	refused := func(dr *draft) bool { return dr.lacks(known) }
	if in.Channel != record.ChannelSystem && slices.ContainsFunc(drafts, refused) {
		if err := d.Settle(ctx, in.Book); err != nil {
			return err // better "not now" than to refuse field work because our register is behind
		}
		if known, err = d.look(ctx, in.Book, drafts, day); err != nil {
			return err
		}
	}
	for _, dr := range drafts {
		dr.settle(in, known)
	}
	return nil
}

// look asks the register for everything that the drafts name. People are looked for today as well: one who was
// registered yesterday may hand in what they saw last month.
func (d *Desk) look(ctx context.Context, book record.Book, drafts []*draft, day record.Day) (objects, error) {
	var wanted, people []record.Ref
	for _, dr := range drafts {
		wanted = append(wanted, dr.wanted()...)
	}
	known := objects{}
	if err := d.lookInto(ctx, known, book, wanted, day); err != nil {
		return nil, err
	}
	for _, dr := range drafts {
		if by := dr.person(); by.ID != "" && known[by].ID == "" {
			people = append(people, by)
		}
	}
	if today := drafts[0].today; today != day {
		return known, d.lookInto(ctx, known, book, people, today)
	}
	return known, nil
}

func (d *Desk) lookInto(ctx context.Context, known objects, book record.Book, keys []record.Ref, day record.Day) error {
	if len(keys) == 0 {
		return nil
	}
	found, err := d.Find(ctx, book, distinct(keys), day)
	maps.Copy(known, found)
	return err
}

func distinct(refs []record.Ref) []record.Ref {
	seen, out := map[record.Ref]bool{}, refs[:0]
	for _, ref := range refs {
		if !seen[ref] {
			seen[ref] = true
			out = append(out, ref)
		}
	}
	return out
}

func (dr *draft) person() record.Ref { return record.Ref{Kind: personKind, ID: string(dr.said.by)} }

// wanted lists every key that the register is asked for.
func (dr *draft) wanted() []record.Ref {
	wanted := dr.references()
	code := dr.ownPlace()
	if code == "" {
		code = dr.bookUnit()
	}
	if code != "" && !dr.said.withdraws() {
		wanted = append(wanted, placeKeys(code)...)
	}
	if dr.said.by != "" {
		wanted = append(wanted, dr.person())
	}
	return wanted
}

// placeKeys are the register's keys for a place: a grid is looked up with its village.
func placeKeys(code record.UnitCode) []record.Ref {
	if code.Level() == record.Grid {
		return []record.Ref{{Kind: gridKind, ID: string(code)}, {Kind: unitKind, ID: string(code.Up())}}
	}
	return []record.Ref{{Kind: unitKind, ID: string(code)}}
}

// lacks tells whether something is not known without which the record would be refused.
func (dr *draft) lacks(known objects) bool {
	vital := []record.Ref{dr.person()}
	if code := dr.ownPlace(); dr.said.withdraws() {
		return known[vital[0]].ID == "" // where it was is the root's matter
	} else if code != "" {
		keys := placeKeys(code)
		vital = append(vital, keys[len(keys)-1]) // a grid may be unknown, its village may not
	} else {
		vital = append(vital, dr.references()...) // one of them has to say where it is
	}
	return slices.ContainsFunc(vital, func(key record.Ref) bool { return known[key].ID == "" && !dr.states(key) })
}

// states tells whether the record itself is the statement that brings the object into the register.
func (dr *draft) states(key record.Ref) bool {
	return dr.kind.Register == key.Kind && dr.sub.Record.Values[catalog.FieldObject].Text == key.ID
}

// settle writes the findings and the place of one draft.
func (dr *draft) settle(in Delivery, known objects) {
	place := record.UnitCode("")
	if !dr.said.withdraws() {
		place = dr.place(known)
	}
	dr.sub.Envelope.Resolved.Place = place
	if in.Channel == record.ChannelSystem {
		return
	}
	if !dr.said.withdraws() {
		dr.judgePlace(place, known)
	}
	if known[dr.person()].ID == "" {
		dr.find(record.Fatal, "person.unknown", "by", nil)
	}
	for _, ref := range dr.sub.Record.About {
		if _, registered := dr.words.Register(ref.Kind); !registered && ref.Kind != unitKind {
			dr.find(record.Fatal, "reference.unknown_register", "about", map[string]string{"kind": ref.Kind})
		}
	}
	for _, ref := range dr.references() {
		if _, registered := dr.words.Register(ref.Kind); registered && known[ref].ID == "" && !dr.states(ref) {
			dr.find(record.Note, "reference.unresolved", dr.fieldOf(ref), map[string]string{"kind": ref.Kind})
		}
	}
}
