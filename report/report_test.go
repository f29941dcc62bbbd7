package report

import (
	"slices"
	"testing"

	"qingshan/catalog"
	"qingshan/indicator"
	"qingshan/record"
)

func standard(t *testing.T) *catalog.Catalog {
	t.Helper()
	words, err := catalog.Standard()
	if err != nil {
		t.Fatal(err)
	}
	return words
}

func TestYearBefore(t *testing.T) {
	for _, c := range []struct {
		period, want string
		asOf, until  record.Day
	}{
		{"2025", "2024", 0, 0},
		{"2025", "2024", 20251210, 20241210},
		{"2025-06", "2024-06", 0, 0},
		{"2025-02", "2024-02", 0, 0}, // the whole of a February with a day more
		{"2024-02", "2023-02", 20240229, 20230228},
		{"2024-02", "2023-02", 20240228, 20230228},
		{"2024-02-29", "2023-02-28", 0, 0},
		{"2023..2025", "2022..2024", 0, 0},
		{"2025-11..2025-12", "2024-11..2024-12", 20251231, 20241231},
		{"9999-12", "9998-12", 0, 0},
		{"2026", "2025", 0, 20250104}, // not over: up to the same day
		{"2026", "2025", 20260102, 20250102},
		{"2026", "2025", 20261231, 20250104},
		{"2026-01-04", "2025-01-04", 0, 0},
		{"2026-02", "2025-02", 0, 0},
	} {
		period, err := record.ParsePeriod(c.period)
		if err != nil {
			t.Fatal(err)
		}
		got := YearBefore(indicator.Query{Period: period, AsOf: c.asOf, Place: "220323"}, 20260104)
		if got.Period.String() != c.want || got.AsOf != c.until || got.Place != "220323" {
			t.Errorf("%s up to %d: got %s up to %d, want %s up to %d", c.period, c.asOf, got.Period, got.AsOf, c.want, c.until)
		}
	}
}

func TestYearBeforeALeapDay(t *testing.T) {
	year, err := record.ParsePeriod("2024")
	if err != nil {
		t.Fatal(err)
	}
	for today, want := range map[record.Day]record.Day{20240228: 20230228, 20240229: 20230228, 20240301: 20230301} {
		if got := YearBefore(indicator.Query{Period: year}, today); got.AsOf != want {
			t.Errorf("on %s: got up to %s, want %s", today, got.AsOf, want)
		}
	}
}

func TestAddsUp(t *testing.T) {
	words := standard(t)
	for code, want := range map[string]bool{
		"clean.domestic_waste": true, "clean.waste_carted": true, "manure.deer": true, // sums, sums of sums, stocks
		"manure.households_guided": false, "river.problems_per_patrol": false, "manure.cost_saved": false, "drone.flown": false,
	} {
		f, known := words.Figure(code)
		if got := AddsUp(words, f); got != want || !known {
			t.Errorf("%s: got %t, want %t", code, got, want)
		}
		if got := Flows(words, f); got != (want && code != "manure.deer") { // a herd is counted, not driven past
			t.Errorf("%s: flows: got %t", code, got)
		}
	}
}

// TestElevenPartsTakeInEveryFigure lays all figures out and counts them again.
func TestElevenPartsTakeInEveryFigure(t *testing.T) {
	s := Sheet{Catalog: standard(t)}
	for _, f := range s.Catalog.Figures() {
		s.Lines = append(s.Lines, Line{Reading: indicator.Reading{Figure: f}})
	}
	var words, codes []string
	for _, section := range sections(s) {
		words = append(words, section.Word)
		for _, l := range section.Lines {
			codes = append(codes, l.Figure.Code)
		}
	}
	want := []string{PartResponsibility, PartParty, PartCleanUp, PartManure, PartDrone, PartForest, PartRiver, PartCases, PartCampaigns, PartFigures, PartPortal}
	if !slices.Equal(words, want) {
		t.Errorf("parts: got %v, want %v", words, want)
	}
	all := len(codes)
	slices.Sort(codes)
	if codes = slices.Compact(codes); len(codes) != all || all != len(s.Lines) {
		t.Errorf("%d figures stand in the parts, %d of them different, want each of %d once", all, len(codes), len(s.Lines))
	}
}

// TestEveryPartOfTheCatalogStandsSomewhere holds the table of parts against the catalog's.
func TestEveryPartOfTheCatalogStandsSomewhere(t *testing.T) {
	words := standard(t)
	s := Sheet{Catalog: words}
	parts := sections(s)
	if len(parts) != 11 {
		t.Fatalf("got %d parts of an empty sheet", len(parts))
	}
	for _, p := range words.Parts() {
		found := slices.ContainsFunc(frame(), func(f struct {
			word  string
			takes []string
		}) bool {
			return slices.Contains(f.takes, p.Word)
		})
		if !found {
			t.Errorf("the catalog's part %s stands in no part of a document", p.Word)
		}
	}
}

func TestPeriodWords(t *testing.T) {
	for text, want := range map[string]string{"2025": "2025年", "2025-06": "2025年6月", "2025-12-10": "2025年12月10日",
		"2023..2025": "2023年至2025年", "2025-06..2025-08": "2025年6月至2025年8月"} {
		p, err := record.ParsePeriod(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := PeriodWords(p, true); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
		if got := PeriodWords(p, false); got != text {
			t.Errorf("%s: got %s", text, got)
		}
	}
}

func TestInOneLanguage(t *testing.T) {
	for _, c := range []struct{ text, zh, en string }{{"甲 / a", "甲", "a"}, {"甲", "甲", "甲"}, {"", "", ""}} {
		if zh, en := InOneLanguage(c.text, true), InOneLanguage(c.text, false); zh != c.zh || en != c.en {
			t.Errorf("%q: got %q and %q", c.text, zh, en)
		}
	}
}
