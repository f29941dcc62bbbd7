package record

import (
	"fmt"
	"sort"

	"qingshan/internal/digest"
)

// Shape names the closed set of forms that a value takes.
type Shape int

// The shapes. There are no fractions: amounts are integers in base units.
const (
	IsInt Shape = iota + 1
	IsText
	IsBool
	IsList   // of ints and texts
	IsSealed // a personal value: only its commitment is in the record
)

// Value is one value of a record; make it with Int, Text, Bool, List or Sealed.
type Value struct {
	Shape Shape
	Int   int64
	Text  string
	Bool  bool
	List  []Value
	Seal  digest.Hash
}

// Values are a record's fields by name.
type Values map[string]Value

// Int makes an integer value in the field's base unit.
func Int(n int64) Value { return Value{Shape: IsInt, Int: n} }

// Text makes a text value; the canonical form is NFC.
func Text(s string) Value { return Value{Shape: IsText, Text: s} }

// Bool makes a truth value.
func Bool(b bool) Value { return Value{Shape: IsBool, Bool: b} }

// List makes a list of ints and texts.
func List(items ...Value) Value { return Value{Shape: IsList, List: items} }

// Sealed makes the placeholder of a personal value from its commitment.
func Sealed(commitment digest.Hash) Value { return Value{Shape: IsSealed, Seal: commitment} }

// String gives a readable form for messages and tests; it is not canonical.
func (v Value) String() string {
	switch v.Shape {
	case IsInt:
		return fmt.Sprint(v.Int)
	case IsText:
		return v.Text
	case IsBool:
		return fmt.Sprint(v.Bool)
	case IsList:
		return fmt.Sprint(v.List)
	case IsSealed:
		return "sealed"
	default:
		return "none"
	}
}

// names gives the field names in order.
func (vs Values) names() []string {
	names := make([]string, 0, len(vs))
	for name := range vs {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Clone gives a copy whose fields can be replaced without touching vs.
func (vs Values) Clone() Values {
	if vs == nil {
		return nil
	}
	out := make(Values, len(vs))
	for name, v := range vs {
		out[name] = v
	}
	return out
}
