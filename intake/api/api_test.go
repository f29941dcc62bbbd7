package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qingshan/access"
	"qingshan/catalog"
	"qingshan/db/dbtest"
	"qingshan/follow"
	"qingshan/intake"
	"qingshan/internal/digest"
	"qingshan/internal/httpx"
	"qingshan/internal/openapi"
	"qingshan/internal/strictjson"
	"qingshan/lang"
	"qingshan/ledger"
	"qingshan/quarantine"
	"qingshan/record"
	"qingshan/register"
)

const town record.Book = "220323102"

// world is a town on real stores behind the door's mux.
type world struct {
	t      testing.TB
	ledger *ledger.Ledger
	tokens *access.Tokens
	limits quarantine.Limits
	mux    http.Handler
	token  string
	log    bytes.Buffer
}

func each(t *testing.T, f func(w *world)) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := &world{t: t}
		w.open(s)
		f(w)
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) open(s dbtest.Stores) {
	w.t.Helper()
	words, err := catalog.Standard()
	w.must(err)
	catalogs := func(hash digest.Hash) *catalog.Catalog {
		if hash == catalog.System().Hash() {
			return catalog.System()
		}
		return words
	}
	w.ledger, err = ledger.Open(w.t.Context(), s.Ledger, ledger.Options{})
	w.must(err)
	w.t.Cleanup(w.ledger.Close)
	reg := register.New(s.Views, catalogs)
	runner := follow.NewRunner(w.ledger, s.Views, follow.Options{}, reg)
	clock := func() time.Time { return time.Date(2025, 6, 3, 2, 0, 0, 0, time.UTC) }
	desk := intake.New(intake.Options{Append: w.ledger.Append, ByID: w.ledger.ByID, Size: w.ledger.Size, Settle: runner.CatchUp, Clock: clock, Catalogs: catalogs,
		Current: func() *catalog.Catalog { return words },
		Find: func(ctx context.Context, book record.Book, keys []record.Ref, day record.Day) (map[record.Ref]register.Object, error) {
			return reg.Find(ctx, book, keys, day, register.Latest)
		}})
	w.tokens = access.NewTokens(s.Ledger, access.Options{Clock: clock})
	w.token = w.issue("p-00000001", town, access.Rights()...)
	sentences, err := lang.Load()
	w.must(err)
	ward := intake.NewWard(intake.WardOptions{Desk: desk, Store: quarantine.New(s.Ledger, quarantine.Options{Clock: clock, Limits: w.limits}), Read: ReadBody, Books: w.ledger.Books})
	routes := slices.Concat(Routes(desk, sentences), DeviceRoutes(ward, sentences), WardRoutes(ward, sentences))
	mux, err := httpx.New(httpx.Options{Check: access.NewGuard(w.tokens).Check, Sentences: sentences, Log: slog.New(slog.NewJSONHandler(&w.log, nil))}, routes...)
	w.must(err)
	w.mux, _, err = openapi.Checked(mux, routes, func(err error) { w.t.Error(err) })
	w.must(err)
	w.setting(desk)
}

// issue gives a token.
func (w *world) issue(person record.PersonRef, book record.Book, rights ...access.Right) string {
	w.t.Helper()
	secret, _, err := w.tokens.Issue(w.t.Context(), access.Grant{Person: person, Book: book, Rights: rights, Life: access.MinLife})
	w.must(err)
	return secret
}

// setting opens the book and has the system register a village and the person who sends. The town stands for itself:
// what the county owns is registered in tests of package intake.
func (w *world) setting(desk *intake.Desk) {
	w.t.Helper()
	_, err := w.ledger.Create(w.t.Context(), record.Submission{
		Record: record.Record{ID: record.HashID(record.ChannelSystem, "open"), Book: town, Kind: catalog.KindBookOpened, Observed: record.OnDay(20200101),
			Values: record.Values{"unit": record.Text(string(town))}},
		Envelope: record.Envelope{Received: time.Unix(1764000000, 0).UTC(), Channel: record.ChannelSystem, Catalog: catalog.System().Hash(), Day: 20200101}})
	w.must(err)
	for _, text := range []string{
		`{"external":"p-1","kind":"register.person","observed":"2025-01-01","about":["unit/220323102"],"values":{"object":"p-00000001","name":"张三"}}`,
		`{"external":"h-1","kind":"register.household","observed":"2025-01-01","about":["unit/220323102210"],"values":{"object":"h-00000001","class":"none"}}`,
	} {
		raw, err := strictjson.Parse([]byte(text), limits())
		w.must(err)
		receipts, err := desk.Accept(w.t.Context(), intake.Delivery{Channel: record.ChannelSystem, Book: town, Records: []strictjson.Value{raw}})
		w.must(err)
		if receipts[0].Outcome != record.Stored {
			w.t.Fatalf("%s: %+v", text, receipts[0])
		}
	}
}

// load writes a load of waste from where the household is.
func load(external, tonnes string) string {
	return fmt.Sprintf(`{"external":%q,"kind":"waste.load","observed":"2025-06-03","about":["household/h-00000001"],"values":{"category":"domestic","mass":{"amount":%q,"unit":"t"}}}`, external, tonnes)
}

func submission(records ...string) string {
	return `{"book":"220323102","records":[` + strings.Join(records, ",") + `]}`
}

// post sends a body, with the token unless told otherwise.
func (w *world) post(body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest("POST", "/api/v1/records", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+w.token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	w.mux.ServeHTTP(answer, r)
	return answer
}

func (w *world) results(body string, headers ...string) []result {
	w.t.Helper()
	got := w.post(body, headers...)
	var a answer
	if got.Code != 200 {
		w.t.Fatalf("POST %.300s: %d %s", body, got.Code, got.Body)
	}
	w.must(json.Unmarshal(got.Body.Bytes(), &a))
	return a.Results
}

func TestSubmitAnswersEveryRecord(t *testing.T) {
	each(t, func(w *world) {
		got := w.results(submission(load("a", "1.5"), load("a", "1.5"), load("a", "2"), load("b", "-1"), `{"id":7}`, load("c", "30")))
		outcomes := make([]string, len(got))
		for i, r := range got {
			outcomes[i] = string(r.Outcome)
		}
		if want := "stored duplicate conflict invalid invalid stored"; strings.Join(outcomes, " ") != want {
			w.t.Fatalf("outcomes\n got %v\nwant %s", outcomes, want)
		}
		if *got[0].Seq != 3 || *got[1].Seq != 3 || *got[2].Seq != 3 || got[0].Leaf != got[2].Leaf || len(got[0].Leaf) != 64 {
			w.t.Errorf("seq and leaf: got %+v", got[:3])
		}
		if got[0].ID != record.HashID(record.ChannelAPI, "a").String() || got[4].ID != "" || got[3].Seq != nil || got[3].Leaf != "" {
			w.t.Errorf("ids: got %+v", got)
		}
		if f := got[3].Findings; len(f) != 1 || f[0].Code != "value.negative" || f[0].Grade != record.Fatal || f[0].Field != "values.mass" || f[0].Message != "数值不能为负。" {
			w.t.Errorf("finding: got %+v", f)
		}
		if f := got[5].Findings; len(f) != 1 || f[0].Grade != record.Held || f[0].Hint == "" || f[0].Data["limit"] != "20" {
			w.t.Errorf("held: got %+v", f)
		}
		english := w.results(submission(load("b", "-1")), "Accept-Language", "en")
		if english[0].Findings[0].Message != "The value cannot be negative." {
			w.t.Errorf("in English: got %+v", english[0].Findings)
		}
	})
}

func TestSubmissionsThatAreRefusedWhole(t *testing.T) {
	each(t, func(w *world) {
		secret := "李四13812345678"
		many := make([]string, intake.MaxRecords+1)
		for i := range many {
			many[i] = "{}"
		}
		for _, c := range []struct {
			body    string
			headers []string
			want    string
		}{
			{submission(load("x", "1")), []string{"Authorization", ""}, "401 token.missing"},
			{submission(load("x", "1")), []string{"Authorization", "Bearer qs_wrong"}, "401 token.unknown"},
			{submission(load("x", "1")), []string{"Content-Type", "text/csv"}, "415 body.wrong_type"},
			{`{"book":"220323102","records":[{"id":"` + secret + `"`, nil, "400 body.malformed"},
			{`{"book":"220323102","records":[{"` + secret + `":1,"` + secret + `":2}]}`, nil, "400 body.duplicate_key"},
			{`{"book":"220323102","` + secret + `":[]}`, nil, "400 submission.unknown_key"},
			{`{"book":"` + secret + `","records":[]}`, nil, "400 submission.bad_book"},
			{submission(), nil, "400 records.none"},
			{submission(many...), nil, "400 records.too_many"},
			{submission(`"` + strings.Repeat("x", MaxBody) + `"`), nil, "413 body.too_large"},
			{submission(strings.Repeat("[", 20) + strings.Repeat("]", 20)), nil, "400 body.too_deep"},
			{`{"book":"220323001","records":[{}]}`, nil, "403 book.not_yours"},
			{"\xff\xfe", nil, "400 body.malformed"},
			{"", nil, "400 body.malformed"},
		} {
			got := w.post(c.body, c.headers...)
			var p httpx.Problem
			if err := json.Unmarshal(got.Body.Bytes(), &p); err != nil || fmt.Sprint(got.Code, " ", p.Code) != c.want || p.Detail == "" {
				w.t.Errorf("POST %.200s\n got %d %s\nwant %s", c.body, got.Code, got.Body, c.want)
			}
			if strings.Contains(got.Body.String()+w.log.String(), "李四") {
				w.t.Errorf("POST %.200s: what was sent comes back or is logged: %s", c.body, got.Body)
			}
		}
		if size, err := w.ledger.Size(w.t.Context(), town); err != nil || size != 3 {
			w.t.Errorf("after refusals the book has %d entries, %v; want 3", size, err)
		}
	})
}

func TestFindingsAndLogDoNotRepeatWhatWasSaid(t *testing.T) {
	each(t, func(w *world) {
		secret := "李四13812345678"
		for _, text := range []string{
			`{"external":"a","kind":"waste.load","observed":"` + secret + `","about":["` + secret + `"],"by":"` + secret + `"}`,
			`{"external":"a","kind":"waste.load","observed":"2025-06-03","` + secret + `":1}`,
			`{"external":"a","kind":"waste.load","observed":"2025-06-03","values":{"` + secret + `":1,"category":"` + secret + `","mass":{"amount":"` + secret + `","unit":"t"}}}`,
			`{"external":"a","kind":"waste.load","observed":"2025-06-03","values":{"mass":{"amount":"1","unit":"` + secret + `"}}}`,
			`{"id":"` + secret + `","kind":"` + secret + `"}`,
		} {
			got := w.post(submission(text))
			if got.Code != 200 || strings.Contains(got.Body.String(), "李四") || !strings.Contains(got.Body.String(), `"invalid"`) {
				w.t.Errorf("%s\n got %d %s", text, got.Code, got.Body)
			}
		}
		if strings.Contains(w.log.String(), "李四") || !strings.Contains(w.log.String(), `"records":1`) {
			w.t.Errorf("log: %s", w.log.String())
		}
	})
}

// TestManyClientsSendEverythingTwice has clients send overlapping records at once; each record is stored once.
func TestManyClientsSendEverythingTwice(t *testing.T) {
	each(t, func(w *world) {
		const clients, records = 8, 20
		stored := make([]int, clients)
		var all sync.WaitGroup
		for c := range clients {
			all.Add(1)
			go func() {
				defer all.Done()
				for i := range records {
					body := submission(load(fmt.Sprint("r", (i+c*3)%records), "1"))
					r := httptest.NewRequest("POST", "/api/v1/records", strings.NewReader(body))
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Authorization", "Bearer "+w.token)
					got := httptest.NewRecorder()
					w.mux.ServeHTTP(got, r)
					if strings.Contains(got.Body.String(), `"stored"`) {
						stored[c]++
					} else if !strings.Contains(got.Body.String(), `"duplicate"`) {
						w.t.Errorf("client %d record %d: %d %s", c, i, got.Code, got.Body)
					}
				}
			}()
		}
		all.Wait()
		sum := 0
		for _, n := range stored {
			sum += n
		}
		size, err := w.ledger.Size(w.t.Context(), town)
		if err != nil || sum != records || size != 3+records {
			w.t.Errorf("stored %d times, book of %d entries, %v; want %d and %d", sum, size, err, records, 3+records)
		}
	})
}
