// Package openapi describes a table of routes as an OpenAPI 3.1 document, and holds real answers against such a document.
// It adds nothing of its own about a route, and serves nothing.
package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"qingshan/internal/httpx"
)

// Heading is one under which routes are listed; Name is the word by which a route says it.
type Heading struct {
	Name string
	ZH   string
	EN   string
}

// About is what the table does not say.
type About struct {
	Title    string
	Version  string
	ZH, EN   string // what it is, in a sentence
	Headings []Heading
	Forms    map[reflect.Type]Form      // what else is known of the values of a Go type
	Examples map[string]json.RawMessage // real answers, by "GET /path 200"; "GET /path body" is a request's
}

// Form says more of the values of a Go type than the type does.
type Form struct {
	Enum    []string
	Pattern string
}

// Document describes the routes in a language, as JSON.
func Document(language string, about About, routes []httpx.Route) ([]byte, error) {
	b := &builder{language: language, about: about, schemas: newShelf(about.Forms)}
	doc := document{
		OpenAPI: "3.1.1",
		Info: info{Title: about.Title, Version: about.Version, Description: b.say(about.ZH, about.EN),
			License: license{Name: "Apache-2.0", Identifier: "Apache-2.0"}},
		Servers: []server{{URL: "/"}},
		Paths:   map[string]map[string]*operation{},
	}
	for _, h := range about.Headings {
		doc.Tags = append(doc.Tags, tag{Name: h.Name, Description: b.say(h.ZH, h.EN)})
	}
	for _, route := range routes {
		if err := b.add(&doc, route); err != nil {
			return nil, fmt.Errorf("describe %s %s: %w", route.Method, route.Path, err)
		}
	}
	schemas, refs, err := b.schemas.named()
	if err != nil {
		return nil, err
	}
	doc.Components = components{Schemas: schemas, SecuritySchemes: map[string]securityScheme{bearer: {Type: "http", Scheme: "bearer",
		Description: b.say("令牌由 qingshan token issue 签发；x-right 是每个接口所需的权限。", "Issued by qingshan token issue; x-right is the right that a route needs.")}}}
	text, err := json.MarshalIndent(doc, "", " ")
	return []byte(refs.Replace(string(text))), err
}

// bearer names the one way in which callers say who they are.
const bearer = "bearer"

// builder gathers what the routes' descriptions share.
type builder struct {
	language string
	about    About
	schemas  *shelf
}

func (b *builder) say(zh, en string) string {
	if b.language == httpx.English {
		return en
	}
	return zh
}

var (
	exactPath = regexp.MustCompile(`\{\$\}$`)
	restOf    = regexp.MustCompile(`\{([a-z_]+)\.\.\.\}`)
)

// pathOf writes a mux's pattern as OpenAPI does.
func pathOf(pattern string) string {
	return restOf.ReplaceAllString(exactPath.ReplaceAllString(pattern, ""), "{$1}")
}

func (b *builder) add(doc *document, r httpx.Route) error {
	if !slices.ContainsFunc(b.about.Headings, func(h Heading) bool { return h.Name == r.Heading }) {
		return fmt.Errorf("heading %q has no words", r.Heading)
	}
	op := &operation{
		ID:      operationID(r),
		Summary: b.say(r.ZH, r.EN),
		Said:    said{ZH: r.ZH, EN: r.EN},
		Tags:    []string{r.Heading},
		Right:   r.Right,
	}
	op.Security = []map[string][]string{}
	if r.Right != httpx.Public {
		op.Security = append(op.Security, map[string][]string{bearer: {r.Right}})
	}
	for _, p := range r.Params {
		op.Parameters = append(op.Parameters, b.parameter(r, p))
	}
	if r.Body != nil {
		schema, err := b.schemas.of(r.Body)
		if err != nil {
			return err
		}
		op.Body = &requestBody{Required: true, Content: map[string]media{"application/json": {Schema: schema, Example: b.example(r, "body")}}}
	}
	var err error
	if op.Responses, err = b.responses(r); err != nil {
		return err
	}
	at := doc.Paths[pathOf(r.Path)]
	if at == nil {
		at = map[string]*operation{}
		doc.Paths[pathOf(r.Path)] = at
	}
	at[strings.ToLower(r.Method)] = op
	return nil
}

// operationID makes a name of method and path: GET /api/v1/books/{book}/checkpoint is getBooksBookCheckpoint.
func operationID(r httpx.Route) string {
	path := strings.TrimPrefix(pathOf(r.Path), "/api/v1")
	id := strings.ToLower(r.Method)
	for _, word := range regexp.MustCompile(`[a-z0-9]+`).FindAllString(path, -1) {
		id += strings.ToUpper(word[:1]) + word[1:]
	}
	if path == "/" {
		id += "Root"
	}
	return id
}

func (b *builder) example(r httpx.Route, of string) json.RawMessage {
	return b.about.Examples[r.Method+" "+pathOf(r.Path)+" "+of]
}

func (b *builder) parameter(r httpx.Route, p httpx.Param) parameter {
	schema := &jsonschema.Schema{Type: "string", Format: p.Format, Pattern: p.Pattern}
	if p.Type != "" {
		schema.Type = p.Type
	}
	for _, word := range p.Enum {
		schema.Enum = append(schema.Enum, word)
	}
	if p.Min != 0 || p.Max != 0 {
		least, most := float64(p.Min), float64(p.Max)
		schema.Minimum, schema.Maximum = &least, &most
	}
	out := parameter{Name: p.Name, In: "query", Required: p.Must, Description: b.say(p.ZH, p.EN), Schema: schema, Example: example(p)}
	if p.Often {
		out.Schema = &jsonschema.Schema{Type: "array", Items: schema}
		if out.Example != nil {
			out.Example = []any{out.Example}
		}
	}
	if r.InPath(p.Name) {
		out.In, out.Required = "path", true
	}
	return out
}

// example gives the value that a parameter's text stands for, nil if there is none.
func example(p httpx.Param) any {
	if n, err := strconv.ParseInt(p.Example, 10, 64); err == nil && p.Type == "integer" {
		return n
	}
	if p.Example == "" {
		return nil
	}
	return p.Example
}

// responses writes good answers and problems by status; one status may have both, told apart by their media types.
func (b *builder) responses(r httpx.Route) (map[string]*response, error) {
	out := map[string]*response{}
	for _, a := range r.Answers {
		answer := &response{Description: http.StatusText(a.Status)}
		out[strconv.Itoa(a.Status)] = answer
		for _, name := range a.Headers {
			answer.header(name, headerWords(b, name))
		}
		switch {
		case a.Body != nil:
			schema, err := b.schemas.of(a.Body)
			if err != nil {
				return nil, err
			}
			answer.content("application/json", media{Schema: schema, Example: b.example(r, strconv.Itoa(a.Status))})
		case a.Media != "":
			answer.content(a.Media, media{Schema: &jsonschema.Schema{Type: "string"}, Example: b.example(r, strconv.Itoa(a.Status))})
		}
	}
	problems, err := r.Problems()
	if err != nil {
		return nil, err
	}
	for status, codes := range problems {
		if r.Page {
			b.toldOnPage(out, status, codes)
			continue
		}
		schema, err := b.schemas.problem(codes)
		if err != nil {
			return nil, err
		}
		answer := out[strconv.Itoa(status)]
		if answer == nil {
			answer = &response{Description: http.StatusText(status)}
			out[strconv.Itoa(status)] = answer
		}
		answer.content("application/problem+json", media{Schema: schema, Example: b.example(r, strconv.Itoa(status))})
	}
	return out, nil
}

// toldOnPage writes a problem that people are told of on a page; its codes are named for those who read the description.
func (b *builder) toldOnPage(out map[string]*response, status int, codes []string) {
	answer := out[strconv.Itoa(status)]
	if answer == nil {
		answer = &response{Description: http.StatusText(status) + ": " + strings.Join(codes, ", ")}
		out[strconv.Itoa(status)] = answer
	}
	answer.content("text/html", media{Schema: &jsonschema.Schema{Type: "string"}})
}

func headerWords(b *builder, name string) string {
	switch name {
	case "ETag":
		return b.say("这一回答所依据的状态；以 If-None-Match 再问，未变则答 304", "The state that the answer stands on; ask again with If-None-Match and an unchanged one is 304")
	case "Content-Disposition":
		return b.say("建议的文件名", "A name for the file")
	case "Location":
		return b.say("新建之物的地址", "Where what was made is to be found")
	}
	return name
}
