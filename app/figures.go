package app

import (
	"context"

	"qingshan/indicator"
	"qingshan/record"
	"qingshan/report"
)

// Asked says in words which figures are wanted; empty Codes means all, empty AsOf all of the period.
type Asked struct {
	Place  string
	Period string
	AsOf   string
	Codes  []string

	Compare bool // of figures: beside their plans and last year's
}

func (q Asked) query() (indicator.Query, error) {
	out, err := indicator.ParseQuery(q.Place, q.Period, q.AsOf)
	out.Codes = q.Codes
	return out, err
}

// Figure is a reading as it is printed.
type Figure = report.Figure

// Figures reads figures after the followers have passed everything that is in the books. A place that no register knows is
// refused: to answer 0 for a misspelt code would mislead.
func (a *App) Figures(ctx context.Context, asked Asked) ([]Figure, error) {
	q, _, err := a.question(ctx, asked)
	if err != nil {
		return nil, err
	}
	if asked.Compare {
		s, err := a.reader().Compare(ctx, q)
		return s.Show(), err
	}
	figures, _, err := a.figures(ctx, q)
	return figures, err
}

// question understands what is asked once all is counted, and gives the place's name.
func (a *App) question(ctx context.Context, asked Asked) (indicator.Query, string, error) {
	q, err := asked.query()
	if err != nil {
		return q, "", err
	}
	if err := a.CatchUp(ctx); err != nil {
		return q, "", err
	}
	name, err := indicator.PlaceName(ctx, a.register, a.ledger, q, record.DayAt(a.clock(), record.Zone()))
	return q, name, err
}

// figures reads figures, and gives what they stand on.
func (a *App) figures(ctx context.Context, q indicator.Query) ([]Figure, map[record.Book]int64, error) {
	readings, err := a.board.Read(ctx, a.current, q)
	if err != nil || len(readings) == 0 {
		return nil, nil, err
	}
	standsOn := readings[0].StandsOn // all are read on one state
	behind, err := indicator.Behind(ctx, a.ledger, q.Place, standsOn)
	if err != nil {
		return nil, nil, err
	}
	out := make([]Figure, len(readings))
	for i, r := range readings {
		out[i] = report.Show(r, behind)
	}
	return out, standsOn, nil
}
