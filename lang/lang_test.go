package lang

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func load(t *testing.T) *Sentences {
	t.Helper()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// placeholders lists what a sentence asks for, families included.
func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	s := load(t)
	zh, en := s.books[Chinese], s.books[English]
	for code := range en {
		if _, there := zh[code]; !there {
			t.Errorf("%s stands in %s only", code, English)
		}
	}
	for code, z := range zh {
		e, there := en[code]
		if !there {
			t.Errorf("%s stands in %s only", code, Chinese)
			continue
		}
		if got, want := placeholders(e.Say), placeholders(z.Say); !slices.Equal(got, want) {
			t.Errorf("%s: %s asks for %v, %s for %v", code, English, got, Chinese, want)
		}
		if (z.Hint == "") != (e.Hint == "") {
			t.Errorf("%s: a hint in one language only", code)
		}
		for _, text := range []string{z.Say, e.Say} {
			if text == "" || text != strings.TrimSpace(text) {
				t.Errorf("%s: sentence %q", code, text)
			}
		}
		for _, hint := range []string{z.Hint, e.Hint} {
			for _, asked := range placeholders(hint) {
				if !slices.Contains(placeholders(z.Say), asked) {
					t.Errorf("%s: the hint %q asks for %s, the sentence does not", code, hint, asked)
				}
			}
		}
		if strings.ContainsAny(strings.TrimSpace(e.Say), "，。：") {
			t.Errorf("%s: Chinese marks in English: %q", code, e.Say)
		}
	}
}

func TestFilesAreInOrderWithEachCodeOnce(t *testing.T) {
	for _, language := range []string{Chinese, English} {
		text, err := files.ReadFile(language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		dec := json.NewDecoder(strings.NewReader(string(text)))
		if _, err := dec.Token(); err != nil {
			t.Fatal(err)
		}
		last := ""
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				t.Fatal(err)
			}
			code, _ := key.(string)
			if code <= last {
				t.Errorf("%s.json: %s stands after %s", language, code, last)
			}
			last = code
			var entry sentence
			if err := dec.Decode(&entry); err != nil {
				t.Fatalf("%s.json: %s: %v", language, code, err)
			}
		}
	}
}

func TestSayFillsAndFallsBack(t *testing.T) {
	s := &Sentences{books: map[string]map[string]sentence{
		Chinese: {"a": {Say: "超过 {limit}，在{level:level}"}, "level.town": {Say: "乡镇"}, "unknown": {Say: "代码 {code}"}},
		English: {"a": {Say: "over {limit} in {level:level}", Hint: "below {limit}"}, "unknown": {Say: "code {code}"}},
	}}
	for _, c := range []struct {
		language, code string
		data           map[string]string
		want           string
	}{
		{Chinese, "a", map[string]string{"limit": "3", "level": "town"}, "超过 3，在乡镇"},
		{Chinese, "a", map[string]string{"limit": "{level}", "level": "moon"}, "超过 {level}，在moon"},
		{English, "a", map[string]string{"limit": "3", "level": "town"}, "over 3 in town"},
		{English, "a", nil, "over … in …"},
		{"fr", "a", map[string]string{"limit": "3", "level": "town"}, "超过 3，在乡镇"},
		{English, "no.such", map[string]string{"code": "x"}, "code no.such"},
	} {
		if got := s.Say(c.language, c.code, c.data); got != c.want {
			t.Errorf("Say(%s, %s, %v)\n got %s\nwant %s", c.language, c.code, c.data, got, c.want)
		}
	}
	if got := s.Hint(English, "a", map[string]string{"limit": "3"}); got != "below 3" {
		t.Errorf("hint: got %q", got)
	}
	if got := s.Hint(English, "no.such", nil); got != "" {
		t.Errorf("hint for an unknown code: got %q", got)
	}
}
