package portal

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/internal/httpx"
	"qingshan/record"
	"qingshan/report"
)

// figurePage is one figure, where it comes from, and the records behind it.
type figurePage struct {
	frame
	scopeBar
	Sheet    report.Sheet
	Row      row
	Part     string
	Back     string
	Measures string
	Parts    []row // of a figure that divides or adds others
	Divides  bool
	Shares   []shareShown
	Adds     bool // the shares and the rest come to the figure
	Rest     string
	Groups   []group
	Next     string
}

// shareShown is what one place below contributes.
type shareShown struct {
	Label   string
	Link    string
	Value   string
	Records int64
	Part    int // in thousandths of the whole, for the bar; only where shares add up
}

// group is the records of one village on a page.
type group struct {
	Place   string
	Records []recordRow
}

// recordRow is one record's share in a figure as the public sees it: what, when, where and how much, and never who.
type recordRow struct {
	Link   string
	Day    string
	Kind   string
	Amount string
	Unit   string
	Book   record.Book
	Seq    int64
	Leaf   string
}

// recordsShown is how many records a page lists.
const recordsShown = 100

var codeForm = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)

func (d *Door) figure(w http.ResponseWriter, r *http.Request) error {
	s, err := d.readScope(r)
	if err != nil {
		return err
	}
	code := r.PathValue("code")
	if len(code) > 100 || !codeForm.MatchString(code) {
		return fault.New(fault.Invalid, "query.code", nil)
	}
	s.query.Codes = append([]string{code}, d.Reader.PartsOf(code)...)
	sheet, err := d.Reader.Sheet(r.Context(), s.query)
	if err != nil {
		return err
	}
	if httpx.Unchanged(w, r, d.state(r, sheet.Catalog.Hash().String(), sizes(sheet.StandsOn), fmt.Sprint(sheet.Behind), frozenIn(sheet))) {
		return nil
	}
	page := figurePage{frame: d.frame(r), Sheet: sheet}
	if err := d.define(r, s, &page); err != nil {
		return err
	}
	if err := d.share(r.Context(), s, &page); err != nil {
		return err
	}
	if err := d.list(r.Context(), s, httpx.QueryOf(r).Get("after"), &page); err != nil {
		return err
	}
	return d.write(w, http.StatusOK, "figure", page)
}

// define says what the figure is and what it is made of.
func (d *Door) define(r *http.Request, s scope, page *figurePage) error {
	line, words := page.Sheet.Lines[0], page.Sheet.Catalog
	page.Row = page.row(s, words, line)
	page.Title = page.Say("portal.figure_title", "figure", page.Row.Label, "place", page.Sheet.PlaceName, "period", page.Days(s.query.Period))
	page.Back = s.link(s.query.Place, s.query.Period)
	page.Divides = line.Figure.Ratio != nil
	for _, part := range words.Parts() {
		if part.Word == line.Figure.Part {
			page.Part = page.In(part.ZH, part.EN)
		}
	}
	page.Measures = page.measures(words, line.Figure)
	for _, part := range page.Sheet.Lines[1:] {
		page.Parts = append(page.Parts, page.row(s, words, part))
	}
	var err error
	page.scopeBar, err = d.bar(r, s, page.Sheet.PlaceName)
	return err
}

// share says what each place below contributes, in the order of the codes, and what stands for the place itself.
func (d *Door) share(ctx context.Context, s scope, page *figurePage) error {
	line := page.Sheet.Lines[0]
	if line.Status != catalog.Counted || line.Records == 0 {
		return nil
	}
	s.query.Codes = s.query.Codes[:1]
	shares, err := d.Reader.Shares(ctx, s.query)
	if err != nil || len(shares) == 0 {
		return err
	}
	page.Adds = report.AddsUp(page.Sheet.Catalog, line.Figure)
	rest := line.Amount
	for _, share := range shares {
		rest -= share.Reading.Amount
		shown := shareShown{Label: share.Unit.Name, Link: s.figureLink(line.Figure.Code, share.Unit.Code), Records: share.Reading.Records}
		if share.Reading.Value != nil {
			shown.Value = *share.Reading.Value
		}
		if page.Adds && line.Amount > 0 {
			shown.Part = int(share.Reading.Amount * 1000 / line.Amount)
		}
		page.Shares = append(page.Shares, shown)
	}
	if unit, known := page.Sheet.Catalog.Unit(line.Unit); page.Adds && known && rest != 0 {
		page.Rest = unit.Format(rest)
	}
	return nil
}

// list fills one page of the records, village by village.
func (d *Door) list(ctx context.Context, s scope, after string, page *figurePage) error {
	words, code := page.Sheet.Catalog, page.Row.Code
	list, next, err := d.Board.Because(ctx, words, code, s.query, indicator.Page{After: after, Limit: recordsShown})
	if err != nil {
		return err
	}
	known, err := d.behind(ctx, list)
	if err != nil {
		return err
	}
	for _, b := range list {
		place := publicPlace(b.Place)
		name := nameOr(known.names[b.Book][place], place)
		if n := len(page.Groups); n == 0 || page.Groups[n-1].Place != name {
			page.Groups = append(page.Groups, group{Place: name})
		}
		g := &page.Groups[len(page.Groups)-1]
		g.Records = append(g.Records, page.recordRow(s, words, code, b, known.entries[b.Book][b.Seq]))
	}
	if next != "" {
		page.Next = "/figures/" + code + s.at(s.query.Place, s.query.Period).with("after", next).encode()
	}
	return nil
}

// publicPlace is where the public is told that something was: in a village, not in which of its grids, where it might be
// told whose yard it was.
func publicPlace(place record.UnitCode) record.UnitCode {
	if place != "" && place.Level() == record.Grid {
		return place.Up()
	}
	return place
}

func (f frame) recordRow(s scope, words *catalog.Catalog, code string, b indicator.Because, e record.Entry) recordRow {
	kind, _ := words.Kind(e.Record.Kind)
	out := recordRow{Link: recordLink(b.Book, b.Seq, s.keep), Day: b.Day.String(), Kind: f.In(kind.ZH, kind.EN),
		Book: b.Book, Seq: b.Seq, Leaf: e.Leaf.String()}
	if unit, counts := indicator.UnitOf(words, code, b.Measure); counts {
		out.Amount, out.Unit = unit.Format(b.Amount), f.In(unit.ZH, unit.EN)
	}
	return out
}

func recordLink(book record.Book, seq int64, keep params) string {
	return fmt.Sprintf("/records/%s/%d", book, seq) + keep.encode()
}

// found is what the records of a page lead to.
type found struct {
	entries map[record.Book]map[int64]record.Entry
	names   map[record.Book]map[record.UnitCode]string
}

// behind reads the entries behind facts, and what their places are called today.
func (d *Door) behind(ctx context.Context, list []indicator.Because) (found, error) {
	seqs, places := map[record.Book][]int64{}, map[record.Book][]record.UnitCode{}
	for _, b := range list {
		seqs[b.Book], places[b.Book] = append(seqs[b.Book], b.Seq), append(places[b.Book], publicPlace(b.Place))
	}
	out := found{entries: map[record.Book]map[int64]record.Entry{}, names: map[record.Book]map[record.UnitCode]string{}}
	for book := range seqs {
		entries, err := d.Ledger.Several(ctx, book, unique(seqs[book]))
		if err != nil {
			return out, err
		}
		out.entries[book] = map[int64]record.Entry{}
		for _, e := range entries {
			out.entries[book][e.Seq] = e
		}
		if out.names[book], err = d.Register.Names(ctx, book, unique(places[book]), d.today()); err != nil {
			return out, err
		}
	}
	return out, nil
}

func unique[T cmp.Ordered](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}

// readSeq reads the number of an entry; what is no number is no entry.
func readSeq(book record.Book, text string) (int64, error) {
	seq, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seq < 0 {
		return 0, fault.New(fault.NotFound, "entry.not_found", fault.Data{"book": string(book)})
	}
	return seq, nil
}
