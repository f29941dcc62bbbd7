package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"qingshan/catalog"
	"qingshan/internal/digest"
)

func TestDecodeGivesTheSameCatalog(t *testing.T) {
	c := small(t)
	again, err := catalog.Decode(c.Body())
	if err != nil {
		t.Fatalf("decode %s: %v", c.Body(), err)
	}
	if again.Hash() != c.Hash() || c.Hash() != digest.Of(c.Body()) {
		t.Errorf("hashes: %s decoded, %s loaded, %s of the body", again.Hash(), c.Hash(), digest.Of(c.Body()))
	}
	lists := func(c *catalog.Catalog) []string {
		var names []string
		for _, d := range c.Dimensions() {
			names = append(names, d.Name)
		}
		for _, u := range c.Units() {
			names = append(names, u.Word)
		}
		for _, p := range c.Parts() {
			names = append(names, p.Word)
		}
		for _, m := range c.Measures() {
			names = append(names, string(m.Name)+m.ZH)
		}
		for _, r := range c.Registers() {
			names = append(names, r.Name+r.Label)
		}
		for _, k := range c.Kinds() {
			for _, f := range k.Fields {
				names = append(names, string(k.Name)+f.Name)
			}
		}
		for _, f := range c.Figures() {
			names = append(names, f.Code)
		}
		return names
	}
	if got, want := lists(again), lists(c); !slices.Equal(got, want) || len(got) < 40 {
		t.Errorf("lists:\n got %v\nwant %v", got, want)
	}
}

func TestBodyCannotBeChangedFromOutside(t *testing.T) {
	c := small(t)
	body := c.Body()
	body[0] = 'X'
	if got := c.Body()[0]; got != '{' {
		t.Errorf("the body begins with %q after a caller wrote into its copy", got)
	}
}

func TestDecodeRefuses(t *testing.T) {
	body := string(small(t).Body())
	for name, bad := range map[string]struct{ text, reason string }{
		"nothing":            {"", "EOF"},
		"no version":         {strings.Replace(body, `"v":1,`, "", 1), "version 0, want 1"},
		"a later version":    {strings.Replace(body, `"v":1,`, `"v":2,`, 1), "version 2, want 1"},
		"white space":        {strings.Replace(body, `,`, `, `, 1), "not in canonical form"},
		"a line end":         {body + "\n", "not in canonical form"},
		"a second object":    {body + "{}", "something follows"},
		"an unknown key":     {strings.Replace(body, `"v":1,`, `"v":1,"a":1,`, 1), "unknown field"},
		"an unknown part":    {strings.Replace(body, `"part":"manure"`, `"part":"attic"`, 1), `catalog: figure manure.deer: unknown part "attic"`},
		"steps below one":    {strings.Replace(body, `"steps":1000000`, `"steps":-1`, 1), "want at least 1"},
		"control characters": {strings.Replace(body, `"en":"Deer"`, `"en":"De\u0000er"`, 1), "control characters"},
		"one name twice":     {strings.Replace(body, `"parts":[`, `"parts":[{"en":"a","name":"manure","zh":"b"},`, 1), "part manure is defined twice"},
		"letters not in NFC": {strings.Replace(body, `"en":"Deer"`, `"en":"De`+"e\u0301"+`r"`, 1), "not in canonical form"},
	} {
		if bad.text == body {
			t.Errorf("%s: the body is unchanged", name)
		}
		if _, err := catalog.Decode([]byte(bad.text)); err == nil || !strings.Contains(err.Error(), bad.reason) {
			t.Errorf("%s: got %v, want …%s", name, err, bad.reason)
		}
	}
}
