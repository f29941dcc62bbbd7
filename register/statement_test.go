package register

import (
	"reflect"
	"testing"

	"qingshan/record"
)

func TestWhatHoldsOfARoot(t *testing.T) {
	herd, plot := Key{Kind: "herd", ID: "h1"}, Key{Kind: "forest_plot", ID: "h1"}
	root := func(seq int64) statement { return statement{seq: seq, act: states, key: herd} }
	amended := func(seq int64) statement { return statement{seq: seq, act: states, amends: true, key: herd} }
	withdrawn := func(seq int64) statement {
		return statement{seq: seq, act: withdraws, amends: true, key: Key{Kind: "herd"}}
	}
	confirmed := func(seq int64) statement { return statement{seq: seq, act: confirms} }
	back := func(s statement) statement { s.held = true; return s }
	other := func(seq int64) statement { s := amended(seq); s.key = plot; return s }

	tests := []struct {
		name    string
		history history
		want    int64 // sequence of what holds, -1 for nothing
	}{
		{"nothing said", nil, -1},
		{"a root", history{root(1)}, 1},
		{"amended", history{root(1), amended(2)}, 2},
		{"amended twice: the later holds", history{root(1), amended(2), amended(3)}, 3},
		{"an amendment waits for its root", history{amended(1)}, -1},
		{"an amendment that came first holds once the root is there", history{amended(1), root(2)}, 1},
		{"withdrawn", history{root(1), withdrawn(2)}, -1},
		{"withdrawn before it came", history{withdrawn(1), root(2)}, -1},
		{"amended after the withdrawal", history{root(1), withdrawn(2), amended(3)}, 3},
		{"withdrawn after the amendment", history{root(1), amended(2), withdrawn(3)}, -1},
		{"amended by another kind", history{root(1), other(2)}, 1},
		{"held", history{back(root(1))}, -1},
		{"held and confirmed", history{back(root(1)), confirmed(2)}, 1},
		{"held and amended", history{back(root(1)), amended(2)}, 2},
		{"a held amendment silences its root", history{root(1), back(amended(2))}, -1},
		{"a held amendment, confirmed", history{root(1), back(amended(2)), confirmed(3)}, 2},
		{"an earlier confirmation is of something else", history{back(root(1)), confirmed(2), back(amended(3))}, -1},
		{"confirmed before it came", history{confirmed(1), back(root(2))}, 2},
		{"confirmed before it came and amended", history{confirmed(1), back(root(2)), back(amended(3))}, -1},
		{"confirmed before the held amendment that came before its root", history{confirmed(1), back(amended(2)), root(3)}, -1},
		{"a confirmation alone", history{confirmed(1)}, -1},
		{"a withdrawal needs no confirmation", history{root(1), back(withdrawn(2))}, -1},
	}
	for _, test := range tests {
		got := int64(-1)
		if s, ok := test.history.holds(); ok {
			got = s.seq
		}
		if got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

func TestTimeline(t *testing.T) {
	on := func(day record.Day, seq int64) statement { return statement{day: day, seq: seq, act: states} }
	ending := func(day record.Day, seq int64) statement { return statement{day: day, seq: seq, act: ends} }
	tests := []struct {
		name    string
		inForce []statement
		want    []stretch
	}{
		{"nothing", nil, nil},
		{"one", []statement{on(20250101, 7)}, []stretch{{20250101, Forever, 7}}},
		{"said out of order", []statement{on(20250301, 1), on(20250101, 2)}, []stretch{{20250101, 20250301, 2}, {20250301, Forever, 1}}},
		{"twice on one day", []statement{on(20250101, 2), on(20250101, 1)}, []stretch{{20250101, Forever, 2}}},
		{"ended", []statement{on(20250101, 1), ending(20250201, 2)}, []stretch{{20250101, 20250201, 1}}},
		{"ended and begun anew", []statement{on(20250101, 1), ending(20250201, 2), on(20250301, 3)},
			[]stretch{{20250101, 20250201, 1}, {20250301, Forever, 3}}},
		{"ended on its first day", []statement{on(20250101, 1), ending(20250101, 2)}, nil},
		{"an end only", []statement{ending(20250101, 1)}, nil},
	}
	for _, test := range tests {
		if got := timeline(test.inForce); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
