package briefing

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"qingshan/catalog"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/lang"
	"qingshan/record"
	"qingshan/register"
	"qingshan/report"
)

// sheet is a document of one part, river chiefs, that tests fill.
type sheet struct {
	t     *testing.T
	d     report.Document
	words *catalog.Catalog
}

func start(t *testing.T) *sheet {
	t.Helper()
	words, err := catalog.Standard()
	if err != nil {
		t.Fatal(err)
	}
	period, err := record.ParsePeriod("2025-06")
	if err != nil {
		t.Fatal(err)
	}
	s := &sheet{t: t, words: words}
	s.d = report.Document{Until: 20250630, Where: map[string][]report.Share{}, Roots: []report.Root{{Book: "220323102", Size: 7, Root: digest.Of()}},
		Sheet: report.Sheet{Catalog: words, PlaceName: "伊丹镇", Query: indicator.Query{Place: "220323102", Period: period}}}
	return s
}

// line adds a figure with its amounts now and a year ago, in base units; -1 where nothing was recorded.
func (s *sheet) line(code string, records, now, before int64) {
	s.t.Helper()
	f, known := s.words.Figure(code)
	if !known {
		s.t.Fatalf("no figure %s", code)
	}
	unit, _ := s.words.Unit(f.Unit)
	read := func(amount int64) indicator.Reading {
		value := unit.Format(amount)
		return indicator.Reading{Figure: f, Status: f.Status, Value: &value, Amount: amount, Unit: f.Unit, Basis: f.Basis, Records: records}
	}
	l := report.Line{Reading: read(now)}
	if before >= 0 {
		last := read(before)
		l.LastYear = &last
	}
	s.d.Lines = append(s.d.Lines, l)
}

// where says what villages contribute, from the first code on.
func (s *sheet) where(code string, amounts ...int64) {
	f, _ := s.words.Figure(code)
	unit, _ := s.words.Unit(f.Unit)
	for i, amount := range amounts {
		value := unit.Format(amount)
		village := register.Unit{Code: record.UnitCode(fmt.Sprintf("2203231022%02d", i+1)), Name: string([]rune("甲乙丙丁")[i]) + "村"}
		s.d.Where[code] = append(s.d.Where[code], report.Share{Unit: village, Reading: indicator.Reading{Amount: amount, Value: &value}})
	}
}

func (s *sheet) options(language string) Options {
	sentences, err := lang.Load()
	if err != nil {
		s.t.Fatal(err)
	}
	return Options{Language: language, Sentences: sentences}
}

// part composes and gives the words of the one part, without references.
func (s *sheet) part(language string) string {
	s.d.Sections = []report.Section{{Word: report.PartRiver, Lines: s.d.Lines}}
	var text strings.Builder
	for _, paragraph := range Compose(s.d, s.options(language)).Parts[0].Paragraphs {
		for _, run := range paragraph {
			text.WriteString(run.Words)
		}
	}
	return text.String()
}

func TestSentencesFollowTheData(t *testing.T) {
	for name, c := range map[string]struct {
		fill   func(s *sheet)
		zh, en string
	}{
		"more than last year": {func(s *sheet) { s.line("river.patrols", 9, 18, 16) }, "巡河18次，比上年同期（16次）增长12.5%。", "River patrols: 18 times, 12.5% more than in the same days of last year (16 times)."},
		"less":                {func(s *sheet) { s.line("river.patrols", 9, 15, 16) }, "巡河15次，比上年同期（16次）下降6.3%。", "River patrols: 15 times, 6.3% less than in the same days of last year (16 times)."},
		"as much":             {func(s *sheet) { s.line("river.patrols", 9, 16, 16) }, "巡河16次，与上年同期（16次）持平。", "River patrols: 16 times, the same as in the same days of last year (16 times)."},
		"many times as much":  {func(s *sheet) { s.line("river.patrols", 9, 40, 10) }, "巡河40次，为上年同期（10次）的4倍。", "River patrols: 40 times, 4 times that of the same days of last year (10 times)."},
		"last year came to 0": {func(s *sheet) { s.line("river.patrols", 9, 40, 0) }, "巡河40次。", "River patrols: 40 times."},
		"one record":          {func(s *sheet) { s.line("river.patrols", 1, 1, 1) }, "巡河1次，出自1条记录，与上年同期（1次）持平。", "River patrols: 1 times, from a single record, the same as in the same days of last year (1 times)."},
		"none":                {func(s *sheet) { s.line("river.patrols", 0, 0, -1) }, "本期没有“巡河”的记录。", "Nothing was recorded of “River patrols” in this period."},
		"none of two": {func(s *sheet) { s.line("river.patrols", 0, 0, -1); s.line("river.clearing_operations", 0, 0, -1) },
			"本期没有记录的有2项：“巡河”、“清河行动”。", "Of 2 figures nothing was recorded in this period: “River patrols”; “River-clearing operations”."},
		"no last year": {func(s *sheet) { s.line("river.patrols", 2, 2, -1); s.line("river.clearing_operations", 3, 3, -1) },
			"巡河2次。清河行动3次。以上各项上年同期没有记录，不作比较。", "River patrols: 2 times. River-clearing operations: 3 times. None of this was recorded in the same days of last year, so nothing is compared."},
		"all in one place": {func(s *sheet) { s.line("river.patrols", 9, 9, 9); s.where("river.patrols", 0, 9, 0) },
			"巡河9次，与上年同期（9次）持平，均在乙村。", "River patrols: 9 times, the same as in the same days of last year (9 times), all in 乙村."},
		"most in one place": {func(s *sheet) { s.line("river.patrols", 9, 10, 10); s.where("river.patrols", 7, 2, 1) },
			"巡河10次，与上年同期（10次）持平，分布在3个村（居），其中甲村7次，占70%。", "River patrols: 10 times, the same as in the same days of last year (10 times), in 3 villages, of it 7 times in 甲村, 70%."},
		"two places alike": {func(s *sheet) { s.line("river.patrols", 9, 10, 10); s.where("river.patrols", 5, 5) },
			"巡河10次，与上年同期（10次）持平，分布在2个村（居）。", "River patrols: 10 times, the same as in the same days of last year (10 times), in 2 villages."},
		"a stock": {func(s *sheet) { s.line("river.main_rivers", 5, 5, 4); s.line("river.tributaries", 14, 14, 15) },
			"截至2025年6月30日，主要河流5条（比上年同日多1条）、支流14条（比上年同日少1条）。", "As of 2025-06-30: Main rivers: 5 rivers (1 rivers more than on the same day of last year); Tributaries: 14 rivers (1 rivers less than on the same day of last year)."},
		"nothing at all": {func(s *sheet) {}, "〔待补充〕（本部分尚无指标）。", "[to be supplied] (there are no figures of this part yet)."},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			c.fill(s)
			for language, want := range map[string]string{lang.Chinese: c.zh, lang.English: c.en} {
				if got := s.part(language); got != want {
					t.Errorf("%s\n got %s\nwant %s", language, got, want)
				}
			}
		})
	}
}

// TestForeignTextStaysText puts what breaks pages and references into names, and looks for it in both forms.
func TestForeignTextStaysText(t *testing.T) {
	s := start(t)
	s.line("river.patrols", 9, 9, 9)
	s.d.PlaceName = "<script>alert(1)</script>*镇*\n# 题\uE0001\uE001"
	s.where("river.patrols", 9)
	s.d.Where["river.patrols"][0].Unit.Name = `"><img src=x onerror=y>[链](javascript:z)` + "\uE0007\uE001"
	s.d.Sections = []report.Section{{Word: report.PartRiver, Lines: s.d.Lines}}
	o := s.options(lang.Chinese)
	o.Unit = "<b>办</b>"
	paper := Compose(s.d, o)
	page, err := HTML(paper)
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{"<script", "<img", "<b>"} {
		if bytes.Contains(page, []byte(never)) {
			t.Errorf("the page holds %s:\n%s", never, page)
		}
	}
	text := string(Markdown(paper))
	for _, never := range []string{"\n# 题", "<script", "<img", "](javascript", "*镇*"} {
		if strings.Contains(strings.ReplaceAll(text, `\`+never[:1], "?"), never) {
			t.Errorf("the text holds %q unescaped:\n%s", never, text)
		}
	}
	if n := strings.Count(text, "[^"); n != 2 {
		t.Errorf("a name made references: %d marks, want 2:\n%s", n, text)
	}
}

// TestThePageNamesItsStyleByHash computes the hash that a browser will.
func TestThePageNamesItsStyleByHash(t *testing.T) {
	s := start(t)
	page, err := HTML(Compose(s.d, s.options(lang.Chinese)))
	if err != nil {
		t.Fatal(err)
	}
	inside := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindSubmatch(page)
	sum := sha256.Sum256(inside[1])
	if want := "sha256-" + base64.StdEncoding.EncodeToString(sum[:]); !bytes.Contains(bytes.ReplaceAll(page, []byte("&#43;"), []byte("+")), []byte(want)) {
		t.Errorf("the policy does not name the style sheet's hash %s:\n%.600s", want, page)
	}
	for _, never := range []string{"<script", "<link", "src=", "url(", "@import"} {
		if bytes.Contains(page, []byte(never)) {
			t.Errorf("the page asks for something else: %s", never)
		}
	}
}

func TestChineseNumbers(t *testing.T) {
	for n, want := range map[int]string{1: "一", 10: "十", 11: "十一", 20: "二十", 25: "二十五"} {
		if got := chineseNumber(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		num, denom int64
		want       string
	}{{1, 8, "12.5"}, {1, 3, "33.3"}, {1, 2, "50"}, {1, 1, "100"}, {1, 3000, "0"}} {
		if got := percent(big.NewRat(c.num, c.denom)); got != c.want {
			t.Errorf("%d/%d: got %s, want %s", c.num, c.denom, got, c.want)
		}
	}
}
