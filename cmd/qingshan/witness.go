package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"qingshan/app"
	"qingshan/app/keeping"
	"qingshan/fault"
	"qingshan/internal/table"
	"qingshan/lang"
	"qingshan/witness"
)

type witnessCmd struct {
	Keep    string            `help:"Folder to keep checkpoints in, best on another disk or machine than the records; by default witness in the data folder. 检查点目录" placeholder:"FOLDER"`
	Add     witnessAddCmd     `cmd:"" help:"Watch an installation: its URL, a file of its checkpoints, or own for the one in the data folder. 添加"`
	Check   witnessCheckCmd   `cmd:"" help:"Fetch, compare and keep, once. 检查一次"`
	Run     witnessRunCmd     `cmd:"" help:"Check again and again. 持续检查"`
	List    witnessListCmd    `cmd:"" help:"List what is watched. 列出"`
	Restart witnessRestartCmd `cmd:"" help:"Begin anew with a history that was rightly changed; what was kept is set aside. 重新开始"`
}

// watch gives the witness, and how to end what it opened.
func (t witnessCmd) watch(ctx context.Context, g *globals, c console) (witness.Watch, func()) {
	folder := t.Keep
	if folder == "" {
		folder = filepath.Join(g.Dir, "witness")
	}
	var own *app.App
	open := func(s witness.Site) (witness.Source, error) {
		switch {
		case s.From == witness.Own:
			if own == nil {
				a, err := g.look(ctx, c)
				if err != nil {
					return nil, err
				}
				own = a
			}
			return keeping.Witnessed(own), nil
		case isAddress(s.From):
			return witness.NewRemote(s.From, s.Authority)
		default:
			return witness.NewFile(s.From)
		}
	}
	return witness.Watch{Folder: witness.Folder{Dir: folder}, Clock: time.Now, Open: open}, func() {
		if own != nil {
			own.Close()
		}
	}
}

func isAddress(from string) bool {
	return strings.HasPrefix(from, "https://") || strings.HasPrefix(from, "http://")
}

type witnessAddCmd struct {
	From      string   `arg:"" help:"https://…, a file, or own. 来源"`
	Name      string   `help:"What to call it; by default the host or file. 名称" placeholder:"NAME"`
	Key       string   `help:"Its public key, as its operator reads it from qingshan checkpoint --key. 公钥" placeholder:"KEY"`
	TrustSeen bool     `help:"Take the key that it shows at first sight, unconfirmed. 信任首次所见公钥"`
	Books     []string `help:"Only these books, with commas between. 账本" placeholder:"BOOK"`
	CA        string   `help:"PEM file of the authority that vouches for its certificate, as of a self-signed one. 证书机构" type:"existingfile" placeholder:"FILE" name:"ca"`
}

// Run begins to watch; nothing is fetched yet but the key.
func (n witnessAddCmd) Run(ctx context.Context, g *globals, c console, t *commands) error {
	s := witness.Site{Name: n.Name, From: n.From, Key: strings.TrimSpace(n.Key)}
	if s.Name == "" {
		s.Name = siteName(n.From)
	}
	var err error
	if s.From != witness.Own && !isAddress(s.From) {
		if s.From, err = filepath.Abs(s.From); err != nil {
			return fmt.Errorf("find the file: %w", err)
		}
	}
	if n.CA != "" {
		text, err := os.ReadFile(n.CA)
		if err != nil {
			return fmt.Errorf("read the authority: %w", err)
		}
		s.Authority = string(text)
	}
	if s.Books, err = witness.ReadBooks(n.Books); err != nil {
		return err
	}
	w, done := t.Witness.watch(ctx, g, c)
	defer done()
	if s, err = w.Add(ctx, s, n.TrustSeen); err != nil {
		return err
	}
	sentences, err := lang.Load()
	if err != nil {
		return err
	}
	code := "witness.added"
	if s.FirstSight {
		code = "witness.added_first_sight"
	}
	_, err = fmt.Fprintln(c.out, sentences.Say(g.language(), code, map[string]string{"site": s.Name, "key": s.Key}))
	return err
}

// siteName makes a name of an address or a file.
func siteName(from string) string {
	name := strings.TrimSuffix(filepath.Base(from), filepath.Ext(from))
	if u, err := url.Parse(from); err == nil && u.Host != "" {
		name = u.Host
	}
	return strings.Trim(regexp.MustCompile(`[^a-z0-9.]+`).ReplaceAllString(strings.ToLower(name), "-"), "-.")
}

type witnessCheckCmd struct {
	Sites []string `arg:"" optional:"" help:"Only these. 名称"`
	File  string   `help:"For one site: read its checkpoints from this file this time. 文件" type:"existingfile" placeholder:"FILE"`
	JSON  bool     `help:"Print JSON." name:"json"`
}

// Run checks and prints a line per book. The status is 1 if a history was changed and 3 if somebody was not reached.
func (k witnessCheckCmd) Run(ctx context.Context, g *globals, c console, t *commands) error {
	w, done := t.Witness.watch(ctx, g, c)
	defer done()
	if k.File != "" {
		if len(k.Sites) != 1 {
			return fault.New(fault.Invalid, "witness.one_site", nil)
		}
		w.Open = func(witness.Site) (witness.Source, error) { return witness.NewFile(k.File) }
	}
	found, err := w.Check(ctx, k.Sites...)
	if err != nil {
		return err
	}
	if k.JSON {
		if err := printJSON(c, found); err != nil {
			return err
		}
	} else if err := showFindings(g, c, found); err != nil {
		return err
	}
	return verdict(found)
}

// showFindings prints what was found, a line each.
func showFindings(g *globals, c console, found []witness.Finding) error {
	sentences, err := lang.Load()
	if err != nil {
		return err
	}
	lines := table.Table{}
	for _, f := range found {
		mark := "✓"
		switch {
		case f.Changed():
			mark = "✗"
		case f.Outcome == witness.Unanswered || f.Outcome == witness.Unshown:
			mark = "?"
		}
		lines.Row(mark, f.Site, string(f.Book), sentences.Say(g.language(), f.Code(), f.Data()))
	}
	return lines.Write(c.out)
}

// verdict sums findings up: a changed history goes before one that could not be seen.
func verdict(found []witness.Finding) error {
	changed, unseen := 0, 0
	for _, f := range found {
		switch {
		case f.Changed():
			changed++
		case f.Outcome == witness.Unanswered:
			unseen++
		}
	}
	switch {
	case changed > 0:
		return fault.New(fault.Conflict, "witness.changed", fault.Data{"count": fmt.Sprint(changed)})
	case unseen > 0:
		return fault.New(fault.Unavailable, "witness.unseen", fault.Data{"count": fmt.Sprint(unseen)})
	}
	return nil
}

type witnessRunCmd struct {
	Every time.Duration `help:"How often. 间隔" default:"1h"`
}

// Run checks until it is told to stop, prints what is new, and ends with the last round's verdict.
func (r witnessRunCmd) Run(ctx context.Context, g *globals, c console, t *commands) error {
	if r.Every < time.Second {
		return fault.New(fault.Invalid, "witness.too_often", nil)
	}
	w, done := t.Witness.watch(ctx, g, c)
	defer done()
	tick := time.NewTicker(r.Every)
	defer tick.Stop()
	var last []witness.Finding
	for {
		found, err := w.Check(ctx)
		if ctx.Err() != nil {
			return verdict(last)
		}
		if err != nil {
			return err
		}
		if err := showFindings(g, c, slices.DeleteFunc(slices.Clone(found), func(f witness.Finding) bool { return known(last, f) })); err != nil {
			return err
		}
		last = found
		select {
		case <-ctx.Done():
			return verdict(last)
		case <-tick.C:
		}
	}
}

// known tells whether a finding says what the round before did.
func known(last []witness.Finding, f witness.Finding) bool {
	return slices.ContainsFunc(last, func(l witness.Finding) bool {
		return l.Site == f.Site && l.Book == f.Book && l.Outcome == f.Outcome && l.Found == f.Found
	})
}

type witnessListCmd struct {
	JSON bool `help:"Print JSON." name:"json"`
}

// Run lists sites with their books, what was kept of each and when it was last reached.
func (l witnessListCmd) Run(ctx context.Context, g *globals, c console, t *commands) error {
	w, done := t.Witness.watch(ctx, g, c)
	defer done()
	watched, err := w.Watched()
	if err != nil {
		return err
	}
	if l.JSON {
		return printJSON(c, watched)
	}
	lines := table.Table{Right: []int{2, 3}}
	for _, b := range watched {
		lines.Row(b.Site, string(b.Book), fmt.Sprint(b.Checkpoints), fmt.Sprint(b.Largest), string(b.Outcome), moment(b.Reached), b.From)
	}
	return lines.Write(c.out)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}

type witnessRestartCmd struct {
	Site   string   `arg:"" help:"The site. 名称"`
	Books  []string `help:"Only these books. 账本" placeholder:"BOOK"`
	Key    string   `help:"The site signs with this key from now on. 公钥" placeholder:"KEY"`
	Reason string   `help:"Why the history was rightly changed. 理由" required:"" placeholder:"WHY"`
}

// Run sets aside and begins anew at the next check.
func (r witnessRestartCmd) Run(ctx context.Context, g *globals, c console, t *commands) error {
	books, err := witness.ReadBooks(r.Books)
	if err != nil {
		return err
	}
	w, done := t.Witness.watch(ctx, g, c)
	defer done()
	return w.Restart(r.Site, books, strings.TrimSpace(r.Key), r.Reason)
}
