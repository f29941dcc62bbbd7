package portal

import (
	"context"
	"fmt"
	"net/http"

	"qingshan/access"
	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/internal/httpx"
	"qingshan/record"
)

// scope is the place and the days that a page is about, and the links that keep or change them.
type scope struct {
	query indicator.Query
	keep  params // language and view
}

// readScope reads place, period and as_of. Without a place it is the first county's, without a period the present year.
func (d *Door) readScope(r *http.Request) (scope, error) {
	var err error
	given := httpx.QueryOf(r)
	place, period := given.Get("place"), given.Get("period")
	if place == "" {
		if place, err = d.firstCounty(r.Context()); err != nil {
			return scope{}, err
		}
	}
	if period == "" {
		period = string(d.today().Year())
	}
	s := scope{keep: carried(r.URL.Query())}
	s.query, err = indicator.ParseQuery(place, period, given.Get("as_of"))
	return s, err
}

func (d *Door) firstCounty(ctx context.Context) (string, error) {
	books, err := d.Ledger.Books(ctx)
	if err != nil {
		return "", err
	}
	for _, book := range books {
		if access.IsCounty(book) {
			return string(book), nil
		}
	}
	return "", fault.New(fault.NotFound, "books.none", nil)
}

// at gives the parameters for a place and a period; a day up to which counts goes with its own period only.
func (s scope) at(place record.UnitCode, period record.Period) params {
	p := s.keep.with("place", string(place)).with("period", period.String())
	if s.query.AsOf != 0 && period == s.query.Period {
		p = p.with("as_of", s.query.AsOf.String())
	}
	return p
}

// link leads to the list of figures of a place and a period.
func (s scope) link(place record.UnitCode, period record.Period) string {
	return "/figures" + s.at(place, period).encode()
}

// figureLink leads to a figure of a place in the scope's period.
func (s scope) figureLink(code string, place record.UnitCode) string {
	return "/figures/" + code + s.at(place, s.query.Period).encode()
}

// choice is one thing to choose, by a link.
type choice struct {
	Label string
	Link  string
	Code  string
	Here  bool
}

// trail lists the units around a place from the county down, the place itself last.
func (d *Door) trail(ctx context.Context, s scope, name string) ([]choice, error) {
	var codes []record.UnitCode
	for _, code := range s.query.Place.Path() {
		codes = append([]record.UnitCode{code}, codes...)
	}
	book, err := indicator.BookOf(ctx, d.Ledger, s.query.Place)
	if err != nil {
		return nil, err
	}
	names, err := d.Register.Names(ctx, book, codes, d.today())
	if err != nil {
		return nil, err
	}
	names[s.query.Place] = name
	list := make([]choice, len(codes))
	for i, code := range codes {
		list[i] = choice{Label: nameOr(names[code], code), Link: s.link(code, s.query.Period), Code: string(code), Here: code == s.query.Place}
	}
	return list, nil
}

func nameOr(name string, code record.UnitCode) string {
	if name == "" {
		return string(code)
	}
	return name
}

// below lists the units directly below the place.
func (d *Door) below(ctx context.Context, s scope) ([]choice, error) {
	units, err := d.Reader.Below(ctx, s.query.Place, s.query)
	if err != nil {
		return nil, err
	}
	list := make([]choice, len(units))
	for i, u := range units {
		list[i] = choice{Label: u.Name, Link: s.link(u.Code, s.query.Period), Code: string(u.Code)}
	}
	return list, nil
}

// yearsShown is how many years are offered, the present one among them.
const yearsShown = 3

// years offers the last years, and the one that is shown if it is none of them.
func (d *Door) years(s scope) []choice {
	var list []choice
	now := int(d.today()) / 10000
	shown := int(s.query.Period.From) / 10000
	for year := now - yearsShown + 1; year <= now; year++ {
		list = append(list, s.period(fmt.Sprintf("%04d", year)))
	}
	switch {
	case shown < now-yearsShown+1:
		list = append([]choice{s.period(fmt.Sprintf("%04d", shown))}, list...)
	case shown > now:
		list = append(list, s.period(fmt.Sprintf("%04d", shown)))
	}
	return list
}

// months offers the months of the year in which the period begins.
func (s scope) months() []choice {
	list := make([]choice, 12)
	for i := range list {
		list[i] = s.period(fmt.Sprintf("%04d-%02d", int(s.query.Period.From)/10000, i+1))
	}
	return list
}

func (s scope) period(text string) choice {
	p, err := record.ParsePeriod(text)
	if err != nil {
		panic("portal: a year or month made from a day does not parse: " + err.Error())
	}
	return choice{Label: text, Link: s.link(s.query.Place, p), Code: text, Here: p == s.query.Period}
}
