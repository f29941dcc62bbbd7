package measure

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"testing"
)

func parse(t *testing.T, body string) (*token.FileSet, *ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "x.go", body, parser.ParseComments)
	if err != nil {
		t.Fatalf("parse %q: %v", body, err)
	}
	return fset, file
}

func TestFunctions(t *testing.T) {
	fset, file := parse(t, `package x

// F says nothing.
func F() {}

func (b *Book[T]) Add(a, b int, c string) error {
	return nil
}

func outside()
`)
	var got []Function
	for _, f := range Functions(fset, file) {
		f.Position = token.Position{Line: f.Position.Line}
		got = append(got, f)
	}
	want := []Function{
		{Name: "F", Position: token.Position{Line: 4}, Lines: 1},
		{Name: "Book.Add", Position: token.Position{Line: 6}, Lines: 3, Parameters: 3},
		{Name: "outside", Position: token.Position{Line: 10}, Lines: 1},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Functions:\ngot  %+v\nwant %+v", got, want)
	}
}

func TestNesting(t *testing.T) {
	tests := []struct {
		name, body string
		want       int
	}{
		{"straight on", `x := 1; _ = x`, 0},
		{"one", `if true { _ = 1 }`, 1},
		{"side by side", `if true { _ = 1 }; for { break }`, 1},
		{"two", `for { if true { break } }`, 2},
		{"a switch and its cases are one", `switch 1 { case 1: _ = 1; default: _ = 2 }`, 1},
		{"an else-if chain is a list", `if true { _ = 1 } else if false { _ = 2 } else { _ = 3 }`, 1},
		{"inside the last else", `if true { _ = 1 } else if false { _ = 2 } else { for { break } }`, 2},
		{"inside a condition's literal", `if func() bool { for { for { break } }; return true }() { _ = 1 }`, 2},
		{"a literal goes on where it stands", `for { func() { select {} }() }`, 2},
		{"types and ranges", `for range 3 { switch any(1).(type) { case int: if true { _ = 1 } } }`, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fset, file := parse(t, "package x\n\nfunc f() {\n"+test.body+"\n}\n")
			if got := Functions(fset, file)[0].Nesting; got != test.want {
				t.Errorf("nesting of %q: got %d, want %d", test.body, got, test.want)
			}
		})
	}
}

func TestReceiver(t *testing.T) {
	tests := map[string]string{
		`func f() {}`:                 "",
		`func (a A) f() {}`:           "A",
		`func (a *A) f() {}`:          "A",
		`func (a *(A)) f() {}`:        "A",
		`func (a A[T]) f() {}`:        "A",
		`func (a *A[T, U]) f() {}`:    "A",
		`func (a []A) f() {}`:         "", // refused by the compiler, not by the parser
		`func (*A) f() {}`:            "A",
		"func (\n\ta *A,\n) f() {\n}": "A",
	}
	for body, want := range tests {
		_, file := parse(t, "package x\n\n"+body)
		if got := Receiver(file.Decls[0].(*ast.FuncDecl)); got != want {
			t.Errorf("receiver of %q: got %q, want %q", body, got, want)
		}
	}
}

func TestLinesAndComments(t *testing.T) {
	fset, file := parse(t, `// Package x is
// two lines.
package x

var a = 1 // and one

/* and
two */
`)
	if got := Lines(fset, file); got != 8 {
		t.Errorf("lines: got %d, want 8", got)
	}
	if got := CommentLines(fset, file); got != 5 {
		t.Errorf("comment lines: got %d, want 5", got)
	}
}

func TestQuantile(t *testing.T) {
	tests := []struct {
		values []int
		q      float64
		want   int
	}{
		{nil, 0.5, 0},
		{[]int{7}, 0, 7},
		{[]int{7}, 1, 7},
		{[]int{3, 1, 2}, 0.5, 2},
		{[]int{4, 3, 2, 1}, 0.5, 2},
		{[]int{4, 3, 2, 1}, 1, 4},
		{[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}, 0.95, 19},
	}
	for _, test := range tests {
		if got := Quantile(test.values, test.q); got != test.want {
			t.Errorf("quantile %g of %v: got %d, want %d", test.q, test.values, got, test.want)
		}
	}
}
