package demo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"qingshan/demo/year"
	"qingshan/record"
)

// batchLimit is how many records the door takes at once.
const batchLimit = 500

// operator is the person whose token sends everything; who said it stands in each record.
const operator = "operator"

// client talks to the doors and to nothing else.
type client struct {
	base     string
	token    func(person string) string
	http     *http.Client
	sizes    map[record.Book]int64 // how far each book has grown by what we sent
	language string                // of the answers; English if ""
}

type receipt struct {
	ID       string `json:"id"`
	Outcome  string `json:"outcome"`
	Seq      int64  `json:"seq"`
	Findings []struct {
		Code    string `json:"code"`
		Grade   string `json:"grade"`
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"findings"`
}

// post delivers acts of one book and checks each answer against what the year plans.
func (c *client) post(ctx context.Context, book record.Book, sent time.Time, acts []year.Act) error {
	records := make([]json.RawMessage, len(acts))
	for i, a := range acts {
		records[i] = a.Body
	}
	body, err := json.Marshal(map[string]any{"book": book, "sent": sent.Format(time.RFC3339), "records": records})
	if err != nil {
		return fmt.Errorf("write a delivery: %w", err)
	}
	var answer struct {
		Results []receipt `json:"results"`
	}
	if err := c.do(ctx, http.MethodPost, "/api/v1/records", body, &answer); err != nil {
		return err
	}
	if len(answer.Results) != len(acts) {
		return fmt.Errorf("%d receipts for %d records", len(answer.Results), len(acts))
	}
	for i, r := range answer.Results {
		if err := check(acts[i], r); err != nil {
			return err
		}
		c.sizes[book] = max(c.sizes[book], r.Seq+1)
	}
	return nil
}

// check compares a receipt with what was planned: a surprise either way is a fault of the program. A duplicate is as good
// as stored, so that a year which was sent before, or broke off on its way, is sent again without harm.
func check(a year.Act, r receipt) error {
	codes, held := []string{}, false
	for _, f := range r.Findings {
		codes = append(codes, f.Code)
		held = held || f.Grade == "held"
	}
	what := strings.Join(codes, ", ")
	if a.Want == year.Stored && r.Outcome == string(year.Duplicate) {
		return nil
	}
	if r.Outcome != string(a.Want) {
		return fmt.Errorf("record %s on %s was %s (%s), want %s: %s", a.ID, a.Day, r.Outcome, what, a.Want, a.Body)
	}
	if a.Held && a.Want == year.Stored && !held {
		return fmt.Errorf("record %s on %s was not held (%s)", a.ID, a.Day, what)
	}
	if a.Want == year.Invalid && !strings.Contains(", "+what, ", "+a.Code) {
		return fmt.Errorf("record %s on %s was refused for %s, want %s", a.ID, a.Day, what, a.Code)
	}
	return nil
}

// reading is one figure as the figures API gives it.
type reading struct {
	Code    string  `json:"code"`
	Value   *string `json:"value"`
	Unit    string  `json:"unit"`
	Basis   string  `json:"basis"`
	Status  string  `json:"status"`
	Records int64   `json:"records"`
	Author  string  `json:"author"`
	Reason  string  `json:"reason"`
}

// figures reads figures of a place over a period, up to a day (0 = all that is known), once everything sent is in them.
func (c *client) figures(ctx context.Context, codes []string, place record.UnitCode, period string, asOf record.Day) (map[string]reading, error) {
	query := url.Values{"place": {string(place)}, "period": {period}, "code": codes}
	if asOf != 0 {
		query.Set("as_of", asOf.String())
	}
	query["wait"] = c.wait()["wait"]
	var answer struct {
		Figures []reading `json:"figures"`
	}
	if err := c.do(ctx, http.MethodGet, "/api/v1/figures?"+query.Encode(), nil, &answer); err != nil {
		return nil, err
	}
	found := map[string]reading{}
	for _, f := range answer.Figures {
		found[f.Code] = f
	}
	return found, nil
}

// do makes one request and reads its JSON answer; any other status than 200 and 201 is an error that carries the answer's code.
func (c *client) do(ctx context.Context, method, path string, body []byte, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token(operator))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept-Language", cmp.Or(c.language, "en"))
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s %s: %s: %.600s", method, path, response.Status, text)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}
