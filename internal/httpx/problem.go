package httpx

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"qingshan/fault"
)

// Problem is the body of every error, after RFC 9457. It never repeats what the caller sent.
type Problem struct {
	Type    string            `json:"type"`
	Title   string            `json:"title"`  // the kind of failure
	Status  int               `json:"status"` // as in the answer's first line
	Code    string            `json:"code"`   // stable; programs decide by it
	Detail  string            `json:"detail"` // the sentence for people
	Data    map[string]string `json:"data,omitempty"`
	Hint    string            `json:"hint,omitempty"` // what to do next
	Request string            `json:"request"`        // the id to quote when asking for help
}

// statusOf is the one table from faults to HTTP. A code goes before its kind where HTTP has a status of its own for it.
func statusOf(f *fault.Fault) int {
	switch f.Code {
	case "request.wrong_method":
		return http.StatusMethodNotAllowed
	case "body.too_large":
		return http.StatusRequestEntityTooLarge
	case "body.wrong_type":
		return http.StatusUnsupportedMediaType
	}
	switch f.Kind {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// failureCode gives the code of the sentence that names a kind of failure.
func failureCode(k fault.Kind) string {
	switch k {
	case fault.Invalid:
		return "failure.invalid"
	case fault.Unauthenticated:
		return "failure.unauthenticated"
	case fault.Forbidden:
		return "failure.forbidden"
	case fault.NotFound:
		return "failure.not_found"
	case fault.Conflict:
		return "failure.conflict"
	case fault.Unavailable:
		return "failure.unavailable"
	default:
		return "failure.internal"
	}
}

// tell answers with the problem, on a page where people ask.
func (m *Mux) tell(a *answer, r *http.Request, f *fault.Fault) {
	if m.options.Page == nil || !a.page && (a.route != "" || !WantsPage(r)) {
		writeProblem(a, f, m.options.Sentences)
		return
	}
	p := problem(a, f, m.options.Sentences)
	a.Header().Add("Vary", "Accept")
	m.options.Page(a, r, p)
}

func writeProblem(a *answer, f *fault.Fault, s Sentences) {
	p := problem(a, f, s)
	writeJSON(a, p.Status, "application/problem+json", p)
}

// WantsPage tells whether the caller is a browser that would show a page to somebody.
func WantsPage(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// problem sets the headers of an answer that tells one, and puts it in words.
func problem(a *answer, f *fault.Fault, s Sentences) Problem {
	status, h := statusOf(f), a.Header()
	for _, name := range []string{"ETag", "Last-Modified", "Content-Encoding", "Content-Length"} {
		h.Del(name) // they spoke of the answer that did not come about
	}
	h.Set("Content-Language", a.language)
	h.Set("Vary", "Accept-Language")
	h.Set("Cache-Control", "no-store")
	switch f.Kind {
	case fault.Unauthenticated:
		h.Set("WWW-Authenticate", "Bearer")
	case fault.Unavailable:
		if h.Get("Retry-After") == "" { // a handler may know better
			h.Set("Retry-After", "1")
		}
	}
	return Problem{
		Type:    "urn:qingshan:problem:" + f.Code,
		Title:   s.Say(a.language, failureCode(f.Kind), nil),
		Status:  status,
		Code:    f.Code,
		Detail:  s.Say(a.language, f.Code, f.Data),
		Data:    f.Data,
		Hint:    s.Hint(a.language, f.Code, f.Data),
		Request: a.id,
	}
}

// The languages that there are sentences in.
const (
	Chinese = "zh-CN"
	English = "en"
)

// Language gives the language that the caller prefers: the one that the parameter lang names, else English if
// Accept-Language puts it before Chinese, else Chinese.
func Language(r *http.Request) string {
	if r.URL != nil && strings.Contains(r.URL.RawQuery, "lang=") {
		switch r.URL.Query().Get("lang") {
		case "zh", Chinese:
			return Chinese
		case English:
			return English
		}
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return Chinese
	}
	for _, tag := range tags {
		switch base, _ := tag.Base(); base.String() {
		case "zh":
			return Chinese
		case "en":
			return English
		}
	}
	return Chinese
}
