package app

import (
	"context"

	"qingshan/guard"
	"qingshan/lang"
	"qingshan/record"
)

// Verdict is what a guard says, in one language.
type Verdict = guard.Shown

// Judgement is a verdict's share about one place.
type Judgement = guard.ShownJudgement

// Judged is every verdict about a place and a period, and what they stand on.
type Judged struct {
	Place     record.UnitCode       `json:"place"`
	PlaceName string                `json:"place_name"`
	Period    string                `json:"period"`
	AsOf      string                `json:"as_of,omitempty"`
	StandsOn  map[record.Book]int64 `json:"stands_on"`
	Verdicts  []Verdict             `json:"verdicts"`
}

// Verdicts judges figures and claims after the followers have passed everything that is in the books.
func (a *App) Verdicts(ctx context.Context, asked Asked, language string) (Judged, error) {
	q, name, err := a.question(ctx, asked)
	if err != nil {
		return Judged{}, err
	}
	sentences, err := lang.Load()
	if err != nil {
		return Judged{}, err
	}
	verdicts, err := a.court.Verdicts(ctx, a.current, q)
	if err != nil {
		return Judged{}, err
	}
	words := guard.Words{Chinese: language == lang.Chinese, Say: func(code string, data map[string]string) string {
		return sentences.Say(language, code, data)
	}}
	out := Judged{Place: q.Place, PlaceName: name, Period: asked.Period, AsOf: asked.AsOf, StandsOn: map[record.Book]int64{}, Verdicts: []Verdict{}}
	for _, v := range verdicts {
		out.Verdicts, out.StandsOn = append(out.Verdicts, v.Show(words)), v.StandsOn
	}
	return out, nil
}
