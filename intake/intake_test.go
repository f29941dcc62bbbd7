package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qingshan/access"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
	"qingshan/record"
)

func TestAcceptedRecordAndEnvelope(t *testing.T) {
	each(t, func(w *world) {
		in := fromTown()
		in.Sent = w.now.Add(-time.Second)
		text := strings.Replace(load("a", aTonne, `"about":["unit/`+village+`"],"where":{"lat":43.1,"lon":125.3,"datum":"wgs84"}`), `"2025-06-03"`, `"2025-06-02T20:00:00Z"`, 1)
		receipts := w.accept(in, text)
		if len(receipts) != 1 || receipts[0].Outcome != record.Stored || len(receipts[0].Findings) != 0 {
			w.t.Fatalf("got %+v", receipts)
		}
		e := w.entry(receipts[0])
		if got, want := e.Record.Values["mass"], record.Int(1_250_000); got.Int != want.Int {
			w.t.Errorf("mass: got %v, want %v", got, want)
		}
		if e.Record.By != clerk || e.Record.Where == nil || e.Record.Concerns("unit") != village {
			w.t.Errorf("record: got %+v", e.Record)
		}
		v := e.Envelope
		if v.Day != 20250603 || v.Resolved.Place != village || v.Channel != record.ChannelAPI || v.Catalog != w.current.Hash() ||
			!v.Received.Equal(w.now) || !v.Sent.Equal(in.Sent) || v.Offset != 0 {
			w.t.Errorf("envelope: got %+v", v)
		}
		if w.settled != 0 {
			w.t.Errorf("a good record waited for the register %d times", w.settled)
		}
	})
}

func TestRefusalsAndNotes(t *testing.T) {
	each(t, func(w *world) {
		before := w.size(town)
		for i, c := range []struct {
			text    string
			outcome record.Outcome
			code    string
			field   string
		}{
			{writes("x", "waste.lode", `"about":["unit/`+village+`"],"values":{"a":1}`), record.Invalid, "record.unknown_kind", "kind"},
			{load("x", `{"amount":"1","unit":"jin_of_gold"}`, ""), record.Invalid, "value.unit_unknown", "values.mass"},
			{load("x", `{"amount":"1","unit":"km"}`, ""), record.Invalid, "value.unit_wrong_dimension", "values.mass"},
			{load("x", `{"amount":"-1","unit":"t"}`, ""), record.Invalid, "value.negative", "values.mass"},
			{load("x", `{"amount":"1000000","unit":"t"}`, ""), record.Invalid, "value.too_large", "values.mass"},
			{load("x", `{"amount":"0.0000001","unit":"t"}`, ""), record.Invalid, "value.inexact", "values.mass"},
			{load("x", `"1 t"`, ""), record.Invalid, "value.wrong_type", "values.mass"},
			{load("held", `{"amount":"100","unit":"t"}`, ""), record.Stored, "value.implausible", "values.mass"},
			{load("x", aTonne, `"about":["unit/220323102999"]`), record.Invalid, "place.unknown", "about"},
			{load("x", aTonne, `"about":["unit/220323001001"]`), record.Invalid, "place.outside_book", "about"},
			{load("x", aTonne, `"about":["unit/220322102210"]`), record.Invalid, "place.outside_book", "about"},
			{load("x", aTonne, `"about":["unit/220323102"]`), record.Invalid, "place.too_coarse", "about"},
			{load("x", aTonne, `"evidence":[]`), record.Invalid, "place.too_coarse", "about"},
			{load("x", aTonne, `"about":["unit/`+village+`","unit/220323102211"]`), record.Invalid, "place.two_units", "about"},
			{load("x", aTonne, `"about":["unit/220323102999-01"]`), record.Invalid, "place.unknown", "about"},
			{load("grid", aTonne, `"about":["unit/`+village+`-01"]`), record.Stored, "grid.unregistered", "about"},
			{load("x", aTonne, `"by":"p-nobody","about":["unit/`+village+`"]`), record.Invalid, "person.unknown", "by"},
			{load("ref", aTonne, `"about":["unit/`+village+`","herd/none"]`), record.Stored, "reference.unresolved", "about"},
			{load("x", aTonne, `"about":["unit/`+village+`","moon/1"]`), record.Invalid, "reference.unknown_register", "about"},
			{load("vague", aTonne, `"about":["unit/`+village+`"],"where":{"lat":43.1,"lon":125.3,"accuracy":80,"datum":"wgs84"}`), record.Stored, "where.uncertain", "where"},
			{strings.Replace(load("late", aTonne, ""), "2025-06-03", "2024-01-01", 1), record.Stored, "observed.long_ago", "observed"},
			{strings.Replace(load("ahead", aTonne, ""), "2025-06-03", "2027-06-03", 1), record.Stored, "clock.replaced", "observed"},
			{unit("220323102212", "village"), record.Invalid, "record.wrong_book", "kind"},
			{writes("x", "book.opened", `"values":{"unit":"220323102"}`), record.Invalid, "record.reserved_kind", "kind"},
			{writes("x", "personal.erased", `"values":{"subject":"person/p-00c1e4c0","reason":"x"}`), record.Invalid, "record.reserved_kind", "kind"},
			{writes("x", "record.confirmed", `"values":{"record":"that one"}`), record.Invalid, "record.bad_id", "values.record"},
			{writes("x", "record.confirmed", `"by":"operator","values":{"record":"0197a3c0-0000-7000-8000-000000000010"}`), record.Invalid, "confirmation.not_yours", "by"},
			{writes("herd", "register.herd", `"about":["unit/`+village+`"],"values":{"object":"h1","species":"pig","heads":3,"household":"household/none"}`), record.Stored, "reference.unresolved", "values.household"},
		} {
			r := w.accept(fromTown(), strings.Replace(c.text, `"external":"x"`, fmt.Sprintf(`"external":"x%d"`, i), 1))[0]
			if r.Outcome != c.outcome || !found(r.Findings, c.code, c.field) || c.outcome == record.Stored && len(r.Findings) > 1 {
				w.t.Errorf("%s\n got %s %+v\nwant %s %s at %s", c.text, r.Outcome, r.Findings, c.outcome, c.code, c.field)
			}
			if c.outcome == record.Stored {
				before++
			}
			if got := w.size(town); got != before {
				w.t.Fatalf("%s: the book has %d entries, want %d: something is half-stored", c.text, got, before)
			}
		}
	})
}

func found(findings []record.Finding, code, field string) bool {
	return slices.ContainsFunc(findings, func(f record.Finding) bool { return f.Code == code && f.Field == field })
}

func TestWrongClockIsCorrected(t *testing.T) {
	each(t, func(w *world) {
		in := fromTown()
		in.Sent = w.now.AddDate(2, 0, 0)
		text := strings.Replace(load("a", aTonne, ""), `"2025-06-03"`, `"2027-06-03T09:00:00+08:00"`, 1)
		r := w.accept(in, text)[0]
		if r.Outcome != record.Stored || !sameCodes(r.Findings, []string{"clock.corrected"}) {
			w.t.Fatalf("got %+v", r)
		}
		if e := w.entry(r); e.Envelope.Day != 20250603 || e.Envelope.Offset != w.now.Sub(in.Sent) || e.Record.Observed.At != instant(w.t, "2027-06-03T09:00:00+08:00").UnixMilli() {
			w.t.Errorf("the record must say what was said, the envelope what it means: got %+v", e)
		}
	})
}

func TestSameAgainIsDuplicateAndOtherIsConflict(t *testing.T) {
	each(t, func(w *world) {
		first := w.accept(fromTown(), load("a", aTonne, ""))[0]
		size := w.size(town)
		w.now = w.now.Add(400 * time.Hour)
		in := fromTown()
		in.Sent = w.now.Add(-time.Hour)
		again := w.accept(in, load("a", `{"amount":1250,"unit":"kg"}`, `"about":["unit/`+village+`"]`))[0] // the same amount in other words
		if again.Outcome != record.Duplicate || again.Seq != first.Seq || again.Leaf != first.Leaf {
			w.t.Errorf("again: got %+v, want a duplicate of %+v", again, first)
		}
		other := w.accept(fromTown(), load("a", `{"amount":"1.26","unit":"t"}`, ""))[0]
		if other.Outcome != record.Conflict || other.Seq != first.Seq {
			w.t.Errorf("other bytes: got %+v, want a conflict with %d", other, first.Seq)
		}
		refused := w.accept(fromTown(), load("a", `{"amount":"-5","unit":"t"}`, ""))[0]
		if refused.Outcome != record.Invalid {
			w.t.Errorf("other bytes that are not valid: got %+v", refused)
		}
		mixed := w.accept(fromTown(), load("b", aTonne, ""), load("b", aTonne, ""), load("b", `{"amount":"2","unit":"t"}`, ""), `7`, load("c", aTonne, ""))
		got := fmt.Sprint(mixed[0].Outcome, mixed[1].Outcome, mixed[2].Outcome, mixed[3].Outcome, mixed[4].Outcome)
		if want := fmt.Sprint(record.Stored, record.Duplicate, record.Conflict, record.Invalid, record.Stored); got != want {
			w.t.Errorf("mixed delivery: got %s, want %s", got, want)
		}
		if got := w.size(town); got != size+2 {
			w.t.Errorf("the book has %d entries, want %d", got, size+2)
		}
	})
}

func TestRetryAfterTheCatalogOrRegisterChangedIsTheSameRecord(t *testing.T) {
	each(t, func(w *world) {
		sacks := w.overlaid("units:\n  sack: {dimension: mass, steps: 50000, zh: 袋, en: sack}\n")
		w.current = sacks
		inSacks, inTonnes := load("sacks", `{"amount":"2","unit":"sack"}`, ""), load("tonnes", aTonne, "")
		for _, r := range w.accept(fromTown(), inSacks, inTonnes) {
			if r.Outcome != record.Stored {
				w.t.Fatalf("got %+v", r)
			}
		}
		size := w.size(town)
		w.current = w.overlaid("units:\n  sack: {dimension: mass, steps: 40000, zh: 袋, en: sack}\n") // other bytes, until it is rebuilt
		w.wantOutcomes("sacks are lighter", record.Duplicate, inSacks, inTonnes)
		w.wantOutcomes("another record under the lighter sacks", record.Conflict, load("sacks", `{"amount":"3","unit":"sack"}`, ""))
		standard, err := w.standard()
		w.must(err)
		w.current = standard // does not know sacks
		w.wantOutcomes("sacks are unknown", record.Duplicate, inSacks, inTonnes)
		w.wantOutcomes("new record in unknown sacks", record.Invalid, load("new", `{"amount":"2","unit":"sack"}`, ""))

		ended := strings.Replace(strings.Replace(unit(village, "village"), "2020-01-01", "2021-01-01", 1), `"object"`, `"ends":true,"object"`, 1)
		ended = strings.Replace(ended, "unit "+village, "end of "+village, 1)
		if r := w.accept(fromCounty(county), ended)[0]; r.Outcome != record.Stored {
			w.t.Fatalf("end of a village: %+v", r)
		}
		w.adopt()
		w.wantOutcomes("the village is gone", record.Duplicate, inTonnes, inSacks)
		w.wantOutcomes("new record about a village that is gone", record.Invalid, load("gone", aTonne, ""))
		if got := w.size(town); got != size+1 { // the adoption
			w.t.Errorf("the book has %d entries, want %d", got, size+1)
		}
	})
}

func (w *world) wantOutcomes(what string, want record.Outcome, texts ...string) {
	w.t.Helper()
	for i, r := range w.accept(fromTown(), texts...) {
		if r.Outcome != want {
			w.t.Errorf("%s: %s\n got %s %v\nwant %s", what, texts[i], r.Outcome, r.Findings, want)
		}
	}
}

func TestClientNamesItsCatalog(t *testing.T) {
	each(t, func(w *world) {
		old := w.current
		w.current = w.overlaid("units:\n  sack: {dimension: mass, steps: 50000, zh: 袋, en: sack}\n")
		in := fromTown()
		in.Catalog = old.Hash()
		if r := w.accept(in, load("a", aTonne, ""))[0]; r.Outcome != record.Stored || w.entry(r).Envelope.Catalog != old.Hash() {
			w.t.Errorf("under an older catalog: got %+v", r)
		}
		if r := w.accept(in, load("b", `{"amount":"2","unit":"sack"}`, ""))[0]; r.Outcome != record.Invalid {
			w.t.Errorf("a word that the older catalog has not: got %+v", r)
		}
		in.Catalog[0] ^= 1
		if _, err := w.tryAccept(w.desk, in, load("c", aTonne, "")); codeOf(err) != "catalog.unknown" {
			w.t.Errorf("an unknown catalog: got %v", err)
		}
	})
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

func TestDeliveriesThatAreRefusedWhole(t *testing.T) {
	each(t, func(w *world) {
		many := make([]string, MaxRecords+1)
		for i := range many {
			many[i] = `{}`
		}
		reader := fromTown()
		reader.Who.Rights = []access.Right{access.ReadEntries}
		unopened := fromCounty("220323001")
		abroad := fromTown()
		abroad.Book = county
		for _, c := range []struct {
			name  string
			in    Delivery
			texts []string
			want  string
		}{
			{"nothing", fromTown(), nil, "records.none"},
			{"too many", fromTown(), many, "records.too_many"},
			{"no right to write", reader, []string{`{}`}, "book.not_yours"},
			{"another book", abroad, []string{`{}`}, "book.not_yours"},
			{"nobody", Delivery{Channel: record.ChannelAPI, Book: town}, []string{`{}`}, "book.not_yours"},
		} {
			if _, err := w.tryAccept(w.desk, c.in, c.texts...); codeOf(err) != c.want {
				w.t.Errorf("%s: got %v, want %s", c.name, err, c.want)
			}
		}
		if _, err := w.tryAccept(w.desk, unopened, load("a", aTonne, `"about":["unit/220323001001"]`)); codeOf(err) != "book.unknown" {
			w.t.Errorf("a book that is not open: got %v, want book.unknown", err)
		}
	})
}

func TestAmendmentsWithdrawalsAndConfirmations(t *testing.T) {
	each(t, func(w *world) {
		root := w.accept(fromTown(), load("a", `{"amount":"100","unit":"t"}`, ""))[0]
		id := root.ID.String()
		for _, text := range []string{
			load("a2", aTonne, `"about":["unit/`+village+`"],"amends":"`+id+`"`),
			writes("a3", "waste.load", `"amends":"`+id+`"`),
			writes("a4", "waste.load", `"amends":"`+id+`","values":{}`),
			writes("a5", "record.confirmed", `"values":{"record":"`+id+`"}`),
			load("a6", aTonne, `"about":["unit/`+village+`"],"amends":"`+record.HashID(record.ChannelAPI, "comes later").String()+`"`),
		} {
			r := w.accept(fromTown(), text)[0]
			if r.Outcome != record.Stored || len(r.Findings) != 0 {
				w.t.Errorf("%s\n got %+v, want it stored without remark", text, r)
				continue
			}
			if e := w.entry(r); e.Record.Kind == "record.confirmed" && e.Record.By != clerk {
				w.t.Errorf("a confirmation by %q, want the person who gave it", e.Record.By)
			}
		}
		entries, err := w.ledger.Histories(w.t.Context(), town, []record.ID{root.ID}, w.size(town))
		if err != nil || len(entries[root.ID]) != 5 {
			w.t.Errorf("history of the root: got %d entries, %v; want the root and four that speak of it", len(entries[root.ID]), err)
		}
	})
}

func TestPersonalValuesAreKeptApart(t *testing.T) {
	each(t, func(w *world) {
		text := strings.Replace(load("a", aTonne, ""), `"category"`, `"driver":"李四","category"`, 1)
		r := w.accept(fromTown(), text)[0]
		raw, _, err := w.ledger.Raw(w.t.Context(), town, r.Seq)
		if err != nil || strings.Contains(string(raw), "李四") {
			w.t.Errorf("the record holds the name: %s, %v", raw, err)
		}
		if again := w.accept(fromTown(), text)[0]; again.Outcome != record.Duplicate {
			w.t.Errorf("again: got %+v", again)
		}
		if other := w.accept(fromTown(), strings.Replace(text, "李四", "王五", 1))[0]; other.Outcome != record.Conflict {
			w.t.Errorf("another name: got %+v", other)
		}
		books, err := w.ledger.BooksOf(w.t.Context(), "person/"+clerk)
		if err != nil || len(books) != 1 || books[0] != county {
			w.t.Errorf("books with personal values of the clerk: got %v, %v; want the one where they are registered", books, err)
		}
	})
}

func TestPlaceOfAnObject(t *testing.T) {
	each(t, func(w *world) {
		herd := writes("h1", "register.herd", `"about":["unit/`+village+`"],"values":{"object":"h1","species":"pig","heads":3}`)
		r := w.accept(fromTown(), herd, load("a", aTonne, `"about":["herd/h1"]`)) // the herd is not there yet
		if r[0].Outcome != record.Stored || r[1].Outcome != record.Invalid || !found(r[1].Findings, "place.unresolved", "about") {
			w.t.Fatalf("in one delivery: got %+v", r)
		}
		// A kind that the whole town would do for is refused as well: else it would count there for ever, and elsewhere had
		// the herd arrived first.
		topic := writes("t", "party.first_topic", `"about":["herd/h2"],"values":{"meeting":"branch","topic":"…"}`)
		if r := w.accept(fromTown(), topic)[0]; r.Outcome != record.Invalid || !found(r.Findings, "place.unresolved", "about") {
			w.t.Errorf("about a herd that nobody registered: got %+v", r)
		}
		if r := w.accept(fromTown(), load("a", aTonne, `"about":["herd/h1"]`))[0]; r.Outcome != record.Stored || w.entry(r).Envelope.Resolved.Place != village {
			w.t.Errorf("after it was registered: got %+v, want the place of the herd", r)
		}
		grid := writes("g1", "register.grid", `"about":["unit/`+village+`"],"values":{"object":"`+village+`-07","name":"七"}`)
		if r := w.accept(fromTown(), grid)[0]; r.Outcome != record.Stored || len(r.Findings) != 0 || w.entry(r).Envelope.Resolved.Place != village+"-07" {
			w.t.Errorf("a grid: got %+v, want it to be its own place", r)
		}
		if r := w.accept(fromTown(), load("b", aTonne, `"about":["unit/`+village+`-07"]`))[0]; r.Outcome != record.Stored {
			w.t.Errorf("in the grid: got %+v", r)
		}
	})
}

func TestNobodySignsForAnother(t *testing.T) {
	each(t, func(w *world) {
		const other = "p-0000bead"
		if r := w.accept(fromCounty(county), person(other))[0]; r.Outcome != record.Stored {
			w.t.Fatalf("person: got %+v", r)
		}
		sign := func(external, by string) string {
			return writes(external, "register.explanation", by+`"about":["unit/`+village+`"],"values":{"object":"`+external+
				`","guard":"manure.price_of_saving","period":"2025","value":"13220","text":"另附说明"}`)
		}
		for i, c := range []struct {
			by      string
			outcome record.Outcome
		}{{`"by":"` + other + `",`, record.Invalid}, {`"by":"operator",`, record.Invalid}, {`"by":"` + clerk + `",`, record.Stored}, {"", record.Stored}} {
			r := w.accept(fromTown(), sign(fmt.Sprintf("sign-%d", i), c.by))[0]
			if refused := c.outcome == record.Invalid; r.Outcome != c.outcome || found(r.Findings, "signature.not_yours", "by") != refused {
				w.t.Errorf("signed with %q by the clerk: got %s %+v", c.by, r.Outcome, r.Findings)
			}
			if r.Outcome == record.Stored && w.entry(r).Record.By != clerk {
				w.t.Errorf("signed with %q: the entry is by %s", c.by, w.entry(r).Record.By)
			}
		}
	})
}

func TestJustRegisteredIsKnown(t *testing.T) {
	each(t, func(w *world) {
		if r := w.accept(fromTown(), strings.Replace(person("p-00000000000e"), "unit/220323", "unit/220323102", 1))[0]; r.Outcome != record.Stored {
			w.t.Fatalf("person: got %+v", r)
		}
		r := w.accept(fromTown(), load("a", aTonne, `"by":"p-00000000000e","about":["unit/`+village+`"]`))[0]
		if r.Outcome != record.Stored || w.settled != 1 {
			w.t.Errorf("got %+v after %d waits; want it stored after one wait for the register", r, w.settled)
		}
		early := strings.Replace(load("b", aTonne, `"by":"p-0000000da1","about":["unit/`+village+`"]`), "2025-06-03", "2025-05-03", 1)
		registered := strings.Replace(strings.Replace(person("p-0000000da1"), "unit/220323", "unit/220323102", 1), "2020-01-01", "2025-06-03", 1)
		w.accept(fromTown(), registered)
		if r := w.accept(fromTown(), early)[0]; r.Outcome != record.Stored {
			w.t.Errorf("somebody registered today about last month: got %+v", r)
		}
		o := w.options()
		o.Settle = nil
		if r, err := w.tryAccept(New(o), fromTown(), load("c", aTonne, `"by":"p-nobody","about":["unit/`+village+`"]`)); err != nil || r[0].Outcome != record.Invalid {
			w.t.Errorf("without a wait: got %+v, %v", r, err)
		}
	})
}

// TestStoreFailures tries both forms: not stored, and stored with the answer lost. Sending again mends both.
func TestStoreFailures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := newWorld(t, s)
		w.open()
		broken := errors.New("broken")
		for point, want := range map[db.Point]record.Outcome{db.Committing: record.Stored, db.Committed: record.Duplicate} {
			text := load(string(point), aTonne, "")
			if r, err := w.tryAccept(w.broken(s, point, broken), fromTown(), text); !errors.Is(err, broken) {
				t.Errorf("failure at %s: got %+v, %v", point, r, err)
			}
			if r := w.accept(fromTown(), text)[0]; r.Outcome != want {
				t.Errorf("again after a failure at %s: got %+v, want %s", point, r, want)
			}
		}
	})
}
