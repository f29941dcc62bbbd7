package api

import (
	"net/http"

	"qingshan/access"
	"qingshan/internal/httpx"
	"qingshan/record"
	"qingshan/register"
)

// unitsAnswer is the body of GET /api/v1/units.
type unitsAnswer struct {
	Parent record.UnitCode `json:"parent,omitempty"`
	Day    string          `json:"day"`
	Units  []unit          `json:"units"`
}

type unit struct {
	Code  record.UnitCode `json:"code"`
	Name  string          `json:"name"`
	Class string          `json:"class"`
	Book  record.Book     `json:"book"`
	From  string          `json:"from"`
	To    string          `json:"to,omitempty"` // the first day on which it is no more
}

// units lists what lies directly below a unit or, without one, the counties of this installation.
func (d *door) units(w http.ResponseWriter, r *http.Request) error {
	params := httpx.QueryOf(r)
	on, err := readDay(params, "day", d.today())
	if err != nil {
		return err
	}
	a := unitsAnswer{Day: on.String(), Units: []unit{}}
	var found []register.Unit
	if params.Get("parent") != "" {
		if a.Parent, err = readPlace(params, "parent"); err != nil {
			return err
		}
		found, err = d.below(r, a.Parent, on)
	} else {
		found, err = d.counties(r, on)
	}
	if err != nil {
		return err
	}
	for _, u := range found {
		a.Units = append(a.Units, unit{Code: u.Code, Name: u.Name, Class: u.Class, Book: u.Book, From: u.From.String(), To: end(u.To)})
	}
	return httpx.WriteJSON(w, a)
}

func end(day record.Day) string {
	if day == register.Forever {
		return ""
	}
	return day.String()
}

func (d *door) below(r *http.Request, parent record.UnitCode, on record.Day) ([]register.Unit, error) {
	book, err := d.bookOf(r.Context(), parent)
	if err != nil {
		return nil, err
	}
	return d.Register.Units(r.Context(), book, parent, on)
}

func (d *door) counties(r *http.Request, on record.Day) ([]register.Unit, error) {
	books, err := d.Ledger.Books(r.Context())
	if err != nil {
		return nil, err
	}
	var found []register.Unit
	for _, book := range books {
		if !access.IsCounty(book) {
			continue
		}
		u, known, err := d.Register.Unit(r.Context(), book, record.UnitCode(book), on)
		if err != nil {
			return nil, err
		}
		if known {
			found = append(found, u)
		}
	}
	return found, nil
}
