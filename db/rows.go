package db

import "database/sql"

// Rows are the rows of a query; close them before the next statement.
type Rows = sql.Rows

// NullText is a text column that may be NULL.
type NullText = sql.NullString

// ErrNoRows is what scanning a single row gives when there is none.
var ErrNoRows = sql.ErrNoRows

// EachRow runs scan for every row, closes the rows and gives the first error.
func EachRow(rows *Rows, scan func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(); err != nil {
			return err
		}
	}
	return rows.Err()
}
