package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"qingshan/fault"
	"qingshan/internal/effort"
	"qingshan/internal/safefile"
)

// maxAttempts bounds how often Do runs its callback when PostgreSQL asks for another try.
const maxAttempts = 8

// lastWords is how long a COMMIT or ROLLBACK may take on a network; the caller's context no longer counts for them.
const lastWords = 30 * time.Second

// Misuse of a transaction; the same on both databases, so that a test on one finds it.
var (
	errOver     = errors.New("transaction is over")
	errReadOnly = errors.New("transaction is read-only")
	errRowsOpen = errors.New("rows of the query before are still open")
	errUndone   = errors.New("database rolled the transaction back instead of committing it")
)

// Tx is a transaction on one store, valid until the callback that got it returns. One goroutine may use it at a time,
// and the rows of a query must be closed before the next statement. After a statement failed, every later one fails
// with the same error and nothing commits, because PostgreSQL would not.
type Tx struct {
	d        *DB
	pool     *pool             // where s comes from and goes back to
	s        *session          // owned until end
	fault    func(Point) error // nil where tests may not interfere
	effort   *effort.Effort    // of the request that it is for; nil for nobody's
	readOnly bool
	over     bool
	begun    bool
	broken   error     // the first statement's failure
	rows     *sql.Rows // of the last query, perhaps open
}

// Do runs f in a writing transaction and commits it; it is the only way to write. An error or a panic in f rolls back.
// f may run again after a conflict on PostgreSQL, so it must set whatever it hands out afresh. Do must not be called
// within f: on SQLite there is one writer, and it would wait for itself.
// An error can also mean that the commit happened but its answer was lost: writes must be safe to repeat.
func (d *DB) Do(ctx context.Context, f func(tx *Tx) error) error {
	if d.pinned != nil {
		return f(d.pinned)
	}
	return d.run(ctx, d.fault, f)
}

func (d *DB) run(ctx context.Context, faultFunc func(Point) error, f func(tx *Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := d.attempt(ctx, faultFunc, f)
		if err == nil {
			return nil
		}
		if attempt == maxAttempts || !again(err) {
			return translated(err)
		}
		d.log.Warn("transaction repeated", "store", d.store, "attempt", attempt, "error", err)
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

func (d *DB) attempt(ctx context.Context, faultFunc func(Point) error, f func(tx *Tx) error) error {
	tx := &Tx{d: d, pool: d.writers, fault: faultFunc, effort: effort.Of(ctx)}
	defer tx.effort.Since(effort.Database)()
	if err := tx.start(ctx, d.verbs.write); err != nil {
		return err
	}
	defer tx.end() // also when f panics or ends its goroutine
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.commit(ctx); err != nil {
		return err
	}
	return tx.at(Committed)
}

// Read runs f on a read-only snapshot, which is taken at f's first query and does not move after it.
func (d *DB) Read(ctx context.Context, f func(q *Tx) error) error {
	if d.pinned != nil {
		return f(d.pinned)
	}
	tx := &Tx{d: d, pool: d.readers, readOnly: true, effort: effort.Of(ctx)}
	defer tx.effort.Since(effort.Database)()
	if err := tx.start(ctx, d.verbs.read); err != nil {
		return translated(err)
	}
	defer tx.end()
	return translated(f(tx))
}

// Pinned gives the store as this transaction sees it: whoever reads from it any number of times reads one state. It is
// valid until the transaction's callback returns; Close is not for it.
func (tx *Tx) Pinned() *DB {
	d := *tx.d
	d.pinned = tx
	return &d
}

// start takes a session and begins. After a failover the pool still holds dead connections: nothing has happened yet,
// so the next one may be tried.
func (tx *Tx) start(ctx context.Context, verb string) error {
	for attempt := 1; ; attempt++ {
		err := tx.begin(ctx, verb)
		if err == nil || !gone(err) {
			return err
		}
		if attempt == maxAttempts {
			return unreachable(err)
		}
		tx.d.log.Warn("connection lost", "store", tx.d.store, "attempt", attempt, "error", err)
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

func (tx *Tx) begin(ctx context.Context, verb string) error {
	waited := tx.effort.Since(effort.Connection)
	s, err := tx.pool.take(ctx)
	waited()
	if err != nil {
		return err
	}
	tx.effort.Transaction()
	tx.s = s
	kept := false
	defer func() {
		if !kept {
			tx.release()
		}
	}()
	if err := tx.at(Beginning); err != nil {
		return err
	}
	tx.begun = true
	if _, err := tx.say(ctx, verb); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	kept = true
	return nil
}

// say sends one of the texts that open or close a transaction.
func (tx *Tx) say(ctx context.Context, verb string) (tag string, err error) {
	if tx.d.dialect == PostgreSQL {
		return tx.s.command(ctx, verb)
	}
	_, err = tx.s.exec(ctx, verb)
	return "", err
}

func (tx *Tx) commit(ctx context.Context) error {
	if tx.broken != nil {
		return tx.broken
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	tx.closeRows()
	if err := tx.at(Committing); err != nil {
		return err
	}
	ctx, cancel := tx.lasting(ctx)
	defer cancel()
	tag, err := tx.say(ctx, "COMMIT")
	if err != nil {
		return fmt.Errorf("commit: %w", unreachable(err))
	}
	tx.begun = false
	if tag == "ROLLBACK" {
		return fmt.Errorf("commit: %w", errUndone)
	}
	return nil
}

// end closes what the callback forgot, rolls back what has not committed and gives the session back.
func (tx *Tx) end() {
	tx.over = true
	tx.closeRows()
	tx.release()
}

func (tx *Tx) release() {
	lost := false
	if tx.begun {
		ctx, cancel := tx.lasting(context.Background())
		defer cancel()
		_, err := tx.say(ctx, "ROLLBACK")
		lost = err != nil
		tx.begun = false
	}
	tx.pool.give(tx.s, lost)
}

// lasting gives a context that outlives the caller's: once the end of a transaction is under way, its outcome must be learnt.
func (tx *Tx) lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithoutCancel(ctx)
	if tx.d.dialect == SQLite {
		return ctx, func() {} // a local file answers; watching a deadline costs more than the call
	}
	return context.WithTimeout(ctx, lastWords)
}

// Exec runs one statement and tells how many rows it changed.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := tx.ready(ctx, true); err != nil {
		return 0, err
	}
	if tx.d.dialect == PostgreSQL {
		args = listed(query, args)
	}
	result, err := tx.s.exec(tx.quick(ctx), query, args...)
	if err != nil {
		return 0, tx.failed(err)
	}
	return result.RowsAffected()
}

// Query runs one statement that gives rows; the caller closes them before the next statement.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := tx.ready(ctx, false); err != nil {
		return nil, err
	}
	rows, err := tx.query(ctx, query, args...)
	if err != nil {
		return nil, tx.failed(err)
	}
	tx.rows = rows
	return rows, nil
}

func (tx *Tx) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if tx.s.stmts == nil {
		return tx.s.conn.QueryContext(ctx, query, listed(query, args)...)
	}
	stmt, err := tx.s.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// QueryRow runs one statement that gives at most one row; the caller scans it before the next statement.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	if err := tx.ready(ctx, false); err != nil {
		return refusedRow(err)
	}
	row, err := tx.queryRow(tx.quick(ctx), query, args...)
	if err != nil {
		return refusedRow(tx.failed(err))
	}
	if err := row.Err(); err != nil {
		return refusedRow(tx.failed(err))
	}
	return row
}

func (tx *Tx) queryRow(ctx context.Context, query string, args ...any) (*sql.Row, error) {
	if tx.s.stmts == nil {
		return tx.s.conn.QueryRowContext(ctx, query, args...), nil
	}
	stmt, err := tx.s.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryRowContext(ctx, args...), nil
}

// ready tells whether a statement may run now.
func (tx *Tx) ready(ctx context.Context, writes bool) error {
	switch {
	case tx.over:
		return errOver
	case tx.broken != nil:
		return tx.broken
	case writes && tx.readOnly:
		return errReadOnly
	case tx.rowsOpen():
		return tx.failed(errRowsOpen)
	}
	if err := ctx.Err(); err != nil {
		return tx.failed(err)
	}
	if err := tx.at(Executing); err != nil {
		return tx.failed(err)
	}
	tx.effort.Statement()
	return nil
}

// failed notes that a statement failed, so that nothing commits.
func (tx *Tx) failed(err error) error {
	tx.broken = unreachable(err)
	return tx.broken
}

// quick gives the context for a statement of a writing transaction. To watch for its end costs SQLite's driver a
// goroutine per statement, which short statements cannot afford; they look at it before they start.
func (tx *Tx) quick(ctx context.Context) context.Context {
	if tx.d.dialect == PostgreSQL || tx.readOnly {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

func (tx *Tx) rowsOpen() bool {
	if tx.rows == nil {
		return false
	}
	if _, err := tx.rows.Columns(); err == nil {
		return true // closed rows have no columns
	}
	tx.rows = nil
	return false
}

func (tx *Tx) closeRows() {
	if tx.rows != nil {
		_ = tx.rows.Close() // usually closed before; what the caller did not read cannot concern it
		tx.rows = nil
	}
}

// script runs several statements without arguments.
func (tx *Tx) script(ctx context.Context, text string) error {
	if tx.d.dialect == PostgreSQL {
		_, err := tx.s.command(ctx, text)
		return err
	}
	_, err := tx.s.conn.ExecContext(ctx, text)
	return err
}

func (tx *Tx) at(point Point) error {
	if tx.fault == nil {
		return nil
	}
	err := tx.fault(point)
	if safefile.Full(err) {
		return fault.Because(err, fault.Unavailable, "db.full", nil) // as the database itself would have it
	}
	return err
}

// again tells whether PostgreSQL undid the transaction only because of others, so that it may well succeed now.
func again(err error) bool {
	state := postgresState(err)
	return state == pgSerialization || state == pgDeadlock
}

// translated marks the failures that pass by themselves or by an operator's hand.
func translated(err error) error {
	code := ""
	switch {
	case err == nil:
		return nil
	case sqliteCode(err) == sqliteBusy || again(err):
		code = "db.busy"
	case sqliteCode(err) == sqliteFull || postgresState(err) == pgDiskFull || sqliteWhole(err) == sqliteNoRoomForIndex:
		code = "db.full"
	case sqliteCode(err) == sqliteCannotOpen || sqliteCode(err) == sqliteIO:
		code = "db.unreachable"
	default:
		return err
	}
	return fault.Because(err, fault.Unavailable, code, nil)
}

// unreachable marks a lost connection. It is for errors of the database only: a callback's own broken file or network
// looks just the same.
func unreachable(err error) error {
	if !gone(err) {
		return err
	}
	return fault.Because(err, fault.Unavailable, "db.unreachable", nil)
}

// pause waits a little longer after each attempt.
func pause(ctx context.Context, attempt int) error {
	timer := time.NewTimer(time.Duration(attempt*attempt) * 2 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refusal is a connector that never connects: database/sql offers no other way to a row that carries an error.
type refusal struct{ err error }

func (r refusal) Connect(context.Context) (driver.Conn, error) { return nil, r.err }
func (r refusal) Driver() driver.Driver                        { return nil }

func refusedRow(err error) *sql.Row {
	none := sql.OpenDB(refusal{err})
	defer none.Close()
	return none.QueryRowContext(context.Background(), "")
}
