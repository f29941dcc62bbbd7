package briefing

import (
	"qingshan/fault"
	"qingshan/lang"
	"qingshan/report"
)

// The forms that a briefing is written in, as file names end.
const (
	FormMarkdown = "md"
	FormHTML     = "html"
)

// CheckForm refuses a form that there is not.
func CheckForm(form string) error {
	if form != FormMarkdown && form != FormHTML {
		return fault.New(fault.Invalid, "briefing.form", nil)
	}
	return nil
}

// Write words a document and draws it in a form; in Chinese if no language is named.
func Write(form string, d report.Document, o Options) ([]byte, error) {
	if o.Language == "" {
		o.Language = lang.Chinese
	}
	paper := Compose(d, o)
	if form == FormHTML {
		return HTML(paper)
	}
	return Markdown(paper), nil
}
