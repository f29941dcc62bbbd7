package briefing

import (
	"fmt"

	"qingshan/gazette"
	"qingshan/internal/digest"
	"qingshan/publication"
	"qingshan/record"
	"qingshan/report"
)

// pending says that something came since a figure was published, and what is counted now.
func (w *writer) pending(l report.Line) string {
	if l.Frozen == nil || len(l.Frozen.Changes) == 0 {
		return ""
	}
	return w.say("briefing.pending", "n", fmt.Sprint(len(l.Frozen.Changes)), "live", w.live(l))
}

func (w *writer) live(l report.Line) string {
	live := l.Frozen.Live
	if live.Value == nil {
		return w.say("briefing.missing")
	}
	return clean(*live.Value) + w.unit(live.Unit)
}

// publishedNote gives the code under which a number stands published, and what came since.
func (w *writer) publishedNote(l report.Line) []string {
	if l.Frozen == nil {
		return nil
	}
	p := l.Frozen.Publication
	data := []string{"code", p.Code.String(), "number", fmt.Sprint(p.Number), "day", w.date(record.DayAt(p.At, record.Zone())),
		"route", w.base() + "/p/" + p.Code.String(), "n", fmt.Sprint(len(l.Frozen.Changes)), "live", w.live(l)}
	if len(l.Frozen.Changes) == 0 {
		return []string{w.say("briefing.published", data...)}
	}
	return []string{w.say("briefing.published_pending", data...)}
}

// Draft makes of a briefing what the gazette issues. Its external word follows from the bytes: the same briefing sent again is
// the same document.
func Draft(d report.Document, o Options, form string, content []byte) gazette.Draft {
	w := &writer{o: o, d: d}
	w.masthead()
	draft := gazette.Draft{External: "briefing " + digest.Of(content).String(), Title: w.title(), Place: d.Query.Place, Period: d.Query.Period,
		Media: "text/markdown", Content: content, Figures: codes(d)}
	if form == FormHTML {
		draft.Media = "text/html"
	}
	return draft
}

func (w *writer) title() string {
	return w.say("briefing.title", "name", w.paper.Name, "number", w.paper.Number, "period", report.PeriodWords(w.d.Query.Period, w.o.Language == chinese))
}

// codes lists the published figures that a document cites, in its order.
func codes(d report.Document) []publication.Code {
	var list []publication.Code
	for _, l := range d.Lines {
		if l.Frozen != nil {
			list = append(list, l.Frozen.Code)
		}
	}
	return list
}
