package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func limits() Limits { return Limits{Depth: 8, Values: 1000} }

func TestParseRefuses(t *testing.T) {
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	for _, c := range []struct {
		text string
		want Reason
	}{
		{``, Malformed},
		{` `, Malformed},
		{`{`, Malformed},
		{`{"a":1,}`, Malformed},
		{`{"a" 1}`, Malformed},
		{`{a:1}`, Malformed},
		{`[1,]`, Malformed},
		{`[1 2]`, Malformed},
		{`01`, Malformed},
		{`+1`, Malformed},
		{`1.`, Malformed},
		{`.5`, Malformed},
		{`1e`, Malformed},
		{`-`, Malformed},
		{`nul`, Malformed},
		{`NaN`, Malformed},
		{`"a`, Malformed},
		{"\"a\x00b\"", Malformed},
		{"\"\xff\"", Malformed},
		{`"\x41"`, Malformed},
		{`"\u12g4"`, Malformed},
		{`"\u+123"`, Malformed},
		{`"\ud83d"`, Malformed},
		{`"\ud83d\u0041"`, Malformed},
		{`"\udc00"`, Malformed},
		{`{} {}`, Malformed},
		{"\ufeff{}", Malformed},
		{`{"a":1,"a":1}`, Duplicate},
		{`{"a":1,"\u0061":2}`, Duplicate},
		{`{"x":{"b":1,"c":2,"b":3}}`, Duplicate},
		{`{` + strings.Join(many, ",") + `,"k3":2}`, Duplicate},
		{strings.Repeat("[", 20) + strings.Repeat("]", 20), TooDeep},
		{"[" + strings.Repeat("0,", 2000) + "0]", TooMany},
	} {
		_, err := Parse([]byte(c.text), limits())
		var e *Error
		if !errors.As(err, &e) || e.Reason != c.want {
			t.Errorf("Parse(%.60q)\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestParseGivesRawTexts(t *testing.T) {
	text := ` { "a" : [1, -2.50e+3, "x\n", true, null], "b":{"名":"\ud83d\ude00"} } `
	v, err := Parse([]byte(text), limits())
	if err != nil {
		t.Fatal(err)
	}
	a, _ := v.Get("a")
	if got, want := string(a.Raw), `[1, -2.50e+3, "x\n", true, null]`; got != want {
		t.Errorf("a\n got %s\nwant %s", got, want)
	}
	for i, want := range []Kind{Number, Number, String, Bool, Null} {
		if got := a.Items[i].Kind; got != want {
			t.Errorf("kind of item %d: got %d, want %d", i, got, want)
		}
	}
	if got, ok := a.Items[2].Text(); !ok || got != "x\n" {
		t.Errorf("text: got %q %v", got, ok)
	}
	if _, ok := a.Items[0].Text(); ok {
		t.Error("a number gives a text")
	}
	b, _ := v.Get("b")
	if raws, ok := b.Raws(); !ok || string(raws["名"]) != `"\ud83d\ude00"` {
		t.Errorf("raws: got %q %v", raws, ok)
	}
	if _, ok := a.Raws(); ok {
		t.Error("an array gives members")
	}
	if _, ok := v.Get("A"); ok {
		t.Error("names are told apart by case")
	}
}

// FuzzParse holds the parser against encoding/json: all it accepts is JSON and reads the same there.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a":1}`, `[]`, `{"a":{"b":[1,2.5e-3,"\u00e9"]},"c":null}`, `"\ud83d\ude00"`, `{"a":1,"a":2}`, `-0`, `true`, ` 1 `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := Parse(text, Limits{Depth: 100, Values: 1 << 20})
		var e *Error
		switch valid := json.Valid(text); {
		case err == nil && !valid:
			t.Fatalf("Parse(%q) accepts what is not JSON", text)
		case err == nil && string(v.Raw) != strings.Trim(string(text), " \t\r\n"):
			t.Fatalf("Parse(%q)\n got raw %q", text, v.Raw)
		case err != nil && !errors.As(err, &e):
			t.Fatalf("Parse(%q) fails with %v", text, err)
		}
		if err != nil || v.Kind != Object {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		got, _ := v.Raws()
		if len(got) != len(want) {
			t.Fatalf("Parse(%q)\n got %q\nwant %q", text, got, want)
		}
		for name := range want {
			if string(got[name]) != string(want[name]) {
				t.Fatalf("Parse(%q) member %q\n got %q\nwant %q", text, name, got[name], want[name])
			}
		}
	})
}
