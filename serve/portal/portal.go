// Package portal shows figures to the public on pages that a server writes: what was done where, from which records, and how
// to check it. The pages need no script, ask nobody else, and change nothing.
package portal

import (
	"net/http"
	"time"

	"qingshan/catalog"
	"qingshan/gazette"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/internal/httpx"
	"qingshan/ledger"
	"qingshan/record"
	"qingshan/register"
	"qingshan/report"
)

// Options is what the door reads from.
type Options struct {
	Reader    *report.Reader
	Board     *indicator.Board
	Register  *register.Register
	Ledger    *ledger.Ledger
	Gazette   *gazette.Gazette
	Catalogs  func(digest.Hash) *catalog.Catalog // every catalog ever used, by hash
	Clock     func() time.Time
	Sentences httpx.Sentences
}

// Door answers with pages.
type Door struct {
	Options
	look look
}

// New reads the templates and the style sheet that the program carries.
func New(o Options) (*Door, error) {
	l, err := loadLook()
	return &Door{Options: o, look: l}, err
}

// Routes gives the door's table.
func (d *Door) Routes() []httpx.Route {
	get := func(path string, handler httpx.HandlerFunc, zh, en string, takes ...httpx.Param) httpx.Route {
		r := httpx.Route{Method: http.MethodGet, Path: path, Right: httpx.Public, Handler: handler, Page: true, ZH: zh, EN: en}
		return r.Under("pages").Takes(takes...)
	}
	page := httpx.Answer{Media: "text/html", Headers: []string{"ETag"}}
	same := httpx.Answer{Status: http.StatusNotModified, Headers: []string{"ETag"}}
	catchingUp := "503 followers.behind figures.catching_up follow.views_ahead"
	return []httpx.Route{
		get("/figures", d.figures, "某地某时段的指标页", "The page of a place's figures over a period", place(), period(), asOf(), language(), view()).
			Gives(page, same).
			Refuses("400 query.place query.period query.as_of", "404 unit.unknown place.no_book books.none book.unknown", catchingUp),
		get("/figures/{code}", d.figure, "一项指标及其记录的页面", "The page of a figure and its records",
			figureCode(), place(), period(), asOf(), after(), language(), view()).
			Gives(page, same).
			Refuses("400 query.place query.period query.as_of query.code page.after", "404 figure.unknown unit.unknown place.no_book books.none book.unknown", catchingUp),
		get("/records/{book}/{seq}", d.record, "一条记录及其凭证的页面", "The page of a record and its proof", book(), sequence(), language(), view()).
			Gives(page, same).
			Refuses("400 query.book", "404 book.unknown entry.not_found"),
		get("/p/{code}", d.paper, "按编号查看已发布的指标或文件", "The page of a published figure or document, by its code", paperCode(), language(), view()).
			Gives(page, same).
			Refuses("400 publication.bad_code publication.mistyped", "404 publication.unknown book.unknown"),
		get("/assets/style/{name}", d.file(d.look.style, "text/css", styleSheet), "页面的样式", "The style sheet of the pages", fileName()).
			Gives(httpx.Answer{Media: "text/css"}).
			Refuses("404 request.no_such_path"),
		get("/assets/icon/{name}", d.file(d.look.icon, "image/svg+xml", icon), "页面的图标", "The icon of the pages", fileName()).
			Gives(httpx.Answer{Media: "image/svg+xml"}).
			Refuses("404 request.no_such_path"),
	}
}

// today gives the civil day of the door's clock.
func (d *Door) today() record.Day { return record.DayAt(d.Clock(), record.Zone()) }
