package main

import (
	"context"
	"fmt"

	"qingshan/app"
	"qingshan/app/keeping"
	"qingshan/internal/progress"
	"qingshan/internal/table"
)

type backupCmd struct {
	To string `help:"Folder of the backup; a later run adds to it. 备份目录" required:"" placeholder:"FOLDER" type:"path"`
}

// Run takes a backup and prints how far it reaches.
func (b backupCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.look(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	bar := progress.New(c.err, "backup")
	report, err := keeping.Backup(ctx, a, b.To, keeping.BackupOptions{Program: buildVersion(), Report: bar.Set})
	bar.Done()
	if err != nil {
		return err
	}
	t := table.Table{Right: []int{1}}
	for _, book := range report.Books {
		t.Row(book.Book, fmt.Sprint(book.Size), book.Root)
	}
	if err := t.Write(c.out); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%d entries, %d of them new; %d files and %d blobs written; %d figures kept\n",
		report.Entries, report.Written, report.Files, report.Blobs, report.Figures)
	return err
}

type restoreCmd struct {
	From     string   `help:"Folder of the backup. 备份目录" required:"" placeholder:"FOLDER" type:"path"`
	Prove    bool     `help:"Restore elsewhere, rebuild, verify and compare every figure; nothing is changed. 演练"`
	Erasures []string `help:"Lists of erasures later than the backup's own. 删除清单" placeholder:"FILE" type:"existingfile"`
}

// Run restores and prints the books, or proves and prints what was compared.
func (r restoreCmd) Run(ctx context.Context, g *globals, c console) error {
	cfg, err := g.config()
	if err != nil {
		return err
	}
	bar := progress.New(c.err, "restore")
	defer bar.Done()
	options := keeping.RestoreOptions{From: r.From, Erasures: r.Erasures, Report: bar.Set}
	if r.Prove {
		return prove(ctx, cfg, options, app.Options{Log: g.logger(c)}, c)
	}
	restored, err := keeping.Restore(ctx, cfg, options, app.Options{Log: g.logger(c)})
	if err != nil {
		return err
	}
	return printBooks(c, restored.Books)
}

func printBooks(c console, books []app.Verified) error {
	t := table.Table{Right: []int{1, 2}}
	for _, l := range books {
		t.Row(l.Book, fmt.Sprint(l.Entries), fmt.Sprint(l.Personal), l.Root, "ok")
	}
	return t.Write(c.out)
}

// prove prints what was compared, whether or not it was the same.
func prove(ctx context.Context, cfg app.Config, r keeping.RestoreOptions, o app.Options, c console) error {
	proof, wrong := keeping.Prove(ctx, cfg, r, o)
	if len(proof.Books) == 0 {
		return wrong
	}
	t := table.Table{Right: []int{1, 2}}
	for _, b := range proof.Books {
		t.Row(b.Book, fmt.Sprint(b.Entries), fmt.Sprint(b.Personal), b.Root, "source: "+b.Source)
	}
	if err := t.Write(c.out); err != nil {
		return err
	}
	if err := printCompared(c, "kept with the backup", proof.Kept); err != nil {
		return err
	}
	if proof.Source != nil {
		if err := printCompared(c, "of the installation", *proof.Source); err != nil {
			return err
		}
	}
	return wrong
}

// shownDifferences bounds how many figures are listed one by one.
const shownDifferences = 100

func printCompared(c console, with string, compared keeping.Compared) error {
	fmt.Fprintf(c.out, "%d figures compared with those %s: %d differ\n", compared.Read, with, len(compared.Different))
	t := table.Table{Right: []int{3, 4}}
	for _, d := range compared.Different[:min(len(compared.Different), shownDifferences)] {
		t.Row(string(d.Place), string(d.Year), d.Code, shown(d.Was.Value, d.Was.Records), shown(d.Is.Value, d.Is.Records))
	}
	if len(compared.Different) == 0 {
		return nil
	}
	return t.Write(c.out)
}

func shown(value string, records int64) string {
	if value == "" {
		value = "—"
	}
	return fmt.Sprintf("%s (%d)", value, records)
}

type upgradeCmd struct {
	DryRun            bool `help:"Compare only; nothing is changed. 只比较不切换"`
	AcceptDifferences bool `help:"Switch although figures differ. 接受差异"`
}

// Run upgrades and prints the figures that differ.
func (u upgradeCmd) Run(ctx context.Context, g *globals, c console) error {
	cfg, err := g.config()
	if err != nil {
		return err
	}
	bar := progress.New(c.err, "upgrade")
	options := keeping.UpgradeOptions{DryRun: u.DryRun, Accept: u.AcceptDifferences, Report: bar.Set}
	out, wrong := keeping.Upgrade(ctx, cfg, options, app.Options{Log: g.logger(c)})
	bar.Done()
	if out.Read > 0 {
		if err := printCompared(c, "in use", out.Compared); err != nil {
			return err
		}
	}
	switch {
	case out.Switched:
		fmt.Fprintln(c.out, "the new views are in use")
	case wrong == nil:
		fmt.Fprintln(c.out, "nothing was changed")
	}
	return wrong
}
