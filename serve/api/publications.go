package api

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"qingshan/access"
	"qingshan/fault"
	"qingshan/gazette"
	"qingshan/indicator"
	"qingshan/internal/httpx"
	"qingshan/internal/strictjson"
	"qingshan/publication"
	"qingshan/record"
)

// maxPublishing bounds the body of one that signs.
const maxPublishing = 16 << 10

// maxIssuing bounds the body of a document.
const maxIssuing = 8 << 20

// publications gives the part of the table that publishes and shows what was published.
func (d *door) publications() []httpx.Route {
	route := func(method, path, right string, handler httpx.HandlerFunc, zh, en string) httpx.Route {
		r := httpx.Route{Method: method, Path: path, Right: right, Handler: handler, ZH: zh, EN: en}
		if method == http.MethodPost {
			r.MaxBody = maxPublishing
		}
		if path == "/api/v1/documents" {
			r.MaxBody = maxIssuing
		}
		return r.Under("publications")
	}
	const (
		get, post  = http.MethodGet, http.MethodPost
		badAsk     = "400 publication.unknown_key publication.bad_external publication.bad_document publication.bad_reason publication.future record.not_canonical"
		badWords   = "400 query.place query.period query.as_of query.code query.wait"
		badCode    = "400 publication.bad_code publication.mistyped"
		unknown    = "404 publication.unknown book.unknown"
		notYours   = "403 publication.not_yours token.person_gone"
		unsignable = "409 publication.objection publication.unexplained publication.no_value"
		lagging    = "503 publication.behind followers.behind figures.catching_up follow.views_ahead ledger.closed"
	)
	signed := []httpx.Answer{{Body: published{}}, {Status: http.StatusCreated, Body: published{}}}
	return []httpx.Route{
		route(post, "/api/v1/publications", string(access.PublishFigures), d.publish, "发布一项指标：冻结现在的数并签发", "Publish a figure: freeze what is counted now, signed").
			Takes(waits()).Reads(publishing{}).Gives(signed...).
			Refuses(badAsk, badWords, notYours, "404 figure.unknown unit.unknown place.no_book book.unknown", "409 publication.exists", unsignable, lagging),
		route(get, "/api/v1/publications", httpx.Public, d.published, "已发布的指标和文件", "What was published").
			Takes(place(), period(), aFigure(), sort(), latest(), after(), limit()).Gives(httpx.Answer{Body: publishedAnswer{}}).
			Refuses("400 query.place query.period query.code query.sort query.latest query.limit page.after"),
		route(get, "/api/v1/publications/{code}", httpx.Public, d.publication, "按编号查已发布的指标或文件", "A published figure or document by its code").
			Takes(publicationCode()).Gives(httpx.Answer{Body: published{}}).Refuses(badCode, unknown),
		route(get, "/api/v1/publications/{code}/pending", string(access.ReadFigures), d.pending, "发布之后的变动", "What came since a figure was published").
			Takes(publicationCode(), waits()).Gives(httpx.Answer{Body: pendingAnswer{}}).
			Refuses(badCode, "400 query.wait", unknown, "404 publication.no_figure", "503 followers.behind figures.catching_up follow.views_ahead"),
		route(get, "/api/v1/publications/{code}/content", string(access.ReadFigures), d.content, "已印发文件的原文", "The bytes of a published document").
			Takes(publicationCode()).Gives(httpx.Answer{Media: "application/octet-stream", Headers: []string{"Content-Disposition"}}).
			Refuses(badCode, unknown, "404 publication.no_document blob.not_found", "403 book.not_readable"),
		route(post, "/api/v1/documents", string(access.PublishFigures), d.issue, "印发一份文件：保存原文并签发", "Issue a document: its text is kept, and signed").
			Reads(issuing{}).Gives(signed...).
			Refuses(badAsk, badWords, badCode, notYours, unknown, "404 place.no_book publication.no_figure", "409 publication.other_document", "503 ledger.closed"),
		route(post, "/api/v1/publications/{code}/revisions", string(access.PublishFigures), d.revise, "修订已发布的指标，注明理由并签发", "Revise a published figure: a new value, signed, with a reason").
			Takes(publicationCode(), waits()).Reads(revising{}).Gives(signed...).
			Refuses(badAsk, badCode, "400 publication.no_reason query.wait", notYours, unknown, "404 publication.no_figure figure.unknown unit.unknown place.no_book", "409 publication.superseded", unsignable, lagging),
	}
}

func publicationCode() httpx.Param {
	return httpx.Param{Name: "code", Pattern: `^[a-z0-9-]+-[0-9]+-[0-9]$`, Example: publication.Code{Book: "220323102", Seq: 5}.String(),
		ZH: "发布编号：账本-序号-校验位", EN: "The code of what was published: book, sequence, check digit"}
}

func aFigure() httpx.Param {
	p := figureCode()
	p.Name, p.ZH, p.EN = "figure", "只列这项指标", "Only this figure"
	return p
}

func sort() httpx.Param {
	return httpx.Param{Name: "sort", Enum: []string{publication.Figure, publication.Paper}, ZH: "只列指标或只列文件", EN: "Only figures, or only documents"}
}

func latest() httpx.Param {
	return httpx.Param{Name: "latest", Enum: []string{"true", "false"}, ZH: "每项只列最新一版", EN: "Of each figure only the last revision"}
}

// publishing is the body of POST /api/v1/publications.
type publishing struct {
	External string `json:"external"` // the sender's own word for it: the same again gives the same publication
	Figure   string `json:"figure"`
	Place    string `json:"place"`
	Period   string `json:"period"`
	AsOf     string `json:"as_of,omitempty"`
	Document string `json:"document,omitempty"` // the number or title of the document in which it will stand
}

// revising is the body of POST /api/v1/publications/{code}/revisions.
type revising struct {
	External string `json:"external"`
	Reason   string `json:"reason"`
	Document string `json:"document,omitempty"`
}

// issuing is the body of POST /api/v1/documents.
type issuing struct {
	External string   `json:"external"`
	Title    string   `json:"title"`
	Place    string   `json:"place"`
	Period   string   `json:"period"`
	Media    string   `json:"media"` // such as text/markdown
	Text     string   `json:"text"`
	Reason   string   `json:"reason,omitempty"`
	Figures  []string `json:"figures,omitempty"` // codes of the figures that are published in it
}

// published is what a code names. Value is an exact decimal in Unit; the parts of a figure are empty on a document, and the
// other way round.
type published struct {
	Sort         string                `json:"sort"`
	Code         string                `json:"code"`
	Entry        publishedEntry        `json:"entry"`
	Place        record.UnitCode       `json:"place"`
	Period       string                `json:"period"`
	AsOf         string                `json:"as_of,omitempty"`
	Figure       string                `json:"figure,omitempty"`
	Label        string                `json:"label,omitempty"`
	Value        string                `json:"value,omitempty"`
	Unit         string                `json:"unit,omitempty"`
	Basis        string                `json:"basis,omitempty"`
	Status       string                `json:"status,omitempty"`
	Author       string                `json:"author,omitempty"` // of a claim
	Records      int64                 `json:"records,omitempty"`
	StandsOn     map[record.Book]int64 `json:"stands_on,omitempty"`
	Definition   string                `json:"definition,omitempty"` // hash of what the figure means
	Catalog      string                `json:"catalog,omitempty"`
	TreeDay      string                `json:"tree_day,omitempty"`
	Document     string                `json:"document,omitempty"`
	Explanation  string                `json:"explanation,omitempty"` // the entries that explain it, each book/seq
	Number       int64                 `json:"number,omitempty"`      // 1, or that of the revision
	Revises      string                `json:"revises,omitempty"`
	SupersededBy string                `json:"superseded_by,omitempty"`
	Chain        []link                `json:"chain,omitempty"` // all publications of this question, the first first
	Title        string                `json:"title,omitempty"` // of a document
	Media        string                `json:"media,omitempty"`
	Size         int64                 `json:"size,omitempty"`
	Content      string                `json:"content,omitempty"` // SHA-256 of its bytes
	Figures      []string              `json:"figures,omitempty"` // codes of those published in it
	Reason       string                `json:"reason,omitempty"`
	By           record.PersonRef      `json:"by"`
	At           string                `json:"at"`
}

// publishedEntry is where it stands in the ledger, for ever.
type publishedEntry struct {
	Book record.Book `json:"book"`
	Seq  int64       `json:"seq"`
}

// link is one publication of a chain.
type link struct {
	Code   string           `json:"code"`
	Number int64            `json:"number"`
	Value  string           `json:"value"`
	Unit   string           `json:"unit"`
	Reason string           `json:"reason,omitempty"`
	By     record.PersonRef `json:"by"`
	At     string           `json:"at"`
}

func when(at time.Time) string { return at.Format(time.RFC3339) }

// figurePublished shows a published figure, named as the present catalog names it.
func (d *door) figurePublished(language string, s gazette.Shown) published {
	out := published{Sort: publication.Figure, Code: s.Code.String(), Entry: publishedEntry{s.Code.Book, s.Code.Seq}, Place: s.Place, Period: s.Period.String(),
		Figure: s.Figure, Value: s.Value, Unit: s.Unit, Basis: s.Basis, Status: string(s.Status), Author: s.Author, Records: s.Records,
		StandsOn: s.StandsOn, Definition: s.Definition.String(), Catalog: s.Catalog.String(), TreeDay: s.TreeDay.String(), Document: s.Document,
		Explanation: s.Explanation, Number: s.Number, Reason: s.Reason, By: s.By, At: when(s.At)}
	if s.AsOf != 0 {
		out.AsOf = s.AsOf.String()
	}
	if f, known := d.Catalog().Figure(s.Figure); known {
		out.Label = inWords(language, f.ZH, f.EN)
	}
	if !s.Revises.Zero() {
		out.Revises = s.Revises.String()
	}
	if later := s.SupersededBy(); !later.Zero() {
		out.SupersededBy = later.String()
	}
	for _, p := range s.Chain {
		out.Chain = append(out.Chain, link{p.Code.String(), p.Number, p.Value, p.Unit, p.Reason, p.By, when(p.At)})
	}
	return out
}

func (d *door) found(language string, f gazette.Found) published {
	if f.Figure != nil {
		return d.figurePublished(language, *f.Figure)
	}
	doc := *f.Document
	out := published{Sort: publication.Paper, Code: doc.Code.String(), Entry: publishedEntry{doc.Code.Book, doc.Code.Seq}, Place: doc.Place,
		Period: doc.Period.String(), Title: doc.Title, Media: doc.Media, Size: doc.Size, Content: doc.Content.String(),
		Reason: doc.Reason, By: doc.By, At: when(doc.At)}
	for _, code := range doc.Figures {
		out.Figures = append(out.Figures, code.String())
	}
	return out
}

// readTexts reads a body of texts, each under a name that is known, and of at most one list, "figures".
func readTexts(r *http.Request, into map[string]*string, figures *[]string) error {
	body, err := httpx.ReadJSON(r, strictjson.Limits{Depth: 3, Values: 300})
	if err != nil {
		return err
	}
	unknown := fault.New(fault.Invalid, "publication.unknown_key", nil)
	for _, m := range body.Members {
		if m.Name == "figures" && figures != nil && m.Value.Kind == strictjson.Array {
			for _, item := range m.Value.Items {
				text, is := item.Text()
				if !is {
					return unknown
				}
				*figures = append(*figures, text)
			}
			continue
		}
		text, is := m.Value.Text()
		target, known := into[m.Name]
		if !known || !is {
			return unknown
		}
		*target = text
	}
	return nil
}

func (d *door) publish(w http.ResponseWriter, r *http.Request) error {
	var body publishing
	err := readTexts(r, map[string]*string{"external": &body.External, "figure": &body.Figure, "place": &body.Place, "period": &body.Period,
		"as_of": &body.AsOf, "document": &body.Document}, nil)
	if err != nil {
		return err
	}
	question, err := body.question()
	if err != nil {
		return err
	}
	if err := d.await(r.Context(), httpx.QueryOf(r)); err != nil {
		return err
	}
	shown, fresh, err := d.Gazette.Publish(r.Context(), access.ActorOf(r), question, gazette.Ask{External: body.External, Document: body.Document})
	if err != nil {
		return err
	}
	return d.signed(w, r, shown, fresh)
}

// question reads what is to be published.
func (p publishing) question() (publication.Question, error) {
	q := publication.Question{}
	var err error
	if q.Figure, err = readCode(p.Figure); err != nil {
		return q, err
	}
	if q.Place, err = record.ParseUnitCode(p.Place); err != nil {
		return q, refused("query.place")
	}
	if q.Period, err = record.ParsePeriod(p.Period); err != nil {
		return q, refused("query.period")
	}
	if p.AsOf != "" {
		if q.AsOf, err = record.ParseDay(p.AsOf); err != nil {
			return q, refused("query.as_of")
		}
	}
	return q, nil
}

// signed answers 201 with what was signed, and 200 if it was before.
func (d *door) signed(w http.ResponseWriter, r *http.Request, shown gazette.Shown, fresh bool) error {
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	return httpx.WriteJSONAs(w, status, d.figurePublished(httpx.Language(r), shown))
}

func (d *door) revise(w http.ResponseWriter, r *http.Request) error {
	code, err := publication.ParseCode(r.PathValue("code"))
	if err != nil {
		return err
	}
	var ask gazette.Ask
	if err := readTexts(r, map[string]*string{"external": &ask.External, "reason": &ask.Reason, "document": &ask.Document}, nil); err != nil {
		return err
	}
	if err := d.await(r.Context(), httpx.QueryOf(r)); err != nil {
		return err
	}
	shown, fresh, err := d.Gazette.Revise(r.Context(), access.ActorOf(r), code, ask)
	if err != nil {
		return err
	}
	return d.signed(w, r, shown, fresh)
}

func (d *door) issue(w http.ResponseWriter, r *http.Request) error {
	var body issuing
	var codes []string
	err := readTexts(r, map[string]*string{"external": &body.External, "title": &body.Title, "place": &body.Place, "period": &body.Period,
		"media": &body.Media, "text": &body.Text, "reason": &body.Reason}, &codes)
	if err != nil {
		return err
	}
	draft := gazette.Draft{External: body.External, Title: body.Title, Media: body.Media, Content: []byte(body.Text), Reason: body.Reason}
	if draft.Place, err = record.ParseUnitCode(body.Place); err != nil {
		return refused("query.place")
	}
	if draft.Period, err = record.ParsePeriod(body.Period); err != nil {
		return refused("query.period")
	}
	for _, text := range codes {
		code, err := publication.ParseCode(text)
		if err != nil {
			return err
		}
		draft.Figures = append(draft.Figures, code)
	}
	document, fresh, err := d.Gazette.Issue(r.Context(), access.ActorOf(r), draft)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	return httpx.WriteJSONAs(w, status, d.found(httpx.Language(r), gazette.Found{Document: &document}))
}

func (d *door) publication(w http.ResponseWriter, r *http.Request) error {
	code, err := publication.ParseCode(r.PathValue("code"))
	if err != nil {
		return err
	}
	found, err := d.Gazette.Resolve(r.Context(), code)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, d.found(httpx.Language(r), found))
}

// publishedAnswer is the body of GET /api/v1/publications; Next continues the list as after=.
type publishedAnswer struct {
	Publications []published `json:"publications"`
	Next         string      `json:"next,omitempty"`
}

func (d *door) published(w http.ResponseWriter, r *http.Request) error {
	filter, err := readFilter(httpx.QueryOf(r))
	if err != nil {
		return err
	}
	page, err := d.Gazette.Published(r.Context(), filter)
	if err != nil {
		return err
	}
	answer := publishedAnswer{Publications: []published{}}
	for _, item := range page.Items {
		answer.Publications = append(answer.Publications, d.found(httpx.Language(r), item))
	}
	if !page.Next.Zero() {
		answer.Next = page.Next.String()
	}
	return httpx.WriteJSON(w, answer)
}

func readFilter(q httpx.Query) (f publication.Filter, err error) {
	if q.Get("place") != "" {
		if f.Place, err = readPlace(q, "place"); err != nil {
			return f, err
		}
	}
	if text := q.Get("period"); text != "" {
		if f.Period, err = record.ParsePeriod(text); err != nil {
			return f, refused("query.period")
		}
	}
	if text := q.Get("figure"); text != "" {
		if f.Figure, err = readCode(text); err != nil {
			return f, err
		}
	}
	switch f.Sort = q.Get("sort"); f.Sort {
	case "", publication.Figure, publication.Paper:
	default:
		return f, refused("query.sort")
	}
	if text := q.Get("latest"); text != "" {
		if f.Latest, err = strconv.ParseBool(text); err != nil {
			return f, refused("query.latest")
		}
	}
	if text := q.Get("after"); text != "" {
		if f.After, err = publication.ParseCode(text); err != nil {
			return f, refused("page.after")
		}
	}
	f.Limit, err = readLimit(q)
	return f, err
}

// pendingAnswer is the body of GET …/pending: the frozen value, the live one, and what makes the difference. Count counts all
// changes, also those in books that the caller may not read.
type pendingAnswer struct {
	Publication published             `json:"publication"`
	Live        *string               `json:"live"`
	LiveRecords int64                 `json:"live_records"`
	StandsOn    map[record.Book]int64 `json:"stands_on"` // of the live value
	Behind      int64                 `json:"behind,omitempty"`
	Redefined   bool                  `json:"redefined,omitempty"` // the figure means something else today
	Count       int                   `json:"count"`
	Changes     []change              `json:"changes"`
}

// change is one record that counts now and did not, did and does not, or counts otherwise; Book and Seq name the entry by
// which it changed.
type change struct {
	Book      record.Book     `json:"book"`
	Seq       int64           `json:"seq"`
	ID        string          `json:"id"`
	Kind      record.Kind     `json:"kind"`
	KindName  string          `json:"kind_name"`
	Day       string          `json:"day"`
	Place     record.UnitCode `json:"place"`
	PlaceName string          `json:"place_name"`
	Measure   string          `json:"measure"`
	Subject   string          `json:"subject"`
	Before    *string         `json:"before"`
	After     *string         `json:"after"`
	Unit      string          `json:"unit,omitempty"`
}

func (d *door) pending(w http.ResponseWriter, r *http.Request) error {
	code, err := publication.ParseCode(r.PathValue("code"))
	if err != nil {
		return err
	}
	if err := d.await(r.Context(), httpx.QueryOf(r)); err != nil {
		return err
	}
	since, err := d.Gazette.Pending(r.Context(), code)
	if err != nil {
		return err
	}
	answer := pendingAnswer{Publication: d.figurePublished(httpx.Language(r), since.Shown), Live: since.Live.Value, LiveRecords: since.Live.Records,
		StandsOn: since.Live.StandsOn, Behind: since.Behind, Redefined: since.Redefined, Count: len(since.Changes)}
	answer.Changes, err = d.changes(r, since)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, answer)
}

// changes shows those that lie in books which the caller may read.
func (d *door) changes(r *http.Request, since gazette.Since) ([]change, error) {
	actor, language, words := access.ActorOf(r), httpx.Language(r), d.Catalog()
	names, err := d.placesOf(r.Context(), actor, since.Changes)
	if err != nil {
		return nil, err
	}
	out := []change{}
	for _, c := range since.Changes {
		if !actor.Reads(c.Book) {
			continue
		}
		kind, _ := words.Kind(c.Kind)
		one := change{Book: c.Book, Seq: c.Seq, ID: c.Root.String(), Kind: c.Kind, KindName: inWords(language, kind.ZH, kind.EN), Day: c.Day.String(),
			Place: c.Place, PlaceName: names[c.Book][c.Place], Measure: string(c.Measure), Subject: c.Subject}
		if unit, counts := indicator.UnitOf(words, since.Figure, c.Measure); counts {
			one.Unit = unit.Word
			for amount, into := range map[*int64]**string{c.Before: &one.Before, c.After: &one.After} {
				if amount != nil {
					text := unit.Format(*amount)
					*into = &text
				}
			}
		}
		out = append(out, one)
	}
	return out, nil
}

// placesOf names the places of changes that the actor may see.
func (d *door) placesOf(ctx context.Context, actor access.Actor, changes []gazette.Change) (map[record.Book]map[record.UnitCode]string, error) {
	places := map[record.Book][]record.UnitCode{}
	for _, c := range changes {
		if actor.Reads(c.Book) {
			places[c.Book] = append(places[c.Book], c.Place)
		}
	}
	names := map[record.Book]map[record.UnitCode]string{}
	for book, list := range places {
		var err error
		if names[book], err = d.Register.Names(ctx, book, once(list), d.today()); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// content gives the bytes of a document to who may read its book.
func (d *door) content(w http.ResponseWriter, r *http.Request) error {
	code, err := publication.ParseCode(r.PathValue("code"))
	if err != nil {
		return err
	}
	if !access.ActorOf(r).Reads(code.Book) {
		return fault.New(fault.Forbidden, "book.not_readable", fault.Data{"book": string(code.Book)})
	}
	document, content, err := d.Gazette.Content(r.Context(), code)
	if err != nil {
		return err
	}
	defer content.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", "attachment; filename="+document.Code.String())
	w.Header().Set("Content-Length", strconv.FormatInt(document.Size, 10))
	_, err = io.Copy(w, content)
	return err
}

// once lists places in order, each once.
func once(places []record.UnitCode) []record.UnitCode {
	slices.Sort(places)
	return slices.Compact(places)
}
