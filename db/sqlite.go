package db

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"

	"qingshan/fault"
)

// Result codes of SQLite that mean something to a caller.
const (
	sqliteBusy       = 5
	sqliteIO         = 10
	sqliteFull       = 13
	sqliteCannotOpen = 14
)

// sqliteNoRoomForIndex is the extended code of an I/O error that only a full disk gives: the index of the write-ahead log
// could not grow.
const sqliteNoRoomForIndex = sqliteIO | 19<<8

// The waits for another process are long because a transaction of ours is short: who waits 20 s has met a stuck one.
const (
	sqliteWriter = `PRAGMA busy_timeout = 20000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = %s;
PRAGMA fullfsync = ON;
PRAGMA foreign_keys = ON;
PRAGMA secure_delete = ON;
PRAGMA journal_size_limit = 67108864;
PRAGMA wal_autocheckpoint = 8192;
PRAGMA cache_size = -32768;
PRAGMA temp_store = MEMORY`
	sqliteReader = `PRAGMA busy_timeout = 20000;
PRAGMA query_only = ON;
PRAGMA cache_size = -8192;
PRAGMA temp_store = MEMORY`
)

// Made tells whether somebody made a ledger store here before. Of a server it is only known once it is opened.
func (l Location) Made() bool {
	if l.URL != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(l.Dir, string(Ledger)+".db"))
	return err == nil
}

// connectSQLite gives the store one writing connection: more would only wait for each other.
func (d *DB) connectSQLite(loc Location, readers int) error {
	dir, err := filepath.Abs(loc.Dir)
	if err != nil {
		return fault.Because(err, fault.Invalid, "db.bad_location", nil)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fault.Because(err, fault.Unavailable, "db.unreachable", fault.Data{"store": string(d.store)})
	}
	name := sqliteName(filepath.Join(dir, string(d.store)+".db"))
	level := "NORMAL"
	if d.store == Ledger {
		level = "FULL"
	}
	d.verbs = verbs{write: "BEGIN IMMEDIATE", read: "BEGIN"}
	writer, err := sql.Open("sqlite", name)
	if err != nil {
		return fmt.Errorf("open writer: %w", err)
	}
	reader, err := sql.Open("sqlite", name)
	if err != nil {
		return errors.Join(fmt.Errorf("open reader: %w", err), writer.Close())
	}
	d.writers = newPool(writer, 1, fmt.Sprintf(sqliteWriter, level))
	d.readers = newPool(reader, readers, sqliteReader)
	return nil
}

// sqliteName writes a path as the URI that SQLite takes, whatever characters the folder's name has.
func sqliteName(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	return "file://" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}

// sqliteCode gives SQLite's primary result code, or 0 if err is not SQLite's.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// sqliteWhole gives the extended result code.
func sqliteWhole(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// numbered rewrites $1 as ?1 outside of strings, quoted names and comments: every SQLite driver binds ?1 by number,
// while some bind $1 by position and swap values silently.
func numbered(query string) string {
	var b strings.Builder
	b.Grow(len(query))
	for i := 0; i < len(query); {
		n := skipQuoted(query[i:])
		switch {
		case n > 0:
			b.WriteString(query[i : i+n])
			i += n
		case query[i] == '$' && i+1 < len(query) && isDigit(query[i+1]):
			b.WriteByte('?')
			i++
		default:
			b.WriteByte(query[i])
			i++
		}
	}
	return b.String()
}

// skipQuoted gives the length of the string, quoted name or comment that s begins with, or 0.
func skipQuoted(s string) int {
	end := ""
	switch {
	case s[0] == '\'' || s[0] == '"':
		end = s[:1]
	case strings.HasPrefix(s, "--"):
		end = "\n"
	case strings.HasPrefix(s, "/*"):
		end = "*/"
	default:
		return 0
	}
	at := strings.Index(s[len(end):], end)
	if at < 0 {
		return len(s)
	}
	return at + 2*len(end)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
