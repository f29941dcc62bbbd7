package gazette_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"qingshan/access"
	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/gazette"
	"qingshan/publication"
	"qingshan/record"
)

// changes gives what is pending as "kind before→after".
func changes(since gazette.Since) []string {
	var list []string
	for _, c := range since.Changes {
		side := func(amount *int64) string {
			if amount == nil {
				return "nothing"
			}
			return fmt.Sprint(*amount / 1_000_000)
		}
		list = append(list, fmt.Sprintf("%s %s→%s", c.Kind, side(c.Before), side(c.After)))
	}
	return list
}

// TestYearGoesOnAfterTheFreeze: a figure is frozen on the tenth of December; the year goes on, one old record is amended and
// one withdrawn. What was published stays; what came since is listed, record by record; a revision says why, and each of the
// two leads to the other.
func TestYearGoesOnAfterTheFreeze(t *testing.T) {
	each(t, func(w *world) {
		w.load(20250402, "domestic", 2)
		amended, withdrawn := w.load(20250403, "domestic", 3), w.load(20250404, "domestic", 4)
		w.follow()
		first := w.freeze("clean.domestic_waste", town, "9")
		if first.Records != 3 || first.TreeDay != 20251210 || len(first.StandsOn) != 2 {
			t.Errorf("frozen: %d records, units of %s, on %v", first.Records, first.TreeDay, first.StandsOn)
		}
		w.on(20251231)
		w.load(20251220, "domestic", 7) // after the day up to which it was asked for
		w.load(20251209, "domestic", 5) // came late
		w.amend(amended, "waste.load", 20250403, waste("domestic", 6))
		w.amend(withdrawn, "waste.load", 20250404, nil)
		w.follow()
		since, err := w.gazette.Pending(t.Context(), first.Code)
		w.must(err)
		if since.Value != "9" || *since.Live.Value != "13" || since.Redefined || since.Behind != 0 {
			t.Errorf("frozen %s, live %s", since.Value, *since.Live.Value)
		}
		want := []string{"waste.load nothing→5", "waste.load 3→6", "waste.load 4→nothing"}
		if got := changes(since); !slices.Equal(got, want) {
			t.Errorf("pending: got %v, want %v", got, want)
		}
		ask := gazette.Ask{External: "second"}
		_, _, err = w.gazette.Revise(t.Context(), secretary(), first.Code, ask)
		w.refuse(err, "publication.no_reason")
		ask.Reason = "一车迟报，一车更正，一车撤回"
		second, fresh, err := w.gazette.Revise(t.Context(), secretary(), first.Code, ask)
		w.must(err)
		if !fresh || second.Value != "13" || second.Number != 2 || second.Reason != ask.Reason || second.Revises != first.Code || second.By != "p-secretary" {
			t.Errorf("revision: %+v", second.Publication)
		}
		if again, fresh, err := w.gazette.Revise(t.Context(), secretary(), first.Code, ask); err != nil || fresh || again.Code != second.Code {
			t.Errorf("the same revision again: %s, fresh %t, %v", again.Code, fresh, err)
		}
		w.follow()
		w.bothVisible(first, second)
		if since, err = w.gazette.Pending(t.Context(), second.Code); err != nil || len(since.Changes) != 0 {
			t.Errorf("pending on the revision: %v, %v", changes(since), err)
		}
		list, err := w.gazette.Published(t.Context(), publication.Filter{Place: town})
		w.must(err)
		if len(list.Items) != 2 || list.Items[0].Figure.Code != second.Code || list.Items[1].Figure.Code != first.Code {
			t.Errorf("listed: %+v", list.Items)
		}
	})
}

// bothVisible holds that the first says what it said, and that each of the two shows the other.
func (w *world) bothVisible(first, second gazette.Shown) {
	w.t.Helper()
	old, now := w.resolve(first.Code), w.resolve(second.Code)
	if old.Value != first.Value || old.Definition != first.Definition || old.SupersededBy() != second.Code {
		w.t.Errorf("the first now says %s, superseded by %s", old.Value, old.SupersededBy())
	}
	if now.Value != second.Value || now.Revises != first.Code || !now.SupersededBy().Zero() || len(now.Chain) != 2 || now.Chain[0].Code != first.Code {
		w.t.Errorf("the revision: %+v", now)
	}
}

// TestLaggingFollowerBlocks: entries that nobody has counted yet hold a publication and a revision up, whichever of the
// concerned books they stand in, and nothing is signed until they are counted.
func TestLaggingFollowerBlocks(t *testing.T) {
	each(t, func(w *world) {
		w.load(20250402, "domestic", 2)
		for _, book := range []record.Book{townBook, countyBook} {
			_, err := w.publish("clean.domestic_waste", town)
			w.refuse(err, "publication.behind")
			if f := fault.Of(err); f.Kind != fault.Unavailable || f.Data["book"] != string(book) || f.Data["behind"] != "1" {
				t.Errorf("%s lags: %+v", book, f)
			}
			w.follow()
			if book == townBook {
				w.say(countyBook, "register.unit", 20250630, jianguo, record.Values{"object": record.Text(string(jianguo)), "name": record.Text("建国村"), "class": record.Text("village")})
			}
		}
		first := w.freeze("clean.domestic_waste", town, "2")
		w.load(20250403, "domestic", 3)
		ask := gazette.Ask{External: "second", Reason: "补报"}
		_, _, err := w.gazette.Revise(t.Context(), secretary(), first.Code, ask)
		w.refuse(err, "publication.behind")
		if chain := w.resolve(first.Code).Chain; len(chain) != 1 {
			t.Errorf("%d were signed while a follower lagged", len(chain))
		}
		w.follow()
		second, _, err := w.gazette.Revise(t.Context(), secretary(), first.Code, ask)
		if err != nil || second.Value != "5" {
			t.Errorf("caught up: %s, %v", second.Value, err)
		}
	})
}

// TestTwoReviseAtOnce: one signs, the other is told what is there.
func TestTwoReviseAtOnce(t *testing.T) {
	each(t, func(w *world) {
		w.load(20250402, "domestic", 2)
		w.follow()
		first := w.freeze("clean.domestic_waste", town, "2")
		w.load(20250403, "domestic", 3)
		w.follow()
		var both sync.WaitGroup
		errs, fresh := make([]error, 2), make([]bool, 2)
		for i, who := range []access.Actor{secretary(), person("p-county", countyBook)} {
			both.Go(func() {
				_, fresh[i], errs[i] = w.gazette.Revise(t.Context(), who, first.Code, gazette.Ask{External: "mine", Reason: "补报"})
			})
		}
		both.Wait()
		won := slices.Index(fresh, true)
		if won < 0 || errs[won] != nil || fresh[1-won] {
			t.Fatalf("signed %v, %v", fresh, errs)
		}
		w.follow()
		w.refuse(errs[1-won], "publication.superseded")
		if chain := w.resolve(first.Code).Chain; len(chain) != 2 {
			t.Errorf("%d publications, want the first and one revision", len(chain))
		}
		if _, _, err := w.gazette.Publish(t.Context(), secretary(), w.asking("clean.domestic_waste", town), gazette.Ask{External: "other"}); fault.Of(err).Data["number"] != "2" {
			t.Errorf("published once more: %v, want to be told of number 2", err)
		} else {
			w.refuse(err, "publication.exists")
		}
	})
}

// TestCodesResolveForEver: with the views emptied, after they are made again, and under a catalog that means something else.
func TestCodesResolveForEver(t *testing.T) {
	each(t, func(w *world) {
		w.load(20250402, "domestic", 2)
		late := w.load(20250403, "farm", 3)
		w.follow()
		first := w.freeze("clean.waste_carted", town, "5")
		w.amend(late, "waste.load", 20250403, waste("farm", 4))
		w.follow()
		second, _, err := w.gazette.Revise(t.Context(), secretary(), first.Code, gazette.Ask{External: "second", Reason: "更正"})
		w.must(err)
		w.follow()
		filter := publication.Filter{Place: town}
		listed, err := w.gazette.Published(t.Context(), filter)
		w.must(err)
		before, err := w.gazette.Pending(t.Context(), first.Code)
		w.must(err)

		w.must(w.stores.Views.Reset(t.Context()))
		w.bothVisible(first, second)
		_, err = w.gazette.Prove(t.Context(), first.Code)
		w.refuse(err, "followers.behind")
		w.follow()
		w.bothVisible(first, second)
		again, err := w.gazette.Published(t.Context(), filter)
		if err != nil || len(again.Items) != 2 || len(listed.Items) != 2 || again.Items[0].Figure.Code != listed.Items[0].Figure.Code {
			t.Errorf("listed after a rebuild: %+v, %v", again, err)
		}
		if after, err := w.gazette.Pending(t.Context(), first.Code); err != nil || !slices.Equal(changes(after), changes(before)) || len(after.Changes) != 1 {
			t.Errorf("pending after a rebuild: %v, %v; before %v", changes(after), err, changes(before))
		}

		w.use(changed(t))
		w.bothVisible(first, second)
		since, err := w.gazette.Pending(t.Context(), first.Code)
		w.must(err)
		if !since.Redefined || since.Live.Value == nil || *since.Live.Value != "6" {
			t.Errorf("another meaning today: redefined %t, live %v by the words of the publication", since.Redefined, since.Live.Value)
		}
		w.proves(first)
		w.proves(second)
		third, _, err := w.gazette.Revise(t.Context(), secretary(), second.Code, gazette.Ask{External: "third", Reason: "口径调整"})
		if err != nil || third.Value != "2" || third.Definition == second.Definition {
			t.Errorf("revised by today's meaning: %s, %v", third.Value, err)
		}
	})
}

// proves reckons a publication again from the facts of its time.
func (w *world) proves(p gazette.Shown) {
	w.t.Helper()
	proof, err := w.gazette.Prove(w.t.Context(), p.Code)
	if err != nil || !proof.Holds() || proof.Value != p.Value || proof.Publication.Value != p.Value {
		w.t.Errorf("%s was published as %s by %d records, its facts give %s by %d: %v", p.Figure, p.Value, p.Records, proof.Value, proof.Records, err)
	}
}

// TestProve holds each kind of figure against the facts of its time, after every one of them has moved.
func TestProve(t *testing.T) {
	each(t, func(w *world) {
		var guided []record.ID
		for i := range 3 {
			id := fmt.Sprintf("h-102210%04x", i)
			w.say(townBook, "register.household", 20221231, huohong, record.Values{"object": record.Text(id), "class": record.Text("free_range")})
			guided = append(guided, w.say(townBook, "manure.guidance", 20250601, huohong, record.Values{"household": record.Text("household/" + id), "method": record.Text("compost")}))
		}
		w.load(20250402, "domestic", 2)
		farm := w.load(20250403, "farm", 3)
		patrol := record.Values{"river": record.Text("river/yidan")}
		for day := range 4 {
			w.say(townBook, "river.patrol", 20250501+record.Day(day), huohong, patrol)
		}
		found := w.say(townBook, "river.problem_found", 20250501, huohong, record.Values{"category": record.Text("dumping"), "source": record.Text("patrol")})
		w.say(townBook, "river.problem_closed", 20250502, huohong, record.Values{"problem": record.Text(found.String()), "result": record.Text("removed")})
		w.follow()
		frozen := []gazette.Shown{
			w.freeze("clean.domestic_waste", town, "2"),
			w.freeze("clean.waste_carted", town, "5"),
			w.freeze("river.network_length", town, "70"),
			w.freeze("manure.households_guided", huohong, "3"),
			w.freeze("river.problems_per_patrol", town, "0.25"),
		}
		w.on(20251231)
		w.load(20250402, "domestic", 1)
		w.amend(farm, "waste.load", 20250403, waste("farm", 9))
		w.amend(guided[1], "manure.guidance", 20250601, nil)
		w.say(townBook, "river.patrol", 20250601, huohong, patrol)
		w.say(countyBook, "register.river", 20251201, town, record.Values{"object": record.Text("yidan"), "name": record.Text("伊丹河"), "class": record.Text("main"), "length": record.Int(71_000_000)})
		w.adopt()
		w.follow()
		for i, live := range []string{"3", "12", "71", "2", "0.2"} {
			since, err := w.gazette.Pending(t.Context(), frozen[i].Code)
			w.must(err)
			if since.Live.Value == nil || *since.Live.Value != live || len(since.Changes) == 0 {
				t.Errorf("%s: live %v, want %s; pending %v", since.Figure, since.Live.Value, live, changes(since))
			}
			w.proves(frozen[i])
		}
	})
}

// TestGuardsAndPublishing: a claim that nothing can be held against is not published, one within its guard is; an objection
// blocks until the post that the catalog names has signed, and the publication names what was signed.
func TestGuardsAndPublishing(t *testing.T) {
	each(t, func(w *world) {
		w.follow()
		_, err := w.publish("manure.cost_saved", huohong)
		w.refuse(err, "publication.unexplained") // nobody claims anything
		w.claim("manure.cost_saved", "1560000", "yuan")
		w.follow()
		_, err = w.publish("manure.cost_saved", huohong)
		w.refuse(err, "publication.unexplained") // no guard can judge it alone
		w.claim("manure.fertiliser_saved", "118", "t")
		w.claim("manure.yield_gain", "60", "jin_per_mu")
		w.follow()
		w.freeze("manure.yield_gain", huohong, "60")
		w.follow()
		_, err = w.publish("manure.cost_saved", huohong)
		w.refuse(err, "publication.objection")
		if f := fault.Of(err); f.Data["guards"] != "manure.price_of_saving" {
			t.Errorf("the objection is of %q", f.Data["guards"])
		}
		w.explain("manure.price_of_saving", "13220")
		w.follow()
		_, err = w.publish("manure.cost_saved", huohong)
		w.refuse(err, "publication.objection") // signed for another value
		w.explain("manure.price_of_saving", "13220.338983")
		w.follow()
		if shown := w.freeze("manure.cost_saved", huohong, "1560000"); shown.Explanation == "" || shown.Status != catalog.Claimed || shown.Author != "火红村" {
			t.Errorf("explained by %q, %s of %q", shown.Explanation, shown.Status, shown.Author)
		}
	})
}

// TestWhoMaySign: the right, the book and that one is still there.
func TestWhoMaySign(t *testing.T) {
	each(t, func(w *world) {
		w.load(20250402, "domestic", 2)
		w.follow()
		reader := secretary()
		reader.Rights = slices.DeleteFunc(access.Rights(), func(r access.Right) bool { return r == access.PublishFigures })
		question := w.asking("clean.domestic_waste", town)
		for _, c := range []struct {
			who  access.Actor
			code string
		}{
			{access.Actor{}, "publication.not_yours"},
			{reader, "publication.not_yours"},
			{person("p-secretary", "220323001"), "publication.not_yours"},
			{person("p-nobody", townBook), "token.person_gone"},
		} {
			_, _, err := w.gazette.Publish(t.Context(), c.who, question, gazette.Ask{External: "mine"})
			w.refuse(err, c.code)
		}
		shown, _, err := w.gazette.Publish(t.Context(), person("p-county", countyBook), question, gazette.Ask{External: "of the county"})
		if err != nil || shown.By != "p-county" || shown.Code.Book != townBook {
			t.Errorf("by the county: %+v, %v", shown.Publication, err)
		}
		_, _, err = w.gazette.Revise(t.Context(), reader, shown.Code, gazette.Ask{External: "mine", Reason: "更正"})
		w.refuse(err, "publication.not_yours")
		county := w.asking("clean.domestic_waste", "220323")
		_, _, err = w.gazette.Publish(t.Context(), secretary(), county, gazette.Ask{External: "mine"})
		w.refuse(err, "publication.not_yours") // a town's person does not sign for the county
		late := question
		late.AsOf = 20251211
		_, _, err = w.gazette.Publish(t.Context(), secretary(), late, gazette.Ask{External: "tomorrow"})
		w.refuse(err, "publication.future")
		if chain := w.resolve(shown.Code).Chain; len(chain) != 1 {
			t.Errorf("%d publications, want the county's alone", len(chain))
		}
	})
}
