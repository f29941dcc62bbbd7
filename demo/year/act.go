package year

import (
	"encoding/json"
	"fmt"
	"sort"

	"qingshan/record"
)

// Outcome is what the door must answer to an act.
type Outcome string

// The outcomes that the year plans for. A held act is stored, too, and waits.
const (
	Stored    Outcome = "stored"
	Duplicate Outcome = "duplicate"
	Invalid   Outcome = "invalid"
)

// Act is one submission: the record as the door takes it, when it is delivered, and what it is meant to count for.
type Act struct {
	Book    record.Book
	Place   record.UnitCode
	Day     record.Day // observed
	Deliver record.Day
	ID      record.ID
	Root    record.ID // itself, or the record that it amends
	Body    json.RawMessage
	Want    Outcome
	Code    string // the beginning of a finding's code, if Want is Invalid
	Held    bool   // counts from the delivery of an act that confirms it
	Confirm record.ID
	Fate    Fate    // what befalls it on a phone; "" if it comes by the office
	Why     string  // what whoever sees to that says
	Counts  []Count // none for a withdrawal
	rank    int     // order of delivery within a day: registers before those who name them
	said    said    // Body before it is written
}

// Fate is what befalls an act on its way from a phone that cannot mend what it sends.
type Fate string

// The fates.
const (
	Garbled Fate = "garbled" // with a unit that nobody knows; a person repairs it
	Foreign Fate = "foreign" // under a catalog that nobody knows; it is replayed under the one of the day
	Torn    Fate = "torn"    // in half, which is dismissed; the phone sends it whole after that
)

// Basis is how counts of one figure come together.
type Basis int

// The bases of a count: amounts add up; the last amount of each subject adds up; a subject counts once in the period; of all
// acts that name a subject only the earliest counts, whatever the period.
const (
	Sum Basis = iota
	Stock
	Distinct
	Once
)

// Count is what an act is meant to contribute to one figure.
type Count struct {
	Figure  string
	Basis   Basis
	Amount  Decimal // in the figure's own unit
	Subject string
}

// said is a record in the form of the door.
type said struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	Observed string            `json:"observed"`
	About    []string          `json:"about,omitempty"`
	By       string            `json:"by,omitempty"`
	Where    *where            `json:"where,omitempty"`
	Values   values            `json:"values,omitempty"`
	Facets   map[string]values `json:"facets,omitempty"`
	Amends   string            `json:"amends,omitempty"`
}

type where struct {
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	Accuracy int     `json:"accuracy"`
	Datum    string  `json:"datum"`
}

func (s said) body() json.RawMessage {
	text, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("year: a record of texts and numbers cannot be written: %v", err)) // no input leads here
	}
	return text
}

// Year is what the quotas and a seed give: every act, in the order of delivery.
type Year struct {
	Quotas Quotas
	Acts   []Act

	effective []Act
}

// sortActs puts acts in the order of delivery: day, then rank, then the county's book before the towns', else as drawn.
func sortActs(acts []Act) {
	sort.SliceStable(acts, func(i, j int) bool {
		a, b := acts[i], acts[j]
		switch {
		case a.Deliver != b.Deliver:
			return a.Deliver < b.Deliver
		case a.rank != b.rank:
			return a.rank < b.rank
		default:
			return a.Book < b.Book
		}
	})
}

// Begin gives the day of the first delivery.
func (y Year) Begin() record.Day { return record.Day(y.Quotas.Setup) }

// Freeze gives the day up to which the targets of the quotas hold.
func (y Year) Freeze() record.Day { return record.Day(y.Quotas.Freeze) }

// End gives the last day.
func (y Year) End() record.Day { return record.Day(y.Quotas.End) }

// Batch gives the acts from an index on that can be delivered together: one day, one book, and nothing that names what is
// registered in the same batch by another book.
func (y Year) Batch(from, limit int) []Act {
	rest := y.Acts[from:]
	n := 1
	for n < len(rest) && n < limit && rest[n].Deliver == rest[0].Deliver && rest[n].Book == rest[0].Book && rest[n].rank == rest[0].rank {
		n++
	}
	return rest[:n]
}

// Records counts the acts that become an entry each.
func (y Year) Records() int {
	n := 0
	for _, a := range y.Acts {
		if a.Want == Stored {
			n++
		}
	}
	return n
}
