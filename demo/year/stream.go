package year

import (
	"fmt"
	"strings"

	"qingshan/record"
)

// draft is an act before mishaps befall it.
type draft struct {
	day    record.Day
	place  record.UnitCode
	parts  []Decimal // one for each amount of the stream
	facet  []Decimal // one for each amount of the facet; nil if the act has none
	choice map[string]string
	held   bool
}

// stream draws one habit of work: the acts up to the freeze, which come to the targets, and at the same rate those after it.
func (g *generator) stream(s stream) error {
	d := newDice(g.seed, s.Name)
	before, after := g.q.calendar(record.Day(s.From), record.Day(s.To), s.Season, s.Weekdays).split(record.Day(g.q.Freeze))
	n := s.Acts - len(s.Held)
	if n <= 0 || s.After != "" && len(g.made[s.After]) == 0 {
		return nil // a year scaled down to nothing
	}
	if before.total() == 0 && s.After == "" {
		return fmt.Errorf("no day up to the freeze is open")
	}
	drafts, err := g.drafts(d, s, g.days(d, s, before, n), s.firm())
	if err != nil {
		return err
	}
	if extra := (n*after.total() + before.total()/2) / before.total(); extra > 0 && s.After == "" {
		more, err := g.drafts(d, s, g.days(d, s, after, extra), s.rate(extra, n))
		if err != nil {
			return err
		}
		drafts = append(drafts, more...)
	}
	for _, dr := range append(drafts, s.heldDrafts()...) {
		g.act(d, s, dr)
	}
	return nil
}

// firm gives the stream with what the held acts contribute taken off its targets.
func (s stream) firm() stream {
	s.Amounts = append([]amount(nil), s.Amounts...)
	for _, h := range s.Held {
		for i := range h.Amounts {
			s.Amounts[i].Target -= h.Amounts[i]
		}
	}
	return s
}

// rate gives the stream with the targets of n acts cut to some of them.
func (s stream) rate(some, n int) stream {
	share := func(amounts []amount, acts, of int) []amount {
		cut := append([]amount(nil), amounts...)
		for i := range cut {
			a := &cut[i]
			steps := a.Target / a.Step * Decimal(acts) / Decimal(max(of, 1))
			a.Target = min(max(steps, Decimal(acts)*((a.Low+a.Step-1)/a.Step)), Decimal(acts)*(a.High/a.Step)) * a.Step
		}
		return cut
	}
	s.Amounts = share(s.Amounts, some, n)
	if s.Facet != nil {
		f := *s.Facet
		f.Acts = s.Facet.Acts * some / n
		f.Amounts = share(f.Amounts, f.Acts, s.Facet.Acts)
		s.Facet = &f
	}
	return s
}

func (g *generator) days(d dice, s stream, c calendar, n int) []record.Day {
	switch {
	case s.After != "":
		return nil // drafts takes them from the acts before
	case s.Monthly:
		return c.drawMonthly(d, n)
	default:
		return c.draw(d, n)
	}
}

// drafts draws place, amounts and objects for acts on the given days.
func (g *generator) drafts(d dice, s stream, days []record.Day, quota stream) ([]draft, error) {
	n := len(days)
	if s.After != "" {
		n = s.Acts
	}
	places, zeal, err := g.w.places(g.q, s.Places)
	if err != nil {
		return nil, err
	}
	drafts := make([]draft, n)
	for i := range drafts {
		drafts[i] = draft{place: places[d.index(zeal)], choice: map[string]string{}}
		if s.After == "" {
			drafts[i].day = days[i]
		} else {
			g.follow(d, s, &drafts[i])
		}
	}
	if err := fillParts(d, drafts, quota); err != nil {
		return nil, err
	}
	return drafts, g.meet(d, s, drafts)
}

// follow ties an act to one of the stream that it comes after.
func (g *generator) follow(d dice, s stream, dr *draft) {
	leads := g.made[s.After]
	lead := leads[d.IntN(len(leads))]
	dr.day = min(lead.Day.Add(d.IntN(s.AfterDays+1)), record.Day(g.q.Freeze))
	dr.choice[s.AfterField] = lead.ID.String()
}

// fillParts draws the amounts of the acts, and which of them carry the facet.
func fillParts(d dice, drafts []draft, quota stream) error {
	for _, a := range quota.Amounts {
		parts, err := d.parts(len(drafts), a)
		if err != nil {
			return err
		}
		for i := range drafts {
			drafts[i].parts = append(drafts[i].parts, parts[i])
		}
	}
	if quota.Facet == nil {
		return nil
	}
	chosen := d.Perm(len(drafts))[:min(quota.Facet.Acts, len(drafts))]
	for _, i := range chosen {
		drafts[i].facet = []Decimal{}
	}
	for _, a := range quota.Facet.Amounts {
		parts, err := d.parts(len(chosen), a)
		if err != nil {
			return err
		}
		for k, i := range chosen {
			drafts[i].facet = append(drafts[i].facet, parts[k])
		}
	}
	return nil
}

// meet chooses the objects that acts name. Where a quota says how many objects are met, each of them is met at least once.
func (g *generator) meet(d dice, s stream, drafts []draft) error {
	for _, field := range sorted(s.Refs) {
		register := s.Refs[field]
		objects := objectsMet(s, field)
		order := d.Perm(len(drafts))
		for k, i := range order {
			dr := &drafts[i]
			list := g.w.objects[register+"/"+string(dr.place)]
			switch {
			case len(list) == 0:
				return fmt.Errorf("no %s at %s", register, dr.place)
			case objects == 0:
				dr.choice[field] = list[d.IntN(len(list))]
			case k < objects:
				dr.choice[field] = list[k%len(list)]
			default:
				dr.choice[field] = list[d.IntN(min(objects, len(list)))]
			}
		}
	}
	return nil
}

func objectsMet(s stream, field string) int {
	for _, c := range s.Counts {
		if c.Distinct == field && c.Objects > 0 {
			return c.Objects
		}
	}
	return 0
}

func (s stream) heldDrafts() []draft {
	var drafts []draft
	for _, h := range s.Held {
		drafts = append(drafts, draft{day: record.Day(h.Day), place: h.Place, parts: h.Amounts, choice: map[string]string{}, held: true})
	}
	return drafts
}

// act turns a draft into the record that a client sends, with what it counts for.
func (g *generator) act(d dice, s stream, dr draft) {
	village := dr.place
	if grids := g.w.grids[village]; s.By == "grid_worker" && len(grids) > 0 && d.permille(g.q.InGrid) {
		dr.place = grids[d.IntN(len(grids))]
	}
	id := d.id(dr.day)
	a := Act{Book: s.Book, Place: dr.place, Day: dr.day, Deliver: g.q.delivery(dr.day, 0), ID: id, Root: id, Want: Stored, Held: dr.held, rank: rankActs}
	if s.Imported {
		a.Deliver, s.Hours = record.Day(g.q.Setup), [2]int{}
	}
	a.said = said{ID: id.String(), Kind: s.Kind, Observed: when(d, dr.day, s.Hours), About: []string{"unit/" + string(dr.place)},
		By: g.w.person(d, s.Book, s.By, village), Values: g.values(d, s, dr)}
	if s.Located {
		a.said.Where = g.w.position(d, dr.place)
	}
	a.Counts = append(counted(s.Counts, a.said.Values), weighed(s.Amounts, dr.parts)...)
	if dr.facet != nil {
		g.facet(d, s, dr, village, &a)
	}
	g.made[s.Name] = append(g.made[s.Name], a)
	g.send(d, s, a)
}

func (g *generator) values(d dice, s stream, dr draft) values {
	said := values{}
	for name, v := range s.Values {
		said[name] = v
	}
	for _, name := range sorted(s.Choices) {
		said[name] = d.word(s.Choices[name])
	}
	for name, v := range dr.choice {
		said[name] = v
	}
	if s.Driver {
		said["driver"] = name(d.IntN(1000))
	}
	put(said, s.Amounts, dr.parts)
	return said
}

func (g *generator) facet(d dice, s stream, dr draft, village record.UnitCode, a *Act) {
	f := s.Facet
	said := values{}
	for name, v := range f.Values {
		said[name] = v
	}
	for _, name := range sorted(f.Refs) {
		said[name] = g.w.pick(d, f.Refs[name], village)
	}
	put(said, f.Amounts, dr.facet)
	a.said.Facets = map[string]values{f.Kind: said}
	a.Counts = append(a.Counts, counted(f.Counts, said)...)
	a.Counts = append(a.Counts, weighed(f.Amounts, dr.facet)...)
}

// put writes amounts the way a client says them: a number with its unit, or a whole number of things.
func put(said values, amounts []amount, parts []Decimal) {
	for i, a := range amounts {
		if a.Unit == "" {
			said[a.Field] = int64(parts[i] / millionths)
			continue
		}
		said[a.Field] = map[string]any{"amount": parts[i].String(), "unit": a.Unit}
	}
}

func counted(counts []tallied, said values) []Count {
	var list []Count
	for _, c := range counts {
		one := Count{Figure: c.Figure, Amount: millionths}
		if c.Distinct != "" {
			one.Basis, one.Subject = Distinct, strings.TrimSpace(fmt.Sprint(said[c.Distinct]))
		}
		list = append(list, one)
	}
	return list
}

func weighed(amounts []amount, parts []Decimal) []Count {
	var list []Count
	for i, a := range amounts {
		if a.Figure != "" {
			list = append(list, Count{Figure: a.Figure, Amount: parts[i]})
		}
	}
	return list
}
