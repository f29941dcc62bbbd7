package guard

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/ledger"
	"qingshan/record"
	"qingshan/register"
)

// The registers that a court reads.
const (
	claimKind       = "claim"
	explanationKind = "explanation"
)

// Options says where a court reads.
type Options struct {
	Board    *indicator.Board
	Register *register.Register
	Ledger   *ledger.Ledger
	Clock    func() time.Time // default: the machine's. It tells which day it is, so what has expired
}

// Court hears figures, claims and explanations, and gives verdicts. It is safe for concurrent use.
type Court struct {
	Options
	zone *time.Location
}

// NewCourt makes a court.
func NewCourt(o Options) *Court {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Court{Options: o, zone: record.Zone()}
}

// Verdicts judges a place over a period by every guard, or by those that read one of the figures that the query names, in
// order of the guards' names. Besides the claims about the place itself those about the other reading of its scope are
// judged: of a town the claims of its villages, of a village those of its town.
func (c *Court) Verdicts(ctx context.Context, words *catalog.Catalog, q indicator.Query) ([]Verdict, error) {
	for _, code := range q.Codes {
		if _, known := words.Figure(code); !known {
			return nil, fault.New(fault.NotFound, "figure.unknown", fault.Data{"code": code})
		}
	}
	h := &hearing{court: c, words: words, query: q, guards: chosen(words, q.Codes), read: map[record.UnitCode]map[string]Figure{}}
	if err := h.begin(ctx); err != nil {
		return nil, fmt.Errorf("judge %s: %w", q.Place, err)
	}
	var verdicts []Verdict
	for _, g := range h.guards {
		for _, place := range h.places(g) {
			v, err := h.verdict(ctx, g, place)
			if err != nil {
				return nil, fmt.Errorf("judge %s by %s: %w", q.Place, g.Name, err)
			}
			verdicts = append(verdicts, v)
		}
	}
	return verdicts, nil
}

// chosen lists the guards that read one of the figures; no codes mean all guards.
func chosen(words *catalog.Catalog, codes []string) []catalog.Guard {
	if len(codes) == 0 {
		return words.Guards()
	}
	return slices.DeleteFunc(slices.Clone(words.Guards()), func(g catalog.Guard) bool {
		return !slices.ContainsFunc(g.Figures(), func(code string) bool { return slices.Contains(codes, code) })
	})
}

// hearing is one answer in the making.
type hearing struct {
	court     *Court
	words     *catalog.Catalog
	query     indicator.Query
	guards    []catalog.Guard
	standsOn  map[record.Book]int64
	elsewhere map[record.UnitCode]map[string]bool   // claims of the other scope: place → figures
	read      map[record.UnitCode]map[string]Figure // what was read, by place
	signed    map[record.UnitCode][]signature       // explanations that were looked up, by place
}

func (h *hearing) begin(ctx context.Context) error {
	h.signed = map[record.UnitCode][]signature{}
	own, err := h.figures(ctx, h.query.Place)
	if err != nil {
		return err
	}
	for _, f := range own {
		h.standsOn = f.StandsOn
	}
	h.elsewhere, err = h.claims(ctx)
	return err
}

// figures reads all figures that the guards want, once for each place.
func (h *hearing) figures(ctx context.Context, place record.UnitCode) (map[string]Figure, error) {
	if found, done := h.read[place]; done || len(h.guards) == 0 {
		return found, nil
	}
	q := h.query
	q.Place, q.Codes = place, nil
	for _, g := range h.guards {
		q.Codes = append(q.Codes, g.Figures()...)
	}
	slices.Sort(q.Codes)
	q.Codes = slices.Compact(q.Codes)
	readings, err := h.court.Board.Read(ctx, h.words, q)
	if err != nil {
		return nil, err
	}
	found := make(map[string]Figure, len(readings))
	for _, r := range readings {
		found[r.Figure.Code] = Figure{Reading: r, Place: place}
	}
	h.read[place] = found
	return found, nil
}

// scope gives the town within which claims may mean the one or the other, or "" above towns.
func (h *hearing) scope() record.UnitCode {
	switch h.query.Place.Level() {
	case record.Town:
		return h.query.Place
	case record.Village:
		return h.query.Place.Up()
	default:
		return ""
	}
}

// claims finds what is claimed about the same period at the other reading of the scope.
func (h *hearing) claims(ctx context.Context) (map[record.UnitCode]map[string]bool, error) {
	found := map[record.UnitCode]map[string]bool{}
	if h.scope() == "" || !slices.ContainsFunc(h.guards, h.claimed) {
		return found, nil
	}
	for _, book := range slices.Sorted(maps.Keys(h.standsOn)) {
		size := h.standsOn[book]
		if size == 0 {
			continue
		}
		objects, err := h.court.Register.All(ctx, register.Query{Book: book, Kind: claimKind, Place: h.scope(), Day: h.query.Known(), Size: size})
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			if o.Book == book && h.other(o.Place) && h.same(o.Values["period"].Text) {
				if found[o.Place] == nil {
					found[o.Place] = map[string]bool{}
				}
				found[o.Place][o.Values["figure"].Text] = true
			}
		}
	}
	return found, nil
}

// other tells whether a place is the other reading of the scope that is asked about.
func (h *hearing) other(place record.UnitCode) bool {
	if place == "" || place == h.query.Place {
		return false
	}
	return place == h.query.Place.Up() || place.Level() == record.Village && place.Up() == h.query.Place
}

func (h *hearing) same(period string) bool {
	said, err := record.ParsePeriod(period)
	return err == nil && said == h.query.Period
}

// claimed tells whether a guard reads a claim.
func (h *hearing) claimed(g catalog.Guard) bool {
	return slices.ContainsFunc(g.Figures(), func(code string) bool {
		f, _ := h.words.Figure(code)
		return f.Status == catalog.Claimed
	})
}

// places lists where a guard is judged: where something that it reads is claimed, else at the place that is asked about.
func (h *hearing) places(g catalog.Guard) []record.UnitCode {
	var places []record.UnitCode
	if h.claimed(g) {
		for _, place := range slices.Sorted(maps.Keys(h.elsewhere)) {
			if slices.ContainsFunc(g.Figures(), func(code string) bool { return h.elsewhere[place][code] }) {
				places = append(places, place)
			}
		}
	}
	if len(places) == 0 || h.saysAnything(g, h.query.Place) {
		places = slices.Insert(places, 0, h.query.Place)
	}
	return places
}

// saysAnything tells whether one of the guard's claims was made at a place.
func (h *hearing) saysAnything(g catalog.Guard, place record.UnitCode) bool {
	return slices.ContainsFunc(g.Figures(), func(code string) bool {
		f := h.read[place][code]
		return f.Claims() && f.Records > 0
	})
}

// verdict judges at one place and, of claims, at the other reading of their scope.
func (h *hearing) verdict(ctx context.Context, g catalog.Guard, place record.UnitCode) (Verdict, error) {
	figures, err := h.figures(ctx, place)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Guard: g, Period: h.query.Period, AsOf: h.query.AsOf, StandsOn: h.standsOn, Judgement: Judge(h.words, g, place, figures)}
	if h.saysAnything(g, place) {
		v.ClaimedAt, v.Author = place, authors(v.Figures)
		if v.Otherwise, err = h.otherwise(ctx, g, place, figures); err != nil {
			return v, err
		}
	}
	if v.Status != Outside {
		return v, nil
	}
	signatures, err := h.signatures(ctx, place)
	v.Explanation = explain(g, v.Judgement, v.Period, h.today(), signatures)
	return v, err
}

func (h *hearing) today() record.Day { return record.DayAt(h.court.Clock(), h.court.zone) }

// authors names who claims what is judged, each once.
func authors(figures []Figure) string {
	var names []string
	for _, f := range figures {
		if f.Author != "" && !slices.Contains(names, f.Author) {
			names = append(names, f.Author)
		}
	}
	return strings.Join(names, "; ")
}

// otherwise judges the same claims with what is counted at the other reading of their scope.
func (h *hearing) otherwise(ctx context.Context, g catalog.Guard, place record.UnitCode, claimed map[string]Figure) ([]Judgement, error) {
	other := h.query.Place
	if place == other {
		if place.Level() != record.Village {
			return nil, nil
		}
		other = place.Up()
	}
	counted, err := h.figures(ctx, other)
	if err != nil {
		return nil, err
	}
	mixed := maps.Clone(counted)
	for code, f := range claimed {
		if f.Claims() && f.Records > 0 {
			mixed[code] = f
		}
	}
	return []Judgement{Judge(h.words, g, other, mixed)}, nil
}

// signatures reads every explanation about a place, in whatever book it stands, once for each place.
func (h *hearing) signatures(ctx context.Context, place record.UnitCode) ([]signature, error) {
	if found, done := h.signed[place]; done {
		return found, nil
	}
	var found []signature
	for _, book := range slices.Sorted(maps.Keys(h.standsOn)) {
		objects, err := h.court.Register.Ever(ctx, register.Query{Book: book, Kind: explanationKind, Place: place})
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			if o.Place != place {
				continue
			}
			s, err := h.court.signature(ctx, o)
			if err != nil {
				return nil, err
			}
			found = append(found, s)
		}
	}
	h.signed[place] = found
	return found, nil
}

// signature puts an explanation together with its entry and the signer's posts.
func (c *Court) signature(ctx context.Context, o register.Object) (signature, error) {
	e, err := c.Ledger.ByID(ctx, o.Book, o.Record)
	if err != nil {
		return signature{}, err
	}
	said := func(field string) string { return o.Values[field].Text }
	s := signature{guard: said("guard"), period: said("period"), sender: e.Envelope.Sender, stands: o.SeqTo == register.Latest, ends: o.To,
		Explanation: Explanation{ID: o.ID, Value: said("value"), Text: said("text"), By: e.Record.By, Day: e.Envelope.Day,
			Place: o.Place, Book: o.Book, Seq: e.Seq}}
	if until, err := record.ParseDay(said("until")); err == nil {
		s.Until = until
	}
	if s.signing, err = c.Register.PostsKnown(ctx, o.Book, s.By, s.Day, e.Seq); err != nil {
		return s, err
	}
	arrived := record.DayAt(e.Envelope.Received, c.zone)
	s.arrival, err = c.Register.PostsKnown(ctx, o.Book, s.By, arrived, e.Seq)
	return s, err
}
