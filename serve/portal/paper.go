package portal

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/gazette"
	"qingshan/indicator"
	"qingshan/internal/httpx"
	"qingshan/publication"
	"qingshan/record"
	"qingshan/report"
)

// paperPage is what a code names, with its proof: a figure beside what is counted now, or a document.
type paperPage struct {
	frame
	proven
	Code      string
	Place     string
	When      string
	AsOf      string
	Signed    string // the day
	Reason    string
	Published []frozen // the figure's chain, or the figures of a document; the first first
	Figure    *figureShown
	Document  *documentShown
}

// figureShown is a published figure. Who signed stands in the entry, for those who may read it.
type figureShown struct {
	Label      string
	Link       string // to the figure as it is counted now
	Value      string
	Unit       string
	Basis      string
	Author     string
	Number     int64
	Later      *frozen // the last of the chain, if it is another one
	Measures   string
	Records    int64
	StandsOn   map[record.Book]int64
	Definition string
	TreeDay    string
	Document   string
	Explained  []entryLink
	Counted    bool // what is counted now could be read
	Live       string
	Behind     int64
	Redefined  bool
	Moved      bool
	Pending    int
	Changes    []changeShown
}

type documentShown struct {
	Title, Media, Content, At string
	Size                      int64
}

// frozen is one publication in a list or beside a figure.
type frozen struct {
	Code    string
	Link    string
	Label   string
	Number  int64
	Value   string
	Unit    string
	Signed  string
	Reason  string
	Pending int
	Here    bool
}

type entryLink struct{ Label, Link string }

// changeShown is one record that makes the difference, as the public sees it.
type changeShown struct {
	entryLink
	Day, Kind, Place, Before, After, Unit string
}

func (d *Door) paper(w http.ResponseWriter, r *http.Request) error {
	code, err := publication.ParseCode(r.PathValue("code"))
	if err != nil {
		return err
	}
	found, err := d.Gazette.Resolve(r.Context(), code)
	if err != nil {
		return err
	}
	page := paperPage{frame: d.frame(r), proven: proven{Book: code.Book, Seq: code.Seq}, Code: code.String()}
	if err := d.prove(r.Context(), &page.proven); err != nil {
		return err
	}
	var since gazette.Since
	if found.Figure != nil {
		if since, err = d.sinceOf(r.Context(), *found.Figure); err != nil {
			return err
		}
	}
	if httpx.Unchanged(w, r, d.state(r, page.Root, sizes(since.Live.StandsOn), fmt.Sprint(since.Behind, len(since.Changes)))) {
		return nil
	}
	if found.Figure != nil {
		err = d.showFigure(r.Context(), since, &page)
	} else {
		err = d.showDocument(r.Context(), *found.Document, &page)
	}
	if err != nil {
		return err
	}
	return d.write(w, http.StatusOK, "paper", page)
}

// sinceOf reads what came since. While that cannot be counted, the publication is shown without it: a code resolves always.
func (d *Door) sinceOf(ctx context.Context, shown gazette.Shown) (gazette.Since, error) {
	since, err := d.Gazette.Pending(ctx, shown.Code)
	if fault.Is(err, fault.Unavailable) {
		return gazette.Since{Shown: shown}, nil
	}
	return since, err
}

// about fills in what figure and document have in common.
func (d *Door) about(ctx context.Context, page *paperPage, place record.UnitCode, period record.Period) error {
	names, err := d.Register.Names(ctx, page.Book, []record.UnitCode{place}, d.today())
	page.Place, page.When = nameOr(names[place], place), page.Days(period)
	return err
}

func (d *Door) showFigure(ctx context.Context, since gazette.Since, page *paperPage) error {
	p := since.Publication
	if err := d.about(ctx, page, p.Place, p.Period); err != nil {
		return err
	}
	words := d.Catalogs(p.Catalog)
	if words == nil {
		return fmt.Errorf("publication %s names the catalog %s, which is not kept", p.Code, p.Catalog)
	}
	figure, _ := words.Figure(p.Figure)
	page.ID, page.Catalog, page.Reason, page.Signed = p.ID.String(), p.Catalog.String(), p.Reason, page.Date(record.DayAt(p.At, record.Zone()))
	s := scope{query: indicator.Query{Place: p.Place, Period: p.Period, AsOf: p.AsOf}, keep: page.keep}
	if p.AsOf != 0 {
		page.AsOf = page.Date(p.AsOf)
	}
	f := &figureShown{Label: page.In(figure.ZH, figure.EN), Link: s.figureLink(p.Figure, p.Place), Value: p.Value, Unit: page.unit(words, p.Unit),
		Basis: page.basis(p.Basis, p.Status), Author: p.Author, Number: p.Number, Records: p.Records, StandsOn: p.StandsOn,
		Definition: p.Definition.String(), TreeDay: page.Date(p.TreeDay), Document: p.Document, Counted: since.Live.StandsOn != nil,
		Behind: since.Behind, Redefined: since.Redefined, Pending: len(since.Changes), Measures: page.measures(words, figure)}
	for _, of := range strings.Fields(p.Explanation) {
		f.Explained = append(f.Explained, entryLink{of, "/records/" + of + page.keep.encode()})
	}
	if since.Live.Value != nil {
		f.Live = *since.Live.Value
	}
	f.Moved = f.Counted && f.Live != p.Value
	for _, one := range since.Chain {
		shown := page.frozen(words, one)
		shown.Here = one.Code == p.Code
		page.Published = append(page.Published, shown)
	}
	if last := page.Published[len(page.Published)-1]; !last.Here {
		f.Later = &last
	}
	page.Figure = f
	page.Title = page.Say("portal.figure_title", "figure", f.Label, "place", page.Place, "period", page.When) + " · " + page.Code
	var err error
	f.Changes, err = d.changes(ctx, page.frame, words, since)
	return err
}

// basis says on what ground a number stands; a claim stands on none of ours.
func (f frame) basis(basis string, status catalog.Status) string {
	if status == catalog.Claimed {
		return f.Say("portal.claimed")
	}
	return f.Say(report.BasisWord(basis))
}

// measures names what a figure counts.
func (f frame) measures(words *catalog.Catalog, figure catalog.Figure) string {
	var list []string
	for _, name := range figure.Of {
		m, _ := words.Measure(name)
		list = append(list, f.In(m.ZH, m.EN))
	}
	return strings.Join(list, f.In("、", ", "))
}

// frozen shows one publication of a chain.
func (f frame) frozen(words *catalog.Catalog, p publication.Publication) frozen {
	figure, _ := words.Figure(p.Figure)
	return frozen{Code: p.Code.String(), Link: paperLink(p.Code, f.keep), Label: f.In(figure.ZH, figure.EN), Number: p.Number, Value: p.Value,
		Unit: f.unit(words, p.Unit), Signed: f.Date(record.DayAt(p.At, record.Zone())), Reason: p.Reason}
}

// beside shows next to a figure what stands published of it.
func (f frame) beside(words *catalog.Catalog, since *gazette.Since) *frozen {
	if since == nil {
		return nil
	}
	shown := f.frozen(words, since.Publication)
	shown.Pending = len(since.Changes)
	return &shown
}

func paperLink(code publication.Code, keep params) string {
	return "/p/" + code.String() + keep.encode()
}

// changes shows what came since, by the rules of what the public sees of a record.
func (d *Door) changes(ctx context.Context, f frame, words *catalog.Catalog, since gazette.Since) ([]changeShown, error) {
	list := since.Changes[:min(len(since.Changes), recordsShown)]
	places := map[record.Book][]record.UnitCode{}
	for _, c := range list {
		places[c.Book] = append(places[c.Book], publicPlace(c.Place))
	}
	names := map[record.Book]map[record.UnitCode]string{}
	for book := range places {
		var err error
		if names[book], err = d.Register.Names(ctx, book, unique(places[book]), d.today()); err != nil {
			return nil, err
		}
	}
	var out []changeShown
	for _, c := range list {
		kind, _ := words.Kind(c.Kind)
		place := publicPlace(c.Place)
		shown := changeShown{entryLink: entryLink{fmt.Sprintf("%s/%d", c.Book, c.Seq), recordLink(c.Book, c.Seq, f.keep)}, Day: c.Day.String(),
			Kind: f.In(kind.ZH, kind.EN), Place: nameOr(names[c.Book][place], place)}
		if unit, counts := indicator.UnitOf(words, since.Figure, c.Measure); counts {
			shown.Before, shown.After, shown.Unit = amountOf(unit, c.Before), amountOf(unit, c.After), f.In(unit.ZH, unit.EN)
		}
		out = append(out, shown)
	}
	return out, nil
}

func amountOf(unit catalog.Unit, amount *int64) string {
	if amount == nil {
		return ""
	}
	return unit.Format(*amount)
}

func (d *Door) showDocument(ctx context.Context, doc publication.Document, page *paperPage) error {
	if err := d.about(ctx, page, doc.Place, doc.Period); err != nil {
		return err
	}
	page.ID, page.Reason, page.Signed = doc.ID.String(), doc.Reason, page.Date(record.DayAt(doc.At, record.Zone()))
	page.Catalog = catalog.System().Hash().String()
	page.Document = &documentShown{Title: doc.Title, Media: doc.Media, Size: doc.Size, Content: doc.Content.String(),
		At: "/api/v1/publications/" + page.Code + "/content"}
	page.Title = doc.Title + " · " + page.Code
	for _, code := range doc.Figures {
		found, err := d.Gazette.Resolve(ctx, code)
		if err != nil {
			return err
		}
		if found.Figure == nil {
			continue
		}
		words := d.Catalogs(found.Figure.Catalog)
		if words == nil {
			words = catalog.System()
		}
		page.Published = append(page.Published, page.frozen(words, found.Figure.Publication))
	}
	return nil
}
