package app

import (
	"context"
	"log/slog"
	"time"

	"qingshan/intake/console"
	"qingshan/record"
)

// sweepRound is how often raw bytes are looked for that have been kept long enough.
const sweepRound = time.Hour

// SweepQuarantine scrubs the raw bytes of items that were settled long enough ago, and gives how many.
func (a *App) SweepQuarantine(ctx context.Context) (int, error) {
	return a.aside.Sweep(ctx, a.clock().AddDate(0, 0, -a.cfg.QuarantineDays))
}

// sweepOften sweeps at once and from time to time.
func (a *App) sweepOften(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if n, err := a.SweepQuarantine(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("quarantine not swept", slog.Any("error", err))
		} else if n > 0 {
			a.log.Info("quarantine swept", slog.Int("items", n))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// What the commands name of the console's door.
type (
	// Keeper is in whose name the quarantine is seen to.
	Keeper = console.Asked
	// QuarantineItem is one item with its history.
	QuarantineItem = console.Item
	// QuarantineResult is what became of one record of an item.
	QuarantineResult = console.Result
	// Finding is a remark about a record, to be said in a language.
	Finding = console.Finding
)

// Quarantine gives the door by which somebody at the machine sees to the quarantine.
func (a *App) Quarantine() *console.Door {
	return console.New(console.Options{Ward: a.ward, Books: a.ledger.Books, Operator: Operator, Register: a.registerOperator})
}

// Zone is the zone whose clock times are shown on.
func Zone() *time.Location { return record.Zone() }
