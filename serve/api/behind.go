package api

import (
	"net/http"
	"slices"

	"qingshan/access"
	"qingshan/catalog"
	"qingshan/indicator"
	"qingshan/internal/httpx"
	"qingshan/record"
)

// behindAnswer is the body of /api/v1/figures/{code}/records; Next continues the list as after=.
type behindAnswer struct {
	Code    string   `json:"code"`
	Records []behind `json:"records"`
	Next    string   `json:"next,omitempty"`
}

// behind is one record's share in a figure, in the unit of the figure, or of its part that counts the measure.
type behind struct {
	Book      record.Book     `json:"book"`
	Seq       int64           `json:"seq"`
	ID        string          `json:"id"`
	Kind      record.Kind     `json:"kind"`
	KindName  string          `json:"kind_name"`
	Day       string          `json:"day"`
	Place     record.UnitCode `json:"place"`
	PlaceName string          `json:"place_name"`
	Measure   string          `json:"measure"`
	Subject   string          `json:"subject"`          // what is counted; "rec/" and the id where it is the record itself
	Amount    string          `json:"amount,omitempty"` // left out for a claim
	Unit      string          `json:"unit,omitempty"`
}

func (d *door) behind(w http.ResponseWriter, r *http.Request) error {
	q := httpx.QueryOf(r)
	query, err := readFigureQuery(q)
	if err != nil {
		return err
	}
	limit, err := readLimit(q)
	if err != nil {
		return err
	}
	code, err := readCode(r.PathValue("code"))
	if err != nil {
		return err
	}
	if err := d.await(r.Context(), q); err != nil {
		return err
	}
	if _, err := d.behindBy(r.Context(), query.Place); err != nil {
		return err
	}
	if _, err := d.nameOf(r.Context(), query); err != nil {
		return err
	}
	words := d.Catalog()
	list, next, err := d.Board.Because(r.Context(), words, code, query, indicator.Page{After: q.Get("after"), Limit: limit})
	if err != nil {
		return err
	}
	answer := behindAnswer{Code: code, Next: next}
	if answer.Records, err = d.shares(r, words, code, list); err != nil {
		return err
	}
	return httpx.WriteJSON(w, answer)
}

// shares shows those facts that lie in books which the caller may read, with the words of kind and place.
func (d *door) shares(r *http.Request, words *catalog.Catalog, code string, list []indicator.Because) ([]behind, error) {
	actor, language := access.ActorOf(r), httpx.Language(r)
	byBook := map[record.Book][]indicator.Because{}
	out := []behind{}
	for _, b := range list {
		if actor.Reads(b.Book) {
			byBook[b.Book] = append(byBook[b.Book], b)
		}
	}
	kinds, names, err := d.lookUp(r, byBook)
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		if !actor.Reads(b.Book) {
			continue
		}
		kind, _ := words.Kind(kinds[b.Book][b.Seq])
		out = append(out, behind{Book: b.Book, Seq: b.Seq, ID: b.Root.String(), Kind: kinds[b.Book][b.Seq],
			KindName: inWords(language, kind.ZH, kind.EN), Day: b.Day.String(), Place: b.Place, PlaceName: names[b.Book][b.Place],
			Measure: string(b.Measure), Subject: b.Subject})
		if unit, counts := indicator.UnitOf(words, code, b.Measure); counts {
			out[len(out)-1].Amount, out[len(out)-1].Unit = unit.Format(b.Amount), unit.Word
		}
	}
	return out, nil
}

// lookUp finds for the facts of each book as what they were recorded, and what their places are called today.
func (d *door) lookUp(r *http.Request, byBook map[record.Book][]indicator.Because) (map[record.Book]map[int64]record.Kind, map[record.Book]map[record.UnitCode]string, error) {
	kinds, names := map[record.Book]map[int64]record.Kind{}, map[record.Book]map[record.UnitCode]string{}
	for book, list := range byBook {
		seqs, places := make([]int64, len(list)), make([]record.UnitCode, len(list))
		for i, b := range list {
			seqs[i], places[i] = b.Seq, b.Place
		}
		entries, err := d.Ledger.Several(r.Context(), book, seqs)
		if err != nil {
			return nil, nil, err
		}
		kinds[book] = map[int64]record.Kind{}
		for _, e := range entries {
			kinds[book][e.Seq] = e.Record.Kind
		}
		slices.Sort(places)
		if names[book], err = d.Register.Names(r.Context(), book, slices.Compact(places), d.today()); err != nil {
			return nil, nil, err
		}
	}
	return kinds, names, nil
}
