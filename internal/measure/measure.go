// Package measure computes the sizes of Go source from its syntax tree: functions, nesting, parameters, files and
// comments. It judges nothing; the house rules at the module's root do.
package measure

import (
	"go/ast"
	"go/token"
	"math"
	"slices"
)

// Function is the size of one function or method declaration; literals inside it count towards it.
type Function struct {
	Name       string // with its receiver's type: Ledger.Append
	Position   token.Position
	Lines      int // from the word func to the closing brace, both included
	Nesting    int // how many if, for, switch and select stand inside one another at the deepest point
	Parameters int // without the receiver; a, b int are two
}

// Functions measures the declarations of a file in the order in which they stand.
func Functions(fset *token.FileSet, file *ast.File) []Function {
	var found []Function
	for _, declaration := range file.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		found = append(found, Function{
			Name:       name(f),
			Position:   fset.Position(f.Pos()),
			Lines:      span(fset, f.Type.Pos(), f.End()),
			Nesting:    nesting(f),
			Parameters: f.Type.Params.NumFields(),
		})
	}
	return found
}

func name(f *ast.FuncDecl) string {
	if receiver := Receiver(f); receiver != "" {
		return receiver + "." + f.Name.Name
	}
	return f.Name.Name
}

// Receiver is the name of the type that a method belongs to, without star and type parameters; "" for a function.
func Receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return ""
	}
	expression := f.Recv.List[0].Type
	for {
		switch e := expression.(type) {
		case *ast.StarExpr:
			expression = e.X
		case *ast.IndexExpr:
			expression = e.X
		case *ast.IndexListExpr:
			expression = e.X
		case *ast.ParenExpr:
			expression = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

func span(fset *token.FileSet, from, to token.Pos) int {
	return fset.Position(to).Line - fset.Position(from).Line + 1
}

func nesting(f *ast.FuncDecl) int {
	if f.Body == nil {
		return 0
	}
	deepest := 0
	ast.Walk(&depth{deepest: &deepest}, f.Body)
	return deepest
}

// depth walks a body; each control structure below it gets a visitor one level deeper that reports to the same place.
type depth struct {
	level   int
	deepest *int
}

// Visit implements [ast.Visitor].
func (d *depth) Visit(node ast.Node) ast.Visitor {
	switch n := node.(type) {
	case *ast.IfStmt:
		return d.chain(n)
	case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		return d.deeper()
	}
	return d
}

// chain walks the links of if … else if … at one level: they read as a list, not as a nest.
func (d *depth) chain(n *ast.IfStmt) ast.Visitor {
	inside := d.deeper()
	for {
		if n.Init != nil {
			ast.Walk(d, n.Init)
		}
		ast.Walk(d, n.Cond)
		ast.Walk(inside, n.Body)
		next, ok := n.Else.(*ast.IfStmt)
		if !ok {
			break
		}
		n = next
	}
	if n.Else != nil {
		ast.Walk(inside, n.Else)
	}
	return nil
}

func (d *depth) deeper() *depth {
	*d.deepest = max(*d.deepest, d.level+1)
	return &depth{level: d.level + 1, deepest: d.deepest}
}

// Lines is the number of lines of a file.
func Lines(fset *token.FileSet, file *ast.File) int {
	return fset.File(file.FileStart).LineCount()
}

// CommentLines is the number of a file's lines on which a comment stands, alone or after code.
func CommentLines(fset *token.FileSet, file *ast.File) int {
	lines := map[int]bool{}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			last := fset.Position(comment.End()).Line
			for line := fset.Position(comment.Pos()).Line; line <= last; line++ {
				lines[line] = true
			}
		}
	}
	return len(lines)
}

// Quantile is the smallest of the values that at least the share q of them does not exceed: 0.5 is the median. It is 0
// for no values.
func Quantile(values []int, q float64) int {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	index := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[min(max(index, 0), len(sorted)-1)]
}
