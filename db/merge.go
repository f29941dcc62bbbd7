package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Merge says how rows of sums meet those that a table already has. A row's values stand in the order Key, Set, Add.
type Merge struct {
	Table string
	Key   []string // the columns of the primary key
	Set   []string // replaced by what the row says
	Add   []string // added to
}

func (m Merge) columns() []string { return slices.Concat(m.Key, m.Set, m.Add) }

// Merge adds rows to a table: where the key is there already, its sums are added to and the rest is replaced. No key may
// come twice. Rows in the order of their keys are the quickest, and keep two transactions from waiting for each other.
func (tx *Tx) Merge(ctx context.Context, m Merge, rows [][]any) error {
	return tx.bulk(ctx, "merge into "+m.Table, len(m.columns()), rows, func() error {
		if tx.d.dialect == PostgreSQL {
			return tx.unnested(ctx, m.postgresText(), rows)
		}
		return tx.portions(ctx, rows, m.sqliteText)
	})
}

// Prune removes the rows of a table under some keys, whole ones or their first columns, in which the columns of zero are 0.
func (tx *Tx) Prune(ctx context.Context, table string, key, zero []string, rows [][]any) error {
	return tx.bulk(ctx, "prune "+table, len(key), rows, func() error {
		if tx.d.dialect == PostgreSQL {
			return tx.unnested(ctx, pruneText(table, key, zero), rows)
		}
		text := "DELETE FROM " + quoted(table) + " WHERE " + allOf(key, " = ?") + " AND " + allOf(zero, " = 0")
		for _, row := range rows {
			if _, err := tx.s.exec(tx.quick(ctx), text, row...); err != nil {
				return err
			}
		}
		return nil
	})
}

// bulk runs what writes many rows, once they are seen to be of one width.
func (tx *Tx) bulk(ctx context.Context, what string, width int, rows [][]any, write func() error) error {
	for i, row := range rows {
		if len(row) != width {
			return tx.failed(fmt.Errorf("%s: row %d has %d values, want %d", what, i, len(row), width))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.ready(ctx, true); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := write(); err != nil {
		return tx.failed(fmt.Errorf("%s: %w", what, err))
	}
	return nil
}

// portions cuts the rows into portions of few different sizes, so that SQLite prepares their statements once.
func (tx *Tx) portions(ctx context.Context, rows [][]any, text func(rows int) string) error {
	for len(rows) > 0 {
		n := portion(len(rows), len(rows[0]))
		if _, err := tx.s.exec(tx.quick(ctx), text(n), flat(rows[:n])...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// unnested runs a PostgreSQL statement whose $1, $2, … are the columns of the rows: one list a column is quicker to send and
// to plan than a place for every value.
func (tx *Tx) unnested(ctx context.Context, text string, rows [][]any) error {
	columns := make([]any, len(rows[0]))
	casts := make([]string, len(rows[0]))
	for j := range columns {
		list, of, err := column(rows, j)
		if err != nil {
			return err
		}
		columns[j], casts[j] = list, "CAST($"+strconv.Itoa(j+1)+" AS "+of+"[])"
	}
	_, err := tx.s.exec(ctx, strings.Replace(text, listsHere, "unnest("+strings.Join(casts, ", ")+")", 1), columns...)
	return err
}

// listsHere stands in a text for the lists that unnested puts in.
const listsHere = "LISTS"

// column gives the values of a column as one list, and their type.
func column(rows [][]any, j int) (list any, of string, err error) {
	if _, text := rows[0][j].(string); text {
		list, err = listOf[string](rows, j)
		return list, "text", err
	}
	list, err = listOf[int64](rows, j)
	return list, "bigint", err
}

func listOf[T any](rows [][]any, j int) ([]T, error) {
	out := make([]T, len(rows))
	for i, row := range rows {
		value, ok := row[j].(T)
		if !ok {
			return nil, fmt.Errorf("column %d of row %d holds a %T, want %T", j, i, row[j], value)
		}
		out[i] = value
	}
	return out, nil
}

func (m Merge) sqliteText(rows int) string {
	return insertText(SQLite, m.Table, m.columns(), rows) + m.onConflict()
}

func (m Merge) postgresText() string {
	return "INSERT INTO " + quoted(m.Table) + " (" + names(m.columns()) + ") SELECT * FROM " + listsHere + m.onConflict()
}

func (m Merge) onConflict() string {
	var sets []string
	for _, name := range m.Set {
		sets = append(sets, quoted(name)+" = excluded."+quoted(name))
	}
	for _, name := range m.Add {
		sets = append(sets, quoted(name)+" = "+quoted(m.Table)+"."+quoted(name)+" + excluded."+quoted(name))
	}
	return " ON CONFLICT (" + names(m.Key) + ") DO UPDATE SET " + strings.Join(sets, ", ")
}

func pruneText(table string, key, zero []string) string {
	var same []string
	for _, name := range key {
		same = append(same, quoted(table)+"."+quoted(name)+" = named."+quoted(name))
	}
	return "DELETE FROM " + quoted(table) + " USING " + listsHere + " AS named (" + names(key) + ") WHERE " +
		strings.Join(same, " AND ") + " AND " + allOf(zero, " = 0")
}

// allOf joins a condition on each column.
func allOf(columns []string, condition string) string {
	terms := make([]string, len(columns))
	for i, name := range columns {
		terms[i] = quoted(name) + condition
	}
	return strings.Join(terms, " AND ")
}

func names(columns []string) string {
	out := make([]string, len(columns))
	for i, name := range columns {
		out[i] = quoted(name)
	}
	return strings.Join(out, ", ")
}
