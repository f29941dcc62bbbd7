package publication

import (
	"fmt"
	"strings"
	"time"

	"qingshan/catalog"
	"qingshan/internal/digest"
	"qingshan/record"
)

// Document is something that was issued whole: a briefing, a form. Its bytes are kept under their hash.
type Document struct {
	Code     Code
	ID       record.ID
	External string
	Title    string
	Place    record.UnitCode
	Period   record.Period
	Media    string // such as "text/markdown"
	Size     int64  // in bytes
	Content  digest.Hash
	Figures  []Code // those that are published in it
	By       record.PersonRef
	At       time.Time
	Reason   string
}

// DocumentID gives the id of the record that issues a document of a book, from the word by which its sender knows it.
func DocumentID(book record.Book, external string) record.ID {
	return record.HashID(record.ChannelSystem, fmt.Sprintf("%s %s %s", catalog.KindDocumentPublished, book, external))
}

// Values gives the values of the entry that issues; [DocumentFrom] is the inverse.
func (d Document) Values() record.Values {
	values := record.Values{
		"external": record.Text(d.External),
		"title":    record.Text(d.Title),
		"place":    record.Text(string(d.Place)),
		"period":   record.Text(d.Period.String()),
		"media":    record.Text(d.Media),
		"size":     record.Int(d.Size),
		"content":  record.Text(d.Content.String()),
	}
	if len(d.Figures) > 0 {
		codes := make([]string, len(d.Figures))
		for i, code := range d.Figures {
			codes[i] = code.String()
		}
		values["figures"] = record.Text(strings.Join(codes, " "))
	}
	if d.Reason != "" {
		values["reason"] = record.Text(d.Reason)
	}
	return values
}

// DocumentFrom reads a document out of its entry.
func DocumentFrom(e record.Entry) (Document, error) {
	v := e.Record.Values
	d := Document{Code: Code{Book: e.Record.Book, Seq: e.Seq}, ID: e.Record.ID, External: v["external"].Text, Title: v["title"].Text,
		Place: record.UnitCode(v["place"].Text), Media: v["media"].Text, Size: v["size"].Int, By: e.Record.By, At: e.Envelope.Received,
		Reason: v["reason"].Text}
	var err error
	if d.Period, err = record.ParsePeriod(v["period"].Text); err != nil {
		return d, fmt.Errorf("document %s: %w", d.Code, err)
	}
	if d.Content, err = digest.Parse(v["content"].Text); err != nil {
		return d, fmt.Errorf("document %s: %w", d.Code, err)
	}
	for _, text := range strings.Fields(v["figures"].Text) {
		code, err := ParseCode(text)
		if err != nil {
			return d, fmt.Errorf("document %s: %w", d.Code, err)
		}
		d.Figures = append(d.Figures, code)
	}
	return d, nil
}
