package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"qingshan/app"
	"qingshan/lang"
)

type briefingCmd struct {
	scope
	keeper
	Number string `help:"Number of the issue. 期号" placeholder:"N"`
	Unit   string `help:"Who compiles it. 编印单位" placeholder:"NAME"`
	Base   string `help:"Address at which the installation serves, for the links of the notes. 公示页地址" placeholder:"URL"`
	Issue  bool   `help:"Keep it for ever, signed, and print the code by which it is found. 印发存档"`
	Out    string `help:"File to write: .md or .html. 输出文件" required:"" placeholder:"FILE"`
}

// Run writes the briefing, in Chinese unless English is asked for: it is the town that reads it.
func (b briefingCmd) Run(ctx context.Context, g *globals, c console) error {
	open := g.look
	if b.Issue {
		open = g.open
	}
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	asked := app.BriefingAsked{Asked: b.scope.asked(), Form: strings.TrimPrefix(filepath.Ext(b.Out), ".")}
	asked.Language, asked.Number, asked.Unit, asked.Base = lang.Chinese, b.Number, b.Unit, b.Base
	if strings.HasPrefix(g.Lang, "en") {
		asked.Language = lang.English
	}
	var text []byte
	var code string
	if b.Issue {
		text, code, err = a.IssueBriefing(ctx, asked, b.keeper.asked())
	} else {
		text, err = a.Briefing(ctx, asked)
	}
	if err != nil {
		return err
	}
	if err := os.WriteFile(b.Out, text, 0o644); err != nil {
		return fmt.Errorf("write the briefing: %w", err)
	}
	if _, err = fmt.Fprintf(c.out, "%s %d bytes\n", b.Out, len(text)); err == nil && b.Issue {
		_, err = fmt.Fprintln(c.out, code)
	}
	return err
}
