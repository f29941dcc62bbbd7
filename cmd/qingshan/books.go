package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"qingshan/app"
	"qingshan/app/keeping"
	"qingshan/internal/progress"
	"qingshan/internal/table"
	"qingshan/witness"
)

type verifyCmd struct {
	Book  string   `help:"Only this book. 账本" placeholder:"BOOK"`
	Older []string `help:"Files with checkpoints kept earlier; each book must have grown from them. 旧检查点文件" placeholder:"FILE" type:"existingfile"`
	JSON  bool     `help:"Print JSON." name:"json"`
}

// Run verifies and prints a line per book; the first breach ends it and names the entry.
func (v verifyCmd) Run(ctx context.Context, g *globals, c console) error {
	older, err := readNotes(v.Older)
	if err != nil {
		return err
	}
	a, err := g.look(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	lines, err := a.Verify(ctx, v.Book, older)
	if err != nil {
		return err
	}
	if v.JSON {
		return printJSON(c, lines)
	}
	t := table.Table{Right: []int{1, 2}}
	for _, l := range lines {
		t.Row(l.Book, fmt.Sprint(l.Entries), fmt.Sprint(l.Personal), l.Root, "ok")
	}
	return t.Write(c.out)
}

// readNotes reads files that hold signed notes, one after the other, and proofs between them.
func readNotes(files []string) ([][]byte, error) {
	var notes [][]byte
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read checkpoint: %w", err)
		}
		for _, n := range witness.ReadNotes(string(text)) {
			notes = append(notes, n.Text)
		}
	}
	return notes, nil
}

type checkpointCmd struct {
	Book  string   `help:"Only this book. 账本" placeholder:"BOOK"`
	Since []string `help:"Files with checkpoints kept earlier: add proofs that the books only grew from them. 旧检查点文件" placeholder:"FILE" type:"existingfile"`
	Key   bool     `help:"Print the public key that signs them instead. 公钥"`
}

// Run prints the signed notes, one after the other; `verify --older FILE` reads them back.
func (p checkpointCmd) Run(ctx context.Context, g *globals, c console) error {
	older, err := readNotes(p.Since)
	if err != nil {
		return err
	}
	a, err := g.look(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	if p.Key {
		key, err := a.Ledger().VerifierKey(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.out, key)
		return err
	}
	notes, err := keeping.ProvenCheckpoints(ctx, a, p.Book, older)
	if err != nil {
		return err
	}
	for _, note := range notes {
		if _, err := c.out.Write(note); err != nil {
			return err
		}
	}
	return nil
}

type rebuildCmd struct{}

// Run rebuilds and prints for each table whether the replay gave what stood there before.
func (rebuildCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.look(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	bar := progress.New(c.err, "replay")
	tables, err := a.Rebuild(ctx, bar.Set)
	bar.Done()
	if err != nil {
		return err
	}
	t, differing := table.Table{}, 0
	for _, tab := range tables {
		verdict := "same"
		switch {
		case tab.Before == "":
			verdict = "built anew"
		case tab.Before != tab.After:
			verdict, differing = "differs", differing+1
		}
		t.Row(tab.Name, verdict)
	}
	if err := t.Write(c.out); err != nil {
		return err
	}
	if differing > 0 {
		return app.ReplayDiffers(differing)
	}
	return nil
}

type eraseCmd struct {
	Person string `arg:"" help:"Whose data: a person's id, or person/ID, household/ID, rec/RECORD. 对象"`
	Reason string `help:"Why: on request, or the schedule. 理由" required:"" placeholder:"WHY"`
}

// Run erases and prints the books in which something was kept.
func (e eraseCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	erased, err := a.Erase(ctx, e.Person, e.Reason)
	if err != nil {
		return err
	}
	say, err := g.sentences()
	if err != nil {
		return err
	}
	for _, book := range erased.Books {
		fmt.Fprintln(c.out, say("erase.book", map[string]string{"book": book, "subject": e.Person}))
	}
	for _, item := range erased.Scrubbed {
		fmt.Fprintln(c.out, say("erase.scrubbed", map[string]string{"item": item}))
	}
	for _, item := range erased.Waiting {
		fmt.Fprintln(c.out, say("erase.waiting", map[string]string{"item": item}))
	}
	return nil
}

func printJSON(c console, v any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
