package record

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // civil days must not depend on what the machine has installed
)

// Day is a civil day in the book's zone, as the number YYYYMMDD: it sorts, reads and stores as an integer everywhere.
// The zero Day means "none".
type Day int32

// Zone gives the zone of all books: Asia/Shanghai, from the embedded table.
func Zone() *time.Location {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic("record: the embedded zone table lacks Asia/Shanghai: " + err.Error())
	}
	return zone
}

// ParseDay reads 2025-06-03; it is the inverse of [Day.String].
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1900 {
		return 0, fmt.Errorf("day %.20q is not a date like 2025-06-03", s)
	}
	return DayOf(t), nil
}

// DayOf gives the day that t shows on its own calendar; convert t to the book's zone first.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(y*10000 + int(m)*100 + d)
}

// DayAt gives the civil day of an instant in the book's zone.
func DayAt(at time.Time, zone *time.Location) Day { return DayOf(at.In(zone)) }

// Time gives midnight UTC of the day's date, for arithmetic on the calendar only.
func (d Day) Time() time.Time {
	return time.Date(int(d)/10000, time.Month(int(d)/100%100), int(d)%100, 0, 0, 0, 0, time.UTC)
}

// Add gives the day n days later.
func (d Day) Add(n int) Day { return DayOf(d.Time().AddDate(0, 0, n)) }

// check refuses what [ParseDay] never gives.
func (d Day) check() error {
	if d < 1900_01_01 || d > 9999_12_31 || DayOf(d.Time()) != d {
		return fmt.Errorf("day %d is not on the calendar from 1900 to 9999", int(d))
	}
	return nil
}

// String gives 2025-06-03.
func (d Day) String() string { return d.Time().Format(time.DateOnly) }

// Year gives the span "2025" that the day lies in.
func (d Day) Year() Span { return Span(strconv.Itoa(int(d) / 10000)) }

// Month gives the span "2025-06" that the day lies in.
func (d Day) Month() Span { return Span(fmt.Sprintf("%04d-%02d", int(d)/10000, int(d)/100%100)) }

// Span gives the day as a span of one day.
func (d Day) Span() Span { return Span(d.String()) }

// Span is a calendar year, month or day by its text: 2025, 2025-06 or 2025-06-03.
type Span string

// Period is a run of days, both ends included. Its text is a span (2025, 2025-06, 2025-06-03) or two of one length
// (2023..2025, 2025-06..2025-08).
type Period struct {
	From Day
	To   Day
}

var spanForm = regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$`)

// ParsePeriod reads a span, or two spans of one length joined by "..".
func ParsePeriod(s string) (Period, error) {
	from, to, ranged := strings.Cut(s, "..")
	first, err := spanDays(from)
	if err != nil || !ranged {
		return first, err
	}
	last, err := spanDays(to)
	if err != nil {
		return Period{}, err
	}
	if len(from) != len(to) || last.From < first.From {
		return Period{}, fmt.Errorf("period %.40q does not run forward between two like spans", s)
	}
	return Period{From: first.From, To: last.To}, nil
}

func spanDays(s string) (Period, error) {
	bad := fmt.Errorf("period %.40q is not like 2025, 2025-06, 2025-06-03 or 2023..2025", s)
	if !spanForm.MatchString(s) {
		return Period{}, bad
	}
	first, err := ParseDay((s + "-01-01")[:10])
	if err != nil {
		return Period{}, bad
	}
	start := first.Time()
	switch len(s) {
	case 4:
		return Period{From: first, To: DayOf(start.AddDate(1, 0, -1))}, nil
	case 7:
		return Period{From: first, To: DayOf(start.AddDate(0, 1, -1))}, nil
	default:
		return Period{From: first, To: first}, nil
	}
}

// String gives the shortest text that [ParsePeriod] reads back.
func (p Period) String() string {
	for _, width := range []func(Day) Span{Day.Year, Day.Month, Day.Span} {
		first, last := width(p.From), width(p.To)
		from, errFrom := spanDays(string(first))
		to, errTo := spanDays(string(last))
		if errFrom != nil || errTo != nil || from.From != p.From || to.To != p.To {
			continue
		}
		if first == last {
			return string(first)
		}
		return string(first) + ".." + string(last)
	}
	return p.From.String() + ".." + p.To.String()
}

// Clip ends the period at day, if it would run past it; a period that begins later becomes empty.
func (p Period) Clip(day Day) Period {
	if day != 0 && p.To > day {
		p.To = day
	}
	return p
}

// Empty tells whether no day lies in the period.
func (p Period) Empty() bool { return p.To < p.From }

// Holds tells whether the day lies in the period.
func (p Period) Holds(d Day) bool { return p.From <= d && d <= p.To }

// Spans divides the period into the fewest whole years, months and days, in order.
func (p Period) Spans() []Span {
	var spans []Span
	for d := p.From; d <= p.To; {
		span := p.widest(d)
		spans = append(spans, span)
		whole, err := spanDays(string(span))
		if err != nil {
			panic("record: a span made from a day does not parse: " + err.Error())
		}
		d = whole.To.Add(1)
	}
	return spans
}

// widest gives the largest span that begins on d and lies inside the period.
func (p Period) widest(d Day) Span {
	for _, span := range []Span{d.Year(), d.Month()} {
		if whole, err := spanDays(string(span)); err == nil && whole.From == d && whole.To <= p.To {
			return span
		}
	}
	return d.Span()
}

// Precision says how exactly the time of an observation is known.
type Precision int

// The precisions: imports often have a date only, or a month.
const (
	Instant Precision = iota + 1
	ToDay
	ToMonth
)

// Moment is when something was observed: an instant in UTC milliseconds, or a civil day, or a month (its first day).
type Moment struct {
	Precision Precision
	At        int64 // UTC milliseconds; Instant only
	Day       Day   // ToDay: the day; ToMonth: the month's first day
}

// InstantAt makes a moment that is known to the millisecond.
func InstantAt(t time.Time) Moment { return Moment{Precision: Instant, At: t.UnixMilli()} }

// OnDay makes a moment that is known to the day.
func OnDay(d Day) Moment { return Moment{Precision: ToDay, Day: d} }

// ParseMoment reads an RFC 3339 time with its zone, a day (2025-06-03) or a month (2025-06).
func ParseMoment(s string) (Moment, error) {
	switch len(s) {
	case 10:
		d, err := ParseDay(s)
		if err != nil {
			return Moment{}, err
		}
		return OnDay(d), nil
	case 7:
		p, err := spanDays(s)
		if err != nil {
			return Moment{}, err
		}
		return Moment{Precision: ToMonth, Day: p.From}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || checkInstant(t.UnixMilli()) != nil {
		return Moment{}, fmt.Errorf("time %.40q is not like 2025-06-03T09:12:00+08:00, 2025-06-03 or 2025-06", s)
	}
	return InstantAt(t), nil
}

// The first instant, and the first one too late, that have a civil day with a year from 1900 to 9999 in the books' zone.
const (
	instantsFrom  = -2_208_988_800_000  // 1900-01-01T00:00:00Z
	instantsUntil = 253_402_214_400_000 // 9999-12-31T00:00:00Z
)

func checkInstant(ms int64) error {
	if ms < instantsFrom || ms >= instantsUntil {
		return fmt.Errorf("instant %d ms is not within 1900 to 9999", ms)
	}
	return nil
}

// check refuses a moment that says more, or less, than its precision: its text would not give it back.
func (m Moment) check() error {
	switch {
	case m.Precision == Instant && m.Day == 0:
		return checkInstant(m.At)
	case m.Precision == ToDay && m.At == 0:
		return m.Day.check()
	case m.Precision == ToMonth && m.At == 0 && m.Day%100 == 1:
		return m.Day.check()
	default:
		return fmt.Errorf("the time of observation has no precision, or says more than its precision")
	}
}
