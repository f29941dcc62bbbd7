package catalog

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
	into    *declared
}

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
		r.refused.add(r.at(&second), "a second document in one file")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
	}
}

// syntax takes the line out of the YAML library's message.
func (r *reader) syntax(err error) {
	at, text := position{file: r.file, line: 1}, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatchIndex(text); m != nil {
		at.line, _ = strconv.Atoi(text[m[2]:m[3]])
		text = text[m[1]:]
	}
	r.refused.add(at, "YAML: %s", text)
}

func (r *reader) at(n *yaml.Node) position { return position{file: r.file, line: n.Line} }

func (r *reader) sections(root *yaml.Node) {
	for _, e := range r.entries(root, "the file") {
		switch e.key.text {
		case "dimensions":
			r.each(e, func(name word, f form) { r.into.Dimensions = append(r.into.Dimensions, f.dimension(name)) })
		case "units":
			r.each(e, func(name word, f form) { r.into.Units = append(r.into.Units, f.unit(name)) })
		case "parts":
			r.each(e, func(name word, f form) { r.into.Parts = append(r.into.Parts, declaredPart{f.name(name)}) })
		case "measures":
			r.each(e, func(name word, f form) { r.into.Measures = append(r.into.Measures, f.measure(name)) })
		case "kinds":
			r.each(e, func(name word, f form) { r.into.Kinds = append(r.into.Kinds, f.kind(name)) })
		case "registers":
			r.each(e, func(name word, f form) { r.into.Registers = append(r.into.Registers, f.register(name)) })
		case "figures":
			r.each(e, func(name word, f form) { r.into.Figures = append(r.into.Figures, f.figure(name)) })
		default:
			r.refused.add(e.key.at, "unknown section %q", e.key.text)
		}
	}
}

// each reads the definitions of a section.
func (r *reader) each(section entry, read func(name word, f form)) {
	for _, e := range r.entries(section.value, section.key.text) {
		f := r.form(e.value, e.key.text)
		read(e.key, f)
		f.finish()
	}
}

// entry is one "key: value" of a mapping.
type entry struct {
	key   word
	value *yaml.Node
}

// entries gives the pairs of a mapping in order, and refuses what is none and keys that stand twice.
func (r *reader) entries(n *yaml.Node, what string) []entry {
	if n.Kind != yaml.MappingNode {
		r.refused.add(r.at(n), "%s: want \"key: value\" pairs", what)
		return nil
	}
	var list []entry
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, ok := r.scalar(n.Content[i], what)
		if !ok {
			continue
		}
		if line, twice := lines[key.text]; twice {
			r.refused.add(key.at, "%s: %q stands twice, first in line %d", what, key.text, line)
			continue
		}
		lines[key.text] = key.at.line
		list = append(list, entry{key: key, value: n.Content[i+1]})
	}
	return list
}

// scalar reads a single text; aliases, empty values and nested things are refused.
func (r *reader) scalar(n *yaml.Node, what string) (word, bool) {
	w := word{text: norm.NFC.String(n.Value), at: r.at(n)}
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.refused.add(w.at, "%s: anchors and aliases are not used in catalogs", what)
	case n.Kind != yaml.ScalarNode:
		r.refused.add(w.at, "%s: want a single value", what)
	case n.Tag == "!!null" || n.Value == "":
		r.refused.add(w.at, "%s: the value is empty", what)
	default:
		return w, true
	}
	return word{}, false
}

// form is one definition: its keys are taken one by one, and what is left at the end is unknown.
type form struct {
	r    *reader
	what string
	at   position
	left map[string]entry
}

func (r *reader) form(n *yaml.Node, what string) form {
	f := form{r: r, what: what, at: r.at(n), left: map[string]entry{}}
	for _, e := range r.entries(n, what) {
		f.left[e.key.text] = e
	}
	return f
}

// finish refuses every key that nobody asked for.
func (f form) finish() {
	for key, e := range f.left {
		f.r.refused.add(e.key.at, "%s: unknown key %q", f.what, key)
	}
}

func (f form) take(key string) (entry, bool) {
	e, found := f.left[key]
	delete(f.left, key)
	return e, found
}

func (f form) inside(key string) string { return f.what + ": " + key }

func (f form) word(key string) word {
	e, found := f.take(key)
	if !found {
		return word{}
	}
	w, _ := f.r.scalar(e.value, f.inside(key))
	return w
}

func (f form) number(key string) number {
	w := f.word(key)
	if w.IsZero() {
		return number{}
	}
	n, err := strconv.ParseInt(w.text, 10, 64)
	if err != nil {
		f.r.refused.add(w.at, "%s: %q is not a whole number", f.inside(key), w.text)
	}
	return number{n: n, said: true, at: w.at}
}

func (f form) flag(key string) bool {
	w := f.word(key)
	if !w.IsZero() && w.text != "true" && w.text != "false" {
		f.r.refused.add(w.at, "%s: %q is neither true nor false", f.inside(key), w.text)
	}
	return w.text == "true"
}

// words reads a list of texts; one text alone is a list of one.
func (f form) words(key string) []word {
	e, found := f.take(key)
	if !found {
		return nil
	}
	return f.r.words(e.value, f.inside(key))
}

func (r *reader) words(n *yaml.Node, what string) []word {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	var list []word
	for _, item := range items {
		if w, ok := r.scalar(item, what); ok {
			list = append(list, w)
		}
	}
	if len(items) == 0 {
		r.refused.add(r.at(n), "%s: the list is empty", what)
	}
	return list
}

// names reads a mapping of words to their labels; a plain list gives words without labels.
func (f form) names(key string) []declaredName {
	e, found := f.take(key)
	if !found {
		return nil
	}
	var list []declaredName
	if e.value.Kind == yaml.SequenceNode {
		for _, w := range f.r.words(e.value, f.inside(key)) {
			list = append(list, declaredName{Name: w})
		}
		return list
	}
	for _, one := range f.r.entries(e.value, f.inside(key)) {
		labels := f.r.form(one.value, f.inside(key)+"."+one.key.text)
		list = append(list, labels.name(one.key))
		labels.finish()
	}
	return list
}

// name reads the labels that every definition has.
func (f form) name(name word) declaredName {
	return declaredName{Name: name, ZH: f.word("zh"), EN: f.word("en")}
}
