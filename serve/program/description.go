package program

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"reflect"

	"qingshan/catalog"
	"qingshan/internal/digest"
	"qingshan/internal/httpx"
	"qingshan/internal/openapi"
	"qingshan/record"
)

// examples are real answers of an installation whose clock stands still; a test asks for them anew and compares.
//
//go:embed examples.json
var examples []byte

// description answers at /api/openapi.json with what the table says, in the caller's language. It is written once, when
// the table is whole.
type description struct {
	texts map[string][]byte // by language
}

func (d *description) route() httpx.Route {
	route := httpx.Route{
		Method: http.MethodGet, Path: "/api/openapi.json", Right: httpx.Public, ZH: "接口说明（OpenAPI 3.1）", EN: "The description of the API (OpenAPI 3.1)",
		Handler: d.answer,
	}
	return route.Under("health").Gives(httpx.Answer{Body: map[string]any{}, Headers: []string{"ETag"}},
		httpx.Answer{Status: http.StatusNotModified, Headers: []string{"ETag"}})
}

func (d *description) answer(w http.ResponseWriter, r *http.Request) error {
	text := d.texts[httpx.Language(r)]
	if httpx.Unchanged(w, r, digest.Of(text).String()[:32]) {
		return nil
	}
	return httpx.WriteJSON(w, json.RawMessage(text))
}

// write describes the table in both languages.
func (d *description) write(version string, routes []httpx.Route) error {
	about := openapi.About{
		Title:    "青山 Qingshan",
		Version:  version,
		ZH:       "一线只录一次；台账、指标、简报自动生成，每个公布的数字都能点开到证据。",
		EN:       "Record once, in the field; every ledger, figure and briefing follows, and every published figure opens down to its evidence.",
		Headings: headings(),
		Forms:    forms(),
	}
	if err := json.Unmarshal(examples, &about.Examples); err != nil {
		return err
	}
	d.texts = map[string][]byte{}
	for _, language := range []string{httpx.Chinese, httpx.English} {
		text, err := openapi.Document(language, about, routes)
		if err != nil {
			return err
		}
		d.texts[language] = text
	}
	return nil
}

// headings are those under which the doors list their routes.
func headings() []openapi.Heading {
	return []openapi.Heading{
		{Name: "figures", ZH: "指标与其背后的记录", EN: "Figures and the records behind them"},
		{Name: "publications", ZH: "发布、变动与修订", EN: "What was published, what came since, and revisions"},
		{Name: "records", ZH: "提交记录", EN: "Handing in records"},
		{Name: "quarantine", ZH: "处理隔离件", EN: "Seeing to what devices sent and the catalog could not accept"},
		{Name: "books", ZH: "账本、检查点与证明", EN: "Books, checkpoints and proofs"},
		{Name: "registers", ZH: "区划与登记册", EN: "Units and registers"},
		{Name: "pages", ZH: "给公众看的页面", EN: "Pages for the public"},
		{Name: "health", ZH: "程序自身", EN: "The program itself"},
	}
}

// forms says of our words what their Go types do not.
func forms() map[reflect.Type]openapi.Form {
	return map[reflect.Type]openapi.Form{
		reflect.TypeFor[record.UnitCode](): {Pattern: `^([1-9][0-9]{5}([0-9]{3}([0-9]{3}(-[0-9]{2})?)?)?)?$`},
		reflect.TypeFor[record.Book]():     {Pattern: `^[a-z0-9][a-z0-9-]{0,31}$`},
		reflect.TypeFor[record.Outcome]():  {Enum: []string{string(record.Stored), string(record.Duplicate), string(record.Conflict), string(record.Invalid), string(record.Quarantined)}},
		reflect.TypeFor[record.Grade]():    {Enum: []string{string(record.Fatal), string(record.Held), string(record.Note)}},
		reflect.TypeFor[catalog.Status]():  {Enum: []string{string(catalog.Counted), string(catalog.Claimed), string(catalog.NotComparable)}},
	}
}
