// Package briefing words what a township did in a period, part by part, in sentences that follow the figures, with every
// number a reference to where it comes from. It invents nothing: what is missing says so.
package briefing

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"qingshan/catalog"
	"qingshan/lang"
	"qingshan/record"
	"qingshan/report"
)

// Rules of a briefing:
//
//  1. Every number that comes from records carries a reference to a note. The note names the figure, the period, the basis,
//     how many records there are, which entries it stands on, and where it opens.
//  2. What is not there is said so — 〔待补充〕 — and never guessed.
//  3. Sentences are about the work: more or less than last year, against plan, where it was. Nobody is scored, no village
//     is ranked: the place where most of the work was is named, as a fact about the work, and no second one.
//  4. The same state gives the same bytes.

// Sentences gives sentences by code in a language; package lang does.
type Sentences interface {
	Say(language, code string, data map[string]string) string
}

// Options is what a briefing cannot know from figures.
type Options struct {
	Language  string
	Number    string // of the issue; "" is to be supplied
	Unit      string // that compiles it; "" is to be supplied
	Base      string // the address at which the installation serves, such as https://host; "" if it is not known
	Sentences Sentences
}

// chinese is the language that writes its marks without spaces.
const chinese = lang.Chinese

// Paper is a briefing before it is drawn.
type Paper struct {
	Language string
	Name     string
	Number   string
	Unit     string
	Date     string
	Scope    string
	Parts    []Part
	Notes    []Note
	Words    Words
	Roots    []report.Root
	Catalog  string
}

// Words are the headings of what stands below the parts.
type Words struct {
	Notes, Roots, RootsSay, Verify, Catalog, Entries, Back string
}

// Part is one part with its paragraphs.
type Part struct {
	Heading    string
	Paragraphs []Text
}

// Text is a run of words and references.
type Text []Run

// Run is words, or the number of a note.
type Run struct {
	Words string
	Note  int // 0 if it is words
}

// Note says where a number comes from.
type Note struct {
	N    int
	Text string
	Link string // where it opens; a path only if the installation's address is not known; "" where nothing opens
	More []string
}

// Linked tells whether the note can be followed from a file.
func (n Note) Linked() bool { return n.Link != "" && n.Link[0] != '/' }

// writer composes one paper.
type writer struct {
	o     Options
	d     report.Document
	paper Paper

	spreadOver int // in how many places the work of the last sentence was
}

// Compose writes a document as a paper.
func Compose(d report.Document, o Options) Paper {
	w := &writer{o: o, d: d, paper: Paper{Language: o.Language, Catalog: d.Catalog.Hash().String(), Roots: d.Roots}}
	w.masthead()
	for i, section := range d.Sections {
		part := Part{Heading: w.heading(i, section)}
		for _, paragraph := range w.paragraphs(section) {
			part.Paragraphs = append(part.Paragraphs, runs(paragraph))
		}
		w.paper.Parts = append(w.paper.Parts, part)
	}
	w.paper.Words = Words{Notes: w.say("briefing.notes"), Roots: w.say("briefing.roots"), RootsSay: w.say("briefing.roots_say"),
		Verify: w.say("briefing.verify"), Catalog: w.say("briefing.catalog"), Entries: w.say("briefing.entries"), Back: w.say("briefing.back")}
	return w.paper
}

func (w *writer) masthead() {
	missing := w.say("briefing.missing")
	w.paper.Name = w.say("briefing.name", "place", w.d.PlaceName)
	w.paper.Number = w.say("briefing.number", "number", or(clean(w.o.Number), missing))
	w.paper.Unit = w.say("briefing.unit", "unit", or(clean(w.o.Unit), missing))
	w.paper.Date = w.date(w.d.Until)
	w.paper.Scope = w.say("briefing.scope", "place", w.d.PlaceName, "period", report.PeriodWords(w.d.Query.Period, w.o.Language == chinese), "day", w.date(w.d.Until))
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// heading numbers a part as an office does.
func (w *writer) heading(i int, s report.Section) string {
	label := w.in(s.Added.ZH, s.Added.EN)
	if s.Word != "" {
		label = w.say("briefing.part." + s.Word)
	}
	if w.o.Language != chinese {
		return fmt.Sprintf("%d. %s", i+1, label)
	}
	return chineseNumber(i+1) + "、" + label
}

// chineseNumber writes a number from 1 to 99 in Chinese.
func chineseNumber(n int) string {
	digits := []rune("零一二三四五六七八九")
	switch tens, ones := n/10, n%10; {
	case tens == 0:
		return string(digits[ones])
	case tens == 1 && ones == 0:
		return "十"
	case tens == 1:
		return "十" + string(digits[ones])
	case ones == 0:
		return string(digits[tens]) + "十"
	default:
		return string(digits[tens]) + "十" + string(digits[ones])
	}
}

// say gives a sentence with data as name, value, name, value.
func (w *writer) say(code string, pairs ...string) string {
	data := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		data[pairs[i]] = pairs[i+1]
	}
	return w.o.Sentences.Say(w.o.Language, code, data)
}

func (w *writer) in(zh, en string) string {
	if w.o.Language == chinese {
		return zh
	}
	return en
}

func (w *writer) date(d record.Day) string {
	if w.o.Language != chinese {
		return d.String()
	}
	t := d.Time()
	return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
}

// join puts clauses into one sentence, list puts things in a row, end closes a sentence.
func (w *writer) join(clauses []string) string { return strings.Join(clauses, w.in("，", ", ")) }
func (w *writer) list(things []string) string  { return strings.Join(things, w.in("、", "; ")) }
func (w *writer) end(sentence string) string   { return sentence + w.in("。", ". ") }

// A reference travels inside a sentence as its number between two marks that no text of ours or of a record may hold, so that
// sentences can be put together from the language files like any other.
const (
	refOpen  = '\uE000'
	refClose = '\uE001'
)

func reference(n int) string { return fmt.Sprintf("%c%d%c", refOpen, n, refClose) }

// clean takes the marks of references, and whatever would break a line, out of foreign text.
func clean(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == refOpen || r == refClose:
			return -1
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029':
			return ' '
		}
		return r
	}, text))
}

// runs takes a paragraph apart at its references.
func runs(paragraph string) Text {
	var out Text
	for i, piece := range strings.Split(strings.TrimSpace(paragraph), string(refOpen)) {
		if i > 0 {
			number, rest, _ := strings.Cut(piece, string(refClose))
			n := 0
			for _, digit := range number {
				n = 10*n + int(digit-'0')
			}
			out, piece = append(out, Run{Note: n}), rest
		}
		if piece != "" {
			out = append(out, Run{Words: piece})
		}
	}
	return out
}

// note files where a figure comes from, and gives the reference to it.
func (w *writer) note(line report.Line) string {
	q := w.d.Query
	route := "/figures/" + line.Figure.Code + "?" + w.parameters()
	n := Note{N: len(w.paper.Notes) + 1, Link: route, More: slices.Concat(w.publishedNote(line), w.planNote(line), w.checked(line))}
	if w.o.Base != "" {
		n.Link = w.base() + route
	}
	data := []string{"figure", w.label(line), "code", line.Figure.Code, "period", q.Period.String(), "basis", w.basis(line),
		"records", fmt.Sprint(line.Records), "books", w.books()}
	n.Text = w.say("briefing.note", data...)
	if q.AsOf != 0 {
		n.Text = w.say("briefing.note_until", append(data, "day", q.AsOf.String())...)
	}
	w.paper.Notes = append(w.paper.Notes, n)
	return reference(n.N)
}

// base is the installation's address without its last stroke.
func (w *writer) base() string { return strings.TrimRight(w.o.Base, "/") }

// basis says on what ground a number stands; a claim stands on none of ours.
func (w *writer) basis(line report.Line) string {
	switch line.Status {
	case catalog.Claimed:
		return w.say("briefing.basis_claim")
	case catalog.NotComparable:
		return w.say("briefing.basis_none")
	}
	return w.say(report.BasisWord(line.Basis))
}

// parameters are those of a page about the document's place and days.
func (w *writer) parameters() string {
	values := url.Values{"place": {string(w.d.Query.Place)}, "period": {w.d.Query.Period.String()}}
	if w.d.Query.AsOf != 0 {
		values.Set("as_of", w.d.Query.AsOf.String())
	}
	return values.Encode()
}

// books names what the figures stand on.
func (w *writer) books() string {
	var list []string
	for _, r := range w.d.Roots {
		list = append(list, w.say("briefing.book", "book", string(r.Book), "size", fmt.Sprint(r.Size)))
	}
	return w.list(list)
}

func (w *writer) label(line report.Line) string { return clean(w.in(line.Figure.ZH, line.Figure.EN)) }

// unit gives the word for a unit; a claim may name one that the catalog does not have.
func (w *writer) unit(word string) string {
	if u, known := w.d.Catalog.Unit(word); known {
		return w.in(u.ZH, " "+u.EN)
	}
	return w.in("", " ") + clean(word)
}
