package gazette

import (
	"context"
	"fmt"

	"qingshan/indicator"
	"qingshan/publication"
)

// maxFrozen is more than a catalog has figures, so that what is published of one question is read at once.
const maxFrozen = 10_000

// Frozen gives what stands published of exactly the place, the period and the day that a query asks for: of each figure the last
// revision and what came since, by the figure's code.
func (g *Gazette) Frozen(ctx context.Context, q indicator.Query) (map[string]Since, error) {
	rows, err := g.List.List(ctx, publication.Filter{Sort: publication.Figure, Latest: true, Limit: maxFrozen,
		Asked: &publication.Question{Place: q.Place, Period: q.Period, AsOf: q.AsOf}})
	if err != nil {
		return nil, err
	}
	frozen := map[string]Since{}
	for _, row := range rows {
		since, err := g.Pending(ctx, row.Code)
		if err != nil {
			return nil, fmt.Errorf("read what is published as %s: %w", row.Code, err)
		}
		frozen[row.Figure] = since
	}
	return frozen, nil
}
