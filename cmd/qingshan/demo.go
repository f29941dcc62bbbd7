package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"qingshan/app"
	"qingshan/demo"
	"qingshan/internal/progress"
)

type demoCmd struct {
	Seed uint64 `help:"Another year with the same totals. 随机种子" default:"1"`
}

// Run starts the installation in this process with a clock that the year sets, opens its three books, and has the year
// sent through the HTTP door of the loopback interface. It fails if any comparable figure disagrees.
func (d demoCmd) Run(ctx context.Context, g *globals, c console) error {
	cfg, err := g.config()
	if err != nil {
		return err
	}
	cfg.Books = []app.BookConfig{{Book: "220323"}, {Book: "220323102", Parent: "220323"}, {Book: "220323001", Parent: "220323"}}
	cfg.Listen, cfg.TLS = "127.0.0.1:0", app.TLSConfig{}
	options := demo.Options{Seed: d.Seed}
	begin, err := demo.Begin(options)
	if err != nil {
		return err
	}
	clock := &settable{now: begin}
	a, err := app.Open(ctx, cfg, app.Options{Log: g.logger(c), Clock: clock.Now})
	if err != nil {
		return err
	}
	defer a.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	base, served, err := a.Listen(ctx)
	if err != nil {
		return err
	}
	tokens := &tokens{app: a, clock: clock}
	bar := progress.New(c.err, "records")
	err = demo.Run(ctx, demo.Config{
		Base:     base,
		Token:    func(string) string { return tokens.secret(ctx) },
		SetClock: clock.Set,
		Out:      bar.Aside(c.out),
		Progress: func(done, total int) { bar.Set(int64(done), int64(total)) },
		Options:  options,
	})
	bar.Done()
	stop()
	if broken := <-served; err == nil {
		err = broken
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "\nqingshan serve --dir %s\nqingshan explain clean.domestic_waste --dir %s --place 220323102 --period 2025 --as-of 2025-12-10\n", cfg.Dir, cfg.Dir)
	return err
}

// settable is a clock that stands still until it is set; only the demonstration year has one.
type settable struct {
	mu  sync.Mutex // protects now
	now time.Time
}

// Now gives the time that was set last.
func (s *settable) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Set sets the clock.
func (s *settable) Set(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// tokens renews the operator's token as the year passes.
type tokens struct {
	app   *app.App
	clock *settable

	mu    sync.Mutex // protects the fields below
	until time.Time
	last  string
}

func (t *tokens) secret(ctx context.Context) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.clock.Now(); t.last == "" || now.After(t.until) {
		secret, err := t.app.IssueToken(ctx, "220323", "", "demonstration year", 200)
		if err != nil {
			return "" // the door will say that the token is missing
		}
		t.last, t.until = secret, now.AddDate(0, 0, 190)
	}
	return t.last
}
