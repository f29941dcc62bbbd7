package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"qingshan/app"
	"qingshan/fault"
	"qingshan/lang"
	"qingshan/setup"
)

// initCmd takes as flags what it would ask on a terminal. A pointer tells what was given from what was not.
type initCmd struct {
	Yes           bool    `help:"Ask nothing: flags and defaults hold. 不提问" short:"y"`
	Again         bool    `help:"Change an installation: only what is given. 修改已有安装"`
	County        *string `help:"The county's code, six digits. 县代码" placeholder:"CODE"`
	CountyName    *string `help:"Its name, where the program does not know it. 县名" placeholder:"NAME"`
	Towns         *string `help:"The towns' codes, nine digits each, with commas between; CODE=NAME where the name is not known. 乡镇" placeholder:"CODES"`
	AdminName     *string `help:"The administrator's name; it is kept as personal data. 管理员姓名" placeholder:"NAME"`
	AdminPhone    *string `help:"The administrator's telephone. 管理员电话" placeholder:"NUMBER"`
	Listen        *string `help:"Address to serve on. 监听地址" placeholder:"HOST:PORT"`
	TLS           *string `help:"How the connection is protected: none, self-signed, own or acme. 加密方式" placeholder:"MODE" name:"tls"`
	Cert          *string `help:"The certificate's PEM file, for own. 证书文件" placeholder:"FILE"`
	Key           *string `help:"Its key's PEM file, for own. 私钥文件" placeholder:"FILE"`
	Names         *string `help:"Names and addresses of the server, for self-signed and acme. 服务器名称" placeholder:"NAMES"`
	ACMEEmail     *string `help:"Where the public authority writes to. 邮箱" placeholder:"ADDRESS" name:"acme-email"`
	ACMEDirectory *string `help:"The public authority's address; Let's Encrypt's by default. 证书机构地址" placeholder:"URL" name:"acme-directory"`
	ACMEChallenge *string `help:"A second address for the authority's question over plain HTTP. 验证地址" placeholder:":80" name:"acme-challenge"`
	BehindProxy   bool    `help:"A proxy in front protects the way: plain HTTP may be served on any address. 前置代理"`
	Systemd       string  `help:"Where to write the service's unit; by default into the data folder. 服务文件" placeholder:"FILE"`
	User          string  `help:"Whom the service runs as. 服务用户" default:"qingshan"`
}

// Run asks, checks, writes, and says what to do next. Prompts go to standard error, what was made to standard output.
func (n initCmd) Run(ctx context.Context, g *globals, c console) error {
	if there := setup.Configured(g.Dir); there != n.Again {
		if there {
			return fault.New(fault.Conflict, "setup.already", fault.Data{"dir": g.Dir})
		}
		return fault.New(fault.NotFound, "setup.not_yet", fault.Data{"dir": g.Dir})
	}
	answers, known, err := setup.Present(ctx, g.Dir, g.logger(c))
	if err != nil {
		return err
	}
	answers.Config.TLS.BehindProxy = answers.Config.TLS.BehindProxy || n.BehindProxy
	if g.Catalog != "" {
		answers.Config.Catalog = g.Catalog
	}
	sentences, err := lang.Load()
	if err != nil {
		return err
	}
	i := &setup.Interview{Answers: answers, Given: n.given(g), Again: n.Again, Clock: time.Now, Hosts: setup.Hosts,
		Known: func(code string) (app.Division, bool) { d, ok := known[code]; return d, ok }}
	if !n.Yes && !n.Again {
		if !term.IsTerminal(int(os.Stdin.Fd())) {
			return fault.New(fault.Invalid, "setup.no_terminal", nil)
		}
		i.Ask = prompter{in: bufio.NewReader(os.Stdin), out: c.err, sentences: sentences, languages: g.promptLanguages()}.ask
	}
	if err := i.Run(ctx); err != nil {
		return err
	}
	done, err := setup.Apply(ctx, i.Answers, setup.Options{Clock: time.Now, Log: g.logger(c), Unit: n.unit(g), User: n.User})
	if err != nil {
		return err
	}
	return report{out: c.out, sentences: sentences, language: g.language()}.tell(g, n.User, done)
}

// given collects what was said by flags, by the question's name.
func (n initCmd) given(g *globals) map[string]string {
	given := map[string]string{}
	for name, value := range map[string]*string{"county": n.County, "county-name": n.CountyName, "towns": n.Towns, "admin-name": n.AdminName,
		"admin-phone": n.AdminPhone, "listen": n.Listen, "tls": n.TLS, "cert": n.Cert, "key": n.Key, "names": n.Names,
		"acme-email": n.ACMEEmail, "acme-directory": n.ACMEDirectory, "acme-challenge": n.ACMEChallenge} {
		if value != nil {
			given[name] = *value
		}
	}
	if g.DB != "" {
		given["db"] = g.DB
	} else if url := os.Getenv("QINGSHAN_DB"); url != "" && !n.Again {
		given["db"] = url // what serves later is told the same
	}
	return given
}

// unit says where the service's file goes: where one is asked for, and at first into the data folder.
func (n initCmd) unit(g *globals) string {
	if n.Systemd == "" && !n.Again && setup.Systemd() {
		return filepath.Join(g.Dir, "qingshan.service")
	}
	return n.Systemd
}

// promptLanguages gives the languages to ask in: both, Chinese first, unless one was chosen.
func (g *globals) promptLanguages() []string {
	if g.Lang != "" {
		return []string{g.language()}
	}
	return []string{lang.Chinese, lang.English}
}

// prompter asks on a terminal.
type prompter struct {
	in        *bufio.Reader
	out       io.Writer
	sentences *lang.Sentences
	languages []string
}

func (p prompter) ask(name, first string, refused error) (string, error) {
	code := "setup.ask_" + strings.ReplaceAll(name, "-", "_")
	for _, language := range p.languages {
		if refused != nil {
			explainFault(p.out, language, refused)
		}
	}
	if refused == nil {
		fmt.Fprintln(p.out)
	}
	for i, language := range p.languages {
		indent := strings.Repeat("  ", min(i, 1))
		fmt.Fprintln(p.out, indent+p.sentences.Say(language, code, nil))
		if hint := p.sentences.Hint(language, code, nil); hint != "" && refused == nil {
			fmt.Fprintln(p.out, "  "+hint)
		}
	}
	if first != "" {
		fmt.Fprintf(p.out, "[%s] ", first)
	}
	fmt.Fprint(p.out, "> ")
	line, err := p.in.ReadString('\n')
	if errors.Is(err, io.EOF) && strings.TrimSpace(line) == "" {
		fmt.Fprintln(p.out)
		return "", fault.New(fault.Invalid, "setup.broken_off", nil)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// report says what a set-up made and what comes next.
type report struct {
	out       io.Writer
	sentences *lang.Sentences
	language  string
}

func (r report) line(code string, data map[string]string) {
	fmt.Fprintln(r.out, r.sentences.Say(r.language, code, data))
}

func (r report) tell(g *globals, user string, done setup.Done) error {
	r.line("setup.done", map[string]string{"file": done.Config, "books": strings.Join(done.Books, " ")})
	if done.Authority != "" {
		r.line("setup.done_authority", map[string]string{"file": done.Authority, "authority": done.Fingerprints[0], "server": done.Fingerprints[1]})
	} else if len(done.Fingerprints) > 0 {
		r.line("setup.done_certificate", map[string]string{"server": done.Fingerprints[0]})
	}
	if done.Unit != "" {
		dir, err := filepath.Abs(g.Dir)
		if err != nil {
			return fmt.Errorf("find the data folder: %w", err)
		}
		r.line("setup.done_unit", map[string]string{"file": done.Unit, "dir": dir, "user": user})
	}
	if done.Token != "" {
		r.line("setup.done_token", map[string]string{"person": done.Person, "token": done.Token})
	}
	r.line("setup.done_next", map[string]string{"dir": g.Dir})
	return nil
}
