// Package fold runs pure folds over the entries of a book: it knows which entry of each root holds, which keys they
// belong to and what changed, so that a fold only says what some entries amount to. It appends nothing and adds nothing up.
package fold

import (
	"context"
	"strings"

	"qingshan/db"
	"qingshan/fact"
	"qingshan/record"
)

// Key names what entries are folded together for: one record, a case, an object in a month.
type Key string

// ownPrefix begins the keys of single records.
const ownPrefix = "rec/"

// Own gives the key that belongs to one record and its amendments alone.
func Own(root record.ID) Key { return Key(ownPrefix + root.String()) }

// Shared tells whether the key may have entries of more than one root.
func (k Key) Shared() bool { return !strings.HasPrefix(string(k), ownPrefix) }

// Fold says what entries amount to. It is pure, so the same entries give the same facts for ever, and total, so it never
// refuses an entry: one without effect is named in Result.Idle.
type Fold interface {
	// Name is the follower's name, for its cursor and its rows.
	Name() string
	// Keys gives the keys that an entry belongs to: Own of its root, shared ones, or none if it is not the fold's business.
	Keys(e record.Entry) []Key
	// Facts gives what the entries of one key amount to. They are those in force, one a root, in the order in which their
	// roots stand in the ledger; an amendment stands in the place of its root with its own sequence, which is the Seq of
	// its facts. Their At is the runner's to find.
	Facts(key Key, entries []record.Entry) Result
}

// Result is what the entries of one key amount to: every root has a fact or a reason for having none, and no two facts
// agree in measure, subject and root.
type Result struct {
	Facts []fact.Fact
	Idle  map[record.ID]string
}

// Source gives for each root the entries that speak of it, below a size: the root, its amendments and confirmations.
type Source interface {
	Histories(ctx context.Context, book record.Book, roots []record.ID, below int64) (map[record.ID][]record.Entry, error)
}

// Sink takes the differences between what a fold said before and says now, in the transaction that stores them.
type Sink interface {
	Move(ctx context.Context, tx *db.Tx, book record.Book, changes []fact.Change) error
}
