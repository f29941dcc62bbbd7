package app_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"qingshan/app"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/demo/year"
	"qingshan/record"
)

// installation is the whole program on stores of its own. What happens in the field, and what is read, passes its doors
// over HTTP; only a keeper's work goes to the app itself.
type installation struct {
	*app.App
	loc    db.Location
	dir    string // of what lies in no database
	clock  *atomic.Int64
	server *httptest.Server
	token  string
	sizes  map[record.Book]int64 // how far each book has grown by what was sent
}

// install starts an installation with the three books of the demonstration, on the morning of a day.
func install(t *testing.T, loc db.Location, first record.Day) *installation {
	t.Helper()
	in := &installation{loc: loc, dir: loc.Dir, clock: &atomic.Int64{}, sizes: map[record.Book]int64{}}
	if in.dir == "" {
		in.dir = t.TempDir()
	}
	in.clock.Store(first.Time().UnixMilli())
	in.start(t)
	t.Cleanup(func() { in.stop() })
	token, err := in.IssueToken(t.Context(), "220323", "", "test", 400)
	if err != nil {
		t.Fatal(err)
	}
	in.token = token
	return in
}

func (in *installation) start(t *testing.T) {
	t.Helper()
	a, err := app.Open(t.Context(), in.config(), app.Options{Clock: func() time.Time { return time.UnixMilli(in.clock.Load()) }})
	if err != nil {
		t.Fatal(err)
	}
	in.App, in.server = a, httptest.NewServer(watched(t, a))
}

// config is what the installation runs by.
func (in *installation) config() app.Config {
	return app.Config{Dir: in.dir, DB: in.loc.URL, Schema: in.loc.Schema, UnsafePostgres: os.Getenv(dbtest.Unsafe) == "1",
		Books: []app.BookConfig{{Book: "220323"}, {Book: "220323102", Parent: "220323"}, {Book: "220323001", Parent: "220323"}}}
}

func (in *installation) stop() {
	in.server.Close()
	in.Close()
}

// restart stops the program and starts it on the same stores.
func (in *installation) restart(t *testing.T) {
	t.Helper()
	in.stop()
	in.start(t)
}

// elsewhere runs f on fresh stores of the same database as another place.
func elsewhere(t *testing.T, like db.Location, f func(t *testing.T, loc db.Location)) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		if (loc.URL == "") != (like.URL == "") {
			t.SkipNow()
		}
		f(t, loc)
	})
}

// receipt is the door's answer about one record.
type receipt struct {
	ID       string
	Outcome  string
	Seq      int64
	Findings []struct{ Code, Grade string }
}

func (r receipt) held() bool {
	return slices.ContainsFunc(r.Findings, func(f struct{ Code, Grade string }) bool { return f.Grade == "held" })
}

// send delivers records of one book and gives the receipts.
func (in *installation) send(t *testing.T, book record.Book, records []json.RawMessage) []receipt {
	t.Helper()
	sent := time.UnixMilli(in.clock.Load()).UTC().Format(time.RFC3339)
	body, err := json.Marshal(map[string]any{"book": book, "sent": sent, "records": records})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Results []receipt }
	in.ask(t, http.MethodPost, "/api/v1/records", body, &answer)
	if len(answer.Results) != len(records) {
		t.Fatalf("%d receipts for %d records", len(answer.Results), len(records))
	}
	for _, r := range answer.Results {
		in.sizes[book] = max(in.sizes[book], r.Seq+1)
	}
	return answer.Results
}

func (in *installation) ask(t *testing.T, method, path string, body []byte, answer any) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, in.server.URL+path, bytes.NewReader(body))
	request.RequestURI = "" // it goes out, it did not come in
	request.Header.Set("Authorization", "Bearer "+in.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := in.server.Client().Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.600s", response.Status, text)
	}
	if err == nil {
		err = json.Unmarshal(text, answer)
	}
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
}

// live sends a year in the order of its days, some days at a time, and checks that the door answers as the year plans.
func (in *installation) live(t *testing.T, d *rand.Rand, y year.Year) {
	t.Helper()
	for at := 0; at < len(y.Acts) && y.Acts[at].Deliver == y.Begin(); {
		batch := y.Batch(at, 500) // what is registered first is named by the rest
		in.until(batch[0].Deliver)
		in.deliver(t, batch)
		at += len(batch)
	}
	later := slices.DeleteFunc(slices.Clone(y.Acts), func(a year.Act) bool { return a.Deliver == y.Begin() })
	for len(later) > 0 {
		last := min(later[0].Deliver.Add(d.IntN(12)), y.End())
		n, _ := slices.BinarySearchFunc(later, last+1, func(a year.Act, day record.Day) int { return cmp.Compare(a.Deliver, day) })
		in.until(last)
		for _, book := range books() {
			due := slices.DeleteFunc(slices.Clone(later[:n]), func(a year.Act) bool { return a.Book != book })
			for part := range slices.Chunk(due, 500) {
				in.deliver(t, part)
			}
		}
		later = later[n:]
	}
}

// books lists the books of the demonstration, the county's first.
func books() []record.Book { return []record.Book{"220323", "220323001", "220323102"} }

// until sets the clock to the evening of a day.
func (in *installation) until(day record.Day) {
	in.clock.Store(time.Date(int(day)/10000, time.Month(int(day)/100%100), int(day)%100, 20, 0, 0, 0, record.Zone()).UnixMilli())
}

// deliver sends acts of one book.
func (in *installation) deliver(t *testing.T, acts []year.Act) {
	t.Helper()
	bodies := make([]json.RawMessage, len(acts))
	for i, a := range acts {
		bodies[i] = a.Body
		if !a.Confirm.Zero() {
			bodies[i] = unsigned(t, a.Body)
		}
	}
	for i, r := range in.send(t, acts[0].Book, bodies) {
		if r.Outcome != string(acts[i].Want) {
			t.Fatalf("%s was %s (%v), want %s", bodies[i], r.Outcome, r.Findings, acts[i].Want)
		}
	}
}

// unsigned takes out who says a record, so that it is the person whose token sends it: nobody confirms for another.
func unsigned(t *testing.T, body json.RawMessage) json.RawMessage {
	t.Helper()
	var said map[string]json.RawMessage
	err := json.Unmarshal(body, &said)
	delete(said, "by")
	if err == nil {
		body, err = json.Marshal(said)
	}
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// question is what a reading is asked for; AsOf 0 means all that is known.
type question struct {
	place  record.UnitCode
	period string
	asOf   record.Day
}

// days gives the days that a question is about.
func (q question) days(t *testing.T) record.Period {
	t.Helper()
	p, err := record.ParsePeriod(q.period)
	if err != nil {
		t.Fatal(err)
	}
	return p.Clip(q.asOf)
}

// reading is what the API says of one figure; Value is nil where there is no number.
type reading struct {
	Code, Unit, Basis, Status string
	Value                     *string
	Records                   int64
}

func (r reading) text() string {
	if r.Value == nil {
		return "no number"
	}
	return *r.Value
}

// page is all figures by code, and readings are the pages of several questions.
type (
	page     map[string]reading
	readings map[question]page
)

// read asks for all figures, once the followers have passed everything that was sent.
func (in *installation) read(t *testing.T, asked []question) readings {
	t.Helper()
	found := readings{}
	for _, q := range asked {
		query := url.Values{"place": {string(q.place)}, "period": {q.period}}
		if q.asOf != 0 {
			query.Set("as_of", q.asOf.String())
		}
		for book, size := range in.sizes {
			query.Add("wait", fmt.Sprintf("%s:%d", book, size))
		}
		var answer struct{ Figures []reading }
		in.ask(t, http.MethodGet, "/api/v1/figures?"+query.Encode(), nil, &answer)
		found[q] = page{}
		for _, r := range answer.Figures {
			found[q][r.Code] = r
		}
	}
	return found
}

// same complains about every figure that is not what it was.
func (rs readings) same(t *testing.T, want readings) {
	t.Helper()
	wrong := 0
	for q, figures := range want {
		for code, r := range figures {
			if got := rs[q][code]; got.text() != r.text() || got.Records != r.Records {
				t.Errorf("%s at %s in %s as of %d is %s by %d records, want %s by %d", code, q.place, q.period, q.asOf, got.text(), got.Records, r.text(), r.Records)
				if wrong++; wrong > 20 {
					t.Fatal("and so on")
				}
			}
		}
	}
}
