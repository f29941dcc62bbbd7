package api

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"qingshan/catalog"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/internal/httpx"
	"qingshan/record"
	"qingshan/report"
)

// figuresAnswer is the body of /api/v1/figures.
type figuresAnswer struct {
	Place     record.UnitCode       `json:"place"`
	PlaceName string                `json:"place_name"`
	Period    string                `json:"period"`
	AsOf      string                `json:"as_of,omitempty"`
	Catalog   string                `json:"catalog"`
	StandsOn  map[record.Book]int64 `json:"stands_on"`
	Behind    int64                 `json:"behind,omitempty"` // entries of these books that are not counted yet
	Figures   []figure              `json:"figures"`
}

// figure is one reading. Value is an exact decimal in Unit, null where there is no comparable number.
type figure struct {
	Code    string         `json:"code"`
	Part    string         `json:"part"`
	Label   string         `json:"label"`
	Value   *string        `json:"value"`
	Unit    string         `json:"unit"`
	Basis   string         `json:"basis"`
	Status  catalog.Status `json:"status"`
	Records int64          `json:"records"`
	Author  string         `json:"author,omitempty"`
	Reason  string         `json:"reason,omitempty"`

	Target   *report.Target   `json:"target,omitempty"`    // these two only where they were asked for
	LastYear *report.LastYear `json:"last_year,omitempty"` // and exist
}

func (d *door) figures(w http.ResponseWriter, r *http.Request) error {
	q := httpx.QueryOf(r)
	query, err := readFigureQuery(q)
	if err != nil {
		return err
	}
	beside, err := readCompare(q)
	if err != nil {
		return err
	}
	if err := d.await(r.Context(), q); err != nil {
		return err
	}
	if beside {
		return d.compared(w, r, query)
	}
	if _, err := d.behindBy(r.Context(), query.Place); err != nil {
		return err
	}
	name, err := d.nameOf(r.Context(), query)
	if err != nil {
		return err
	}
	words := d.Catalog()
	readings, err := d.Board.Read(r.Context(), words, query)
	if err != nil {
		return err
	}
	answer := figuresAnswer{Place: query.Place, PlaceName: name, Period: query.Period.String(), Catalog: words.Hash().String(),
		StandsOn: map[record.Book]int64{}, Figures: make([]figure, len(readings))}
	if query.AsOf != 0 {
		answer.AsOf = query.AsOf.String()
	}
	for i, reading := range readings {
		answer.Figures[i] = show(reading, httpx.Language(r))
		answer.StandsOn = reading.StandsOn
	}
	if answer.Behind, err = indicator.Behind(r.Context(), d.Ledger, query.Place, answer.StandsOn); err != nil {
		return err
	}
	if httpx.Unchanged(w, r, state(r, answer)) {
		return nil
	}
	return httpx.WriteJSON(w, answer)
}

// compared answers with figures beside their plans and last year's. Of a period that is not over, last year's end on the day
// that today's was then: the day is a part of the state.
func (d *door) compared(w http.ResponseWriter, r *http.Request, query indicator.Query) error {
	s, err := d.Reader.Compare(r.Context(), query)
	if err != nil {
		return err
	}
	answer := figuresAnswer{Place: query.Place, PlaceName: s.PlaceName, Period: query.Period.String(), Catalog: s.Catalog.Hash().String(),
		StandsOn: s.StandsOn, Behind: s.Behind, Figures: make([]figure, len(s.Lines))}
	if query.AsOf != 0 {
		answer.AsOf = query.AsOf.String()
	}
	for i, line := range s.Lines {
		answer.Figures[i] = show(line.Reading, httpx.Language(r))
		answer.Figures[i].Target, answer.Figures[i].LastYear = line.Target, s.ShowLastYear(line)
	}
	if httpx.Unchanged(w, r, d.stateToday(r, answer)) {
		return nil
	}
	return httpx.WriteJSON(w, answer)
}

func show(r indicator.Reading, language string) figure {
	return figure{Code: r.Figure.Code, Part: r.Figure.Part, Label: inWords(language, r.Figure.ZH, r.Figure.EN), Value: r.Value, Unit: r.Unit,
		Basis: r.Basis, Status: r.Status, Records: r.Records, Author: r.Author, Reason: r.Reason}
}

func inWords(language, zh, en string) string {
	if strings.HasPrefix(language, "zh") {
		return zh
	}
	return en
}

// state names what an answer stands on: question, language, catalog, the sizes of the books and what is missing of them.
func state(r *http.Request, a figuresAnswer) string {
	var sizes []string
	for _, book := range slices.Sorted(maps.Keys(a.StandsOn)) {
		sizes = append(sizes, fmt.Sprintf("%s:%d", book, a.StandsOn[book]))
	}
	parts := []string{r.URL.RawQuery, httpx.Language(r), a.Catalog, strings.Join(sizes, " "), fmt.Sprint(a.Behind)}
	return digest.Of([]byte(strings.Join(parts, "\n"))).String()[:32]
}

// stateToday is [state] of an answer that another day may change.
func (d *door) stateToday(r *http.Request, a figuresAnswer) string {
	return digest.Of([]byte(state(r, a) + d.today().String())).String()[:32]
}

// nameOf gives the name of the place that is asked about, and refuses a place that no register knows.
func (d *door) nameOf(ctx context.Context, q indicator.Query) (string, error) {
	return indicator.PlaceName(ctx, d.Register, d.Ledger, q, d.today())
}

// behindBy tells how many entries about a place are not counted yet, and refuses to go on with too many. It comes before
// the place's name, because a register that is being built anew knows no names.
func (d *door) behindBy(ctx context.Context, place record.UnitCode) (int64, error) {
	standsOn, err := d.Board.StandsOn(ctx, place)
	if err != nil {
		return 0, err
	}
	return indicator.Behind(ctx, d.Ledger, place, standsOn)
}
