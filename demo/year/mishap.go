package year

import (
	"encoding/json"
	"maps"
	"slices"

	"qingshan/record"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// send delivers an act the way it goes in life: some come late, some twice, some are wrong at first and corrected, and now
// and then something is sent that never happened and is taken back.
func (g *generator) send(d dice, s stream, a Act) {
	m := g.q.Mishaps
	if d.permille(m.Late) && !s.Imported && !a.Held {
		a.Deliver = g.q.delivery(a.Day, 1+d.IntN(m.LateDays))
	}
	switch {
	case a.Held:
		g.acts = append(g.acts, a)
		g.confirm(d, s, a)
		return
	case len(s.Amounts) > 0 && d.permille(m.Corrected):
		g.corrected(d, s, a)
	default:
		g.acts = append(g.acts, a)
	}
	if d.permille(m.Extra) {
		g.mistaken(d, a)
	}
	if d.permille(m.Again) {
		again := g.acts[len(g.acts)-1]
		again.Want, again.Deliver = Duplicate, g.q.delivery(again.Deliver, d.IntN(3))
		g.acts = append(g.acts, again)
	}
}

// corrected sends a slip first and the act itself as its amendment.
func (g *generator) corrected(d dice, s stream, a Act) {
	wrong := a
	wrong.said.Values = maps.Clone(a.said.Values)
	wrong.Counts = []Count{{}} // counts for something until it is amended; nobody asks what
	put(wrong.said.Values, s.Amounts[:1], []Decimal{d.slip(s.Amounts[0], a.said.number(s.Amounts[0]))})
	right := a
	right.ID = d.id(a.Day)
	right.said.ID, right.said.Amends = right.ID.String(), a.ID.String()
	right.Deliver = g.q.delivery(a.Deliver, 1+d.IntN(g.q.Mishaps.SlipDays))
	g.acts = append(g.acts, wrong, right)
}

// number reads back what put wrote.
func (s said) number(a amount) Decimal {
	switch v := s.Values[a.Field].(type) {
	case int64:
		return Decimal(v) * millionths
	case map[string]any:
		n, err := ParseDecimal(v["amount"].(string))
		if err != nil {
			panic("year: an amount that was written cannot be read: " + err.Error()) // the two are inverse
		}
		return n
	default:
		return 0
	}
}

// slip gives a wrong amount of the kind that people type: a point in the wrong place, or a wrong digit.
func (d dice) slip(a amount, right Decimal) Decimal {
	if right > 0 && d.IntN(3) == 0 {
		return right * 10
	}
	return right + a.Step*Decimal(1+d.IntN(5))
}

// mistaken sends an act that did not happen a second time, and withdraws it.
func (g *generator) mistaken(d dice, a Act) {
	extra := a
	extra.ID = d.id(a.Day)
	extra.Root = extra.ID
	extra.said.ID = extra.ID.String()
	gone := extra
	gone.ID = d.id(a.Day)
	gone.said = said{ID: gone.ID.String(), Kind: a.said.Kind, Observed: a.said.Observed, About: a.said.About, By: a.said.By, Amends: extra.said.ID}
	gone.Counts = nil
	gone.Deliver = g.q.delivery(extra.Deliver, 1+d.IntN(g.q.Mishaps.SlipDays))
	g.acts = append(g.acts, extra, gone)
}

// confirm lets the operator, whose token sends everything, stand by a held act some days later: nobody signs for another.
func (g *generator) confirm(d dice, s stream, a Act) {
	days := 1
	for _, h := range s.Held {
		if record.Day(h.Day) == a.Day {
			days = h.ConfirmedDays
		}
	}
	day := g.q.delivery(a.Day, days)
	id := d.id(day)
	g.acts = append(g.acts, Act{Book: a.Book, Place: a.Place, Day: day, Deliver: day, ID: id, Root: id, Want: Stored, Confirm: a.ID, rank: rankActs,
		said: said{ID: id.String(), Kind: "record.confirmed", Observed: when(d, day, s.Hours), About: a.said.About, Values: values{"record": a.ID.String()}}})
}

// refused adds what the door must not take.
func (g *generator) refused() {
	d := newDice(g.seed, "refused")
	for _, b := range g.q.Bad {
		id := d.id(record.Day(b.Day))
		g.acts = append(g.acts, Act{Book: b.Book, Place: b.Place, Day: record.Day(b.Day), Deliver: record.Day(b.Day), ID: id, Root: id, Want: Invalid, Code: b.Code,
			rank: rankActs, said: said{ID: id.String(), Kind: b.Kind, Observed: record.Day(b.Day).String(), About: []string{"unit/" + string(b.Place)}, Values: b.Values}})
	}
}

// fates picks the loads that come from phones. Each is stored once, by one delivery, and what it counts for stays as planned.
func (g *generator) fates(acts []Act) {
	times := map[record.ID]int{}
	for _, a := range acts {
		times[a.ID]++
	}
	for _, f := range g.q.Devices {
		i := slices.IndexFunc(acts, func(a Act) bool {
			return a.Deliver >= record.Day(f.Day) && a.Fate == "" && a.said.Kind == "waste.load" && a.Book == record.Book(g.q.Town) && a.Want == Stored && !a.Held &&
				a.Root == a.ID && times[a.ID] == 1
		})
		if i >= 0 {
			acts[i].Fate, acts[i].Why = f.How, f.Why
		}
	}
}

// Spoilt gives the act's record as a phone sends it that has the unit wrong.
func (a Act) Spoilt() json.RawMessage {
	wrong := a.said
	wrong.Values = maps.Clone(a.said.Values)
	for name, v := range wrong.Values {
		if quantity, is := v.(map[string]any); is {
			quantity = maps.Clone(quantity)
			quantity["unit"] = "cart"
			wrong.Values[name] = quantity
		}
	}
	return wrong.body()
}
