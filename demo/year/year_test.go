package year

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"qingshan/record"
)

func quotas(t testing.TB) Quotas {
	t.Helper()
	q, err := ReadQuotas()
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func generate(t testing.TB, o Options) Year {
	t.Helper()
	y, err := Generate(quotas(t), o)
	if err != nil {
		t.Fatalf("options %+v: %v", o, err)
	}
	return y
}

func period(t testing.TB, text string) record.Period {
	t.Helper()
	p, err := record.ParsePeriod(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// heard is a record as the door hears it: the test reads the bytes, not what the generator meant.
type heard struct {
	ID, Kind, Observed, Amends string
	About                      []string
	Values                     map[string]any
	Facets                     map[string]map[string]any
}

// hear reads the bodies that take effect: the last delivered of each root, without what was withdrawn, refused or left held.
func hear(t testing.TB, y Year, until record.Day) map[string]heard {
	t.Helper()
	effective := map[string]heard{}
	held, confirmed := map[string]bool{}, map[string]bool{}
	for _, a := range y.Acts {
		if a.Want != Stored || a.Deliver > until {
			continue
		}
		var h heard
		decoder := json.NewDecoder(bytes.NewReader(a.Body))
		decoder.UseNumber()
		if err := decoder.Decode(&h); err != nil {
			t.Fatalf("%s: %v", a.Body, err)
		}
		root := h.ID
		if h.Amends != "" {
			root = h.Amends
		}
		if a.Held {
			held[root] = true
		}
		if h.Kind == "record.confirmed" {
			confirmed[fmt.Sprint(h.Values["record"])] = true
			continue
		}
		effective[root] = h
		if h.Values == nil {
			delete(effective, root)
		}
	}
	for root := range held {
		if !confirmed[root] {
			delete(effective, root)
		}
	}
	return effective
}

// total adds one field of one kind (its own or a facet) over the records of a span of days.
func total(t testing.TB, records map[string]heard, kind, field string, keep func(map[string]any) bool, days record.Period) *big.Rat {
	t.Helper()
	sum := new(big.Rat)
	for _, h := range records {
		said := h.Values
		if h.Kind != kind {
			said = h.Facets[kind]
		}
		day, err := record.ParseDay(h.Observed[:10])
		if err != nil {
			t.Fatal(err)
		}
		if said == nil || !days.Holds(day) || keep != nil && !keep(said) {
			continue
		}
		sum.Add(sum, read(t, said, field))
	}
	return sum
}

func read(t testing.TB, said map[string]any, field string) *big.Rat {
	t.Helper()
	if field == "" {
		return big.NewRat(1, 1)
	}
	text := fmt.Sprint(said[field])
	if quantity, ok := said[field].(map[string]any); ok {
		text = fmt.Sprint(quantity["amount"])
	}
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("field %s of %v is no number", field, said)
	}
	return x
}

func is(field, want string) func(map[string]any) bool {
	return func(said map[string]any) bool { return said[field] == want }
}

// TestTargetsAreMetByTheRecords adds up the bodies with plain arithmetic, for several seeds.
func TestTargetsAreMetByTheRecords(t *testing.T) {
	for _, seed := range []uint64{0, 1, rand.Uint64()} {
		y := generate(t, Options{Seed: seed})
		freeze := record.Day(y.Quotas.Freeze)
		records := hear(t, y, freeze)
		for _, row := range []struct {
			kind, field string
			keep        func(map[string]any) bool
			period      string
			want        string
		}{
			{"waste.load", "mass", is("category", "domestic"), "2025", "1314"},
			{"waste.load", "mass", is("category", "farm"), "2025", "3500"},
			{"clean.ditch", "length", nil, "2025", "128"},
			{"clean.courtyard", "", nil, "2025", "1500"},
			{"clean.pile", "", nil, "2025", "481"},
			{"clean.sweep", "people", nil, "2025", "783"},
			{"clean.sweep", "machines", nil, "2025", "78"},
			{"party.study", "", is("theme", "ecology"), "2025", "4"},
			{"party.report", "", nil, "2025", "12"},
			{"party.theme_day", "", is("theme", "river"), "2025", "108"},
			{"river.patrol", "", nil, "2025", "194"},
			{"river.operation", "", nil, "2025", "6"},
			{"river.clearing", "length", nil, "2025", "530"},
			{"river.problem_found", "", nil, "2025", "906"},
			{"manure.reward", "amount", nil, "2025", "8960"},
			{"forest.afforestation", "area", nil, "2023..2025", "540"},
			{"forest.planting", "trees", nil, "2025", "1200"},
			{"forest.planting", "party", nil, "2025", "254"},
			{"forest.planting", "public", nil, "2025", "207"},
			{"campaign.session", "reached", is("campaign", "insurance"), "2025", "43260"},
			{"event.open", "", is("sport", "cycling"), "2025-12-06", "1"},
			{"register.grid", "", nil, "2022", "95"},
			{"register.branch", "", is("class", "village"), "2022", "12"},
		} {
			want, _ := new(big.Rat).SetString(row.want)
			got := total(t, records, row.kind, row.field, row.keep, period(t, row.period).Clip(freeze))
			if got.Cmp(want) != 0 {
				t.Errorf("seed %d: %s %s over %s comes to %s, want %s", seed, row.kind, row.field, row.period, got.FloatString(6), row.want)
			}
		}
		closed := map[string]bool{}
		for _, h := range records {
			if h.Kind == "river.problem_closed" {
				closed[fmt.Sprint(h.Values["problem"])] = true
			}
		}
		if len(closed) != 860 {
			t.Errorf("seed %d: %d problems closed by %s, want 860", seed, len(closed), freeze)
		}
	}
}

// TestExpectMeetsEveryTarget compares what the acts were meant to count for with the quotas.
func TestExpectMeetsEveryTarget(t *testing.T) {
	y := generate(t, Options{})
	want := map[string]Decimal{}
	add := func(figure string, amount Decimal) { want[figure] += amount }
	for _, s := range y.Quotas.Streams {
		for _, c := range s.Counts {
			if c.Distinct == "" {
				add(c.Figure, Decimal(s.Acts)*millionths)
			} else if c.Objects > 0 {
				add(c.Figure, Decimal(c.Objects)*millionths)
			}
		}
		for _, a := range s.Amounts {
			add(a.Figure, a.Target)
		}
		if f := s.Facet; f != nil {
			add(f.Counts[0].Figure, Decimal(f.Acts)*millionths)
			add(f.Amounts[0].Figure, f.Amounts[0].Target)
		}
	}
	for _, s := range y.Quotas.Herds.Species {
		add(s.Figure, heads(s.Target))
	}
	add(y.Quotas.Flocks.Figure, heads(y.Quotas.Flocks.Target))
	add(y.Quotas.Problems.ClosedFigure, heads(int64(y.Quotas.Problems.Closed)))
	add(y.Quotas.Problems.FoundFigure, heads(int64(y.Quotas.Problems.Found)))
	delete(want, "")
	for figure, target := range want {
		got := y.Expect(figure, y.Quotas.County, period(t, "2023..2025").Clip(record.Day(y.Quotas.Freeze)))
		if got != target {
			t.Errorf("%s comes to %s, want %s", figure, got, target)
		}
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	first, again, other := generate(t, Options{Seed: 7}), generate(t, Options{Seed: 7}), generate(t, Options{Seed: 8})
	if len(first.Acts) != len(again.Acts) {
		t.Fatalf("%d acts, then %d", len(first.Acts), len(again.Acts))
	}
	same := 0
	for i, a := range first.Acts {
		if !bytes.Equal(a.Body, again.Acts[i].Body) || a.Deliver != again.Acts[i].Deliver {
			t.Fatalf("act %d is %s, then %s", i, a.Body, again.Acts[i].Body)
		}
		if i < len(other.Acts) && bytes.Equal(a.Body, other.Acts[i].Body) {
			same++
		}
	}
	if same > len(first.Acts)/100 {
		t.Errorf("%d of %d acts are the same with another seed", same, len(first.Acts))
	}
}

// TestTheYearIsBelievable checks what no sum shows: seasons, delays, mishaps, size.
func TestTheYearIsBelievable(t *testing.T) {
	y := generate(t, Options{})
	if n := y.Records(); n < 9_000 || n > 13_000 {
		t.Errorf("%d records, want some ten thousand", n)
	}
	fates := map[Fate]int{}
	outcomes, late, amended, withdrawn := map[Outcome]int{}, 0, 0, 0
	for _, a := range y.Acts {
		outcomes[a.Want]++
		fates[a.Fate]++
		if a.Deliver.Add(-1) > a.Day && a.rank == rankActs {
			late++
		}
		if a.Root != a.ID && a.said.Values != nil {
			amended++
		}
		if a.Root != a.ID && a.said.Values == nil {
			withdrawn++
		}
		month := int(a.Day) / 100 % 100
		switch kind := a.said.Kind; {
		case kind == "clean.ditch" && (month < 4 || month > 11), kind == "river.operation" && (month < 4 || month > 11), kind == "river.clearing" && (month < 4 || month > 12):
			t.Errorf("%s in frozen ground or water on %s", kind, a.Day)
		}
		if a.Deliver < a.Day || a.Deliver > record.Day(y.Quotas.End) || a.Day <= record.Day(y.Quotas.Freeze) && a.Deliver > record.Day(y.Quotas.Freeze) {
			t.Errorf("observed on %s, delivered on %s: %s", a.Day, a.Deliver, a.Body)
		}
	}
	if late < 300 || amended < 40 || withdrawn < 20 || outcomes[Duplicate] < 100 || outcomes[Invalid] != len(y.Quotas.Bad) {
		t.Errorf("late %d, amended %d, withdrawn %d, outcomes %v: too few mishaps", late, amended, withdrawn, outcomes)
	}
	if fates[Garbled] != 3 || fates[Foreign] != 2 || fates[Torn] != 2 {
		t.Errorf("what befell phones: %v", fates)
	}
}

// TestIDsAreOnceAndRootsKnown guards against two records of one id, and amendments of nothing.
func TestIDsAreOnceAndRootsKnown(t *testing.T) {
	y := generate(t, Options{Seed: 3})
	seen := map[record.ID]bool{}
	for _, a := range y.Acts {
		switch {
		case a.Want == Duplicate && !seen[a.ID]:
			t.Errorf("%s is delivered again before it was delivered", a.ID)
		case a.Want != Duplicate && seen[a.ID]:
			t.Errorf("two acts have the id %s", a.ID)
		case a.Root != a.ID && !seen[a.Root]:
			t.Errorf("%s amends %s, which nobody sent", a.ID, a.Root)
		}
		seen[a.ID] = true
		if _, err := record.ParseID(a.ID.String()); err != nil {
			t.Error(err)
		}
	}
}

func TestScaleMovesWhatHappensNotWhatIs(t *testing.T) {
	seed := rand.Uint64()
	for _, factor := range []float64{0.5, 0.8, 1.25, 2} {
		y, whole := generate(t, Options{Seed: seed, Scale: factor}), generate(t, Options{Seed: seed})
		year := period(t, "2025").Clip(record.Day(y.Quotas.Freeze))
		for figure, want := range map[string]string{"clean.courtyards": fmt.Sprint(1500 * factor), "clean.domestic_waste": fmt.Sprint(1314 * factor), "forest.patrols": fmt.Sprint(300 * factor)} {
			if got := y.Expect(figure, y.Quotas.Town, year); got.String() != want {
				t.Errorf("seed %d, %g times: %s is %s, want %s", seed, factor, figure, got, want)
			}
		}
		for _, figure := range []string{"grid.grids", "manure.deer", "river.tributaries"} {
			if got, want := y.Expect(figure, y.Quotas.Town, year), whole.Expect(figure, y.Quotas.Town, year); got != want {
				t.Errorf("seed %d, %g times: %s is %s, want %s as before", seed, factor, figure, got, want)
			}
		}
	}
}

func TestScaledDownToNothingIsStillAYear(t *testing.T) {
	seed := rand.Uint64()
	y := generate(t, Options{Seed: seed, Scale: 0.01})
	if got := y.Expect("river.length_cleared", y.Quotas.Town, period(t, "2025")); got != 0 {
		t.Errorf("seed %d: %s km cleared in no operation", seed, got)
	}
	if got := y.Expect("clean.courtyards", y.Quotas.Town, period(t, "2025").Clip(y.Freeze())); got != 15*millionths {
		t.Errorf("seed %d: %s courtyards, want 15", seed, got)
	}
}

func TestDropTakesOneVillageAndNothingElse(t *testing.T) {
	seed := rand.Uint64()
	whole := generate(t, Options{Seed: seed})
	dropped := whole.Quotas.Villages[5].Code
	y := generate(t, Options{Seed: seed, Drop: dropped})
	year := period(t, "2025")
	for _, figure := range []string{"clean.domestic_waste", "clean.courtyards", "grid.grids", "river.problems_rectified", "party.village_branches"} {
		for _, v := range whole.Quotas.Villages {
			want := whole.Expect(figure, v.Code, year)
			if v.Code == dropped {
				want = 0
			}
			if got := y.Expect(figure, v.Code, year); got != want {
				t.Errorf("seed %d without %s: %s at %s is %s, want %s", seed, dropped, figure, v.Code, got, want)
			}
		}
		want := whole.Expect(figure, whole.Quotas.Town, year) - whole.Expect(figure, dropped, year)
		if got := y.Expect(figure, y.Quotas.Town, year); got != want {
			t.Errorf("seed %d without %s: %s in town is %s, want %s", seed, dropped, figure, got, want)
		}
	}
}

func TestShiftMovesTwoMonthsOnly(t *testing.T) {
	seed := rand.Uint64()
	whole := generate(t, Options{Seed: seed})
	y := generate(t, Options{Seed: seed, Shift: "2025-05"})
	for _, figure := range []string{"clean.domestic_waste", "river.patrols", "forest.patrols", "clean.people_organised"} {
		for month := 1; month <= 12; month++ {
			span := period(t, fmt.Sprintf("2025-%02d", month))
			want := whole.Expect(figure, whole.Quotas.Town, span)
			switch month {
			case 5:
				want = 0
			case 6:
				want += whole.Expect(figure, whole.Quotas.Town, period(t, "2025-05"))
			}
			if got := y.Expect(figure, y.Quotas.Town, span); got != want {
				t.Errorf("seed %d: %s in %s is %s, want %s", seed, figure, span, got, want)
			}
		}
	}
}

// TestQuotasAreSound meets every name in the data file once, so that a slip there fails here.
func TestQuotasAreSound(t *testing.T) {
	q := quotas(t)
	for _, s := range q.Streams {
		if q.Seasons[s.Season] == nil || len(q.Weekdays[s.Weekdays]) != 7 {
			t.Errorf("stream %s: season %q or week %q is not there", s.Name, s.Season, s.Weekdays)
		}
	}
	for _, v := range q.Villages {
		if near(newDice(0, "test"), v.Lat) == 0 || near(newDice(0, "test"), v.Lon) == 0 {
			t.Errorf("village %s has no centre", v.Code)
		}
	}
	units, err := readUnits()
	if err != nil || len(units) != 1+17+13+7 {
		t.Errorf("%d units, %v; want the county, 17 townships and 20 committees", len(units), err)
	}
	w, err := newWorld(q)
	if err != nil {
		t.Fatal(err)
	}
	grids := 0
	for _, list := range w.grids {
		grids += len(list)
	}
	if grids != q.Grids {
		t.Errorf("%d grids given to villages, want %d", grids, q.Grids)
	}
}

func TestPartsComeToTheTarget(t *testing.T) {
	seed := rand.Uint64()
	d := newDice(seed, "parts")
	for range 200 {
		n, low := 1+d.IntN(50), Decimal(d.IntN(5))*millionths
		a := amount{Field: "x", Step: millionths, Low: low, High: low + 9*millionths}
		a.Target = low*Decimal(n) + Decimal(d.IntN(9*n+1))*millionths
		parts, err := d.parts(n, a)
		if err != nil {
			t.Fatalf("seed %d: %d parts of %+v: %v", seed, n, a, err)
		}
		var sum Decimal
		for _, p := range parts {
			sum += p
			if p < a.Low || p > a.High {
				t.Errorf("seed %d: part %s of %+v", seed, p, a)
			}
		}
		if sum != a.Target {
			t.Errorf("seed %d: %d parts come to %s, want %s", seed, n, sum, a.Target)
		}
	}
	for _, impossible := range []amount{{Step: 2, Low: 0, High: 10, Target: 5}, {Step: 1, Low: 0, High: 1, Target: 5}, {Step: 1, Low: 3, High: 9, Target: 5}} {
		if parts, err := d.parts(2, impossible); err == nil {
			t.Errorf("parts(2, %+v) = %v, want an error", impossible, parts)
		}
	}
}

func TestDecimalText(t *testing.T) {
	for text, want := range map[string]Decimal{"0": 0, "1314": 1314 * millionths, "0.05": 50_000, "-2.5": -2_500_000, "0.000001": 1} {
		got, err := ParseDecimal(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("ParseDecimal(%q) = %d (%s), %v; want %d", text, got, got, err, want)
		}
	}
	for _, bad := range []string{"", "x", "1.0000001", "1e30"} {
		if got, err := ParseDecimal(bad); err == nil {
			t.Errorf("ParseDecimal(%q) = %d, want an error", bad, got)
		}
	}
}
