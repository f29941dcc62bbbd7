package demo

import (
	"bytes"
	"testing"
)

// TestPredicates walks each predicate of the published list over its bounds.
func TestPredicates(t *testing.T) {
	exact := Published{Code: "x", Qualifier: "exact", Value: "128"}
	over := Published{Code: "x", Qualifier: "over", Value: "250", Step: "10"}
	nearly := Published{Code: "x", Qualifier: "nearly", Value: "9000", Step: "100"}
	about := Published{Code: "x", Qualifier: "about", Value: "118", Step: "1"}
	thousands := Published{Code: "x", Qualifier: "thousands", Low: "2000", High: "9999"}
	for _, row := range []struct {
		p    Published
		x    string
		want bool
	}{
		{exact, "128", true}, {exact, "128.000", true}, {exact, "128.000001", false}, {exact, "127.999999", false},
		{over, "250", false}, {over, "250.000001", true}, {over, "259.999999", true}, {over, "260", false}, {over, "249", false},
		{nearly, "9000", false}, {nearly, "8999.999999", true}, {nearly, "8900.000001", true}, {nearly, "8900", false}, {nearly, "9001", false},
		{about, "117.5", true}, {about, "118.5", true}, {about, "117.499999", false}, {about, "118.500001", false}, {about, "118", true},
		{thousands, "2000", true}, {thousands, "9999", true}, {thousands, "1999.999999", false}, {thousands, "9999.000001", false},
	} {
		got, err := row.p.Agrees(row.x)
		if err != nil || got != row.want {
			t.Errorf("%s %s%s with %s: %t, %v; want %t", row.p.Qualifier, row.p.Value, row.p.Low, row.x, got, err, row.want)
		}
	}
}

func TestWhatCannotBeCompared(t *testing.T) {
	for _, p := range []Published{{Qualifier: "truncated", Value: "412", Step: "1"}, {Qualifier: "claim", Value: "5", Step: "1"}, {Qualifier: "roughly", Value: "5", Step: "1"}} {
		if agrees, err := p.Agrees("412"); err == nil || agrees {
			t.Errorf("%s agrees: %t, %v; want an error", p.Qualifier, agrees, err)
		}
	}
	for _, text := range []string{"", "many", "1/2", "1e3", "–"} {
		if agrees, err := (Published{Qualifier: "exact", Value: "1"}).Agrees(text); err == nil || agrees {
			t.Errorf("counted %q agrees: %t, %v; want an error", text, agrees, err)
		}
	}
}

func TestMonthly(t *testing.T) {
	for _, row := range []struct {
		months []string
		want   bool
	}{
		{[]string{"1", "2", "1"}, true}, {[]string{"1", "0", "3"}, false}, {nil, false}, {[]string{"0.999999"}, false},
	} {
		if got, err := AgreesMonthly(row.months); err != nil || got != row.want {
			t.Errorf("AgreesMonthly(%v) = %t, %v; want %t", row.months, got, err, row.want)
		}
	}
	if got, err := AgreesMonthly([]string{"1", "x"}); err == nil {
		t.Errorf("AgreesMonthly with no number = %t, want an error", got)
	}
}

func TestPublishedListIsReadWhole(t *testing.T) {
	list, err := ReadPublished()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, p := range list {
		kinds[p.Qualifier]++
		if p.Comparable() && p.Unit != "" && p.Text() == "" {
			t.Errorf("%s has no text", p.Code)
		}
	}
	if len(list) != 45 || kinds["truncated"] != 1 || kinds["claim"]+kinds["claim about"] != 4 || kinds["monthly"] != 1 {
		t.Errorf("%d rows, %v", len(list), kinds)
	}
}

func TestTableLinesUpOnATerminal(t *testing.T) {
	var out bytes.Buffer
	tab := table{head: []string{"code", "指标", "n"}, right: map[int]bool{2: true}}
	tab.add("a.b", "清理沟渠", "5")
	tab.add("long.code", "鹿", "1314")
	if err := tab.write(&out); err != nil {
		t.Fatal(err)
	}
	want := "code       指标         n\na.b        清理沟渠     5\nlong.code  鹿        1314\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
