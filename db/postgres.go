package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"qingshan/fault"
)

// minPostgres is the oldest server that the tests run on, as PostgreSQL counts its versions.
const minPostgres = 150000

// maxWriters bounds the writing connections of one node: one funnel per book commits, and few books are busy at once.
const maxWriters = 16

// States of PostgreSQL that mean something to a caller.
const (
	pgSerialization   = "40001"
	pgDeadlock        = "40P01"
	pgUniqueViolation = "23505"
	pgDuplicateTable  = "42P07"
	pgDuplicateSchema = "42P06"
	pgDuplicateObject = "42710"
	pgDiskFull        = "53100"
)

var schemaPrefix = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// connectPostgres sets the search path and the durability in every transaction rather than once per connection,
// so that a pooler in between, which swaps connections, can neither misplace a row nor weaken a commit.
func (d *DB) connectPostgres(ctx context.Context, loc Location, readers int) error {
	if err := d.dialPostgres(loc, readers); err != nil {
		return err
	}
	if err := preparePostgres(ctx, d.writers.db, d.schema); err != nil {
		return errors.Join(err, d.Close())
	}
	return nil
}

// dialPostgres readies the pools without a word to the server.
func (d *DB) dialPostgres(loc Location, readers int) error {
	prefix := loc.Schema
	if prefix == "" {
		prefix = "qingshan"
	}
	if !schemaPrefix.MatchString(prefix) {
		return fault.New(fault.Invalid, "db.bad_location", fault.Data{"schema": prefix})
	}
	config, err := pgx.ParseConfig(loc.URL)
	if err != nil {
		return fault.Because(err, fault.Invalid, "db.bad_location", nil)
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "qingshan " + prefix // so that an operator sees whose connections these are
	}
	schema, commit := prefix+"_"+string(d.store), "off"
	d.schema = schema
	if d.store == Ledger {
		commit = "on"
	}
	path := "; SET LOCAL search_path TO " + quoted(schema)
	d.verbs = verbs{
		write: "BEGIN ISOLATION LEVEL READ COMMITTED" + path + "; SET LOCAL synchronous_commit TO " + commit,
		read:  "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" + path,
	}
	d.writers, d.readers = newPool(stdlib.OpenDB(*config), maxWriters, ""), newPool(stdlib.OpenDB(*config), readers, "")
	d.writers.db.SetConnMaxIdleTime(5 * time.Minute)
	d.readers.db.SetConnMaxIdleTime(5 * time.Minute)
	return nil
}

// askPostgres checks that the server answers and is new enough.
func askPostgres(ctx context.Context, server *sql.DB, schema string) error {
	var version string
	if err := server.QueryRowContext(ctx, "SHOW server_version_num").Scan(&version); err != nil {
		return fault.Because(err, fault.Unavailable, "db.unreachable", fault.Data{"store": schema})
	}
	return checkPostgres(version)
}

// preparePostgres checks the server and makes the schema.
func preparePostgres(ctx context.Context, server *sql.DB, schema string) error {
	if err := askPostgres(ctx, server, schema); err != nil {
		return err
	}
	var found int
	err := server.QueryRowContext(ctx, "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = $1", schema).Scan(&found)
	if err != nil {
		return fmt.Errorf("look for schema %s: %w", schema, err)
	}
	if found > 0 {
		return nil // asked first because CREATE … IF NOT EXISTS wants the right to create even where nothing is created
	}
	_, err = server.ExecContext(ctx, "CREATE SCHEMA "+quoted(schema))
	if state := postgresState(err); state == pgDuplicateSchema || state == pgUniqueViolation {
		return nil // another node was quicker
	}
	if err != nil {
		return fmt.Errorf("create schema %s: %w", schema, err)
	}
	return nil
}

// checkPostgres refuses a server older than the tests run on.
func checkPostgres(version string) error {
	number, err := strconv.Atoi(version)
	if err != nil {
		return fmt.Errorf("read server version %q: %w", version, err)
	}
	if number < minPostgres {
		return fault.New(fault.Invalid, "db.too_old", fault.Data{"found": strconv.Itoa(number / 10000), "least": strconv.Itoa(minPostgres / 10000)})
	}
	return nil
}

// postgresState gives PostgreSQL's five-character state, or "" if err is not PostgreSQL's.
func postgresState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// gone tells whether err means that the server or the way to it is down, as opposed to a complaint about what was asked.
func gone(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false // the caller went away, not the server
	}
	var refused *pgconn.ConnectError
	var network net.Error
	state := postgresState(err)
	return strings.HasPrefix(state, "57P0") || strings.HasPrefix(state, "08") ||
		errors.As(err, &refused) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, driver.ErrBadConn)
}

// command sends text by the simple protocol, which takes several statements at once, and gives the last one's tag.
func (s *session) command(ctx context.Context, text string) (string, error) {
	tag := ""
	err := s.conn.Raw(func(dc any) error {
		results, err := dc.(*stdlib.Conn).Conn().PgConn().Exec(ctx, text).ReadAll()
		if len(results) > 0 {
			tag = results[len(results)-1].CommandTag.String()
		}
		return err
	})
	return tag, err
}

// copyRows streams rows by COPY, the quickest way into PostgreSQL.
func (s *session) copyRows(ctx context.Context, table string, columns []string, rows [][]any) error {
	return s.conn.Raw(func(dc any) error {
		_, err := dc.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	})
}

// quoted writes a name so that no reserved word or odd character in it matters.
func quoted(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
