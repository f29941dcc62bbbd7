// Package lang holds every sentence for people, in Chinese and English, by code. It does not decide what is said: a
// fault, a finding or a reason brings its code and data, and gets a sentence and, where we know one, a hint.
package lang

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// The languages, by the tags that doors use. Chinese is what everybody gets who asks for neither.
const (
	Chinese = "zh-CN"
	English = "en"
)

//go:embed zh-CN.json en.json
var files embed.FS

// Sentences answers in both languages. It is read-only and safe for concurrent use.
type Sentences struct {
	books map[string]map[string]sentence // language → code
}

// sentence is one entry of a file. {name} stands for the datum of that name, {name:family} for the sentence whose code
// is the family, a dot and the datum: {level:level} with level=village says "level.village".
type sentence struct {
	Say  string `json:"say"`
	Hint string `json:"hint,omitempty"`
}

// unknown is the code of what is said about a code that has no sentence.
const unknown = "unknown"

// Load reads the embedded files.
func Load() (*Sentences, error) {
	s := &Sentences{books: map[string]map[string]sentence{}}
	for _, language := range []string{Chinese, English} {
		text, err := files.ReadFile(language + ".json")
		if err != nil {
			return nil, fmt.Errorf("load sentences: %w", err)
		}
		book := map[string]sentence{}
		if err := json.Unmarshal(text, &book); err != nil {
			return nil, fmt.Errorf("load sentences in %s: %w", language, err)
		}
		if _, there := book[unknown]; !there {
			return nil, fmt.Errorf("load sentences in %s: nothing to say about unknown codes", language)
		}
		s.books[language] = book
	}
	return s, nil
}

// Say gives the sentence for a code. A code without one still gives a sentence, which names the code.
func (s *Sentences) Say(language, code string, data map[string]string) string {
	book := s.book(language)
	entry, there := book[code]
	if !there {
		entry, data = book[unknown], map[string]string{"code": code}
	}
	return fill(book, entry.Say, data)
}

// Hint says what to do next about a code, or "" if we do not know.
func (s *Sentences) Hint(language, code string, data map[string]string) string {
	book := s.book(language)
	return fill(book, book[code].Hint, data)
}

func (s *Sentences) book(language string) map[string]sentence {
	if book, there := s.books[language]; there {
		return book
	}
	return s.books[Chinese]
}

var placeholder = regexp.MustCompile(`\{([a-z_]+)(?::([a-z_]+))?\}`)

// fill puts the data into a sentence; what is missing shows as an ellipsis. Data are not looked into again.
func fill(book map[string]sentence, text string, data map[string]string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		parts := placeholder.FindStringSubmatch(found)
		value, said := data[parts[1]]
		if !said {
			return "…"
		}
		if word, there := book[parts[2]+"."+value]; there && parts[2] != "" {
			return word.Say
		}
		return value
	})
}
