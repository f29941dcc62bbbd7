package intake

import (
	"testing"
	"time"

	"qingshan/record"
)

func TestClocks(t *testing.T) {
	received := "2025-06-03T10:00:00+08:00"
	for _, c := range []struct {
		name, observed, sent string
		day                  string
		offset               time.Duration
		notes                []string
	}{
		{"just now, no sent", "2025-06-03T09:59:00+08:00", "", "2025-06-03", 0, nil},
		{"just now", "2025-06-03T09:59:00+08:00", "2025-06-03T09:59:30+08:00", "2025-06-03", 0, nil},
		{"other zone, same day in ours", "2025-06-02T20:00:00Z", "2025-06-03T02:00:00Z", "2025-06-03", 0, nil},
		{"queued for three hours", "2025-06-03T07:00:00+08:00", "2025-06-03T09:59:59+08:00", "2025-06-03", 0, nil},
		{"queued for a month", "2025-05-03T07:00:00+08:00", "2025-06-03T10:00:00+08:00", "2025-05-03", 0, nil},
		{"five minutes are honest", "2025-06-03T09:00:00+08:00", "2025-06-03T09:55:00+08:00", "2025-06-03", 0, nil},
		{"five minutes ahead are honest", "2025-06-03T10:05:00+08:00", "2025-06-03T10:05:00+08:00", "2025-06-03", 0, nil},
		{"six minutes behind", "2025-06-03T09:00:00+08:00", "2025-06-03T09:54:00+08:00", "2025-06-03", 6 * time.Minute, []string{"clock.corrected"}},
		{"two years behind", "2023-06-04T09:00:00+08:00", "2023-06-04T10:00:00+08:00", "2025-06-03", 730 * 24 * time.Hour, []string{"clock.corrected"}},
		{"two years ahead", "2027-06-03T09:00:00+08:00", "2027-06-03T10:00:00+08:00", "2025-06-03", -730 * 24 * time.Hour, []string{"clock.corrected"}},
		{"correction moves the day", "2025-06-02T23:50:00+08:00", "2025-06-03T09:40:00+08:00", "2025-06-03", 20 * time.Minute, []string{"clock.corrected"}},
		{"ahead, no sent", "2025-06-03T11:00:00+08:00", "", "2025-06-03", 0, []string{"clock.replaced"}},
		{"two years ahead, no sent", "2027-06-03T09:00:00+08:00", "", "2025-06-03", 0, []string{"clock.replaced"}},
		{"future after correction", "2027-06-05T09:00:00+08:00", "2027-06-03T10:00:00+08:00", "2025-06-03", 0, []string{"clock.replaced"}},
		{"before all days after correction", "1900-06-03T09:00:00+08:00", "2190-06-03T10:00:00+08:00", "2025-06-03", 0, []string{"clock.replaced"}},
		{"a day", "2025-06-01", "", "2025-06-01", 0, nil},
		{"today", "2025-06-03", "", "2025-06-03", 0, nil},
		{"tomorrow", "2025-06-04", "", "2025-06-03", 0, []string{"clock.replaced"}},
		{"a day is not moved by a wrong clock", "2025-06-01", "2023-06-03T10:00:00+08:00", "2025-06-01", 0, nil},
		{"this month", "2025-06", "", "2025-06-01", 0, nil},
		{"next month", "2025-07", "", "2025-06-03", 0, []string{"clock.replaced"}},
		{"400 days ago", "2024-04-29", "", "2024-04-29", 0, nil},
		{"401 days ago", "2024-04-28", "", "2024-04-28", 0, []string{"observed.long_ago"}},
		{"two years behind, no sent", "2023-06-03T10:00:00+08:00", "", "2023-06-03", 0, []string{"observed.long_ago"}},
		{"long ago and corrected", "2021-06-03T10:00:00+08:00", "2023-06-04T10:00:00+08:00", "2023-06-03", 730 * 24 * time.Hour, []string{"clock.corrected", "observed.long_ago"}},
	} {
		observed, err := record.ParseMoment(c.observed)
		if err != nil {
			t.Fatal(err)
		}
		got := judge(observed, instant(t, c.sent), instant(t, received), record.Zone())
		if got.day.String() != c.day || got.offset != c.offset || !sameCodes(got.findings, c.notes) {
			t.Errorf("%s: observed %s, sent %s\n got %s %s %v\nwant %s %s %v", c.name, c.observed, c.sent, got.day, got.offset, got.findings, c.day, c.offset, c.notes)
		}
		for _, f := range got.findings {
			if f.Grade != record.Note {
				t.Errorf("%s: %s is %s, want a note", c.name, f.Code, f.Grade)
			}
		}
	}
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func sameCodes(findings []record.Finding, want []string) bool {
	if len(findings) != len(want) {
		return false
	}
	for i, f := range findings {
		if f.Code != want[i] {
			return false
		}
	}
	return true
}
