package qingshan_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// tree is the repository as the house rules see it: parsed here and now, because a "go list" in another process hides
// behind the test cache. Samples of breaches are small trees in memory.
type tree struct {
	fset    *token.FileSet
	sources []*source         // every Go file outside testdata, by path
	texts   map[string]string // every text file by its path, Go files and testdata too
	files   map[string]bool   // every file, pictures too
	folders map[string]bool   // every folder that holds a file, and those above it
	faults  []breach          // files that do not parse
}

// source is one Go file.
type source struct {
	path   string
	folder string // "." is the module's root
	test   bool
	syntax *ast.File
	lines  []string
}

// breach is one place where a rule does not hold.
type breach struct {
	where string // a file, with its line where there is one
	what  string
}

// byPlace sorts breaches: rules that go through a map find them in any order.
func byPlace(breaches []breach) []breach {
	slices.SortStableFunc(breaches, func(a, b breach) int { return strings.Compare(a.where, b.where) })
	return breaches
}

// readTree reads what belongs to the repository and leaves out what builds and runs leave behind.
func readTree(t *testing.T, root fs.FS) *tree {
	t.Helper()
	tr := &tree{fset: token.NewFileSet(), texts: map[string]string{}, files: map[string]bool{}, folders: map[string]bool{}}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if left(name) {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || name == ".git" { // a working tree beside the first one has a file there
			return nil
		}
		body, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		tr.add(name, body)
		return nil
	})
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	slices.SortFunc(tr.sources, func(a, b *source) int { return strings.Compare(a.path, b.path) })
	return tr
}

// left tells the folders that are no part of the repository.
func left(folder string) bool {
	base := path.Base(folder)
	switch folder {
	case "build", "data", "ui/dist":
		return true
	}
	return base == "node_modules" || len(base) > 1 && strings.HasPrefix(base, ".") && base != ".ci"
}

func (tr *tree) add(name string, body []byte) {
	tr.files[name] = true
	for folder := path.Dir(name); !tr.folders[folder]; folder = path.Dir(folder) {
		tr.folders[folder] = true
	}
	if !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0 {
		return
	}
	tr.texts[name] = string(body)
	if path.Ext(name) != ".go" || slices.Contains(strings.Split(name, "/"), "testdata") {
		return
	}
	syntax, err := parser.ParseFile(tr.fset, name, body, parser.ParseComments)
	if err != nil {
		tr.faults = append(tr.faults, breach{name, err.Error()})
		return
	}
	tr.sources = append(tr.sources, &source{
		path:   name,
		folder: path.Dir(name),
		test:   strings.HasSuffix(name, "_test.go"),
		syntax: syntax,
		lines:  strings.Split(string(body), "\n"),
	})
}

// code is every Go file that is not a test.
func (tr *tree) code() []*source {
	var code []*source
	for _, s := range tr.sources {
		if !s.test {
			code = append(code, s)
		}
	}
	return code
}

// packages are the Go files that are not tests, by folder.
func (tr *tree) packages() map[string][]*source {
	packages := map[string][]*source{}
	for _, s := range tr.code() {
		packages[s.folder] = append(packages[s.folder], s)
	}
	return packages
}

// at makes the place of a node for a message: file:line.
func (tr *tree) at(node ast.Node) string {
	position := tr.fset.Position(node.Pos())
	return position.Filename + ":" + strconv.Itoa(position.Line)
}

// inspect calls f for every node of every given file.
func inspect(sources []*source, f func(s *source, node ast.Node)) {
	for _, s := range sources {
		ast.Inspect(s.syntax, func(node ast.Node) bool {
			if node != nil {
				f(s, node)
			}
			return true
		})
	}
}
