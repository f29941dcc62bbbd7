package openapi

import (
	"encoding/json"

	"github.com/google/jsonschema-go/jsonschema"
)

// The parts of a document that this package writes, named as OpenAPI 3.1 names them.

type document struct {
	OpenAPI    string                           `json:"openapi"`
	Info       info                             `json:"info"`
	Servers    []server                         `json:"servers"`
	Tags       []tag                            `json:"tags"`
	Paths      map[string]map[string]*operation `json:"paths"`
	Components components                       `json:"components"`
}

type info struct {
	Title       string  `json:"title"`
	Description string  `json:"description"`
	Version     string  `json:"version"`
	License     license `json:"license"`
}

type license struct {
	Name       string `json:"name"`
	Identifier string `json:"identifier"`
}

type server struct {
	URL string `json:"url"`
}

type tag struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

type operation struct {
	ID         string                `json:"operationId"`
	Summary    string                `json:"summary"`
	Said       said                  `json:"x-summary"`
	Tags       []string              `json:"tags"`
	Right      string                `json:"x-right"`
	Security   []map[string][]string `json:"security"`
	Parameters []parameter           `json:"parameters,omitempty"`
	Body       *requestBody          `json:"requestBody,omitempty"`
	Responses  map[string]*response  `json:"responses"`
}

// said holds a route's sentence in both languages, whichever the document is in.
type said struct {
	ZH string `json:"zh-CN"`
	EN string `json:"en"`
}

type parameter struct {
	Name        string             `json:"name"`
	In          string             `json:"in"`
	Required    bool               `json:"required,omitempty"`
	Description string             `json:"description"`
	Schema      *jsonschema.Schema `json:"schema"`
	Example     any                `json:"example,omitempty"`
}

type requestBody struct {
	Required bool             `json:"required"`
	Content  map[string]media `json:"content"`
}

type media struct {
	Schema  *jsonschema.Schema `json:"schema"`
	Example json.RawMessage    `json:"example,omitempty"`
}

type response struct {
	Description string            `json:"description"`
	Headers     map[string]header `json:"headers,omitempty"`
	Content     map[string]media  `json:"content,omitempty"`
}

func (r *response) content(name string, m media) {
	if r.Content == nil {
		r.Content = map[string]media{}
	}
	r.Content[name] = m
}

func (r *response) header(name, words string) {
	if r.Headers == nil {
		r.Headers = map[string]header{}
	}
	r.Headers[name] = header{Description: words, Required: true, Schema: &jsonschema.Schema{Type: "string"}}
}

type header struct {
	Description string             `json:"description"`
	Required    bool               `json:"required"`
	Schema      *jsonschema.Schema `json:"schema"`
}

type components struct {
	Schemas         map[string]*jsonschema.Schema `json:"schemas"`
	SecuritySchemes map[string]securityScheme     `json:"securitySchemes"`
}

type securityScheme struct {
	Type        string `json:"type"`
	Scheme      string `json:"scheme"`
	Description string `json:"description"`
}
