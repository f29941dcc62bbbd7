// Package effort adds up what one request cost: time in the databases, statements, waits. It rides in the context as a
// trace does, and nothing is ever decided by it.
package effort

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// Effort is what one request has cost so far. It is safe for concurrent use; a nil Effort takes everything and keeps
// nothing, so that whoever measures need not ask whether anybody listens.
type Effort struct {
	transactions atomic.Int64
	statements   atomic.Int64
	sums         [kinds]atomic.Int64 // nanoseconds
}

// Kind is a sort of time that is added up.
type Kind int

// The kinds. They may overlap: who waits for a connection does so inside the time in the database.
const (
	Database   Kind = iota // from the first wish for a transaction to its end
	Connection             // of that, waiting for a connection
	Queue                  // waiting until a commit takes the submissions along
	Commit                 // that commit
	Followers              // waiting until the followers passed an entry
	kinds
)

// word gives a kind's name in a log line.
func (k Kind) word() string {
	return [kinds]string{"db", "db_wait", "queue", "commit", "followers"}[k]
}

type key struct{}

// With gives a context that carries a new effort.
func With(ctx context.Context) (context.Context, *Effort) {
	e := &Effort{}
	return context.WithValue(ctx, key{}, e), e
}

// Of gives the effort of a context, nil if it carries none.
func Of(ctx context.Context) *Effort {
	e, _ := ctx.Value(key{}).(*Effort)
	return e
}

// Statement counts a statement.
func (e *Effort) Statement() {
	if e != nil {
		e.statements.Add(1)
	}
}

// Transaction counts a transaction.
func (e *Effort) Transaction() {
	if e != nil {
		e.transactions.Add(1)
	}
}

// Add adds time of a kind.
func (e *Effort) Add(k Kind, d time.Duration) {
	if e != nil {
		e.sums[k].Add(int64(d))
	}
}

// Since gives a function that adds the time from now until it is called. Without an effort the clock is not even read.
func (e *Effort) Since(k Kind) func() {
	if e == nil {
		return func() {}
	}
	began := time.Now()
	return func() { e.Add(k, time.Since(began)) }
}

// Attrs gives what there is to tell, as attributes of a log line.
func (e *Effort) Attrs() []slog.Attr {
	if e == nil {
		return nil
	}
	var out []slog.Attr
	if n := e.transactions.Load(); n > 0 {
		out = append(out, slog.Int64("transactions", n), slog.Int64("statements", e.statements.Load()))
	}
	for k := range kinds {
		if sum := e.sums[k].Load(); sum > 0 {
			out = append(out, slog.Duration(k.word(), time.Duration(sum)))
		}
	}
	return out
}
