package main

import (
	"context"
	"fmt"
	"strings"

	"qingshan/app"
	"qingshan/lang"
)

type verdictsCmd struct {
	scope
	Codes []string `arg:"" optional:"" help:"Only guards that read one of these figures; by default all. 指标代码" name:"code"`
	JSON  bool     `help:"Print JSON." name:"json"`
}

// Run judges the figures and claims and prints each verdict with its arithmetic.
func (v verdictsCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.look(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	judged, err := a.Verdicts(ctx, v.asked(v.Codes...), g.language())
	if err != nil {
		return err
	}
	if v.JSON {
		return printJSON(c, judged)
	}
	sentences, err := lang.Load()
	if err != nil {
		return err
	}
	p := verdictPrinter{sentences: sentences, language: g.language()}
	for _, one := range judged.Verdicts {
		p.verdict(one)
	}
	_, err = c.out.Write([]byte(p.out.String()))
	return err
}

// verdictPrinter writes verdicts as blocks: a head line, the arithmetic, the other reading, the explanation.
type verdictPrinter struct {
	sentences *lang.Sentences
	language  string
	out       strings.Builder
}

func (p *verdictPrinter) say(code string, data map[string]string) string {
	return p.sentences.Say(p.language, code, data)
}

func (p *verdictPrinter) verdict(v app.Verdict) {
	mark := " "
	if v.Objects {
		mark = "!"
	}
	fmt.Fprintf(&p.out, "%s %s  %s  %s  %s\n", mark, v.Guard, v.Label, v.Place, p.say("guard_status."+v.Status, nil))
	if v.Author != "" {
		fmt.Fprintf(&p.out, "    %s\n", p.say("guard.claimed_by", map[string]string{"author": v.Author, "place": string(v.ClaimedAt)}))
	}
	p.judgement(v.ShownJudgement)
	for _, other := range v.Otherwise {
		fmt.Fprintf(&p.out, "    %s\n", p.say("guard.otherwise", map[string]string{"place": string(other.Place), "status": other.Status}))
		p.judgement(other)
	}
	if e := v.Explanation; e != nil {
		fmt.Fprintf(&p.out, "    %s\n", p.say("guard.explanation", map[string]string{"state": e.State, "text": e.Text, "day": e.Day,
			"entry": fmt.Sprintf("%s/%d", e.Book, e.Seq)}))
	}
	if v.Status == "outside" {
		fmt.Fprintf(&p.out, "    %s\n", p.say("guard.source", map[string]string{"source": v.Source}))
	}
}

func (p *verdictPrinter) judgement(j app.Judgement) {
	if j.Reason != "" {
		fmt.Fprintf(&p.out, "      %s\n", j.Reason)
	}
	for _, line := range j.Lines {
		fmt.Fprintf(&p.out, "      %s\n", line)
	}
}
