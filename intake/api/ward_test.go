package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"qingshan/access"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/internal/digest"
	"qingshan/internal/httpx"
	"qingshan/quarantine"
	"qingshan/record"
)

// ask makes one request with a token and any body.
func (w *world) ask(token, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	if method == "POST" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	w.mux.ServeHTTP(answer, r)
	return answer
}

// get asks and reads an answer that must be good.
func (w *world) get(into any, token, method, path, body string) {
	w.t.Helper()
	answer := w.ask(token, method, path, body)
	if answer.Code != 200 {
		w.t.Fatalf("%s %s: %d %s", method, path, answer.Code, answer.Body)
	}
	w.must(json.Unmarshal(answer.Body.Bytes(), into))
}

// takes has a device send a body, and gives what became of it.
func (w *world) takes(body string) []landed {
	w.t.Helper()
	var a deviceAnswer
	w.get(&a, w.token, "POST", "/api/v1/device/records", body)
	return a.Results
}

func codeOfAnswer(answer *httptest.ResponseRecorder) string {
	var p httpx.Problem
	_ = json.Unmarshal(answer.Body.Bytes(), &p)
	return fmt.Sprint(answer.Code, " ", p.Code)
}

const secret = "李四13812345678"

func TestADeviceEmptiesItsQueue(t *testing.T) {
	each(t, func(w *world) {
		bad := load("b", "-1")
		got := w.takes(submission(load("a", "1"), bad, `{"id":"`+secret+`"}`))
		if got[0].Outcome != record.Stored || got[0].Quarantine != "" || *got[0].Seq != 3 {
			w.t.Errorf("good: %+v", got[0])
		}
		if got[1].Outcome != record.Quarantined || got[1].Seq != nil || got[1].Leaf != "" || got[1].ID != record.HashID(record.ChannelDevice, "b").String() || got[1].Findings[0].Message != "数值不能为负。" {
			w.t.Errorf("bad: %+v", got[1])
		}
		if whatever := w.takes("\xff\xfe" + secret); whatever[0].Outcome != record.Quarantined || whatever[0].Findings[0].Code != "body.malformed" {
			w.t.Errorf("bytes: %+v", whatever)
		}
		if plain := w.ask(w.token, "POST", "/api/v1/device/records", "x", "Content-Type", "text/plain"); plain.Code != 200 {
			w.t.Errorf("another media type: %d %s", plain.Code, plain.Body)
		}
		var list listAnswer
		answer := w.ask(w.token, "GET", "/api/v1/quarantine?book=220323102&state=waiting", "")
		w.must(json.Unmarshal(answer.Body.Bytes(), &list))
		if len(list.Items) != 4 || strings.Contains(answer.Body.String()+w.log.String(), "李四") || !strings.Contains(w.log.String(), `"quarantined":2`) {
			w.t.Errorf("list %s\nlog %s", answer.Body, w.log.String())
		}
		raw := w.ask(w.token, "GET", "/api/v1/quarantine/"+got[1].Quarantine+"/raw", "")
		if raw.Body.String() != bad || raw.Header().Get("Content-Type") != "application/octet-stream" || raw.Header().Get("Content-Disposition") != `attachment; filename="`+got[1].Quarantine+`.bin"` ||
			raw.Header().Get("X-Content-Type-Options") != "nosniff" || raw.Header().Get("Cache-Control") != "no-store" {
			w.t.Errorf("raw: %v %q", raw.Header(), raw.Body)
		}
		var file fileAnswer
		w.get(&file, w.token, "GET", "/api/v1/quarantine/"+got[1].Quarantine, "")
		if n := len(file.History); n != 2 || file.History[1].Did != "viewed" || file.History[1].Who != "p-00000001" || file.History[1].Label != "查看原始内容" || file.Hash != digest.Of([]byte(bad)).String() {
			w.t.Errorf("file: %+v", file)
		}
	})
}

func TestWhatADeviceIsRefusedFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		w := &world{t: t, limits: quarantine.Limits{TokenItems: 1}}
		w.open(s)
		clerk := w.issue("p-00000001", town, access.WriteRecords)
		gone := w.issue("p-00000009", town, access.DeviceRecords)
		w.takes("first")
		for name, c := range map[string]struct {
			token, body, want string
		}{
			"no token":           {"", "x", "401 token.missing"},
			"another right":      {clerk, "x", "403 token.no_right"},
			"who has left":       {gone, submission(load("a", "1")), "403 token.person_gone"},
			"too large":          {w.token, strings.Repeat("x", MaxBody+1), "413 body.too_large"},
			"too many wait":      {w.token, "second", "503 quarantine.token_full"},
			"too many, some bad": {w.token, submission(load("a", "1"), load("b", "-1")), "503 quarantine.token_full"},
		} {
			answer := w.ask(c.token, "POST", "/api/v1/device/records", c.body)
			if got := codeOfAnswer(answer); got != c.want {
				t.Errorf("%s: got %s, want %s", name, got, c.want)
			}
			if full := strings.HasPrefix(c.want, "503"); full != (answer.Header().Get("Retry-After") == later) {
				t.Errorf("%s: Retry-After %q", name, answer.Header().Get("Retry-After"))
			}
		}
		if again := w.takes("first"); again[0].Quarantine == "" {
			t.Errorf("the same again, though it is full: %+v", again)
		}
	})
}

func TestItemsAreSeenToThroughTheDoor(t *testing.T) {
	each(t, func(w *world) {
		got := w.takes(submission(load("b", "-1"), load("c", "-2"), `{}`))
		at := func(i int, deed string) string { return "/api/v1/quarantine/" + got[i].Quarantine + deed }
		var done wardAnswer
		mended := strings.Replace(load("b", "1"), `"external":"b",`, "", 1)
		w.get(&done, w.token, "POST", at(0, "/repair"), `{"record":`+strings.Replace(mended, `"1"`, `"-3"`, 1)+`}`)
		if done.Item.State != "waiting" || done.Results[0].Outcome != record.Invalid || done.Item.History[1].Did != "repair_failed" || done.Item.History[1].Data["code"] != "value.negative" {
			w.t.Errorf("not mended: %+v", done)
		}
		w.get(&done, w.token, "POST", at(0, "/repair"), `{"why":"笔误","records":[`+mended+`]}`)
		if done.Item.State != "repaired" || done.Results[0].Outcome != record.Stored || len(done.Item.Entries) != 1 || done.Item.Settled == nil {
			w.t.Errorf("mended: %+v", done)
		}
		w.get(&done, w.token, "POST", at(1, "/replay"), "")
		if done.Item.State != "waiting" || done.Results[0].Quarantine != got[1].Quarantine {
			w.t.Errorf("replayed: %+v", done)
		}
		var file fileAnswer
		w.get(&file, w.token, "POST", at(2, "/dismiss"), `{"why":"空记录"}`)
		if file.State != "dismissed" || file.History[1].Why != "空记录" {
			w.t.Errorf("dismissed: %+v", file)
		}
		var round roundAnswer
		if w.get(&round, w.token, "POST", "/api/v1/quarantine/replay?limit=1", ""); round != (roundAnswer{Tried: 1, Still: 1}) {
			w.t.Errorf("round: %+v", round)
		}
		var list listAnswer
		for query, want := range map[string]int{"": 3, "?state=waiting": 1, "?state=repaired": 1, "?code=value.negative&state=waiting": 1, "?kind=waste.load": 2, "?sender=p-00000001": 3, "?sender=nobody": 0, "?book=220323102": 3} {
			if w.get(&list, w.token, "GET", "/api/v1/quarantine"+query, ""); len(list.Items) != want {
				w.t.Errorf("list %s: %d items, want %d", query, len(list.Items), want)
			}
		}
		w.get(&list, w.token, "GET", "/api/v1/quarantine?limit=2", "")
		var last listAnswer
		if w.get(&last, w.token, "GET", "/api/v1/quarantine?limit=2&after="+list.Next, ""); list.Next == "" || len(last.Items) != 1 || last.Next != "" {
			w.t.Errorf("second page: %+v", last)
		}
	})
}

func TestWhatTheWardRefuses(t *testing.T) {
	each(t, func(w *world) {
		item := w.takes("x")[0].Quarantine
		device, neighbour := w.issue("p-00000001", town, access.DeviceRecords), w.issue("p-00000001", "220323001", access.Rights()...)
		nowhere := strings.Repeat("0", 32)
		for name, c := range map[string]struct {
			token, method, path, body, want string
		}{
			"a device looks":        {device, "GET", "/" + item, "", "403 token.no_right"},
			"a neighbour lists":     {neighbour, "GET", "?book=220323102", "", "403 quarantine.not_yours"},
			"a neighbour looks":     {neighbour, "GET", "/" + item, "", "403 quarantine.not_yours"},
			"a neighbour reads":     {neighbour, "GET", "/" + item + "/raw", "", "403 quarantine.not_yours"},
			"a neighbour repairs":   {neighbour, "POST", "/" + item + "/repair", `{"record":{}}`, "403 quarantine.not_yours"},
			"a neighbour replays":   {neighbour, "POST", "/" + item + "/replay", "", "403 quarantine.not_yours"},
			"a neighbour dismisses": {neighbour, "POST", "/" + item + "/dismiss", `{"why":"x"}`, "403 quarantine.not_yours"},
			"no such item":          {w.token, "GET", "/" + nowhere, "", "404 quarantine.not_found"},
			"no id":                 {w.token, "GET", "/x", "", "404 quarantine.not_found"},
			"no such item, raw":     {w.token, "GET", "/" + nowhere + "/raw", "", "404 quarantine.not_found"},
			"no such book":          {w.token, "POST", "/" + item + "/repair", `{"record":{},"book":"` + secret + `"}`, "400 submission.bad_book"},
			"a key too many":        {w.token, "POST", "/" + item + "/repair", `{"` + secret + `":{}}`, "400 submission.unknown_key"},
			"records no list":       {w.token, "POST", "/" + item + "/repair", `{"records":{}}`, "400 submission.bad_records"},
			"no records":            {w.token, "POST", "/" + item + "/repair", `{}`, "400 records.none"},
			"why no text":           {w.token, "POST", "/" + item + "/dismiss", `{"why":7}`, "400 submission.bad_why"},
			"no why":                {w.token, "POST", "/" + item + "/dismiss", `{}`, "400 quarantine.why_missing"},
			"why too long":          {w.token, "POST", "/" + item + "/dismiss", `{"why":"` + strings.Repeat("长", 501) + `"}`, "400 quarantine.why_too_long"},
			"state":                 {w.token, "GET", "?state=" + "lost", "", "400 query.state"},
			"book":                  {w.token, "GET", "?book=A", "", "400 query.book"},
			"kind":                  {w.token, "GET", "?kind=A", "", "400 query.kind"},
			"limit":                 {w.token, "GET", "?limit=0", "", "400 query.limit"},
			"after":                 {w.token, "GET", "?after=x", "", "400 page.after"},
			"a misspelt filter":     {w.token, "GET", "?stat=x", "", "400 query.unknown"},
		} {
			answer := w.ask(c.token, c.method, "/api/v1/quarantine"+c.path, c.body)
			if got := codeOfAnswer(answer); got != c.want || strings.Contains(answer.Body.String(), "李四") {
				w.t.Errorf("%s: got %s, want %s: %s", name, got, c.want, answer.Body)
			}
		}
		var list listAnswer
		if w.get(&list, neighbour, "GET", "/api/v1/quarantine", ""); len(list.Items) != 0 {
			w.t.Errorf("the neighbour sees %+v", list)
		}
		var file fileAnswer
		if w.get(&file, w.token, "GET", "/api/v1/quarantine/"+item, ""); file.State != "waiting" || len(file.History) != 1 {
			w.t.Errorf("after all that: %+v", file)
		}
	})
}

// FuzzDevice holds that whatever a device sends is stored, or kept in quarantine to the byte, and that it never hears of an
// error for it.
func FuzzDevice(f *testing.F) {
	for _, seed := range []string{"", "{", submission(load("a", "1"), load("b", "-1"), `{}`), `{"book":"220323001","records":[{}]}`, "\xff\x00"} {
		f.Add([]byte(seed))
	}
	loc := db.Location{Dir: f.TempDir()}
	var s dbtest.Stores
	for store, into := range map[db.Store]**db.DB{db.Ledger: &s.Ledger, db.Views: &s.Views} {
		opened, err := db.Open(f.Context(), loc, store, db.Options{})
		if err != nil {
			f.Fatal(err)
		}
		f.Cleanup(func() { opened.Close() })
		*into = opened
	}
	w := &world{t: f, limits: quarantine.Limits{TokenItems: 1 << 40, TokenBytes: 1 << 50, BookItems: 1 << 40, BookBytes: 1 << 50}}
	w.open(s)
	store := quarantine.New(s.Ledger, quarantine.Options{})
	f.Fuzz(func(t *testing.T, body []byte) {
		w.t = t
		answer := w.ask(w.token, "POST", "/api/v1/device/records", string(body))
		var got deviceAnswer
		if err := json.Unmarshal(answer.Body.Bytes(), &got); answer.Code != 200 || err != nil || len(got.Results) == 0 {
			t.Fatalf("%q: %d %s, %v", body, answer.Code, answer.Body, err)
		}
		d, err := ReadBody(body)
		if err != nil {
			d.Records = nil
		}
		if len(d.Records) > 0 && len(d.Records) != len(got.Results) || len(d.Records) == 0 && len(got.Results) != 1 {
			t.Fatalf("%q: %d answers for %d records", body, len(got.Results), len(d.Records))
		}
		for i, r := range got.Results {
			want := body
			if len(d.Records) > 0 {
				want = d.Records[i].Raw
			}
			switch {
			case r.Quarantine != "":
				_, raw, err := store.Raw(t.Context(), r.Quarantine, "fuzz")
				if err != nil || !bytes.Equal(raw, want) {
					t.Fatalf("%q: record %d is kept as %q, %v, want %q", body, i, raw, err, want)
				}
			case r.Outcome == record.Stored || r.Outcome == record.Duplicate:
				e, err := w.ledger.Entry(t.Context(), town, *r.Seq)
				if err != nil || e.Record.ID.String() != r.ID {
					t.Fatalf("%q: record %d is entry %d: %+v, %v", body, i, *r.Seq, e, err)
				}
			default:
				t.Fatalf("%q: record %d: %+v", body, i, r)
			}
		}
	})
}
