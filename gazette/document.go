package gazette

import (
	"bytes"
	"context"
	"io"
	"mime"

	"qingshan/access"
	"qingshan/catalog"
	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/publication"
	"qingshan/record"
)

// MaxContent bounds the bytes of a document.
const MaxContent = 32 << 20

// maxTitle is the room for a title, in characters.
const maxTitle = 200

// Draft is a document that is to be issued, whole.
type Draft struct {
	External string // the word by which the sender knows it, for sending it again
	Title    string
	Place    record.UnitCode
	Period   record.Period
	Media    string
	Content  []byte
	Figures  []publication.Code // those that are published in it
	Reason   string
}

func (d Draft) check() error {
	for _, err := range []error{
		sayable(d.External, maxExternal, true, "publication.bad_external"),
		sayable(d.Title, maxTitle, true, "publication.bad_document"),
		sayable(d.Reason, maxReason, false, "publication.bad_reason"),
	} {
		if err != nil {
			return err
		}
	}
	if _, _, err := mime.ParseMediaType(d.Media); err != nil || len(d.Content) == 0 || len(d.Content) > MaxContent || len(d.Figures) > 150 {
		return fault.New(fault.Invalid, "publication.bad_document", nil)
	}
	return nil
}

// Issue keeps a document's bytes, and then has the entry signed that names them. The same draft again gives the same document;
// under the same word, another content is a conflict.
func (g *Gazette) Issue(ctx context.Context, who access.Actor, draft Draft) (d publication.Document, fresh bool, err error) {
	if err := draft.check(); err != nil {
		return d, false, err
	}
	book, err := indicator.BookOf(ctx, g.Ledger, draft.Place)
	if err != nil {
		return d, false, err
	}
	if err := g.signer(ctx, who, book); err != nil {
		return d, false, err
	}
	for _, code := range draft.Figures {
		if _, _, err := g.figure(ctx, code); err != nil {
			return d, false, err
		}
	}
	hash, err := g.Blobs.Put(ctx, bytes.NewReader(draft.Content))
	if err != nil {
		return d, false, err
	}
	d = publication.Document{External: draft.External, Title: draft.Title, Place: draft.Place, Period: draft.Period, Media: draft.Media,
		Size: int64(len(draft.Content)), Content: hash, Figures: draft.Figures, Reason: draft.Reason}
	seq, fresh, err := g.say(ctx, who, record.Record{ID: publication.DocumentID(book, draft.External), Book: book,
		Kind: catalog.KindDocumentPublished, Values: d.Values(), About: []record.Ref{{Kind: "unit", ID: string(d.Place)}}})
	if err != nil {
		return d, false, err
	}
	found, err := g.Resolve(ctx, publication.Code{Book: book, Seq: seq})
	if err != nil {
		return d, false, err
	}
	stored := *found.Document
	if stored.By != who.Person || stored.Content != hash || stored.Title != draft.Title {
		return d, false, fault.New(fault.Conflict, "publication.other_document", fault.Data{"code": stored.Code.String()})
	}
	return stored, fresh, nil
}

// Content opens the bytes of a document.
func (g *Gazette) Content(ctx context.Context, code publication.Code) (publication.Document, io.ReadCloser, error) {
	found, err := g.Resolve(ctx, code)
	if err == nil && found.Document == nil {
		err = fault.New(fault.NotFound, "publication.no_document", fault.Data{"code": code.String()})
	}
	if err != nil {
		return publication.Document{}, nil, err
	}
	content, err := g.Blobs.Get(ctx, found.Document.Content)
	return *found.Document, content, err
}
