package db

import (
	"context"
	"strconv"
	"strings"
)

// copyFrom is the number of rows from which COPY on PostgreSQL beats one INSERT of many rows.
const copyFrom = 16

// maxParameters is what SQLite takes in one statement; PostgreSQL takes twice as many.
const maxParameters = 32766

// Insert adds many rows to one table in the quickest way that the database has. A row has a value for each column.
func (tx *Tx) Insert(ctx context.Context, table string, columns []string, rows [][]any) error {
	return tx.bulk(ctx, "insert into "+table, len(columns), rows, func() error { return tx.insert(ctx, table, columns, rows) })
}

func (tx *Tx) insert(ctx context.Context, table string, columns []string, rows [][]any) error {
	if tx.d.dialect == SQLite {
		return tx.portions(ctx, rows, func(n int) string { return insertText(SQLite, table, columns, n) })
	}
	if len(rows) >= copyFrom {
		return tx.s.copyRows(ctx, table, columns, rows)
	}
	_, err := tx.s.exec(ctx, insertText(PostgreSQL, table, columns, len(rows)), flat(rows)...)
	return err
}

// portion gives the largest of 256, 64, 16, 4, 1 rows that is there and fits into one statement.
func portion(rows, columns int) int {
	n := 256
	for n > 1 && (n > rows || n*columns > maxParameters) {
		n /= 4
	}
	return n
}

// insertText uses anonymous parameters on SQLite: numbered ones cost its driver the square of their count.
func insertText(dialect Dialect, table string, columns []string, rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + quoted(table) + " (")
	for i, column := range columns {
		b.WriteString(separator(i) + quoted(column))
	}
	b.WriteString(") VALUES ")
	for i := range rows {
		b.WriteString(separator(i) + "(")
		for j := range columns {
			b.WriteString(separator(j))
			if dialect == SQLite {
				b.WriteByte('?')
				continue
			}
			b.WriteString("$" + strconv.Itoa(i*len(columns)+j+1))
		}
		b.WriteByte(')')
	}
	return b.String()
}

func separator(i int) string {
	if i == 0 {
		return ""
	}
	return ", "
}

func flat(rows [][]any) []any {
	values := make([]any, 0, len(rows)*len(rows[0]))
	for _, row := range rows {
		values = append(values, row...)
	}
	return values
}
