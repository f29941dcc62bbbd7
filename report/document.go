package report

import (
	"context"
	"maps"
	"slices"

	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/record"
	"qingshan/register"
)

// The parts of a document, in their order. A part of the work that a county adds to the catalog follows after them.
const (
	PartResponsibility = "responsibility"
	PartParty          = "party"
	PartCleanUp        = "clean_up"
	PartManure         = "manure"
	PartDrone          = "drone"
	PartForest         = "forest"
	PartRiver          = "river"
	PartCases          = "cases"
	PartCampaigns      = "campaigns"
	PartFigures        = "figures"
	PartPortal         = "portal"
)

// Section is one part of a document with the figures that belong to it.
type Section struct {
	Word  string       // one of the parts, or "" for one that the catalog adds
	Added catalog.Part // then this one
	Lines []Line
}

// frame is the order of a document's parts, each with the catalog's parts that it takes in.
func frame() []struct {
	word  string
	takes []string
} {
	return []struct {
		word  string
		takes []string
	}{
		{PartResponsibility, []string{"responsibility"}},
		{PartParty, []string{"party"}},
		{PartCleanUp, []string{"grid", "clean-up"}},
		{PartManure, []string{"manure"}},
		{PartDrone, []string{"drone"}},
		{PartForest, []string{"forest"}},
		{PartRiver, []string{"river"}},
		{PartCases, []string{"cases"}},
		{PartCampaigns, []string{"campaign", "event"}},
		{PartFigures, []string{"figures"}},
		{PartPortal, []string{"portal"}},
	}
}

// sections lays a sheet out: the eleven parts whether there is something in them or not, then what the catalog adds.
func sections(s Sheet) []Section {
	var out []Section
	taken := map[string]bool{}
	for _, f := range frame() {
		section := Section{Word: f.word}
		for _, part := range f.takes {
			taken[part] = true
			section.Lines = append(section.Lines, s.ofPart(part)...)
		}
		out = append(out, section)
	}
	for _, part := range s.Catalog.Parts() {
		if lines := s.ofPart(part.Word); !taken[part.Word] && len(lines) > 0 {
			out = append(out, Section{Added: part, Lines: lines})
		}
	}
	return out
}

func (s Sheet) ofPart(part string) []Line {
	var lines []Line
	for _, l := range s.Lines {
		if l.Figure.Part == part {
			lines = append(lines, l)
		}
	}
	return lines
}

// Root is the state of a book that a document stands on: whoever keeps it can later have it proven that the book only grew.
type Root struct {
	Book record.Book
	Size int64
	Root digest.Hash
}

// Document is what a document about a place and a period is made from, all read on one state.
type Document struct {
	Sheet
	Until    record.Day // the last day that counts
	Sections []Section
	Below    []register.Unit
	Where    map[string][]Share // of figures that add up: what each place below contributes, by the figure's code
	Roots    []Root
}

// Document reads all that a document is made from.
func (r *Reader) Document(ctx context.Context, q indicator.Query) (Document, error) {
	for range attempts {
		d := Document{Until: q.Period.Clip(q.AsOf).Clip(r.o.Today()).To}
		var err error
		if d.Sheet, err = r.Sheet(ctx, q); err != nil {
			return d, err
		}
		d.settle()
		d.Sections = sections(d.Sheet)
		whole, err := r.where(ctx, &d)
		if err != nil || !whole {
			if err != nil {
				return d, err
			}
			continue
		}
		return d, r.roots(ctx, &d)
	}
	return Document{}, fault.New(fault.Unavailable, "followers.behind", fault.Data{"book": string(q.Place)})
}

// where reads for every figure that adds up what the places below contribute, and tells whether that stands on the sheet's
// state.
func (r *Reader) where(ctx context.Context, d *Document) (whole bool, err error) {
	var codes []string
	for _, l := range d.Lines {
		if l.Records > 0 && !l.Moved() && AddsUp(d.Catalog, l.Figure) { // shares are of what is counted now
			codes = append(codes, l.Figure.Code)
		}
	}
	d.Where = map[string][]Share{}
	if d.Below, err = r.Below(ctx, d.Query.Place, d.Query); err != nil || len(codes) == 0 {
		return true, err
	}
	for _, u := range d.Below {
		q := d.Query
		q.Place, q.Codes = u.Code, codes
		readings, err := r.o.Board.Read(ctx, d.Catalog, q)
		if err != nil {
			return false, err
		}
		for _, reading := range readings {
			if !narrower(d.StandsOn, reading.StandsOn) {
				return false, nil
			}
			d.Where[reading.Figure.Code] = append(d.Where[reading.Figure.Code], Share{Unit: u, Reading: reading})
		}
	}
	return true, nil
}

// narrower tells whether what a place below stands on is a part of what the whole does.
func narrower(whole, part map[record.Book]int64) bool {
	for book, size := range part {
		if whole[book] != size {
			return false
		}
	}
	return true
}

// roots reads the books' roots at the sizes that the document stands on.
func (r *Reader) roots(ctx context.Context, d *Document) error {
	for _, book := range slices.Sorted(maps.Keys(d.StandsOn)) {
		if d.StandsOn[book] == 0 {
			continue
		}
		at, err := r.o.Ledger.At(ctx, book, d.StandsOn[book])
		if err != nil {
			return err
		}
		d.Roots = append(d.Roots, Root{Book: book, Size: at.Size, Root: digest.Hash(at.Root)})
	}
	return nil
}
