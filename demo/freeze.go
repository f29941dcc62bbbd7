package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"qingshan/demo/year"
	"qingshan/record"
)

// amended is the figure of which an old record is amended after the freeze, and by how much. What was printed of it is given
// in thousands, so that it agrees with either.
const (
	amended  = "campaign.traffic_leaflets"
	amendBy  = 100
	whyLater = "一次宣传的发放数量经核对补正"
)

// frozen is a publication as the doors give it.
type frozen struct {
	Code  string `json:"code"`
	Entry struct {
		Book record.Book `json:"book"`
		Seq  int64       `json:"seq"`
	} `json:"entry"`
	Figure string `json:"figure"`
	Value  string `json:"value"`
	Unit   string `json:"unit"`
	Number int64  `json:"number"`
}

// freezing is a row that was published, by its first publication and, if it was revised, by its second.
type freezing struct {
	row     Row
	first   frozen
	revised *frozen
}

// freeze publishes the comparable figures as they are counted at the freeze, each once. The operator signs.
func (s *Sender) freeze(ctx context.Context, rows []Row) ([]freezing, error) {
	var list []freezing
	for _, r := range rows {
		if !r.Published.Comparable() || r.Counted == "" {
			continue
		}
		p := r.Published
		span := p.span(s.year.Freeze())
		one, err := s.c.sign(ctx, "/api/v1/publications", map[string]string{"external": strings.Join([]string{"demo", p.Code, string(p.Scope), span}, " "),
			"figure": p.Code, "place": string(p.Scope), "period": span, "as_of": s.year.Freeze().String(), "document": "青山"})
		if err != nil {
			return nil, fmt.Errorf("publish %s: %w", p.Code, err)
		}
		list = append(list, freezing{row: r, first: one})
	}
	return list, nil
}

// sign has something published, once everything that was sent before is counted.
func (c *client) sign(ctx context.Context, path string, what map[string]string) (frozen, error) {
	body, err := json.Marshal(what)
	if err != nil {
		return frozen{}, err
	}
	var one frozen
	if err := c.do(ctx, http.MethodPost, path+"?"+c.wait().Encode(), body, &one); err != nil {
		return frozen{}, err
	}
	c.sizes[one.Entry.Book] = max(c.sizes[one.Entry.Book], one.Entry.Seq+1)
	return one, nil
}

// wait asks to be answered when everything that was sent is counted.
func (c *client) wait() url.Values {
	query := url.Values{}
	for book, size := range c.sizes {
		query.Add("wait", fmt.Sprintf("%s:%d", book, size))
	}
	return query
}

// goOn amends an old record after the end of the year, and signs one revision for it.
func (s *Sender) goOn(ctx context.Context, list []freezing) error {
	act, err := s.old()
	if err != nil {
		return err
	}
	body, err := amendment(act)
	if err != nil {
		return err
	}
	late := act
	late.ID, late.Body, late.Want = amendmentID(act), body, year.Stored
	if err := s.c.post(ctx, act.Book, evening(s.year.End()), []year.Act{late}); err != nil {
		return fmt.Errorf("amend an old record: %w", err)
	}
	for i := range list {
		if list[i].row.Published.Code != amended {
			continue
		}
		second, err := s.c.sign(ctx, "/api/v1/publications/"+list[i].first.Code+"/revisions", map[string]string{"external": "demo revision", "reason": whyLater})
		if err != nil {
			return fmt.Errorf("revise %s: %w", amended, err)
		}
		list[i].revised = &second
	}
	return nil
}

// old finds the first record behind the figure that was delivered before the freeze and stands as it was sent.
func (s *Sender) old() (year.Act, error) {
	spoken := map[record.ID]int{}
	for _, a := range s.year.Acts {
		if a.Want == year.Stored {
			spoken[a.Root]++
		}
	}
	for _, a := range s.year.Acts {
		if a.Want != year.Stored || a.ID != a.Root || spoken[a.Root] > 1 || a.Held || a.Fate != "" || a.Deliver >= s.year.Freeze() {
			continue
		}
		for _, c := range a.Counts {
			if c.Figure == amended {
				return a, nil
			}
		}
	}
	return year.Act{}, errors.New("the year has no record that could be amended")
}

// amendmentID gives the amendment an id that follows from its root, so that a second run says the same again: made at the
// same time, with other chance.
func amendmentID(a year.Act) record.ID {
	id, chance := a.Root, sha256.Sum256([]byte("amended after the freeze "+a.Root.String()))
	copy(id[9:], chance[:])
	return id
}

// amendment says a record again with more leaflets.
func amendment(a year.Act) (json.RawMessage, error) {
	var said map[string]any
	decoder := json.NewDecoder(bytes.NewReader(a.Body))
	decoder.UseNumber()
	if err := decoder.Decode(&said); err != nil {
		return nil, err
	}
	values, _ := said["values"].(map[string]any)
	number, _ := values["leaflets"].(json.Number)
	leaflets, err := number.Int64()
	if err != nil {
		return nil, fmt.Errorf("the record %s says no leaflets: %w", a.ID, err)
	}
	values["leaflets"] = leaflets + amendBy
	said["id"], said["amends"] = amendmentID(a).String(), a.Root.String()
	return json.Marshal(said)
}

// since is what the doors say has come since a publication.
type since struct {
	Publication frozen  `json:"publication"`
	Live        *string `json:"live"`
	Count       int     `json:"count"`
}

// printFrozen shows, for each published figure that something came for since, what was frozen, what is pending and what is
// counted now for the same days. That a frozen value changes is an error.
func (s *Sender) printFrozen(ctx context.Context, list []freezing) error {
	t := table{head: []string{"code", "指标", "编号 number", "冻结 frozen", "待更新 pending", "现在 live", "单位", "修订 revision"}, right: map[int]bool{3: true, 4: true, 5: true}}
	for _, one := range list {
		var now since
		if err := s.c.do(ctx, http.MethodGet, "/api/v1/publications/"+one.first.Code+"/pending?"+s.c.wait().Encode(), nil, &now); err != nil {
			return fmt.Errorf("what came since %s: %w", one.first.Code, err)
		}
		if now.Publication.Value != one.first.Value {
			return fmt.Errorf("%s was published as %s and now says %s", one.first.Code, one.first.Value, now.Publication.Value)
		}
		if now.Count == 0 {
			continue
		}
		live, revision := "–", "–"
		if now.Live != nil {
			live = *now.Live
		}
		if one.revised != nil {
			revision = one.revised.Code + ": " + one.revised.Value
		}
		t.add(one.first.Figure, one.row.Published.Label, one.first.Code, one.first.Value, "+"+strconv.Itoa(now.Count), live, one.first.Unit, revision)
	}
	if _, err := fmt.Fprintf(s.cfg.Out, "\n已发布 %d 项；之后有变动的 · %d figures published; those for which something came since\n\n", len(list), len(list)); err != nil {
		return err
	}
	return t.write(s.cfg.Out)
}
