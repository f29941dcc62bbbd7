package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"qingshan/demo/year"
	"qingshan/record"
)

// statement is a record in the form of the door.
type statement struct {
	ID       string                    `json:"id"`
	Kind     string                    `json:"kind"`
	Observed string                    `json:"observed"`
	About    []string                  `json:"about,omitempty"`
	By       string                    `json:"by,omitempty"`
	Where    json.RawMessage           `json:"where,omitempty"`
	Values   map[string]any            `json:"values,omitempty"`
	Facets   map[string]map[string]any `json:"facets,omitempty"`
	Amends   string                    `json:"amends,omitempty"`

	book record.Book
	held bool // waits for a confirmation
}

func (s statement) root() string {
	if s.Amends != "" {
		return s.Amends
	}
	return s.ID
}

func (s statement) register() bool { return strings.HasPrefix(s.Kind, "register.") }

func (s statement) body(t *testing.T) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// stated gives what a year has stored, in the order of delivery.
func stated(t *testing.T, y year.Year) []statement {
	t.Helper()
	var list []statement
	for _, a := range y.Acts {
		if a.Want != year.Stored {
			continue
		}
		s := statement{book: a.Book, held: a.Held}
		if err := json.Unmarshal(a.Body, &s); err != nil {
			t.Fatal(err)
		}
		if !a.Confirm.Zero() {
			s.By = "" // see unsigned
		}
		list = append(list, s)
	}
	return list
}

// editor revises what a year said, at random: other amounts, choices, objects, places and days, taken from another record
// of the same kind; withdrawals; and what has no effect, or must wait.
type editor struct {
	d      *rand.Rand
	random io.Reader
	roots  []statement
	like   map[string][]statement // by book and kind
	edits  []statement
}

func newEditor(seed uint64, said []statement) *editor {
	key := [32]byte{}
	copy(key[:], fmt.Sprint(seed))
	source := rand.NewChaCha8(key)
	e := &editor{d: rand.New(source), random: source, like: map[string][]statement{}}
	for _, s := range said {
		// Without a unit or a person nothing of theirs is taken any more: that is the door's business, not the figures'.
		fixed := s.Kind == "register.unit" || s.Kind == "register.person" || s.Kind == "register.household" || s.Kind == "record.confirmed"
		if s.Amends == "" && !fixed {
			e.roots = append(e.roots, s)
			e.like[string(s.book)+s.Kind] = append(e.like[string(s.book)+s.Kind], s)
		}
	}
	return e
}

// revise makes some edits.
func (e *editor) revise(n int) []statement {
	for len(e.edits) < n {
		root := e.roots[e.d.IntN(len(e.roots))]
		switch at := e.d.IntN(100); {
		case at < 50:
			e.add(e.amended(root))
		case at < 70:
			e.add(e.withdrawn(root))
		case at < 80 && len(e.edits) > 0:
			e.again()
		case at < 86:
			e.early(root)
		case at < 94:
			e.heldBack()
		default:
			e.pointless(root)
		}
	}
	return e.edits
}

func (e *editor) add(s statement) { e.edits = append(e.edits, s) }

func (e *editor) id() string {
	id, err := record.NewID(record.Day(20251230).Time(), e.random)
	if err != nil {
		panic(err) // a seeded source never ends
	}
	return id.String()
}

// amended says a root anew, as another record of its kind put it.
func (e *editor) amended(root statement) statement {
	peers := e.like[string(root.book)+root.Kind]
	s := peers[e.d.IntN(len(peers))]
	s.ID, s.Amends, s.By = e.id(), root.ID, root.By
	s.Values = e.varied(s.Values)
	for kind, values := range s.Facets {
		s.Facets = maps.Clone(s.Facets)
		s.Facets[kind] = e.varied(values)
	}
	if root.register() {
		s.Values["object"] = root.Values["object"]
	}
	if root.Kind == "register.grid" || root.Kind == "register.river" {
		s.About = root.About
	}
	return s
}

// varied draws other amounts: about half to one and a half of what was said.
func (e *editor) varied(values map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range values {
		out[name] = v
		switch v := v.(type) {
		case float64:
			out[name] = 1 + int64(v)*int64(50+e.d.IntN(100))/100
		case map[string]any:
			n, err := year.ParseDecimal(v["amount"].(string))
			if err != nil {
				panic(err) // the year wrote it
			}
			n = n * year.Decimal(50+e.d.IntN(100)) / 100
			n -= n % 10_000 // two decimals
			out[name] = map[string]any{"amount": max(n, 10_000).String(), "unit": v["unit"]}
		}
	}
	return out
}

func (e *editor) withdrawn(root statement) statement {
	return statement{ID: e.id(), Kind: root.Kind, Observed: root.Observed, About: root.About, By: root.By, Amends: root.ID, book: root.book}
}

// again amends what was amended or withdrawn before.
func (e *editor) again() {
	root := e.edits[e.d.IntN(len(e.edits))].root()
	at := slices.IndexFunc(e.roots, func(s statement) bool { return s.ID == root })
	if at >= 0 {
		e.add(e.amended(e.roots[at]))
	}
}

// early amends a record that comes only after it, twice delivered out of turn; half of them are withdrawn so.
func (e *editor) early(like statement) {
	root := e.amended(like)
	root.Amends = ""
	if root.register() {
		return // of one object the statements would contradict one another
	}
	if e.d.IntN(2) == 0 {
		e.add(e.withdrawn(root))
	} else {
		e.add(e.amended(root))
	}
	e.add(root)
}

// heldBack amends a load of waste with more than one lorry takes; half of the time somebody confirms it, which says nothing
// about a further such amendment.
func (e *editor) heldBack() {
	loads := e.like["220323102waste.load"]
	root := loads[e.d.IntN(len(loads))]
	e.add(e.tooMuch(root))
	if e.d.IntN(2) == 0 {
		e.add(statement{ID: e.id(), Kind: "record.confirmed", Observed: "2025-12-30", About: root.About, Values: map[string]any{"record": root.ID}, book: root.book})
		if e.d.IntN(2) == 0 {
			e.add(e.tooMuch(root))
		}
	}
}

func (e *editor) tooMuch(root statement) statement {
	s := e.amended(root)
	s.Values["mass"] = map[string]any{"amount": fmt.Sprint(21 + e.d.IntN(100)), "unit": "t"}
	return s
}

// pointless amends an amendment, or a root as if it were of another kind.
func (e *editor) pointless(root statement) {
	other := e.roots[e.d.IntN(len(e.roots))]
	switch {
	case e.d.IntN(2) == 0 && len(e.edits) > 0:
		last := e.edits[len(e.edits)-1]
		if last.Amends == "" || last.register() {
			return
		}
		s := e.withdrawn(last)
		s.Kind, s.Amends = last.Kind, last.ID
		e.add(s)
	case other.Kind != root.Kind && other.book == root.book && !other.register() && !root.register():
		s := e.amended(other)
		s.Amends = root.ID
		e.add(s)
	}
}

// revise sends edits in batches of any size, and gives those that were stored; the rest the door refused.
func (in *installation) revise(t *testing.T, d *rand.Rand, edits []statement) (stored []statement) {
	t.Helper()
	for rest := edits; len(rest) > 0; {
		n, most := 1, 1+d.IntN(20)
		for n < min(most, len(rest)) && rest[n].book == rest[0].book {
			n++
		}
		bodies := make([]json.RawMessage, n)
		for i, s := range rest[:n] {
			bodies[i] = s.body(t)
		}
		for i, r := range in.send(t, rest[0].book, bodies) {
			if rest[i].held = r.held(); r.Outcome == "stored" {
				stored = append(stored, rest[i])
			} else {
				t.Logf("%s was %s: %v", bodies[i], r.Outcome, r.Findings)
			}
		}
		rest = rest[n:]
	}
	return stored
}
