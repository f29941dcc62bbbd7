package record_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"qingshan/record"
)

func mustPeriod(t *testing.T, s string) record.Period {
	t.Helper()
	p, err := record.ParsePeriod(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParseDay(t *testing.T) {
	for text, want := range map[string]record.Day{
		"2025-06-03": 20250603, "2024-02-29": 20240229, "2000-02-29": 20000229, "1900-01-01": 19000101, "9999-12-31": 99991231,
	} {
		got, err := record.ParseDay(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("input %s\ngot   %d, %s (%v)\nwant  %d", text, got, got, err, want)
		}
	}
	for _, text := range []string{
		"", "2025", "2025-06", "2025-6-3", "2025-06-3", "2025-02-29", "1900-02-29", "2025-04-31", "2025-00-01", "2025-01-00", "2025-13-01",
		"1899-12-31", "0000-01-01", "10000-01-01", "+2025-06-03", "-2025-06-03", " 2025-06-03", "2025-06-03 ", "2025-06-03\n", "2025/06/03",
		"20250603", "2025-06-03T00:00:00Z", "２０２５-06-03",
	} {
		if got, err := record.ParseDay(text); err == nil {
			t.Errorf("input %q\ngot   %d\nwant  an error", text, got)
		}
	}
}

func TestDayAdd(t *testing.T) {
	for _, c := range []struct {
		day  record.Day
		n    int
		want record.Day
	}{
		{20250630, 1, 20250701}, {20250701, -1, 20250630}, {20241231, 1, 20250101}, {20250101, -1, 20241231},
		{20240228, 1, 20240229}, {20240229, 1, 20240301}, {20250228, 1, 20250301}, {20240301, -1, 20240229},
		{20000228, 2, 20000301}, {19000228, 1, 19000301}, {20240229, 365, 20250228}, {20240101, 366, 20250101}, {20250603, 0, 20250603},
		{20231231, 731, 20251231},
	} {
		if got := c.day.Add(c.n); got != c.want {
			t.Errorf("input %d %+d days\ngot   %d\nwant  %d", c.day, c.n, got, c.want)
		}
	}
}

func TestDaySpans(t *testing.T) {
	for day, want := range map[record.Day][3]record.Span{
		20250603: {"2025", "2025-06", "2025-06-03"},
		20241231: {"2024", "2024-12", "2024-12-31"},
		19000101: {"1900", "1900-01", "1900-01-01"},
	} {
		if got := [3]record.Span{day.Year(), day.Month(), day.Span()}; got != want {
			t.Errorf("input %d\ngot   %v\nwant  %v", day, got, want)
		}
	}
}

// TestDayAtShanghai: the civil day turns at 16:00 UTC, in summer as in winter; until 1991 there was summer time.
func TestDayAtShanghai(t *testing.T) {
	zone := record.Zone()
	for text, want := range map[string]record.Day{
		"2025-06-03T15:59:59.999Z": 20250603, "2025-06-03T16:00:00Z": 20250604, "2025-12-31T15:59:59.999Z": 20251231,
		"2025-12-31T16:00:00Z": 20260101, "2024-02-28T16:00:00Z": 20240229, "2024-02-29T16:00:00Z": 20240301, "2025-02-28T16:00:00Z": 20250301,
		"2025-06-04T00:00:00+08:00": 20250604, "2025-06-03T23:59:59+08:00": 20250603, "2025-06-03T12:00:00-05:00": 20250604,
		"1990-07-01T15:00:00Z": 19900702, "1990-07-01T14:59:59Z": 19900701, "1900-01-01T00:00:00Z": 19000101, "9999-12-30T23:59:59.999Z": 99991231,
	} {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := record.DayAt(at, zone); got != want {
			t.Errorf("input %s\ngot   %d\nwant  %d", text, got, want)
		}
	}
	if got := zone.String(); got != "Asia/Shanghai" {
		t.Errorf("zone: got %s", got)
	}
	if got := record.DayOf(time.Date(2025, 6, 3, 23, 0, 0, 0, time.UTC)); got != 20250603 {
		t.Errorf("the day of a time is that of its own calendar: got %d, want 20250603", got)
	}
}

func TestParsePeriod(t *testing.T) {
	for _, c := range []struct {
		text     string
		from, to record.Day
		written  string // "" = as it was read
	}{
		{"2025", 20250101, 20251231, ""}, {"2025-06", 20250601, 20250630, ""}, {"2025-06-03", 20250603, 20250603, ""},
		{"2024-02", 20240201, 20240229, ""}, {"2025-02", 20250201, 20250228, ""}, {"2025-12", 20251201, 20251231, ""},
		{"2023..2025", 20230101, 20251231, ""}, {"2025-06..2025-08", 20250601, 20250831, ""}, {"2025-06-03..2025-06-09", 20250603, 20250609, ""},
		{"2024-12..2025-01", 20241201, 20250131, ""}, {"1900", 19000101, 19001231, ""}, {"9999", 99990101, 99991231, ""},
		{"2025..2025", 20250101, 20251231, "2025"}, {"2025-06..2025-06", 20250601, 20250630, "2025-06"},
		{"2025-06-03..2025-06-03", 20250603, 20250603, "2025-06-03"}, {"2025-01..2025-12", 20250101, 20251231, "2025"},
		{"2024-01..2025-12", 20240101, 20251231, "2024..2025"}, {"2025-06-01..2025-06-30", 20250601, 20250630, "2025-06"},
		{"2024-02-01..2024-02-29", 20240201, 20240229, "2024-02"}, {"2025-02-01..2025-02-27", 20250201, 20250227, ""},
		{"2025-06-01..2025-08-31", 20250601, 20250831, "2025-06..2025-08"},
	} {
		p, err := record.ParsePeriod(c.text)
		if want := (record.Period{From: c.from, To: c.to}); err != nil || p != want {
			t.Errorf("input %s\ngot   %v (%v)\nwant  %v", c.text, p, err, want)
		}
		if c.written == "" {
			c.written = c.text
		}
		if got := p.String(); got != c.written {
			t.Errorf("input %s\ngot   %s\nwant  %s", c.text, got, c.written)
		}
	}
	for _, text := range []string{
		"", "..", "2025..", "..2025", "25", "02025", "20250", "2025-", "2025-6", "2025-00", "2025-13", "2025-02-30", "2025-06-3", "2025-06-",
		"2025..2023", "2025-06..2025-05", "2025-06-03..2025-06-02", "2025..2025-06", "2025-06..2026", "2023..2024..2025", "2023...2025",
		"2023..2025..", "2023 .. 2025", "1899", "0000", "2025\n", "２０２５", "-2025", "2025-Q1", "2023–2025",
	} {
		if p, err := record.ParsePeriod(text); err == nil || p != (record.Period{}) {
			t.Errorf("input %q\ngot   %v (%v)\nwant  an error and nothing beside it", text, p, err)
		}
	}
}

// TestSpansCover: the spans of a period hold each of its days once and none besides, in order, and no two of them could
// be one. Reckoned on day numbers, apart from the calendar of the code.
func TestSpansCover(t *testing.T) {
	rng := drawn(t)
	for range 400 {
		from := record.DayOf(time.Date(2019+rng.IntN(8), 1, 1+rng.IntN(400), 0, 0, 0, 0, time.UTC))
		p := record.Period{From: from, To: from.Add(length(rng))}
		var days []record.Day
		for _, span := range p.Spans() {
			part := mustPeriod(t, string(span))
			for at := part.From.Time(); !at.After(part.To.Time()); at = at.AddDate(0, 0, 1) {
				days = append(days, record.DayOf(at))
			}
		}
		var want []record.Day
		for at := p.From.Time(); !at.After(p.To.Time()); at = at.Add(24 * time.Hour) {
			want = append(want, record.DayOf(at))
		}
		if !reflect.DeepEqual(days, want) {
			t.Fatalf("input %s\ngot   %v\nwant each day once", p, p.Spans())
		}
		if got, want := len(p.Spans()), fewest(p); got != want {
			t.Fatalf("input %s\ngot   %d spans: %v\nwant  %d", p, got, p.Spans(), want)
		}
	}
}

// length draws how many days follow the first: none, some, or years.
func length(rng *rand.Rand) int {
	return []int{0, rng.IntN(70), rng.IntN(400), rng.IntN(1600)}[rng.IntN(4)]
}

// fewest counts by taking away: every day is a span, a whole month saves all of its days but one, a whole year eleven months.
func fewest(p record.Period) int {
	days, months := map[record.Span]int{}, map[record.Span]int{}
	n := 0
	for at := p.From.Time(); !at.After(p.To.Time()); at = at.Add(24 * time.Hour) {
		d := record.DayOf(at)
		n++
		days[d.Month()]++
		if at.AddDate(0, 0, 1).Day() == 1 && days[d.Month()] == at.Day() {
			n -= at.Day() - 1
			if months[d.Year()]++; months[d.Year()] == 12 {
				n -= 11
			}
		}
	}
	return n
}

func TestSpansOfKnownPeriods(t *testing.T) {
	for text, want := range map[string]string{
		"2025": "2025", "2023..2025": "2023 2024 2025", "2025-06": "2025-06", "2025-06..2025-08": "2025-06 2025-07 2025-08",
		"2025-06-03": "2025-06-03", "2024-12-30..2025-02-01": "2024-12-30 2024-12-31 2025-01 2025-02-01", "9999": "9999",
		"2024-12-31..2026-01-01": "2024-12-31 2025 2026-01-01", "2024-02-28..2024-03-01": "2024-02-28 2024-02-29 2024-03-01",
	} {
		var got []string
		for _, span := range mustPeriod(t, text).Spans() {
			got = append(got, string(span))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("input %s\ngot   %v\nwant  %s", text, got, want)
		}
	}
	if got := (record.Period{From: 20250602, To: 20250601}).Spans(); got != nil {
		t.Errorf("an empty period has the spans %v", got)
	}
}

func TestPeriodClipAndHolds(t *testing.T) {
	year := record.Period{From: 20250101, To: 20251231}
	for _, c := range []struct {
		day   record.Day
		want  record.Period
		empty bool
	}{
		{0, year, false}, {20251231, year, false}, {20260101, year, false}, {20251210, record.Period{From: 20250101, To: 20251210}, false},
		{20250101, record.Period{From: 20250101, To: 20250101}, false}, {20241231, record.Period{From: 20250101, To: 20241231}, true},
	} {
		got := year.Clip(c.day)
		if got != c.want || got.Empty() != c.empty {
			t.Errorf("2025 clipped at %d\ngot   %v, empty %v\nwant  %v, empty %v", c.day, got, got.Empty(), c.want, c.empty)
		}
	}
	for day, want := range map[record.Day]bool{20241231: false, 20250101: true, 20250603: true, 20251231: true, 20260101: false} {
		if got := year.Holds(day); got != want {
			t.Errorf("2025 holds %d: got %v, want %v", day, got, want)
		}
	}
}

func TestParseMoment(t *testing.T) {
	for text, want := range map[string]record.Moment{
		"2025-06-03T09:12:00+08:00":      {Precision: record.Instant, At: 1748913120000},
		"2025-06-03T01:12:00Z":           {Precision: record.Instant, At: 1748913120000},
		"2025-06-03T01:12:00.9999Z":      {Precision: record.Instant, At: 1748913120999},
		"1969-12-31T23:59:59.9999Z":      {Precision: record.Instant, At: -1},
		"1900-01-01T00:00:00Z":           {Precision: record.Instant, At: -2208988800000},
		"9999-12-31T07:59:59.999+08:00":  {Precision: record.Instant, At: 253402214399999},
		"1899-12-31T23:00:00-01:00":      {Precision: record.Instant, At: -2208988800000},
		"2025-06-03":                     {Precision: record.ToDay, Day: 20250603},
		"2024-02-29":                     {Precision: record.ToDay, Day: 20240229},
		"2025-06":                        {Precision: record.ToMonth, Day: 20250601},
		"2025-06-03T24:00:00+08:00":      {},
		"2025-06-03T09:12:60+08:00":      {},
		"2025-06-03T09:12:00":            {},
		"2025-06-03 09:12:00+08:00":      {},
		"2025-06-03T09:12+08:00":         {},
		"2025-02-29":                     {},
		"2025-13":                        {},
		"2025":                           {},
		"":                               {},
		"2025-6":                         {},
		"1899-12-31":                     {},
		"1900-01-01T00:00:00+08:00":      {},
		"9999-12-31T00:00:00Z":           {},
		"9999-12-31T23:59:59-08:00":      {},
		"2025-06-03T09:12:00+08:00\n":    {},
		"1748913120000":                  {},
		"2025-06-03T09:12:00.1.2+08:00":  {},
		"2025-06-31T09:12:00+08:00":      {},
		"12025-06-03T09:12:00+08:00":     {},
		"2025-06-03T09:12:00 08:00":      {},
		"Tue, 03 Jun 2025 09:12:00 GMT":  {},
		"2025-06-03T09:12:00Asia/Taipei": {},
	} {
		got, err := record.ParseMoment(text)
		if refused := want == (record.Moment{}); got != want || refused != (err != nil) {
			t.Errorf("input %q\ngot   %+v (%v)\nwant  %+v", text, got, err, want)
		}
	}
	at := time.Date(2025, 6, 3, 9, 12, 0, 999_999, time.FixedZone("", 8*3600))
	if got, want := record.InstantAt(at), (record.Moment{Precision: record.Instant, At: 1748913120000}); got != want {
		t.Errorf("InstantAt(%s): got %+v, want %+v", at, got, want)
	}
}
