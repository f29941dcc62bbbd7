package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"qingshan/demo/year"
	"qingshan/record"
)

// noCatalog is the hash of a catalog that this installation never had: a phone came from a trial elsewhere.
const noCatalog = "7472000000000000000000000000000000000000000000000000000000006961"

// landed is what the devices' door answers about one record, and the ward about one of an item.
type landed struct {
	receipt
	Quarantine string `json:"quarantine"`
}

// byDevice sends an act from a phone that gets it wrong and cannot mend it, and has the operator see to it. It tells whether
// the act is stored by that.
func (c *client) byDevice(ctx context.Context, sent time.Time, a year.Act) (bool, error) {
	switch a.Fate {
	case year.Garbled:
		item, err := c.aside(ctx, c.trip(a.Book, sent, "", a.Spoilt()), "value.unit_unknown")
		if err != nil {
			return false, err
		}
		repair, err := json.Marshal(map[string]any{"why": a.Why, "record": a.Body})
		if err != nil {
			return false, err
		}
		return true, c.settle(ctx, item, "repair", repair, a)
	case year.Foreign:
		item, err := c.aside(ctx, c.trip(a.Book, sent, noCatalog, a.Body), "catalog.unknown")
		if err != nil {
			return false, err
		}
		return true, c.settle(ctx, item, "replay", nil, a)
	case year.Torn:
		whole := c.trip(a.Book, sent, "", a.Body)
		item, err := c.aside(ctx, whole[:len(whole)/2], "body.malformed")
		if err != nil {
			return false, err
		}
		why, err := json.Marshal(map[string]string{"why": a.Why})
		if err != nil {
			return false, err
		}
		return false, c.settle(ctx, item, "dismiss", why, a)
	default:
		return false, nil
	}
}

// trip writes a delivery as a phone does.
func (c *client) trip(book record.Book, sent time.Time, catalog string, body json.RawMessage) []byte {
	head := ""
	if catalog != "" {
		head = fmt.Sprintf(`,"catalog":%q`, catalog)
	}
	return []byte(fmt.Sprintf(`{"book":%q,"sent":%q%s,"records":[%s]}`, book, sent.Format(time.RFC3339), head, body))
}

// aside sends a body by the devices' door and gives the item that it is kept as, for the reason that was planned.
func (c *client) aside(ctx context.Context, body []byte, code string) (string, error) {
	var answer struct{ Results []landed }
	if err := c.do(ctx, http.MethodPost, "/api/v1/device/records", body, &answer); err != nil {
		return "", err
	}
	if len(answer.Results) != 1 || answer.Results[0].Quarantine == "" {
		return "", fmt.Errorf("a phone's delivery landed as %+v, want it in quarantine: %s", answer.Results, body)
	}
	for _, f := range answer.Results[0].Findings {
		if f.Code == code {
			return answer.Results[0].Quarantine, nil
		}
	}
	return "", fmt.Errorf("a phone's delivery is in quarantine for %+v, want %s: %s", answer.Results[0].Findings, code, body)
}

// settle has the operator settle an item. One that was settled when the year was sent before stays as it is.
func (c *client) settle(ctx context.Context, item, deed string, body []byte, a year.Act) error {
	at := "/api/v1/quarantine/" + item
	var now struct {
		State   string
		Entries []struct{ Seq int64 }
	}
	if err := c.do(ctx, http.MethodGet, at, nil, &now); err != nil {
		return err
	}
	if now.State == "waiting" {
		var done json.RawMessage
		if err := c.do(ctx, http.MethodPost, at+"/"+deed, body, &done); err != nil {
			return err
		}
		if err := c.do(ctx, http.MethodGet, at, nil, &now); err != nil {
			return err
		}
	}
	want := map[string]string{"repair": "repaired", "replay": "replayed", "dismiss": "dismissed"}[deed]
	if now.State != want || deed != "dismiss" && len(now.Entries) != 1 {
		return fmt.Errorf("record %s on %s is %s in quarantine with %d entries, want it %s", a.ID, a.Day, now.State, len(now.Entries), want)
	}
	for _, e := range now.Entries {
		c.sizes[a.Book] = max(c.sizes[a.Book], e.Seq+1)
	}
	return nil
}
