package guard_test

import (
	"testing"
	"time"

	"qingshan/catalog"
	"qingshan/guard"
	"qingshan/record"
)

const judgedPrice = "13220.338983"

// sign has a person explain a value of the price guard about 火红村, today.
func (w *world) sign(id, person, value string, more record.Values) record.Receipt {
	w.t.Helper()
	return w.append(w.signature(id, person, value, more))
}

func (w *world) signature(id, person, value string, more record.Values) record.Submission {
	values := record.Values{"object": record.Text(id), "guard": record.Text("manure.price_of_saving"), "period": record.Text("2025"),
		"value": record.Text(value), "text": record.Text("含增产收入，已附测产表")}
	for name, v := range more {
		values[name] = v
	}
	sub := w.statement(townBook, "register.explanation", record.DayAt(w.now, record.Zone()), huohong, values)
	sub.Record.By, sub.Envelope.Sender = record.PersonRef(person), record.PersonRef(person)
	return sub
}

// explained gives the state of the explanation of the price, "" if there is none, and whether the guard objects.
func (w *world) explained() (guard.State, bool) {
	w.t.Helper()
	v := w.verdict(huohong, "manure.price_of_saving")
	if v.Status != guard.Outside {
		w.t.Fatalf("the price is %s", v.Status)
	}
	if v.Explanation == nil {
		return "", v.Objects()
	}
	return v.Explanation.State, v.Objects()
}

func (w *world) wants(when string, state guard.State) {
	w.t.Helper()
	got, objects := w.explained()
	if got != state || objects != (state != guard.Valid) {
		w.t.Errorf("%s: explained %q, objects %t; want %q", when, got, objects, state)
	}
}

func TestOnlyWhoMaySignsAway(t *testing.T) {
	each(t, func(w *world) {
		w.publish()
		w.wants("nobody has signed", "")
		w.sign("x-village", "p-village", judgedPrice, nil)
		w.wants("the village's own secretary, whom the guard does not name", guard.NoPost)
		behalf := w.signature("x-behalf", "p-secretary", judgedPrice, nil)
		behalf.Envelope.Sender = "p-clerk"
		w.append(behalf)
		w.wants("the town's secretary, by the clerk", guard.OnBehalf)
		w.sign("x-other", "p-secretary", "13220", nil)
		w.wants("for a rounded value", guard.OtherValue)
		w.sign("x-good", "p-secretary", judgedPrice+"000", nil)
		w.wants("by the town's secretary, for this value", guard.Valid)
		v := w.verdict(town, "manure.price_of_saving")
		if e := v.Explanation; e == nil || e.Role != "town_secretary" || e.By != "p-secretary" || e.Text != "含增产收入，已附测产表" || e.Day != 20251211 || e.Book != townBook || e.Seq == 0 {
			t.Errorf("asked at the town: got %+v", e)
		}
		w.claim("claim-cost", huohong, "manure.cost_saved", "1570000", "yuan", "火红村")
		w.wants("after the claim was changed", guard.OtherValue)
	})
}

func TestAnExplanationEnds(t *testing.T) {
	each(t, func(w *world) {
		w.publish()
		receipt := w.sign("x-until", "p-secretary", judgedPrice, record.Values{"until": record.Text("2025-12-31")})
		w.now = time.Date(2025, 12, 31, 15, 59, 0, 0, time.UTC)
		w.wants("on its last day", guard.Valid)
		w.now = w.now.Add(2 * time.Minute)
		w.wants("a minute after it", guard.Expired)
		w.now = time.Date(2025, 12, 20, 4, 0, 0, 0, time.UTC)
		w.wants("while it holds", guard.Valid)
		back := w.statement(townBook, "register.explanation", 20251220, huohong, nil)
		back.Record.Amends, back.Record.Values, back.Record.By, back.Envelope.Sender = receipt.ID, nil, "p-secretary", "p-secretary"
		w.append(back)
		w.wants("taken back", guard.Withdrawn)
		w.sign("x-ended", "p-secretary", judgedPrice, nil)
		w.wants("signed anew", guard.Valid)
		w.sign("x-ended", "p-secretary", judgedPrice, record.Values{"ends": record.Bool(true)})
		w.wants("ended on the day it was signed", guard.Withdrawn)
	})
}

// TestThePostOfTheDay: who held the post when they signed, by what the book knew then, signs; neither a post that ended
// before, nor one that was entered later, nor a date in the past helps.
func TestThePostOfTheDay(t *testing.T) {
	each(t, func(w *world) {
		w.publish()
		w.say(townBook, "register.person", 20221231, town, record.Values{"object": record.Text("p-next"), "duty": record.Text("cadre")})
		w.sign("x-early", "p-next", judgedPrice, nil)
		w.wants("before the appointment", guard.NoPost)
		w.post("p-next", "town_secretary", town, 20251201)
		w.wants("appointed afterwards, with effect from before", guard.NoPost)
		back := w.signature("x-back", "p-secretary", judgedPrice, nil)
		back.Record.Observed, back.Envelope.Day = record.OnDay(20251130), 20251130
		w.append(back)
		w.wants("the former secretary, dated back into the old office", guard.NoPost)
		w.sign("x-late", "p-next", judgedPrice, nil)
		w.wants("the new secretary", guard.Valid)
		w.now = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)
		w.post("p-secretary", "town_secretary", town, 20260201)
		w.wants("after the next change of office", guard.Valid)
	})
}

func TestAPostBelowOrBesideDoesNotSign(t *testing.T) {
	for name, c := range map[string]struct {
		place record.UnitCode
		want  guard.State
	}{"above": {town, guard.Valid}, "at the place": {huohong, guard.Valid}, "beside": {jianguo, guard.NoPost}} {
		each(t, func(w *world) {
			w.publish()
			w.say(townBook, "register.person", 20221231, town, record.Values{"object": record.Text("p-new"), "duty": record.Text("cadre")})
			w.say(townBook, "register.post", 20221231, c.place, record.Values{"object": record.Text("post-new"), "role": record.Text("town_secretary"), "holder": record.Text("person/p-new")})
			w.sign("x-new", "p-new", judgedPrice, nil)
			w.wants("a post "+name, c.want)
		})
	}
}

// TestOneExplanationForOneThing: it speaks of one guard, one place and one period.
func TestOneExplanationForOneThing(t *testing.T) {
	each(t, func(w *world) {
		w.publish()
		w.sign("x-guard", "p-secretary", judgedPrice, record.Values{"guard": record.Text("manure.yield_gain_share")})
		w.sign("x-period", "p-secretary", judgedPrice, record.Values{"period": record.Text("2024")})
		elsewhere := w.signature("x-place", "p-secretary", judgedPrice, nil)
		elsewhere.Record.About[0].ID, elsewhere.Envelope.Resolved.Place = string(jianguo), jianguo
		w.append(elsewhere)
		w.wants("about another guard, period and place", "")
		gain := w.verdict(huohong, "manure.yield_gain_share")
		if gain.Explanation == nil || gain.Explanation.State != guard.OtherValue {
			t.Errorf("the gain, explained for the price's value: got %+v", gain.Explanation)
		}
	})
}

func TestVerdictsAreShownInBothLanguages(t *testing.T) {
	each(t, func(w *world) {
		w.publish()
		w.sign("x-good", "p-secretary", judgedPrice, record.Values{"until": record.Text("2026-01-31")})
		v := w.verdict(huohong, "manure.price_of_saving")
		say := func(code string, _ map[string]string) string { return code }
		zh, en := v.Show(guard.Words{Chinese: true, Say: say}), v.Show(guard.Words{Say: say})
		if zh.Label != "每减一吨化肥节约的成本" || en.Label != "Cost saved for each tonne of fertiliser saved" || len(zh.Lines) != len(en.Lines) || zh.Objects {
			t.Errorf("got %q and %q, %d and %d lines, objects %t", zh.Label, en.Label, len(zh.Lines), len(en.Lines), zh.Objects)
		}
		if e := zh.Explanation; e == nil || e.State != "valid" || e.Until != "2026-01-31" || e.Role != "town_secretary" {
			t.Errorf("explanation: got %+v", e)
		}
		if zh.Figures[0].Label != "为农户节约成本" || zh.Figures[0].Status != string(catalog.Claimed) || len(zh.Otherwise) != 1 {
			t.Errorf("figures: got %+v", zh.Figures)
		}
	})
}
