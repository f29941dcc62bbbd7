package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"qingshan/app"
	"qingshan/fault"
	"qingshan/internal/table"
)

// keeper is the part of the command line that says in whose name the quarantine is seen to.
type keeper struct {
	Book string `help:"Only this book; all of the county's by default. 账本" placeholder:"BOOK"`
	By   string `help:"In whose name, by the person's id; the county's operator by default. 办理人" placeholder:"PERSON"`
}

func (k keeper) asked() app.Keeper { return app.Keeper{Book: k.Book, Person: k.By} }

type quarantineCmd struct {
	List    quarantineListCmd    `cmd:"" help:"List what waits, the oldest first. 列出隔离件"`
	Show    quarantineShowCmd    `cmd:"" help:"Show an item and what was done about it. 查看隔离件"`
	Repair  quarantineRepairCmd  `cmd:"" help:"Send a corrected record in the place of an item. 更正入账"`
	Replay  quarantineReplayCmd  `cmd:"" help:"Judge items again under the catalog and registers of today. 重新受理"`
	Dismiss quarantineDismissCmd `cmd:"" help:"Settle an item without storing it, for a reason. 不予入账"`
}

type quarantineListCmd struct {
	keeper
	State string `help:"waiting, repaired, replayed, dismissed or all. 处理状态" default:"waiting" enum:"waiting,repaired,replayed,dismissed,all"`
	Code  string `help:"Only with this reason. 原因代码" placeholder:"CODE"`
	JSON  bool   `help:"Print a JSON array." name:"json"`
}

// Run lists items by the id that the other commands take.
func (l quarantineListCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.look(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	items, err := a.Quarantine().List(ctx, l.asked(), strings.Replace(l.State, "all", "", 1), l.Code)
	if err != nil {
		return err
	}
	if l.JSON {
		return printJSON(c, items)
	}
	say, err := g.sentences()
	if err != nil {
		return err
	}
	t := table.Table{}
	for _, i := range items {
		t.Row(i.ID, minute(i.Received), i.Book, i.Sender, what(say, i), say("state."+i.State, nil), reasons(say, i.Reason))
	}
	return t.Write(c.out)
}

// what names an item by the kind of its record.
func what(say func(string, map[string]string) string, i app.QuarantineItem) string {
	if i.Kind != "" {
		return i.Kind
	}
	return say("form."+i.Form, nil)
}

// reasons says why something is not stored.
func reasons(say func(string, map[string]string) string, findings []app.Finding) string {
	var said []string
	for _, f := range findings {
		if f.Grade == "fatal" {
			said = append(said, say(f.Code, f.Data))
		}
	}
	return strings.Join(said, " ")
}

// minute gives a moment on the clock of the place.
func minute(at time.Time) string { return at.In(app.Zone()).Format("2006-01-02 15:04") }

type quarantineShowCmd struct {
	keeper
	ID   string `arg:"" help:"The id that list shows. 隔离件编号"`
	Raw  string `help:"Write the bytes as they came to this file; the history will say so. 原始内容写入文件" placeholder:"FILE"`
	JSON bool   `help:"Print JSON." name:"json"`
}

// Run shows an item. The bytes may hold personal data: they go into a file that only the owner may read.
func (s quarantineShowCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.look(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	if s.Raw != "" {
		raw, err := a.Quarantine().Raw(ctx, s.asked(), s.ID)
		if err != nil {
			return err
		}
		if err := os.WriteFile(s.Raw, raw, 0o600); err != nil {
			return fmt.Errorf("write the bytes of %s: %w", s.ID, err)
		}
	}
	item, err := a.Quarantine().Show(ctx, s.asked(), s.ID)
	if err != nil {
		return err
	}
	if s.JSON {
		return printJSON(c, item)
	}
	return printItem(g, c, item)
}

func printItem(g *globals, c console, i app.QuarantineItem) error {
	say, err := g.sentences()
	if err != nil {
		return err
	}
	t := table.Table{}
	t.Row(i.ID, i.Book, what(say, i), say("state."+i.State, nil))
	t.Row("SHA-256", i.Hash, say("quarantine.bytes", map[string]string{"bytes": fmt.Sprint(i.Bytes), "times": fmt.Sprint(i.Times)}))
	if err := t.Write(c.out); err != nil {
		return err
	}
	for _, f := range i.Reason {
		fmt.Fprintln(c.out, "· "+named(f.Field)+say(f.Code, f.Data))
	}
	history := table.Table{}
	for _, s := range i.History {
		history.Row(minute(s.At), s.Who, say("deed."+s.Did, nil), s.Why)
	}
	if err := history.Write(c.out); err != nil {
		return err
	}
	for _, entry := range i.Entries {
		fmt.Fprintln(c.out, "→ "+entry)
	}
	return nil
}

func named(field string) string {
	if field == "" {
		return ""
	}
	return field + ": "
}

type quarantineRepairCmd struct {
	keeper
	ID   string `arg:"" help:"The id that list shows. 隔离件编号"`
	File string `arg:"" help:"A file with the corrected record as JSON, or a list of them; without id. 更正后的记录" type:"existingfile"`
	Into string `help:"The book it belongs to, if not the one that the device named. 应入账本" placeholder:"BOOK"`
	Why  string `help:"What was corrected and on whose word. 说明" placeholder:"WHY"`
}

// Run repairs; it fails if anything of it is not stored.
func (r quarantineRepairCmd) Run(ctx context.Context, g *globals, c console) error {
	text, err := os.ReadFile(r.File)
	if err != nil {
		return fmt.Errorf("read the corrected record: %w", err)
	}
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	results, err := a.Quarantine().Repair(ctx, r.asked(), r.ID, r.Into, r.Why, text)
	if err != nil {
		return err
	}
	return printResults(g, c, results)
}

// printResults prints a line for each record, and fails if one is not stored.
func printResults(g *globals, c console, results []app.QuarantineResult) error {
	say, err := g.sentences()
	if err != nil {
		return err
	}
	missing := 0
	for _, r := range results {
		fmt.Fprintln(c.out, strings.TrimRight(say("outcome."+r.Outcome, nil)+" "+r.Entry+" "+r.Item, " "))
		for _, f := range r.Findings {
			fmt.Fprintln(c.out, "  · "+named(f.Field)+say(f.Code, f.Data))
		}
		if r.Entry == "" {
			missing++
		}
	}
	if missing > 0 {
		return fault.New(fault.Conflict, "quarantine.still_waits", fault.Data{"records": fmt.Sprint(missing)})
	}
	return nil
}

type quarantineReplayCmd struct {
	keeper
	IDs  []string `arg:"" optional:"" help:"The ids that list shows. 隔离件编号" name:"id"`
	All  bool     `help:"Everything that waits. 全部待处理的"`
	Code string   `help:"With --all: only what waits for this reason. 原因代码" placeholder:"CODE"`
}

// Run replays the items named, or all; what still does not fit waits on.
func (r quarantineReplayCmd) Run(ctx context.Context, g *globals, c console) error {
	if r.All == (len(r.IDs) > 0) {
		return fault.New(fault.Invalid, "query.all_or_ids", nil)
	}
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	say, err := g.sentences()
	if err != nil {
		return err
	}
	if r.All {
		tried, stored, still, err := a.Quarantine().ReplayAll(ctx, r.asked(), r.Code)
		if err != nil {
			return err
		}
		fmt.Fprintln(c.out, say("quarantine.round", map[string]string{"tried": fmt.Sprint(tried), "stored": fmt.Sprint(stored), "still": fmt.Sprint(still)}))
		return nil
	}
	var results []app.QuarantineResult
	for _, id := range r.IDs {
		part, err := a.Quarantine().Replay(ctx, r.asked(), id)
		if err != nil {
			return err
		}
		results = append(results, part...)
	}
	return printResults(g, c, results)
}

type quarantineDismissCmd struct {
	keeper
	ID  string `arg:"" help:"The id that list shows. 隔离件编号"`
	Why string `help:"Why it is not to be stored; it stays, so no personal data. 理由" required:"" placeholder:"WHY"`
}

// Run dismisses; the reason and who gave it stay in the item's history.
func (d quarantineDismissCmd) Run(ctx context.Context, g *globals, c console) error {
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.Quarantine().Dismiss(ctx, d.asked(), d.ID, d.Why); err != nil {
		return err
	}
	say, err := g.sentences()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, say("deed.dismissed", nil)+" "+d.ID)
	return err
}
