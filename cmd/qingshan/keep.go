package main

import (
	"context"
	"fmt"

	"qingshan/app"
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
	report, err := a.Backup(ctx, b.To, app.BackupOptions{Program: buildVersion(), Report: bar.Set})
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
	options := app.RestoreOptions{From: r.From, Erasures: r.Erasures, Report: bar.Set}
	restored, err := app.Restore(ctx, cfg, options, app.Options{Log: g.logger(c)})
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
