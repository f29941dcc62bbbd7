package api

import (
	"net/http"
	"regexp"

	"qingshan/access"
	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/internal/httpx"
	"qingshan/record"
	"qingshan/register"
)

// registersAnswer is the body of GET /api/v1/registers/{kind}.
type registersAnswer struct {
	Kind    string      `json:"kind"`
	Book    record.Book `json:"book"`
	Day     string      `json:"day"`
	Objects []object    `json:"objects"`
	Next    string      `json:"next"` // "" on the last page
}

// object is one object as it was on the day. Values of persons are masked.
type object struct {
	ID     string          `json:"id"`
	Label  string          `json:"label"`
	Place  record.UnitCode `json:"place,omitempty"`
	From   string          `json:"from"`
	To     string          `json:"to,omitempty"`
	Book   record.Book     `json:"book"`
	Root   string          `json:"root"`
	Values map[string]any  `json:"values"`
}

var registerForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

func (d *door) objects(w http.ResponseWriter, r *http.Request) error {
	kind, err := d.registerKind(r.PathValue("kind"))
	if err != nil {
		return err
	}
	query, err := d.registerQuery(r, httpx.QueryOf(r))
	if err != nil {
		return err
	}
	if !access.ActorOf(r).Reads(query.Book) {
		return fault.New(fault.Forbidden, "book.not_readable", fault.Data{"book": string(query.Book)})
	}
	query.Kind = kind.Name
	page, next, err := d.Register.List(r.Context(), query)
	if err != nil {
		return err
	}
	objects, err := d.masked(r.Context(), kind.Kind, page)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, registersAnswer{Kind: kind.Name, Book: query.Book, Day: query.Day.String(), Objects: objects, Next: next})
}

func (d *door) registerKind(text string) (catalog.Register, error) {
	if !registerForm.MatchString(text) {
		return catalog.Register{}, refused("query.kind")
	}
	kind, known := d.Catalog().Register(text)
	if !known {
		return kind, fault.New(fault.NotFound, "register.unknown", fault.Data{"kind": text})
	}
	return kind, nil
}

// registerQuery reads which part of which book is asked for: a book, a place, or a place in the eyes of a book.
func (d *door) registerQuery(r *http.Request, params httpx.Query) (register.Query, error) {
	q := register.Query{After: params.Get("after")}
	var err error
	if _, err = record.ParseRef("object/" + q.After); q.After != "" && err != nil {
		return q, refused("page.after")
	}
	if q.Day, err = readDay(params, "day", d.today()); err != nil {
		return q, err
	}
	if q.Limit, err = readLimit(params); err != nil {
		return q, err
	}
	if params.Get("place") != "" {
		if q.Place, err = readPlace(params, "place"); err != nil {
			return q, err
		}
	}
	switch text := params.Get("book"); {
	case text != "":
		if q.Book, err = record.ParseBook(text); err != nil {
			return q, refused("query.book")
		}
		_, err = d.Ledger.Size(r.Context(), q.Book) // a book that is not there is no empty register
	case q.Place != "":
		q.Book, err = d.bookOf(r.Context(), q.Place)
	default:
		err = refused("query.place")
	}
	return q, err
}
