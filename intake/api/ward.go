package api

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"qingshan/access"
	"qingshan/fault"
	"qingshan/intake"
	"qingshan/internal/httpx"
	"qingshan/internal/strictjson"
	"qingshan/quarantine"
	"qingshan/record"
)

// most bounds a page of the list, and a round of replaying.
const most = 1000

// ward is the door of those who see to what is in quarantine.
type ward struct {
	door
	ward *intake.Ward
}

// WardRoutes gives the table of the door to the quarantine.
func WardRoutes(w *intake.Ward, sentences httpx.Sentences) []httpx.Route {
	d := &ward{door: door{sentences: sentences}, ward: w}
	get := func(path string, handler httpx.HandlerFunc, zh, en string) httpx.Route {
		return httpx.Route{Method: http.MethodGet, Path: path, Right: string(access.ManageQuarantine), Handler: handler, ZH: zh, EN: en}.Under("quarantine")
	}
	post := func(path string, maxBody int64, handler httpx.HandlerFunc, zh, en string) httpx.Route {
		return httpx.Route{Method: http.MethodPost, Path: path, Right: string(access.ManageQuarantine), Handler: handler, ZH: zh, EN: en,
			MaxBody: maxBody, Timeout: time.Minute}.Under("quarantine")
	}
	const missing, notYours = "404 quarantine.not_found", "403 quarantine.not_yours token.person_gone"
	const busy, behind = "409 quarantine.in_hand quarantine.settled", "503 followers.behind register.adoption_ahead ledger.closed"
	return []httpx.Route{
		get("/api/v1/quarantine", d.list, "隔离件列表，最早的在前", "What is in quarantine, the oldest first").
			Takes(inBook(), inState(), withCode(), ofKind(), sentBy(), after(), limit()).Gives(httpx.Answer{Body: listAnswer{}}).
			Refuses(notYours, "400 query.book query.state query.code query.kind query.limit page.after"),
		get("/api/v1/quarantine/{item}", d.show, "一个隔离件及其处理经过", "An item and what was done about it").
			Takes(item()).Gives(httpx.Answer{Body: fileAnswer{}}).Refuses(missing, notYours),
		get("/api/v1/quarantine/{item}/raw", d.raw, "隔离件的原始字节；谁看过会记入处理经过", "An item's bytes as they came; who saw them is written into its history").
			Takes(item()).Gives(httpx.Answer{Media: "application/octet-stream", Headers: []string{"Content-Disposition"}}).
			Refuses(missing, notYours, "404 quarantine.scrubbed"),
		post("/api/v1/quarantine/{item}/repair", MaxBody, d.repair, "以更正后的记录代替隔离件", "Send corrected records in the place of an item").
			Takes(item()).Reads(correction{}).Gives(httpx.Answer{Body: wardAnswer{}}).
			Refuses(missing, "404 quarantine.scrubbed book.unknown", notYours, "403 book.not_yours", busy, behind, "409 book.not_opened",
				"400 repair.one_record repair.by_stays records.none records.too_many submission.unknown_key submission.bad_book submission.bad_records submission.bad_why",
				"400 quarantine.why_too_long value.bad_text"),
		post("/api/v1/quarantine/{item}/replay", 0, d.replay, "按现在的目录和登记册重新受理隔离件", "Judge an item again under the catalog and the registers of today").
			Takes(item()).Gives(httpx.Answer{Body: wardAnswer{}}).
			Refuses(missing, "404 quarantine.scrubbed", notYours, busy, behind, "503 quarantine.token_full quarantine.book_full"),
		post("/api/v1/quarantine/replay", 0, d.replayAll, "重新受理一页待处理的隔离件", "Judge a page of waiting items again").
			Takes(inBook(), withCode(), ofKind(), sentBy(), after(), limit()).Gives(httpx.Answer{Body: roundAnswer{}}).
			Refuses(notYours, behind, "400 query.book query.code query.kind query.limit page.after", "503 quarantine.token_full quarantine.book_full"),
		post("/api/v1/quarantine/{item}/dismiss", MaxBody, d.dismiss, "说明理由，不予入账", "Settle an item without storing it, for a reason").
			Takes(item()).Reads(dismissal{}).Gives(httpx.Answer{Body: fileAnswer{}}).
			Refuses(missing, notYours, busy, "400 quarantine.why_missing quarantine.why_too_long value.bad_text submission.unknown_key submission.bad_why"),
	}
}

// kept is an item as it is listed. Nothing of what was said stands in it.
type kept struct {
	ID       string     `json:"id"`
	Book     string     `json:"book" jsonschema:"whose people see to it"`
	Named    string     `json:"named,omitempty" jsonschema:"the book that the delivery named"`
	Form     string     `json:"form" jsonschema:"record, or body for one that cannot be read as records"`
	State    string     `json:"state"`
	Channel  string     `json:"channel"`
	Sender   string     `json:"sender"`
	Catalog  string     `json:"catalog,omitempty"`
	Record   string     `json:"record,omitempty" jsonschema:"the id that the record says"`
	Kind     string     `json:"kind,omitempty"`
	Origin   string     `json:"origin,omitempty" jsonschema:"the item that it was a part of"`
	Received time.Time  `json:"received"`
	Sent     *time.Time `json:"sent,omitempty"`
	Latest   time.Time  `json:"latest" jsonschema:"when it was delivered last"`
	Times    int64      `json:"times" jsonschema:"how often it was delivered"`
	Hash     string     `json:"hash" jsonschema:"SHA-256 of the bytes"`
	Bytes    int64      `json:"bytes"`
	Reason   []finding  `json:"reason"`
	Settled  *time.Time `json:"settled,omitempty"`
	Scrubbed *time.Time `json:"scrubbed,omitempty" jsonschema:"when the bytes were erased"`
}

type listAnswer struct {
	Items []kept `json:"items"`
	Next  string `json:"next,omitempty"`
}

// fileAnswer is an item with its history.
type fileAnswer struct {
	kept
	History []step  `json:"history"`
	Entries []entry `json:"entries,omitempty" jsonschema:"where what it said is stored"`
}

type step struct {
	At    time.Time         `json:"at"`
	Who   string            `json:"who,omitempty" jsonschema:"a person; nobody for what the system does"`
	Did   string            `json:"did"`
	Label string            `json:"label"`
	Why   string            `json:"why,omitempty"`
	Data  map[string]string `json:"data,omitempty"`
}

type entry struct {
	Book   string `json:"book"`
	Seq    int64  `json:"seq"`
	Record string `json:"record"`
}

// correction is what a person sends in the place of an item: one record, or several for a whole body.
type correction struct {
	Book    string `json:"book,omitempty" jsonschema:"where it belongs, if not where the device said"`
	Record  *said  `json:"record,omitempty"`
	Records []said `json:"records,omitempty"`
	Why     string `json:"why,omitempty"`
}

type dismissal struct {
	Why string `json:"why" jsonschema:"without personal data: it stays"`
}

// wardAnswer tells what came of a repair or a replay.
type wardAnswer struct {
	Item    fileAnswer `json:"item"`
	Results []landed   `json:"results"`
}

type roundAnswer struct {
	Tried  int    `json:"tried"`
	Stored int    `json:"stored" jsonschema:"settled now"`
	Still  int    `json:"still" jsonschema:"wait on, with the reason of today"`
	Busy   int    `json:"busy" jsonschema:"settled or in hand meanwhile"`
	Next   string `json:"next,omitempty"`
}

func (d *ward) list(w http.ResponseWriter, r *http.Request) error {
	book, query, err := readWardQuery(r)
	if err != nil {
		return err
	}
	items, next, err := d.ward.List(r.Context(), access.ActorOf(r), book, query)
	if err != nil {
		return err
	}
	answer := listAnswer{Items: make([]kept, len(items)), Next: next}
	for i, one := range items {
		answer.Items[i] = d.kept(httpx.Language(r), one)
	}
	return httpx.WriteJSON(w, answer)
}

func (d *ward) show(w http.ResponseWriter, r *http.Request) error {
	file, err := d.file(r)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, file)
}

// file reads the item that the path names, as it is now.
func (d *ward) file(r *http.Request) (fileAnswer, error) {
	id, err := readItem(r)
	if err != nil {
		return fileAnswer{}, err
	}
	f, err := d.ward.Show(r.Context(), access.ActorOf(r), id)
	if err != nil {
		return fileAnswer{}, err
	}
	language := httpx.Language(r)
	out := fileAnswer{kept: d.kept(language, f.Item), History: make([]step, len(f.History))}
	for i, s := range f.History {
		out.History[i] = step{At: s.At, Who: string(s.Who), Did: string(s.Did), Label: d.sentences.Say(language, "deed."+string(s.Did), nil), Why: s.Why, Data: s.Data}
	}
	for _, e := range f.Entries {
		out.Entries = append(out.Entries, entry{Book: string(e.Book), Seq: e.Seq, Record: e.Record.String()})
	}
	return out, nil
}

func (d *ward) raw(w http.ResponseWriter, r *http.Request) error {
	id, err := readItem(r)
	if err != nil {
		return err
	}
	_, raw, err := d.ward.Raw(r.Context(), access.ActorOf(r), id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+id+`.bin"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	_, err = w.Write(raw)
	return err
}

func (d *ward) repair(w http.ResponseWriter, r *http.Request) error {
	id, err := readItem(r)
	if err != nil {
		return err
	}
	body, err := httpx.ReadJSON(r, limits())
	if err != nil {
		return err
	}
	sent, err := readCorrection(body)
	if err != nil {
		return err
	}
	receipts, err := d.ward.Repair(r.Context(), access.ActorOf(r), id, sent)
	if err != nil {
		return err
	}
	landings := make([]intake.Landing, len(receipts))
	for i, receipt := range receipts {
		landings[i].Receipt = receipt
	}
	return d.done(w, r, landings)
}

func (d *ward) replay(w http.ResponseWriter, r *http.Request) error {
	id, err := readItem(r)
	if err != nil {
		return err
	}
	landings, err := d.ward.Replay(r.Context(), access.ActorOf(r), id)
	if err != nil {
		return err
	}
	return d.done(w, r, landings)
}

// done answers with the item as it is now, and what came of the records.
func (d *ward) done(w http.ResponseWriter, r *http.Request, landings []intake.Landing) error {
	file, err := d.file(r)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, wardAnswer{Item: file, Results: d.landed(httpx.Language(r), landings)})
}

func (d *ward) replayAll(w http.ResponseWriter, r *http.Request) error {
	book, query, err := readWardQuery(r)
	if err != nil {
		return err
	}
	round, err := d.ward.ReplayAll(r.Context(), access.ActorOf(r), book, query)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, roundAnswer(round))
}

func (d *ward) dismiss(w http.ResponseWriter, r *http.Request) error {
	id, err := readItem(r)
	if err != nil {
		return err
	}
	body, err := httpx.ReadJSON(r, limits())
	if err != nil {
		return err
	}
	why := ""
	if err := readMembers(body, map[string]func(strictjson.Value) error{"why": func(v strictjson.Value) error { return readWhy(v, &why) }}); err != nil {
		return err
	}
	if err := d.ward.Dismiss(r.Context(), access.ActorOf(r), id, why); err != nil {
		return err
	}
	return d.show(w, r)
}

func (d *ward) kept(language string, i quarantine.Item) kept {
	k := kept{ID: i.ID, Book: string(i.Book), Named: string(i.Named), Form: string(i.Form), State: string(i.State), Channel: string(i.Channel),
		Sender: string(i.Sender), Kind: string(i.Kind), Origin: i.Origin, Received: i.Received, Sent: moment(i.Sent), Latest: i.Latest, Times: i.Times,
		Hash: i.Hash.String(), Bytes: i.Bytes, Reason: d.findings(language, i.Reason), Settled: moment(i.Settled), Scrubbed: moment(i.Scrubbed)}
	if !i.Catalog.Zero() {
		k.Catalog = i.Catalog.String()
	}
	if !i.Record.Zero() {
		k.Record = i.Record.String()
	}
	return k
}

// moment leaves out a time that there is none of.
func moment(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// readItem reads the item that the path names.
func readItem(r *http.Request) (string, error) {
	id := r.PathValue("item")
	if !quarantine.IsID(id) {
		return "", fault.New(fault.NotFound, "quarantine.not_found", nil)
	}
	return id, nil
}

// readWardQuery reads which items are meant.
func readWardQuery(r *http.Request) (book record.Book, query quarantine.Query, err error) {
	q := httpx.QueryOf(r)
	query = quarantine.Query{Code: q.Get("code"), Sender: record.PersonRef(q.Get("sender")), State: quarantine.State(q.Get("state")), After: q.Get("after")}
	if text := q.Get("book"); text != "" {
		if book, err = record.ParseBook(text); err != nil {
			return "", query, fault.New(fault.Invalid, "query.book", nil)
		}
	}
	if text := q.Get("kind"); text != "" {
		if query.Kind, err = record.ParseKind(text); err != nil {
			return "", query, fault.New(fault.Invalid, "query.kind", nil)
		}
	}
	if query.State != "" && !slices.Contains(quarantine.States(), query.State) {
		return "", query, fault.New(fault.Invalid, "query.state", nil)
	}
	if text := q.Get("limit"); text != "" {
		if query.Limit, err = strconv.Atoi(text); err != nil || query.Limit < 1 || query.Limit > most {
			return "", query, fault.New(fault.Invalid, "query.limit", nil)
		}
	}
	return book, query, nil
}

// readCorrection reads what stands in the place of an item.
func readCorrection(body strictjson.Value) (intake.Repair, error) {
	var r intake.Repair
	err := readMembers(body, map[string]func(strictjson.Value) error{
		"book":   func(v strictjson.Value) error { return readBook(v, &r.Book) },
		"why":    func(v strictjson.Value) error { return readWhy(v, &r.Why) },
		"record": func(v strictjson.Value) error { r.Records = append(r.Records, v); return nil },
		"records": func(v strictjson.Value) error {
			r.Records = append(r.Records, v.Items...)
			return refuseUnless(v.Kind == strictjson.Array, "submission.bad_records")
		},
	})
	return r, err
}

func readWhy(v strictjson.Value, into *string) error {
	text, isText := v.Text()
	*into = text
	return refuseUnless(isText, "submission.bad_why")
}

// readMembers reads each member of an object by the reader of its name.
func readMembers(body strictjson.Value, read map[string]func(strictjson.Value) error) error {
	for _, m := range body.Members {
		parse, known := read[m.Name]
		if !known {
			return fault.New(fault.Invalid, "submission.unknown_key", nil)
		}
		if err := parse(m.Value); err != nil {
			return err
		}
	}
	return nil
}
