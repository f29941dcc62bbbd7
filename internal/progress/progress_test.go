package progress

import (
	"strings"
	"testing"
)

func TestPlainLinesEveryTenth(t *testing.T) {
	var out strings.Builder
	b := New(&out, "entries")
	for n := int64(0); n <= 1000; n++ {
		b.Set(n, 1000)
	}
	b.Done()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 11 || lines[0] != "entries 0% 0/1000" || lines[10] != "entries 100% 1000/1000" {
		t.Errorf("got %d lines:\n%s\nwant 11, from 0%% to 100%%", len(lines), out.String())
	}
}

func TestBarOnATerminal(t *testing.T) {
	var out strings.Builder
	b := New(&out, "entries")
	b.terminal = true
	b.Set(0, 0)
	b.Set(1, 2)
	b.Set(1, 2)
	b.Done()
	if got := out.String(); strings.Count(got, "\r") != 2 || !strings.Contains(got, "50% 1/2") || strings.Count(got, "\n") != 1 {
		t.Errorf("got %q, want two redrawings and one line end", got)
	}
}

// TestAsideWipesTheBar writes through a bar on the same terminal.
func TestAsideWipesTheBar(t *testing.T) {
	var out strings.Builder
	b := New(&out, "entries")
	b.terminal = true
	b.Set(1, 2)
	page := b.Aside(&out)
	for _, line := range []string{"one\n", "two\n"} {
		if _, err := page.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	b.Set(1, 2)
	b.Done()
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 4 || !strings.HasSuffix(lines[0], "\r\x1b[Kone") || lines[1] != "two" || !strings.HasPrefix(lines[2], "\rentries") {
		t.Errorf("got %q, want the bar wiped once, both lines whole, and the bar again", lines)
	}
}
