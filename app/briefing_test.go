package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"qingshan/app"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/demo/year"
	"qingshan/fault"
)

// TestBriefing lives a small year and holds its briefing against the file of one, against the figures that the program
// gives, and against itself.
func TestBriefing(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		o := year.Options{Seed: 7, Scale: 0.1}
		y := draw(t, o)
		in := install(t, loc, y.Begin())
		in.live(t, rand.New(rand.NewPCG(7, 0)), y)
		asked := app.BriefingAsked{Asked: app.Asked{Place: "220323102", Period: "2025", AsOf: "2025-12-10"}}
		asked.Number, asked.Unit = "12", "伊丹镇党政办公室"
		asked.Form = "md"
		if _, err := in.Briefing(t.Context(), asked); !says(err, "briefing.objection", "manure.price_of_saving 220323102210", "manure.yield_gain_share 220323102210") {
			t.Fatalf("unsigned objections: got %v", err)
		}
		in.sign(t, "manure.price_of_saving", "13220.338983")
		if _, err := in.Briefing(t.Context(), asked); !says(err, "briefing.objection", "manure.yield_gain_share 220323102210") {
			t.Fatalf("one unsigned objection: got %v", err)
		}
		in.sign(t, "manure.yield_gain_share", "17.857143")
		for _, c := range []struct{ name, form, language, period, asOf string }{
			{"year.md", "md", "zh-CN", "2025", "2025-12-10"},
			{"year.en.md", "md", "en", "2025", "2025-12-10"},
			{"june.md", "md", "zh-CN", "2025-06", ""},
			{"june.html", "html", "zh-CN", "2025-06", ""},
		} {
			asked.Form, asked.Language, asked.Period, asked.AsOf = c.form, c.language, c.period, c.asOf
			got, err := in.Briefing(t.Context(), asked)
			if err != nil {
				t.Fatal(err)
			}
			in.golden(t, "testdata/briefing/"+c.name, got)
			if again, err := in.Briefing(t.Context(), asked); err != nil || !bytes.Equal(got, again) {
				t.Errorf("%s: the same state gives other bytes (%v)", c.name, err)
			}
			if c.form == "md" {
				in.holdNumbers(t, asked.Asked, string(got))
			}
		}
	})
}

// says tells whether an error has a code and names all of some things.
func says(err error, code string, names ...string) bool {
	f := fault.Of(err)
	for _, name := range names {
		if !strings.Contains(f.Data["list"], name) {
			return false
		}
	}
	return f.Code == code
}

// sign has the town's secretary explain a value over HTTP.
func (in *installation) sign(t *testing.T, guard, value string) {
	t.Helper()
	var posts struct {
		Objects []struct {
			Values struct{ Holder, Role string }
		}
	}
	in.ask(t, "GET", "/api/v1/registers/post?book=220323102&limit=1000", nil, &posts)
	operator := in.token
	for _, post := range posts.Objects {
		if post.Values.Role != "town_secretary" {
			continue
		}
		var err error
		if in.token, err = in.IssueToken(t.Context(), "220323102", strings.TrimPrefix(post.Values.Holder, "person/"), "signing", 1); err != nil {
			t.Fatal(err)
		}
	}
	signed := fmt.Sprintf(`{"external":"sign-%s","kind":"register.explanation","observed":"2025-12-31","about":["unit/220323102210"],
		"values":{"object":"sign-%s","guard":%q,"period":"2025","value":%q,"text":"含增产收益在内，已请县农业部门复核。"}}`, guard, guard, guard, value)
	if got := in.send(t, "220323102", []json.RawMessage{json.RawMessage(signed)}); got[0].Outcome != "stored" {
		t.Fatalf("sign %s: %+v", guard, got)
	}
	in.token = operator
}

// golden compares with a file; of a hash only that it is one, for it follows from keys and salts.
func (in *installation) golden(t *testing.T, file string, got []byte) {
	t.Helper()
	got = unhashed(got)
	if *update && in.loc.URL == "" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is another: go test ./app -run TestBriefing -update\n got %s\nwant %s", file, got, want)
	}
}

var (
	footnote = regexp.MustCompile(`(?m)^\[\^(\d+)\]: .*?[（(]([a-z_]+(?:\.|\\_|[a-z_])+)[）)]`)
	referred = regexp.MustCompile(`([0-9][0-9.]*)[^0-9\[\]，。、：:;]*\[\^(\d+)\]`)
)

// holdNumbers holds every number that has a reference against the figure that the note names.
func (in *installation) holdNumbers(t *testing.T, asked app.Asked, text string) {
	t.Helper()
	figures, err := in.Figures(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	value, codes, held := map[string]string{}, map[string]string{}, 0
	for _, f := range figures {
		if f.Value != nil && f.Status == "counted" {
			value[f.Code] = *f.Value
		}
		if f.Basis == "ratio" && f.Value != nil {
			value[f.Code] = twoDecimals(t, *f.Value)
		}
	}
	for _, note := range footnote.FindAllStringSubmatch(text, -1) {
		codes[note[1]] = strings.ReplaceAll(note[2], `\`, "")
	}
	body, _, _ := strings.Cut(text, "\n---\n")
	for _, number := range referred.FindAllStringSubmatch(body, -1) {
		want, counts := value[codes[number[2]]]
		if !counts {
			t.Errorf("[^%s] %s is a number of %q, which has none", number[2], number[1], codes[number[2]])
			continue
		}
		if held++; number[1] != want {
			t.Errorf("[^%s] says %s, %s is %s", number[2], number[1], codes[number[2]], want)
		}
	}
	if held < 30 {
		t.Errorf("held %d numbers against their figures; the search has gone blind", held)
	}
	for n := range len(codes) {
		if !strings.Contains(body, fmt.Sprintf("[^%d]", n+1)) {
			t.Errorf("note %d has no reference", n+1)
		}
	}
}

// twoDecimals is how a sentence writes a quotient.
func twoDecimals(t *testing.T, value string) string {
	t.Helper()
	r, ok := new(big.Rat).SetString(value)
	if !ok {
		t.Fatalf("%q is no number", value)
	}
	return strings.TrimSuffix(strings.TrimRight(r.FloatString(2), "0"), ".")
}
