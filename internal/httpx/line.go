package httpx

// What is told of a request when it is over. Rules:
//
//  1. One line, and in it everything: what was asked for, by what sort of caller, what became of it, what it cost.
//  2. No path, query, address, header, body or reference to a person, because those may name one. Handlers add to the
//     line by [Note], under the same rule.
//  3. What is counted ([Observation]) has labels of few values only: the table's patterns and the faults' codes.

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"qingshan/fault"
)

// Observation is one request as it is counted.
type Observation struct {
	Route  string // the table's pattern, "" if no route was found
	Status int
	Code   string // of the problem, "" if there was none
	Took   time.Duration
}

type noteKey struct{}

// Note adds attributes to the request's log line. They must not hold personal data.
func Note(ctx context.Context, attrs ...slog.Attr) {
	if a, ok := ctx.Value(noteKey{}).(*answer); ok {
		a.notes = append(a.notes, attrs...)
	}
}

// report logs the line and has the request counted.
func (m *Mux) report(r *http.Request, a *answer, began time.Time) {
	o := Observation{Route: a.route, Status: a.status, Took: m.options.Now().Sub(began)}
	if o.Status == 0 {
		o.Status = http.StatusOK // a handler that wrote nothing
	}
	if a.fault != nil {
		o.Code = a.fault.Code
	}
	if m.options.Observe != nil {
		m.options.Observe(o)
	}
	level := a.level()
	if !m.options.Log.Enabled(r.Context(), level) {
		return
	}
	m.options.Log.LogAttrs(r.Context(), level, "request", a.line(r, o)...)
}

// level makes our own mistakes, and what we could not do now, stand out.
func (a *answer) level() slog.Level {
	if a.fault != nil && (a.fault.Kind == fault.Internal || a.fault.Kind == fault.Unavailable) {
		return slog.LevelError
	}
	return slog.LevelInfo
}

func (a *answer) line(r *http.Request, o Observation) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("id", a.id),
		slog.String("method", knownMethod(r.Method)),
		slog.String("route", o.Route),
		slog.Int("status", a.status),
		slog.Int64("bytes", a.bytes),
		slog.Duration("took", o.Took),
	}
	if a.right != "" {
		attrs = append(attrs, slog.String("right", a.right), slog.String("language", a.language))
	}
	if a.sent != nil && a.sent.bytes > 0 {
		attrs = append(attrs, slog.Int64("bytes_in", a.sent.bytes))
	}
	if o.Code != "" {
		attrs = append(attrs, slog.String("code", o.Code))
	}
	attrs = append(append(attrs, a.effort.Attrs()...), a.notes...)
	if a.level() == slog.LevelError {
		attrs = append(attrs, slog.String("error", a.cause))
	}
	var p *panicked
	if errors.As(a.err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	return attrs
}

// counted counts what is read of a body.
type counted struct {
	io.ReadCloser
	bytes int64
}

// Read implements [io.Reader].
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.bytes += int64(n)
	return n, err
}

// knownMethod keeps whatever a stranger sends as a method out of the log.
func knownMethod(method string) string {
	if slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, method) {
		return method
	}
	return "other"
}
