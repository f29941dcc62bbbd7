package declared

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"
)

// reader turns one YAML file into declarations. It judges form only: known keys, scalars where scalars belong, each key once.
// What the words mean is the compiler's business.
type reader struct {
	file    string
	system  bool // the built-in catalog may mark kinds as the system's own
	refused *Refused
	into    *Catalog
}

// The library's scanner counts lines from 1, its parser from 0; only the words tell which of them speaks.
var parserMessage = regexp.MustCompile(`^did not find expected (<|node content|'-'|key|',')`)

var yamlLine = regexp.MustCompile(`line (\d+): `)

// read adds the file's definitions to what it reads into.
func (r *reader) read(text []byte) {
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return // a file of comments only
	}
	if err != nil {
		r.syntax(err)
		return
	}
	r.sections(doc.Content[0])
	var second yaml.Node
	if err := dec.Decode(&second); err == nil {
		r.refused.Add(r.at(&second), "a second document in one file")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
	}
}

// syntax takes the line out of the YAML library's message.
func (r *reader) syntax(err error) {
	at, text := Position{File: r.file, Line: 1}, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatchIndex(text); m != nil {
		at.Line, _ = strconv.Atoi(text[m[2]:m[3]])
		text = text[m[1]:]
		if parserMessage.MatchString(text) {
			at.Line++
		}
	}
	r.refused.Add(at, "YAML: %s", text)
}

func (r *reader) at(n *yaml.Node) Position { return Position{File: r.file, Line: n.Line} }

func (r *reader) sections(root *yaml.Node) {
	for _, e := range r.entries(root, "the file") {
		switch e.key.Text {
		case "dimensions":
			r.each(e, func(name Word, f form) { r.into.Dimensions = append(r.into.Dimensions, f.dimension(name)) })
		case "units":
			r.each(e, func(name Word, f form) { r.into.Units = append(r.into.Units, f.unit(name)) })
		case "parts":
			r.each(e, func(name Word, f form) { r.into.Parts = append(r.into.Parts, Part{f.name(name)}) })
		case "measures":
			r.each(e, func(name Word, f form) { r.into.Measures = append(r.into.Measures, f.measure(name)) })
		case "kinds":
			r.each(e, func(name Word, f form) { r.into.Kinds = append(r.into.Kinds, f.kind(name)) })
		case "registers":
			r.each(e, func(name Word, f form) { r.into.Registers = append(r.into.Registers, f.register(name)) })
		case "figures":
			r.each(e, func(name Word, f form) { r.into.Figures = append(r.into.Figures, f.figure(name)) })
		case "guards":
			r.each(e, func(name Word, f form) { r.into.Guards = append(r.into.Guards, f.guard(name)) })
		default:
			r.refused.Add(e.key.At, "unknown section %q", e.key.Text)
		}
	}
}

// each reads the definitions of a section.
func (r *reader) each(section entry, read func(name Word, f form)) {
	for _, e := range r.entries(section.value, section.key.Text) {
		f := r.form(e.value, e.key.Text)
		read(e.key, f)
		f.finish()
	}
}

// entry is one "key: value" of a mapping.
type entry struct {
	key   Word
	value *yaml.Node
}

// entries gives the pairs of a mapping in order, and refuses what is none and keys that stand twice.
func (r *reader) entries(n *yaml.Node, what string) []entry {
	if n.Kind != yaml.MappingNode {
		r.refused.Add(r.at(n), "%s: want \"key: value\" pairs", what)
		return nil
	}
	var list []entry
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, ok := r.scalar(n.Content[i], what)
		if !ok {
			continue
		}
		if line, twice := lines[key.Text]; twice {
			r.refused.Add(key.At, "%s: %q stands twice, first in line %d", what, key.Text, line)
			continue
		}
		lines[key.Text] = key.At.Line
		list = append(list, entry{key: key, value: n.Content[i+1]})
	}
	return list
}

// scalar reads a single text; aliases, empty values and nested things are refused.
func (r *reader) scalar(n *yaml.Node, what string) (Word, bool) {
	w := Word{Text: norm.NFC.String(n.Value), At: r.at(n)}
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.refused.Add(w.At, "%s: anchors and aliases are not used in catalogs", what)
	case n.Style&yaml.TaggedStyle != 0:
		r.refused.Add(w.At, "%s: tags are not used in catalogs", what)
	case n.Kind != yaml.ScalarNode:
		r.refused.Add(w.At, "%s: want a single value", what)
	case n.Tag == "!!null" || n.Value == "":
		r.refused.Add(w.At, "%s: the value is empty", what)
	case w.controls():
		r.refused.Add(w.At, "%s: the value holds control characters", what)
	default:
		return w, true
	}
	return Word{}, false
}

// words reads a list of texts; one text alone is a list of one.
func (r *reader) words(n *yaml.Node, what string) []Word {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	var list []Word
	for _, item := range items {
		if w, ok := r.scalar(item, what); ok {
			list = append(list, w)
		}
	}
	if len(items) == 0 {
		r.refused.Add(r.at(n), "%s: the list is empty", what)
	}
	return list
}
