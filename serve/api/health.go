package api

import (
	"net/http"
	"strconv"

	"qingshan/fault"
	"qingshan/follow"
	"qingshan/internal/httpx"
	"qingshan/record"
)

// health is the body of GET /healthz.
type health struct {
	Status string `json:"status"`
}

// healthy says that the process answers; it looks at nothing else, so that a slow database does not get it killed.
func (d *door) healthy(w http.ResponseWriter, _ *http.Request) error {
	return httpx.WriteJSON(w, health{Status: "ok"})
}

// farBehind is how many entries a follower may have before it until readiness turns red.
const farBehind = 20_000

// readiness is the body of GET /readyz.
type readiness struct {
	Ready   bool     `json:"ready"`
	Reasons []reason `json:"reasons"`
}

// reason says which follower of which book is not where it should be. Why it stopped stands in the log.
type reason struct {
	Book     record.Book `json:"book"`
	Follower string      `json:"follower"`
	Code     string      `json:"code"`
	Behind   int64       `json:"behind"`
	Message  string      `json:"message"`
}

// ready is red when a follower stopped or is far behind: records are still taken, but figures are not true to them.
func (d *door) ready(w http.ResponseWriter, r *http.Request) error {
	status, err := d.Status(r.Context())
	if err != nil {
		return err
	}
	a := readiness{Ready: true, Reasons: []reason{}}
	for _, p := range status {
		code := ""
		switch {
		case p.Stopped != nil && fault.Of(p.Stopped).Code == follow.ViewsAhead:
			code = follow.ViewsAhead
		case p.Stopped != nil:
			code = "follower.stopped"
		case p.Behind > farBehind:
			code = "follower.far_behind"
		default:
			continue
		}
		data := map[string]string{"book": string(p.Book), "follower": p.Follower, "behind": strconv.FormatInt(p.Behind, 10)}
		a.Ready = false
		a.Reasons = append(a.Reasons, reason{Book: p.Book, Follower: p.Follower, Code: code, Behind: p.Behind,
			Message: d.Sentences.Say(httpx.Language(r), code, data)})
	}
	if !a.Ready {
		return httpx.WriteJSONAs(w, http.StatusServiceUnavailable, a)
	}
	return httpx.WriteJSON(w, a)
}
