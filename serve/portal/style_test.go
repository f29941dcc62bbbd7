package portal

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The style sheet is read rule by rule. A rule that sets a colour and a background is one pair; one that sets a colour only
// stands on any paper; one that sets a background only bears the ink. Each pair is computed in every theme.

var (
	ruleForm  = regexp.MustCompile(`(?s)([^{}]+)\{([^{}]*)\}`)
	tokenForm = regexp.MustCompile(`(--[a-z0-9-]+):\s*(#[0-9A-Fa-f]{6})`)
	colorForm = regexp.MustCompile(`(?:^|[;\s])(color|background):\s*([^;]+)`)
	varForm   = regexp.MustCompile(`^var\((--[a-z0-9-]+)\)$`)
)

// themes gives the tokens on paper, on the wall and in print.
func themes(t *testing.T, css string) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{"paper": {}, "wall": {}, "print": {}}
	read := func(theme, text string) {
		for _, token := range tokenForm.FindAllStringSubmatch(text, -1) {
			found[theme][token[1]] = token[2]
		}
	}
	for _, rule := range ruleForm.FindAllStringSubmatch(css, -1) {
		switch selector := strings.TrimSpace(rule[1]); {
		case strings.HasSuffix(selector, ":root") && len(found["paper"]) == 0:
			read("paper", rule[2])
		case selector == ".wall":
			read("wall", rule[2])
		case strings.HasSuffix(selector, ":root") && strings.Contains(rule[2], "--paper"):
			read("print", rule[2])
		}
	}
	for token, color := range found["paper"] {
		if _, there := found["print"][token]; !there {
			found["print"][token] = color
		}
		if _, there := found["wall"][token]; !there {
			t.Errorf("the wall has no %s", token)
		}
	}
	return found
}

// pairs lists text and ground, by tokens, of every rule.
func pairs(t *testing.T, css string) map[[2]string]string {
	t.Helper()
	found := map[[2]string]string{}
	for _, rule := range ruleForm.FindAllStringSubmatch(css, -1) {
		set := map[string]string{}
		for _, c := range colorForm.FindAllStringSubmatch(rule[2], -1) {
			token := varForm.FindStringSubmatch(strings.TrimSpace(c[2]))
			if token == nil {
				t.Errorf("%s: %s %q is no token", strings.TrimSpace(rule[1]), c[1], c[2])
				continue
			}
			set[c[1]] = token[1]
		}
		add := func(ink, paper string) { found[[2]string{ink, paper}] = strings.TrimSpace(rule[1]) }
		switch {
		case set["color"] != "" && set["background"] != "":
			add(set["color"], set["background"])
		case set["color"] != "":
			add(set["color"], "--paper")
			add(set["color"], "--paper-2")
		case set["background"] != "":
			add("--ink", set["background"])
		}
	}
	return found
}

func TestEveryPairOfColoursCanBeRead(t *testing.T) {
	css := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(styleSheet), "")
	used := pairs(t, css)
	if len(used) < 8 {
		t.Fatalf("found %d pairs; the search has gone blind", len(used))
	}
	for theme, tokens := range themes(t, css) {
		for pair, rule := range used {
			got := contrast(t, tokens[pair[0]], tokens[pair[1]])
			if got < 4.5 {
				t.Errorf("%s: %s on %s in %s has a contrast of %.2f, want 4.5", theme, pair[0], pair[1], rule, got)
			}
		}
	}
}

// contrast is WCAG 2's ratio of two colours.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	lighter, darker := luminance(t, a), luminance(t, b)
	if lighter < darker {
		lighter, darker = darker, lighter
	}
	return (lighter + 0.05) / (darker + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var channels [3]float64
	for i := range channels {
		n, err := strconv.ParseUint(fmt.Sprintf("%.7s", hex)[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatalf("colour %q: %v", hex, err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			channels[i] = c / 12.92
		} else {
			channels[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*channels[0] + 0.7152*channels[1] + 0.0722*channels[2]
}

func TestContrastIsThePublishedOne(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#FFFFFF", 21}, {"#777777", "#FFFFFF", 4.48}, {"#FFFFFF", "#FFFFFF", 1}} {
		if got := contrast(t, c.a, c.b); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%s on %s: got %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}
