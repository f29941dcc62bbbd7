package report

import (
	"context"
	"maps"
)

// frozen finds what stands published of the sheet's question, and tells whether what came since stands on the sheet's state.
func (r *Reader) frozen(ctx context.Context, s *Sheet) (whole bool, err error) {
	if r.o.Gazette == nil {
		return true, nil
	}
	published, err := r.o.Gazette.Frozen(ctx, s.Query)
	if err != nil {
		return false, err
	}
	for i := range s.Lines {
		since, is := published[s.Lines[i].Figure.Code]
		if !is {
			continue
		}
		if !maps.Equal(since.Live.StandsOn, s.StandsOn) {
			return false, nil
		}
		s.Lines[i].Frozen = &since
	}
	return true, nil
}
