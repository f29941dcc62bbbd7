// Package api answers programs over HTTP: figures and the records behind them, entries with proof, registers, units, and
// whether the installation is well. It changes nothing but what the gazette signs for a caller.
package api

import (
	"context"
	"net/http"
	"time"

	"qingshan/access"
	"qingshan/catalog"
	"qingshan/follow"
	"qingshan/gazette"
	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/internal/httpx"
	"qingshan/ledger"
	"qingshan/record"
	"qingshan/register"
	"qingshan/report"
)

// Options is what the door reads from.
type Options struct {
	Board     *indicator.Board
	Court     *guard.Court
	Register  *register.Register
	Ledger    *ledger.Ledger
	Gazette   *gazette.Gazette
	Reader    *report.Reader // puts figures beside plans and last year's
	Catalog   func() *catalog.Catalog
	Wait      func(ctx context.Context, book record.Book, size int64) error // until the followers passed that size
	Status    func(ctx context.Context) ([]follow.Progress, error)
	Clock     func() time.Time
	Sentences httpx.Sentences
}

// door answers from its options.
type door struct {
	Options
	zone *time.Location
}

// Routes gives the door's table.
func Routes(o Options) []httpx.Route {
	d := &door{Options: o, zone: record.Zone()}
	get := func(path string, right string, handler httpx.HandlerFunc, zh, en string) httpx.Route {
		return httpx.Route{Method: http.MethodGet, Path: path, Right: right, Handler: handler, ZH: zh, EN: en}
	}
	catchingUp := "503 followers.behind figures.catching_up follow.views_ahead"
	return append([]httpx.Route{
		get("/healthz", httpx.Public, d.healthy, "程序在运行", "The program runs").
			Under("health").Gives(httpx.Answer{Body: health{}}),
		get("/readyz", httpx.Public, d.ready, "各账本的统计是否跟上", "Whether the followers of every book keep up").
			Under("health").Gives(httpx.Answer{Body: readiness{}}, httpx.Answer{Status: http.StatusServiceUnavailable, Body: readiness{}}),
		get("/api/v1/figures", httpx.Public, d.figures, "某地某时段的指标", "Figures of a place over a period").
			Under("figures").Takes(place().Required(), period().Required(), asOf(), codes(), compare(), waits()).
			Gives(httpx.Answer{Body: figuresAnswer{}, Headers: []string{"ETag"}}, httpx.Answer{Status: http.StatusNotModified, Headers: []string{"ETag"}}).
			Refuses("400 query.place query.period query.as_of query.code query.compare query.wait", "404 figure.unknown unit.unknown place.no_book book.unknown", catchingUp),
		get("/api/v1/verdicts", httpx.Public, d.verdicts, "某地某时段数字的可信度校核", "What the guards say of the figures and claims of a place over a period").
			Under("figures").Takes(place().Required(), period().Required(), asOf(), codes(), waits()).
			Gives(httpx.Answer{Body: verdictsAnswer{}, Headers: []string{"ETag"}}, httpx.Answer{Status: http.StatusNotModified, Headers: []string{"ETag"}}).
			Refuses("400 query.place query.period query.as_of query.code query.wait", "404 figure.unknown unit.unknown place.no_book book.unknown", catchingUp),
		get("/api/v1/figures/{code}/records", string(access.ReadFigures), d.behind, "指标背后的记录", "The records behind a figure").
			Under("figures").Takes(figureCode(), place().Required(), period().Required(), asOf(), after(), limit(), waits()).
			Gives(httpx.Answer{Body: behindAnswer{}}).
			Refuses("400 query.place query.period query.as_of query.code query.wait query.limit page.after", "404 figure.unknown unit.unknown place.no_book book.unknown", catchingUp),
		get("/api/v1/books", httpx.Public, d.books, "账本及签名公钥", "The books, and the key that signs their checkpoints").
			Under("books").Gives(httpx.Answer{Body: booksAnswer{}}),
		get("/api/v1/books/{book}/checkpoint", httpx.Public, d.checkpoint, "账本的签名检查点", "A book's signed checkpoint").
			Under("books").Takes(book()).Gives(httpx.Answer{Media: "text/plain"}).
			Refuses("400 query.book", "404 book.unknown"),
		get("/api/v1/books/{book}/consistency", httpx.Public, d.consistency, "账本只增不改的证明", "Proof that a book only grew").
			Under("books").Takes(book(), size("from", "原先的条数", "The size that is known").Required(), size("to", "后来的条数；不写为现在", "The later size; the present one if left out")).
			Gives(httpx.Answer{Body: consistencyAnswer{}}).
			Refuses("400 query.book query.from query.to book.no_such_size", "404 book.unknown"),
		get("/api/v1/entries/{book}/{seq}", string(access.ReadEntries), d.entry, "一条记录及其证明", "An entry with its proof").
			Under("books").Takes(book(), sequence(), size("size", "对应账本这么多条时的证明；不写为现在", "The size of the book that the proof is for; the present one if left out")).
			Gives(httpx.Answer{Body: entryAnswer{}}).
			Refuses("400 query.book query.size book.no_such_size", "403 book.not_readable", "404 book.unknown entry.not_found"),
		get("/api/v1/units", httpx.Public, d.units, "下级区划", "The units below a unit").
			Under("registers").Takes(parent(), day()).Gives(httpx.Answer{Body: unitsAnswer{}}).
			Refuses("400 query.place query.day", "404 place.no_book", "503 follow.views_ahead"),
		get("/api/v1/registers/{kind}", string(access.ReadRegisters), d.objects, "登记册", "Objects of a register").
			Under("registers").Takes(registerName(), book(), place(), day(), after(), limit()).Gives(httpx.Answer{Body: registersAnswer{}}).
			Refuses("400 query.kind query.book query.place query.day query.limit page.after", "403 book.not_readable", "404 register.unknown book.unknown place.no_book", "503 follow.views_ahead"),
	}, d.publications()...)
}

// today gives the civil day of the door's clock.
func (d *door) today() record.Day { return record.DayAt(d.Clock(), d.zone) }

// bookOf finds the book that speaks for a place.
func (d *door) bookOf(ctx context.Context, place record.UnitCode) (record.Book, error) {
	return indicator.BookOf(ctx, d.Ledger, place)
}
