package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"qingshan/db"
	"qingshan/record"
)

// disordered hands in everything once more at another installation, in another order, in other batches and with
// repetitions: it comes to hold the same records, which count for the same days and places, and to say the same figures.
//
// What the order itself decides is left as it was: of two amendments of one root the later holds, a confirmation answers
// the held amendments before it, and of two values that one object has on one day the later holds. And the door takes nothing
// from a person, or at a place, that nobody registered.
func (l *life) disordered(t *testing.T) {
	elsewhere(t, l.loc, func(t *testing.T, loc db.Location) {
		other := install(t, loc, l.year.Begin())
		other.until(l.year.End())
		var basis, rest []statement
		for _, s := range l.said {
			if s.Kind == "register.unit" || s.Kind == "register.person" {
				basis = append(basis, s)
			} else {
				rest = append(rest, s)
			}
		}
		for _, kind := range []string{"register.unit", "register.person"} {
			for _, book := range books() {
				other.scatter(t, l.d, of(basis, func(s statement) bool { return s.Kind == kind && s.book == book }))
			}
		}
		other.scatter(t, l.d, shuffled(l.d, rest))
		same(t, entries(t, other.loc), entries(t, l.loc))
		other.read(t, l.asked).same(t, l.figures)
		sameViews(t, other.loc, l.loc)
	})
}

func of(list []statement, want func(statement) bool) []statement {
	return slices.DeleteFunc(slices.Clone(list), func(s statement) bool { return !want(s) })
}

// shuffled puts statements in a random order in which those that bind each other keep theirs.
func shuffled(d *rand.Rand, list []statement) []statement {
	after := followers(list)
	waits := make([]int, len(list))
	for _, later := range after {
		for _, i := range later {
			waits[i]++
		}
	}
	var free []int
	for i := range list {
		if waits[i] == 0 {
			free = append(free, i)
		}
	}
	out := make([]statement, 0, len(list))
	for len(free) > 0 {
		at := d.IntN(len(free))
		i := free[at]
		free[at] = free[len(free)-1]
		free = free[:len(free)-1]
		out = append(out, list[i])
		for _, j := range after[i] {
			if waits[j]--; waits[j] == 0 {
				free = append(free, j)
			}
		}
	}
	return out
}

// followers tells for each statement which ones must stay behind it.
func followers(list []statement) map[int][]int {
	held, bound := map[string]bool{}, map[string][]int{}
	for _, s := range list {
		held[s.root()] = held[s.root()] || s.held && s.Amends != ""
	}
	for i, s := range list {
		root := s.root()
		if confirmed, is := s.Values["record"].(string); is && s.Kind == "record.confirmed" {
			root = confirmed
		}
		if s.Amends != "" || held[root] {
			bound[root] = append(bound[root], i)
		}
		if s.register() && s.Values != nil {
			key := fmt.Sprint(s.book, s.Kind, s.Values["object"], s.Observed)
			bound[key] = append(bound[key], i)
		}
	}
	after := map[int][]int{}
	for _, chain := range bound {
		for n := 1; n < len(chain); n++ {
			after[chain[n-1]] = append(after[chain[n-1]], chain[n])
		}
	}
	return after
}

// scatter sends statements in order, cut into batches of any size between which the books take turns, and some of them
// again later; each is stored once.
func (in *installation) scatter(t *testing.T, d *rand.Rand, list []statement) {
	t.Helper()
	lines := map[record.Book][]statement{}
	for i := range list {
		at := list[i].book
		lines[at] = append(lines[at], list[i])
		for d.IntN(8) == 0 {
			lines[at] = append(lines[at], list[d.IntN(i+1)])
		}
	}
	known := map[string]bool{}
	for len(lines) > 0 {
		turn := slices.Sorted(maps.Keys(lines))
		book := turn[d.IntN(len(turn))]
		n := min(1+d.IntN(1+d.IntN(500)), len(lines[book]))
		in.hand(t, book, lines[book][:n], known)
		if lines[book] = lines[book][n:]; len(lines[book]) == 0 {
			delete(lines, book)
		}
	}
}

// hand sends statements of one book that were stored once, and may be known here.
func (in *installation) hand(t *testing.T, book record.Book, list []statement, known map[string]bool) {
	t.Helper()
	list = of(list, func(s statement) bool { return s.book == book })
	if len(list) == 0 {
		return
	}
	bodies := make([]json.RawMessage, len(list))
	for i, s := range list {
		bodies[i] = s.body(t)
	}
	for i, r := range in.send(t, book, bodies) {
		want := "stored"
		if known[list[i].ID] {
			want = "duplicate"
		}
		if r.Outcome != want {
			t.Fatalf("%s was %s (%v), want %s", bodies[i], r.Outcome, r.Findings, want)
		}
		known[list[i].ID] = true
	}
}

var commitment = regexp.MustCompile(`"sealed":"[0-9a-f]{64}"`)

// entries gives what a ledger holds of the field: record, day and place by book and id, and every personal value. The salt
// of a commitment is drawn anew by each installation.
func entries(t *testing.T, loc db.Location) map[string]string {
	t.Helper()
	found := map[string]string{}
	plainly(t, loc, func(p plain) {
		for _, text := range []string{`
			SELECT e.book || ' ' || e.id, e.record || ' ' || s.day || ' ' || s.place
			FROM entry e
			JOIN said s ON s.book = e.book AND s.seq = e.seq
			WHERE e.kind NOT LIKE 'book.%' AND e.kind NOT LIKE 'catalog.%'`, `
			SELECT book || ' ' || id || ' ' || field, subject || ' ' || value
			FROM personal`} {
			rows, err := p.tx.Query(t.Context(), text)
			if err == nil {
				err = db.EachRow(rows, func() error {
					var key, value string
					err := rows.Scan(&key, &value)
					found[key] = commitment.ReplaceAllString(value, "sealed")
					return err
				})
			}
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
	})
	return found
}

// same complains about everything that is not there alike; there must be much.
func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	if len(got) != len(want) || len(want) < 1000 {
		t.Errorf("there are %d, want %d", len(got), len(want))
	}
	wrong := 0
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s is %s, want %s", key, got[key], value)
			if wrong++; wrong > 10 {
				t.Fatal("and so on")
			}
		}
	}
}

// sameViews compares what follows from the entries, as far as no sequence stands in it: every measure at every place over
// every span, what has no effect and why, and what the registers hold now.
func sameViews(t *testing.T, got, want db.Location) {
	t.Helper()
	var sums, registers [2]map[string]string
	for i, loc := range []db.Location{got, want} {
		views, err := db.Open(t.Context(), loc, db.Views, db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if sums[i], err = views.Digests(t.Context()); err != nil {
			t.Error(err)
		}
		if registers[i], err = registered(t, views); err != nil {
			t.Error(err)
		}
		if err := views.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, table := range []string{"rollup", "distinct_day", "distinct_first", "idle", "member"} {
		if sums[0][table] != sums[1][table] || sums[1][table] == "" {
			t.Errorf("table %s: got %s, want %s", table, sums[0][table], sums[1][table])
		}
	}
	same(t, registers[0], registers[1])
}

// registered gives what the registers hold, as now known.
func registered(t *testing.T, views *db.DB) (map[string]string, error) {
	found := map[string]string{}
	err := views.Read(t.Context(), func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), `
			SELECT r.book || ' ' || r.kind || ' ' || r.object || ' ' || r.valid_from, r.valid_to || ' ' || s.place || ' ' || s.data
			FROM register r
			JOIN register_statement s ON s.book = r.book AND s.seq = r.statement
			WHERE r.seq_to = 9223372036854775807`)
		if err != nil {
			return err
		}
		return db.EachRow(rows, func() error {
			var key, value string
			err := rows.Scan(&key, &value)
			found[key] = commitment.ReplaceAllString(value, "sealed")
			return err
		})
	})
	return found, err
}
