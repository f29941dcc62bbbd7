package db

import (
	"strings"

	"github.com/jackc/pgx/v5"
)

// longList is the number of arguments from which on a statement with a list is planned anew each time.
const longList = 16

// listed keeps PostgreSQL from planning a statement with a long list once for all values: without statistics, which a
// table that has just been filled does not have, such a plan reads all rows of a book for every list. Short statements
// keep their plans, because planning them costs more than running them.
func listed(query string, args []any) []any {
	if len(args) < longList || !strings.Contains(query, " IN (") {
		return args
	}
	return append([]any{pgx.QueryExecModeCacheDescribe}, args...)
}
