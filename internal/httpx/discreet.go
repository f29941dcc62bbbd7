package httpx

// What goes wrong is told without what was said. Rules:
//
//  1. A fault's datum that the caller sent — in the path, the query or a JSON body — is left out of the problem and of
//     the log. Whoever asked knows what they asked; whoever reads the log or the answer's copy need not.
//  2. What cannot be about a person may be repeated: short numbers, and what [Options.Harmless] lets pass.
//  3. This stands in one place, after all handlers, so that no door can forget it.

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"qingshan/fault"
	"qingshan/internal/strictjson"
)

// said is what a caller sent, as far as it could come back.
type said struct {
	texts []string         // values of path and query; a parameter's name is repeated only if it has the form of one
	body  strictjson.Value // that was read
}

// saidBy gathers what a request said. It is asked only when something went wrong.
func saidBy(r *http.Request, a *answer) said {
	s := said{body: a.body}
	for _, name := range a.names {
		s.texts = append(s.texts, r.PathValue(name))
	}
	for _, values := range r.URL.Query() {
		s.texts = append(s.texts, values...)
	}
	s.texts = slices.DeleteFunc(s.texts, func(text string) bool { return text == "" })
	return s
}

// holds tells whether a datum comes from the caller, whole or as a part of what they sent.
func (s said) holds(value string) bool {
	return slices.ContainsFunc(s.texts, func(text string) bool { return within(value, text) }) || heldBy(s.body, value)
}

// within tells whether one of two texts holds the other; what is shorter than a name proves nothing.
func within(value, text string) bool {
	return value == text || len(value) > 3 && strings.Contains(text, value) || len(text) > 3 && strings.Contains(value, text)
}

// heldBy looks for a datum among the keys and texts of a body. A word of ours within a longer text is no repetition.
func heldBy(v strictjson.Value, value string) bool {
	if text, isText := v.Text(); isText && (text == value || len(text) > 3 && strings.Contains(value, text)) {
		return true
	}
	return slices.ContainsFunc(v.Items, func(item strictjson.Value) bool { return heldBy(item, value) }) ||
		slices.ContainsFunc(v.Members, func(m strictjson.Member) bool { return m.Name == value || heldBy(m.Value, value) })
}

// shortNumber tells values that are limits, sizes and places in a text.
func shortNumber(value string) bool {
	return len(value) < 6 && !strings.ContainsFunc(value, func(r rune) bool { return r < '0' || r > '9' })
}

// discreet gives the fault without what the caller sent.
func (m *Mux) discreet(f *fault.Fault, s said) *fault.Fault {
	kept := maps.Clone(f.Data)
	maps.DeleteFunc(kept, func(_, value string) bool {
		return value != "" && !shortNumber(value) && !m.options.Harmless(value) && s.holds(value)
	})
	if len(kept) == len(f.Data) {
		return f
	}
	return &fault.Fault{Kind: f.Kind, Code: f.Code, Data: kept, Err: f.Err}
}

// silenced takes what the caller sent out of a text for the log.
func (m *Mux) silenced(text string, s said) string {
	for _, value := range s.texts {
		if !shortNumber(value) && !m.options.Harmless(value) {
			text = strings.ReplaceAll(text, value, "…")
		}
	}
	return text
}
