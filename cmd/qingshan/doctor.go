package main

import (
	"context"
	"fmt"

	"qingshan/fault"
	"qingshan/lang"
	"qingshan/setup/doctor"
)

type doctorCmd struct {
	Full bool `help:"Read every book from its first entry, as verify does. 全面校验"`
	JSON bool `help:"Print JSON, in both languages." name:"json"`
}

// spoken is a finding with its sentences.
type spoken struct {
	doctor.Finding
	ZH     string `json:"zh"`
	ZHHint string `json:"zh_hint,omitempty"`
	EN     string `json:"en"`
	ENHint string `json:"en_hint,omitempty"`
}

// Run examines, prints what it found, and fails if anything is wrong.
func (d doctorCmd) Run(ctx context.Context, g *globals, c console) error {
	sentences, err := lang.Load()
	if err != nil {
		return err
	}
	var found []doctor.Finding
	if cfg, err := g.config(); err != nil {
		found = doctor.Unreadable(err)
	} else {
		found = doctor.Examine(ctx, cfg, doctor.ThisHost(), doctor.Options{Full: d.Full, Log: g.logger(c)})
	}
	if d.JSON {
		err = d.json(c, sentences, found)
	} else {
		d.print(g.language(), c, sentences, found)
	}
	if err == nil && !doctor.Healthy(found) {
		err = fault.New(fault.Conflict, "doctor.unwell", nil)
	}
	return err
}

func (d doctorCmd) json(c console, s *lang.Sentences, found []doctor.Finding) error {
	all := make([]spoken, len(found))
	for i, f := range found {
		all[i] = spoken{Finding: f,
			ZH: s.Say(lang.Chinese, f.Code, f.Data), ZHHint: s.Hint(lang.Chinese, f.Code, f.Data),
			EN: s.Say(lang.English, f.Code, f.Data), ENHint: s.Hint(lang.English, f.Code, f.Data)}
	}
	return printJSON(c, map[string]any{"well": doctor.Healthy(found), "findings": all})
}

// print gives a line per finding, with what to do below where something is to be done.
func (d doctorCmd) print(language string, c console, s *lang.Sentences, found []doctor.Finding) {
	for _, f := range found {
		mark := map[doctor.State]string{doctor.Well: "✓", doctor.Notice: "!", doctor.Wrong: "✗"}[f.State]
		fmt.Fprintf(c.out, "%s %s: %s\n", mark, s.Say(language, "doctor.check_"+f.Check, nil), s.Say(language, f.Code, f.Data))
		if hint := s.Hint(language, f.Code, f.Data); hint != "" && f.State != doctor.Well {
			fmt.Fprintln(c.out, "    "+hint)
		}
	}
}
