package db

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"
)

// Digests gives one digest for each table over all its rows in any order, on one snapshot. Equal content gives equal
// digests on both databases; the table of migrations is left out because their texts may differ.
func (d *DB) Digests(ctx context.Context) (map[string]string, error) {
	digests := map[string]string{}
	err := d.Read(ctx, func(q *Tx) error {
		tables, err := q.tables(ctx)
		if err != nil {
			return err
		}
		for _, table := range tables {
			if digests[table], err = q.digest(ctx, table); err != nil {
				return fmt.Errorf("digest %s: %w", table, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return digests, nil
}

// digest adds up the hashes of the rows, so that their order does not matter but each repetition does.
func (tx *Tx) digest(ctx context.Context, table string) (string, error) {
	columns, err := tx.columns(ctx, table)
	if err != nil {
		return "", err
	}
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = quoted(column)
	}
	rows, err := tx.Query(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+quoted(table))
	if err != nil {
		return "", err
	}
	defer rows.Close()
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	var total sum
	h := sha256.New()
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return "", err
		}
		h.Reset()
		for i, value := range values {
			if err := hashValue(h, value); err != nil {
				return "", fmt.Errorf("column %s: %w", columns[i], err)
			}
		}
		total.add(h.Sum(nil))
	}
	return total.String(columns), rows.Err()
}

// hashValue writes a value so that no two different rows look alike. SQLite has no booleans: they count as 0 and 1.
func hashValue(h hash.Hash, value any) error {
	switch v := value.(type) {
	case nil:
		hashTagged(h, 'n', nil)
	case bool:
		n := uint64(0)
		if v {
			n = 1
		}
		hashTagged(h, 'i', binary.BigEndian.AppendUint64(nil, n))
	case int64:
		hashTagged(h, 'i', binary.BigEndian.AppendUint64(nil, uint64(v)))
	case float64:
		hashTagged(h, 'f', binary.BigEndian.AppendUint64(nil, math.Float64bits(v+0))) // -0 becomes 0
	case string:
		hashTagged(h, 's', []byte(v))
	case []byte:
		hashTagged(h, 'b', v)
	default:
		return fmt.Errorf("type %T is not one that both databases share", value)
	}
	return nil
}

func hashTagged(h hash.Hash, tag byte, data []byte) {
	var head [9]byte
	head[0] = tag
	binary.BigEndian.PutUint64(head[1:], uint64(len(data)))
	_, _ = h.Write(head[:]) // a hash never fails to write
	_, _ = h.Write(data)
}

// sum adds SHA-256 values as four numbers of 64 bits, and counts them.
type sum struct {
	parts [4]uint64
	rows  uint64
}

func (s *sum) add(h []byte) {
	for i := range s.parts {
		s.parts[i] += binary.BigEndian.Uint64(h[8*i:])
	}
	s.rows++
}

// String binds the sum to the count of rows and the names of the columns.
func (s *sum) String(columns []string) string {
	h := sha256.New()
	for _, part := range s.parts {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, part))
	}
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, s.rows))
	_, _ = h.Write([]byte(strings.Join(columns, ",")))
	return hex.EncodeToString(h.Sum(nil))
}

// Tables lists the store's tables in order of name, but for that of the migrations.
func (tx *Tx) Tables(ctx context.Context) ([]string, error) { return tx.tables(ctx) }

// Columns lists a table's columns in order of name.
func (tx *Tx) Columns(ctx context.Context, table string) ([]string, error) {
	return tx.columns(ctx, table)
}

// Each calls f with the rows of a table, a value for each of its columns in order of name: nil, int64, string or []byte,
// alike on both databases. tail is what follows the table's name in SQL, WHERE and ORDER BY with their arguments as $1.
// f must not use the transaction, and may keep no row.
func (tx *Tx) Each(ctx context.Context, table, tail string, args []any, f func(row []any) error) error {
	columns, err := tx.columns(ctx, table)
	if err != nil {
		return err
	}
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = quoted(column)
	}
	rows, err := tx.Query(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+quoted(table)+" "+tail, args...)
	if err != nil {
		return fmt.Errorf("read table %s: %w", table, err)
	}
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	return EachRow(rows, func() error {
		if err := rows.Scan(targets...); err != nil {
			return fmt.Errorf("read table %s: %w", table, err)
		}
		return f(values)
	})
}

// tables lists the store's tables in order of name, but for that of the migrations.
func (tx *Tx) tables(ctx context.Context) ([]string, error) {
	all, err := tx.allTables(ctx)
	return slices.DeleteFunc(all, func(name string) bool { return name == "migration" }), err
}

func (tx *Tx) allTables(ctx context.Context) ([]string, error) {
	query := `
		SELECT name
		FROM sqlite_schema
		WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
	if tx.d.dialect == PostgreSQL {
		query = `
		SELECT CAST(tablename AS TEXT)
		FROM pg_catalog.pg_tables
		WHERE schemaname = current_schema()`
	}
	return tx.names(ctx, query)
}

// columns lists a table's columns in order of name.
func (tx *Tx) columns(ctx context.Context, table string) ([]string, error) {
	query := `
		SELECT name
		FROM pragma_table_info($1)`
	if tx.d.dialect == PostgreSQL {
		query = `
		SELECT CAST(column_name AS TEXT)
		FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name = $1`
	}
	return tx.names(ctx, query, table)
}

// names gives the first column of a query over the database's own catalog, in byte order.
func (tx *Tx) names(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list names: %w", err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("read name: %w", err)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, rows.Err()
}

// setting gives the value of one of the database's settings as this transaction has it.
func (tx *Tx) setting(ctx context.Context, name string) (string, error) {
	verb := "PRAGMA "
	if tx.d.dialect == PostgreSQL {
		verb = "SHOW "
	}
	found, err := tx.names(ctx, verb+name)
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("read setting %s: found %q: %w", name, found, err)
	}
	if level := map[string]string{"0": "off", "1": "normal", "2": "full", "3": "extra"}[found[0]]; name == "synchronous" {
		return level, nil
	}
	return found[0], nil
}
