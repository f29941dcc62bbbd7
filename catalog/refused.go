package catalog

import (
	"fmt"
	"sort"
	"strings"
)

// position is where something stands in the sources; the zero position is that of a decoded body.
type position struct {
	file string
	line int
}

// String gives "file:line", as compilers do, so that editors can jump there.
func (p position) String() string {
	if p.file == "" {
		return "catalog"
	}
	return fmt.Sprintf("%s:%d", p.file, p.line)
}

// Refusal is one reason why a catalog cannot be used, and where it stands.
type Refusal struct {
	File   string
	Line   int
	Reason string
}

// String gives "file:line: reason".
func (r Refusal) String() string { return position{r.File, r.Line}.String() + ": " + r.Reason }

// Refused is the error of [Load] and [Decode]: every fault that was found, in the order of files and lines.
type Refused []Refusal

// Error gives one line for each fault.
func (r Refused) Error() string {
	lines := make([]string, len(r))
	for i, one := range r {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

func (r *Refused) add(at position, format string, args ...any) {
	one := Refusal{File: at.file, Line: at.line, Reason: fmt.Sprintf(format, args...)}
	for _, known := range *r {
		if known == one {
			return
		}
	}
	*r = append(*r, one)
}

// err gives nil if nothing was refused, else all faults in order.
func (r Refused) err() error {
	if len(r) == 0 {
		return nil
	}
	sort.SliceStable(r, func(i, j int) bool {
		if r[i].File != r[j].File {
			return r[i].File < r[j].File
		}
		return r[i].Line < r[j].Line
	})
	return r
}
