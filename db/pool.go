package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// maxStatements bounds the prepared statements that one SQLite session keeps between transactions.
const maxStatements = 256

// session is one connection and, on SQLite, its prepared statements. One transaction at a time owns it.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // by the caller's text; nil on PostgreSQL, whose driver keeps its own
}

// pool hands out at most cap(slots) sessions, in the order of asking. database/sql would pick waiters at random,
// which lets single callers wait long when many write.
type pool struct {
	db    *sql.DB
	slots chan struct{}
	setup string // run once on each kept session; "" means that sessions go back to database/sql, which checks their health

	waits  atomic.Int64 // how often a caller found no slot free
	waited atomic.Int64 // nanoseconds that they waited in all

	mu     sync.Mutex // protects idle and closed
	idle   []*session // the latest used at the end, so that few connections stay warm
	closed bool
}

func newPool(db *sql.DB, size int, setup string) *pool {
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return &pool{db: db, slots: make(chan struct{}, size), setup: setup}
}

func (p *pool) take(ctx context.Context) (*session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case p.slots <- struct{}{}:
	default:
		if err := p.wait(ctx); err != nil {
			return nil, err
		}
	}
	s, err := p.session(ctx)
	if err != nil {
		<-p.slots
		return nil, err
	}
	return s, nil
}

// wait waits for a slot, and notes for how long.
func (p *pool) wait(ctx context.Context) error {
	began := time.Now()
	p.waits.Add(1)
	defer func() { p.waited.Add(int64(time.Since(began))) }()
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pool) session(ctx context.Context) (*session, error) {
	if s := p.kept(); s != nil {
		return s, nil
	}
	conn, err := p.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if p.setup == "" {
		return &session{conn: conn}, nil
	}
	if err := p.prepare(ctx, conn); err != nil {
		return nil, errors.Join(fmt.Errorf("set up connection: %w", err), conn.Close())
	}
	return &session{conn: conn, stmts: map[string]*sql.Stmt{}}, nil
}

// prepare tries again where others set up the same new file: SQLite refuses the change to WAL then without waiting.
func (p *pool) prepare(ctx context.Context, conn *sql.Conn) error {
	for attempt := 1; ; attempt++ {
		_, err := conn.ExecContext(ctx, p.setup)
		if attempt == maxAttempts || sqliteCode(err) != sqliteBusy {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

func (p *pool) kept() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return nil
	}
	s := p.idle[last]
	p.idle = p.idle[:last]
	return s
}

// give takes a session back; a broken one, whose state is unknown, is thrown away.
func (p *pool) give(s *session, broken bool) {
	defer func() { <-p.slots }()
	if broken {
		s.discard()
		return
	}
	if len(s.stmts) > maxStatements {
		s.forget()
	}
	p.mu.Lock()
	keep := p.setup != "" && !p.closed
	if keep {
		p.idle = append(p.idle, s)
	}
	p.mu.Unlock()
	if !keep {
		s.close()
	}
}

func (p *pool) close() error {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, s := range idle {
		s.close()
	}
	return p.db.Close()
}

// statement prepares query once per session: preparing costs SQLite more than running a small insert.
func (s *session) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt := s.stmts[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(ctx, numbered(query))
	if err != nil {
		return nil, err
	}
	s.stmts[query] = stmt
	return stmt, nil
}

func (s *session) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s.stmts == nil {
		return s.conn.ExecContext(ctx, query, args...)
	}
	stmt, err := s.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (s *session) forget() {
	for _, stmt := range s.stmts {
		_ = stmt.Close() // nothing runs on an idle session; a statement that will not close goes with its connection
	}
	clear(s.stmts)
}

// close gives the connection back to database/sql, which ends it or keeps it.
func (s *session) close() {
	s.forget()
	_ = s.conn.Close() // an idle connection has nothing left to lose
}

// discard ends the connection itself.
func (s *session) discard() {
	s.forget()
	_ = s.conn.Raw(func(any) error { return driver.ErrBadConn }) // tells database/sql not to reuse it
	_ = s.conn.Close()                                           // already ended by Raw
}
