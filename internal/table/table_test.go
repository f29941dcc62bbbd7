package table

import (
	"strings"
	"testing"
)

func TestColumnsCountWideCharacters(t *testing.T) {
	tab := Table{Right: []int{1}}
	tab.Row("清运", "1314", "吨")
	tab.Row("ab", "5", "")
	var out strings.Builder
	if err := tab.Write(&out); err != nil {
		t.Fatal(err)
	}
	if want := "清运  1314  吨\nab       5\n"; out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "村": 2, "（一）": 6, "1,314 t": 7, "é": 1} {
		if got := Width(text); got != want {
			t.Errorf("width of %q: got %d, want %d", text, got, want)
		}
	}
}
