package httpx

// The life of a request:
//
//  1. It gets an id, security headers, and a slot; when all slots are taken it is told to come back.
//  2. The table finds its route. No route and wrong method are problems like all others.
//  3. Body and time are limited, the right and the query's names are checked, the handler runs; a panic becomes an
//     internal fault.
//  4. An error is translated once, here, into a problem; its cause goes to the log only.
//  5. One line is logged, and whoever watches is told (line.go).

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"qingshan/fault"
	"qingshan/internal/effort"
	"qingshan/internal/strictjson"
)

// ServeHTTP implements [http.Handler].
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := m.options.Now()
	a := &answer{ResponseWriter: w, id: m.options.RequestID(), language: Language(r)}
	protect(w.Header(), a.id)
	defer m.report(r, a, began)
	select {
	case m.slots <- struct{}{}:
		defer func() { <-m.slots }()
	default:
		m.refuse(a, r, fault.New(fault.Unavailable, "request.too_many", nil))
		return
	}
	h, pattern := m.routes.Handler(r)
	if pattern == "" {
		m.refuse(a, r, unrouted(h, r, a.Header()))
		return
	}
	a.route = pattern
	m.routes.ServeHTTP(a, r)
}

// protect sets the headers that every answer carries. A handler may loosen Cache-Control for what it knows to be public.
func protect(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
}

// unrouted asks the standard mux's own answer whether the path or only the method is unknown.
func unrouted(h http.Handler, r *http.Request, header http.Header) error {
	probe := &probe{header: http.Header{}}
	h.ServeHTTP(probe, r)
	if probe.status != http.StatusMethodNotAllowed {
		return fault.New(fault.NotFound, "request.no_such_path", nil)
	}
	allow := probe.header.Get("Allow")
	header.Set("Allow", allow)
	return fault.New(fault.Invalid, "request.wrong_method", fault.Data{"allowed": allow})
}

// serve wraps one route's handler.
func (m *Mux) serve(route Route) http.Handler {
	timeout := route.Timeout
	if timeout <= 0 {
		timeout = m.options.Timeout
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := w.(*answer)
		if !ok {
			panic("httpx: a route was called past the mux")
		}
		a.page = route.Page
		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), noteKey{}, a), timeout)
		defer cancel()
		ctx, a.effort = effort.With(ctx)
		r = r.WithContext(ctx)
		a.right, a.names = route.Right, route.inPath
		a.sent = &counted{ReadCloser: http.MaxBytesReader(a.ResponseWriter, r.Body, route.MaxBody)}
		r.Body = a.sent
		if err := m.handle(a, r, route); err != nil {
			m.refuse(a, r, err)
		}
	})
}

// handle checks the right and the query's names and runs the handler; a panic comes back as an error.
func (m *Mux) handle(a *answer, r *http.Request, route Route) (err error) {
	defer func() {
		p := recover()
		if p == http.ErrAbortHandler {
			panic(p)
		}
		if p != nil {
			err = &panicked{value: p, stack: debug.Stack()}
		}
	}()
	if route.Right != Public {
		if r, err = m.options.Check(r, route.Right); err != nil {
			return err
		}
	}
	if route.Described() {
		if a.query, err = ReadQuery(r.URL.RawQuery, route.inQuery...); err != nil {
			return err
		}
	}
	return route.Handler(a, r)
}

// panicked carries a panic to the log.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// refuse writes the problem, unless the handler has begun to answer: then the connection is cut so that nobody takes
// half an answer for a whole one.
func (m *Mux) refuse(a *answer, r *http.Request, err error) {
	a.err = err
	sent := saidBy(r, a)
	f := m.discreet(translated(err), sent)
	a.fault = f
	a.cause = m.silenced(err.Error(), sent)
	if a.status != 0 {
		panic(http.ErrAbortHandler)
	}
	m.tell(a, r, f)
}

// translated finds the fault in an error; what the standard library reports becomes one too.
func translated(err error) *fault.Fault {
	var tooLarge *http.MaxBytesError
	var f *fault.Fault
	switch {
	case errors.As(err, &tooLarge):
		return fault.Because(err, fault.Invalid, "body.too_large", fault.Data{"limit": fmt.Sprint(tooLarge.Limit)})
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Because(err, fault.Unavailable, "request.timeout", nil)
	case errors.Is(err, context.Canceled):
		return fault.Because(err, fault.Unavailable, "request.cancelled", nil)
	}
	return fault.Of(err)
}

// answer remembers what was answered, for the log.
type answer struct {
	http.ResponseWriter
	id       string
	language string
	route    string
	page     bool // the route is one for people
	right    string
	status   int
	bytes    int64
	sent     *counted // nil before a route was found
	effort   *effort.Effort
	names    []string         // of the parameters in the path
	body     strictjson.Value // that was read
	err      error
	cause    string // err, without what the caller sent
	fault    *fault.Fault
	notes    []slog.Attr
	query    Query
}

// WriteHeader implements [http.ResponseWriter].
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets [http.ResponseController] reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// probe takes the standard mux's answer without sending it.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
func (p *probe) WriteHeader(status int)      { p.status = status }
