// Package api is the door by which programs hand in records over HTTP. It reads the protocol and writes the answer; what
// a record means is the desk's.
package api

import (
	"log/slog"
	"net/http"
	"time"

	"qingshan/access"
	"qingshan/fault"
	"qingshan/intake"
	"qingshan/internal/digest"
	"qingshan/internal/httpx"
	"qingshan/internal/strictjson"
	"qingshan/record"
)

// MaxBody bounds the body of one submission.
const MaxBody = 1 << 20

// door is the desk and the words to answer in.
type door struct {
	desk      *intake.Desk
	sentences httpx.Sentences
}

// Routes gives the door's table.
func Routes(desk *intake.Desk, sentences httpx.Sentences) []httpx.Route {
	d := &door{desk: desk, sentences: sentences}
	submit := httpx.Route{
		Method:  http.MethodPost,
		Path:    "/api/v1/records",
		Right:   string(access.WriteRecords),
		Handler: d.submit,
		MaxBody: MaxBody,
		Timeout: time.Minute,
		ZH:      "提交 1 至 500 条记录",
		EN:      "Submit 1 to 500 records",
	}
	return []httpx.Route{
		submit.Under("records").Reads(delivery{}).Gives(httpx.Answer{Body: answer{}}).
			Refuses("400 submission.unknown_key submission.bad_book submission.bad_sent submission.bad_catalog submission.bad_records",
				"400 records.none records.too_many catalog.unknown", "403 book.not_yours token.person_gone", "404 book.unknown",
				"409 book.not_opened", "503 followers.behind register.adoption_ahead ledger.closed"),
	}
}

func (d *door) submit(w http.ResponseWriter, r *http.Request) error {
	body, err := httpx.ReadJSON(r, limits())
	if err != nil {
		return err
	}
	delivery, err := readDelivery(body)
	if err != nil {
		return err
	}
	delivery.Who = access.ActorOf(r)
	receipts, err := d.desk.Accept(r.Context(), delivery)
	if err != nil {
		return err
	}
	httpx.Note(r.Context(), outcomes(delivery.Book, receipts)...)
	return httpx.WriteJSON(w, d.answer(httpx.Language(r), delivery.Book, receipts))
}

// outcomes counts what became of the records, for the log.
func outcomes(book record.Book, receipts []record.Receipt) []slog.Attr {
	count := map[record.Outcome]int{}
	for _, r := range receipts {
		count[r.Outcome]++
	}
	attrs := []slog.Attr{slog.String("book", string(book)), slog.Int("records", len(receipts))}
	for _, outcome := range record.Outcomes() {
		if count[outcome] > 0 {
			attrs = append(attrs, slog.Int(string(outcome), count[outcome]))
		}
	}
	return attrs
}

// limits are far above what 500 honest records need.
func limits() strictjson.Limits { return strictjson.Limits{Depth: 12, Values: 100_000} }

// readDelivery reads the outer object; the records are left to the desk.
func readDelivery(body strictjson.Value) (intake.Delivery, error) {
	delivery := intake.Delivery{Channel: record.ChannelAPI}
	read := map[string]func(strictjson.Value) error{
		"book":    func(v strictjson.Value) error { return readBook(v, &delivery.Book) },
		"sent":    func(v strictjson.Value) error { return readSent(v, &delivery.Sent) },
		"catalog": func(v strictjson.Value) error { return readCatalog(v, &delivery.Catalog) },
		"records": func(v strictjson.Value) error {
			delivery.Records = v.Items
			return refuseUnless(v.Kind == strictjson.Array, "submission.bad_records")
		},
	}
	for _, m := range body.Members {
		parse, known := read[m.Name]
		if !known {
			return delivery, fault.New(fault.Invalid, "submission.unknown_key", nil)
		}
		if err := parse(m.Value); err != nil {
			return delivery, err
		}
	}
	return delivery, refuseUnless(delivery.Book != "", "submission.bad_book")
}

func refuseUnless(good bool, code string) error {
	if good {
		return nil
	}
	return fault.New(fault.Invalid, code, nil)
}

func readBook(v strictjson.Value, into *record.Book) error {
	text, _ := v.Text()
	book, err := record.ParseBook(text)
	*into = book
	return refuseUnless(err == nil, "submission.bad_book")
}

// readSent takes an instant; a clock beyond these years would tell nothing.
func readSent(v strictjson.Value, into *time.Time) error {
	text, _ := v.Text()
	sent, err := time.Parse(time.RFC3339Nano, text)
	*into = sent
	return refuseUnless(err == nil && sent.Year() >= 1970 && sent.Year() <= 2200, "submission.bad_sent")
}

func readCatalog(v strictjson.Value, into *digest.Hash) error {
	text, _ := v.Text()
	hash, err := digest.Parse(text)
	*into = hash
	return refuseUnless(err == nil && !hash.Zero(), "submission.bad_catalog")
}

// answer is the body of a reply.
type answer struct {
	Book    record.Book `json:"book"`
	Results []result    `json:"results"`
}

// result tells what became of one record, in the order of the submission.
type result struct {
	ID       string         `json:"id,omitempty"` // left out if none could be read
	Outcome  record.Outcome `json:"outcome"`
	Seq      *int64         `json:"seq,omitempty"` // of the entry that holds the id
	Leaf     string         `json:"leaf,omitempty"`
	Findings []finding      `json:"findings,omitempty"`
}

type finding struct {
	Code    string            `json:"code"`
	Grade   record.Grade      `json:"grade"`
	Field   string            `json:"field,omitempty"`
	Message string            `json:"message"`
	Hint    string            `json:"hint,omitempty"`
	Data    map[string]string `json:"data,omitempty"`
}

func (d *door) answer(language string, book record.Book, receipts []record.Receipt) answer {
	a := answer{Book: book, Results: make([]result, len(receipts))}
	for i, receipt := range receipts {
		a.Results[i] = d.result(language, receipt)
	}
	return a
}

func (d *door) result(language string, receipt record.Receipt) result {
	out := result{Outcome: receipt.Outcome}
	if !receipt.ID.Zero() {
		out.ID = receipt.ID.String()
	}
	if receipt.Outcome != record.Invalid && receipt.Outcome != record.Quarantined {
		out.Seq, out.Leaf = &receipt.Seq, receipt.Leaf.String()
	}
	out.Findings = d.findings(language, receipt.Findings)
	return out
}

func (d *door) findings(language string, found []record.Finding) []finding {
	var out []finding
	for _, f := range found {
		out = append(out, finding{
			Code:    f.Code,
			Grade:   f.Grade,
			Field:   f.Field,
			Message: d.sentences.Say(language, f.Code, f.Data),
			Hint:    d.sentences.Hint(language, f.Code, f.Data),
			Data:    f.Data,
		})
	}
	return out
}
