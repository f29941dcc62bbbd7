package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this program as itself, and a small HTTP client beside it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"qingshan": main, "http": httpClient})
}

// TestScripts runs every story in testdata/script; each ends with the stores of a village office having been used for real.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			address := listener.Addr().String()
			e.Setenv("ADDR", address)
			e.Setenv("BASE", "http://"+address)
			e.Setenv("LANG", "en_GB.UTF-8")
			return listener.Close()
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"setenv": setenv, "flip": flip, "ids": ids, "tour": tour},
	})
}

// setenv NAME FILE sets an environment variable to what a file says, less the line's end.
func setenv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setenv NAME FILE")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

// ids FILE OUT writes the first word of a file's only line, such as the id of the one item that a list shows.
func ids(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: ids FILE OUT")
	}
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	if len(lines) != 1 {
		ts.Fatalf("%d lines, want one: %q", len(lines), lines)
	}
	word, _, _ := strings.Cut(lines[0], " ")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(word), 0o600))
}

// flip FILE OLD NEW changes bytes of a file, as somebody with a hex editor would; both texts have one length.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 || len(args[1]) != len(args[2]) {
		ts.Fatalf("usage: flip FILE OLD NEW, of one length")
	}
	name := ts.MkAbs(args[0])
	content, err := os.ReadFile(name)
	ts.Check(err)
	if !bytes.Contains(content, []byte(args[1])) {
		ts.Fatalf("%s does not hold %s", args[0], args[1])
	}
	ts.Check(os.WriteFile(name, bytes.ReplaceAll(content, []byte(args[1]), []byte(args[2])), 0o600))
}

// tour PAGE has a shell run every command of a page's blocks marked sh, one after the other in one session. What stands
// behind an arrow under a command must be in what it printed. The page's BASE is this script's.
func tour(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: tour PAGE")
	}
	page, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(args[0])))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("tour.sh"), []byte(session(string(page))), 0o600))
	ts.Check(ts.Exec("bash", "tour.sh"))
}

// session makes a shell script of a page.
func session(page string) string {
	var b strings.Builder
	b.WriteString("set -eu\n")
	for i, block := range strings.Split(page, "```") {
		lines, marked := strings.CutPrefix(block, "sh\n")
		if i%2 == 0 || !marked {
			continue
		}
		var command []string
		for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
			want, arrow := strings.CutPrefix(line, "# → ")
			switch {
			case arrow:
				fmt.Fprintf(&b, "grep -qF -- '%s' out || { echo 'not found: %s in'; cat out; exit 1; }\n", want, want)
			case strings.HasPrefix(line, "BASE="):
			case regexp.MustCompile(`^[A-Z]+=`).MatchString(line):
				b.WriteString(line + "\n")
			default:
				if command = append(command, line); strings.Count(strings.Join(command, "\n"), "'")%2 == 0 {
					b.WriteString(strings.Join(command, "\n") + " >out\n")
					command = nil
				}
			}
		}
	}
	return b.String()
}

// httpClient is the program "http METHOD PATH [FILE]": it speaks to $BASE with $TOKEN, tries again while nobody answers
// yet, prints the body, and fails for any status past 299.
func httpClient() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: http METHOD PATH [FILE]")
		os.Exit(2)
	}
	status, body, err := ask(os.Args[1], os.Getenv("BASE")+os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Printf("%s\n", body)
	if status > 299 {
		fmt.Fprintln(os.Stderr, status)
		os.Exit(1)
	}
}

func ask(method, url string, files []string) (int, []byte, error) {
	deadline := time.Now().Add(30 * time.Second)
	for {
		var body io.Reader
		if len(files) > 0 {
			file, err := os.Open(files[0])
			if err != nil {
				return 0, nil, err
			}
			defer file.Close()
			body = file
		}
		req, err := http.NewRequest(method, url, body)
		if err != nil {
			return 0, nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept-Language", "en")
		if token := os.Getenv("TOKEN"); token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			return res.StatusCode, text, err
		}
		if time.Now().After(deadline) {
			return 0, nil, err
		}
		time.Sleep(20 * time.Millisecond) // the server started by the script is not listening yet
	}
}

// TestLifeOfARecord has the page that tells the story show no command that the story does not run.
func TestLifeOfARecord(t *testing.T) {
	page, err := os.ReadFile("../../docs/life-of-a-record.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/script/life-of-a-record.txtar")
	if err != nil {
		t.Fatal(err)
	}
	ran := strings.Split(string(script), "\n")
	shown := 0
	for i, block := range strings.Split(string(page), "```") {
		if i%2 == 0 {
			continue
		}
		for _, line := range strings.Split(strings.TrimSpace(block), "\n") {
			if shown++; !slices.Contains(ran, line) {
				t.Errorf("the page shows %q, which the script does not run", line)
			}
		}
	}
	if shown < 15 {
		t.Errorf("the page shows %d commands, want the whole story", shown)
	}
}
