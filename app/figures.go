package app

import (
	"context"
	"math/big"

	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/record"
)

// Asked says in words which figures are wanted; empty Codes means all, empty AsOf all of the period.
type Asked struct {
	Place  string
	Period string
	AsOf   string
	Codes  []string
}

func (q Asked) query() (indicator.Query, error) {
	place, err := record.ParseUnitCode(q.Place)
	if err != nil {
		return indicator.Query{}, fault.Because(err, fault.Invalid, "query.place", nil)
	}
	period, err := record.ParsePeriod(q.Period)
	if err != nil {
		return indicator.Query{}, fault.Because(err, fault.Invalid, "query.period", nil)
	}
	out := indicator.Query{Codes: q.Codes, Place: place, Period: period}
	if q.AsOf != "" {
		if out.AsOf, err = record.ParseDay(q.AsOf); err != nil {
			return out, fault.Because(err, fault.Invalid, "query.as_of", nil)
		}
	}
	return out, nil
}

// Figure is a reading as it is printed. Value is an exact decimal in Unit, nil where there is no comparable number.
type Figure struct {
	Code     string           `json:"code"`
	Part     string           `json:"part"`
	LabelZH  string           `json:"label_zh"`
	LabelEN  string           `json:"label_en"`
	Value    *string          `json:"value"`
	Unit     string           `json:"unit"`
	Basis    string           `json:"basis"`
	Status   string           `json:"status"`
	Records  int64            `json:"records"`
	StandsOn map[string]int64 `json:"stands_on"`
	Author   string           `json:"author,omitempty"`
	Reason   string           `json:"reason,omitempty"`
}

// Figures reads figures after the followers have passed everything that is in the books.
func (a *App) Figures(ctx context.Context, asked Asked) ([]Figure, error) {
	q, err := asked.query()
	if err != nil {
		return nil, err
	}
	if err := a.CatchUp(ctx); err != nil {
		return nil, err
	}
	readings, err := a.board.Read(ctx, a.current, q)
	if err != nil {
		return nil, err
	}
	out := make([]Figure, len(readings))
	for i, r := range readings {
		out[i] = Figure{Code: r.Figure.Code, Part: r.Figure.Part, LabelZH: r.Figure.ZH, LabelEN: r.Figure.EN, Value: r.Value,
			Unit: r.Unit, Basis: r.Basis, Status: string(r.Status), Records: r.Records, Author: r.Author, Reason: r.Reason,
			StandsOn: map[string]int64{}}
		for book, size := range r.StandsOn {
			out[i].StandsOn[string(book)] = size
		}
	}
	return out, nil
}

// Explanation is a figure and every record behind it. Total is the sum of the records' amounts; of a counted figure of one
// basis it is the figure.
type Explanation struct {
	Code    string   `json:"code"`
	Place   string   `json:"place"`
	Period  string   `json:"period"`
	Total   string   `json:"total"`
	Unit    string   `json:"unit"`
	Records []Behind `json:"records"`
}

// Behind is one record's share in a figure.
type Behind struct {
	Book      string `json:"book"`
	Seq       int64  `json:"seq"`
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Day       string `json:"day"`
	Place     string `json:"place"`
	PlaceName string `json:"place_name"`
	Measure   string `json:"measure"`
	Subject   string `json:"subject"`
	Amount    string `json:"amount"`
	Unit      string `json:"unit"`
}

// Explain lists the records behind one figure, by place and day. Their amounts are shown and added in the figure's unit.
func (a *App) Explain(ctx context.Context, asked Asked) (Explanation, error) {
	q, err := asked.query()
	if err != nil {
		return Explanation{}, err
	}
	if err := a.CatchUp(ctx); err != nil {
		return Explanation{}, err
	}
	code := asked.Codes[0]
	figure, known := a.current.Figure(code)
	if !known {
		return Explanation{}, fault.New(fault.NotFound, "figure.unknown", fault.Data{"code": code})
	}
	unit, _ := a.current.Unit(figure.Unit)
	out := Explanation{Code: code, Place: asked.Place, Period: asked.Period, Unit: figure.Unit, Records: []Behind{}}
	total := new(big.Int)
	for after := ""; ; {
		page, next, err := a.board.Because(ctx, a.current, code, q, indicator.Page{After: after, Limit: 1000})
		if err != nil {
			return out, err
		}
		kinds, err := a.kindsOf(ctx, page)
		if err != nil {
			return out, err
		}
		for _, b := range page {
			total.Add(total, big.NewInt(b.Amount))
			out.Records = append(out.Records, Behind{Book: string(b.Book), Seq: b.Seq, ID: b.Root.String(), Kind: kinds[b.Book][b.Seq],
				Day: b.Day.String(), Place: string(b.Place), Measure: string(b.Measure), Subject: b.Subject,
				Amount: unit.Format(b.Amount), Unit: figure.Unit})
		}
		if after = next; after == "" {
			break
		}
	}
	out.Total = unit.Format(total.Int64())
	return out, a.namePlaces(ctx, out.Records)
}

// kindsOf looks up as what the records on a page were recorded.
func (a *App) kindsOf(ctx context.Context, page []indicator.Because) (map[record.Book]map[int64]string, error) {
	seqs := map[record.Book][]int64{}
	for _, b := range page {
		seqs[b.Book] = append(seqs[b.Book], b.Seq)
	}
	kinds := map[record.Book]map[int64]string{}
	for book, list := range seqs {
		entries, err := a.ledger.Several(ctx, book, list)
		if err != nil {
			return nil, err
		}
		kinds[book] = map[int64]string{}
		for _, e := range entries {
			kinds[book][e.Seq] = string(e.Record.Kind)
		}
	}
	return kinds, nil
}

// namePlaces writes beside each place what it is called today.
func (a *App) namePlaces(ctx context.Context, records []Behind) error {
	names := map[[2]string]string{}
	today := record.DayAt(a.clock(), record.Zone())
	for i, r := range records {
		key := [2]string{r.Book, r.Place}
		name, asked := names[key]
		if !asked {
			kind := "unit"
			if record.UnitCode(r.Place).Level() == record.Grid {
				kind = "grid"
			}
			object, found, err := a.register.At(ctx, record.Book(r.Book), kind, r.Place, today)
			if err != nil {
				return err
			}
			if found {
				name = object.Label
			}
			names[key] = name
		}
		records[i].PlaceName = name
	}
	return nil
}
