// Package httpx is what all doors share: routes as a table, limits, the right check, problem+json errors, one log line
// per request. It knows no domain word and no language; both come in through [Options].
package httpx

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Public is the right that everybody has, with or without a token.
const Public = "public"

// HandlerFunc answers one request or says why it cannot; the mux turns the error into a problem. It must not write
// anything before it returns an error.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// Route is one row of the table from which mux, documentation and permission matrix come.
type Route struct {
	Method  string // in capitals; GET serves HEAD too
	Path    string // as http.ServeMux reads it: /api/v1/books/{book}/checkpoint
	Right   string // who may: a right's word, or Public
	Handler HandlerFunc
	MaxBody int64         // bytes; 0 = no body is read
	Timeout time.Duration // 0 = the mux's
	Page    bool          // what goes wrong is told by Options.Page, to people, and not as problem+json
	ZH      string        // what it is for, in Chinese
	EN      string        // and in English

	// What follows describes the route; it is filled in by the methods of described.go.
	Heading  string   // under which the description lists it
	Params   []Param  // of path and query, all of them
	Body     any      // a value of the type that the JSON of a request has; nil = none is read
	Answers  []Answer // when nothing is wrong
	Refusals []string // "404 unit.unknown place.no_book": the problems of its own

	inPath, inQuery []string // names of parameters, filled in by New
}

// Sentences gives sentences by code in a language. Say falls back to a general sentence for a code that it does not
// know; Hint gives "" where there is nothing to do.
type Sentences interface {
	Say(language, code string, data map[string]string) string
	Hint(language, code string, data map[string]string) string
}

// Options sets what the mux needs from outside. Only Sentences, and Check for routes that are not public, are required.
type Options struct {
	// Check finds out who is calling and whether they have the right; the request it gives back goes to the handler.
	Check     func(r *http.Request, right string) (*http.Request, error)
	Sentences Sentences
	// Page tells people on a page what went wrong: for routes that are pages, and for a path that is not there when a browser
	// asks for it. The headers are set, the status is the problem's. Default: problem+json.
	Page func(w http.ResponseWriter, r *http.Request, p Problem)
	Log  *slog.Logger // default: none
	// Harmless tells what may be repeated in a problem although the caller sent it: what cannot be about a person.
	// Default: nothing but short numbers.
	Harmless  func(value string) bool
	Observe   func(Observation) // is told of every request; must return at once. Default: nobody
	Now       func() time.Time  // default: the machine's clock; used for durations in the log only
	RequestID func() string     // default: 16 random hex digits
	Timeout   time.Duration     // for one request; default 30 s
	Requests  int               // served at the same time; default 1024; more are told to come back
}

// Mux serves a table of routes. It is safe for concurrent use.
type Mux struct {
	options Options
	routes  *http.ServeMux
	slots   chan struct{} // one token for each request that is being served
}

// New builds the mux, or says what is wrong with the table.
func New(o Options, routes ...Route) (*Mux, error) {
	o = o.filled()
	m := &Mux{options: o, routes: http.NewServeMux(), slots: make(chan struct{}, o.Requests)}
	if o.Sentences == nil {
		return nil, fmt.Errorf("mux without sentences")
	}
	known := map[string]bool{}
	for _, route := range routes {
		pattern := route.Method + " " + route.Path
		if err := route.check(o); err != nil {
			return nil, fmt.Errorf("route %s: %w", pattern, err)
		}
		if known[pattern] {
			return nil, fmt.Errorf("route %s: twice in the table", pattern)
		}
		known[pattern] = true
		route.inPath, route.inQuery = route.pathNames(), route.queryNames()
		m.routes.Handle(pattern, m.serve(route))
	}
	return m, nil
}

// Busy tells how many requests are being served, and how many can be at the same time.
func (m *Mux) Busy() (now, most int) { return len(m.slots), cap(m.slots) }

func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Harmless == nil {
		o.Harmless = func(string) bool { return false }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.RequestID == nil {
		o.RequestID = randomID
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Requests <= 0 {
		o.Requests = 1024
	}
	return o
}

func randomID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x", b)
}

func (r Route) check(o Options) error {
	switch {
	case r.Method == "" || r.Method != strings.ToUpper(r.Method):
		return fmt.Errorf("method %q", r.Method)
	case !strings.HasPrefix(r.Path, "/"):
		return fmt.Errorf("path does not begin with /")
	case r.Right == "":
		return fmt.Errorf("no right: say %q if everybody may", Public)
	case r.Right != Public && o.Check == nil:
		return fmt.Errorf("right %s, but nobody checks it", r.Right)
	case r.Handler == nil:
		return fmt.Errorf("no handler")
	case r.ZH == "" || r.EN == "":
		return fmt.Errorf("a sentence is missing")
	}
	return r.checkDescription()
}

// Server gives a server for the handler whose limits keep slow or endless callers from holding connections.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
