package api

import (
	"net/http"

	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/internal/httpx"
	"qingshan/record"
)

// verdictsAnswer is the body of /api/v1/verdicts.
type verdictsAnswer struct {
	Place     record.UnitCode       `json:"place"`
	PlaceName string                `json:"place_name"`
	Period    string                `json:"period"`
	AsOf      string                `json:"as_of,omitempty"`
	Catalog   string                `json:"catalog"`
	StandsOn  map[record.Book]int64 `json:"stands_on"`
	Behind    int64                 `json:"behind,omitempty"`
	Verdicts  []guard.Shown         `json:"verdicts"`
}

func (d *door) verdicts(w http.ResponseWriter, r *http.Request) error {
	q := httpx.QueryOf(r)
	query, err := readFigureQuery(q)
	if err != nil {
		return err
	}
	if err := d.await(r.Context(), q); err != nil {
		return err
	}
	if _, err := d.behindBy(r.Context(), query.Place); err != nil {
		return err
	}
	name, err := d.nameOf(r.Context(), query)
	if err != nil {
		return err
	}
	words := d.Catalog()
	verdicts, err := d.Court.Verdicts(r.Context(), words, query)
	if err != nil {
		return err
	}
	answer := verdictsAnswer{Place: query.Place, PlaceName: name, Period: query.Period.String(), Catalog: words.Hash().String(),
		StandsOn: map[record.Book]int64{}, Verdicts: make([]guard.Shown, len(verdicts))}
	if query.AsOf != 0 {
		answer.AsOf = query.AsOf.String()
	}
	for i, v := range verdicts {
		answer.Verdicts[i] = v.Show(d.words(r))
		answer.StandsOn = v.StandsOn
	}
	if answer.Behind, err = indicator.Behind(r.Context(), d.Ledger, query.Place, answer.StandsOn); err != nil {
		return err
	}
	stands := figuresAnswer{Catalog: answer.Catalog, StandsOn: answer.StandsOn, Behind: answer.Behind}
	if httpx.Unchanged(w, r, d.stateToday(r, stands)) {
		return nil
	}
	return httpx.WriteJSON(w, answer)
}

// words gives the language of a request to whoever words something for it.
func (d *door) words(r *http.Request) guard.Words {
	language := httpx.Language(r)
	return guard.Words{Chinese: inWords(language, "zh", "en") == "zh", Say: func(code string, data map[string]string) string {
		return d.Sentences.Say(language, code, data)
	}}
}
