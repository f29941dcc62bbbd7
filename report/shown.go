package report

import "qingshan/indicator"

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
	Behind   int64            `json:"behind,omitempty"` // entries of these books that are not counted yet
	Author   string           `json:"author,omitempty"`
	Reason   string           `json:"reason,omitempty"`

	Target   *Target   `json:"target,omitempty"` // these two only where they were asked for and exist
	LastYear *LastYear `json:"last_year,omitempty"`
}

// Show gives a reading as it is printed, with nothing beside it.
func Show(r indicator.Reading, behind int64) Figure {
	f := Figure{Code: r.Figure.Code, Part: r.Figure.Part, LabelZH: r.Figure.ZH, LabelEN: r.Figure.EN, Value: r.Value,
		Unit: r.Unit, Basis: r.Basis, Status: string(r.Status), Records: r.Records, Author: r.Author, Reason: r.Reason,
		StandsOn: map[string]int64{}, Behind: behind}
	for book, size := range r.StandsOn {
		f.StandsOn[string(book)] = size
	}
	return f
}

// Show gives a sheet's figures as they are printed, beside their plans and last year's.
func (s Sheet) Show() []Figure {
	out := make([]Figure, len(s.Lines))
	for i, line := range s.Lines {
		out[i] = Show(line.Reading, s.Behind)
		out[i].Target, out[i].LastYear = line.Target, s.ShowLastYear(line)
	}
	return out
}

// LastYear is how a line's figure stood on the same days of the year before, as it is shown.
type LastYear struct {
	Period  string  `json:"period"`
	AsOf    string  `json:"as_of,omitempty"`
	Value   *string `json:"value"` // an exact decimal in Unit; null where there is no number
	Unit    string  `json:"unit"`
	Records int64   `json:"records"`
}

// ShowLastYear shows a line's year before; nil where nothing was recorded in it.
func (s Sheet) ShowLastYear(l Line) *LastYear {
	if l.LastYear == nil {
		return nil
	}
	out := &LastYear{Period: s.Before.Period.String(), Value: l.LastYear.Value, Unit: l.LastYear.Unit, Records: l.LastYear.Records}
	if s.Before.AsOf != 0 {
		out.AsOf = s.Before.AsOf.String()
	}
	return out
}
