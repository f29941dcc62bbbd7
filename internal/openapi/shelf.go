package openapi

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"qingshan/internal/httpx"
)

// refPrefix is where a document keeps its schemas.
const refPrefix = "#/components/schemas/"

// shelf collects the schemas of the structs that bodies are made of, each under a name of its own.
//
// Two things are stricter than the library has them, because they are so in every answer of ours: a list is never null,
// and what may be left out is left out, never null.
type shelf struct {
	forms map[reflect.Type]Form
	types map[reflect.Type]bool // named structs that the bodies hold, found so far
}

func newShelf(forms map[reflect.Type]Form) *shelf {
	return &shelf{forms: forms, types: map[reflect.Type]bool{}}
}

// token stands for a type until all types are known and can be named.
func token(t reflect.Type) string { return refPrefix + t.PkgPath() + "." + t.Name() }

// of gives the schema of a body: a reference if it is a named struct.
func (s *shelf) of(body any) (*jsonschema.Schema, error) {
	t := reflect.TypeOf(body)
	s.find(t)
	return s.schema(t, nil)
}

// problem gives the schema of a problem that has one of the codes.
func (s *shelf) problem(codes []string) (*jsonschema.Schema, error) {
	problem, err := s.of(httpx.Problem{})
	if err != nil {
		return nil, err
	}
	enum := make([]any, len(codes))
	for i, code := range codes {
		enum[i] = code
	}
	return &jsonschema.Schema{AllOf: []*jsonschema.Schema{problem, {Properties: map[string]*jsonschema.Schema{"code": {Enum: enum}}}}}, nil
}

// find walks a type down to the named structs in it.
func (s *shelf) find(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		s.find(t.Elem())
	case reflect.Struct:
		if !ours(t) || s.types[t] {
			return
		}
		s.types[t] = true
		for _, field := range reflect.VisibleFields(t) {
			if !field.Anonymous { // what it holds is visible by itself
				s.find(field.Type)
			}
		}
	}
}

// ours tells named structs of this program, which get a schema of their own, from the standard library's.
func ours(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.Name() != "" && strings.Contains(t.PkgPath(), "/") && !marshals(t)
}

func marshals(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[json.Marshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Marshaler]())
}

// schema infers the schema of a type; structs are referred to, but for the one that is being described itself.
func (s *shelf) schema(t, itself reflect.Type) (*jsonschema.Schema, error) {
	known := map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[json.RawMessage](): {}}
	for other, form := range s.forms {
		known[other] = form.schema()
	}
	for other := range s.types {
		if other != itself && !embeds(itself, other) {
			known[other] = &jsonschema.Schema{Ref: token(other)}
		}
	}
	schema, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: known})
	if err != nil {
		return nil, err
	}
	tidy(schema, false)
	return schema, nil
}

// embeds tells whether a struct takes another's fields as its own.
func embeds(outer, inner reflect.Type) bool {
	return outer != nil && slices.ContainsFunc(reflect.VisibleFields(outer), func(f reflect.StructField) bool { return f.Anonymous && f.Type == inner })
}

func (f Form) schema() *jsonschema.Schema {
	schema := &jsonschema.Schema{Type: "string", Pattern: f.Pattern}
	for _, word := range f.Enum {
		schema.Enum = append(schema.Enum, word)
	}
	return schema
}

// tidy takes null away where no answer of ours has it; nullable tells whether the field may be null.
func tidy(s *jsonschema.Schema, nullable bool) {
	if s == nil {
		return
	}
	null := slices.Contains(s.Types, "null")
	rest := slices.DeleteFunc(slices.Clone(s.Types), func(word string) bool { return word == "null" })
	switch {
	case null && s.Ref != "" && nullable:
		s.AnyOf, s.Ref, s.Types = []*jsonschema.Schema{{Ref: s.Ref}, {Type: "null"}}, "", nil
	case null && (!nullable || slices.Contains(rest, "array")):
		s.Types, s.Type = nil, strings.Join(rest, "")
	}
	for name, property := range s.Properties {
		tidy(property, slices.Contains(s.Required, name))
	}
	tidy(s.Items, false)
	tidy(s.AdditionalProperties, false)
}

// named gives the schemas by name, and what each token becomes: the type's own name where that is enough, with the
// package's before it where two types share one.
func (s *shelf) named() (map[string]*jsonschema.Schema, *strings.Replacer, error) {
	count := map[string]int{}
	for t := range s.types {
		count[t.Name()]++
	}
	schemas, tokens := map[string]*jsonschema.Schema{}, []string{}
	for t := range s.types {
		name := t.Name()
		if count[name] > 1 {
			name = strings.NewReplacer("/", "_", "qingshan/", "").Replace(t.PkgPath()) + "_" + name
		}
		schema, err := s.schema(t, t)
		if err != nil {
			return nil, nil, fmt.Errorf("schema of %s: %w", t, err)
		}
		schemas[name] = schema
		tokens = append(tokens, `"`+token(t)+`"`, `"`+refPrefix+name+`"`)
	}
	return schemas, strings.NewReplacer(tokens...), nil
}
