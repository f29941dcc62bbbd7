package qingshan_test

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// chosen are the direct dependencies, each with the reason for which it is here.
func chosen() map[string]string {
	return map[string]string{
		"modernc.org/sqlite":                  "the embedded database: no cgo, binds $N by number, runs on arm64 and loong64",
		"github.com/jackc/pgx/v5":             "the PostgreSQL driver, with COPY",
		"golang.org/x/mod":                    "the Merkle log and its signed checkpoints, as run by the Go checksum database",
		"github.com/alecthomas/kong":          "the command tree as one struct",
		"github.com/rogpeppe/go-internal":     "testscript: the program's stories as tests",
		"golang.org/x/text":                   "NFC for canonical text, widths of characters for tables",
		"go.yaml.in/yaml/v3":                  "the catalog and the configuration, with line numbers for errors",
		"github.com/google/uuid":              "UUIDv7 and UUIDv8 for record ids",
		"golang.org/x/crypto":                 "certificates from a public authority (ACME), asked for and renewed without a word",
		"github.com/prometheus/client_golang": "the numbers by which the running program is watched, in the form that every scraper reads",
		"github.com/google/jsonschema-go":     "JSON Schema 2020-12 of Go types and its validator, for openapi.json and the tests that hold answers to it",
		"golang.org/x/term":                   "progress bars on a terminal, plain lines elsewhere",
	}
}

// dependencies compares go.mod's direct requirements with the list.
func dependencies(tr *tree) []breach {
	file, err := modfile.Parse("go.mod", []byte(tr.texts["go.mod"]), nil)
	if err != nil {
		return []breach{{"go.mod", err.Error()}}
	}
	if found := untidy(tr, file); len(found) > 0 {
		return found
	}
	unused := chosen()
	var found []breach
	for _, required := range file.Require {
		if required.Indirect {
			continue
		}
		if _, ok := unused[required.Mod.Path]; !ok {
			found = append(found, breach{requirement(required), required.Mod.Path +
				" stands in no list: add it to chosen() in house_modules_test.go with a reason, or do without"})
		}
		delete(unused, required.Mod.Path)
	}
	for name := range unused {
		found = append(found, breach{"house_modules_test.go", "chosen() lists " + name + ", which go.mod does not require directly"})
	}
	return byPlace(found)
}

func requirement(required *modfile.Require) string {
	return fmt.Sprintf("go.mod:%d", required.Syntax.Start.Line)
}

// untidy finds requirements that the tree imports although go.mod calls them indirect: it cannot be compared before
// that is mended.
func untidy(tr *tree, file *modfile.File) []breach {
	imported := map[string]bool{}
	for _, s := range tr.sources {
		if tr.otherModule(s.folder) {
			continue
		}
		for _, spec := range s.syntax.Imports {
			imported[strings.Trim(spec.Path.Value, "`\"")] = true
		}
	}
	var found []breach
	for _, required := range file.Require {
		for importPath := range imported {
			if required.Indirect && below(importPath, []string{required.Mod.Path}) {
				found = append(found, breach{requirement(required), required.Mod.Path + " is imported directly: run go mod tidy"})
				break
			}
		}
	}
	return found
}

// leftover finds work marked as undone; the number of its issue must follow at once.
var leftover = regexp.MustCompile(`\b(` + "TO" + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b(\(#[0-9]+\))?`)

func todoNumbers(tr *tree) []breach {
	var found []breach
	judge := func(where, text string) {
		for _, match := range leftover.FindAllStringSubmatch(text, -1) {
			if match[2] == "" {
				found = append(found, breach{where, match[1] + " without an issue's number"})
			}
		}
	}
	for _, s := range tr.sources {
		for _, group := range s.syntax.Comments {
			for _, comment := range group.List {
				judge(tr.at(comment), comment.Text)
			}
		}
	}
	for name, body := range tr.texts {
		if !slices.Contains([]string{".sh", ".sql", ".yaml", ".yml", ".md", ".ts", ".vue", ".txtar"}, path.Ext(name)) && name != "Makefile" {
			continue
		}
		for i, line := range strings.Split(body, "\n") {
			judge(fmt.Sprintf("%s:%d", name, i+1), line)
		}
	}
	return byPlace(found)
}

// traces are the marks of one particular machine; they are put together here so that this file does not bear them.
var traces = regexp.MustCompile(`(^|[^\w.])/+(wo` + `rk|ro` + `ot)/|` +
	`\bproxy\.go` + `lang|\bgo` + `proxy\.|\b(deb|security|snapshot)\.deb` + `ian\.|\bregistry\.np` + `mjs|` +
	`\bsha` + `red/(demo|design|samples|hooks)\b`)

func noTraces(tr *tree) []breach {
	var found []breach
	for name, body := range tr.texts {
		for i, line := range strings.Split(body, "\n") {
			if mark := traces.FindString(line); mark != "" {
				found = append(found, breach{fmt.Sprintf("%s:%d", name, i+1), fmt.Sprintf("mentions %q", strings.TrimSpace(mark))})
			}
		}
	}
	return byPlace(found)
}
