// Package fault names the kinds of failure that cross a package boundary. It knows no HTTP and no language:
// a fault is a kind, a stable code and data; sentences for people live in package lang.
package fault

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Kind says what sort of failure happened; the doors translate it into their own terms.
type Kind int

// The seven kinds. Anything that is not a Fault is Internal.
const (
	Internal        Kind = iota // our mistake: the caller can do nothing
	Invalid                     // the caller's input cannot be accepted as it is
	Unauthenticated             // we do not know who is calling
	Forbidden                   // we know, and they may not
	NotFound                    // no such thing
	Conflict                    // it contradicts what is already there
	Unavailable                 // not now; the same call may succeed later
)

// String gives the kind's word, as used in logs.
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case Unauthenticated:
		return "unauthenticated"
	case Forbidden:
		return "forbidden"
	case NotFound:
		return "not found"
	case Conflict:
		return "conflict"
	case Unavailable:
		return "unavailable"
	default:
		return "internal"
	}
}

// Data carries the particulars of a fault, to be set into a sentence. It never holds personal data or secrets.
type Data map[string]string

// Fault is a failure with a stable code such as "record.unknown_kind" and the data its sentence needs.
type Fault struct {
	Kind Kind
	Code string
	Data Data
	Err  error // the cause, if any; for logs only
}

// New makes a fault; data may be nil.
func New(kind Kind, code string, data Data) *Fault {
	return &Fault{Kind: kind, Code: code, Data: data}
}

// Because makes a fault with a cause that stays in the log and never reaches a caller.
func Because(err error, kind Kind, code string, data Data) *Fault {
	return &Fault{Kind: kind, Code: code, Data: data, Err: err}
}

// Error gives the code, the data in key order and the cause, for logs and tests.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Code)
	keys := make([]string, 0, len(f.Data))
	for k := range f.Data {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintf(&b, " %s=%q", k, f.Data[k])
	}
	if f.Err != nil {
		fmt.Fprintf(&b, ": %v", f.Err)
	}
	return b.String()
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Of finds the fault inside err; a plain error is reported as Internal with the code "internal".
func Of(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return &Fault{Kind: Internal, Code: "internal", Err: err}
}

// Is tells whether err carries a fault of this kind.
func Is(err error, kind Kind) bool {
	return err != nil && Of(err).Kind == kind
}
