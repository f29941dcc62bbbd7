package qingshan_test

import (
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// statement is how SQL begins: upper case, at the start of a string.
var statement = regexp.MustCompile(`^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP|TRUNCATE|PRAGMA|BEGIN|SAVEPOINT|COPY)\s`)

// sqlText is the value of a string literal that holds SQL.
func sqlText(node ast.Node) (string, bool) {
	literal, ok := node.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil && statement.MatchString(text)
}

func ofDB(s *source) bool { return s.folder == "db" || strings.HasPrefix(s.folder, "db/") }

func sqlPlace(tr *tree) []breach {
	var found []breach
	inspect(tr.code(), func(s *source, node ast.Node) {
		if text, ok := sqlText(node); ok && !ofDB(s) && !strings.HasSuffix(s.path, "store.go") {
			found = append(found, breach{tr.at(node), "SQL outside a *store.go file: " + begin(text)})
		}
	})
	return found
}

// begin is the beginning of a text, for a message.
func begin(text string) string {
	words := strings.Fields(text)
	return strings.Join(words[:min(len(words), 6)], " ") + " …"
}

// sqlWhole finds SQL that is formatted: a value that slips into the text is how an injection begins.
func sqlWhole(tr *tree) []breach {
	var found []breach
	inspect(tr.code(), func(s *source, node ast.Node) {
		call, ok := node.(*ast.CallExpr)
		if !ok || ofDB(s) || len(call.Args) == 0 {
			return
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Sprintf", "Appendf", "ReplaceAll", "Replace"}, method.Sel.Name) {
			return
		}
		for _, argument := range call.Args {
			if text, ok := sqlText(argument); ok {
				found = append(found, breach{tr.at(call), method.Sel.Name + " puts SQL together: " + begin(text)})
			}
		}
	})
	return found
}

// foreign are the words that only one of the two databases understands, or that mean two things in them.
var foreign = regexp.MustCompile(`(?i)::|->|\bILIKE\b|\bnow\s*\(|\b(greatest|least|date_trunc|md5|json_\w+|jsonb_\w+)\s*\(|\bFOR UPDATE\b|=\s*ANY\b|\bCURRENT_TIMESTAMP\b`)

func sqlPortable(tr *tree) []breach {
	var found []breach
	inspect(tr.code(), func(s *source, node ast.Node) {
		text, ok := sqlText(node)
		if !ok || ofDB(s) {
			return
		}
		if word := foreign.FindString(text); word != "" {
			found = append(found, breach{tr.at(node), strconv.Quote(word) + " is not understood alike by both databases"})
		}
	})
	return found
}

// migrationsList holds the SHA-256 of every released migration.
const migrationsList = "testdata/migrations.sha256"

// migrations compares the migrations with the list.
func migrations(tr *tree) []breach {
	listed := map[string]string{}
	for _, line := range strings.Split(tr.texts[migrationsList], "\n") {
		if sum, name, ok := strings.Cut(line, "  "); ok && !strings.HasPrefix(line, "#") {
			listed[name] = sum
		}
	}
	var found []breach
	for name, body := range tr.migrations() {
		if !strings.HasPrefix(body, "-- ") {
			found = append(found, breach{name + ":1", "the first line does not say why this migration is there"})
		}
		switch sum := hexSum(body); listed[name] {
		case sum:
		case "":
			found = append(found, breach{name, "not listed in " + migrationsList + ": go test . -run TestHouse/migrations -update"})
		default:
			found = append(found, breach{name, "was released and has changed since (its SHA-256 is " + sum + ")"})
		}
		delete(listed, name)
	}
	for name := range listed {
		found = append(found, breach{migrationsList, "lists " + name + ", which is gone"})
	}
	return byPlace(found)
}

// migrations are the SQL files by path: migrations/<store>/<number>_<name>.sql, wherever the first folder lies.
func (tr *tree) migrations() map[string]string {
	found := map[string]string{}
	for name, body := range tr.texts {
		if path.Ext(name) == ".sql" && path.Base(path.Dir(path.Dir(name))) == "migrations" {
			found[name] = body
		}
	}
	return found
}

// addMigrations makes the list with the new migrations in it. What is listed stays: a changed one remains a breach.
func addMigrations(tr *tree) string {
	list := strings.TrimSpace(tr.texts[migrationsList])
	for name, body := range tr.migrations() {
		if !strings.Contains(list, "  "+name) {
			list += "\n" + hexSum(body) + "  " + name
		}
	}
	lines := strings.Split(list, "\n")
	slices.SortStableFunc(lines, func(a, b string) int { return strings.Compare(listedName(a), listedName(b)) })
	return strings.Join(lines, "\n") + "\n"
}

// listedName is "" for the comments at the head of the list.
func listedName(line string) string {
	if strings.HasPrefix(line, "#") {
		return ""
	}
	_, name, _ := strings.Cut(line, "  ")
	return name
}

func TestAddMigrations(t *testing.T) {
	tr := readTree(t, fstest.MapFS{
		"db/migrations/ledger/0001_a.sql": {Data: []byte("-- Changed.\n")},
		"db/migrations/ledger/0002_b.sql": {Data: []byte("-- New.\n")},
		migrationsList:                    {Data: []byte("# head\nold  db/migrations/ledger/0001_a.sql\nsum  db/migrations/views/0001_z.sql\n")},
	})
	want := "# head\nold  db/migrations/ledger/0001_a.sql\n" + hexSum("-- New.\n") +
		"  db/migrations/ledger/0002_b.sql\nsum  db/migrations/views/0001_z.sql\n"
	if got := addMigrations(tr); got != want {
		t.Errorf("the list:\ngot  %q\nwant %q", got, want)
	}
}

func hexSum(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}
