package access

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"qingshan/fault"
	"qingshan/internal/httpx"
)

// Guard checks the right that a route asks for; its Check goes into the mux, once for all doors.
type Guard struct {
	tokens *Tokens
}

// NewGuard makes the guard of an installation's tokens.
func NewGuard(tokens *Tokens) *Guard { return &Guard{tokens: tokens} }

// Check finds out who is calling and whether they have the right. The request it gives carries the actor as far as the
// door's handler, which takes it out by [ActorOf] and passes it on as an argument.
func (g *Guard) Check(r *http.Request, right string) (*http.Request, error) {
	secret, err := bearer(r.Header.Values("Authorization"))
	if err != nil {
		return nil, err
	}
	actor, err := g.tokens.Actor(r.Context(), secret)
	if err != nil {
		return nil, err
	}
	httpx.Note(r.Context(), slog.String("actor", actor.sort()), slog.String("actor_book", string(actor.Book)))
	if !actor.May(Right(right)) {
		return nil, fault.New(fault.Forbidden, "token.no_right", fault.Data{"right": right})
	}
	return r.WithContext(context.WithValue(r.Context(), actorKey{}, actor)), nil
}

// sort says what sort of caller it is, without saying who.
func (a Actor) sort() string {
	if IsCounty(a.Book) {
		return "county"
	}
	return "town"
}

// bearer reads the secret out of the one Authorization header.
func bearer(headers []string) (string, error) {
	if len(headers) != 1 {
		return "", fault.New(fault.Unauthenticated, "token.missing", nil)
	}
	scheme, secret, _ := strings.Cut(headers[0], " ")
	secret = strings.TrimSpace(secret)
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return "", fault.New(fault.Unauthenticated, "token.missing", nil)
	}
	return secret, nil
}

type actorKey struct{}

// ActorOf gives the actor of a request that a guard has let through; the zero Actor, who may do nothing, of any other.
func ActorOf(r *http.Request) Actor {
	actor, _ := r.Context().Value(actorKey{}).(Actor)
	return actor
}
