package declared

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Refusal is one reason why a catalog cannot be used, and where it stands.
type Refusal struct {
	At     Position
	Reason string
}

// String gives "file:line: reason".
func (r Refusal) String() string { return r.At.String() + ": " + r.Reason }

// Refused collects every fault of a catalog; as an error it lists them in the order of files and lines.
type Refused []Refusal

// Add notes one more reason.
func (r *Refused) Add(at Position, format string, args ...any) {
	*r = append(*r, Refusal{At: at, Reason: fmt.Sprintf(format, args...)})
}

// Err gives nil if nothing was refused, else all faults in order, each once.
func (r Refused) Err() error {
	if len(r) == 0 {
		return nil
	}
	slices.SortFunc(r, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.Reason, b.Reason))
	})
	return slices.Compact(r)
}

// Error gives one line for each fault.
func (r Refused) Error() string {
	lines := make([]string, len(r))
	for i, one := range r {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}
