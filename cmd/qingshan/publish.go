package main

import (
	"context"
	"fmt"

	"qingshan/app"
	"qingshan/internal/table"
)

type publishCmd struct {
	scope
	keeper
	Figure   []string `help:"Figures to publish, by code; everything that is counted by default. 指标代码" placeholder:"CODE"`
	Document string   `help:"Number or title of the document in which they will stand. 文件" placeholder:"TEXT"`
}

// Run publishes figures and prints the code of each. One that is refused fails the command when the others are published.
func (p publishCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	signed, err := a.Publish(ctx, p.keeper.asked(), p.scope.asked(p.Figure...), p.Document)
	if err != nil {
		return err
	}
	t := table.Table{Right: []int{2}}
	var refused error
	for _, s := range signed {
		if s.Refused == nil {
			row(&t, s.Published)
			continue
		}
		t.Row("!", s.Figure)
		if refused != nil {
			explainFault(c.err, g.language(), refused)
		}
		refused = s.Refused
	}
	if err := t.Write(c.out); err != nil {
		return err
	}
	return refused
}

// row shows a published figure in one line.
func row(t *table.Table, p app.Published) {
	days := p.Period.String()
	if p.AsOf != 0 {
		days += " ≤ " + p.AsOf.String()
	}
	t.Row(p.Code.String(), p.Figure, valueOf(&p.Value), p.Unit, string(p.Place), days, fmt.Sprintf("#%d", p.Number), string(p.By), minute(p.At))
}

type reviseCmd struct {
	keeper
	Code   string `arg:"" help:"The code of what was published. 发布编号"`
	Reason string `help:"Why; it stays for ever, so leave personal data out of it. 修订理由" required:"" placeholder:"TEXT"`
}

// Run signs a revision and prints it with the one that it revises.
func (r reviseCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	revision, err := a.Revise(ctx, r.keeper.asked(), r.Code, r.Reason)
	if err != nil {
		return err
	}
	t := table.Table{Right: []int{2}}
	for _, p := range revision.Chain {
		row(&t, app.Published{Publication: p})
	}
	return t.Write(c.out)
}

type publishedCmd struct {
	Code   string `arg:"" optional:"" help:"Show this one, what came since, and its revisions. 发布编号"`
	Place  string `help:"Only this place and what lies in it. 地区代码" placeholder:"CODE"`
	Period string `help:"Only this period. 期间" placeholder:"P"`
	Check  bool   `help:"Reckon what was published again from the facts of its time. 核对"`
}

// Run lists what was published, or shows one publication; with --check each is reckoned again.
func (p publishedCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.look(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	say, err := g.sentences()
	if err != nil {
		return err
	}
	codes := []string{p.Code}
	if p.Code == "" {
		list, err := a.Counter().List(ctx, p.Place, p.Period)
		if err != nil {
			return err
		}
		codes = nil
		t := table.Table{Right: []int{2}}
		for _, one := range list {
			row(&t, one)
			codes = append(codes, one.Code.String())
		}
		if err := t.Write(c.out); err != nil {
			return err
		}
	} else if err := printSince(ctx, a, c, say, p.Code); err != nil {
		return err
	}
	if !p.Check {
		return nil
	}
	for _, code := range codes {
		if err := a.Counter().Check(ctx, code); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(c.out, say("publication.holds", map[string]string{"figures": fmt.Sprint(len(codes))}))
	return err
}

// printSince shows one published figure: what was signed, what came since, and what else there is of its chain.
func printSince(ctx context.Context, a *app.App, c console, say func(string, map[string]string) string, code string) error {
	s, err := a.Counter().Pending(ctx, code)
	if err != nil {
		return err
	}
	t := table.Table{Right: []int{2}}
	row(&t, s.Published)
	if err := t.Write(c.out); err != nil {
		return err
	}
	lines := []string{say("publication.frozen", map[string]string{"value": valueOf(&s.Value), "unit": s.Unit, "records": fmt.Sprint(s.Records)}),
		say("publication.live", map[string]string{"value": valueOf(&s.Live), "unit": s.Unit, "changes": fmt.Sprint(len(s.Changes))})}
	if s.Redefined {
		lines = append(lines, say("publication.redefined", nil))
	}
	if !s.Revises.Zero() {
		lines = append(lines, say("publication.revises", map[string]string{"code": s.Revises.String(), "reason": s.Reason}))
	}
	if later := s.SupersededBy(); !later.Zero() {
		lines = append(lines, say("publication.revised_by", map[string]string{"code": later.String()}))
	}
	for _, line := range lines {
		fmt.Fprintln(c.out, line)
	}
	t = table.Table{Right: []int{3, 5}}
	for _, one := range s.Changes {
		t.Row("  +", one.Day, one.Kind, valueOf(&one.Before), "→", valueOf(&one.After), one.Unit, one.Entry)
	}
	return t.Write(c.out)
}
