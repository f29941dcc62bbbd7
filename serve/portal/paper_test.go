package portal

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"qingshan/access"
	"qingshan/gazette"
	"qingshan/publication"
	"qingshan/record"
)

var juneWaste = publication.Question{Figure: "clean.domestic_waste", Place: "220323102", Period: record.Period{From: 20250601, To: 20250630}}

// signer registers somebody who may sign for the town.
func (w *world) signer() access.Actor {
	w.t.Helper()
	w.append("register.person", 20250101, village, record.Values{"object": record.Text("p-signer")},
		record.Personal{Field: "values.name", Value: record.Text("赵签发"), Subject: "person/p-signer"})
	w.must(w.runner.CatchUp(w.t.Context(), town))
	return access.Actor{Person: "p-signer", Book: town, Rights: []access.Right{access.PublishFigures}}
}

// holds refuses a page that lacks one of some texts, or has a person on it.
func holds(t *testing.T, page string, texts ...string) {
	t.Helper()
	plain := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, ""))
	for _, text := range texts {
		if !strings.Contains(plain, text) {
			t.Errorf("the page lacks %q:\n%s", text, plain)
		}
	}
	for _, private := range []string{"p-signer", "赵签发", "p-secret", "张三丰", "李四家门口"} {
		if strings.Contains(page, private) {
			t.Errorf("the page tells %q", private)
		}
	}
}

// TestAPublishedFigureHasAPage publishes 1.5 t, lets another load come, and revises.
func TestAPublishedFigureHasAPage(t *testing.T) {
	each(t, func(w *world) {
		who := w.signer()
		first, _, err := w.gazette.Publish(t.Context(), who, juneWaste, gazette.Ask{External: "june"})
		w.must(err)
		w.must(w.runner.CatchUp(t.Context(), town))
		path := "/p/" + first.Code.String()
		page := w.page(path + "?lang=en")
		holds(t, page, "Domestic waste carted away", first.Code.String(), "nothing changed since", "revision 1", "1.5 t", first.Definition.String(), "220323102, first 8 entries")
		listed := w.page("/figures?place=220323102&period=2025-06&lang=en")
		holds(t, listed, "published 1.5 t ("+first.Code.String()+")")
		if !strings.Contains(listed, `href="`+path+`?lang=en"`) || strings.Count(listed, `class="frozen"`) != 1 {
			t.Error("the list does not lead to the publication, or marks another")
		}
		if strings.Contains(w.page("/figures?place=220323102&period=2025&lang=en"), `class="frozen"`) {
			t.Error("another period's figure is marked as published")
		}

		w.append("waste.load", 20250610, village, record.Values{"category": record.Text("domestic"), "mass": record.Int(2_000_000)})
		w.must(w.runner.CatchUp(t.Context(), town))
		holds(t, w.page(path+"?lang=en"), "1.5 t", "3.5 t · pending +1", "What came since: +1", "220323102/9", "2025-06-10", "新宏<b", "—2 t")
		holds(t, w.page(path), "待并入 +1", "发布之后的变动：+1", "3.5 吨")
		holds(t, w.page("/figures?place=220323102&period=2025-06&lang=en"), "published 1.5 t ("+first.Code.String()+") · pending +1")
		holds(t, w.page("/figures/clean.domestic_waste?place=220323102&period=2025-06&lang=en"), "1.5 t · "+first.Code.String()+" · pending +1")

		next, _, err := w.gazette.Revise(t.Context(), who, first.Code, gazette.Ask{External: "june-2", Reason: "六月十日一车补录"})
		w.must(err)
		w.must(w.runner.CatchUp(t.Context(), town))
		holds(t, w.page(path+"?lang=en"), "revised revision 2 · 3.5 t · "+next.Code.String(), "reason: 六月十日一车补录")
		holds(t, w.page("/p/"+next.Code.String()), "第 2 版", "六月十日一车补录", first.Code.String(), "发布后没有变动")
		holds(t, w.page("/figures?place=220323102&period=2025-06&lang=en"), "published 3.5 t ("+next.Code.String()+")")
	})
}

// TestAnUnchangedPublicationIsNotSentAgain asks with the state that was given, before and after something came.
func TestAnUnchangedPublicationIsNotSentAgain(t *testing.T) {
	each(t, func(w *world) {
		first, _, err := w.gazette.Publish(t.Context(), w.signer(), juneWaste, gazette.Ask{External: "june"})
		w.must(err)
		path := "/p/" + first.Code.String()
		w.must(w.runner.CatchUp(t.Context(), town))
		state := w.get(path).Header().Get("ETag")
		if again := w.get(path, "If-None-Match", state); state == "" || again.Code != 304 {
			t.Errorf("the same state %q is answered with %d", state, again.Code)
		}
		w.append("waste.load", 20250610, village, record.Values{"category": record.Text("domestic"), "mass": record.Int(2_000_000)})
		w.must(w.runner.CatchUp(t.Context(), town))
		if again := w.get(path, "If-None-Match", state); again.Code != 200 {
			t.Errorf("another state is answered with %d", again.Code)
		}
	})
}

func TestAnIssuedDocumentHasAPage(t *testing.T) {
	each(t, func(w *world) {
		who := w.signer()
		figure, _, err := w.gazette.Publish(t.Context(), who, juneWaste, gazette.Ask{External: "june"})
		w.must(err)
		doc, _, err := w.gazette.Issue(t.Context(), who, gazette.Draft{External: "b-6", Title: "六月简报 <6>", Place: juneWaste.Place, Period: juneWaste.Period,
			Media: "text/markdown", Content: []byte("# 六月"), Figures: []publication.Code{figure.Code}})
		w.must(err)
		holds(t, w.page("/p/"+doc.Code.String()), "六月简报 <6>", doc.Code.String(), doc.Content.String(), "8 字节", figure.Code.String(),
			"/api/v1/publications/"+doc.Code.String()+"/content", "伊丹镇 · 2025年6月")
	})
}

// TestAWrongCodeSaysWhatIsWrong tries a digit too many, two digits in each other's place, and entries that publish nothing.
func TestAWrongCodeSaysWhatIsWrong(t *testing.T) {
	each(t, func(w *world) {
		load := publication.Code{Book: town, Seq: theLoad}.String()
		none := publication.Code{Book: town, Seq: 99999}.String()
		elsewhere := publication.Code{Book: "220324", Seq: 1}.String()
		for _, c := range []struct {
			code, say string
			status    int
		}{
			{"220323102", "编号的写法不对", 400},
			{load[:len(load)-1] + string('0'+(load[len(load)-1]-'0'+1)%10), "校验位对不上", 400},
			{"2" + load[2:3] + load[1:2] + load[3:], "校验位对不上", 400},
			{load, "没有对应的发布", 404},
			{none, "没有对应的发布", 404},
			{elsewhere, "没有", 404},
		} {
			answer := w.get("/p/" + c.code)
			if answer.Code != c.status || !strings.Contains(answer.Body.String(), c.say) {
				t.Errorf("%s: %d %s", c.code, answer.Code, answer.Body)
			}
		}
	})
}
