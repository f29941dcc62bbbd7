package access

// Rules of tokens:
//
//  1. The secret is shown once, when the token is issued. Only its SHA-256 is stored, so that whoever reads the database
//     cannot use it; 256 random bits need no slow hash.
//  2. A token is bound to one person and one book, carries rights by name, and always ends.
//  3. Whether a token is unknown, expired or revoked is told only to who has the secret.

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/record"
)

// How long a token may last.
const (
	MinLife = 24 * time.Hour
	MaxLife = 2 * 366 * 24 * time.Hour
)

// Grant says for whom a token is, and what it carries.
type Grant struct {
	Person record.PersonRef
	Book   record.Book
	Rights []Right
	Label  string        // what it is for, such as "tablet of the sanitation team"; shown in lists
	Life   time.Duration // between MinLife and MaxLife
}

// Token is an issued token as it is listed; its secret is not kept.
type Token struct {
	ID      string // the first 16 digits of the hash, enough to revoke it by
	Person  record.PersonRef
	Book    record.Book
	Rights  []Right
	Label   string
	Created time.Time
	Expires time.Time
	Revoked time.Time // zero while it holds
	hash    digest.Hash
}

// Options sets clock and randomness; the zero value uses the machine's.
type Options struct {
	Clock  func() time.Time
	Random io.Reader
}

// Tokens issues, knows and revokes bearer tokens in the durable store. It is safe for concurrent use.
type Tokens struct {
	store  *db.DB
	clock  func() time.Time
	random io.Reader
}

// NewTokens opens the tokens of a ledger store.
func NewTokens(store *db.DB, o Options) *Tokens {
	t := &Tokens{store: store, clock: o.Clock, random: o.Random}
	if t.clock == nil {
		t.clock = time.Now
	}
	if t.random == nil {
		t.random = rand.Reader
	}
	return t
}

// prefix marks a secret, so that one left in a text or a log is found by searching for it.
const prefix = "qs_"

// Issue makes a token and gives its secret, which nobody can give again.
func (t *Tokens) Issue(ctx context.Context, g Grant) (secret string, issued Token, err error) {
	if err := g.check(); err != nil {
		return "", Token{}, err
	}
	var random [32]byte
	if _, err := io.ReadFull(t.random, random[:]); err != nil {
		return "", Token{}, fmt.Errorf("read randomness for a token: %w", err)
	}
	secret = prefix + base64.RawURLEncoding.EncodeToString(random[:])
	now := t.clock().Truncate(time.Millisecond)
	issued = newToken(digest.Of([]byte(secret)))
	issued.Person, issued.Book, issued.Rights, issued.Label = g.Person, g.Book, g.Rights, g.Label
	issued.Created, issued.Expires = now, now.Add(g.Life)
	err = t.store.Do(ctx, func(tx *db.Tx) error { return insertToken(ctx, tx, issued) })
	if err != nil {
		return "", Token{}, fmt.Errorf("issue a token: %w", err)
	}
	return secret, issued, nil
}

func newToken(hash digest.Hash) Token { return Token{ID: hash.String()[:16], hash: hash} }

func (g Grant) check() error {
	_, err := record.ParseBook(string(g.Book))
	known := len(g.Rights) > 0 && !slices.ContainsFunc(g.Rights, func(r Right) bool { return !slices.Contains(Rights(), r) })
	if err != nil || g.Person == "" || !known || g.Life < MinLife || g.Life > MaxLife || len(g.Label) > 200 {
		return fault.New(fault.Invalid, "token.bad_grant", nil)
	}
	return nil
}

// Actor finds out who holds a secret.
func (t *Tokens) Actor(ctx context.Context, secret string) (Actor, error) {
	if len(secret) > 100 || !strings.HasPrefix(secret, prefix) {
		return Actor{}, fault.New(fault.Unauthenticated, "token.unknown", nil)
	}
	hash := digest.Of([]byte(secret))
	token, found, err := t.find(ctx, hash)
	switch {
	case err != nil:
		return Actor{}, fmt.Errorf("look up a token: %w", err)
	case !found || subtle.ConstantTimeCompare(token.hash[:], hash[:]) != 1:
		return Actor{}, fault.New(fault.Unauthenticated, "token.unknown", nil)
	case !token.Revoked.IsZero():
		return Actor{}, fault.New(fault.Unauthenticated, "token.revoked", nil)
	case !t.clock().Before(token.Expires):
		return Actor{}, fault.New(fault.Unauthenticated, "token.expired", nil)
	}
	return Actor{Person: token.Person, Book: token.Book, Rights: token.Rights, Token: token.ID}, nil
}

func (t *Tokens) find(ctx context.Context, hash digest.Hash) (token Token, found bool, err error) {
	err = t.store.Read(ctx, func(q *db.Tx) error {
		token, found, err = selectToken(ctx, q, hash)
		return err
	})
	return token, found, err
}

// List gives every token ever issued, in order of issue.
func (t *Tokens) List(ctx context.Context) ([]Token, error) {
	var list []Token
	err := t.store.Read(ctx, func(q *db.Tx) (err error) {
		list, err = selectTokens(ctx, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return list, nil
}

// Revoke ends a token for good. Revoking it again keeps the first time.
func (t *Tokens) Revoke(ctx context.Context, id string) error {
	list, err := t.List(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(token Token) bool { return token.ID == id })
	if at < 0 {
		return fault.New(fault.NotFound, "token.not_found", fault.Data{"token": id})
	}
	err = t.store.Do(ctx, func(tx *db.Tx) error { return revokeToken(ctx, tx, list[at].hash, t.clock()) })
	if err != nil {
		return fmt.Errorf("revoke token %s: %w", id, err)
	}
	return nil
}
