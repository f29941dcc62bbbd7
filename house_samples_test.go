package qingshan_test

import (
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// sample is a small tree in memory and where a rule must find breaches in it, and nowhere else.
type sample struct {
	files map[string]string
	want  []string
}

// TestRulesBite gives every rule a tree with breaches: a rule that finds none is a wish.
func TestRulesBite(t *testing.T) {
	samples := samples()
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			sample, ok := samples[r.name]
			if !ok || len(sample.want) == 0 {
				t.Fatalf("the rule %q has no sample of a breach in samples()", r.name)
			}
			root := fstest.MapFS{}
			for name, body := range sample.files {
				root[name] = &fstest.MapFile{Data: []byte(body)}
			}
			got := r.check(readTree(t, root))
			if want := slices.Sorted(slices.Values(sample.want)); !slices.Equal(places(byPlace(got)), want) {
				t.Errorf("breaches:\ngot  %v\nwant at %v", got, want)
			}
		})
		delete(samples, r.name)
	}
	for name := range samples {
		t.Errorf("samples() has %q, which is no rule", name)
	}
}

func samples() map[string]sample {
	all := codeSamples()
	maps.Copy(all, textSamples())
	return all
}

func codeSamples() map[string]sample {
	return map[string]sample{
		"parses": {map[string]string{"a/a.go": "package a\nfunc {"}, []string{"a/a.go"}},
		"names": {map[string]string{
			"util/x.go":        "package util\n",
			"geo/x.go":         "package helpers\n",
			"geo/x_test.go":    "package geo_test\n",
			"intake/common.go": "package intake\n",
		}, []string{"util/x.go:1", "geo/x.go:1"}},
		"package comments": {map[string]string{
			"a/a.go":        "// Package a is well.\npackage a\n",
			"a/b.go":        "package a\n",
			"a/a_test.go":   "// Tests may say what they like.\npackage a\n",
			"b/b.go":        "package b\n",
			"c/c.go":        "// Package c is said once.\npackage c\n",
			"c/doc.go":      "// Package c is said twice.\npackage c\n",
			"d/other.go":    "// Package d hides.\npackage d\n",
			"e/e.go":        "// This is about e.\npackage e\n",
			"cmd/x/main.go": "// Command x runs.\npackage main\n",
		}, []string{"b", "c", "d/other.go:1", "e/e.go:1"}},
		"sizes": {map[string]string{
			"a/long.go":  "package a\n" + strings.Repeat("// line\n", 700),
			"a/short.go": "package a\n" + strings.Repeat("// line\n", 699),
			"a/f.go":     "package a\n\nfunc long() {\n" + strings.Repeat("\n", 99) + "}\n\nfunc wall() {\n" + strings.Repeat("\n", 98) + "}\n",
		}, []string{"a/long.go", "a/f.go:3"}},
		"package size": {map[string]string{
			"a/a.go":      "package a\n" + strings.Repeat("\n", 1500),
			"a/b.go":      "package a\n" + strings.Repeat("\n", 1000),
			"b/b.go":      "package b\n",
			"b/b_test.go": "package b\n" + strings.Repeat("\n", 2600),
		}, []string{"a"}},
		"no init": {map[string]string{
			"a/a.go": "package a\n\nfunc init() {}\n\ntype t int\n\nfunc (t) init() {}\n",
		}, []string{"a/a.go:3"}},
		"no state": stateSample(),
		"doc comments": {map[string]string{"a/a.go": `package a

func A() {}

// Does b.
func B() {}

// C.
func C() {}

// D does what it says.
func D() {}

// T is a type.
type T struct{}

func (T) M() {}

type u struct{}

func (u) M() {}

const (
	E = 1
	F = 2 // is explained
)

// The whole group is explained.
const (
	G = 1
	H = 2
)

// I, as one sees, is good.
var I = 1
`, "cmd/x/main.go": "package main\n\nfunc Main() {}\n"},
			[]string{"a/a.go:3", "a/a.go:6", "a/a.go:9", "a/a.go:17", "a/a.go:24"}},
		"log messages": {map[string]string{"a/a.go": `package a

func a(s *server, name string) {
	slog.Info("opened", "name", name)
	slog.Info("opened " + name)
	s.log.WarnContext(ctx, fmt.Sprintf("late %s", name))
	s.accessLog.With("a", 1).Error(name)
	t.Error(name)
	catalog.Error(name)
	slog.LogAttrs(ctx, slog.LevelInfo, "done")
}
`}, []string{"a/a.go:5", "a/a.go:6", "a/a.go:7"}},
		"sql place": {map[string]string{
			"a/a.go":         "package a\n\nconst q = `SELECT 1`\n\nconst prose = \"UPDATEs are rare\"\n\nconst w = \"with care\"\n",
			"a/bookstore.go": "package a\n\nconst q = `SELECT 1`\n",
			"a/a_test.go":    "package a\n\nconst sum = `SELECT 1`\n",
			"db/tx.go":       "package db\n\nconst q = `CREATE TABLE x (y TEXT)`\n",
		}, []string{"a/a.go:3"}},
		"sql whole": {map[string]string{
			"a/bookstore.go": "package a\n\nfunc f(n string) {\n\t_ = fmt.Sprintf(`SELECT %s FROM x`, n)\n\t_ = `SELECT 1 ` + w.SQL()\n\t_ = fmt.Sprintf(\"%d\", 1)\n}\n",
			"db/tx.go":       "package db\n\nvar q = fmt.Sprintf(`CREATE SCHEMA %s`, name)\n",
		}, []string{"a/bookstore.go:4"}},
		"sql portable": {map[string]string{
			"a/bookstore.go": "package a\n\nconst q = `SELECT a::text FROM x`\n\nconst r = `SELECT CAST(a AS TEXT) FROM least_of_all`\n\nconst s = `SELECT 1 FROM x FOR UPDATE`\n",
			"db/postgres.go": "package db\n\nconst q = `SELECT now()`\n",
		}, []string{"a/bookstore.go:3", "a/bookstore.go:7"}},
	}
}

func stateSample() sample {
	return sample{map[string]string{"a/a.go": `package a

var counter int

var table = map[string]int{}

var list = []int{1}

var made = make(chan int)

var fixed = [...]int{1, 2}

var here = &T{}

var zero = T{}

var errGone = errors.New("gone")

var ErrKind = fault.New(fault.Invalid, "x", nil)

var form = regexp.MustCompile("x")

//go:embed a.txt
var text string

var _ I = (*T)(nil)

var version = "dev"

var level = 1

var cache = lru.New(10)

func f() {
	level = 2
	var version int
	version++
	local := 1
	local = 2
	fixed[0]++
}
`, "a/b.go": "package a\n\nfunc g(level int) {\n\tversion = \"2\"\n\tlevel = 3\n}\n",
		"cmd/x/main.go": "package main\n\nvar version string\n\nvar other string\n",
		"a/a_test.go":   "package a\n\nvar seen []int\n"},
		[]string{"a/a.go:3", "a/a.go:5", "a/a.go:7", "a/a.go:9", "a/a.go:13", "a/a.go:15", "a/a.go:32", "a/a.go:35", "a/a.go:40", "a/b.go:4", "cmd/x/main.go:5"}}
}

func textSamples() map[string]sample {
	undone := "TO" + "DO"
	return map[string]sample{
		"todo": {map[string]string{
			"a/a.go":       "package a\n\n// " + undone + ": mend this.\n\n// " + undone + "(#12): mend that.\n\nconst s = \"" + undone + "\"\n",
			"scripts/x.sh": "true # FIX" + "ME\n",
			"a.txt":        undone + "\n",
		}, []string{"a/a.go:3", "scripts/x.sh:1"}},
		"migrations": {map[string]string{
			"db/migrations/ledger/0001_a.sql": "-- Books.\n",
			"db/migrations/ledger/0002_b.sql": "-- Changed since.\n",
			"db/migrations/ledger/0003_c.sql": "-- New.\n",
			"db/migrations/ledger/0004_d.sql": "CREATE TABLE d (e TEXT);\n",
			"catalog/standard/x.sql":          "no migration\n",
			migrationsList: "# head\n" +
				"0f6bd6c2ce24ceda1a5ee10b1ee51fcdfb2ca0ff30a7f0e8a1ce2b1a1e0b5b0c  db/migrations/ledger/0002_b.sql\n" +
				hexSum("-- Books.\n") + "  db/migrations/ledger/0001_a.sql\n" +
				hexSum("CREATE TABLE d (e TEXT);\n") + "  db/migrations/ledger/0004_d.sql\n" +
				hexSum("gone") + "  db/migrations/views/0009_z.sql\n",
		}, []string{"db/migrations/ledger/0002_b.sql", "db/migrations/ledger/0003_c.sql", "db/migrations/ledger/0004_d.sql:1", migrationsList}},
		"dependencies": {map[string]string{
			"go.mod": "module qingshan\n\ngo 1.26.0\n\nrequire (\n\texample.org/new v1.0.0\n\texample.org/far v1.0.0 // indirect\n" + requireChosen("golang.org/x/term") + ")\n",
			"a/a.go": "package a\n\nimport \"example.org/new/deep\"\n",
		}, []string{"go.mod:6", "house_modules_test.go"}},
		"docs": {map[string]string{
			"Makefile":             "test:\n\ttrue\n",
			"go.mod":               "module qingshan\n\nrequire golang.org/x/mod v0.42.0\n",
			"ledger/ledger.go":     "package ledger\n\ntype Ledger struct{}\n\nfunc (l *Ledger) Append() {}\n",
			"cmd/qingshan/main.go": "package main\n\ntype commands struct {\n\tVerifyAll verify `cmd:\"\" help:\"x\"`\n\tT token `cmd:\"\" name:\"token\"`\n\tDir string `help:\"x\"`\n}\n",
			"docs/a.md":            "# The River, in short\n\nSee `../ledger` and `ledger.go`.\n",
			"other/b.md":           "`gone/x.go`\n",
			"README.md": strings.Join([]string{
				"Run `make test` or `make toast`.",                                                        // 1: toast
				"```sh", "$ make pie", "build/qingshan verify-all --dir x", "./build/qingshan lie", "```", // 3, 5
				"`ledger/ledger.go`, `ledger/gone.go`, `ledger/*.go`, `ledger/*.sql`", // 7: twice
				"`build/qingshan`, `./data`, `unit/220323`, `net/http`, `golang.org/x/mod/sumdb/tlog`, `/api/v1/records`",
				"`ledger.Append`, `ledger.Ledger.Append`, `ledger.Forget`, `time.Now`",                             // 9: Forget
				"the package `ledger` and the package `tally`; no `party` here",                                    // 10: tally, party
				"[a](docs/a.md#the-river-in-short), [b](docs/a.md#gone), [c](docs/c.md), [d](https://example.org)", // 11: twice
				"`qingshan token add`, `qingshan tokens`, `gone.go`, `a.md`",                                       // 12: tokens, gone.go
			}, "\n"),
		}, []string{"README.md:1", "README.md:3", "README.md:5", "README.md:7", "README.md:7", "README.md:9", "README.md:10",
			"README.md:10", "README.md:11", "README.md:11", "README.md:12", "README.md:12"}},
		"no traces": {map[string]string{
			"a.sh":  "cd /wo" + "rk/main\nls /api/v1/wo" + "rk/orders\n",
			"b.txt": "GO" + "PROXY=https://proxy.go" + "lang.org\n\nsee ../sha" + "red/design/x\n",
			"c.md":  "the common root/ of both\n",
		}, []string{"a.sh:1", "b.txt:1", "b.txt:3"}},
	}
}

// requireChosen is a go.mod that requires all that is chosen but one.
func requireChosen(but string) string {
	var b strings.Builder
	for name := range chosen() {
		if name != but {
			major := "v1"
			if _, last, _ := strings.Cut(path.Base(name), "v"); last != "" && path.Base(name) == "v"+last {
				major = "v" + last
			}
			b.WriteString("\t" + name + " " + major + ".0.0\n")
		}
	}
	return b.String()
}

func TestUntidyModulesAreFound(t *testing.T) {
	got := dependencies(readTree(t, fstest.MapFS{
		"go.mod":       {Data: []byte("module qingshan\n\nrequire golang.org/x/mod v0.42.0 // indirect\n\nrequire golang.org/x/net v0.1.0 // indirect\n")},
		"a/a.go":       {Data: []byte("package a\n\nimport _ \"golang.org/x/mod/sumdb/tlog\"\n")},
		"bench/go.mod": {Data: []byte("module bench\n")},
		"bench/b.go":   {Data: []byte("package main\n\nimport _ \"golang.org/x/net/html\"\n")},
	}))
	if want := []string{"go.mod:3"}; !slices.Equal(places(got), want) {
		t.Errorf("breaches: got %v, want at %v", got, want)
	}
}
