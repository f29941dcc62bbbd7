package httpx

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"qingshan/fault"
	"qingshan/internal/strictjson"
)

// WriteJSON answers 200 with v as JSON. Nothing is written when v cannot be encoded.
func WriteJSON(w http.ResponseWriter, v any) error {
	return writeJSON(w, http.StatusOK, "application/json", v)
}

// WriteJSONAs is [WriteJSON] with another status.
func WriteJSONAs(w http.ResponseWriter, status int, v any) error {
	return writeJSON(w, status, "application/json", v)
}

func writeJSON(w http.ResponseWriter, status int, mediaType string, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the caller may be gone; the log line tells the bytes
	return nil
}

// ReadJSON reads the body as one strict JSON object.
func ReadJSON(r *http.Request, limits strictjson.Limits) (strictjson.Value, error) {
	if err := checkMediaType(r.Header.Get("Content-Type")); err != nil {
		return strictjson.Value{}, err
	}
	body, err := ReadBody(r)
	if err != nil {
		return strictjson.Value{}, err
	}
	v, err := ParseJSON(body, limits)
	if a, ok := r.Context().Value(noteKey{}).(*answer); ok {
		a.body = v
	}
	return v, err
}

// ReadBody reads the body as it is, whatever it says to be.
func ReadBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, unreadable(err)
	}
	return body, nil
}

// unreadable keeps the cause: a body too large is told from a connection that broke.
func unreadable(err error) error {
	if translated(err).Code == "body.too_large" {
		return err
	}
	return fault.Because(err, fault.Invalid, "body.unreadable", nil)
}

// ParseJSON reads a text as one strict JSON object, and gives refusals as faults.
func ParseJSON(body []byte, limits strictjson.Limits) (strictjson.Value, error) {
	v, err := strictjson.Parse(body, limits)
	if err != nil {
		return v, refusedJSON(err)
	}
	if v.Kind != strictjson.Object {
		return v, fault.New(fault.Invalid, "body.not_an_object", nil)
	}
	return v, nil
}

// refusedJSON translates a parser's refusal; the offset helps a programmer and tells nothing about the content.
func refusedJSON(err error) error {
	var refusal *strictjson.Error
	if !errors.As(err, &refusal) {
		return err
	}
	at := fault.Data{"offset": strconv.Itoa(refusal.Offset)}
	switch refusal.Reason {
	case strictjson.Duplicate:
		return fault.New(fault.Invalid, "body.duplicate_key", at)
	case strictjson.TooDeep:
		return fault.New(fault.Invalid, "body.too_deep", at)
	case strictjson.TooMany:
		return fault.New(fault.Invalid, "body.too_many_values", at)
	default:
		return fault.New(fault.Invalid, "body.malformed", at)
	}
}

func checkMediaType(header string) error {
	media, params, err := mime.ParseMediaType(header)
	charset := strings.ToLower(params["charset"])
	if err != nil || media != "application/json" || charset != "" && charset != "utf-8" {
		return fault.New(fault.Invalid, "body.wrong_type", nil)
	}
	return nil
}

// Query is a request's parameters, each name known to the handler.
type Query struct {
	values url.Values
}

var parameterForm = regexp.MustCompile(`^[a-z_]{1,32}$`)

// ReadQuery reads the parameters and refuses names that the handler does not know, so that a misspelt filter does not
// silently widen an answer, and names that come twice. A name ending in "*" may come often.
func ReadQuery(raw string, names ...string) (Query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return Query{}, fault.New(fault.Invalid, "query.malformed", nil)
	}
	for name, given := range values {
		often := slices.Contains(names, name+"*")
		if !often && !slices.Contains(names, name) {
			if !parameterForm.MatchString(name) {
				return Query{}, fault.New(fault.Invalid, "query.malformed", nil)
			}
			return Query{}, fault.New(fault.Invalid, "query.unknown", fault.Data{"name": name})
		}
		if slices.ContainsFunc(given, unclean) {
			return Query{}, fault.New(fault.Invalid, "query.malformed", nil)
		}
		if len(given) > 1 && !often {
			return Query{}, fault.New(fault.Invalid, "query.twice", fault.Data{"name": name})
		}
	}
	return Query{values: values}, nil
}

// unclean tells whether a text holds what no parameter needs and a database may choke on.
func unclean(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl)
}

// QueryOf gives the parameters of a request to a described route, which the mux has read by the names that the route
// takes; the empty Query of any other request.
func QueryOf(r *http.Request) Query {
	if a, ok := r.Context().Value(noteKey{}).(*answer); ok {
		return a.query
	}
	return Query{}
}

// Get gives a parameter, "" if it was not given.
func (q Query) Get(name string) string { return q.values.Get(name) }

// All gives every value of a parameter that may come often.
func (q Query) All(name string) []string { return q.values[name] }

// Unchanged sets the answer's ETag and tells whether the caller has this state already; then 304 has been answered.
// Whoever keeps the answer has to ask again each time.
func Unchanged(w http.ResponseWriter, r *http.Request, state string) bool {
	tag := `"` + state + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Language")
	kept := "none"
	defer func() { Note(r.Context(), slog.String("cache", kept)) }()
	for _, known := range strings.Split(r.Header.Get("If-None-Match"), ",") {
		known = strings.TrimPrefix(strings.TrimSpace(known), "W/")
		if known != "" {
			kept = "stale"
		}
		if known == tag || known == "*" {
			kept = "same"
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}
