package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"

	"qingshan/internal/httpx"
)

// Exchange is one request with its answer, whole.
type Exchange struct {
	Method string
	URL    *url.URL
	Sent   []byte // the request's body
	Status int
	Header http.Header // the answer's
	Body   []byte      // the answer's
}

// Checker holds exchanges against a document, by the document alone: it knows no route. It is safe for concurrent use.
type Checker struct {
	document checked
	paths    *http.ServeMux
	lock     sync.Mutex // protects resolved and seen
	resolved map[string]*jsonschema.Resolved
	seen     map[string]bool // "GET /path 200"
}

// checked is of a document what a checker looks at.
type checked struct {
	Paths map[string]map[string]struct {
		Parameters []struct {
			Name, In string
			Required bool
			Schema   json.RawMessage
		}
		RequestBody struct {
			Content map[string]struct{ Schema json.RawMessage }
		}
		Responses map[string]struct {
			Headers map[string]struct{ Required bool }
			Content map[string]struct{ Schema json.RawMessage }
		}
	}
	Components struct {
		Schemas map[string]json.RawMessage
	}
}

// NewChecker reads a document.
func NewChecker(text []byte) (*Checker, error) {
	c := &Checker{paths: http.NewServeMux(), resolved: map[string]*jsonschema.Resolved{}, seen: map[string]bool{}}
	text = bytes.ReplaceAll(text, []byte(refPrefix), []byte("#/$defs/"))
	if err := json.Unmarshal(text, &c.document); err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	for path, operations := range c.document.Paths {
		pattern := path
		if strings.HasSuffix(path, "/") {
			pattern += "{$}"
		}
		for method := range operations {
			c.paths.HandleFunc(strings.ToUpper(method)+" "+pattern, func(http.ResponseWriter, *http.Request) {})
		}
	}
	return c, nil
}

// Seen lists what was exchanged so far, as "GET /path 200".
func (c *Checker) Seen() map[string]bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	out := map[string]bool{}
	for key := range c.seen {
		out[key] = true
	}
	return out
}

// Check says what of an exchange the document does not allow, nil if it allows all of it.
func (c *Checker) Check(x Exchange) error {
	_, pattern := c.paths.Handler(&http.Request{Method: x.Method, URL: x.URL, Host: "localhost"})
	if pattern == "" {
		if x.Status != http.StatusNotFound && x.Status != http.StatusMethodNotAllowed {
			return fmt.Errorf("%s %s answers %d and stands in no document", x.Method, x.URL.Path, x.Status)
		}
		if strings.HasPrefix(x.Header.Get("Content-Type"), "text/html") {
			return nil // a browser was told on a page
		}
		return c.checkJSON(json.RawMessage(`{"$ref":"#/$defs/Problem"}`), x.Body)
	}
	method, path, _ := strings.Cut(pattern, " ")
	path = strings.TrimSuffix(path, "{$}")
	c.lock.Lock()
	c.seen[fmt.Sprintf("%s %s %d", method, path, x.Status)] = true
	c.lock.Unlock()
	err := c.checkAnswer(method, path, x)
	if x.Status < 300 {
		err = errors.Join(err, c.checkRequest(method, path, x))
	}
	if err != nil {
		return fmt.Errorf("%s %s answers %d: %w", method, path, x.Status, err)
	}
	return nil
}

func (c *Checker) checkAnswer(method, path string, x Exchange) error {
	declared, known := c.document.Paths[path][strings.ToLower(method)].Responses[strconv.Itoa(x.Status)]
	if !known {
		return fmt.Errorf("the status is not declared (body %.300s)", x.Body)
	}
	for name, header := range declared.Headers {
		if header.Required && x.Header.Get(name) == "" {
			return fmt.Errorf("header %s is missing", name)
		}
	}
	for _, name := range []string{"ETag", "Location", "Content-Disposition"} {
		if _, said := declared.Headers[name]; !said && x.Header.Get(name) != "" {
			return fmt.Errorf("header %s is not declared", name)
		}
	}
	if len(declared.Content) == 0 {
		if len(x.Body) > 0 {
			return fmt.Errorf("a body where none is declared: %.300s", x.Body)
		}
		return nil
	}
	if x.Method == http.MethodHead {
		return nil
	}
	name, _, err := mime.ParseMediaType(x.Header.Get("Content-Type"))
	content, known := declared.Content[name]
	if err != nil || !known {
		return fmt.Errorf("media type %q is not declared", x.Header.Get("Content-Type"))
	}
	if name != "application/json" && name != "application/problem+json" {
		return nil
	}
	return c.checkJSON(content.Schema, x.Body)
}

// checkRequest holds what was asked to what is declared; only of what was answered well, for the rest may be anything.
func (c *Checker) checkRequest(method, path string, x Exchange) error {
	op := c.document.Paths[path][strings.ToLower(method)]
	query, err := url.ParseQuery(x.URL.RawQuery)
	if err != nil {
		return err
	}
	var names []string
	for _, p := range op.Parameters {
		names = append(names, p.Name)
		values := query[p.Name]
		switch {
		case p.In != "query":
		case p.Required && len(values) == 0:
			return fmt.Errorf("parameter %s was left out, and is declared as required", p.Name)
		default:
			if err := c.checkValues(p.Schema, values); err != nil {
				return fmt.Errorf("parameter %s: %w", p.Name, err)
			}
		}
	}
	for name := range query {
		if !slices.Contains(names, name) {
			return fmt.Errorf("parameter %s was taken and is not declared", name)
		}
	}
	// An answer may be good and yet refuse a part of what was sent, each on its own.
	if body, reads := op.RequestBody.Content["application/json"]; reads && !bytes.Contains(x.Body, []byte(`"outcome":"invalid"`)) {
		return c.checkJSON(body.Schema, x.Sent)
	}
	return nil
}

// checkValues reads texts as the schema's type has them. An empty text is as good as none.
func (c *Checker) checkValues(schema json.RawMessage, texts []string) error {
	var form struct{ Type string }
	if err := json.Unmarshal(schema, &form); err != nil {
		return err
	}
	values := []any{}
	for _, text := range texts {
		n, err := strconv.ParseFloat(text, 64)
		switch {
		case text == "":
		case form.Type == "integer" && err == nil:
			values = append(values, n)
		default:
			values = append(values, text)
		}
	}
	if form.Type == "array" {
		return c.check(schema, values)
	}
	for _, value := range values {
		if err := c.check(schema, value); err != nil {
			return err
		}
	}
	return nil
}

func (c *Checker) checkJSON(schema json.RawMessage, text []byte) error {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return fmt.Errorf("%w in %.300s", err, text)
	}
	if err := c.check(schema, value); err != nil {
		return fmt.Errorf("%w in %.300s", err, text)
	}
	return nil
}

// check validates a value; each schema is resolved once, with the document's own beside it.
func (c *Checker) check(schema json.RawMessage, value any) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	resolved, known := c.resolved[string(schema)]
	if !known {
		text, err := json.Marshal(map[string]any{"allOf": []json.RawMessage{schema}, "$defs": c.document.Components.Schemas})
		if err != nil {
			return err
		}
		var root jsonschema.Schema
		if err := json.Unmarshal(text, &root); err != nil {
			return err
		}
		if resolved, err = root.Resolve(nil); err != nil {
			return err
		}
		c.resolved[string(schema)] = resolved
	}
	return resolved.Validate(value)
}

// Wrap gives a handler that passes every exchange to a checker on its way, and says what is not allowed.
func (c *Checker) Wrap(h http.Handler, report func(error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent bytes.Buffer
		if r.Body != nil {
			r.Body = &tee{ReadCloser: r.Body, into: &sent}
		}
		x := Exchange{Method: r.Method, URL: r.URL}
		record := &recorder{ResponseWriter: w}
		h.ServeHTTP(record, r)
		x.Sent, x.Status, x.Header, x.Body = sent.Bytes(), record.code(), w.Header(), record.body.Bytes()
		if err := c.Check(x); err != nil {
			report(err)
		}
	})
}

// Checked describes a table, in English and with no words but its own, and gives its handler watched by a checker. Tests
// of doors use it.
func Checked(h http.Handler, routes []httpx.Route, report func(error)) (http.Handler, *Checker, error) {
	about := About{Title: "a table", Version: "0"}
	for _, r := range routes {
		if !slices.ContainsFunc(about.Headings, func(h Heading) bool { return h.Name == r.Heading }) {
			about.Headings = append(about.Headings, Heading{Name: r.Heading, ZH: r.Heading, EN: r.Heading})
		}
	}
	text, err := Document(httpx.English, about, routes)
	if err != nil {
		return nil, nil, err
	}
	c, err := NewChecker(text)
	if err != nil {
		return nil, nil, err
	}
	return c.Wrap(h, report), c, nil
}
