package api

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"qingshan/fault"
	"qingshan/follow"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/internal/httpx"
	"qingshan/record"
)

const june = "/api/v1/figures?place=220323102&period=2025-06&code=clean.domestic_waste"

func TestFigures(t *testing.T) {
	each(t, func(w *world) {
		var a figuresAnswer
		w.read("", june, &a)
		if len(a.Figures) != 1 || a.Figures[0].Value == nil || *a.Figures[0].Value != "1.75" || a.Figures[0].Unit != "t" || a.Figures[0].Basis != "sum" ||
			a.Figures[0].Status != "counted" || a.Figures[0].Records != 2 || a.Figures[0].Label != "清运农村生活垃圾" {
			w.t.Errorf("June: got %+v", a.Figures)
		}
		if a.PlaceName != "伊丹镇" || a.Period != "2025-06" || a.StandsOn[town] != 5 || a.Catalog != w.catalog.Hash().String() {
			w.t.Errorf("answer: got %+v", a)
		}
		for query, want := range map[string]string{
			"place=220323&period=2025":                                   "3.75",
			"place=" + village + "&period=2025":                          "3.75",
			"place=220323102211&period=2025":                             "0",
			"place=220323102&period=2025&as_of=2025-06-03":               "1.25",
			"place=220323102&period=2023..2025&wait=220323102:5":         "3.75",
			"place=220323102000&period=2025-07-01":                       "2",
			"place=220323102&period=2025&as_of=2025-06-03&wait=220323:0": "1.25",
		} {
			w.read("", "/api/v1/figures?code=clean.domestic_waste&"+query, &a)
			if got := *a.Figures[0].Value; got != want {
				w.t.Errorf("%s: got %s t, want %s", query, got, want)
			}
		}
		var all figuresAnswer
		w.read("", "/api/v1/figures?place=220323102&period=2025", &all)
		if len(all.Figures) != len(w.catalog.Figures()) {
			w.t.Errorf("all: got %d figures, want %d", len(all.Figures), len(w.catalog.Figures()))
		}
	})
}

func TestFiguresInEnglishAndUnchanged(t *testing.T) {
	each(t, func(w *world) {
		ask := func(language, tag string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("GET", june, nil)
			r.Header.Set("Accept-Language", language)
			r.Header.Set("If-None-Match", tag)
			answer := httptest.NewRecorder()
			w.mux.ServeHTTP(answer, r)
			return answer
		}
		first := ask("en", "")
		if !strings.Contains(first.Body.String(), "Domestic waste carted away") {
			w.t.Errorf("English: got %s", first.Body)
		}
		tag := first.Header().Get("ETag")
		if again := ask("en", tag); again.Code != 304 || tag == "" {
			w.t.Errorf("the same state: got %d for %q", again.Code, tag)
		}
		if other := ask("zh", tag); other.Code != 200 {
			w.t.Errorf("another language: got %d", other.Code)
		}
		w.load(20250605, 1_000_000)
		w.must(w.runner.CatchUp(w.t.Context(), town))
		if moved := ask("en", tag); moved.Code != 200 || !strings.Contains(moved.Body.String(), `"2.75"`) {
			w.t.Errorf("after another load: got %d %s", moved.Code, moved.Body)
		}
	})
}

// TestHalfASumIsNotGiven lets the followers fall behind by little and by much.
func TestHalfASumIsNotGiven(t *testing.T) {
	each(t, func(w *world) {
		if body := w.get("", june).Body.String(); strings.Contains(body, `"behind"`) {
			w.t.Errorf("caught up: got %s", body)
		}
		w.load(20250605, 1_000_000)
		w.load(20250606, 1_000_000)
		var a figuresAnswer
		w.read("", june, &a)
		if a.Behind != 2 || *a.Figures[0].Value != "1.75" {
			w.t.Errorf("two loads behind: got %d behind, %s t, want 2 and 1.75", a.Behind, *a.Figures[0].Value)
		}
		subs := make([]record.Submission, indicator.FarBehind)
		for n := range subs {
			subs[n] = w.loaded(20250607, int64(1000+n))
		}
		_, err := w.ledger.Append(w.t.Context(), subs...)
		w.must(err)
		for _, path := range []string{june, "/api/v1/figures/clean.domestic_waste/records?place=220323102&period=2025"} {
			answer := w.get("town officer", path)
			if answer.Code != 503 || answer.Header().Get("Retry-After") == "" || !strings.Contains(answer.Body.String(), `"figures.catching_up"`) {
				w.t.Errorf("GET %s: got %d %s, want 503 figures.catching_up", path, answer.Code, answer.Body)
			}
		}
		w.must(w.runner.CatchUp(w.t.Context(), town))
		if body := w.get("", june).Body.String(); strings.Contains(body, `"behind"`) || !strings.Contains(body, `"5.2495"`) {
			w.t.Errorf("caught up again: got %s", body)
		}
	})
}

func TestRecordsBehindAFigure(t *testing.T) {
	each(t, func(w *world) {
		path := "/api/v1/figures/clean.domestic_waste/records?place=220323102&period=2025&limit=2"
		var seen []string
		var a behindAnswer
		for next := ""; ; next = a.Next {
			a = behindAnswer{}
			w.read("town officer", path+"&after="+url.QueryEscape(next), &a)
			for _, b := range a.Records {
				seen = append(seen, fmt.Sprint(b.Day, b.Kind, b.PlaceName, b.Amount, b.Unit))
			}
			if a.Next == "" {
				break
			}
		}
		want := "[2025-06-03 waste.load 新宏村 1.25 t 2025-06-04 waste.load 新宏村 0.5 t 2025-07-01 waste.load 新宏村 2 t]"
		if got := strings.ReplaceAll(fmt.Sprint(seen), "waste.load新宏村", " waste.load 新宏村 "); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
			w.t.Errorf("records\n got %s\nwant %s", got, want)
		}
		if status, code := w.refused("town officer", "/api/v1/figures/clean.domestic_waste/records?place=220323102999&period=2025"); status != 404 || code != "unit.unknown" {
			w.t.Errorf("records of a place that is not: got %d %s", status, code)
		}
		w.read("neighbour", path, &a)
		if len(a.Records) != 0 {
			w.t.Errorf("a neighbour sees another town's records: %+v", a.Records)
		}
	})
}

func TestEntryCanBeProvenByAnybody(t *testing.T) {
	each(t, func(w *world) {
		for _, size := range []int64{0, 4} {
			var a entryAnswer
			w.read("town officer", fmt.Sprintf("/api/v1/entries/220323102/3?size=%s", strings.TrimPrefix(fmt.Sprint(size), "0")), &a)
			leaf := record.Leaf([]byte(a.Record), []byte(a.Envelope))
			if leaf.String() != a.Leaf {
				w.t.Errorf("leaf: got %s, the texts give %s", a.Leaf, leaf)
			}
			if got := rootFrom(w.t, leaf, 3, a.Size, a.Proof); got != a.Root {
				w.t.Errorf("size %d: the proof leads to %s, the answer says %s", a.Size, got, a.Root)
			}
			if _, err := record.Parse([]byte(a.Record)); err != nil {
				w.t.Errorf("record: %v", err)
			}
			if size != 0 {
				if a.Size != size || a.Checkpoint != "" {
					w.t.Errorf("size %d: got size %d with checkpoint %q, want none: it is of another size", size, a.Size, a.Checkpoint)
				}
				continue
			}
			state, err := w.ledger.OpenCheckpoint([]byte(a.Checkpoint))
			w.must(err)
			if state.Size != a.Size || digest.Hash(state.Root).String() != a.Root {
				w.t.Errorf("the checkpoint is not over the proof's root: %+v", state)
			}
		}
	})
}

// rootFrom computes the root that an inclusion proof leads to, by RFC 6962's rules and nothing of ours.
func rootFrom(t *testing.T, leaf digest.Hash, seq, size int64, proof []string) string {
	t.Helper()
	hash, last := leaf, size-1
	node := func(left, right digest.Hash) digest.Hash { return digest.Of([]byte{1}, left[:], right[:]) }
	for _, text := range proof {
		var sibling digest.Hash
		if _, err := hex.Decode(sibling[:], []byte(text)); err != nil {
			t.Fatal(err)
		}
		if seq%2 == 1 || seq == last {
			hash = node(sibling, hash)
			for seq%2 == 0 && seq != 0 {
				seq, last = seq/2, last/2
			}
		} else {
			hash = node(hash, sibling)
		}
		seq, last = seq/2, last/2
	}
	return hash.String()
}

func TestCheckpointAndConsistency(t *testing.T) {
	each(t, func(w *world) {
		answer := w.get("", "/api/v1/books/220323102/checkpoint")
		state, err := w.ledger.OpenCheckpoint(answer.Body.Bytes())
		if err != nil || state.Book != town || state.Size != 5 || !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/plain") {
			w.t.Errorf("checkpoint: got %+v, %v, %v", state, err, answer.Header())
		}
		var a consistencyAnswer
		w.read("", "/api/v1/books/220323102/consistency?from=2&to=4", &a)
		for size, got := range map[int64]string{2: a.FromRoot, 4: a.ToRoot} {
			at, err := w.ledger.At(w.t.Context(), town, size)
			w.must(err)
			if want := digest.Hash(at.Root).String(); got != want {
				w.t.Errorf("root at %d: got %s, want %s", size, got, want)
			}
		}
		if len(a.Proof) == 0 {
			w.t.Errorf("no proof: %+v", a)
		}
	})
}

func TestUnits(t *testing.T) {
	each(t, func(w *world) {
		for query, want := range map[string]string{
			"":                                  "[220323 伊通满族自治县]",
			"?parent=220323":                    "[220323102 伊丹镇]",
			"?parent=220323102":                 "[220323102210 新宏村 220323102211 建国村]",
			"?parent=" + village:                "[]",
			"?parent=220323&day=2019-01-01":     "[]",
			"?parent=220323102000&day=2024-1-1": "query.day",
		} {
			var a unitsAnswer
			answer := w.get("", "/api/v1/units"+query)
			if answer.Code != 200 {
				if _, code := w.refused("", "/api/v1/units"+query); code != want {
					w.t.Errorf("units%s: got %s, want %s", query, code, want)
				}
				continue
			}
			w.read("", "/api/v1/units"+query, &a)
			got := []string{}
			for _, u := range a.Units {
				got = append(got, string(u.Code), u.Name)
			}
			if fmt.Sprint(got) != want {
				w.t.Errorf("units%s: got %v, want %s", query, got, want)
			}
		}
	})
}

func TestPersonsAreMasked(t *testing.T) {
	each(t, func(w *world) {
		for _, path := range []string{"/api/v1/registers/person?book=220323", "/api/v1/registers/person?book=220323102", "/api/v1/registers/person?place=220323102&book=220323"} {
			body := w.get("county lead", path).Body.String()
			if strings.Contains(body, "三丰") || strings.Contains(body, "1381234") {
				w.t.Errorf("%s shows a person: %s", path, body)
			}
		}
		var a registersAnswer
		w.read("county lead", "/api/v1/registers/person?book=220323", &a)
		if got, want := fmt.Sprint(a.Objects[0].Values), "map[duty:cadre name:张*** phone:***5678]"; len(a.Objects) != 1 || got != want {
			w.t.Errorf("values: got %s, want %s", got, want)
		}
		erased := w.system(county, catalogErased, record.Values{"subject": record.Text("person/p-1"), "reason": record.Text("asked for")})
		_, err := w.ledger.Append(w.t.Context(), erased)
		w.must(err)
		w.read("county lead", "/api/v1/registers/person?book=220323", &a)
		if got, want := fmt.Sprint(a.Objects[0].Values), "map[duty:cadre name:*** phone:***]"; got != want {
			w.t.Errorf("after erasure: got %s, want %s", got, want)
		}
	})
}

const catalogErased = "personal.erased"

func TestRegistersPageAndPlace(t *testing.T) {
	each(t, func(w *world) {
		var ids []string
		var a registersAnswer
		for next := ""; ; next = a.Next {
			a = registersAnswer{}
			w.read("town officer", "/api/v1/registers/unit?book=220323102&limit=3&after="+next, &a)
			for _, o := range a.Objects {
				ids = append(ids, o.ID)
			}
			if a.Next == "" {
				break
			}
		}
		if got := fmt.Sprint(ids); got != "[220323 220323102 220323102210 220323102211]" {
			w.t.Errorf("pages: got %s", got)
		}
		w.read("town officer", "/api/v1/registers/unit?place="+village, &a)
		if len(a.Objects) != 1 || a.Objects[0].Label != "新宏村" || a.Book != town || a.Objects[0].Book != county || a.Objects[0].To != "" {
			w.t.Errorf("by place: got %+v", a)
		}
	})
}

// TestEveryRouteAsEveryPerson is the permission matrix: who gets what where.
func TestEveryRouteAsEveryPerson(t *testing.T) {
	each(t, func(w *world) {
		people := []string{"", "tablet", "neighbour", "town officer", "county lead"}
		for path, want := range map[string]string{
			june: "200 200 200 200 200",
			"/api/v1/figures/clean.domestic_waste/records?place=220323102&period=2025": "401 403 200 200 200",
			"/api/v1/books/220323102/checkpoint":                                       "200 200 200 200 200",
			"/api/v1/books/220323102/consistency?from=1":                               "200 200 200 200 200",
			"/api/v1/entries/220323102/0":                                              "401 403 403 200 200",
			"/api/v1/entries/220323/0":                                                 "401 403 200 200 200",
			"/api/v1/units?parent=220323":                                              "200 200 200 200 200",
			"/api/v1/registers/person?book=220323102":                                  "401 403 403 200 200",
			"/api/v1/registers/person?book=220323":                                     "401 403 200 200 200",
			"/healthz":                                                                 "200 200 200 200 200",
			"/readyz":                                                                  "200 200 200 200 200",
		} {
			got := make([]string, len(people))
			for i, who := range people {
				got[i] = fmt.Sprint(w.get(who, path).Code)
			}
			if fmt.Sprint(strings.Join(got, " ")) != want {
				w.t.Errorf("%s as %v\n got %s\nwant %s", path, people[1:], strings.Join(got, " "), want)
			}
		}
	})
}

func TestRefusals(t *testing.T) {
	each(t, func(w *world) {
		for path, want := range map[string]string{
			"/api/v1/figures": "400 query.place",
			"/api/v1/figures?place=22032310&period=2025":                                        "400 query.place",
			"/api/v1/figures?place=220323102":                                                   "400 query.period",
			"/api/v1/figures?place=220323102&period=2025-13":                                    "400 query.period",
			"/api/v1/figures?place=220323102&period=2025&as_of=today":                           "400 query.as_of",
			"/api/v1/figures?place=220323102&period=2025&code=NO":                               "400 query.code",
			"/api/v1/figures?place=220323102&period=2025&code=no.such":                          "404 figure.unknown",
			"/api/v1/figures?place=220323102&period=2025&wait=220323102":                        "400 query.wait",
			"/api/v1/figures?place=220323102&period=2025&wait=220323102:99":                     "400 query.wait",
			"/api/v1/figures?place=220323102&period=2025&wait=220323001:1":                      "404 book.unknown",
			"/api/v1/figures?place=220323102999&period=2025":                                    "404 unit.unknown",
			"/api/v1/figures?place=220322102&period=2025":                                       "404 place.no_book",
			"/api/v1/figures?palce=220323102&period=2025":                                       "400 query.unknown",
			"/api/v1/figures/no.such/records?place=220323102&period=2025":                       "404 figure.unknown",
			"/api/v1/figures/%3Cb%3E/records?place=220323102&period=2025":                       "400 query.code",
			"/api/v1/figures/clean.domestic_waste/records?place=220323102&period=2025&after=xx": "400 page.after",
			"/api/v1/figures/clean.domestic_waste/records?place=220323102&period=2025&limit=0":  "400 query.limit",
			"/api/v1/books/220323001/checkpoint":                                                "404 book.unknown",
			"/api/v1/books/A%20B/checkpoint":                                                    "400 query.book",
			"/api/v1/books/220323102/consistency":                                               "400 query.from",
			"/api/v1/books/220323102/consistency?from=9":                                        "400 book.no_such_size",
			"/api/v1/books/220323102/consistency?from=3&to=2":                                   "400 book.no_such_size",
			"/api/v1/books/220323102/consistency?from=1&to=-1":                                  "400 query.to",
			"/api/v1/entries/220323102/99":                                                      "404 entry.not_found",
			"/api/v1/entries/220323102/x":                                                       "404 entry.not_found",
			"/api/v1/entries/220323102/0?size=99":                                               "400 book.no_such_size",
			"/api/v1/units?parent=220322":                                                       "404 place.no_book",
			"/api/v1/registers/moon?book=220323102":                                             "404 register.unknown",
			"/api/v1/registers/Moon?book=220323102":                                             "400 query.kind",
			"/api/v1/registers/unit":                                                            "400 query.place",
			"/api/v1/registers/unit?book=220323777":                                             "404 book.unknown",
			"/api/v1/registers/unit?book=220323102&after=%2F":                                   "400 page.after",
			"/api/v1/registers/unit?book=220323102&limit=1001":                                  "400 query.limit",
			"/api/v1/registers/unit?book=220323102&day=2025-02-30":                              "400 query.day",
		} {
			status, code := w.refused("county lead", path)
			if got := fmt.Sprint(status, " ", code); got != want {
				w.t.Errorf("GET %s\n got %s\nwant %s", path, got, want)
			}
		}
	})
}

func TestReadiness(t *testing.T) {
	each(t, func(w *world) {
		for _, c := range []struct {
			p    follow.Progress
			want string
		}{
			{follow.Progress{Book: town, Follower: "tally", Stopped: errors.New("secret cause"), Behind: 3}, "follower.stopped"},
			{follow.Progress{Book: town, Follower: "tally", Stopped: fault.New(fault.Conflict, follow.ViewsAhead, nil)}, "follow.views_ahead"},
			{follow.Progress{Book: town, Follower: "tally", Behind: farBehind + 1}, "follower.far_behind"},
			{follow.Progress{Book: town, Follower: "tally", Behind: farBehind}, ""},
		} {
			w.stopped = &c.p
			answer := w.get("", "/readyz")
			body := answer.Body.String()
			if (answer.Code == 503) != (c.want != "") || !strings.Contains(body, c.want) || strings.Contains(body, "secret") {
				w.t.Errorf("%+v: got %d %s, want %q", c.p, answer.Code, body, c.want)
			}
		}
	})
}

// FuzzQueries holds that no query crashes a parser and that what passes is what it says.
func FuzzQueries(f *testing.F) {
	for _, seed := range []string{
		"place=220323102&period=2025&as_of=2025-12-10&code=a.b&code=c.d&wait=220323102:5",
		"place=220323102210-01&period=2023..2025&limit=10&after=x",
		"place=220323102000&period=2025-02-30", "wait=:1", "wait=a:9999999999999999999", "limit=-1", "period=2025..2023", "day=0000-00-00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := httpx.ReadQuery(raw, "place", "period", "as_of", "code*", "wait*", "limit", "after", "day")
		if err != nil {
			return
		}
		if query, err := readFigureQuery(q); err == nil {
			if query.Period.To < query.Period.From || query.Place.Level() < record.County || query.Place.Level() > record.Grid {
				t.Fatalf("%q gives %+v", raw, query)
			}
		}
		if goals, err := readWaits(q.All("wait")); err == nil && len(goals) != len(q.All("wait")) {
			t.Fatalf("%q gives %+v", raw, goals)
		}
		if limit, err := readLimit(q); err == nil && (limit < 0 || limit > 1000) {
			t.Fatalf("%q gives limit %d", raw, limit)
		}
		if day, err := readDay(q, "day", 20250101); err == nil && day < 19000101 {
			t.Fatalf("%q gives day %d", raw, day)
		}
	})
}
