// Package api answers programs over HTTP: figures and the records behind them, entries with proof, registers, units, and
// whether the installation is well. It changes nothing.
package api

import (
	"context"
	"net/http"
	"time"

	"qingshan/access"
	"qingshan/catalog"
	"qingshan/follow"
	"qingshan/indicator"
	"qingshan/internal/httpx"
	"qingshan/ledger"
	"qingshan/record"
	"qingshan/register"
)

// Options is what the door reads from.
type Options struct {
	Board     *indicator.Board
	Register  *register.Register
	Ledger    *ledger.Ledger
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
	return []httpx.Route{
		get("/healthz", httpx.Public, d.healthy, "程序在运行", "The program runs"),
		get("/readyz", httpx.Public, d.ready, "各账本的统计是否跟上", "Whether the followers of every book keep up"),
		get("/api/v1/figures", httpx.Public, d.figures, "某地某时段的指标", "Figures of a place over a period"),
		get("/api/v1/figures/{code}/records", string(access.ReadFigures), d.behind, "指标背后的记录", "The records behind a figure"),
		get("/api/v1/books/{book}/checkpoint", httpx.Public, d.checkpoint, "账本的签名检查点", "A book's signed checkpoint"),
		get("/api/v1/books/{book}/consistency", httpx.Public, d.consistency, "账本只增不改的证明", "Proof that a book only grew"),
		get("/api/v1/entries/{book}/{seq}", string(access.ReadEntries), d.entry, "一条记录及其证明", "An entry with its proof"),
		get("/api/v1/units", httpx.Public, d.units, "下级区划", "The units below a unit"),
		get("/api/v1/registers/{kind}", string(access.ReadRegisters), d.objects, "登记册", "Objects of a register"),
	}
}

// today gives the civil day of the door's clock.
func (d *door) today() record.Day { return record.DayAt(d.Clock(), d.zone) }

// bookOf finds the book that speaks for a place.
func (d *door) bookOf(ctx context.Context, place record.UnitCode) (record.Book, error) {
	return indicator.BookOf(ctx, d.Ledger, place)
}
