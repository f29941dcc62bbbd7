package intake

import (
	"slices"
	"strings"
	"testing"

	"qingshan/catalog"
	"qingshan/record"
)

func TestWhoHandsInIsKept(t *testing.T) {
	each(t, func(w *world) {
		const other = "p-0000bead"
		w.accept(fromTown(), strings.Replace(person(other), "unit/220323", "unit/220323102", 1))
		own, desk := w.accept(fromTown(), load("own", aTonne, ""))[0], w.accept(fromTown(), load("desk", aTonne, `"by":"`+other+`","about":["unit/`+village+`"]`))[0]
		if e := w.entry(own); e.Envelope.Sender != clerk || e.Record.By != clerk || len(own.Findings) != 0 {
			w.t.Errorf("one's own: got %+v", e)
		}
		if e := w.entry(desk); e.Envelope.Sender != clerk || e.Record.By != other || !sameCodes(desk.Findings, []string{"by.on_behalf"}) {
			w.t.Errorf("on behalf of another: got %+v", e)
		}
	})
}

func TestPersonalValuesBelongToSomebody(t *testing.T) {
	each(t, func(w *world) {
		const household, somebody = "h-00c0ffee", "p-0000bead"
		in := fromTown()
		w.accept(in, strings.Replace(person(somebody), "unit/220323", "unit/220323102", 1),
			writes("hh", "register.household", `"about":["unit/`+village+`"],"values":{"object":"`+household+`","class":"none","householder":"张三"}`))
		driven := func(external, about string) string {
			return strings.Replace(load(external, aTonne, about), `"category"`, `"driver":"李四","category"`, 1)
		}
		root := record.HashID(record.ChannelAPI, "alone").String()
		for _, text := range []string{
			driven("of both", `"about":["unit/`+village+`","household/`+household+`","person/`+somebody+`"]`),
			driven("of a household", `"about":["unit/`+village+`","household/`+household+`"]`),
			driven("alone", ""),
			driven("amended", `"about":["unit/`+village+`"],"amends":"`+root+`"`),
		} {
			if r := w.accept(in, text)[0]; r.Outcome != record.Stored {
				w.t.Errorf("%s\n got %+v", text, r)
			}
		}
		w.wantOwned(map[string]int{"person/" + somebody: 2, "household/" + household: 2, "rec/" + root: 2, "": 0})
	})
}

// wantOwned erases one subject after the other and counts what goes.
func (w *world) wantOwned(want map[string]int) {
	w.t.Helper()
	for subject, n := range want {
		before := w.personal()
		if subject == "" {
			continue
		}
		_, err := w.ledger.Append(w.t.Context(), w.system(town, catalog.KindPersonalErased, record.Values{"subject": record.Text(subject), "reason": record.Text("x")}))
		w.must(err)
		if got := before - w.personal(); got != n {
			w.t.Errorf("%s: %d personal values went, want %d", subject, got, n)
		}
	}
	if left := w.personal(); left != 0 {
		w.t.Errorf("%d personal values are nobody's", left)
	}
}

func (w *world) personal() int {
	w.t.Helper()
	report, err := w.ledger.Verify(w.t.Context(), town)
	w.must(err)
	return report.Personal
}

func TestNobodyTakesAHashedID(t *testing.T) {
	each(t, func(w *world) {
		size := w.size(town)
		for _, taken := range []record.ID{
			record.HashID(record.ChannelSystem, "operator of 220323"),
			record.HashID(record.ChannelSystem, "220323102 book.adopted 220323 at 9"),
			record.HashID(record.ChannelAPI, "another's"),
		} {
			text := strings.Replace(load("x", aTonne, ""), `"external":"x"`, `"id":"`+taken.String()+`"`, 1)
			if r := w.accept(fromTown(), text)[0]; r.Outcome != record.Invalid || !found(r.Findings, "record.reserved_id", "id") {
				w.t.Errorf("%s: got %+v", taken, r)
			}
			if record.HashID(record.ChannelAPI, "operator of 220323") == taken {
				w.t.Errorf("an external id of the API gives the system's %s", taken)
			}
		}
		if got := w.size(town); got != size {
			w.t.Errorf("the book has %d entries, want %d", got, size)
		}
		made := strings.Replace(load("x", aTonne, ""), `"external":"x"`, `"id":"0197a3c0-0000-7000-8000-000000000010"`, 1)
		if r := w.accept(fromTown(), made)[0]; r.Outcome != record.Stored {
			w.t.Errorf("an id that the client made: got %+v", r)
		}
	})
}

func TestAWithdrawalIsCheckedToo(t *testing.T) {
	each(t, func(w *world) {
		root := w.accept(fromTown(), load("a", aTonne, ""))[0].ID.String()
		for _, c := range []struct {
			text    string
			outcome record.Outcome
			codes   []string
		}{
			{writes("b", "waste.load", `"amends":"`+root+`","by":"p-nobody"`), record.Invalid, []string{"by.on_behalf", "person.unknown"}},
			{writes("c", "clean.sweep", `"amends":"`+root+`"`), record.Stored, []string{"amends.other_kind"}},
			{writes("d", "clean.pile", `"about":["unit/`+village+`"],"amends":"`+root+`","values":{"category":"garbage"}`), record.Stored, []string{"amends.other_kind"}},
			{writes("e", "waste.load", `"amends":"`+root+`"`), record.Stored, nil},
		} {
			r := w.accept(fromTown(), c.text)[0]
			if r.Outcome != c.outcome || !sameCodes(r.Findings, c.codes) {
				w.t.Errorf("%s\n got %s %v\nwant %s %v", c.text, r.Outcome, r.Findings, c.outcome, c.codes)
			}
			if r.Outcome == record.Stored && strings.Contains(c.text, "values") == (w.entry(r).Envelope.Resolved.Place == "") {
				w.t.Errorf("%s: got place %q", c.text, w.entry(r).Envelope.Resolved.Place)
			}
		}
		unopened := fromCounty("220323001")
		if _, err := w.tryAccept(w.desk, unopened, writes("f", "waste.load", `"amends":"`+root+`"`)); codeOf(err) != "book.unknown" {
			w.t.Errorf("a withdrawal in a book that is not open: got %v, want book.unknown", err)
		}
	})
}

func TestATokenDoesNotOutliveItsPerson(t *testing.T) {
	each(t, func(w *world) {
		gone := strings.Replace(strings.Replace(person(clerk), `"external":"person `, `"external":"end of `, 1), `"object"`, `"ends":true,"object"`, 1)
		gone = strings.Replace(gone, "2020-01-01", "2025-06-03", 1)
		for _, r := range w.accept(Delivery{Channel: record.ChannelSystem, Book: county}, gone) {
			if r.Outcome != record.Stored {
				w.t.Fatalf("got %+v", r)
			}
		}
		w.adopt()
		for _, in := range []Delivery{fromTown(), fromCounty(town), fromCounty(county)} {
			if _, err := w.tryAccept(w.desk, in, load("a", aTonne, "")); codeOf(err) != "token.person_gone" {
				w.t.Errorf("by %+v: got %v, want token.person_gone", in.Who, err)
			}
		}
	})
}

func TestIDsOfPeopleTellNothing(t *testing.T) {
	each(t, func(w *world) {
		for id, want := range map[string]record.Outcome{"zhang-san": record.Invalid, "220322196001011234": record.Invalid, "operator": record.Invalid,
			"p-3fa81c09": record.Stored, "01890a5d-ac96-774b-bcce-b302099a8057": record.Stored} {
			r := w.accept(fromTown(), strings.Replace(person(id), "unit/220323", "unit/220323102", 1))[0]
			if r.Outcome != want || want == record.Invalid && !found(r.Findings, "value.id_not_opaque", "values.object") {
				w.t.Errorf("%s: got %s %v, want %s", id, r.Outcome, r.Findings, want)
			}
		}
		office := Delivery{Channel: record.ChannelSystem, Book: county}
		if r := w.accept(office, person("operator"))[0]; r.Outcome != record.Stored {
			w.t.Errorf("the operator, by the system: got %+v", r)
		}
	})
}

func TestFacetsKeepTheRulesOfTheirKinds(t *testing.T) {
	each(t, func(w *world) {
		w.current = w.overlaid(`
kinds:
  parade:
    part: event
    owner: any
    place: county
    facet: true
    zh: 游行
    en: Parade
    fields:
      people: {type: count, unit: person, required: true, zh: 人数, en: people}
`)
		for _, c := range []struct {
			in    Delivery
			about string
			codes []string
		}{
			{fromTown(), village, nil},
			{fromTown(), string(town), []string{"place.too_coarse"}},
			{fromCounty(county), village, []string{"record.wrong_book"}},
		} {
			text := writes("parade "+c.about+string(c.in.Book), "parade", `"about":["unit/`+c.about+`"],"values":{"people":3},"facets":{"clean.sweep":{"people":3}}`)
			r := w.accept(c.in, text)[0]
			if !sameCodes(r.Findings, c.codes) || (r.Outcome == record.Stored) != (len(c.codes) == 0) {
				w.t.Errorf("in %s about %s: got %s %v, want %v", c.in.Book, c.about, r.Outcome, r.Findings, c.codes)
			}
			if i := slices.IndexFunc(r.Findings, func(f record.Finding) bool { return f.Code == "record.wrong_book" }); i >= 0 && r.Findings[i].Field != "facets.clean.sweep" {
				w.t.Errorf("wrong book at %s, want the facet", r.Findings[i].Field)
			}
		}
	})
}
