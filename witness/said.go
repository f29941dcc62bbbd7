package witness

import (
	"fmt"
	"strings"
	"time"

	"qingshan/record"
)

// Code gives the code of the sentence that tells a finding.
func (f Finding) Code() string {
	switch {
	case f.Outcome == Unanswered && f.Reached.IsZero():
		return "witness.never_reached"
	case f.Outcome == Unanswered:
		return "witness.not_reached"
	case f.Differs > 0 && f.Agrees > 0:
		return "witness.found_" + string(f.Outcome) + "_at"
	default:
		return "witness.found_" + string(f.Outcome)
	}
}

// Data gives the particulars for the sentence.
func (f Finding) Data() map[string]string {
	return map[string]string{"kept": fmt.Sprint(f.Kept), "found": fmt.Sprint(f.Found), "agrees": fmt.Sprint(f.Agrees), "differs": fmt.Sprint(f.Differs),
		"since": f.Reached.In(record.Zone()).Format("2006-01-02 15:04"), "reason": f.Reason}
}

// ReadBooks reads names of books.
func ReadBooks(words []string) ([]record.Book, error) {
	var books []record.Book
	for _, word := range words {
		book, err := record.ParseBook(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		books = append(books, book)
	}
	return books, nil
}

// Watched is what is kept of one book.
type Watched struct {
	Site        string      `json:"site"`
	From        string      `json:"from"`
	Key         string      `json:"key"`
	FirstSight  bool        `json:"first_sight"`
	Since       time.Time   `json:"since"`
	Book        record.Book `json:"book,omitempty"`
	Checkpoints int         `json:"checkpoints"`
	Largest     int64       `json:"largest"`
	State
}

// Watched lists every site with its books; a site that was never reached has one line without a book.
func (w Watch) Watched() ([]Watched, error) {
	sites, err := w.Folder.Sites()
	if err != nil {
		return nil, err
	}
	var all []Watched
	for _, s := range sites {
		states, err := w.Folder.States(s.Name)
		if err != nil {
			return nil, err
		}
		books, err := w.Folder.Books(s.Name)
		if err != nil {
			return nil, err
		}
		line := Watched{Site: s.Name, From: s.From, Key: s.Key, FirstSight: s.FirstSight, Since: s.Since, State: states[""]}
		if len(books) == 0 {
			all = append(all, line)
		}
		for _, book := range books {
			lineage, err := w.Folder.Lineage(s, book)
			if err != nil {
				return nil, err
			}
			line.Book, line.Checkpoints, line.Largest, line.State = book, len(lineage.Sizes), lineage.last(), states[book]
			all = append(all, line)
		}
	}
	return all, nil
}
