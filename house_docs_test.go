package qingshan_test

import (
	"fmt"
	"go/ast"
	"go/build"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/mod/modfile"
)

// The documents are checked for what they name in backticks and links:
//
//   - `ledger/append.go`, `intake/`, `*store.go`: a path from the root or from the document's folder; a bare file name
//     may stand anywhere. What a build or a run makes (build/, data/) is not looked for.
//   - `make test`, `qingshan verify`: the target or the command, in code blocks too.
//   - `ledger.Append`, `ledger.Ledger.Append`: the exported name in a package of ours.
//   - package `fold`: the package, on a line that says "package".
//   - [text](docs/architecture.md#the-river): the file and its heading.
var (
	codeSpan    = regexp.MustCompile("`([^`\n]+)`")
	link        = regexp.MustCompile(`\]\(([^)\s]+)(?:\s+"[^"]*")?\)`)
	pathForm    = regexp.MustCompile(`^(\./|(\.\./)+)?[\w.*-]+(/[\w.*-]+)*/?$`)
	fileForm    = regexp.MustCompile(`\.(go|md|sql|yaml|yml|sh|csv|txtar|mod|sum)$`)
	command     = regexp.MustCompile(`^(?:\$ )?(make|(?:\./)?(?:build/)?qingshan) +([a-z][a-z0-9-]*)`)
	qualified   = regexp.MustCompile(`^([a-z][a-z0-9]*)((?:\.[A-Z]\w*)+)(\(.*\))?$`)
	packageWord = regexp.MustCompile(`(?i)\bpackages?\b|包`)
	target      = regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`)
	heading     = regexp.MustCompile(`^#+ +(.*?) *$`)
)

func docsNameWhatExists(tr *tree) []breach {
	d := &docs{tr: tr, targets: map[string]bool{}, commands: commands(tr), packages: map[string]map[string]bool{}}
	for _, match := range target.FindAllStringSubmatch(tr.texts["Makefile"], -1) {
		d.targets[match[1]] = true
	}
	for folder, sources := range tr.packages() {
		d.packages[path.Base(folder)] = exported(sources)
	}
	for name, body := range tr.texts {
		folder := path.Dir(name)
		if path.Ext(name) == ".md" && (folder == "." || folder == "docs" || strings.HasPrefix(folder, "docs/")) {
			d.read(name, body)
		}
	}
	return byPlace(d.found)
}

// docs is one reading of the documents.
type docs struct {
	tr       *tree
	targets  map[string]bool            // of the Makefile
	commands map[string]bool            // of the program; nil while it has none
	packages map[string]map[string]bool // exported names by package
	found    []breach
}

func (d *docs) read(name, body string) {
	fenced := false
	for i, line := range strings.Split(body, "\n") {
		where := fmt.Sprintf("%s:%d", name, i+1)
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
			continue
		}
		if fenced {
			d.command(where, strings.TrimSpace(line))
			continue
		}
		for _, match := range codeSpan.FindAllStringSubmatch(line, -1) {
			d.span(where, path.Dir(name), line, match[1])
		}
		for _, match := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(line, ""), -1) {
			d.link(where, name, match[1])
		}
	}
}

func (d *docs) fault(where, format string, arguments ...any) {
	d.found = append(d.found, breach{where, fmt.Sprintf(format, arguments...)})
}

func (d *docs) command(where, text string) {
	match := command.FindStringSubmatch(text)
	switch {
	case match == nil:
	case match[1] == "make" && !d.targets[match[2]]:
		d.fault(where, "the Makefile has no target %s", match[2])
	case match[1] != "make" && d.commands != nil && !d.commands[match[2]]:
		d.fault(where, "the program has no command %s", match[2])
	}
}

func (d *docs) span(where, folder, line, text string) {
	d.command(where, text)
	if match := qualified.FindStringSubmatch(text); match != nil {
		d.qualified(where, match[1], match[2])
		return
	}
	if pathForm.MatchString(text) && (strings.Contains(text, "/") || fileForm.MatchString(text)) {
		d.path(where, folder, text)
		return
	}
	if _, placed := placeOf(text); placed && packageWord.MatchString(line) && d.packages[path.Base(text)] == nil {
		d.fault(where, "there is no package %s", text)
	}
}

func (d *docs) qualified(where, name, selectors string) {
	names := d.packages[name]
	if names == nil {
		return
	}
	for _, selector := range strings.Split(selectors, ".")[1:] {
		if !names[selector] {
			d.fault(where, "package %s has no %s", name, selector)
		}
	}
}

// path looks for a path that begins like one of ours; others (media types, references like unit/220323) are let be.
func (d *docs) path(where, folder, text string) {
	clean := strings.TrimPrefix(path.Clean(text), module+"/")
	first, _, deep := strings.Cut(clean, "/")
	_, placed := placeOf(first)
	switch {
	case left(first) || below(clean, []string{"ui/dist"}):
	case d.exists(clean) || d.exists(path.Join(folder, text)):
	case !deep && fileForm.MatchString(clean) && d.anywhere(clean):
	case d.dependency(clean) || standard(clean):
	case placed || d.tr.folders[first] || fileForm.MatchString(clean) || strings.HasPrefix(text, "."):
		d.fault(where, "there is no %s", text)
	}
}

func (d *docs) exists(pattern string) bool {
	for _, names := range []map[string]bool{d.tr.files, d.tr.folders} {
		for name := range names {
			if ok, _ := path.Match(pattern, name); ok {
				return true
			}
		}
	}
	return false
}

func (d *docs) anywhere(pattern string) bool {
	for name := range d.tr.files {
		if ok, _ := path.Match(pattern, path.Base(name)); ok {
			return true
		}
	}
	return false
}

func (d *docs) dependency(importPath string) bool {
	file, err := modfile.Parse("go.mod", []byte(d.tr.texts["go.mod"]), nil)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(file.Require, func(r *modfile.Require) bool { return below(importPath, []string{r.Mod.Path}) })
}

func standard(importPath string) bool {
	_, err := os.Stat(filepath.Join(build.Default.GOROOT, "src", importPath))
	return err == nil
}

func (d *docs) link(where, document, text string) {
	if strings.Contains(text, "://") || strings.HasPrefix(text, "mailto:") {
		return
	}
	name, anchor, _ := strings.Cut(text, "#")
	switch {
	case name == "":
		name = document
	case strings.HasPrefix(name, "/"):
		name = path.Clean(name[1:])
	default:
		name = path.Join(path.Dir(document), name)
	}
	if !d.exists(name) {
		d.fault(where, "the link %s leads nowhere", text)
		return
	}
	if anchor != "" && path.Ext(name) == ".md" && !anchors(d.tr.texts[name])[anchor] {
		d.fault(where, "%s has no heading #%s", name, anchor)
	}
}

// anchors are a document's headings as links name them: lower case, without punctuation, hyphens for spaces.
func anchors(body string) map[string]bool {
	found := map[string]bool{}
	for _, line := range strings.Split(body, "\n") {
		if match := heading.FindStringSubmatch(line); match != nil {
			found[strings.Map(func(r rune) rune {
				switch {
				case r == ' ':
					return '-'
				case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
					return unicode.ToLower(r)
				}
				return -1
			}, match[1])] = true
		}
	}
	return found
}

// commands are the program's, read from the struct fields tagged cmd:"" under cmd and app; nil while there is no cmd.
func commands(tr *tree) map[string]bool {
	if !tr.folders["cmd/qingshan"] {
		return nil
	}
	found := map[string]bool{"help": true}
	inspect(tr.code(), func(s *source, node ast.Node) {
		field, ok := node.(*ast.Field)
		if !ok || field.Tag == nil || s.folder != "app" && !strings.HasPrefix(s.folder, "cmd/") {
			return
		}
		text, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			return
		}
		tag := reflect.StructTag(text)
		if _, ok := tag.Lookup("cmd"); !ok {
			return
		}
		if name := tag.Get("name"); name != "" {
			found[name] = true
			return
		}
		for _, name := range field.Names {
			found[kebab(name.Name)] = true
		}
	})
	return found
}

// kebab is how the command line writes a field's name: VerifyAll is verify-all.
func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// exported are the names that a package offers, methods by their own name and by Type.Method.
func exported(sources []*source) map[string]bool {
	names := map[string]bool{}
	for _, s := range sources {
		for _, declaration := range s.syntax.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				names[d.Name.Name] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					offer(names, spec)
				}
			}
		}
	}
	return names
}

func offer(names map[string]bool, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			names[name.Name] = true
		}
	case *ast.TypeSpec:
		names[spec.Name.Name] = true
		ast.Inspect(spec.Type, func(node ast.Node) bool { // fields and interface methods
			if field, ok := node.(*ast.Field); ok {
				for _, name := range field.Names {
					names[name.Name] = true
				}
			}
			return true
		})
	}
}
