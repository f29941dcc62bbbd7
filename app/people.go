package app

import (
	"context"
	"fmt"
	"time"

	"qingshan/access"
	"qingshan/fault"
	"qingshan/record"
)

// Operator is the person in whose name an installation is set up, until somebody else is registered. It is an office,
// not a human being, so its id is a word.
const Operator record.PersonRef = "operator"

// IssueToken gives a secret for a person of a book; without a person for the operator of a county's book, who is
// registered through the same desk as everybody if need be. It carries the rights named, or all of them.
func (a *App) IssueToken(ctx context.Context, book, person, label string, days int, rights ...string) (string, error) {
	carried, err := access.ReadRights(rights)
	if err != nil {
		return "", err
	}
	grant := access.Grant{Book: record.Book(book), Person: record.PersonRef(person), Rights: carried, Label: label,
		Life: time.Duration(days) * 24 * time.Hour}
	if _, err := a.books(ctx, book); err != nil {
		return "", err
	}
	if grant.Person == "" {
		grant.Person = Operator
		if err := a.registerOperator(ctx, grant.Book); err != nil {
			return "", err
		}
	}
	day := record.DayAt(a.clock(), record.Zone())
	if _, ok, err := a.register.At(ctx, grant.Book, "person", string(grant.Person), day); err != nil || !ok {
		if err == nil {
			err = fault.New(fault.NotFound, "person.unknown", nil)
		}
		return "", err
	}
	secret, _, err := a.tokens.Issue(ctx, grant)
	return secret, err
}

// registerOperator has the system register the operator in a county's book, once.
func (a *App) registerOperator(ctx context.Context, book record.Book) error {
	if !access.IsCounty(book) {
		return fault.New(fault.Invalid, "token.person_needed", fault.Data{"book": string(book)})
	}
	err := a.enter(ctx, book, map[string]any{
		"external": "operator of " + string(book),
		"kind":     "register.person",
		"observed": always,
		"about":    []string{"unit/" + string(book)},
		"values":   map[string]any{"object": string(Operator), "name": "系统管理员"},
	})
	if err != nil {
		return fmt.Errorf("register the operator: %w", err)
	}
	return a.CatchUp(ctx)
}

// Token is an issued token as it is listed.
type Token struct {
	ID     string
	Book   string
	Person string
	Rights []string
	Label  string
	State  string
}

// Tokens lists all tokens ever issued, without secrets.
func (a *App) Tokens(ctx context.Context) ([]Token, error) {
	issued, err := a.tokens.List(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Token, len(issued))
	for i, t := range issued {
		state := "until " + t.Expires.In(record.Zone()).Format(time.DateOnly)
		if !t.Revoked.IsZero() {
			state = "revoked"
		}
		out[i] = Token{ID: t.ID, Book: string(t.Book), Person: string(t.Person), Label: t.Label, State: state}
		for _, right := range t.Rights {
			out[i].Rights = append(out[i].Rights, string(right))
		}
	}
	return out, nil
}

// RevokeToken ends a token by the id that the list shows.
func (a *App) RevokeToken(ctx context.Context, id string) error { return a.tokens.Revoke(ctx, id) }
