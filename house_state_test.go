package qingshan_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

func noInit(tr *tree) []breach {
	var found []breach
	for _, s := range tr.code() {
		for _, declaration := range s.syntax.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				found = append(found, breach{tr.at(f), "func init"})
			}
		}
	}
	return found
}

// noState finds package-level variables that can change: those that hold a map, a slice, a struct or a pointer, those
// without a value, and those that some function assigns to.
func noState(tr *tree) []breach {
	var found []breach
	for _, sources := range tr.packages() {
		names, specs := map[string]bool{}, map[*ast.ValueSpec]bool{}
		for _, s := range sources {
			for _, spec := range packageVariables(s) {
				specs[spec] = true
				for i, name := range spec.Names {
					names[name.Name] = name.Name != "_" // an assertion is no variable
					if why := mutable(spec, i); why != "" && !linked(s, spec) {
						found = append(found, breach{tr.at(name), name.Name + " " + why})
					}
				}
			}
		}
		inspect(sources, func(_ *source, node ast.Node) {
			for _, target := range assigned(node) {
				if name := variable(target); name != nil && names[name.Name] && packageLevel(name, specs) {
					found = append(found, breach{tr.at(node), name.Name + " is a package-level variable, and is assigned to here"})
				}
			}
		})
	}
	return byPlace(found)
}

func packageVariables(s *source) []*ast.ValueSpec {
	var specs []*ast.ValueSpec
	for _, declaration := range s.syntax.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.VAR {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			if value.Doc == nil {
				value.Doc = group.Doc // so that go:embed is found in either place
			}
			specs = append(specs, value)
		}
	}
	return specs
}

// mutable says why the i-th variable of a declaration is state, or "".
func mutable(spec *ast.ValueSpec, i int) string {
	if spec.Names[i].Name == "_" || embedded(spec) {
		return ""
	}
	if len(spec.Values) == 0 {
		return "has no value: it waits to be changed"
	}
	if i >= len(spec.Values) {
		i = 0 // several names for the results of one call
	}
	switch value := spec.Values[i].(type) {
	case *ast.CompositeLit:
		if array, ok := value.Type.(*ast.ArrayType); !ok || array.Len == nil {
			return "holds a map, a slice or a struct, which can be changed"
		}
	case *ast.UnaryExpr:
		if value.Op == token.AND {
			return "holds a pointer to what can be changed"
		}
	case *ast.CallExpr:
		return mutableCall(value)
	}
	return ""
}

// linked is the one variable that the linker fills: the program's version.
func linked(s *source, spec *ast.ValueSpec) bool {
	return s.syntax.Name.Name == "main" && len(spec.Names) == 1 && spec.Names[0].Name == "version"
}

func embedded(spec *ast.ValueSpec) bool {
	if spec.Doc == nil {
		return false
	}
	for _, comment := range spec.Doc.List {
		if strings.HasPrefix(comment.Text, "//go:embed ") {
			return true
		}
	}
	return false
}

// mutableCall lets sentinels and parsed constants pass (errors.New, fault.New, regexp.MustCompile, time.FixedZone …).
func mutableCall(call *ast.CallExpr) string {
	called := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		called = f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			called = x.Name + "." + f.Sel.Name
		}
	}
	switch called {
	case "errors.New", "strings.NewReplacer":
		return ""
	case "make", "new":
		return "is made here, to be changed later"
	}
	function := called[strings.LastIndex(called, ".")+1:]
	if strings.HasPrefix(function, "New") && !strings.HasPrefix(called, "fault.") {
		return fmt.Sprintf("is made by %s, to be changed later", called)
	}
	return ""
}

// assigned are the expressions that a statement gives a new value.
func assigned(node ast.Node) []ast.Expr {
	switch statement := node.(type) {
	case *ast.AssignStmt:
		if statement.Tok != token.DEFINE {
			return statement.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{statement.X}
	}
	return nil
}

// variable is the name at the root of an expression: table of table[key].field.
func variable(expression ast.Expr) *ast.Ident {
	for {
		switch e := expression.(type) {
		case *ast.Ident:
			return e
		case *ast.IndexExpr:
			expression = e.X
		case *ast.SelectorExpr:
			expression = e.X
		case *ast.StarExpr:
			expression = e.X
		case *ast.ParenExpr:
			expression = e.X
		default:
			return nil
		}
	}
}

// packageLevel tells a package's variable from a local one of the same name. The parser resolves names within a file:
// unresolved means that another file of the package declares it. go/types would do it too, over the whole import graph.
func packageLevel(name *ast.Ident, specs map[*ast.ValueSpec]bool) bool {
	object := name.Obj
	if object == nil {
		return true
	}
	spec, ok := object.Decl.(*ast.ValueSpec)
	return ok && specs[spec]
}
