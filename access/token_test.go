package access

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
)

// watch is a clock that a test sets.
type watch struct{ now time.Time }

func (w *watch) read() time.Time { return w.now }

func morning() *watch { return &watch{now: time.Date(2025, 6, 3, 1, 2, 3, 0, time.UTC)} }

func grant() Grant {
	return Grant{Person: "p-7f", Book: "220323102", Rights: []Right{WriteRecords, ReadEntries}, Label: "tablet", Life: 48 * time.Hour}
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

func TestTokenFromIssueToRevocation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		clock, ctx := morning(), t.Context()
		tokens := NewTokens(s.Ledger, Options{Clock: clock.read, Random: bytes.NewReader(bytes.Repeat([]byte{7}, 32))})
		secret, issued, err := tokens.Issue(ctx, grant())
		if err != nil {
			t.Fatal(err)
		}
		if want := "qs_" + strings.Repeat("BwcH", 10) + "Bwc"; secret != want {
			t.Errorf("secret\n got %s\nwant %s", secret, want)
		}
		actor, err := NewTokens(s.Ledger, Options{Clock: clock.read}).Actor(ctx, secret) // as after a restart
		if err != nil || actor.Person != "p-7f" || actor.Book != "220323102" || !actor.May(WriteRecords) || !actor.May(ReadEntries) || actor.May(ReadFigures) {
			t.Errorf("actor: got %+v, %v", actor, err)
		}
		for _, wrong := range []string{"", "qs_", secret[:len(secret)-1], secret + "A", strings.ToUpper(secret), strings.TrimPrefix(secret, prefix), strings.Repeat("x", 1000)} {
			if _, err := tokens.Actor(ctx, wrong); codeOf(err) != "token.unknown" {
				t.Errorf("secret %.60q: got %v, want token.unknown", wrong, err)
			}
		}
		clock.now = issued.Expires.Add(-time.Millisecond)
		if _, err := tokens.Actor(ctx, secret); err != nil {
			t.Errorf("just before the end: %v", err)
		}
		clock.now = issued.Expires
		if _, err := tokens.Actor(ctx, secret); codeOf(err) != "token.expired" {
			t.Errorf("at the end: got %v, want token.expired", err)
		}
		revokeTwice(t, tokens, clock, issued.ID)
		if _, err := tokens.Actor(ctx, secret); codeOf(err) != "token.revoked" {
			t.Errorf("after revocation: got %v, want token.revoked", err)
		}
	})
}

func revokeTwice(t *testing.T, tokens *Tokens, clock *watch, id string) {
	t.Helper()
	for range 2 {
		if err := tokens.Revoke(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		clock.now = clock.now.Add(time.Hour)
	}
	list, err := tokens.List(t.Context())
	if err != nil || len(list) != 1 || !list[0].Revoked.Equal(clock.now.Add(-2*time.Hour)) || list[0].Label != "tablet" {
		t.Errorf("list: got %+v, %v; want one token, revoked when it first was", list, err)
	}
	if err := tokens.Revoke(t.Context(), "no such"); codeOf(err) != "token.not_found" {
		t.Errorf("revoke an unknown token: got %v", err)
	}
}

func TestTheSecretIsNotStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		secret, _, err := NewTokens(s.Ledger, Options{}).Issue(t.Context(), grant())
		if err != nil {
			t.Fatal(err)
		}
		err = s.Ledger.Read(t.Context(), func(q *db.Tx) error {
			list, err := selectTokens(t.Context(), q)
			for _, token := range list {
				if token.hash.String() == secret || strings.Contains(secret, token.ID) {
					t.Errorf("the store holds the secret: %+v", token)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestIssueRefusesBadGrants(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		tokens := NewTokens(s.Ledger, Options{})
		for name, spoil := range map[string]func(*Grant){
			"person": func(g *Grant) { g.Person = "" },
			"book":   func(g *Grant) { g.Book = "Bad Book" },
			"rights": func(g *Grant) { g.Rights = nil },
			"word":   func(g *Grant) { g.Rights = []Right{"everything"} },
			"short":  func(g *Grant) { g.Life = MinLife - 1 },
			"long":   func(g *Grant) { g.Life = MaxLife + 1 },
			"label":  func(g *Grant) { g.Label = strings.Repeat("x", 201) },
		} {
			g := grant()
			spoil(&g)
			if _, _, err := tokens.Issue(t.Context(), g); codeOf(err) != "token.bad_grant" {
				t.Errorf("%s: got %v, want token.bad_grant", name, err)
			}
		}
		if list, err := tokens.List(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("after refusals: got %v, %v", list, err)
		}
	})
}

// TestIssueWhenTheStoreFails tries both forms of failure: nothing is stored, or it is but the answer is lost. In
// neither is a secret given, so a token that nobody holds does no harm.
func TestIssueWhenTheStoreFails(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		for point, stored := range map[db.Point]int{db.Committing: 0, db.Committed: 1} {
			broken := errors.New("broken")
			faulty := s.Open(t, db.Options{Fault: func(p db.Point) error {
				if p == point {
					return broken
				}
				return nil
			}})
			secret, _, err := NewTokens(faulty.Ledger, Options{}).Issue(t.Context(), grant())
			if !errors.Is(err, broken) || secret != "" {
				t.Errorf("failure at %s: got secret %q, %v", point, secret, err)
			}
			list, err := NewTokens(s.Ledger, Options{}).List(t.Context())
			if err != nil || len(list) != stored {
				t.Errorf("failure at %s: got %d tokens, %v; want %d", point, len(list), err, stored)
			}
			for _, token := range list {
				remove(t, s.Ledger, token)
			}
		}
	})
}

func remove(t *testing.T, store *db.DB, token Token) {
	t.Helper()
	err := store.Do(t.Context(), func(tx *db.Tx) error { return deleteToken(t.Context(), tx, token.hash) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestGuard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		tokens := NewTokens(s.Ledger, Options{})
		secret, _, err := tokens.Issue(context.Background(), grant())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			headers []string
			right   Right
			want    string
		}{
			{nil, WriteRecords, "token.missing"},
			{[]string{"Basic abc"}, WriteRecords, "token.missing"},
			{[]string{"Bearer"}, WriteRecords, "token.missing"},
			{[]string{"Bearer " + secret, "Bearer " + secret}, WriteRecords, "token.missing"},
			{[]string{"Bearer qs_nobody"}, WriteRecords, "token.unknown"},
			{[]string{"Bearer " + secret}, ReadFigures, "token.no_right"},
			{[]string{"Bearer " + secret}, WriteRecords, ""},
			{[]string{"bearer  " + secret}, ReadEntries, ""},
		} {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header["Authorization"] = c.headers
			passed, err := NewGuard(tokens).Check(r, string(c.right))
			if codeOf(err) != c.want {
				t.Errorf("%q for %s: got %v, want %q", c.headers, c.right, err, c.want)
			}
			if err == nil && ActorOf(passed).Person != "p-7f" {
				t.Errorf("%q: got actor %+v", c.headers, ActorOf(passed))
			}
			if ActorOf(r).Person != "" {
				t.Error("the request that was checked has changed")
			}
		}
	})
}

func FuzzBearer(f *testing.F) {
	for _, seed := range []string{"", "Bearer x", "bearer  qs_1", "Bearer ", "Basic x", "Bearer\tx"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		secret, err := bearer(http.Header{"Authorization": {header}}.Values("Authorization"))
		if (err == nil) != (secret != "") || err == nil && !strings.HasSuffix(strings.TrimSpace(header), secret) {
			t.Fatalf("bearer(%q) = %q, %v", header, secret, err)
		}
	})
}
