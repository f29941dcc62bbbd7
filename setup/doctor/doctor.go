// Package doctor examines an installation and says what is wrong with it and what to do. It changes nothing but what any
// command does that looks: followers catch up.
package doctor

import (
	"context"
	"log/slog"
	"time"

	"qingshan/app"
	"qingshan/fault"
)

// State says how something is.
type State string

// What a finding can be. Only Wrong makes an installation unwell.
const (
	Well   State = "well"
	Notice State = "notice" // worth a look, or not to be known from here
	Wrong  State = "wrong"
)

// Finding is one thing that was examined. The sentence and what to do stand under its code in package lang.
type Finding struct {
	Check string            `json:"check"`
	State State             `json:"state"`
	Code  string            `json:"code"`
	Data  map[string]string `json:"data,omitempty"`
}

// Host is what is asked of the machine; tests put others in its place.
type Host struct {
	Now          func() time.Time
	Space        func(folder string) (free, total uint64, err error)
	Synchronized func(ctx context.Context) (yes, known bool) // whether the clock follows a time server
}

// Options sets how thorough the examination is.
type Options struct {
	Full     bool          // read every book from its first entry
	Patience time.Duration // for followers to catch up; default 20 s
	Log      *slog.Logger
}

// patient is one installation while it is examined.
type patient struct {
	cfg      app.Config
	host     Host
	options  Options
	findings []Finding
	first    time.Time // of the first entry
}

// Examine looks at everything in the order in which one thing needs another, and stops where what follows needs what is
// wrong: books are not read from a store that cannot be opened.
func Examine(ctx context.Context, cfg app.Config, host Host, o Options) []Finding {
	if o.Patience <= 0 {
		o.Patience = 20 * time.Second
	}
	p := &patient{cfg: cfg.Filled(), host: host, options: o}
	p.configuration()
	words := p.catalog()
	p.certificate()
	p.address(ctx)
	p.clock(ctx)
	p.backup()
	if p.stores(ctx) && words {
		p.inside(ctx)
	}
	p.space(p.cfg.Dir, p.growth())
	if p.cfg.Backup != "" {
		p.space(p.cfg.Backup, 0)
	}
	return p.findings
}

// Unreadable is all there is to say about an installation whose configuration cannot be read.
func Unreadable(err error) []Finding {
	p := &patient{}
	p.failed("config", err)
	return p.findings
}

// Healthy tells whether nothing is wrong.
func Healthy(findings []Finding) bool {
	for _, f := range findings {
		if f.State == Wrong {
			return false
		}
	}
	return true
}

func (p *patient) find(check string, state State, code string, data map[string]string) {
	p.findings = append(p.findings, Finding{Check: check, State: state, Code: code, Data: data})
}

// failed reports a fault in its own words, which say what to do, and anything else as it is.
func (p *patient) failed(check string, err error) {
	f := fault.Of(err)
	if f.Kind == fault.Internal {
		p.find(check, Wrong, "doctor.failed", map[string]string{"reason": err.Error()})
		return
	}
	p.find(check, Wrong, f.Code, f.Data)
}
