package app_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"qingshan/access"
	"qingshan/internal/httpx"
)

// TestPermissionsPage holds that docs/permissions.md shows the table of routes as it is.
func TestPermissionsPage(t *testing.T) {
	want := permissions(opened(t).Routes())
	const page = "../docs/permissions.md"
	got, err := os.ReadFile(page)
	if *update {
		got, err = want, os.WriteFile(page, want, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/permissions.md does not show the routes as they are: go test ./app -run TestPermissionsPage -update\n got %s\nwant %s", got, want)
	}
}

// TestEveryRightIsAskedFor holds that no token carries a right that opens nothing, and no route asks for one that no token
// can carry.
func TestEveryRightIsAskedFor(t *testing.T) {
	asked := map[string]bool{}
	for _, r := range opened(t).Routes() {
		if r.Right != httpx.Public && !slices.Contains(access.Rights(), access.Right(r.Right)) {
			t.Errorf("%s %s asks for the right %q, which no token carries", r.Method, r.Path, r.Right)
		}
		asked[r.Right] = true
	}
	for _, right := range access.Rights() {
		if !asked[string(right)] {
			t.Errorf("no route asks for the right %s", right)
		}
	}
}

// permissions writes the matrix: what everybody may, and then by right.
func permissions(routes []httpx.Route) []byte {
	var b strings.Builder
	b.WriteString("# Who may what\n\nWritten from the table of routes by `go test ./app -run TestPermissionsPage -update`; a test holds it to the table.\n\n" +
		"A token carries rights (`qingshan token issue --rights`), and a route asks for one of them or, under *everybody*, for\n" +
		"none. Beyond the right, a book's entries, registers and records are open only to people of that book or of its county\n" +
		"(`book.not_readable`, `book.not_yours`).\n")
	for _, right := range append([]access.Right{httpx.Public}, access.Rights()...) {
		title := string(right)
		if right == httpx.Public {
			title = "everybody"
		}
		fmt.Fprintf(&b, "\n## %s\n\n| route | 用途 | what for |\n|---|---|---|\n", title)
		for _, r := range routes {
			if r.Right == string(right) {
				fmt.Fprintf(&b, "| `%s %s` | %s | %s |\n", r.Method, strings.TrimSuffix(r.Path, "{$}"), r.ZH, r.EN)
			}
		}
	}
	return []byte(b.String())
}
