package db

import (
	"fmt"
	"strconv"
	"strings"
)

// Where gathers the conditions of a query whose filters are optional. It is the only place where a store may glue SQL:
// conditions are constants of the program, values always travel as arguments.
type Where struct {
	next  int
	terms []string
	args  []any
}

// NewWhere starts with no condition; its first parameter is $first, so that a query may have others before it.
func NewWhere(first int) *Where {
	return &Where{next: first}
}

// And adds a condition with a ? for each argument; a wrong number of arguments is a mistake in the program and panics.
func (w *Where) And(condition string, args ...any) *Where {
	var b strings.Builder
	used := 0
	for i := 0; i < len(condition); {
		n := skipQuoted(condition[i:])
		switch {
		case n > 0:
			b.WriteString(condition[i : i+n])
			i += n
		case condition[i] == '?':
			b.WriteString("$" + strconv.Itoa(w.next+used))
			used++
			i++
		default:
			b.WriteByte(condition[i])
			i++
		}
	}
	if used != len(args) {
		panic(fmt.Sprintf("condition %q has %d places for %d arguments", condition, used, len(args)))
	}
	w.next += used
	w.terms = append(w.terms, b.String())
	w.args = append(w.args, args...)
	return w
}

// AndIn adds that column is one of values; without values nothing fits.
func (w *Where) AndIn(column string, values []string) *Where {
	return w.andIn(In(column, w.next, values))
}

// AndInNumbers is AndIn for whole numbers.
func (w *Where) AndInNumbers(column string, values []int64) *Where {
	return w.andIn(In(column, w.next, values))
}

func (w *Where) andIn(clause string, args []any) *Where {
	w.next += len(args)
	w.terms = append(w.terms, clause)
	w.args = append(w.args, args...)
	return w
}

// Bind adds an argument outside of the conditions, say for LIMIT, and gives its place, such as "$4".
func (w *Where) Bind(value any) string {
	place := "$" + strconv.Itoa(w.next)
	w.next++
	w.args = append(w.args, value)
	return place
}

// SQL gives the whole clause, "WHERE a = $1 AND b = $2", or nothing if there is no condition.
func (w *Where) SQL() string {
	if len(w.terms) == 0 {
		return ""
	}
	return "WHERE (" + strings.Join(w.terms, ") AND (") + ")"
}

// Args gives the arguments in the order of their places.
func (w *Where) Args() []any { return w.args }

// In gives the condition that column is one of values, with parameters from $first on, and their arguments.
// Without values it is a condition that nothing fits. Stay below 10,000 values: SQLite takes 32,766 arguments at most.
func In[T any](column string, first int, values []T) (clause string, args []any) {
	if len(values) == 0 {
		return "1 = 0", nil
	}
	var b strings.Builder
	b.WriteString(column + " IN (")
	args = make([]any, len(values))
	for i, value := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("$" + strconv.Itoa(first+i))
		args[i] = value
	}
	b.WriteByte(')')
	return b.String(), args
}
