package portal

import (
	"fmt"
	"html"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"qingshan/lang"
	"qingshan/record"
)

const june = "/figures?place=220323102&period=2025-06"

// TestTwoClicksFromFigureToRecord follows the links that a reader follows.
func TestTwoClicksFromFigureToRecord(t *testing.T) {
	each(t, func(w *world) {
		list := w.page(june)
		figure := w.page(w.link(list, "清运农村生活垃圾"))
		for _, want := range []string{`<span class="value">1.5</span> <span class="unit">吨</span>`, "建国村", "<dd>0.5 吨</dd>"} {
			if !strings.Contains(figure, want) {
				t.Errorf("the figure's page lacks %s:\n%s", want, figure)
			}
		}
		entry := w.page(w.link(figure, fmt.Sprintf("%s/%d", town, theAmendment)))
		inclusion, err := w.ledger.Prove(t.Context(), town, theAmendment, 0)
		w.must(err)
		for _, want := range []string{inclusion.Leaf.String(), "1.5 吨", "2025年6月3日", "首次记录", "更正", "第3条", "qingshan/220323102"} {
			if !strings.Contains(entry, want) {
				t.Errorf("the record's page lacks %s:\n%s", want, entry)
			}
		}
	})
}

// link finds where a link with this text leads.
func (w *world) link(page, text string) string {
	w.t.Helper()
	found := regexp.MustCompile(`<a href="([^"]+)">` + regexp.QuoteMeta(text) + `</a>`).FindStringSubmatch(page)
	if found == nil {
		w.t.Fatalf("no link %s in\n%s", text, page)
	}
	return html.UnescapeString(found[1])
}

// TestThePublicSeesNobody looks for persons, households, grids and remarks on every page there is.
func TestThePublicSeesNobody(t *testing.T) {
	each(t, func(w *world) {
		size, err := w.ledger.Size(t.Context(), town)
		w.must(err)
		paths := []string{"/figures/clean.domestic_waste?place=220323102&period=2025", "/figures/manure.households_guided?place=220323102&period=2025"}
		for seq := range size {
			paths = append(paths, fmt.Sprintf("/records/%s/%d", town, seq))
		}
		for _, path := range paths {
			page := w.page(path)
			for _, secret := range []string{"张三丰", "李四", "p-secret", "p-sender", "h-77", village + "-01"} {
				if strings.Contains(page, secret) {
					t.Errorf("%s shows %s", path, secret)
				}
			}
		}
		visit := w.page(fmt.Sprintf("/records/%s/%d", town, theVisit))
		if !strings.Contains(visit, "个人信息，不公开") || !strings.Contains(visit, "堆沤还田") {
			t.Errorf("the visit does not say what was done, or that something is hidden:\n%s", visit)
		}
		household := w.page(fmt.Sprintf("/records/%s/%d", town, theHousehold))
		if !strings.Contains(household, "内容不公开") || strings.Contains(household, "2025年1月1日") {
			t.Errorf("a household's entry shows more than its proof:\n%s", household)
		}
	})
}

func TestLanguageIsChosenByTheLinkBeforeTheBrowser(t *testing.T) {
	each(t, func(w *world) {
		for _, c := range []struct{ path, header, want, lang string }{
			{june, "en", "Figures of 伊丹镇, 2025-06", "en"},
			{june + "&lang=zh", "en", "伊丹镇2025年6月指标", "zh-CN"},
			{june + "&lang=en", "zh", "Figures of 伊丹镇, 2025-06", "en"},
			{june, "", "伊丹镇2025年6月指标", "zh-CN"},
		} {
			page := w.page(c.path, "Accept-Language", c.header)
			if !strings.Contains(page, "<h1>"+c.want+"</h1>") || !strings.Contains(page, `<html lang="`+c.lang+`">`) {
				t.Errorf("%s for %q: got\n%s", c.path, c.header, page)
			}
		}
		english := w.page(june + "&lang=en")
		if next := w.page(w.link(english, "Domestic waste carted away")); !strings.Contains(next, "The records behind it") {
			t.Errorf("a link does not carry the language on:\n%s", next)
		}
	})
}

// TestNothingFromElsewhere holds every page against what its policy allows: no script, no style in the markup, no address
// of another host.
func TestNothingFromElsewhere(t *testing.T) {
	refers := regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)
	each(t, func(w *world) {
		for _, path := range []string{june, "/figures/clean.domestic_waste?place=220323102&period=2025", "/records/220323102/3", "/nowhere"} {
			answer := w.get(path)
			page := answer.Body.String()
			for _, found := range refers.FindAllStringSubmatch(page, -1) {
				if !strings.HasPrefix(found[1], "/") && !strings.HasPrefix(found[1], "#") || strings.HasPrefix(found[1], "//") {
					t.Errorf("%s refers to %s", path, found[1])
				}
			}
			for _, never := range []string{"<script", " style=", "<style", "<b onclick"} {
				if strings.Contains(page, never) {
					t.Errorf("%s has %s", path, never)
				}
			}
			if got := answer.Header().Get("Content-Security-Policy"); got != policy {
				t.Errorf("%s: policy %q", path, got)
			}
			if answer.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s sets a cookie", path)
			}
			for _, found := range regexp.MustCompile(`/assets/[^"]+`).FindAllString(page, -1) {
				if asset := w.get(found); asset.Code != 200 || !strings.Contains(asset.Header().Get("Cache-Control"), "immutable") {
					t.Errorf("%s: %d %v", found, asset.Code, asset.Header())
				}
			}
		}
	})
}

func TestAPageKnowsWhetherItChanged(t *testing.T) {
	each(t, func(w *world) {
		for _, path := range []string{june, "/figures/clean.domestic_waste?place=220323102&period=2025", "/records/220323102/3"} {
			tag := w.get(path).Header().Get("ETag")
			if again := w.get(path, "If-None-Match", tag); again.Code != 304 || tag == "" {
				t.Errorf("%s: got %d for %q, want 304", path, again.Code, tag)
			}
			if other := w.get(path, "If-None-Match", tag, "Accept-Language", "en"); other.Code != 200 {
				t.Errorf("%s in another language: got %d", path, other.Code)
			}
			w.append("waste.load", 20250605, village, record.Values{"category": record.Text("domestic"), "mass": record.Int(int64(len(path)))})
			w.must(w.runner.CatchUp(t.Context(), town))
			if later := w.get(path, "If-None-Match", tag); later.Code != 200 {
				t.Errorf("%s after another load: got %d", path, later.Code)
			}
		}
	})
}

// TestPagesOfRecordsCoverAll turns the pages of a long list.
func TestPagesOfRecordsCoverAll(t *testing.T) {
	each(t, func(w *world) {
		for n := range recordsShown + 20 {
			w.append("waste.load", 20250605, village, record.Values{"category": record.Text("farm"), "mass": record.Int(int64(1000 + n))})
		}
		w.must(w.runner.CatchUp(t.Context(), town))
		seen, pages := map[string]bool{}, 0
		for path := "/figures/clean.farm_waste?place=220323102&period=2025"; path != ""; pages++ {
			page := w.page(path)
			for _, found := range regexp.MustCompile(`href="(/records/[^"]+)"`).FindAllStringSubmatch(page, -1) {
				seen[found[1]] = true
			}
			path = ""
			if more := regexp.MustCompile(`class="more" href="([^"]+)"`).FindStringSubmatch(page); more != nil {
				path = html.UnescapeString(more[1])
			}
		}
		if len(seen) != recordsShown+20 || pages != 2 {
			t.Errorf("got %d records on %d pages, want %d on 2", len(seen), pages, recordsShown+20)
		}
	})
}

func TestAProblemIsAPageWithANextStep(t *testing.T) {
	each(t, func(w *world) {
		for path, want := range map[string]struct {
			status int
			says   string
		}{
			"/nowhere":                                 {404, "查看指标"},
			"/figures?place=12":                        {400, "单位代码为 6、9 或 12 位数字"},
			"/figures?place=220323109":                 {404, "请核对单位代码"},
			"/figures?place=220323102&period=junk":     {400, "请写成 2025"},
			"/figures?plcae=220323102":                 {400, "不认识查询参数 plcae"},
			"/figures/no.such_figure?place=220323102":  {404, "请在指标列表中查找代码"},
			"/records/220323102/99":                    {404, "没有这一条"},
			"/records/220323102/x":                     {404, "没有这一条"},
			"/records/nobody/0":                        {404, "没有找到"},
			"/figures/clean.farm_waste?after=%7B%7D":   {400, "查看指标"},
			"/assets/style/x":                          {404, "查看指标"},
			"/figures?place=220323102&period=1900&x=1": {400, "不认识查询参数 x"},
		} {
			answer := w.get(path)
			page := answer.Body.String()
			if answer.Code != want.status || !strings.Contains(page, want.says) || !strings.Contains(page, "<h1>") || !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
				t.Errorf("%s: got %d, want %d and %q:\n%s", path, answer.Code, want.status, want.says, page)
			}
			for _, said := range []string{"no.such_figure", "nobody", "junk"} {
				if strings.Contains(path, said) && strings.Contains(page, said) {
					t.Errorf("%s: the page repeats %s", path, said)
				}
			}
		}
		if page := w.page("/figures?place=220323102&period=1900"); !strings.Contains(page, "1900") {
			t.Error("the first year of the calendar is not shown")
		}
	})
}

// TestEverySentenceOfThePages looks up every code that a template says.
func TestEverySentenceOfThePages(t *testing.T) {
	sentences, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, name := range names {
		text, err := templates.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`Say "([a-z_.]+)"`).FindAllStringSubmatch(string(text), -1) {
			count++
			for _, language := range []string{lang.Chinese, lang.English} {
				if said := sentences.Say(language, found[1], nil); said == sentences.Say(language, "unknown", map[string]string{"code": found[1]}) {
					t.Errorf("%s says %s, which has no sentence in %s", name, found[1], language)
				}
			}
		}
	}
	if count < 50 {
		t.Errorf("found %d sentences in the templates; the search has gone blind", count)
	}
}

// TestPlansAndVerdictsStandBesideFigures has a plan for June and claims that do not fit each other.
func TestPlansAndVerdictsStandBesideFigures(t *testing.T) {
	each(t, func(w *world) {
		said := func(register, object, figure, amount, unit string) {
			w.append(record.Kind("register."+register), 20250630, record.UnitCode(town), record.Values{"object": record.Text(object), "figure": record.Text(figure),
				"amount": record.Text(amount), "unit": record.Text(unit), "author": record.Text("镇农业站"), "source": record.Text("年度计划"), "period": record.Text("2025-06")})
		}
		said("target", "t-1", "clean.domestic_waste", "2000", "kg")
		said("target", "t-2", "clean.farm_waste", "7", "household") // in a unit that it cannot be turned into
		said("claim", "c-1", "manure.cost_saved", "1560000", "yuan")
		said("claim", "c-2", "manure.fertiliser_saved", "118", "t")
		w.must(w.runner.CatchUp(t.Context(), town))
		list := w.page(june)
		for _, want := range []string{"计划2000 千克，完成75%", "存疑，未说明", "镇农业站提出"} {
			if !strings.Contains(list, want) {
				t.Errorf("the list lacks %s", want)
			}
		}
		if strings.Contains(list, "计划7") {
			t.Error("a plan in households stands beside tonnes")
		}
		figure := w.page(w.link(list, "为农户节约成本"))
		for _, want := range []string{"1,560,000 元 ÷ 118 吨 ≈ 13,220.34 元/吨", "可信范围 1,500–4,500 元/吨", "依据"} {
			if !strings.Contains(figure, want) {
				t.Errorf("the figure's page lacks %s:\n%s", want, figure)
			}
		}
	})
}
