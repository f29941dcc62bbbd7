package declared

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// version heads every body.
const version = 1

// maxBody bounds a body: the standard catalog takes a few per cent of it.
const maxBody = 4 << 20

// Body gives the canonical JSON: "v" first, all other keys sorted, no white space. Sections whose order means nothing
// stand by name, so that moving a definition to another file does not change the hash; parts, figures, fields and choices
// keep the order in which people want to see them.
func (d Catalog) Body() ([]byte, error) {
	text, err := json.Marshal(d.sorted())
	if err != nil {
		return nil, fmt.Errorf("write catalog body: %w", err)
	}
	var tree map[string]any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("write catalog body: %w", err)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(tree); err != nil {
		return nil, fmt.Errorf("write catalog body: %w", err)
	}
	head := fmt.Appendf(nil, `{"v":%d`, version)
	if len(tree) > 0 {
		head = append(head, ',')
	}
	body := append(head, bytes.TrimSuffix(out.Bytes()[1:], []byte("\n"))...)
	if len(body) > maxBody {
		return nil, fmt.Errorf("write catalog body: %d bytes, more than %d", len(body), maxBody)
	}
	return body, nil
}

func (d Catalog) sorted() Catalog {
	d.Dimensions = byName(d.Dimensions)
	d.Units = byName(d.Units)
	d.Measures = byName(d.Measures)
	d.Kinds = byName(d.Kinds)
	d.Registers = byName(d.Registers)
	d.Guards = byName(d.Guards)
	return d
}

func byName[T interface{ Called() Word }](list []T) []T {
	return slices.SortedStableFunc(slices.Values(list), func(a, b T) int {
		return strings.Compare(a.Called().Text, b.Called().Text)
	})
}

// Parse is the inverse of [Catalog.Body] and refuses every text that is not canonical. A name that stands twice in a
// section goes to refused.
func Parse(body []byte, refused *Refused) (Catalog, error) {
	var in struct {
		V int `json:"v"`
		Catalog
	}
	if len(body) > maxBody {
		return Catalog{}, fmt.Errorf("%d bytes, more than %d", len(body), maxBody)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return Catalog{}, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return Catalog{}, fmt.Errorf("something follows the object")
	}
	if in.V != version {
		return Catalog{}, fmt.Errorf("version %d, want %d", in.V, version)
	}
	again, err := in.Catalog.Body()
	if err != nil {
		return Catalog{}, err
	}
	if !bytes.Equal(again, body) {
		return Catalog{}, fmt.Errorf("the text is not in canonical form")
	}
	return Overlay(Catalog{}, in.Catalog, refused), nil
}
