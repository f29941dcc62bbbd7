package register

import (
	"testing"

	"qingshan/db/dbtest"
	"qingshan/record"
)

func TestListWithinAPlace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		d := &diary{book: county}
		for _, code := range []string{"220323", "220323102", "220323103", "220323102200", "220323102201", "220323103200"} {
			d.say("register.unit", 20250101, unit(code, "name of "+code))
		}
		for _, code := range []string{"220323102200-01", "220323102200-02", "220323102201-01"} {
			d.say("register.grid", 20250101, unit(code, "name of "+code))
		}
		d.say("register.herd", 20250101, thing("b", 1), placed("220323102200-01"))
		d.say("register.herd", 20250101, thing("B", 1), placed("220323102201"))
		d.say("register.herd", 20250101, thing("a_", 1), about(record.Ref{Kind: "unit", ID: "220323102201"}))
		d.say("register.herd", 20250101, thing("a-1", 1), placed("220323103"))
		d.say("register.herd", 20250101, thing("nowhere", 1))
		r := newTestRegister(t, s.Views)
		follow(t, s.Views, r, d.entries, 100)
		tests := []struct {
			query Query
			want  string
		}{
			{Query{Kind: "herd"}, "B a-1 a_ b nowhere"}, // by bytes, on both databases
			{Query{Kind: "herd", Place: "220323"}, "B a-1 a_ b"},
			{Query{Kind: "herd", Place: "220323102"}, "B a_ b"},
			{Query{Kind: "herd", Place: "220323102200"}, "b"},
			{Query{Kind: "herd", Place: "220323102200-01"}, "b"},
			{Query{Kind: "herd", Place: "220323102200-02"}, ""},
			{Query{Kind: "herd", Place: "220323102", After: "B"}, "a_ b"},
			{Query{Kind: "unit", Place: "220323102"}, "220323102 220323102200 220323102201"},
			{Query{Kind: "unit", Parent: "220323"}, "220323102 220323103"},
			{Query{Kind: "unit", Parent: "220323102"}, "220323102200 220323102201"},
			{Query{Kind: "unit", Parent: "220323102200"}, ""},
			{Query{Kind: "grid", Parent: "220323102200"}, "220323102200-01 220323102200-02"},
			{Query{Kind: "grid", Parent: "220323102200-01"}, ""},
			{Query{Kind: "forest_plot"}, ""},
		}
		for _, test := range tests {
			test.query.Book, test.query.Day = county, 20250601
			all, err := r.All(t.Context(), test.query)
			if err != nil {
				t.Fatalf("list %+v: %v", test.query, err)
			}
			got := ""
			for _, o := range all {
				if got != "" {
					got += " "
				}
				got += o.ID
			}
			if got != test.want {
				t.Errorf("list %+v:\n got %q\nwant %q", test.query, got, test.want)
			}
		}
	})
}

func TestAListKeepsItsLimit(t *testing.T) {
	tests := []struct{ limit, want int }{{0, DefaultLimit}, {-1, DefaultLimit}, {7, 7}, {5000, MaxLimit}}
	for _, test := range tests {
		if got := (Query{Limit: test.limit}).settled().Limit; got != test.want {
			t.Errorf("limit %d: got %d, want %d", test.limit, got, test.want)
		}
	}
}
