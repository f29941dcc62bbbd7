package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"qingshan/record"
)

// verdict is what the doors say of the plausibility of what somebody claims.
type verdict struct {
	Label   string          `json:"label"`
	Place   record.UnitCode `json:"place"`
	Status  string          `json:"status"`
	Objects bool            `json:"objects"`
	Lines   []string        `json:"lines"`
	Figures []struct {
		Status string  `json:"status"`
		Value  *string `json:"value"`
	} `json:"figures"`
}

// claims tells whether the verdict is about something that is claimed there.
func (v verdict) claims() bool {
	for _, f := range v.Figures {
		if f.Status == "claimed" && f.Value != nil {
			return true
		}
	}
	return false
}

// words gives the verdict in both languages.
func (v verdict) words() string {
	switch {
	case v.Objects:
		return "有异议 objection"
	case v.Status == "within":
		return "可信 plausible"
	case v.Status == "outside":
		return "已说明 explained"
	default:
		return "无法校核 cannot be judged"
	}
}

// printVerdicts shows what the guards say of the claims in the published list, with the arithmetic: nobody counts them.
func (s *Sender) printVerdicts(ctx context.Context, rows []Row) error {
	t := table{head: []string{"校核", "单位 place", "结论 verdict", "算式 arithmetic"}}
	asked, inChinese := map[string]bool{}, *s.c
	inChinese.language = "zh-CN"
	for _, r := range rows {
		query := url.Values{"place": {string(r.Published.Scope)}, "period": {r.Published.span(s.year.Freeze())}, "as_of": {s.year.Freeze().String()}, "wait": s.c.wait()["wait"]}
		if !r.Published.Claimed() || asked[query.Encode()] {
			continue
		}
		asked[query.Encode()] = true
		var answer struct {
			Verdicts []verdict `json:"verdicts"`
		}
		if err := inChinese.do(ctx, http.MethodGet, "/api/v1/verdicts?"+query.Encode(), nil, &answer); err != nil {
			return fmt.Errorf("judge what is claimed of %s: %w", r.Published.Scope, err)
		}
		for _, v := range answer.Verdicts {
			if v.claims() {
				t.add(v.Label, string(v.Place), v.words(), strings.Join(v.Lines, "；"))
			}
		}
	}
	if _, err := fmt.Fprint(s.cfg.Out, "\n声明的可信度校核 · what the guards say of the claims\n\n"); err != nil {
		return err
	}
	return t.write(s.cfg.Out)
}
