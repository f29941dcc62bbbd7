package qingshan_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"qingshan/internal/measure"
)

var update = flag.Bool("update", false, "add new migrations to "+migrationsList)

// rule is one house rule that a machine can judge; CONTRIBUTING.md says the same in prose.
type rule struct {
	name     string
	sentence string // what the reader of a breach should do
	check    func(tr *tree) []breach
}

func rules() []rule {
	return []rule{
		{"parses", "every Go file parses", func(tr *tree) []breach { return tr.faults }},
		{"names", "a package is a word of the domain or, in internal/, of the mechanism; never a drawer for odd things", packageNames},
		{"package comments", "one package comment per package, in the file named after it, doc.go or main.go", packageComments},
		{"sizes", "a function past 100 lines or a file past 700 hides a second noun: find it", sizes},
		{"package size", "a package past 2,500 lines without tests hides a second noun: at 1,500 look for it", packageSize},
		{"no init", "no init(): wiring stands in app, where one can read it", noInit},
		{"no state", "no package-level mutable state: pass it, or make it a function or an array", noState},
		{"doc comments", "an exported identifier has a comment that begins with its name and adds something", docComments},
		{"todo", "work that is left undone has an issue: TODO(#123)", todoNumbers},
		{"log messages", "a log message is a constant, its details are attributes", logMessages},
		{"sql place", "SQL stands in the function that scans it, in a file named *store.go, or in db", sqlPlace},
		{"sql whole", "SQL is one whole text: what varies is an argument, or comes from db.NewWhere and db.In", sqlWhole},
		{"sql portable", "one SQL text serves both databases: see docs/architecture.md", sqlPortable},
		{"migrations", "a released migration never changes: write the next one", migrations},
		{"dependencies", "direct dependencies are few and chosen: each stands in the list with its reason", dependencies},
		{"docs", "every path, command and package that a document names must exist", docsNameWhatExists},
		{"no traces", "the repository does not say on which machine or through which mirror it was made", noTraces},
	}
}

// TestHouse judges this repository by every rule.
func TestHouse(t *testing.T) {
	tr := readTree(t, os.DirFS("."))
	if *update {
		if err := os.WriteFile(migrationsList, []byte(addMigrations(tr)), 0o644); err != nil {
			t.Fatal(err)
		}
		tr = readTree(t, os.DirFS("."))
	}
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			breaches := r.check(tr)
			for _, b := range breaches {
				t.Errorf("%s: %s", b.where, b.what)
			}
			if len(breaches) > 0 {
				t.Logf("the rule: %s", r.sentence)
			}
		})
	}
}

// TestSizes reports what CONTRIBUTING.md aims at and no test enforces: median and tail, nesting, parameters, comments.
func TestSizes(t *testing.T) {
	tr := readTree(t, os.DirFS("."))
	var lines, crowded, deep []int
	code, comments, tests := 0, 0, 0
	for _, s := range tr.sources {
		if s.test {
			tests += measure.Lines(tr.fset, s.syntax)
			continue
		}
		code += measure.Lines(tr.fset, s.syntax)
		comments += measure.CommentLines(tr.fset, s.syntax)
		for _, f := range measure.Functions(tr.fset, s.syntax) {
			lines = append(lines, f.Lines)
			if f.Parameters > 4 {
				crowded = append(crowded, f.Parameters)
				t.Logf("%s:%d: %s takes %d parameters (aim: 4)", f.Position.Filename, f.Position.Line, f.Name, f.Parameters)
			}
			if f.Nesting > 3 {
				deep = append(deep, f.Nesting)
				t.Logf("%s:%d: %s nests %d deep (aim: 3)", f.Position.Filename, f.Position.Line, f.Name, f.Nesting)
			}
		}
	}
	t.Logf("%d functions: median %d lines (aim: 12), p95 %d (aim: 50), longest %d", len(lines),
		measure.Quantile(lines, 0.5), measure.Quantile(lines, 0.95), measure.Quantile(lines, 1))
	t.Logf("%d functions with more than 4 parameters, %d nested deeper than 3", len(crowded), len(deep))
	t.Logf("%d lines of code, %d of tests (aim: as many); comments on %.0f %% of the code's lines (aim: 15–20)",
		code, tests, 100*float64(comments)/float64(max(code, 1)))
}

func packageNames(tr *tree) []breach {
	banned := strings.Fields("util utils common helper helpers model models type types service services core misc base shared")
	var found []breach
	for _, s := range tr.sources {
		name := strings.TrimSuffix(s.syntax.Name.Name, "_test")
		for _, word := range banned {
			if name == word || path.Base(s.folder) == word {
				found = append(found, breach{tr.at(s.syntax.Name), "package " + name + " in " + s.folder})
			}
		}
	}
	return found
}

func packageComments(tr *tree) []breach {
	var found []breach
	for folder, sources := range tr.packages() {
		name := sources[0].syntax.Name.Name
		commented := 0
		for _, s := range sources {
			if s.syntax.Doc == nil {
				continue
			}
			commented++
			found = append(found, packageComment(tr, s, name)...)
		}
		if commented != 1 {
			found = append(found, breach{folder, fmt.Sprintf("package %s has %d package comments, not one", name, commented)})
		}
	}
	return byPlace(found)
}

func packageComment(tr *tree, s *source, name string) []breach {
	var found []breach
	home := []string{"doc.go", name + ".go"}
	begins := "Package " + name + " "
	if name == "main" {
		home, begins = []string{"doc.go", "main.go"}, "Command "+path.Base(s.folder)+" "
	}
	if !slices.Contains(home, path.Base(s.path)) {
		found = append(found, breach{tr.at(s.syntax.Doc), "the package comment belongs in " + strings.Join(home, " or ")})
	}
	if !strings.HasPrefix(s.syntax.Doc.Text(), begins) {
		found = append(found, breach{tr.at(s.syntax.Doc), fmt.Sprintf("the package comment does not begin with %q", begins)})
	}
	return found
}

func sizes(tr *tree) []breach {
	var found []breach
	for _, s := range tr.sources {
		if n := measure.Lines(tr.fset, s.syntax); n > 700 {
			found = append(found, breach{s.path, fmt.Sprintf("%d lines", n)})
		}
		for _, f := range measure.Functions(tr.fset, s.syntax) {
			if f.Lines > 100 {
				found = append(found, breach{fmt.Sprintf("%s:%d", s.path, f.Position.Line), fmt.Sprintf("%s has %d lines", f.Name, f.Lines)})
			}
		}
	}
	return found
}

func packageSize(tr *tree) []breach {
	var found []breach
	for folder, sources := range tr.packages() {
		total := 0
		for _, s := range sources {
			total += measure.Lines(tr.fset, s.syntax)
		}
		if total > 2500 {
			found = append(found, breach{folder, strconv.Itoa(total) + " lines"})
		}
	}
	return byPlace(found)
}

// docComments looks at what other packages can name: exported declarations, and methods of exported types.
func docComments(tr *tree) []breach {
	var found []breach
	for _, s := range tr.code() {
		if s.syntax.Name.Name == "main" {
			continue
		}
		for _, declaration := range s.syntax.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				receiver := measure.Receiver(d)
				if d.Name.IsExported() && (receiver == "" || ast.IsExported(receiver)) {
					found = append(found, tr.documented(d.Name, d.Doc)...)
				}
			case *ast.GenDecl:
				found = append(found, tr.documentedGroup(d)...)
			}
		}
	}
	return found
}

// documentedGroup accepts one comment for a whole group of constants or variables, and short ones after each.
func (tr *tree) documentedGroup(d *ast.GenDecl) []breach {
	var found []breach
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			doc := spec.Doc
			if doc == nil && len(d.Specs) == 1 {
				doc = d.Doc
			}
			if spec.Name.IsExported() {
				found = append(found, tr.documented(spec.Name, doc)...)
			}
		case *ast.ValueSpec:
			if !spec.Names[0].IsExported() || d.Lparen.IsValid() && d.Doc != nil || spec.Comment != nil {
				continue
			}
			doc := spec.Doc
			if doc == nil && !d.Lparen.IsValid() {
				doc = d.Doc
			}
			found = append(found, tr.documented(spec.Names[0], doc)...)
		}
	}
	return found
}

func (tr *tree) documented(name *ast.Ident, doc *ast.CommentGroup) []breach {
	words := strings.Fields(doc.Text())
	switch {
	case len(words) == 0:
		return []breach{{tr.at(name), name.Name + " has no comment"}}
	case strings.TrimRight(words[0], ",:;.") != name.Name:
		return []breach{{tr.at(name), fmt.Sprintf("the comment of %s begins with %q", name.Name, words[0])}}
	case len(words) < 3:
		return []breach{{tr.at(name), "the comment of " + name.Name + " adds nothing to its name"}}
	}
	return nil
}

// logMessages finds calls of slog, or of something called a log or logger, whose message is put together.
func logMessages(tr *tree) []breach {
	message := map[string]int{"Debug": 0, "Info": 0, "Warn": 0, "Error": 0, "DebugContext": 1, "InfoContext": 1,
		"WarnContext": 1, "ErrorContext": 1, "Log": 2, "LogAttrs": 2}
	var found []breach
	inspect(tr.code(), func(_ *source, node ast.Node) {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !logs(method.X) {
			return
		}
		index, ok := message[method.Sel.Name]
		if !ok || len(call.Args) <= index {
			return
		}
		if literal, ok := call.Args[index].(*ast.BasicLit); !ok || literal.Kind != token.STRING {
			found = append(found, breach{tr.at(call), method.Sel.Name + " is given a message that is no literal"})
		}
	})
	return found
}

func logs(expression ast.Expr) bool {
	name := ""
	switch e := expression.(type) {
	case *ast.Ident:
		name = e.Name
	case *ast.SelectorExpr:
		name = e.Sel.Name
	case *ast.CallExpr: // log.With(…).Info
		if method, ok := e.Fun.(*ast.SelectorExpr); ok {
			return logs(method.X)
		}
	}
	return name == "slog" || name == "log" || name == "logger" || strings.HasSuffix(name, "Log") || strings.HasSuffix(name, "Logger")
}
