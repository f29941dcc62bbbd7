package access

import (
	"strings"
	"testing"

	"qingshan/record"
)

func TestWhoWritesAndReadsWhichBook(t *testing.T) {
	for _, c := range []struct {
		from, book    record.Book
		writes, reads bool
	}{
		{"220323", "220323", true, true},
		{"220323", "220323102", true, true},
		{"220323102", "220323102", true, true},
		{"220323102", "220323001", false, false},
		{"220323102", "220323", false, true}, // its registers are adopted
		{"220323", "220322", false, false},
		{"220323", "220322101", false, false},
		{"220323", "free-name", false, false},
		{"free-name", "free-name", true, true},
		{"free-name", "220323", false, false},
		{"", "", false, false},
		{"", "220323", false, false},
	} {
		a := Actor{Book: c.from, Rights: Rights()}
		if got := a.Writes(c.book); got != c.writes {
			t.Errorf("from %q writes %q: got %v, want %v", c.from, c.book, got, c.writes)
		}
		if got := a.Reads(c.book); got != c.reads {
			t.Errorf("from %q reads %q: got %v, want %v", c.from, c.book, got, c.reads)
		}
		a.Rights = []Right{ReadEntries}
		if a.Writes(c.book) {
			t.Errorf("from %q writes %q without the right", c.from, c.book)
		}
	}
	for book, want := range map[record.Book]bool{"220323": true, "220323102": false, "220323000": false, "county": false, "": false} {
		if got := IsCounty(book); got != want {
			t.Errorf("IsCounty(%q): got %v, want %v", book, got, want)
		}
	}
}

func TestReadRights(t *testing.T) {
	for words, want := range map[string]string{"": joined(Rights()), "records.write": "records.write",
		"figures.read, records.write,figures.read": "figures.read records.write", "records": "", "records.write,": ""} {
		var list []string
		if words != "" {
			list = strings.Split(words, ",")
		}
		got, err := ReadRights(list)
		if joined(got) != want || (err == nil) != (want != "") || err != nil && codeOf(err) != "token.unknown_right" {
			t.Errorf("rights %q: got %v, %v, want %q", words, got, err, want)
		}
	}
}
