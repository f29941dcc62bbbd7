package qingshan_test

import (
	"fmt"
	"go/build"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "qingshan"

// place is one row of the floors table of docs/architecture.md: imports go down only.
type place struct {
	folder string // "ledger", or "intake/*" for every package below intake
	floor  int
	peers  []string // of its own floor, what it may import all the same
	only   []string // if given: of the floors below, nothing else
	bans   []ban    // of the floors below, what it may not import
	worlds []string // what it may reach outside, by the names in worlds
	tests  []string // and what only its tests may reach
}

// ban forbids an import with the sentence that is printed.
type ban struct {
	folder   string
	sentence string
	code     bool // tests may
}

const (
	blindDoor  = "a door in does not know what becomes of a record: declare a small interface and let app fill it"
	noAppend   = "a projection is given entries and cannot append: it never imports ledger"
	pureWords  = "words are pure: what is stored and how is db's business, far from here"
	meetInApp  = "reading and writing meet in app only: a two-way protocol is two halves, intake/… and serve/…"
	fromReport = "a document is made from readings: it imports report, and no door"
	overHTTP   = "the demonstration year goes through the doors: it talks HTTP and reads no table"
)

func folds() []string {
	return []string{"tally", "cases", "patrol", "manure", "party", "evidence", "indicator", "mission"}
}

// not bans several folders for one reason.
func not(sentence string, folders ...string) []ban {
	var bans []ban
	for _, folder := range folders {
		bans = append(bans, ban{folder: folder, sentence: sentence})
	}
	return bans
}

// floors is the table. The first row that matches a folder is its place.
func floors() []place {
	table := []place{
		{folder: ".", floor: 12, only: []string{"internal/*"}},
		{folder: "fault", floor: 0},
		{folder: "internal/httpx", floor: 0, peers: []string{"fault", "internal/*"}, worlds: []string{"network"}},
		{folder: "internal/certificate", floor: 0, peers: []string{"fault", "internal/*"}, worlds: []string{"network"}},
		{folder: "internal/metrics", floor: 0, peers: []string{"fault", "internal/*"}, worlds: []string{"network", "numbers"}},
		{folder: "internal/openapi", floor: 0, peers: []string{"fault", "internal/*"}, worlds: []string{"network"}},
		{folder: "internal/image", floor: 0, peers: []string{"fault", "internal/*"}, worlds: []string{"codecs"}},
		{folder: "internal/*", floor: 0, peers: []string{"fault", "internal/*"}},

		{folder: "geo", floor: 1, worlds: []string{"geometry"}},
		{folder: "lang", floor: 1},

		{folder: "record", floor: 2},
		{folder: "db", floor: 2, worlds: []string{"database", "network"}}, // a driver's failures are the network's
		{folder: "blob", floor: 2, worlds: []string{"object store"}},

		{folder: "fact", floor: 3, bans: not(pureWords, "db")},
		{folder: "catalog/declared", floor: 3, bans: not(pureWords, "db"), worlds: []string{"yaml"}},
		{folder: "catalog", floor: 3, peers: []string{"fact", "catalog/declared"}, bans: not(pureWords, "db"), worlds: []string{"yaml"}},
		{folder: "db/dbtest", floor: 3, worlds: []string{"database", "testing"}},

		{folder: "ledger", floor: 4, worlds: []string{"log proofs"}},
		{folder: "register", floor: 4},
		{folder: "quarantine", floor: 4},

		{folder: "access", floor: 5, worlds: []string{"network", "sign-in"}},
		{folder: "follow", floor: 5},
		{folder: "fold", floor: 5, bans: not(noAppend, "ledger")},
	}
	for _, folder := range folds() {
		table = append(table, place{folder: folder, floor: 6, bans: not(noAppend, "ledger", "follow")})
	}
	return append(table, []place{
		{folder: "publication", floor: 6, bans: not(noAppend, "ledger", "follow")},
		{folder: "intake", floor: 7, bans: append(not(blindDoor, folds()...), ban{"follow", blindDoor, true})},
		{folder: "backup", floor: 7},
		{folder: "guard", floor: 7},
		{folder: "gazette", floor: 7, peers: []string{"guard"}},
		{folder: "report", floor: 7, peers: []string{"guard", "gazette"}},
		{folder: "witness", floor: 7, worlds: []string{"network"}},
		{folder: "serve", floor: 7, worlds: []string{"network"}},
		{folder: "notify", floor: 7, worlds: []string{"network"}},

		{folder: "intake/sheet", floor: 8, bans: doorIn(), worlds: []string{"network", "office files"}},
		{folder: "intake/*", floor: 8, bans: doorIn(), worlds: []string{"network"}},
		{folder: "report/*", floor: 8, bans: not(fromReport, "intake", "serve", "notify"), worlds: []string{"office files"}},
		{folder: "gazette/counter", floor: 8},
		{folder: "ui", floor: 8},

		{folder: "serve/*", floor: 9, bans: not(meetInApp, "intake", "intake/*"), worlds: []string{"network"}},

		{folder: "app", floor: 10, peers: []string{"app/keeping"}, worlds: []string{"network", "yaml"}}, // peers: its tests only
		{folder: "app/keeping", floor: 10, peers: []string{"app"}},
		{folder: "demo/year", floor: 3, only: []string{"record", "fault", "geo"}},
		{folder: "demo", floor: 10, peers: []string{"app"}, bans: demoBans(), worlds: []string{"network"}},

		{folder: "setup", floor: 10, peers: []string{"app"}, worlds: []string{"network"}},
		{folder: "setup/doctor", floor: 10, peers: []string{"app", "app/keeping", "setup"}, worlds: []string{"network"}}, // the last two: its tests only

		{folder: "cmd/*", floor: 11, only: []string{"app", "app/keeping", "demo", "setup", "setup/doctor", "witness", "fault", "lang", "internal/*"}, worlds: []string{"flags"}, tests: []string{"network"}},
	}...)
}

func doorIn() []ban {
	return append(not(blindDoor, folds()...), not(meetInApp, "serve", "report")...)
}

func demoBans() []ban {
	bans := not(overHTTP, append(folds(), "db", "ledger", "register", "fold", "intake", "intake/*", "serve", "serve/*")...)
	for i := range bans {
		bans[i].code = true
	}
	return bans
}

// world is something outside the module that only the named places may reach.
type world struct {
	name     string
	paths    []string // import paths, each with all below it
	inTests  []string // of these, what any test may import
	sentence string
}

// worlds is the table's last column: exhaustive for network, database, codecs, YAML, log proofs and flags.
func worlds() []world {
	return []world{
		{"network", []string{"net", "crypto/tls", "golang.org/x/net", "golang.org/x/crypto/acme", "github.com/danielgtaylor/huma/v2"},
			[]string{"net/http/httptest"},
			"the network stands at the edge: internal/httpx, internal/certificate, access, witness, notify, the doors, setup and app"},
		{"database", []string{"database/sql", "modernc.org/sqlite", "github.com/jackc/pgx/v5"}, nil,
			"database/sql and its drivers belong to db: use db.Tx, and what db offers for rows and their absence"},
		{"codecs", []string{"image", "golang.org/x/image", "github.com/evanoberholster/imagemeta"}, nil,
			"foreign pixels are decoded in internal/image only, behind its limits"},
		{"geometry", []string{"github.com/paulmach/orb", "github.com/peterstace/simplefeatures"}, nil,
			"geometry libraries stay inside geo, which the rest of the house speaks"},
		{"object store", []string{"github.com/minio/minio-go/v7"}, nil,
			"bytes by content hash are blob's business, wherever they lie"},
		{"yaml", []string{"go.yaml.in/yaml/v3", "gopkg.in/yaml.v3"}, nil,
			"YAML is read by catalog (words and rules) and app (configuration) only"},
		{"log proofs", []string{"golang.org/x/mod/sumdb"}, nil,
			"the Merkle log and its signed notes are ledger's: ask it for a proof or a checkpoint"},
		{"sign-in", []string{"github.com/coreos/go-oidc/v3", "github.com/go-webauthn/webauthn", "github.com/alexedwards/scs/v2"}, nil,
			"who is calling is decided in access only"},
		{"office files", []string{"github.com/xuri/excelize/v2", "github.com/signintech/gopdf"}, nil,
			"office files are read in intake/sheet and written in report/*"},
		{"numbers", []string{"github.com/prometheus"}, nil,
			"Prometheus stays inside internal/metrics, which is told of what happens and asks how things stand"},
		{"flags", []string{"flag", "github.com/alecthomas/kong"}, []string{"flag"},
			"the command line belongs to cmd: everything else takes arguments"},
		{"testing", []string{"testing", "github.com/rogpeppe/go-internal", module + "/db/dbtest"},
			[]string{"testing", "github.com/rogpeppe/go-internal", module + "/db/dbtest"},
			"test libraries stay in tests and in db/dbtest"},
	}
}

// harmless are the parts of a world that reach nothing outside: they parse and format.
func harmless() []string { return []string{"net/url", "net/netip", "net/mail", "net/textproto"} }

// placeOf finds a folder's row.
func placeOf(folder string) (place, bool) {
	for _, p := range floors() {
		if matches(p.folder, folder) {
			return p, true
		}
	}
	return place{}, false
}

func matches(pattern, folder string) bool {
	if above, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(folder, above+"/")
	}
	return pattern == folder
}

func matchesAny(patterns []string, folder string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, folder) })
}

func below(importPath string, roots []string) bool {
	return slices.ContainsFunc(roots, func(r string) bool { return importPath == r || strings.HasPrefix(importPath, r+"/") })
}

// judge says why a package in folder may not import importPath, or "" if it may.
func judge(folder, importPath string, test bool) string {
	from, ok := placeOf(folder)
	if !ok {
		return fmt.Sprintf("package %s has no place in the floors table: add it to floors() in layering_test.go and to docs/architecture.md", folder)
	}
	for _, w := range worlds() {
		if !below(importPath, w.paths) || below(importPath, harmless()) || slices.Contains(from.worlds, w.name) {
			continue
		}
		if test && (below(importPath, w.inTests) || slices.Contains(from.tests, w.name)) {
			continue
		}
		return w.sentence
	}
	target, ours := strings.CutPrefix(importPath, module+"/")
	if !ours || target == folder || target == "db/dbtest" {
		return ""
	}
	return from.judge(target, test)
}

func (from place) judge(target string, test bool) string {
	to, ok := placeOf(target)
	if !ok {
		return fmt.Sprintf("package %s has no place in the floors table: add it to floors() in layering_test.go and to docs/architecture.md", target)
	}
	for _, b := range from.bans {
		if matches(b.folder, target) && !(test && b.code) {
			return b.sentence
		}
	}
	switch {
	case from.only != nil && !matchesAny(from.only, target):
		return fmt.Sprintf("%s imports %s and nothing else of ours", from.folder, strings.Join(from.only, ", "))
	case to.floor == from.floor && !matchesAny(from.peers, target):
		return fmt.Sprintf("%s and %s are peers on floor %d, and peers never import one another", from.folder, to.folder, to.floor)
	case to.floor > from.floor:
		return fmt.Sprintf("imports go down only: %s stands on floor %d and %s on floor %d", from.folder, from.floor, to.folder, to.floor)
	}
	return ""
}

// layering is the house rule: every package has a place, and every import is allowed from it. A folder with a go.mod of
// its own (bench, tools) is another house.
func layering(tr *tree) []breach {
	var found []breach
	for _, s := range tr.sources {
		if tr.otherModule(s.folder) {
			continue
		}
		if _, ok := placeOf(s.folder); !ok {
			found = append(found, breach{s.path + ":1", judge(s.folder, "", s.test)})
			continue
		}
		for _, imported := range s.syntax.Imports {
			importPath, err := strconv.Unquote(imported.Path.Value)
			if err != nil {
				importPath = imported.Path.Value
			}
			if sentence := judge(s.folder, importPath, s.test); sentence != "" {
				found = append(found, breach{tr.at(imported), "imports " + importPath + ": " + sentence})
			}
		}
	}
	return found
}

func (tr *tree) otherModule(folder string) bool {
	for ; folder != "."; folder = path.Dir(folder) {
		if _, ok := tr.texts[folder+"/go.mod"]; ok {
			return true
		}
	}
	return false
}

func TestLayering(t *testing.T) {
	for _, b := range layering(readTree(t, os.DirFS("."))) {
		t.Errorf("%s: %s", b.where, b.what)
	}
}

// TestArchitectureSaysTheSame compares the rows of the document's table, | floor | packages | …, with this one.
func TestArchitectureSaysTheSame(t *testing.T) {
	body, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Skip("docs/architecture.md is not written yet")
	}
	rows := 0
	for i, line := range strings.Split(string(body), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		floor, err := strconv.Atoi(strings.TrimSpace(cells[1]))
		if err != nil {
			continue
		}
		rows++
		for _, match := range codeSpan.FindAllStringSubmatch(cells[2], -1) {
			if p, ok := placeOf(strings.ReplaceAll(match[1], "…", "*")); !ok || p.floor != floor {
				t.Errorf("docs/architecture.md:%d: %s is on floor %d there, and on floor %d in layering_test.go", i+1, match[1], floor, p.floor)
			}
		}
	}
	if rows < 10 {
		t.Errorf("docs/architecture.md: found %d rows of the floors table", rows)
	}
}

// TestTableIsReal keeps the table from naming what is not there: a ban on a misspelt name forbids nothing.
func TestTableIsReal(t *testing.T) {
	tr := readTree(t, os.DirFS("."))
	packages := map[string]bool{}
	for _, s := range tr.sources {
		for folder := s.folder; !packages[folder]; folder = path.Dir(folder) {
			packages[folder] = true // and those above: serve may hold serve/api only
		}
	}
	known := map[string]bool{}
	for _, p := range floors() {
		if known[p.folder] {
			t.Errorf("floors: %s stands there twice", p.folder)
		}
		known[p.folder] = true
		if tr.folders[p.folder] && !packages[p.folder] {
			t.Errorf("floors: the folder %s is there but holds no Go file", p.folder)
		}
	}
	named := map[string]bool{}
	for _, w := range worlds() {
		named[w.name] = true
		for _, importPath := range append(slices.Clone(w.paths), w.inTests...) {
			standard := filepath.Join(build.Default.GOROOT, "src", importPath)
			first, _, _ := strings.Cut(importPath, "/")
			if _, err := os.Stat(standard); err != nil && first != module && !strings.Contains(first, ".") {
				t.Errorf("worlds: %s: the standard library has no %s", w.name, importPath)
			}
		}
	}
	for _, p := range floors() {
		for _, b := range p.bans {
			if !known[b.folder] {
				t.Errorf("floors: %s bans %s, which has no row", p.folder, b.folder)
			}
		}
		for _, other := range append(slices.Clone(p.only), p.peers...) {
			if !known[other] {
				t.Errorf("floors: %s may import %s, which has no row", p.folder, other)
			}
		}
		for _, w := range append(slices.Clone(p.worlds), p.tests...) {
			if !named[w] {
				t.Errorf("floors: %s may reach %q, which is no world", p.folder, w)
			}
		}
	}
}

func TestJudge(t *testing.T) {
	tests := []struct {
		folder, imports string
		test            bool
		want            string // a part of the sentence; "" if allowed
	}{
		{"record", "qingshan/fault", false, ""},
		{"record", "qingshan/geo", false, ""},
		{"record", "qingshan/db", false, "peers on floor 2"},
		{"fault", "qingshan/internal/digest", false, "peers on floor 0"},
		{"internal/httpx", "qingshan/fault", false, ""},
		{"internal/httpx", "qingshan/internal/digest", false, ""},
		{"internal/digest", "qingshan/record", false, "imports go down only"},
		{"catalog", "qingshan/db", false, pureWords},
		{"catalog", "qingshan/record", false, ""},
		{"catalog", "qingshan/fact", false, ""}, // it declares the measures that fact names
		{"fact", "qingshan/catalog", false, "peers on floor 3"},
		{"ledger", "qingshan/register", false, "peers on floor 4"},
		{"ledger", "qingshan/db", false, ""},
		{"fold", "qingshan/ledger", false, noAppend},
		{"fold", "qingshan/db", false, ""},
		{"tally", "qingshan/fold", false, ""},
		{"tally", "qingshan/ledger", false, noAppend},
		{"tally", "qingshan/ledger", true, noAppend},
		{"tally", "qingshan/indicator", false, "peers on floor 6"},
		{"intake", "qingshan/ledger", false, ""},
		{"intake", "qingshan/tally", false, blindDoor},
		{"intake/api", "qingshan/indicator", false, blindDoor},
		{"intake/api", "qingshan/serve", false, meetInApp},
		{"intake/api", "qingshan/intake", false, ""},
		{"intake/api", "qingshan/intake/phone", false, "peers on floor 8"},
		{"report/workbook", "qingshan/serve", false, fromReport},
		{"report/workbook", "qingshan/report", false, ""},
		{"serve/api", "qingshan/intake", false, meetInApp},
		{"serve/api", "qingshan/intake/api", false, meetInApp},
		{"serve/api", "qingshan/indicator", false, ""},
		{"app", "qingshan/serve/api", false, ""},
		{"app", "qingshan/demo", false, "peers on floor 10"},
		{"demo", "qingshan/app", false, ""},
		{"demo", "qingshan/ledger", false, overHTTP},
		{"demo", "qingshan/ledger", true, ""},
		{"cmd/qingshan", "qingshan/app", false, ""},
		{"cmd/qingshan", "qingshan/ledger", false, "nothing else of ours"},
		{".", "qingshan/internal/measure", true, ""},
		{"helpers", "fmt", false, "no place in the floors table"},
		{"app", "qingshan/helpers", false, "no place in the floors table"},

		{"tally", "qingshan/db/dbtest", true, ""},
		{"tally", "qingshan/db/dbtest", false, "test libraries"},
		{"db", "qingshan/db/dbtest", true, ""},
		{"tally", "testing", false, "test libraries"},
		{"tally", "testing/fstest", true, ""},
		{"tally", "net/http", false, "the network stands at the edge"},
		{"tally", "net/http", true, "the network stands at the edge"},
		{"tally", "net/http/httptest", true, ""},
		{"tally", "net/url", false, ""},
		{"serve/api", "net/http", false, ""},
		{"cmd/qingshan", "net/http", false, "the network stands at the edge"},
		{"cmd/qingshan", "net/http", true, ""},
		{"ledger", "database/sql", false, "belong to db"},
		{"ledger", "modernc.org/sqlite", true, "belong to db"},
		{"db", "github.com/jackc/pgx/v5/stdlib", false, ""},
		{"record", "golang.org/x/mod/sumdb/tlog", false, "the Merkle log"},
		{"ledger", "golang.org/x/mod/sumdb/tlog", false, ""},
		{".", "golang.org/x/mod/modfile", true, ""},
		{"app", "go.yaml.in/yaml/v3", false, ""},
		{"demo", "go.yaml.in/yaml/v3", false, "YAML is read by"},
		{"app", "github.com/alecthomas/kong", false, "the command line"},
		{"tally", "flag", true, ""},
		{"evidence", "image/jpeg", false, "internal/image"},
		{"tally", "imagery", false, ""}, // a name that only begins like a forbidden one
	}
	for _, test := range tests {
		got := judge(test.folder, test.imports, test.test)
		if (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s imports %s (in a test: %t): got %q, want %q", test.folder, test.imports, test.test, got, test.want)
		}
	}
}

func TestLayeringFindsBreaches(t *testing.T) {
	got := layering(readTree(t, fstest.MapFS{
		"tally/tally.go":      {Data: []byte("package tally\n\nimport (\n\t\"fmt\"\n\t\"qingshan/ledger\"\n)\n")},
		"tally/tally_test.go": {Data: []byte("package tally_test\n\nimport \"qingshan/db/dbtest\"\n")},
		"things/things.go":    {Data: []byte("package things\n\nimport \"net/http\"\n")},
		"bench/go.mod":        {Data: []byte("module bench\n")},
		"bench/peers/x.go":    {Data: []byte("package peers\n\nimport \"net/http\"\n")},
		"tally/testdata/x.go": {Data: []byte("package x\n\nimport \"net/http\"\n")},
	}))
	want := []string{"tally/tally.go:5", "things/things.go:1"}
	if !slices.Equal(places(got), want) {
		t.Errorf("breaches: got %v, want at %v", got, want)
	}
}

func places(breaches []breach) []string {
	var places []string
	for _, b := range breaches {
		places = append(places, b.where)
	}
	return places
}
