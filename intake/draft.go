package intake

import (
	"fmt"
	"slices"
	"time"

	"qingshan/catalog"
	"qingshan/internal/digest"
	"qingshan/record"
)

// draft is one record of a delivery on its way to the ledger.
type draft struct {
	said     *said // nil if it cannot be read
	past     *Past // nil if it comes for the first time
	today    record.Day
	kind     catalog.Kind
	words    *catalog.Catalog // that it is checked under
	sub      record.Submission
	findings []record.Finding
	receipt  record.Receipt
}

func (dr *draft) fatal() bool {
	return slices.ContainsFunc(dr.findings, func(f record.Finding) bool { return f.Grade == record.Fatal })
}

func (dr *draft) find(grade record.Grade, code, field string, data map[string]string) {
	found := record.Finding{Code: code, Grade: grade, Field: field, Data: data}
	same := func(f record.Finding) bool { return f.Code == code && f.Field == field }
	if !slices.ContainsFunc(dr.findings, same) {
		dr.findings = append(dr.findings, found)
	}
}

// draft reads one record and checks it as far as that can be done without the register.
func (d *Desk) draft(in Delivery, i int, words *catalog.Catalog, received time.Time) *draft {
	s, findings := readSaid(in.Records[i], in.naming(), in.settled(i))
	dr := &draft{words: words, findings: findings, past: in.Past}
	dr.sub.Record.Book, dr.sub.Record.ID = in.Book, s.id
	if dr.fatal() {
		return dr
	}
	if s.by == "" {
		s.by = in.speaker()
	}
	dr.said = &s
	clocks := judge(s.observed, in.Sent, received, d.zone)
	dr.findings = append(dr.findings, clocks.findings...)
	dr.sub.Envelope = record.Envelope{Received: received, Sent: in.Sent, Offset: clocks.offset, Channel: in.Channel, Sender: in.sender(), Day: clocks.day}
	if in.Channel != record.ChannelSystem && s.by != in.sender() {
		dr.find(record.Note, "by.on_behalf", "by", nil)
	}
	if dr.pickKind(in) {
		dr.build()
	}
	return dr
}

// pickKind finds the record's kind: the system's own under the built-in catalog, all others under the delivery's.
func (dr *draft) pickKind(in Delivery) bool {
	if _, reserved := catalog.System().Kind(dr.said.kind); reserved {
		if in.Channel != record.ChannelSystem && dr.said.kind != catalog.KindRecordConfirmed {
			dr.find(record.Fatal, "record.reserved_kind", "kind", nil)
			return false
		}
		if in.Channel != record.ChannelSystem && dr.said.by != in.sender() {
			dr.find(record.Fatal, "confirmation.not_yours", "by", nil) // it is a signature: nobody signs for another
		}
		dr.words = catalog.System()
	}
	dr.sub.Envelope.Catalog = dr.words.Hash()
	kind, known := dr.words.Kind(dr.said.kind)
	if !known {
		dr.find(record.Fatal, "record.unknown_kind", "kind", nil)
		return false
	}
	dr.kind = kind
	if kind.Signed && in.Channel != record.ChannelSystem && dr.said.by != in.Who.Person {
		dr.find(record.Fatal, "signature.not_yours", "by", nil) // nobody signs for another
	}
	if !kind.Owner.Takes(in.Book) {
		dr.find(record.Fatal, "record.wrong_book", "kind", map[string]string{"owner": string(kind.Owner)})
	}
	for name := range dr.said.facets {
		if facet, known := dr.words.Kind(name); known && !facet.Owner.Takes(in.Book) {
			dr.find(record.Fatal, "record.wrong_book", "facets."+string(name), map[string]string{"owner": string(facet.Owner)})
		}
	}
	return true
}

// build checks the values under dr.words and puts the record together.
func (dr *draft) build() {
	s, r := dr.said, &dr.sub.Record
	*r = record.Record{ID: s.id, Book: r.Book, Kind: s.kind, Observed: s.observed, Where: s.where, By: s.by, About: s.about,
		Evidence: s.evidence, Amends: s.amends}
	dr.sub.Personal = nil
	if !s.withdraws() {
		checked, findings := dr.words.Check(s.kind, s.facets, s.values)
		dr.findings = append(dr.findings, findings...)
		r.Values, r.Facets, dr.sub.Personal = checked.Values, checked.Facets, checked.Personal
	}
	if dr.fatal() {
		return
	}
	dr.opaque()
	dr.confirmation()
	owner := dr.owner()
	for i := range dr.sub.Personal {
		dr.sub.Personal[i].Subject = owner
	}
	dr.canonical()
}

// confirmation checks what record.confirmed names: an id, which may arrive later.
func (dr *draft) confirmation() {
	if dr.said.kind != catalog.KindRecordConfirmed || dr.said.withdraws() {
		return
	}
	if _, err := record.ParseID(dr.sub.Record.Values["record"].Text); err != nil {
		dr.find(record.Fatal, "record.bad_id", "values.record", nil)
	}
}

// opaque refuses an id that tells whom it stands for, because ids stay in the book when all that is personal is erased.
// The operator is an office, which the system registers under a word.
func (dr *draft) opaque() {
	if !dr.kind.Opaque || dr.said.withdraws() {
		return
	}
	id := dr.sub.Record.Values[catalog.FieldObject].Text
	office := id == operator && dr.sub.Envelope.Channel == record.ChannelSystem
	if !office && !catalog.OpaqueID(id) {
		dr.find(record.Fatal, "value.id_not_opaque", "values."+catalog.FieldObject, nil)
	}
}

// canonical tries the canonical form now: in the ledger one record that has none would fail the whole delivery.
func (dr *draft) canonical() {
	trial := dr.sub.Record
	trial.Values = sealed(trial.Values)
	trial.Facets = slices.Clone(trial.Facets)
	for i, f := range trial.Facets {
		trial.Facets[i].Values = sealed(f.Values)
	}
	text, err := trial.Canonical()
	for _, personal := range dr.sub.Personal {
		if _, bad := personal.Value.Canonical(); bad != nil {
			err = bad
		}
	}
	switch {
	case err != nil:
		dr.find(record.Fatal, "record.not_canonical", "", nil)
	case len(text) > record.MaxBytes:
		dr.find(record.Fatal, "record.too_large", "", map[string]string{"limit": fmt.Sprint(record.MaxBytes)})
	}
}

// sealed fills the placeholders of personal values with a commitment, which the ledger will do with a true one.
func sealed(values record.Values) record.Values {
	out := values.Clone()
	for name, v := range values {
		if v.Shape == record.IsSealed {
			out[name] = record.Sealed(digest.Of())
		}
	}
	return out
}

// owner says whose the personal values of the record are, so that an erasure can name them: the object's of a register
// record, else the person's or household's that it is about, else the record's own.
func (dr *draft) owner() string {
	r := dr.sub.Record
	if dr.kind.Register != "" {
		return record.Ref{Kind: dr.kind.Register, ID: r.Values[catalog.FieldObject].Text}.String()
	}
	for _, kind := range []string{personKind, householdKind} {
		if id := r.Concerns(kind); id != "" {
			return record.Ref{Kind: kind, ID: id}.String()
		}
	}
	return record.Ref{Kind: "rec", ID: r.Root().String()}.String()
}

// rebuild puts the record together under the catalog of the entry that holds its id, so that the ledger can compare the
// two. It tells whether that is possible: what the catalog refuses cannot be what was stored.
func (dr *draft) rebuild(words *catalog.Catalog, stored record.Envelope) bool {
	if words == nil {
		return false
	}
	again := &draft{said: dr.said, words: words, sub: record.Submission{Record: record.Record{Book: dr.sub.Record.Book}, Envelope: stored}}
	kind, known := words.Kind(dr.said.kind)
	if !known {
		return false
	}
	again.kind = kind
	again.build()
	if again.fatal() {
		return false
	}
	dr.sub = again.sub
	return true
}
