package main

import (
	"context"
	"fmt"
	"strings"

	"qingshan/internal/table"
)

type tokenCmd struct {
	Issue  tokenIssueCmd  `cmd:"" help:"Issue a token to a person; its secret is shown once. 签发"`
	List   tokenListCmd   `cmd:"" help:"List tokens, without secrets. 列出"`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke a token. 吊销"`
}

type tokenIssueCmd struct {
	Book   string   `help:"The book whose register knows the person. 账本" required:"" placeholder:"BOOK"`
	Person string   `help:"The person's reference. By default the installation's operator, who is registered if need be. 人员编号" placeholder:"REF"`
	Rights []string `help:"What it may do, with commas between: records.write, records.device, figures.read, figures.publish, entries.read, registers.read, quarantine.manage, metrics.read. All by default. 权限" placeholder:"RIGHT"`
	Label  string   `help:"What the token is for. 用途" default:"command line"`
	Days   int      `help:"Days until it expires. 有效天数" default:"90"`
}

// Run issues a token and prints its secret to standard output, alone on its line.
func (t tokenIssueCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	secret, err := a.IssueToken(ctx, t.Book, t.Person, t.Label, t.Days, t.Rights...)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, secret)
	return err
}

type tokenListCmd struct{}

// Run lists tokens by the short id that revoke takes.
func (tokenListCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	tokens, err := a.Tokens(ctx)
	if err != nil {
		return err
	}
	t := table.Table{}
	for _, token := range tokens {
		t.Row(token.ID, token.Book, token.Person, strings.Join(token.Rights, ","), token.Label, token.State)
	}
	return t.Write(c.out)
}

type tokenRevokeCmd struct {
	ID string `arg:"" help:"The id that list shows. 令牌编号"`
}

// Run revokes; doing it twice changes nothing.
func (t tokenRevokeCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	return a.RevokeToken(ctx, t.ID)
}
