package guard_test

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"qingshan/catalog"
	"qingshan/guard"
	"qingshan/record"
)

// publish says what the town published about 火红村 in 2025, and what is counted beside it: 112 households guided and 9,000
// yuan paid to them, and as much again for 60 households in the next village.
func (w *world) publish() {
	w.claim("claim-cost", huohong, "manure.cost_saved", "1560000", "yuan", "火红村")
	w.claim("claim-fertiliser", huohong, "manure.fertiliser_saved", "118", "t", "火红村")
	w.claim("claim-yield", huohong, "manure.yield_gain", "250", "jin_per_mu", "火红村")
	w.households(huohong, 112)
	w.households(jianguo, 60)
	w.reward(huohong, 112, 900_000)
	w.reward(jianguo, 60, 900_000)
}

func (w *world) households(village record.UnitCode, n int) {
	for i := range n {
		id := household(village, i)
		w.say(townBook, "register.household", 20221231, village, record.Values{"object": record.Text(id), "class": record.Text("free_range")})
		w.say(townBook, "manure.guidance", 20250601, village, record.Values{"household": record.Text("household/" + id), "method": record.Text("compost")})
	}
}

func household(village record.UnitCode, n int) string { return fmt.Sprintf("h-%s%04x", village[6:], n) }

// reward pays fen to the first households of a village, in equal shares and a rest for the first.
func (w *world) reward(village record.UnitCode, n int, fen int64) {
	each := fen / int64(n)
	for i := range n {
		paid := each
		if i == 0 {
			paid = fen - each*int64(n-1)
		}
		w.say(townBook, "manure.reward", 20250901, village, record.Values{"household": record.Text("household/" + household(village, i)), "amount": record.Int(paid)})
	}
}

func rat(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r
}

// near tells whether a decimal is a fraction, rounded to six decimals.
func near(t *testing.T, got string, num, denom int64) bool {
	difference := new(big.Rat).Sub(rat(t, got), big.NewRat(num, denom))
	return difference.Abs(difference).Cmp(big.NewRat(1, 2_000_000)) <= 0
}

// TestVerdictsOnWhatTheTownPublished holds the verdicts against the arithmetic that was done by hand: 1.56 million yuan for
// 118 t is 13,220 yuan a tonne, 3.8 to 6.6 times the market, which would give 0.24 to 0.41 million; 250 jin a mu is 18 to
// 25 % of a crop; 9,000 yuan for 112 households is 80 each.
func TestVerdictsOnWhatTheTownPublished(t *testing.T) {
	each(t, func(w *world) {
		w.publish()
		price := w.verdict(huohong, "manure.price_of_saving")
		if price.Status != guard.Outside || !near(t, price.Value, 1_560_000, 118) || price.Unit != "yuan_per_t" || price.ValueTo != price.Value {
			t.Errorf("price: got %s %s %s", price.Status, price.Value, price.Unit)
		}
		if !near(t, price.Times, 1_560_000, 118*4500) || !near(t, price.TimesUsual.Low, 1_560_000, 118*3500) || !near(t, price.TimesUsual.High, 1_560_000, 118*2000) {
			t.Errorf("price: got %s times the bound, %+v times what is usual", price.Times, price.TimesUsual)
		}
		if *price.AtUsual != (catalog.Range{Low: "236000", High: "413000", Unit: "yuan"}) || *price.AtBounds != (catalog.Range{Low: "177000", High: "531000", Unit: "yuan"}) {
			t.Errorf("price: 118 t would be %+v, at the bounds %+v", price.AtUsual, price.AtBounds)
		}
		if !price.Objects() || price.Author != "火红村" || price.ClaimedAt != huohong || price.Explanation != nil {
			t.Errorf("price: objects %t, by %q at %s, explained %+v", price.Objects(), price.Author, price.ClaimedAt, price.Explanation)
		}
		gain := w.verdict(huohong, "manure.yield_gain_share")
		if gain.Status != guard.Outside || !near(t, gain.Value, 12500, 700) || !near(t, gain.ValueTo, 25, 1) || gain.Unit != "percent" || !gain.Objects() {
			t.Errorf("gain: got %s %s–%s %s", gain.Status, gain.Value, gain.ValueTo, gain.Unit)
		}
		reward := w.verdict(huohong, "manure.reward_per_household")
		if reward.Status != guard.Within || !near(t, reward.Value, 9000, 112) || reward.Unit != "yuan" || reward.Objects() || reward.Claimed() {
			t.Errorf("reward: got %s %s %s", reward.Status, reward.Value, reward.Unit)
		}
	})
}

// TestBothReadingsOfScope: a claim is judged where it was made, and read as one about the town; whoever asks about the town
// hears it too, and whoever asks about a village hears what the town claims.
func TestBothReadingsOfScope(t *testing.T) {
	each(t, func(w *world) {
		w.publish()
		for _, place := range []record.UnitCode{huohong, town} {
			v := w.verdict(place, "manure.price_of_saving")
			if v.Place != huohong || v.ClaimedAt != huohong || len(v.Otherwise) != 1 || v.Otherwise[0].Place != town {
				t.Fatalf("asked at %s: judged at %s of a claim at %s, otherwise %+v", place, v.Place, v.ClaimedAt, v.Otherwise)
			}
			if v.Value != v.Otherwise[0].Value || v.Otherwise[0].Status != guard.Outside {
				t.Errorf("asked at %s: %s for the village, %s for the town; both sides are claimed", place, v.Value, v.Otherwise[0].Value)
			}
		}
		if v := w.verdict(jianguo, "manure.price_of_saving"); v.Status != guard.Unknown || v.Place != jianguo || v.Claimed() || v.Objects() {
			t.Errorf("the next village, which claims nothing: got %+v", v)
		}
		w.claim("claim-town", town, "manure.cost_saved", "200000", "yuan", "镇农业站")
		var got []string
		for _, v := range w.verdicts(jianguo, "manure.cost_saved") {
			got = append(got, fmt.Sprint(v.Guard.Name, v.Place, v.ClaimedAt, v.Status, v.Author, len(v.Otherwise), v.Otherwise[0].Place))
		}
		if want := []string{fmt.Sprint("manure.price_of_saving", town, town, guard.Unknown, "镇农业站", 1, jianguo)}; !slices.Equal(got, want) {
			t.Errorf("a claim of the town, asked at a village:\n got %v\nwant %v", got, want)
		}
		got = nil
		for _, v := range w.verdicts(town, "manure.cost_saved") {
			got = append(got, fmt.Sprint(v.Place, v.Status))
		}
		if want := []string{fmt.Sprint(town, guard.Unknown), fmt.Sprint(huohong, guard.Outside)}; !slices.Equal(got, want) {
			t.Errorf("claims of the town and of a village, asked at the town: got %v, want %v", got, want)
		}
	})
}

// TestScopeChangesTheVerdict: of a claim that is divided by what is counted, the two readings differ. The guard is a
// county's own: the cost saved for each household guided.
func TestScopeChangesTheVerdict(t *testing.T) {
	each(t, func(w *world) {
		w.words = households(t)
		w.publish()
		v := w.verdict(town, "test.saved_per_household")
		if v.Status != guard.Outside || !near(t, v.Value, 1_560_000, 112) {
			t.Errorf("the village's households: got %s %s, want outside 1,560,000/112", v.Status, v.Value)
		}
		other := v.Otherwise[0]
		if other.Status != guard.Within || !near(t, other.Value, 1_560_000, 172) || other.Place != town {
			t.Errorf("the town's households: got %s %s at %s, want within 1,560,000/172", other.Status, other.Value, other.Place)
		}
		if !v.Objects() {
			t.Error("a reading in which it would be plausible lifts the objection")
		}
	})
}

func TestGuardsOfWhatIsCounted(t *testing.T) {
	each(t, func(w *world) {
		w.say(townBook, "clean.sweep", 20250401, huohong, record.Values{"people": record.Int(783)})
		w.say(townBook, "waste.load", 20250402, huohong, record.Values{"category": record.Text("domestic"), "mass": record.Int(1_000_000)})
		w.say(townBook, "waste.load", 20250403, huohong, record.Values{"category": record.Text("domestic"), "mass": record.Int(2_000_000)})
		w.say(townBook, "river.operation", 20250404, town, record.Values{"name": record.Text("春季")})
		w.say(townBook, "river.clearing", 20250404, huohong, record.Values{"river": record.Text("river/yidan"), "length": record.Int(81_000_000)})
		if v := w.verdict(town, "clean.people_within_residents"); v.Status != guard.Unknown || v.Reason.Code != "guard.unknown.missing" {
			t.Errorf("no residents yet: got %s %+v", v.Status, v.Reason)
		}
		w.say(townBook, "register.residents", 20250101, huohong, record.Values{"object": record.Text("residents-huohong"), "people": record.Int(700), "source": record.Text("试")})
		if v := w.verdict(town, "clean.people_within_residents"); v.Status != guard.Outside || v.Value != "783" || v.Max != "700" || !v.Objects() {
			t.Errorf("783 of 700: got %s %s of %s", v.Status, v.Value, v.Max)
		}
		w.say(townBook, "register.residents", 20250101, jianguo, record.Values{"object": record.Text("residents-jianguo"), "people": record.Int(83), "source": record.Text("试")})
		if v := w.verdict(town, "clean.people_within_residents"); v.Status != guard.Within || v.Max != "783" {
			t.Errorf("783 of 783: got %s %s of %s", v.Status, v.Value, v.Max)
		}
		if v := w.verdict(town, "clean.domestic_waste_per_load"); v.Status != guard.Within || v.Value != "1500" || v.Unit != "kg" {
			t.Errorf("two loads of 3 t: got %s %s %s", v.Status, v.Value, v.Unit)
		}
		if v := w.verdict(town, "river.cleared_per_operation"); v.Status != guard.Outside || v.Value != "81" || v.Max != "80" || v.Unit != "km" {
			t.Errorf("81 km in one operation on 80 km of rivers: got %s %s of %s %s", v.Status, v.Value, v.Max, v.Unit)
		}
	})
}

func TestVerdictsOfOneFigureOnly(t *testing.T) {
	each(t, func(w *world) {
		w.publish()
		var names []string
		for _, v := range w.verdicts(huohong, "manure.households_guided") {
			if !v.Concerns("manure.households_guided") {
				t.Errorf("%s does not read it", v.Guard.Name)
			}
			names = append(names, v.Guard.Name)
		}
		if want := []string{"manure.guided_within_registered", "manure.reward_per_household"}; !slices.Equal(names, want) {
			t.Errorf("got %v, want %v", names, want)
		}
	})
}
