package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"qingshan/fault"
	"qingshan/internal/httpx"
	"qingshan/lang"
)

// Listen begins to serve on the configured address and gives the base of the URLs. What ends the serving — ctx, or a
// failure — arrives on the channel once.
func (a *App) Listen(ctx context.Context) (base string, ended <-chan error, err error) {
	p, err := a.protect()
	if err != nil {
		return "", nil, err
	}
	sentences, err := lang.Load()
	if err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", a.cfg.Listen)
	if err != nil {
		return "", nil, fault.Because(err, fault.Unavailable, "listen.refused", fault.Data{"listen": a.cfg.Listen})
	}
	hint := httpx.Unprotected(sentences)
	services := []service{{a.mux, listener}}
	if p.settings != nil {
		secure, plain := httpx.SplitTLS(listener, p.settings)
		services = []service{{a.mux, secure}, {hint, plain}}
		if p.strict {
			services[0].handler = httpx.Strict(a.mux)
		}
	}
	if p.challenge != nil && a.cfg.TLS.Challenge != "" {
		second, err := net.Listen("tcp", a.cfg.TLS.Challenge)
		if err != nil {
			return "", nil, errors.Join(fault.Because(err, fault.Unavailable, "listen.refused", fault.Data{"listen": a.cfg.TLS.Challenge}), listener.Close())
		}
		services = append(services, service{p.challenge(hint), second})
	}
	base = a.base(listener.Addr(), p.settings != nil)
	a.log.LogAttrs(ctx, slog.LevelInfo, "serving", slog.String("version", a.version), slog.String("address", base), slog.Bool("protected", p.settings != nil),
		slog.String("database", a.durable.Dialect().String()), slog.Int("routes", len(a.routes)), slog.String("catalog", a.current.Hash().String()))
	done := make(chan error, 1)
	go func() {
		began := time.Now()
		err := a.serve(ctx, services)
		attrs := []slog.Attr{slog.Duration("after", time.Since(began))}
		if err != nil {
			attrs = append(attrs, slog.Any("error", err))
		}
		a.log.LogAttrs(ctx, slog.LevelInfo, "stopped serving", attrs...)
		done <- err
	}()
	return base, done, nil
}

// base gives the address as people call it: by the certificate's first name, if it has one.
func (a *App) base(address net.Addr, secure bool) string {
	if !secure {
		return "http://" + address.String()
	}
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return "https://" + address.String()
	}
	if names := a.cfg.TLS.Names; len(names) > 0 {
		host = names[0]
	}
	if port == "443" {
		return "https://" + host
	}
	return "https://" + net.JoinHostPort(host, port)
}

// service is a handler behind a listener.
type service struct {
	handler  http.Handler
	listener net.Listener
}

// serve answers until ctx ends or one of the services breaks, then finishes the requests under way.
func (a *App) serve(ctx context.Context, services []service) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, len(services))
	for _, s := range services {
		go func() {
			defer stop()
			ended <- a.serveOne(ctx, s)
		}()
	}
	failures := make([]error, len(services))
	for i := range services {
		failures[i] = <-ended
	}
	return errors.Join(slices.DeleteFunc(failures, func(err error) bool { return errors.Is(err, net.ErrClosed) })...)
}

func (a *App) serveOne(ctx context.Context, s service) error {
	server := httpx.Server(s.handler, a.log)
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		stopped <- server.Shutdown(last)
	}()
	if err := server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return <-stopped
}
