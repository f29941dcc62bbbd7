package portal

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"qingshan/internal/digest"
	"qingshan/internal/httpx"
	"qingshan/record"
	"qingshan/report"
)

// policy is what a page may do: show itself with its own style sheet and send its form here. No script runs.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// frame is what every page has around its content.
type frame struct {
	Title    string
	Language string // zh-CN or en
	Style    string
	Icon     string
	Wall     bool
	Here     string // this page in the other language
	OnWall   string // and for the wall, or from it
	Home     string
	keep     params
	words    httpx.Sentences
}

// Say gives a sentence in the page's language. Data come as name, value, name, value.
func (f frame) Say(code string, pairs ...any) string {
	data := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = fmt.Sprint(pairs[i+1])
	}
	return f.words.Say(f.Language, code, data)
}

// In gives the one of two labels that is in the page's language.
func (f frame) In(zh, en string) string {
	if f.Language == httpx.Chinese {
		return zh
	}
	return en
}

// Date writes a day as the language does.
func (f frame) Date(d record.Day) string {
	if f.Language != httpx.Chinese {
		return d.String()
	}
	t := d.Time()
	return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
}

// Days writes a period as the language does.
func (f frame) Days(p record.Period) string {
	return report.PeriodWords(p, f.Language == httpx.Chinese)
}

// frame makes the frame of a page that a request asks for.
func (d *Door) frame(r *http.Request) frame {
	f := frame{Language: httpx.Language(r), Style: "/assets/style/" + d.look.style, Icon: "/assets/icon/" + d.look.icon, words: d.Sentences}
	given := r.URL.Query()
	f.Wall = given.Get("view") == "wall"
	f.keep = carried(given)
	f.Home = "/figures" + f.keep.encode()
	other := "en"
	if f.Language != httpx.Chinese {
		other = "zh"
	}
	f.Here = r.URL.EscapedPath() + changed(given, "lang", other).encode()
	f.OnWall = r.URL.EscapedPath() + changed(given, "view", "wall").encode()
	if f.Wall {
		f.OnWall = r.URL.EscapedPath() + changed(given, "view", "").encode()
	}
	return f
}

// params are the parameters of a link, in an order that does not depend on how they came.
type params url.Values

// changed gives the parameters with one of them set, or left out if value is "". Names that no page knows are left out.
func changed(given url.Values, name, value string) params {
	out := params{}
	for _, known := range []string{"place", "period", "as_of", "after", "lang", "view"} {
		if v := given.Get(known); v != "" && known != name {
			out[known] = []string{v}
		}
	}
	if value != "" {
		out[name] = []string{value}
	}
	return out
}

// carried keeps what every link carries on: language and view.
func carried(given url.Values) params {
	out := params{}
	for _, known := range []string{"lang", "view"} {
		if v := given.Get(known); v != "" {
			out[known] = []string{v}
		}
	}
	return out
}

func (p params) with(name, value string) params {
	out := maps.Clone(p)
	if value != "" {
		out[name] = []string{value}
	}
	return out
}

func (p params) encode() string {
	if len(p) == 0 {
		return ""
	}
	return "?" + url.Values(p).Encode()
}

// write sends a page whole or not at all.
func (d *Door) write(w http.ResponseWriter, status int, name string, data any) error {
	var b bytes.Buffer
	if err := d.look.pages[name].ExecuteTemplate(&b, "frame", data); err != nil {
		return fmt.Errorf("write page %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the caller may be gone; the log line tells the bytes
	return nil
}

// state names what a page stands on: the question, the language, the day, the program's templates, and what was read.
func (d *Door) state(r *http.Request, read ...string) string {
	parts := append([]string{r.URL.RequestURI(), httpx.Language(r), d.today().String(), d.look.hash}, read...)
	return digest.Of([]byte(strings.Join(parts, "\n"))).String()[:32]
}

func sizes(standsOn map[record.Book]int64) string {
	var list []string
	for _, book := range slices.Sorted(maps.Keys(standsOn)) {
		list = append(list, fmt.Sprintf("%s:%d", book, standsOn[book]))
	}
	return strings.Join(list, " ")
}

// Problem tells on a page what went wrong and what to do next.
func (d *Door) Problem(w http.ResponseWriter, r *http.Request, p httpx.Problem) {
	f := d.frame(discreet(r))
	f.Title = p.Title
	data := struct {
		frame
		Problem httpx.Problem
	}{f, p}
	if err := d.write(w, p.Status, "problem", data); err != nil {
		http.Error(w, p.Title, http.StatusInternalServerError)
	}
}

// discreet gives a request for the first page in the same language and view: a page that tells a problem repeats nothing
// of what was asked, not even in its links.
func discreet(r *http.Request) *http.Request {
	given, kept := r.URL.Query(), url.Values{}
	if lang := given.Get("lang"); lang == "zh" || lang == "en" || lang == httpx.Chinese {
		kept.Set("lang", lang)
	}
	if given.Get("view") == "wall" {
		kept.Set("view", "wall")
	}
	plain := r.Clone(r.Context())
	plain.URL = &url.URL{Path: "/figures", RawQuery: kept.Encode()}
	return plain
}
