package main

import (
	"context"
	"fmt"
	"log/slog"

	"qingshan/app"
)

type serveCmd struct {
	Listen string `help:"Address to serve on; only this machine by default. 监听地址" placeholder:"HOST:PORT"`
}

// Run serves until the program is told to stop.
func (s serveCmd) Run(ctx context.Context, g *globals, c console) error {
	cfg, err := g.config()
	if err != nil {
		return err
	}
	if s.Listen != "" {
		cfg.Listen = s.Listen
	}
	level, err := cfg.LogLevel()
	if err != nil {
		return err
	}
	if g.Verbose {
		level = slog.LevelDebug
	}
	a, err := app.Open(ctx, cfg, app.Options{Log: logTo(c.err, level), Version: buildVersion()})
	if err != nil {
		return err
	}
	defer a.Close()
	base, ended, err := a.Listen(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "qingshan serves at %s\n  curl '%s/api/v1/figures?place=220323102&period=2025&as_of=2025-12-10'\n  curl '%s/readyz'\n", base, base, base)
	return <-ended
}
