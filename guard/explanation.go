package guard

// Rules of explanations:
//
//  1. An explanation is a signature: whom it is by has handed it in. It stands about one guard, place and period, and for
//     the one value that was judged when it was signed; another value needs another signature.
//  2. The signer held one of the guard's posts at the place, or at a unit above, on the day of signing and on the day on
//     which it came in, by what the book knew until then: neither dating back nor a later appointment makes it valid.
//  3. It ends by its own day, by being ended, or by being taken back. What is no longer valid is still shown.

import (
	"cmp"
	"slices"

	"qingshan/catalog"
	"qingshan/record"
	"qingshan/register"
)

// State says what an explanation is worth.
type State string

// The states; only the first lifts an objection.
const (
	Valid      State = "valid"
	OtherValue State = "other_value"
	NoPost     State = "no_post"
	OnBehalf   State = "on_behalf" // handed in by somebody else
	Expired    State = "expired"
	Withdrawn  State = "withdrawn"
)

// Explanation is what somebody signed about a value that lies outside.
type Explanation struct {
	State State
	ID    string // of the object in the register
	Value string // that it was signed for
	Text  string
	By    record.PersonRef
	Role  string // the post that lets the signer sign; "" if there is none
	Day   record.Day
	Until record.Day // 0 = no end
	Place record.UnitCode
	Book  record.Book
	Seq   int64 // the entry that says so
}

// signature is an explanation with all that its state depends on.
type signature struct {
	Explanation
	guard   string
	period  string
	sender  record.PersonRef // who handed it in
	stands  bool             // it was not taken back
	ends    record.Day       // the first day on which it no longer holds
	signing []register.Post  // the signer's on the day of signing
	arrival []register.Post  // the signer's on the day on which it came in
}

// about tells whether the signature speaks of a guard at a place in a period.
func (s signature) about(g catalog.Guard, place record.UnitCode, period record.Period) bool {
	said, err := record.ParsePeriod(s.period)
	return err == nil && s.guard == g.Name && s.Place == place && said == period
}

// weigh gives the explanation with its state.
func (s signature) weigh(g catalog.Guard, j Judgement, today record.Day) Explanation {
	e := s.Explanation
	e.Role = roleOf(g, j.Place, s.signing)
	switch {
	case !s.stands:
		e.State = Withdrawn
	case s.sender != s.By:
		e.State = OnBehalf
	case e.Role == "" || roleOf(g, j.Place, s.arrival) == "":
		e.State = NoPost
	case !sameNumber(s.Value, j.Value):
		e.State = OtherValue
	case s.ends <= today || e.Until != 0 && e.Until < today:
		e.State = Expired
	default:
		e.State = Valid
	}
	return e
}

// roleOf gives the first of the guard's roles that one of the posts has, at the place or above it.
func roleOf(g catalog.Guard, place record.UnitCode, posts []register.Post) string {
	for _, role := range g.Post {
		for _, p := range posts {
			if p.Role == role && p.Place != "" && p.Place.Holds(place) {
				return role
			}
		}
	}
	return ""
}

func sameNumber(a, b string) bool {
	x, okX := number(a)
	y, okY := number(b)
	return okX && okY && x.Cmp(y) == 0
}

// explain finds among signatures the one to show beside a judgement: a valid one, else the last that was signed.
func explain(g catalog.Guard, j Judgement, period record.Period, today record.Day, signatures []signature) *Explanation {
	var found []Explanation
	for _, s := range signatures {
		if s.about(g, j.Place, period) {
			found = append(found, s.weigh(g, j, today))
		}
	}
	if len(found) == 0 {
		return nil
	}
	best := slices.MaxFunc(found, func(a, b Explanation) int {
		return cmp.Or(compareBool(a.State == Valid, b.State == Valid), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Book, b.Book), cmp.Compare(a.Seq, b.Seq))
	})
	return &best
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}
