package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"qingshan/catalog"
	"qingshan/demo/year"
	"qingshan/record"
)

// door is a small door of its own: it remembers ids, refuses what the year plans to have refused, and answers figures from
// what was delivered, by what each act means. In lies it holds figures that it gets wrong.
type door struct {
	t       *testing.T
	catalog *catalog.Catalog
	year    year.Year
	plan    map[string]year.Act
	seen    map[string]bool
	lies    map[string]string
	items   map[string]*kept // by id, which is as long as the body
	signed  map[string]paper // by code
	clock   time.Time
	largest int
}

func newDoor(t *testing.T, y year.Year) (*door, Config, *bytes.Buffer) {
	d := &door{t: t, catalog: standard(t), year: y, plan: map[string]year.Act{}, seen: map[string]bool{}, lies: map[string]string{}, items: map[string]*kept{}, signed: map[string]paper{}}
	for _, a := range y.Acts {
		if a.Want != year.Duplicate {
			d.plan[a.ID.String()] = a
		}
	}
	d.expectAmendment()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/records", d.records)
	mux.HandleFunc("GET /api/v1/figures", d.figures)
	mux.HandleFunc("POST /api/v1/publications", d.publish)
	mux.HandleFunc("POST /api/v1/publications/{code}/revisions", d.revise)
	mux.HandleFunc("GET /api/v1/publications/{code}/pending", d.pending)
	mux.HandleFunc("GET /api/v1/verdicts", d.verdicts)
	mux.HandleFunc("POST /api/v1/device/records", d.devices)
	mux.HandleFunc("GET /api/v1/quarantine/{item}", d.item)
	mux.HandleFunc("POST /api/v1/quarantine/{item}/{deed}", d.settle)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	out := &bytes.Buffer{}
	return d, Config{Base: server.URL, Token: func(person string) string { return "token of " + person }, Out: out,
		SetClock: func(now time.Time) { d.clock = now }}, out
}

// expectAmendment plans the record that is amended once the year is over.
func (d *door) expectAmendment() {
	old, err := (&Sender{year: d.year}).old()
	if err != nil {
		d.t.Fatal(err)
	}
	late := old
	late.ID, late.Deliver, late.Want = amendmentID(old), d.year.End(), year.Stored
	d.plan[late.ID.String()] = late
}

// paper is what the door knows of a publication.
type paper struct {
	Figure string `json:"figure"`
	Value  string `json:"value"`
	Unit   string `json:"unit"`
	Code   string `json:"code"`
}

func (d *door) publish(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Figure, Place, Period, External string }
	err := json.NewDecoder(r.Body).Decode(&asked)
	p, bad := record.ParsePeriod(asked.Period)
	if err != nil || bad != nil || asked.External == "" {
		d.t.Errorf("published %+v: %v %v", asked, err, bad)
	}
	f, _ := d.catalog.Figure(asked.Figure)
	value := d.year.Expect(asked.Figure, record.UnitCode(asked.Place), p.Clip(d.year.Freeze())).String()
	one := paper{Figure: asked.Figure, Value: value, Unit: f.Unit, Code: asked.Figure}
	d.signed[one.Code] = one
	w.WriteHeader(http.StatusCreated)
	d.answer(w, one)
}

func (d *door) revise(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Reason string }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Reason == "" || r.PathValue("code") != amended {
		d.t.Errorf("revised %s for %q: %v", r.PathValue("code"), asked.Reason, err)
	}
	one := d.signed[r.PathValue("code")]
	one.Code += "-2"
	d.answer(w, one)
}

// verdicts objects to one claim, and speaks of something that is none.
func (d *door) verdicts(w http.ResponseWriter, r *http.Request) {
	of := func(label, status string) map[string]any {
		return map[string]any{"label": label, "place": r.URL.Query().Get("place"), "status": "outside", "objects": true,
			"lines": []string{"3 ÷ 2"}, "figures": []any{map[string]string{"status": status, "value": "3"}}}
	}
	d.answer(w, map[string]any{"verdicts": []any{of("a claim", "claimed"), of("a count", "counted")}})
}

// pending lets one thing have come for each figure.
func (d *door) pending(w http.ResponseWriter, r *http.Request) {
	one := d.signed[r.PathValue("code")]
	if lie, lies := d.lies["frozen "+one.Figure]; lies {
		one.Value = lie
	}
	d.answer(w, map[string]any{"publication": one, "live": one.Value, "count": 1})
}

func (d *door) records(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Book    record.Book
		Sent    time.Time
		Records []struct{ ID string }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("Authorization") != "Bearer token of operator" || !in.Sent.Equal(d.clock) {
		http.Error(w, "bad delivery", http.StatusBadRequest)
		return
	}
	d.largest = max(d.largest, len(in.Records))
	var results []map[string]any
	for _, one := range in.Records {
		results = append(results, d.receipt(one.ID, in.Book))
	}
	d.answer(w, map[string]any{"book": in.Book, "results": results})
}

func (d *door) receipt(id string, book record.Book) map[string]any {
	a := d.plan[id]
	if a.Book != book || record.DayOf(d.clock) != a.Deliver && !d.seen[id] {
		d.t.Errorf("%s came on %s to %s, want %s and %s", id, d.clock, book, a.Deliver, a.Book)
	}
	outcome, findings := string(a.Want), []map[string]string{}
	switch {
	case a.Want == year.Invalid: // however often it comes
		findings = append(findings, map[string]string{"code": a.Code, "grade": "fatal"})
	case d.seen[id]:
		outcome = "duplicate"
	case a.Held:
		findings = append(findings, map[string]string{"code": "value.implausible", "grade": "held"})
	}
	d.seen[id] = true
	return map[string]any{"id": id, "outcome": outcome, "seq": len(d.seen), "findings": findings}
}

// kept is a body in the door's quarantine.
type kept struct {
	body    []byte
	state   string
	entries []map[string]any
}

// devices keeps every body, for the reason that shows in it.
func (d *door) devices(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.t.Error(err)
	}
	code := "body.malformed"
	switch {
	case bytes.Contains(body, []byte(noCatalog)):
		code = "catalog.unknown"
	case json.Valid(body) && bytes.Contains(body, []byte(`"unit":"cart"`)):
		code = "value.unit_unknown"
	case json.Valid(body):
		d.t.Errorf("a phone sent what is good: %s", body)
	}
	id := fmt.Sprintf("%x", sha256.Sum256(body))[:32]
	if d.items[id] == nil {
		d.items[id] = &kept{body: body, state: "waiting"}
	}
	d.answer(w, map[string]any{"results": []any{map[string]any{"outcome": "quarantined", "quarantine": id, "findings": []any{map[string]string{"code": code, "grade": "fatal"}}}}})
}

func (d *door) item(w http.ResponseWriter, r *http.Request) {
	d.answer(w, map[string]any{"state": d.items[r.PathValue("item")].state, "entries": d.items[r.PathValue("item")].entries})
}

// settle takes what repairs or replays an item as delivered, if it is the act as planned.
func (d *door) settle(w http.ResponseWriter, r *http.Request) {
	item := d.items[r.PathValue("item")]
	var sent struct {
		Why     string
		Record  json.RawMessage
		Book    record.Book
		Records []json.RawMessage
	}
	body, err := io.ReadAll(r.Body)
	if r.PathValue("deed") == "replay" {
		body = item.body
	}
	if err == nil {
		err = json.Unmarshal(body, &sent)
	}
	said := append(sent.Records, sent.Record)[0]
	var named struct{ ID string }
	if err == nil && said != nil {
		err = json.Unmarshal(said, &named)
	}
	a := d.plan[named.ID]
	if err != nil || item.state != "waiting" || said != nil && !bytes.Equal(said, a.Body) || r.PathValue("deed") != "replay" && sent.Why == "" {
		d.t.Errorf("%s of an item that is %s: %s, %v", r.PathValue("deed"), item.state, body, err)
	}
	item.state = map[string]string{"repair": "repaired", "replay": "replayed", "dismiss": "dismissed"}[r.PathValue("deed")]
	if said != nil {
		d.receipt(named.ID, a.Book)
		item.entries = []map[string]any{{"seq": len(d.seen)}}
	}
	d.answer(w, map[string]any{})
}

func (d *door) figures(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	p, err := record.ParsePeriod(query.Get("period"))
	if err != nil || query.Get("as_of") == "" && d.year.End() != record.DayOf(d.clock) {
		http.Error(w, "bad query", http.StatusBadRequest)
		return
	}
	if asOf, err := record.ParseDay(query.Get("as_of")); err == nil {
		p = p.Clip(asOf)
	}
	var list []map[string]any
	for _, code := range query["code"] {
		f, _ := d.catalog.Figure(code)
		one := map[string]any{"code": code, "unit": f.Unit, "basis": f.Basis, "status": f.Status, "records": 1, "reason": f.Reason, "value": nil}
		if lie, lies := d.lies[code]; lies {
			one["value"] = lie
		} else if f.Status == catalog.Counted {
			one["value"] = d.year.Expect(code, record.UnitCode(query.Get("place")), p).String()
		}
		list = append(list, one)
	}
	d.answer(w, map[string]any{"figures": list})
}

func (d *door) answer(w http.ResponseWriter, what any) {
	if err := json.NewEncoder(w).Encode(what); err != nil {
		d.t.Error(err)
	}
}

func TestRunThroughADoor(t *testing.T) {
	y := draw(t, Options{})
	d, cfg, out := newDoor(t, y)
	if err := Run(context.Background(), cfg); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(d.seen) != len(d.plan) || d.largest > batchLimit || d.largest < batchLimit/2 {
		t.Errorf("%d of %d acts delivered, the largest batch has %d", len(d.seen), len(d.plan), d.largest)
	}
	states := map[string]int{}
	for _, item := range d.items {
		states[item.state]++
	}
	if states["repaired"] != 3 || states["replayed"] != 2 || states["dismissed"] != 2 || len(states) != 3 {
		t.Errorf("quarantine: %v", states)
	}
	if strings.Contains(out.String(), "a count") {
		t.Error("the table of the claims shows what is none")
	}
	for _, want := range []string{"有异议 objection", "3 ÷ 2", "40 of 40 comparable figures agree", "声明 claim", "不可比 not comparable", "冻结 frozen", "40 figures published", amended + "-2"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, out)
		}
	}
}

// TestRunAgainIsHarmless sends the year where a part of it was sent before, and then all of it once more.
func TestRunAgainIsHarmless(t *testing.T) {
	y := draw(t, Options{})
	d, cfg, out := newDoor(t, y)
	if err := NewSender(cfg, y).Until(context.Background(), y.Begin().Add(90)); err != nil {
		t.Fatal(err)
	}
	for round := 1; round <= 2; round++ {
		out.Reset()
		if err := Run(context.Background(), cfg); err != nil || !strings.Contains(out.String(), "40 of 40 comparable figures agree") {
			t.Errorf("round %d: %v, want that all agrees\n%s", round, err, out)
		}
		if len(d.seen) != len(d.plan) {
			t.Errorf("round %d: the door knows %d records, want %d", round, len(d.seen), len(d.plan))
		}
	}
}

// TestRunFailsOnAMovedPublication lets a door change what it has published.
func TestRunFailsOnAMovedPublication(t *testing.T) {
	d, cfg, _ := newDoor(t, draw(t, Options{}))
	d.lies["frozen clean.domestic_waste"] = "1315"
	if err := Run(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), "now says 1315") {
		t.Errorf("%v, want that the published value has changed", err)
	}
}

// TestRunFailsOnAWrongFigure lets the door get one figure wrong by a hair, and a claim count, and a month stay empty.
func TestRunFailsOnAWrongFigure(t *testing.T) {
	for code, lie := range map[string]string{"clean.domestic_waste": "1313.999999", "manure.reward_paid": "9000", "party.symposia": "0"} {
		d, cfg, out := newDoor(t, draw(t, Options{}))
		d.lies[code] = lie
		err := Run(context.Background(), cfg)
		if !errors.Is(err, ErrDisagrees) || !strings.HasSuffix(err.Error(), ": "+code) {
			t.Errorf("with %s = %s: %v, want that it alone disagrees\n%s", code, lie, err, out)
		}
	}
}

// TestASurpriseAtTheDoorEndsTheRun plans other answers than the door gives.
func TestASurpriseAtTheDoorEndsTheRun(t *testing.T) {
	for name, spoil := range map[string]func(*year.Act){
		"want invalid":   func(a *year.Act) { a.Want = year.Invalid },
		"want held":      func(a *year.Act) { a.Held = true },
		"want duplicate": func(a *year.Act) { a.Want = year.Duplicate },
	} {
		y := draw(t, Options{})
		_, cfg, _ := newDoor(t, y)
		act := once(y, 3000)
		spoil(act)
		if err := NewSender(cfg, y).Until(context.Background(), y.End()); err == nil || !strings.Contains(err.Error(), act.ID.String()) {
			t.Errorf("%s: got %v, want an error that names %s", name, err, act.ID)
		}
	}
}

// once gives the first act from an index on that is stored, not held, and sent only once.
func once(y year.Year, from int) *year.Act {
	sent := map[record.ID]int{}
	for _, a := range y.Acts {
		sent[a.ID]++
	}
	for sent[y.Acts[from].ID] > 1 || y.Acts[from].Want != year.Stored || y.Acts[from].Held {
		from++
	}
	return &y.Acts[from]
}

func TestADoorThatIsShutIsAnError(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	err := Run(context.Background(), Config{Base: server.URL, Token: func(string) string { return "" }, Out: &bytes.Buffer{}})
	if err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v, want the status", err)
	}
}
