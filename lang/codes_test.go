package lang

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The source is searched for codes in the places where codes stand, and for literals that begin like one:
//   - the code argument of fault.New and fault.Because; where it is no literal, every code-like literal around it,
//   - the field Code of a composite literal of a Finding or Fault,
//   - the argument of any function of the package that calls its parameter "code",
//   - any literal of a family that has no other words than codes.

// families are those whose words are codes and nothing else.
func families() []string {
	return []string{"amends", "body", "clock", "db", "evidence", "observed", "place", "query", "reference", "request", "token", "value", "verify"}
}

var codeForm = regexp.MustCompile(`^[a-z][a-z_]*(\.[a-z][a-z_]*)*$`)

// use is one place that gives a code, and the data it gives with it (nil if they are not written there).
type use struct {
	code  string
	where string
	data  []string
}

// source is one package's files without tests.
type source struct {
	fset  *token.FileSet
	files []*ast.File
	taker map[string]int // function → index of its parameter "code"
}

func sources(t *testing.T, root string) []*source {
	t.Helper()
	byFolder := map[string]*source{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && name != "." || slices.Contains([]string{"testdata", "bench", "node_modules", "build", "data"}, d.Name())) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		s := byFolder[path.Dir(name)]
		if s == nil {
			s = &source{fset: token.NewFileSet(), taker: map[string]int{}}
			byFolder[path.Dir(name)] = s
		}
		file, err := parser.ParseFile(s.fset, root+"/"+name, nil, parser.SkipObjectResolution)
		s.files = append(s.files, file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []*source
	for _, s := range byFolder {
		s.findTakers()
		all = append(all, s)
	}
	return all
}

func (s *source) findTakers() {
	for _, file := range s.files {
		ast.Inspect(file, func(n ast.Node) bool {
			f, ok := n.(*ast.FuncDecl)
			if !ok {
				return true
			}
			index := 0
			for _, p := range f.Type.Params.List {
				for _, name := range p.Names {
					if kind, ok := p.Type.(*ast.Ident); ok && name.Name == "code" && kind.Name == "string" {
						s.taker[f.Name.Name] = index
					}
					index++
				}
			}
			return true
		})
	}
}

func (s *source) uses() []use {
	var found []use
	for _, file := range s.files {
		for _, declaration := range file.Decls {
			ast.Inspect(declaration, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					found = append(found, s.call(declaration, n)...)
				case *ast.CompositeLit:
					found = append(found, s.literal(n)...)
				case *ast.BasicLit:
					found = append(found, s.familiar(n)...)
				}
				return true
			})
		}
	}
	return found
}

func (s *source) call(around ast.Decl, call *ast.CallExpr) []use {
	index, isFault := -1, false
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok && x.Name == "fault" {
			switch f.Sel.Name {
			case "New":
				index, isFault = 1, true
			case "Because":
				index, isFault = 2, true
			}
		} else if at, ok := s.taker[f.Sel.Name]; ok {
			index = at
		}
	case *ast.Ident:
		if at, ok := s.taker[f.Name]; ok {
			index = at
		}
	}
	if index < 0 || index >= len(call.Args) {
		return nil
	}
	if code, ok := literal(call.Args[index]); ok {
		u := use{code: code, where: s.at(call)}
		if last := call.Args[len(call.Args)-1]; len(call.Args) > index+1 {
			u.data = keys(last)
		}
		return s.plausible(u)
	}
	if !isFault {
		return nil
	}
	return s.codesIn(around)
}

// codesIn gives every dotted literal of a declaration that does not take the code as a parameter.
func (s *source) codesIn(around ast.Decl) []use {
	if f, ok := around.(*ast.FuncDecl); ok {
		if _, takes := s.taker[f.Name.Name]; takes {
			return nil
		}
	}
	var found []use
	ast.Inspect(around, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok {
			if code, ok := literal(lit); ok && strings.Contains(code, ".") && codeForm.MatchString(code) {
				found = append(found, use{code: code, where: s.at(lit)})
			}
		}
		return true
	})
	return found
}

func (s *source) literal(lit *ast.CompositeLit) []use {
	name := ""
	switch kind := lit.Type.(type) {
	case *ast.Ident:
		name = kind.Name
	case *ast.SelectorExpr:
		name = kind.Sel.Name
	case nil:
		name = "Finding" // an element of a list whose type stands outside
	}
	if name != "Finding" && name != "Fault" {
		return nil
	}
	for _, element := range lit.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "Code" {
			if code, ok := literal(pair.Value); ok {
				return s.plausible(use{code: code, where: s.at(pair)})
			}
		}
	}
	return nil
}

func (s *source) familiar(lit *ast.BasicLit) []use {
	code, _ := literal(lit)
	family, _, dotted := strings.Cut(code, ".")
	if !dotted || !slices.Contains(families(), family) {
		return nil
	}
	return s.plausible(use{code: code, where: s.at(lit)})
}

func (s *source) plausible(u use) []use {
	if !codeForm.MatchString(u.code) {
		return nil
	}
	return []use{u}
}

func (s *source) at(n ast.Node) string {
	p := s.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// keys gives the names in a map literal, empty for nil, and nil if the expression is neither.
func keys(e ast.Expr) []string {
	if name, ok := e.(*ast.Ident); ok && name.Name == "nil" {
		return []string{}
	}
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	names := []string{}
	for _, element := range lit.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if name, ok := literal(pair.Key); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

func TestEveryCodeInTheSourceHasASentence(t *testing.T) {
	s, count := load(t), 0
	for _, src := range sources(t, "..") {
		for _, u := range src.uses() {
			count++
			entry, there := s.books[Chinese][u.code]
			if !there {
				t.Errorf("%s: no sentence for %s", u.where, u.code)
				continue
			}
			for _, asked := range placeholder.FindAllStringSubmatch(entry.Say, -1) {
				if u.data != nil && !slices.Contains(u.data, asked[1]) {
					t.Errorf("%s: the sentence for %s asks for %s, the data have %v", u.where, u.code, asked[1], u.data)
				}
			}
		}
	}
	if count < 40 {
		t.Errorf("found %d codes in the source; the search has gone blind", count)
	}
}

func TestSearchFindsCodes(t *testing.T) {
	text := `package x
func a() error { return fault.New(fault.Invalid, "a.one", nil) }
func b() error { return fault.Because(err, fault.Invalid, "a.two", fault.Data{"limit": "1"}) }
func c() { list = append(list, record.Finding{Code: "a.three"}, Figure{Code: "not.a.code"}) }
func d() { e := note("a.four", "field"); l := []record.Finding{{Code: "a.five"}} }
func note(code string, field string) record.Finding { return record.Finding{Code: code} }
func f() error { code := "a.six"; return fault.New(fault.Invalid, code, nil) }
func g(code string) error { other("not.a.code"); return fault.New(fault.Invalid, code, nil) }
func h() { g("a.seven") }
func i() (int, string) { return 0, "value.a_eight" }
`
	s := &source{fset: token.NewFileSet(), taker: map[string]int{}}
	file, err := parser.ParseFile(s.fset, "x.go", text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	s.files = []*ast.File{file}
	s.findTakers()
	var got []string
	for _, u := range s.uses() {
		got = append(got, u.code)
	}
	slices.Sort(got)
	if want := []string{"a.five", "a.four", "a.one", "a.seven", "a.six", "a.three", "a.two", "value.a_eight"}; !slices.Equal(got, want) {
		t.Errorf("codes\n got %v\nwant %v", got, want)
	}
}
