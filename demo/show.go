package demo

import (
	"context"
	"fmt"
	"strconv"
)

// printRows shows the comparison.
func (s *Sender) printRows(rows []Row) error {
	freeze := s.year.Freeze()
	if _, err := fmt.Fprintf(s.cfg.Out, "\n截至 %s 的统计与公布数字对照 · what was counted by %s beside what was published\n\n", freeze, freeze); err != nil {
		return err
	}
	t := table{head: []string{"code", "指标", "公布 published", "统计 counted", "单位", "结论 verdict", "记录 records", ""}, right: map[int]bool{2: true, 3: true, 6: true}}
	for _, r := range rows {
		t.add(r.Published.Code, r.Published.Label, r.Published.Text(), dash(r.Counted), r.Published.Unit, r.Verdict.words(), strconv.FormatInt(r.Records, 10), r.Note)
	}
	if err := t.write(s.cfg.Out); err != nil {
		return err
	}
	compared, wrong := judged(rows)
	_, err := fmt.Fprintf(s.cfg.Out, "\n可比 %d 项，一致 %d 项 · %d of %d comparable figures agree\n", compared, compared-len(wrong), compared-len(wrong), compared)
	return err
}

func dash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// words gives the verdict in both languages.
func (v Verdict) words() string {
	switch v {
	case Agrees:
		return "一致 agrees"
	case Disagrees:
		return "不一致 DISAGREES"
	case Claimed:
		return "声明 claim"
	default:
		return "不可比 not comparable"
	}
}

// printLive shows, for each figure that went on after the freeze, the frozen value beside the live one. A frozen value that
// can no longer be read is an error: nothing that happens later may change it.
func (s *Sender) printLive(ctx context.Context, frozen []Row) error {
	again, err := s.Compare(ctx)
	if err != nil {
		return err
	}
	t := table{head: []string{"code", "指标", "冻结 frozen", "最新 live", "单位"}, right: map[int]bool{2: true, 3: true}}
	for i, r := range frozen {
		if again[i].Counted != r.Counted {
			return fmt.Errorf("%s was %s at the freeze and now reads %s as of that day", r.Published.Code, r.Counted, again[i].Counted)
		}
		live, err := s.c.figures(ctx, []string{r.Published.Code}, r.Published.Scope, r.Published.span(s.year.Freeze()), 0)
		if err != nil {
			return err
		}
		value := live[r.Published.Code].Value
		if r.Published.Comparable() && value != nil && *value != r.Counted {
			t.add(r.Published.Code, r.Published.Label, r.Counted, *value, r.Published.Unit)
		}
	}
	if _, err := fmt.Fprintf(s.cfg.Out, "\n冻结之后至 %s 仍在变化的数字 · figures that went on after the freeze\n\n", s.year.End()); err != nil {
		return err
	}
	return t.write(s.cfg.Out)
}
