package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qingshan/access"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/internal/strictjson"
	"qingshan/quarantine"
	"qingshan/record"
)

// clinic is a world with a ward: a phone that sends, and people who see to what it sent.
type clinic struct {
	*world
	ward  *Ward
	store *quarantine.Store
}

const worker = "p-0000bead" // whose phone it is

// eachWard runs a test in a fresh clinic on both databases; the worker is registered beside the clerk.
func eachWard(t *testing.T, f func(c *clinic)) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		c := newClinic(t, s)
		f(c)
	})
}

func newClinic(t *testing.T, s dbtest.Stores) *clinic {
	t.Helper()
	w := newWorld(t, s)
	w.open()
	w.accept(fromTown(), strings.Replace(person(worker), "unit/220323", "unit/220323102", 1))
	c := &clinic{world: w, store: quarantine.New(s.Ledger, quarantine.Options{Clock: func() time.Time { return w.now }})}
	c.ward = c.newWard(w.desk, c.store)
	return c
}

func (c *clinic) newWard(desk *Desk, store *quarantine.Store) *Ward {
	return NewWard(WardOptions{Desk: desk, Store: store, Read: readPlainly, Books: c.ledger.Books})
}

// readPlainly reads a body as the devices' door does: {"book", "sent", "records"}.
func readPlainly(body []byte) (Delivery, error) {
	v, err := strictjson.Parse(body, strictjson.Limits{Depth: 12, Values: 10_000})
	book, _ := v.Get("book")
	name, _ := book.Text()
	records, there := v.Get("records")
	if err != nil || name == "" || !there || records.Kind != strictjson.Array {
		return Delivery{}, fault.New(fault.Invalid, "body.malformed", fault.Data{"offset": "0"})
	}
	d := Delivery{Book: record.Book(name), Records: records.Items}
	if text, said := textAt(v, "sent"); said {
		if d.Sent, err = time.Parse(time.RFC3339, text); err != nil {
			return d, fault.New(fault.Invalid, "submission.bad_sent", nil)
		}
	}
	if text, said := textAt(v, "catalog"); said {
		if d.Catalog, err = digest.Parse(text); err != nil {
			return d, fault.New(fault.Invalid, "submission.bad_catalog", nil)
		}
	}
	return d, nil
}

func textAt(v strictjson.Value, name string) (string, bool) {
	member, _ := v.Get(name)
	return member.Text()
}

// phone is the worker's device, clerkAt a person who sees to a book's quarantine.
func phone() access.Actor {
	return access.Actor{Person: worker, Book: town, Rights: []access.Right{access.DeviceRecords}, Token: "00000000deadbeef"}
}

func clerkAt(book record.Book) access.Actor {
	return access.Actor{Person: clerk, Book: book, Rights: access.Rights()}
}

func body(book record.Book, head string, records ...string) []byte {
	return []byte(fmt.Sprintf(`{"book":%q%s,"records":[%s]}`, book, head, strings.Join(records, ",")))
}

func (c *clinic) take(body []byte) []Landing {
	c.t.Helper()
	landed, err := c.ward.Take(c.t.Context(), phone(), body)
	c.must(err)
	return landed
}

// takeOne has the phone send one record that ends in quarantine, and gives its item.
func (c *clinic) takeOne(book record.Book, head, text string) string {
	c.t.Helper()
	landed := c.take(body(book, head, text))
	if len(landed) != 1 || landed[0].Item == "" {
		c.t.Fatalf("%s\n landed %+v, want it in quarantine", text, landed)
	}
	return landed[0].Item
}

func (c *clinic) file(item string) quarantine.File {
	c.t.Helper()
	f, err := c.store.Get(c.t.Context(), item)
	c.must(err)
	return f
}

func (c *clinic) raw(item string) []byte {
	c.t.Helper()
	_, raw, err := c.store.Raw(c.t.Context(), item, "auditor")
	c.must(err)
	return raw
}

func outcomes(landed []Landing) string {
	words := make([]string, len(landed))
	for i, l := range landed {
		words[i] = string(l.Outcome)
	}
	return strings.Join(words, " ")
}

func (c *clinic) repair(who access.Actor, item string, r Repair, texts ...string) ([]record.Receipt, error) {
	c.t.Helper()
	for _, text := range texts {
		r.Records = append(r.Records, parse(c.t, text))
	}
	return c.ward.Repair(c.t.Context(), who, item, r)
}

func TestOneBadRecordTakesNoGoodOneWithIt(t *testing.T) {
	eachWard(t, func(c *clinic) {
		bad, unknown := load("b", `{"amount":"-1","unit":"t"}`, ""), writes("c", "campaign.straw_visit", "")
		taken := load("a", `{"amount":"2","unit":"t"}`, "")
		sent := body(town, `,"sent":"2025-06-03T10:00:00+08:00"`, load("a", aTonne, ""), bad, `7`, unknown, load("d", aTonne, ""), taken)
		landed := c.take(sent)
		if want := "stored quarantined quarantined quarantined stored quarantined"; outcomes(landed) != want {
			c.t.Fatalf("outcomes\n got %s\nwant %s", outcomes(landed), want)
		}
		for i, want := range map[int]struct{ raw, code string }{1: {bad, "value.negative"}, 2: {"7", "record.not_an_object"}, 3: {unknown, "record.unknown_kind"}, 5: {taken, "record.id_taken"}} {
			f := c.file(landed[i].Item)
			if !speaks(f.Reason, want.code) || !bytes.Equal(c.raw(landed[i].Item), []byte(want.raw)) || f.Form != quarantine.OneRecord || f.Book != town || f.Sender != worker ||
				f.Token != phone().Token || f.Channel != record.ChannelDevice || !f.Sent.Equal(c.now) || !speaks(landed[i].Findings, want.code) {
				c.t.Errorf("record %d: %+v", i, f)
			}
		}
		if e := c.entry(landed[0].Receipt); e.Envelope.Channel != record.ChannelDevice || e.Envelope.Sender != worker || e.Record.By != worker {
			c.t.Errorf("what is stored: %+v", e)
		}
		again := c.take(sent)
		if want := "duplicate quarantined quarantined quarantined duplicate quarantined"; outcomes(again) != want {
			c.t.Errorf("the same again\n got %s\nwant %s", outcomes(again), want)
		}
		for i := range landed {
			if landed[i].Item != again[i].Item {
				c.t.Errorf("record %d became the item %s, then %s", i, landed[i].Item, again[i].Item)
			}
		}
	})
}

func TestWhatCannotBeReadIsKeptWhole(t *testing.T) {
	eachWard(t, func(c *clinic) {
		for _, text := range []string{"", "\x00\xff", `{"book":"220323102","records":[{"id":`, `{"records":[{}]}`, `[]`, `{"book":"220323102","records":[]}`, `{"book":"220323102","records":7}`} {
			landed := c.take([]byte(text))
			if len(landed) != 1 || landed[0].Outcome != record.Quarantined || !landed[0].ID.Zero() {
				c.t.Fatalf("%q landed %+v", text, landed)
			}
			if f := c.file(landed[0].Item); f.Form != quarantine.WholeBody || f.Book != town || string(c.raw(f.ID)) != text {
				c.t.Errorf("%q: %+v", text, f)
			}
		}
	})
}

// TestWhoseItemsTheyAre holds that what belongs nowhere stays with those whose device it is.
func TestWhoseItemsTheyAre(t *testing.T) {
	eachWard(t, func(c *clinic) {
		for book, code := range map[record.Book]string{"220323001": "book.not_yours", "220323": "book.not_yours", "no-such": "book.not_yours"} {
			item := c.takeOne(book, "", load("x", aTonne, ""))
			if f := c.file(item); f.Book != town || f.Named != book || !speaks(f.Reason, code) {
				c.t.Errorf("to %s: %+v, want %s", book, f, code)
			}
		}
		atCounty := phone()
		atCounty.Book = county
		landed, err := c.ward.Take(c.t.Context(), atCounty, body("220323001", "", load("x", aTonne, "")))
		c.must(err)
		if f := c.file(landed[0].Item); f.Book != county || f.Named != "220323001" || !speaks(f.Reason, "book.unknown") {
			c.t.Errorf("to a book that is not open: %+v", f)
		}
		unknown := c.takeOne(town, `,"catalog":"`+strings.Repeat("ab", 32)+`"`, load("y", aTonne, ""))
		if f := c.file(unknown); !speaks(f.Reason, "catalog.unknown") || f.Catalog.String() != strings.Repeat("ab", 32) {
			c.t.Errorf("a catalog that nobody knows: %+v", f)
		}
		landed, err = c.ward.Replay(c.t.Context(), clerkAt(town), unknown)
		if c.must(err); landed[0].Outcome != record.Stored {
			c.t.Errorf("replayed under the catalog of today: %+v", landed)
		}
	})
}

// TestManyRecordsAreTakenInPortions: a phone cannot cut its queue either.
func TestManyRecordsAreTakenInPortions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		c := newClinic(t, s)
		records := make([]string, MaxRecords+3)
		for i := range records {
			records[i] = load(fmt.Sprint("r", i), aTonne, "")
		}
		records[MaxRecords] = "{}"
		landed := c.take(body(town, "", records...))
		if len(landed) != len(records) || landed[MaxRecords].Outcome != record.Quarantined || landed[MaxRecords+2].Outcome != record.Stored || c.size(town) < MaxRecords+2 {
			t.Errorf("landed %d, the book has %d", len(landed), c.size(town))
		}
	})
}

func TestARepairKeepsWhatWasRight(t *testing.T) {
	eachWard(t, func(c *clinic) {
		const moment = "2025-06-03T07:30:00+08:00"
		said := strings.Replace(load("a", `{"amount":"-1","unit":"t"}`, ""), "2025-06-03", moment, 1)
		item := c.takeOne(town, `,"sent":"2025-06-03T08:00:00+08:00"`, said) // its clock is two hours slow
		received := c.now
		c.now = c.now.Add(50 * time.Hour)
		mended := strings.Replace(strings.Replace(said, "-1", "1", 1), `"external":"a",`, "", 1)
		receipts, err := c.repair(clerkAt(town), item, Repair{Why: "按司机电话"}, mended)
		c.must(err)
		e := c.entry(receipts[0])
		f := c.file(item)
		want := record.Finding{Code: "record.repaired", Grade: record.Note, Data: map[string]string{"item": item, "hash": digest.Of([]byte(said)).String(), "at": "2025-06-05T04:00:00Z"}}
		if receipts[0].Outcome != record.Stored || e.Record.ID != record.HashID(record.ChannelDevice, "a") || e.Record.By != worker || e.Envelope.Sender != clerk ||
			e.Envelope.Channel != record.ChannelAPI || !e.Envelope.Received.Equal(received) || e.Envelope.Offset != 2*time.Hour || !reflect.DeepEqual(e.Envelope.Findings[len(e.Envelope.Findings)-1], want) {
			c.t.Errorf("repaired\n got %+v\nfinding %+v", e, want)
		}
		if f.State != quarantine.Repaired || !slices.Equal(f.Entries, []quarantine.Entry{{Book: town, Seq: receipts[0].Seq, Record: e.Record.ID}}) || f.History[1].Why != "按司机电话" || f.History[1].Who != clerk {
			c.t.Errorf("file: %+v", f)
		}
		if landed := c.take(body(town, "", strings.Replace(said, "-1", "1", 1))); landed[0].Outcome != record.Duplicate {
			c.t.Errorf("the phone, mended itself, sends the same: %+v", landed)
		}
	})
}

// TestAnotherMomentIsThePersonsOwn: a time that a person corrects is not moved by the error of the device's clock.
func TestAnotherMomentIsThePersonsOwn(t *testing.T) {
	eachWard(t, func(c *clinic) {
		item := c.takeOne(town, `,"sent":"2025-06-01T08:00:00+08:00"`, load("a", `{"amount":"-1","unit":"t"}`, ""))
		receipts, err := c.repair(clerkAt(town), item, Repair{}, strings.Replace(strings.Replace(load("a", aTonne, ""), "2025-06-03", "2025-06-02T09:00:00+08:00", 1), `"external":"a",`, "", 1))
		c.must(err)
		if e := c.entry(receipts[0]); e.Envelope.Offset != 0 || e.Envelope.Day != 20250602 {
			c.t.Errorf("got %+v", e.Envelope)
		}
	})
}

func TestWhatARepairMayNotSay(t *testing.T) {
	eachWard(t, func(c *clinic) {
		bad := c.takeOne(town, "", load("a", `{"amount":"-1","unit":"t"}`, `"by":"`+worker+`","about":["unit/`+village+`"]`))
		without := strings.Replace(load("a", aTonne, ""), `"external":"a",`, "", 1)
		for name, r := range map[string]struct {
			texts []string
			want  string
		}{
			"another speaker": {[]string{strings.Replace(without, `"kind"`, `"by":"`+clerk+`","kind"`, 1)}, "repair.by_stays"},
			"two for one":     {[]string{without, without}, "repair.one_record"},
			"nothing":         {nil, "repair.one_record"},
			"another id":      {[]string{load("b", aTonne, "")}, "finding repair.other_id"},
			"still wrong":     {[]string{strings.Replace(without, "1.25", "-2", 1)}, "finding value.negative"},
		} {
			receipts, err := c.repair(clerkAt(town), bad, Repair{}, r.texts...)
			got := codeOf(err)
			if err == nil && len(receipts) == 1 && receipts[0].Outcome == record.Invalid {
				got = "finding " + firstFatal(receipts[0].Findings)
			}
			if got != r.want {
				c.t.Errorf("%s: got %s %v %v, want %s", name, got, receipts, err, r.want)
			}
		}
		if f := c.file(bad); f.State != quarantine.Waiting || len(f.History) != 3 || f.History[1].Did != quarantine.TryRepair {
			c.t.Errorf("after all that: %+v", f.History)
		}
		for _, good := range []string{load("a", aTonne, `"by":"`+worker+`","about":["unit/`+village+`"]`)} { // its own id and speaker may be repeated
			if receipts, err := c.repair(clerkAt(town), bad, Repair{}, good); err != nil || receipts[0].Outcome != record.Stored {
				c.t.Errorf("%s: %+v, %v", good, receipts, err)
			}
		}
		// An unknown speaker may be named anew, an id that is taken gives way to one that only the system can say.
		nobody := c.takeOne(town, "", load("n", aTonne, `"by":"p-ffffffff","about":["unit/`+village+`"]`))
		receipts, err := c.repair(clerkAt(town), nobody, Repair{}, strings.Replace(without, `"kind"`, `"by":"`+clerk+`","kind"`, 1))
		if err != nil || receipts[0].Outcome != record.Stored || c.entry(receipts[0]).Record.By != clerk {
			c.t.Errorf("another speaker for one that nobody knows: %+v, %v", receipts, err)
		}
		taken := c.takeOne(town, "", load("a", `{"amount":"9","unit":"t"}`, ""))
		receipts, err = c.repair(clerkAt(town), taken, Repair{}, strings.Replace(without, "1.25", "9", 1))
		if err != nil || receipts[0].Outcome != record.Stored || receipts[0].ID != record.HashID(record.ChannelSystem, "quarantine "+taken+" 0") {
			c.t.Errorf("an id that was taken: %+v, %v", receipts, err)
		}
		// A confirmation is a signature: a clerk cannot give it in the worker's name.
		signed := c.takeOne(town, "", writes("s", "record.confirmed", `"by":"`+worker+`","values":{"record":"x"}`))
		receipts, err = c.repair(clerkAt(town), signed, Repair{}, `{"kind":"record.confirmed","observed":"2025-06-03","values":{"record":"0197a3c0-0000-7000-8000-000000000010"}}`)
		if err != nil || !speaks(receipts[0].Findings, "confirmation.not_yours") {
			c.t.Errorf("a signature for another: %+v, %v", receipts, err)
		}
	})
}

// TestAWholeBodyIsMendedByItsRecords has a person write out what a torn body held.
func TestAWholeBodyIsMendedByItsRecords(t *testing.T) {
	eachWard(t, func(c *clinic) {
		item := c.take([]byte(`{"book":"220323102","records":[{"id"`))[0].Item
		one := strings.Replace(load("a", aTonne, ""), `"external":"a",`, "", 1)
		two := strings.Replace(one, "1.25", "2", 1)
		receipts, err := c.repair(clerkAt(town), item, Repair{}, one, strings.Replace(two, `"2"`, `"-2"`, 1))
		if c.must(err); receipts[0].Outcome != record.Stored || receipts[1].Outcome != record.Invalid || c.file(item).State != quarantine.Waiting {
			c.t.Errorf("half of it: %+v", receipts)
		}
		size := c.size(town)
		receipts, err = c.repair(clerkAt(town), item, Repair{}, one, two)
		if c.must(err); receipts[0].Outcome != record.Duplicate || receipts[1].Outcome != record.Stored || c.size(town) != size+1 {
			c.t.Errorf("all of it: %+v", receipts)
		}
		f := c.file(item)
		if e := c.entry(receipts[1]); f.State != quarantine.Repaired || len(f.Entries) != 2 || e.Record.By != worker || e.Envelope.Sender != clerk {
			c.t.Errorf("file %+v\nentry %+v", f, e)
		}
	})
}

// TestTwoPeopleRepairTheSame has many people send different corrections of one item at once: one of them is stored.
func TestTwoPeopleRepairTheSame(t *testing.T) {
	eachWard(t, func(c *clinic) {
		item := c.takeOne(town, "", load("a", `{"amount":"-1","unit":"t"}`, ""))
		size := c.size(town)
		var all sync.WaitGroup
		results := make([]error, 6)
		for i := range results {
			raw := parse(c.t, strings.Replace(strings.Replace(load("a", aTonne, ""), `"external":"a",`, "", 1), "1.25", fmt.Sprint(i+1), 1))
			all.Go(func() {
				_, results[i] = c.ward.Repair(c.t.Context(), clerkAt(town), item, Repair{Records: []strictjson.Value{raw}})
			})
		}
		all.Wait()
		done := 0
		for _, err := range results {
			if err == nil {
				done++
			} else if !fault.Is(err, fault.Conflict) {
				c.t.Error(err)
			}
		}
		if f := c.file(item); done != 1 || c.size(town) != size+1 || f.State != quarantine.Repaired || len(f.Entries) != 1 {
			c.t.Errorf("%d repaired it, the book grew by %d, file %+v", done, c.size(town)-size, f)
		}
	})
}

// TestARepairThatWasCutOff: the record is stored, the item not settled. Whoever comes next with other words finds the id
// taken; the same words settle it.
func TestARepairThatWasCutOff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		c := newClinic(t, s)
		item := c.takeOne(town, "", load("a", `{"amount":"-1","unit":"t"}`, ""))
		broken := errors.New("injected")
		armed := 0
		failing := s.Open(t, db.Options{Fault: func(p db.Point) error {
			if p == db.Beginning {
				if armed++; armed == 2 { // taking it goes well, settling it does not
					return broken
				}
			}
			return nil
		}})
		ward := c.newWard(c.desk, quarantine.New(failing.Ledger, quarantine.Options{Clock: func() time.Time { return c.now }}))
		mended := strings.Replace(load("a", aTonne, ""), `"external":"a",`, "", 1)
		if _, err := ward.Repair(c.t.Context(), clerkAt(town), item, Repair{Records: []strictjson.Value{parse(t, mended)}}); !errors.Is(err, broken) {
			t.Fatalf("got %v, want the injected fault", err)
		}
		if _, err := c.repair(clerkAt(town), item, Repair{}, mended); codeOf(err) != "quarantine.in_hand" {
			t.Errorf("while it is in hand: %v", err)
		}
		c.now = c.now.Add(3 * time.Minute)
		receipts, err := c.repair(clerkAt(town), item, Repair{}, strings.Replace(mended, "1.25", "2", 1))
		if c.must(err); receipts[0].Outcome != record.Conflict || c.file(item).State != quarantine.Waiting {
			t.Errorf("with other words: %+v", receipts)
		}
		receipts, err = c.repair(clerkAt(town), item, Repair{}, mended)
		if c.must(err); receipts[0].Outcome != record.Duplicate || c.file(item).State != quarantine.Repaired {
			t.Errorf("with the same words: %+v", receipts)
		}
	})
}

func TestReplayAfterTheCatalogGrew(t *testing.T) {
	eachWard(t, func(c *clinic) {
		visit := writes("v", "campaign.straw_visit", `"about":["unit/`+village+`"],"values":{"households":12}`)
		fits := c.takeOne(town, `,"sent":"2025-06-03T10:00:00+08:00"`, visit)
		not := c.takeOne(town, "", strings.Replace(strings.Replace(visit, `"v"`, `"w"`, 1), "12", "-12", 1))
		elsewhere := c.takeOne("220323001", "", load("z", aTonne, ""))
		received := c.now
		c.now = c.now.Add(30 * 24 * time.Hour)
		c.current = c.overlaid(strawVisits)
		round, err := c.ward.ReplayAll(c.t.Context(), clerkAt(county), "", quarantine.Query{})
		if want := (Round{Tried: 3, Stored: 1, Still: 2}); err != nil || round != want {
			c.t.Fatalf("round: %+v, %v, want %+v", round, err, want)
		}
		f := c.file(fits)
		e := c.entry(record.Receipt{Book: town, Seq: f.Entries[0].Seq})
		if f.State != quarantine.Replayed || e.Record.By != worker || e.Envelope.Sender != worker || e.Envelope.Channel != record.ChannelDevice || !e.Envelope.Received.Equal(received) ||
			e.Envelope.Offset != 0 || e.Envelope.Catalog != c.current.Hash() || !speaks(e.Envelope.Findings, "record.replayed") || f.History[1].Who != clerk {
			c.t.Errorf("replayed: %+v\n%+v", f, e)
		}
		if f := c.file(not); f.State != quarantine.Waiting || !speaks(f.Reason, "value.negative") || speaks(f.Reason, "record.unknown_kind") || f.History[1].Did != quarantine.TryReplay {
			c.t.Errorf("what does not fit waits with the new reason: %+v", f)
		}
		if f := c.file(elsewhere); f.State != quarantine.Waiting || !speaks(f.Reason, "book.not_yours") {
			c.t.Errorf("a replay takes nothing to where the device might not send: %+v", f)
		}
	})
}

const strawVisits = `
measures:
  campaign.straw.visits: {dimension: count, unit: household, basis: as reported, emitter: tally, zh: 入户数, en: Households visited}
kinds:
  campaign.straw_visit:
    part: campaign
    zh: 入户宣传
    en: House visits
    place: village
    owner: town
    fields:
      households: {type: count, unit: household, required: true, min: 1, max: 2000, zh: 户数, en: households}
    emits:
      - {measure: campaign.straw.visits, amount: households}
`

// TestABodyThatCanBeReadNow: its records stand each for itself, and what still does not fit becomes an item of its own.
func TestABodyThatCanBeReadNow(t *testing.T) {
	eachWard(t, func(c *clinic) {
		text := body(town, "", load("a", aTonne, ""), "{}")
		c.ward.Read = func([]byte) (Delivery, error) { return Delivery{}, fault.New(fault.Invalid, "body.malformed", nil) }
		whole := c.take(text)[0].Item
		landed, err := c.ward.Replay(c.t.Context(), clerkAt(town), whole)
		if c.must(err); landed[0].Item != whole || c.file(whole).State != quarantine.Waiting {
			c.t.Errorf("not yet: %+v", landed)
		}
		c.ward.Read = readPlainly
		landed, err = c.ward.Replay(c.t.Context(), clerkAt(town), whole)
		if c.must(err); outcomes(landed) != "stored quarantined" {
			c.t.Fatalf("landed %+v", landed)
		}
		f, part := c.file(whole), c.file(landed[1].Item)
		if f.State != quarantine.Replayed || len(f.Entries) != 1 || f.History[2].Data["stored"] != "1" || part.Origin != whole || part.Form != quarantine.OneRecord || part.Token != phone().Token {
			c.t.Errorf("whole %+v\npart %+v", f, part)
		}
	})
}

// TestWhoMaySeeToIt tries every deed as the people there are.
func TestWhoMaySeeToIt(t *testing.T) {
	eachWard(t, func(c *clinic) {
		item := c.takeOne(town, "", load("a", `{"amount":"-1","unit":"t"}`, ""))
		ctx := c.t.Context()
		manager := []access.Right{access.ManageQuarantine}
		for who, x := range map[string]struct {
			actor access.Actor
			may   bool
		}{
			"the phone":                 {phone(), false},
			"a town's clerk":            {clerkAt(town), true},
			"the county":                {clerkAt(county), true},
			"the neighbour":             {clerkAt("220323001"), false},
			"another county":            {clerkAt("220322"), false},
			"nobody":                    {access.Actor{}, false},
			"who may write only":        {access.Actor{Person: clerk, Book: town, Rights: []access.Right{access.WriteRecords}}, false},
			"who may manage, not write": {access.Actor{Person: clerk, Book: town, Rights: manager}, true},
		} {
			_, err := c.ward.Show(ctx, x.actor, item)
			_, _, errRaw := c.ward.Raw(ctx, x.actor, item)
			items, _, errList := c.ward.List(ctx, x.actor, "", quarantine.Query{})
			_, _, errBook := c.ward.List(ctx, x.actor, town, quarantine.Query{})
			_, errReplay := c.ward.Replay(ctx, x.actor, item)
			for deed, err := range map[string]error{"show": err, "raw": errRaw, "list the book": errBook, "replay": errReplay} {
				if (err == nil) != x.may || err != nil && codeOf(err) != "quarantine.not_yours" {
					c.t.Errorf("%s: %s: %v, want %v", who, deed, err, x.may)
				}
			}
			if errList != nil || (len(items) == 1) != x.may {
				c.t.Errorf("%s lists %d items, %v", who, len(items), errList)
			}
			if !x.may {
				_, errRepair := c.repair(x.actor, item, Repair{}, "{}")
				for deed, err := range map[string]error{"repair": errRepair, "dismiss": c.ward.Dismiss(ctx, x.actor, item, "no")} {
					if codeOf(err) != "quarantine.not_yours" {
						c.t.Errorf("%s: %s: %v", who, deed, err)
					}
				}
			}
		}
		if _, err := c.repair(access.Actor{Person: clerk, Book: town, Rights: manager}, item, Repair{}, load("a", aTonne, "")); codeOf(err) != "book.not_yours" {
			c.t.Errorf("who may not write repairs: %v", err)
		}
		if _, err := c.repair(clerkAt(town), item, Repair{Book: "220323001"}, load("a", aTonne, "")); codeOf(err) != "book.not_yours" {
			c.t.Errorf("into another's book: %v", err)
		}
		if f := c.file(item); f.State != quarantine.Waiting {
			c.t.Errorf("after all that: %+v", f)
		}
	})
}

func TestDismissalWantsAReason(t *testing.T) {
	eachWard(t, func(c *clinic) {
		item := c.takeOne(town, "", load("a", `{"amount":"-1","unit":"t"}`, ""))
		for why, want := range map[string]string{"": "quarantine.why_missing", " \n": "quarantine.why_missing", strings.Repeat("长", 501): "quarantine.why_too_long", "a\x00": "value.bad_text", "\xff": "value.bad_text"} {
			if err := c.ward.Dismiss(c.t.Context(), clerkAt(town), item, why); codeOf(err) != want {
				c.t.Errorf("%.20q: %v, want %s", why, err, want)
			}
		}
		c.must(c.ward.Dismiss(c.t.Context(), clerkAt(town), item, strings.Repeat("长", 500)))
		if _, err := c.repair(clerkAt(town), item, Repair{}, load("a", aTonne, "")); codeOf(err) != "quarantine.settled" {
			c.t.Errorf("repaired after it was dismissed: %v", err)
		}
	})
}

// TestNothingIsLostWhenAWriteBreaks breaks the ledger's write, then the quarantine's, in both forms; the device hears of an
// error, sends again, and everything is there once.
func TestNothingIsLostWhenAWriteBreaks(t *testing.T) {
	injected := errors.New("injected")
	for name, point := range map[string]db.Point{"failed and not stored": db.Committing, "failed but stored": db.Committed} {
		for _, breaks := range []string{"ledger", "quarantine"} {
			t.Run(breaks+" "+name, func(t *testing.T) {
				dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
					c := newClinic(t, s)
					desk, store := c.desk, c.store
					if breaks == "ledger" {
						desk = c.broken(s, point, injected)
					} else {
						failing := s.Open(t, db.Options{Fault: func(p db.Point) error {
							if p == point {
								return injected
							}
							return nil
						}})
						store = quarantine.New(failing.Ledger, quarantine.Options{Clock: func() time.Time { return c.now }})
					}
					sent := body(town, "", load("a", aTonne, ""), load("b", `{"amount":"-1","unit":"t"}`, ""))
					if _, err := c.newWard(desk, store).Take(t.Context(), phone(), sent); !errors.Is(err, injected) {
						t.Fatalf("got %v, want the injected fault", err)
					}
					landed := c.take(sent)
					if landed[0].Item != "" || landed[1].Item == "" || landed[0].Outcome == record.Conflict {
						t.Errorf("sent again: %+v", landed)
					}
					items, _, err := c.store.List(t.Context(), quarantine.Query{Books: []record.Book{town}})
					if err != nil || len(items) != 1 || items[0].ID != landed[1].Item {
						t.Errorf("items: %+v, %v", items, err)
					}
				})
			})
		}
	}
}

// TestAFullQuarantineTellsTheDeviceToWait: the good records are stored, the device keeps its copy, and sends again.
func TestAFullQuarantineTellsTheDeviceToWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		c := newClinic(t, s)
		c.ward.Store = quarantine.New(s.Ledger, quarantine.Options{Clock: func() time.Time { return c.now }, Limits: quarantine.Limits{TokenItems: 1}})
		item := c.takeOne(town, "", "{}")
		sent := body(town, "", load("a", aTonne, ""), load("b", `{"amount":"-1","unit":"t"}`, ""))
		if _, err := c.ward.Take(t.Context(), phone(), sent); codeOf(err) != "quarantine.token_full" || !fault.Is(err, fault.Unavailable) {
			t.Fatalf("got %v", err)
		}
		c.must(c.ward.Dismiss(t.Context(), clerkAt(town), item, "空记录"))
		if landed := c.take(sent); outcomes(landed) != "duplicate quarantined" {
			t.Errorf("after room was made: %s", outcomes(landed))
		}
	})
}

// TestOurOwnFailureIsAnError: a device must not be told that its record is bad because our register is behind.
func TestOurOwnFailureIsAnError(t *testing.T) {
	eachWard(t, func(c *clinic) {
		o := c.options()
		o.Settle = func(context.Context, record.Book) error { return fault.New(fault.Unavailable, "followers.behind", nil) }
		ward := c.newWard(New(o), c.store)
		if _, err := ward.Take(c.t.Context(), phone(), body(town, "", load("a", aTonne, `"by":"p-ffffffff","about":["unit/`+village+`"]`))); codeOf(err) != "followers.behind" {
			c.t.Errorf("got %v", err)
		}
		gone := phone()
		gone.Person = "p-99999999"
		if _, err := c.ward.Take(c.t.Context(), gone, []byte(body(town, "", load("a", aTonne, "")))); codeOf(err) != "token.person_gone" {
			c.t.Errorf("a token that outlived its person: %v", err)
		}
	})
}
