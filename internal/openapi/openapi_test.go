package openapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"qingshan/internal/httpx"
)

type word string

type base struct {
	Name string `json:"name"`
}

type part struct {
	Weight int64 `json:"weight"`
}

type thing struct {
	base
	Word   word             `json:"word"`
	Value  *string          `json:"value"`
	Parts  []part           `json:"parts"`
	First  *part            `json:"first,omitempty"`
	Last   *part            `json:"last"`
	Counts map[word]int64   `json:"counts,omitempty"`
	Raw    *json.RawMessage `json:"raw,omitempty"`
}

func table() []httpx.Route {
	get := httpx.Route{Method: "GET", Path: "/api/v1/things/{id}", Right: "things.read", ZH: "物", EN: "A thing"}
	post := httpx.Route{Method: "POST", Path: "/api/v1/things", Right: "things.write", ZH: "放", EN: "Put a thing", MaxBody: 99}
	rest := httpx.Route{Method: "GET", Path: "/files/{name...}", Right: httpx.Public, ZH: "文件", EN: "A file"}
	id := httpx.Param{Name: "id", Type: "integer", Example: "7", ZH: "号", EN: "number"}
	return []httpx.Route{
		get.Under("things").Takes(id, httpx.Param{Name: "colour", Often: true, Enum: []string{"red", "green"}, Example: "red", ZH: "色", EN: "colour"},
			httpx.Param{Name: "limit", Type: "integer", Min: 1, Max: 9, ZH: "限", EN: "limit"}, httpx.Param{Name: "place", Must: true, Pattern: `^\d+$`, ZH: "地", EN: "place"}).
			Gives(httpx.Answer{Body: thing{}, Headers: []string{"ETag"}}, httpx.Answer{Status: 304, Headers: []string{"ETag"}}).Refuses("404 thing.missing"),
		post.Under("things").Reads(part{}).Gives(httpx.Answer{Status: 201, Body: []part{}}),
		rest.Under("things").Takes(httpx.Param{Name: "name", ZH: "名", EN: "name"}).Gives(httpx.Answer{Media: "text/plain"}),
	}
}

func about() About {
	return About{Title: "Things", Version: "1", ZH: "物", EN: "things", Headings: []Heading{{Name: "things", ZH: "物", EN: "things"}},
		Forms:    map[reflect.Type]Form{reflect.TypeFor[word](): {Enum: []string{"a", "b"}}},
		Examples: map[string]json.RawMessage{"GET /api/v1/things/{id} 404": json.RawMessage(`{"code":"thing.missing"}`)}}
}

func written(t *testing.T, language string) string {
	t.Helper()
	text, err := Document(language, about(), table())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// at follows a path of names into a JSON text and gives what is there, compact.
func at(t *testing.T, text string, names ...string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestDocument(t *testing.T) {
	text := written(t, httpx.English)
	schemas := []string{"components", "schemas"}
	get := []string{"paths", "/api/v1/things/{id}", "get"}
	for _, c := range []struct {
		path []string
		want string
	}{
		{[]string{"openapi"}, `"3.1.1"`},
		{append(get, "operationId"), `"getThingsId"`},
		{append(get, "x-right"), `"things.read"`},
		{append(get, "security"), `[{"bearer":["things.read"]}]`},
		{append(get, "summary"), `"A thing"`},
		{append(get, "x-summary"), `{"en":"A thing","zh-CN":"物"}`},
		{append(get, "responses", "404", "content", "application/problem+json", "example", "code"), `"thing.missing"`},
		{append(get, "responses", "200", "content", "application/json", "schema"), `{"$ref":"#/components/schemas/thing"}`},
		{append(get, "responses", "304", "headers", "ETag", "required"), `true`},
		{[]string{"paths", "/files/{name}", "get", "security"}, `[]`},
		{[]string{"paths", "/api/v1/things", "post", "requestBody", "content", "application/json", "schema", "$ref"}, `"#/components/schemas/part"`},
		{append(schemas, "thing", "properties", "name", "type"), `"string"`}, // of what it embeds
		{append(schemas, "thing", "properties", "word"), `{"enum":["a","b"],"type":"string"}`},
		{append(schemas, "thing", "properties", "value", "type"), `["null","string"]`},
		{append(schemas, "thing", "properties", "parts"), `{"items":{"$ref":"#/components/schemas/part"},"type":"array"}`},
		{append(schemas, "thing", "properties", "first"), `{"$ref":"#/components/schemas/part"}`},
		{append(schemas, "thing", "properties", "last"), `{"anyOf":[{"$ref":"#/components/schemas/part"},{"type":"null"}]}`},
		{append(schemas, "thing", "required"), `["name","word","value","parts","last"]`},
		{append(schemas, "thing", "additionalProperties"), `false`},
		{append(schemas, "base"), `null`}, // only ever embedded
	} {
		if got := at(t, text, c.path...); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", strings.Join(c.path, " "), got, c.want)
		}
	}
	if got := at(t, written(t, httpx.Chinese), append(get, "summary")...); got != `"物"` {
		t.Errorf("in Chinese: got %s", got)
	}
}

func TestDocumentTellsNamesakesApart(t *testing.T) {
	type Problem struct {
		Own bool `json:"own"`
	}
	route := httpx.Route{Method: "GET", Path: "/x", Right: httpx.Public, ZH: "试", EN: "try"}
	text, err := Document(httpx.English, about(), []httpx.Route{route.Under("things").Gives(httpx.Answer{Body: Problem{}})})
	if err != nil {
		t.Fatal(err)
	}
	got := at(t, string(text), "paths", "/x", "get", "responses", "200", "content", "application/json", "schema", "$ref")
	if want := `"#/components/schemas/internal_openapi_Problem"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if own := at(t, string(text), "components", "schemas", "internal_httpx_Problem", "required"); !strings.Contains(own, "code") {
		t.Errorf("the other one: got %s", own)
	}
}

func TestDocumentRefusesAnUnknownHeading(t *testing.T) {
	if _, err := Document(httpx.English, About{}, table()); err == nil || !strings.Contains(err.Error(), `"things"`) {
		t.Errorf("got %v, want a word about the heading", err)
	}
}

// TestCheck passes one good exchange of each kind and spoils each in every way that must be found.
func TestCheck(t *testing.T) {
	c, err := NewChecker([]byte(written(t, httpx.English)))
	if err != nil {
		t.Fatal(err)
	}
	const good = `{"name":"n","word":"a","value":null,"parts":[{"weight":3}],"last":null}`
	const missing = `{"type":"t","title":"t","status":404,"code":"thing.missing","detail":"d","request":"r"}`
	for _, x := range []struct {
		target string
		status int
		media  string
		tag    string
		body   string
		want   string // "" = allowed
	}{
		{"/api/v1/things/7?place=1", 200, "application/json", "x", good, ""},
		{"/api/v1/things/7?place=1&colour=red&colour=green&limit=9", 200, "application/json; charset=utf-8", "x", good, ""},
		{"/api/v1/things/7?place=1", 304, "", "x", "", ""},
		{"/api/v1/things/7?place=x", 404, "application/problem+json", "", missing, ""},
		{"/nowhere", 404, "application/problem+json", "", missing, ""},
		{"/files/a/b", 200, "text/plain", "", "text", "stands in no document"}, // OpenAPI has no word for a rest of many steps
		{"/files/a", 200, "text/plain", "", "text", ""},
		{"/nowhere", 200, "application/json", "", "{}", "stands in no document"},
		{"/nowhere", 404, "text/plain", "", "404 page not found", "invalid character"},
		{"/api/v1/things/7?place=1", 200, "application/json", "", good, "header ETag is missing"},
		{"/files/a", 200, "text/plain", "x", "text", "header ETag is not declared"},
		{"/api/v1/things/7?place=1", 202, "application/json", "x", good, "status is not declared"},
		{"/api/v1/things/7?place=1", 200, "text/html", "x", good, "media type"},
		{"/api/v1/things/7?place=1", 304, "", "x", "{}", "a body where none"},
		{"/api/v1/things/7?place=1", 200, "application/json", "x", strings.Replace(good, `"name"`, `"more":1,"name"`, 1), "more"},
		{"/api/v1/things/7?place=1", 200, "application/json", "x", strings.Replace(good, `"name":"n",`, ``, 1), "name"},
		{"/api/v1/things/7?place=1", 200, "application/json", "x", strings.Replace(good, `"a"`, `"c"`, 1), "enum"},
		{"/api/v1/things/7?place=1", 200, "application/json", "x", strings.Replace(good, `[{"weight":3}]`, `null`, 1), "parts"},
		{"/api/v1/things/7?place=1", 200, "application/json", "x", strings.Replace(good, `3`, `"3"`, 1), "weight"},
		{"/api/v1/things/7?place=1", 404, "application/problem+json", "", strings.Replace(missing, "thing.missing", "thing.other", 1), "enum"},
		{"/api/v1/things/7", 200, "application/json", "x", good, "parameter place was left out"},
		{"/api/v1/things/7?place=x", 200, "application/json", "x", good, "parameter place"},
		{"/api/v1/things/7?place=1&limit=10", 200, "application/json", "x", good, "parameter limit"},
		{"/api/v1/things/7?place=1&colour=blue", 200, "application/json", "x", good, "parameter colour"},
		{"/api/v1/things/7?place=1&shape=round", 200, "application/json", "x", good, "parameter shape was taken"},
	} {
		target, err := url.Parse(x.target)
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{"Content-Type": {x.media}}
		if x.tag != "" {
			header.Set("ETag", x.tag)
		}
		err = c.Check(Exchange{Method: "GET", URL: target, Status: x.status, Header: header, Body: []byte(x.body)})
		if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("GET %s %d %s\n got %v\nwant %q", x.target, x.status, x.body, err, x.want)
		}
	}
	if seen := c.Seen(); !seen["GET /api/v1/things/{id} 304"] || seen["GET /nowhere 404"] {
		t.Errorf("seen: %v", seen)
	}
}

func TestWrapSeesBothBodies(t *testing.T) {
	var found []string
	h, _, err := Checked(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent part
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode([]part{sent})
	}), table(), func(err error) { found = append(found, err.Error()) })
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{`{"weight":3}`: "", `{"weight":3,"colour":"red"}`: "colour"} {
		found = nil
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/api/v1/things", strings.NewReader(body)))
		if got := strings.Join(found, "; "); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s\n got %q\nwant %q", body, got, want)
		}
	}
}
