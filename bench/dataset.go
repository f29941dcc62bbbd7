package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"qingshan/app"
	"qingshan/catalog"
	"qingshan/db"
	"qingshan/record"
)

// edition numbers the generator: a folder that another edition wrote is written anew.
const edition = 1

// dataset is an installation whose town's book has about so many entries.
type dataset struct {
	db.Location
	entries int
	kept    bool // in a folder that outlives the run
}

// config opens the installation.
func (d *dataset) config() app.Config {
	return app.Config{Dir: d.Dir, DB: d.URL, Schema: d.Schema,
		Books: []app.BookConfig{{Book: county}, {Book: town, Parent: county}}}
}

// dataset gives the installation of a size: on SQLite from the folder of data sets if it is there, else made through the
// ledger, with the followers running.
func (b *bench) dataset(ctx context.Context, entries int) (*dataset, error) {
	d := &dataset{entries: entries}
	if b.url != "" || b.data == "" {
		p, err := b.newPlace()
		if err != nil {
			return nil, err
		}
		d.Location = p.Location
	} else {
		d.Location, d.kept = db.Location{Dir: filepath.Join(b.data, fmt.Sprintf("sqlite-%d-%d", entries, edition))}, true
	}
	done := filepath.Join(d.Dir, "done")
	if _, err := os.Stat(done); err == nil {
		return d, nil
	}
	if d.kept {
		if err := os.RemoveAll(d.Dir); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(d.Dir, 0o750); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := d.write(ctx); err != nil {
		return nil, errors.Join(err, d.clear(ctx))
	}
	fmt.Fprintf(b.out, "wrote a book of %d entries and followed it in %v\n", entries, time.Since(began).Round(time.Second))
	return d, os.WriteFile(done, nil, 0o600)
}

// clear removes a data set that is not kept.
func (d *dataset) clear(ctx context.Context) error {
	if d.kept {
		return nil
	}
	return (&place{d.Location}).clear(ctx)
}

// portion is how many records are appended at once.
const portion = 5000

// write fills the books.
func (d *dataset) write(ctx context.Context) error {
	words, err := catalog.Standard()
	if err != nil {
		return err
	}
	cfg := d.config()
	cfg.CommitBatch = portion
	a, err := app.Open(ctx, cfg, app.Options{})
	if err != nil {
		return err
	}
	defer a.Close()
	y := newYearbook(words.Hash(), d.entries)
	for _, subs := range [][]record.Submission{y.county(), y.objects()} {
		if err := stored(ctx, a, subs); err != nil {
			return err
		}
		if err := a.CatchUp(ctx); err != nil {
			return err
		}
	}
	for y.n < d.entries {
		subs := make([]record.Submission, 0, portion)
		for range min(portion, d.entries-y.n) {
			subs = append(subs, y.next())
		}
		if err := stored(ctx, a, subs); err != nil {
			return err
		}
	}
	return a.CatchUp(ctx)
}

// stored appends and wants all of it new.
func stored(ctx context.Context, a *app.App, subs []record.Submission) error {
	receipts, err := a.Append(ctx, subs...)
	for _, r := range receipts {
		if r.Outcome != record.Stored {
			return fmt.Errorf("record %s: %s", r.ID, r.Outcome)
		}
	}
	return err
}

// registered is the day from which the objects hold.
const registered record.Day = 20200630

// states is a statement of an object of a register, outside of the count of the yearbook.
func (y *yearbook) states(book record.Book, register, object string, place record.UnitCode, values record.Values) record.Submission {
	values["object"] = record.Text(object)
	r := y.record(registered, record.Kind("register."+register), place, values)
	r.ID, r.Book = record.HashID(record.ChannelAPI, register+"/"+object), book
	return y.submission(r)
}

// county is what the county registers: units and rivers.
func (y *yearbook) county() []record.Submission {
	unit := func(code record.UnitCode, class string) record.Submission {
		return y.states(county, "unit", string(code), code, record.Values{"name": record.Text(class + " " + string(code)), "class": record.Text(class)})
	}
	subs := []record.Submission{unit(county, "county"), unit(town, "town")}
	for v := range villages {
		subs = append(subs, unit(villageOf(v), "village"))
	}
	for n := range rivers {
		subs = append(subs, y.states(county, "river", objectID("river", n), town, record.Values{"name": record.Text(fmt.Sprint("river ", n)), "class": record.Text("tributary")}))
	}
	return subs
}

// objects is what the town registers: grids, households, herds and branches. They are the first of its entries.
func (y *yearbook) objects() []record.Submission {
	var subs []record.Submission
	for v := range villages {
		for g := range gridsOf {
			subs = append(subs, y.states(town, "grid", string(gridOf(v, g)), gridOf(v, g), record.Values{"name": record.Text(fmt.Sprint("grid ", g))}))
		}
	}
	for n := range households {
		subs = append(subs, y.states(town, "household", objectID("household", n), villageOf(n%villages), record.Values{"class": record.Text("free_range")}))
	}
	for n := range branches {
		subs = append(subs, y.states(town, "branch", objectID("branch", n), town, record.Values{"name": record.Text(fmt.Sprint("branch ", n)), "class": record.Text("village")}))
	}
	return slices.Clip(subs)
}
