// Package publication holds the words of what was published: a figure with everything it stands on, a document with the hash of
// its bytes, and the codes that name them for ever. Its follower keeps them listable; it publishes nothing and reads no figure.
package publication

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"qingshan/catalog"
	"qingshan/internal/digest"
	"qingshan/record"
)

// Rules of publishing:
//
//  1. A publication is an entry: whoever signs it is its By, and nothing changes it. It says what was counted, by which
//     words and on how many entries of each book; what comes later is pending beside it.
//  2. One question — a figure, a place, a period, up to a day — has one chain of publications, numbered from 1. The id of
//     each follows from question and number, so that two people who revise at once meet on one id, and one of them is told.
//  3. A revision names a reason. The old one stays; each of a chain leads to the others.

// Question is what is asked of a figure.
type Question struct {
	Figure string
	Place  record.UnitCode
	Period record.Period
	AsOf   record.Day // 0 = the whole period
}

// Numbered gives the id of the record that publishes the answer under a number of its chain.
func (q Question) Numbered(number int64) record.ID {
	return record.HashID(record.ChannelSystem, fmt.Sprintf("%s %s %d", catalog.KindFigurePublished, q, number))
}

// String gives the question in one line.
func (q Question) String() string {
	text := q.Figure + " " + string(q.Place) + " " + q.Period.String()
	if q.AsOf != 0 {
		text += " " + q.AsOf.String()
	}
	return text
}

// Publication is a published figure. Value is an exact decimal in Unit, or as a claim says it; "" where there is no number.
type Publication struct {
	Question
	Code        Code
	ID          record.ID
	Number      int64 // 1, or that of the revision
	External    string
	Value       string
	Unit        string
	Basis       string
	Status      catalog.Status
	Author      string      // of a claim
	Definition  digest.Hash // of the figure and of all that it stands on
	Catalog     digest.Hash // that holds the definition
	TreeDay     record.Day  // whose units the place is one of
	StandsOn    map[record.Book]int64
	Records     int64
	By          record.PersonRef
	At          time.Time // when it was signed
	Document    string    // in which it is published: a number or title, "" if in none
	Explanation string    // the signed explanation without which it could not be published, as "book/seq"
	Revises     Code      // the one before; zero for the first
	Reason      string
}

// Values gives the values of the entry that publishes; [FromEntry] is the inverse.
func (p Publication) Values() record.Values {
	values := record.Values{
		"figure":     record.Text(p.Figure),
		"place":      record.Text(string(p.Place)),
		"period":     record.Text(p.Period.String()),
		"number":     record.Int(p.Number),
		"external":   record.Text(p.External),
		"basis":      record.Text(p.Basis),
		"status":     record.Text(string(p.Status)),
		"definition": record.Text(p.Definition.String()),
		"catalog":    record.Text(p.Catalog.String()),
		"tree_day":   record.Text(p.TreeDay.String()),
		"stands_on":  record.Text(sizes(p.StandsOn)),
		"records":    record.Int(p.Records),
	}
	for name, text := range map[string]string{"value": p.Value, "unit": p.Unit, "author": p.Author, "document": p.Document,
		"explanation": p.Explanation, "reason": p.Reason} {
		if text != "" {
			values[name] = record.Text(text)
		}
	}
	if p.AsOf != 0 {
		values["as_of"] = record.Text(p.AsOf.String())
	}
	if !p.Revises.Zero() {
		values["revises"] = record.Text(p.Revises.String())
	}
	return values
}

// sizes writes "220323:12 220323102:400", in order.
func sizes(standsOn map[record.Book]int64) string {
	var parts []string
	for _, book := range slices.Sorted(maps.Keys(standsOn)) {
		parts = append(parts, string(book)+":"+strconv.FormatInt(standsOn[book], 10))
	}
	return strings.Join(parts, " ")
}

func parseSizes(text string) (map[record.Book]int64, error) {
	standsOn := map[record.Book]int64{}
	for _, part := range strings.Fields(text) {
		name, size, _ := strings.Cut(part, ":")
		book, err := record.ParseBook(name)
		if err != nil {
			return nil, err
		}
		if standsOn[book], err = strconv.ParseInt(size, 10, 64); err != nil {
			return nil, err
		}
	}
	return standsOn, nil
}

// FromEntry reads a publication out of its entry.
func FromEntry(e record.Entry) (Publication, error) {
	v := e.Record.Values
	text := func(name string) string { return v[name].Text }
	p := Publication{
		Question: Question{Figure: text("figure"), Place: record.UnitCode(text("place"))},
		Code:     Code{Book: e.Record.Book, Seq: e.Seq}, ID: e.Record.ID, Number: v["number"].Int, External: text("external"),
		Value: text("value"), Unit: text("unit"), Basis: text("basis"), Status: catalog.Status(text("status")), Author: text("author"),
		Records: v["records"].Int, By: e.Record.By, At: e.Envelope.Received, Document: text("document"),
		Explanation: text("explanation"), Reason: text("reason"),
	}
	var err error
	keep := func(name string, parse func(string) error) {
		if said := text(name); said != "" && err == nil {
			if err = parse(said); err != nil {
				err = fmt.Errorf("publication %s: %s: %w", p.Code, name, err)
			}
		}
	}
	keep("period", func(s string) (bad error) { p.Period, bad = record.ParsePeriod(s); return })
	keep("as_of", func(s string) (bad error) { p.AsOf, bad = record.ParseDay(s); return })
	keep("definition", func(s string) (bad error) { p.Definition, bad = digest.Parse(s); return })
	keep("catalog", func(s string) (bad error) { p.Catalog, bad = digest.Parse(s); return })
	keep("tree_day", func(s string) (bad error) { p.TreeDay, bad = record.ParseDay(s); return })
	keep("stands_on", func(s string) (bad error) { p.StandsOn, bad = parseSizes(s); return })
	keep("revises", func(s string) (bad error) { p.Revises, bad = ParseCode(s); return })
	return p, err
}
