package httpx

// What a route says about itself, so that the description of the API, the permission matrix and the reading of the
// query come from the table too:
//
//  1. A route that gives an answer ([Route.Gives]) is described, and then whole: a heading, every parameter of its path,
//     sentences in both languages. [New] refuses half a description.
//  2. A described route is given no parameter that it does not name, and none twice unless it may come often: the mux
//     refuses before the handler runs, and the handler takes them by [QueryOf]. The two cannot come apart.
//  3. What the mux itself may answer (no such right, a body too large …) is not repeated in the table: [Route.Problems]
//     adds it.

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Param is a parameter of a route: part of its path if the path names it, else of its query.
type Param struct {
	Name     string
	Must     bool     // it cannot be left out; what stands in the path never can
	Often    bool     // it may be given many times
	Type     string   // string, integer or boolean; default string
	Format   string   // as in JSON Schema: date, date-time, uuid …
	Pattern  string   // an expression that every good value matches
	Enum     []string // if given, nothing else is good
	Min, Max int64    // of an integer; both 0 = no bounds
	Example  string   // a good value; not of a person
	ZH       string   // what it is for, in Chinese
	EN       string   // and in English
}

// Required gives the same parameter as one that must be given.
func (p Param) Required() Param {
	p.Must = true
	return p
}

// Answer is one way in which a route answers when nothing is wrong.
type Answer struct {
	Status  int      // default 200
	Body    any      // a value of the Go type that is encoded as JSON; only its type counts
	Media   string   // of an answer that is not JSON: text/html, text/plain …
	Headers []string // of its own, besides those of every answer: ETag, Content-Disposition …
}

// code gives the status, filled in.
func (a Answer) code() int {
	if a.Status == 0 {
		return http.StatusOK
	}
	return a.Status
}

// Under gives the route under a heading of the description.
func (r Route) Under(heading string) Route {
	r.Heading = heading
	return r
}

// Takes gives the route with the parameters that it takes.
func (r Route) Takes(params ...Param) Route {
	r.Params = params
	return r
}

// Reads gives the route with the body that it reads: a value of a Go type that says what may stand in the JSON.
func (r Route) Reads(body any) Route {
	r.Body = body
	return r
}

// Gives gives the route with its answers, and so makes it a described one.
func (r Route) Gives(answers ...Answer) Route {
	r.Answers = slices.Clone(answers)
	for i, a := range answers {
		r.Answers[i].Status = a.code()
	}
	return r
}

// Refuses gives the route with the problems of its own, each line a status and the codes that come with it:
// "404 unit.unknown place.no_book".
func (r Route) Refuses(lines ...string) Route {
	r.Refusals = lines
	return r
}

// Described tells whether the route says what it takes and gives.
func (r Route) Described() bool { return len(r.Answers) > 0 }

// InPath tells whether a parameter stands in the route's path.
func (r Route) InPath(name string) bool { return slices.Contains(r.pathNames(), name) }

var pathName = regexp.MustCompile(`\{([a-z_]+)(?:\.\.\.)?\}`)

func (r Route) pathNames() []string {
	var names []string
	for _, found := range pathName.FindAllStringSubmatch(r.Path, -1) {
		names = append(names, found[1])
	}
	return names
}

// queryNames gives the parameters of the query as [ReadQuery] takes them.
func (r Route) queryNames() []string {
	var names []string
	for _, p := range r.Params {
		switch {
		case r.InPath(p.Name):
		case p.Often:
			names = append(names, p.Name+"*")
		default:
			names = append(names, p.Name)
		}
	}
	return names
}

// Problems gives the codes that the route may refuse with, by status: its own and those of the mux, in order.
func (r Route) Problems() (map[int][]string, error) {
	found := map[int][]string{}
	for _, line := range append(r.common(), r.Refusals...) {
		words := strings.Fields(line)
		status := 0
		if len(words) > 1 {
			status, _ = strconv.Atoi(words[0])
		}
		if status < 400 || status > 599 {
			return nil, fmt.Errorf("refusals %q: want a status and codes, as in \"404 unit.unknown\"", line)
		}
		found[status] = append(found[status], words[1:]...)
	}
	for status, codes := range found {
		slices.Sort(codes)
		found[status] = slices.Compact(codes)
	}
	return found, nil
}

// common are the refusals of the mux and of what it calls for the route: the right check, and the reading of bodies.
func (r Route) common() []string {
	lines := []string{"400 query.malformed query.unknown query.twice", "500 internal",
		"503 request.too_many request.timeout request.cancelled db.busy db.full db.unreachable"}
	if r.Right != Public {
		lines = append(lines, "401 token.missing token.unknown token.expired token.revoked", "403 token.no_right")
	}
	if r.MaxBody > 0 {
		lines = append(lines, "413 body.too_large", "400 body.unreadable")
	}
	if r.Body != nil {
		lines = append(lines, "400 body.malformed body.duplicate_key body.too_deep body.too_many_values body.not_an_object", "415 body.wrong_type")
	}
	return lines
}

// checkDescription refuses half a description.
func (r Route) checkDescription() error {
	if !r.Described() {
		return nil
	}
	if r.Heading == "" {
		return fmt.Errorf("no heading: say under which one the description lists it, with Under")
	}
	if r.Body != nil && r.MaxBody == 0 {
		return fmt.Errorf("it reads a body and takes none: set MaxBody")
	}
	known := map[string]bool{}
	for _, p := range r.Params {
		if err := p.check(); err != nil {
			return fmt.Errorf("parameter %s: %w", p.Name, err)
		}
		if known[p.Name] {
			return fmt.Errorf("parameter %s: twice", p.Name)
		}
		known[p.Name] = true
	}
	for _, name := range r.pathNames() {
		if !known[name] {
			return fmt.Errorf("parameter %s stands in the path and not in Takes", name)
		}
	}
	statuses := map[int]bool{}
	for _, a := range r.Answers {
		if statuses[a.Status] || a.Body != nil && a.Media != "" {
			return fmt.Errorf("answer %d: one of a status, with a body or a media type of its own", a.Status)
		}
		statuses[a.Status] = true
	}
	_, err := r.Problems()
	return err
}

func (p Param) check() error {
	switch {
	case !parameterForm.MatchString(p.Name):
		return fmt.Errorf("the name is not made of small letters and _")
	case p.ZH == "" || p.EN == "":
		return fmt.Errorf("a sentence is missing")
	case !slices.Contains([]string{"", "string", "integer", "boolean"}, p.Type):
		return fmt.Errorf("type %q is none of string, integer, boolean", p.Type)
	}
	if _, err := regexp.Compile(p.Pattern); err != nil {
		return err
	}
	return nil
}

// Undescribed says what to do about the routes of a table that are not described, "" if all are.
func Undescribed(routes []Route) string {
	var missing []string
	for _, r := range routes {
		if !r.Described() {
			missing = append(missing, "  "+r.Method+" "+r.Path)
		}
	}
	if missing == nil {
		return ""
	}
	return "these routes say nothing of what they take and give:\n" + strings.Join(missing, "\n") + `
Add to each in its table, and take the query by httpx.QueryOf(r) in its handler:
  .Under("figures").                                   the heading of docs/api.md and openapi.json
  Takes(place().Required(), period(), code()).         every parameter of path and query, with words in zh and en
  Reads(submission{}).                                 only if it reads a body: a value of the type, and MaxBody set
  Gives(httpx.Answer{Body: figuresAnswer{}}).          a value of the type that is encoded, by status
  Refuses("404 unit.unknown", "400 query.period")      what it refuses with, besides what the mux refuses for all
CONTRIBUTING.md has the rest under "A new route".`
}

// Statuses gives the statuses of answers and refusals, in order.
func (r Route) Statuses() []int {
	all := map[int]bool{}
	for _, a := range r.Answers {
		all[a.Status] = true
	}
	problems, _ := r.Problems() // checked by New
	for status := range problems {
		all[status] = true
	}
	return slices.Sorted(maps.Keys(all))
}
