package intake

import (
	"strconv"
	"time"

	"qingshan/record"
)

// Rules of the three clocks: when it was observed, when it was sent (both by the client's clock), when it was received.
//
//  1. A difference between sent and received of up to five minutes is ignored: the network and honest clocks explain it.
//  2. A larger one proves the client's clock wrong. It is added to the observed instant, which is noted. Days and months
//     are not moved: they were read from a calendar, not from that clock.
//  3. What then still lies in the future by more than five minutes, or before 1900, gets the time of receipt, which is
//     noted.
//  4. What was observed more than 400 days before it was received counts, and is noted.
const (
	tolerance = 5 * time.Minute
	longAgo   = 400

	firstDay record.Day = 19000101 // that a record can have
)

// timing is what the clocks give: the civil day that a record counts for, what was added to its time, and what is noted.
type timing struct {
	day      record.Day
	offset   time.Duration
	findings []record.Finding
}

// judge applies the rules. A zero sent was not said.
func judge(observed record.Moment, sent, received time.Time, zone *time.Location) timing {
	t := timing{day: observed.Day}
	today := record.DayAt(received, zone)
	if !sent.IsZero() {
		if offset := received.Sub(sent); offset.Abs() > tolerance {
			t.offset = offset
		}
	}
	absurd := t.day > today
	if observed.Precision == record.Instant {
		at := time.UnixMilli(observed.At).Add(t.offset)
		t.day = record.DayAt(at, zone)
		absurd = at.After(received.Add(tolerance)) || t.day < firstDay
	} else {
		t.offset = 0
	}
	switch {
	case absurd:
		t.day = today
		t.offset = 0
		t.note("clock.replaced", map[string]string{"day": today.String()})
	case t.offset != 0:
		t.note("clock.corrected", map[string]string{"day": t.day.String(), "minutes": strconv.FormatInt(int64(t.offset/time.Minute), 10)})
	}
	if days := int64(today.Time().Sub(t.day.Time()) / (24 * time.Hour)); days > longAgo {
		t.note("observed.long_ago", map[string]string{"days": strconv.FormatInt(days, 10)})
	}
	return t
}

func (t *timing) note(code string, data map[string]string) {
	t.findings = append(t.findings, record.Finding{Code: code, Grade: record.Note, Field: "observed", Data: data})
}
