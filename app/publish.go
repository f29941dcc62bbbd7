package app

import (
	"context"

	"qingshan/gazette/counter"
)

// What the commands name of the counter where figures are published.
type (
	// Published is a published figure among those of its chain.
	Published = counter.Published
	// Signed is what became of one figure that was to be published.
	Signed = counter.Signed
)

// Counter gives the place where somebody at the machine looks up what was published.
func (a *App) Counter() *counter.Counter {
	return counter.New(counter.Options{Gazette: a.gazette, CatchUp: a.CatchUp})
}

// Publish freezes figures in a keeper's name.
func (a *App) Publish(ctx context.Context, by Keeper, asked Asked, document string) ([]Signed, error) {
	who, err := a.Quarantine().Present(ctx, by)
	if err != nil {
		return nil, err
	}
	q, err := asked.query()
	if err != nil {
		return nil, err
	}
	return a.Counter().Publish(ctx, who, q, document)
}

// Revise signs a revision in a keeper's name.
func (a *App) Revise(ctx context.Context, by Keeper, code, reason string) (Published, error) {
	who, err := a.Quarantine().Present(ctx, by)
	if err != nil {
		return Published{}, err
	}
	return a.Counter().Revise(ctx, who, code, reason)
}
