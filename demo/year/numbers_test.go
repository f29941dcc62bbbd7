package year

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNumbersStandInTheQuotasOnly looks for any larger number of year.json in the source of this package: how much there is
// of something must have one place.
func TestNumbersStandInTheQuotasOnly(t *testing.T) {
	quota := map[string]bool{}
	var tree any
	decoder := json.NewDecoder(strings.NewReader(string(yearFile)))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	numbers(tree, quota)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		syntax, err := parser.ParseFile(fset, file, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok {
				return true
			}
			checked++
			text := strings.Trim(strings.ReplaceAll(literal.Value, "_", ""), `"`)
			if quota[text] {
				t.Errorf("%s: %s is also in year.json: let it stand there only", fset.Position(literal.Pos()), literal.Value)
			}
			return true
		})
	}
	if checked < 100 || len(quota) < 100 {
		t.Errorf("met %d literals and %d numbers: the test sees too little", checked, len(quota))
	}
}

// numbers collects the numbers of three digits or more, written as numbers or as texts.
func numbers(tree any, found map[string]bool) {
	switch v := tree.(type) {
	case map[string]any:
		for _, item := range v {
			numbers(item, found)
		}
	case []any:
		for _, item := range v {
			numbers(item, found)
		}
	case json.Number:
		numbers(v.String(), found)
	case string:
		if len(v) >= 3 && strings.Trim(v, "0123456789.") == "" && v != "1000" && v[0] != '0' { // a thousand is what shares are of
			found[v] = true
		}
	}
}
