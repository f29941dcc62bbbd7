package witness

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/ledger"
	"qingshan/record"
)

const book record.Book = "220323102"

var noon = time.Date(2026, 1, 10, 4, 0, 0, 0, time.UTC)

// history is a real book: entries are said in its own way from the fork on, and in the common way before. The same seed
// gives the same signing key.
type history struct {
	*ledger.Ledger
	fork int64
	way  string
}

func begin(t testing.TB, seed byte, fork int64, way string) history {
	t.Helper()
	d, err := db.Open(t.Context(), db.Location{Dir: t.TempDir()}, db.Ledger, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), d, ledger.Options{Random: rand.NewChaCha8([32]byte{seed})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); _ = d.Close() })
	h := history{Ledger: l, fork: fork, way: way}
	if _, err := l.Create(t.Context(), h.entry(0, ledger.KindOpened)); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h history) entry(seq int64, kind record.Kind) record.Submission {
	said := fmt.Sprint(seq)
	if seq >= h.fork {
		said += h.way
	}
	return record.Submission{
		Record: record.Record{ID: record.HashID(record.ChannelSystem, said), Book: book, Kind: kind, Observed: record.InstantAt(noon),
			Values: record.Values{"said": record.Text(said)}},
		Envelope: record.Envelope{Received: noon, Channel: record.ChannelSystem, Catalog: digest.Of([]byte("catalog")), Day: 20260110},
	}
}

// grow appends until the book has a size.
func (h history) grow(t testing.TB, size int64) {
	t.Helper()
	now, err := h.Size(t.Context(), book)
	if err != nil {
		t.Fatal(err)
	}
	var subs []record.Submission
	for seq := now; seq < size; seq++ {
		subs = append(subs, h.entry(seq, "waste.load"))
	}
	if _, err := h.Append(t.Context(), subs...); err != nil {
		t.Fatal(err)
	}
}

func (h history) at(t testing.TB, size int64) ledger.Checkpoint {
	t.Helper()
	c, err := h.At(t.Context(), book, size)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// prove is what an honest site does.
func (h history) prove(ctx context.Context, size int64, asked *int) func(int64) ([][32]byte, error) {
	return func(old int64) ([][32]byte, error) {
		*asked++
		c, err := h.ProveConsistency(ctx, book, old, size)
		var proof [][32]byte
		for _, hash := range c.Proof {
			proof = append(proof, hash)
		}
		return proof, err
	}
}

// kept is a lineage of the true history at these sizes.
func kept(t testing.TB, truth history, sizes ...int64) Lineage {
	return Lineage{Sizes: sizes, Load: func(size int64) (ledger.Checkpoint, error) { return truth.at(t, size), nil }}
}

func TestJudge(t *testing.T) {
	truth := begin(t, 1, 1<<40, "")
	truth.grow(t, 40)
	forkAt := func(n int64) history { h := begin(t, 1, n, " changed"); h.grow(t, 40); return h }
	nine, one := forkAt(9), forkAt(1)
	for _, c := range []struct {
		name  string
		kept  []int64
		site  history
		size  int64
		want  Outcome
		where [2]int64 // agrees, differs
	}{
		{"nothing kept", nil, truth, 5, Begun, [2]int64{}},
		{"nothing new", []int64{3, 7}, truth, 7, Consistent, [2]int64{}},
		{"grown", []int64{3, 7}, truth, 40, Consistent, [2]int64{}},
		{"changed and grown", []int64{3, 7, 12, 20}, nine, 25, Inconsistent, [2]int64{7, 12}},
		{"changed just after what was kept", []int64{3, 9}, nine, 25, Consistent, [2]int64{}},
		{"changed just before what was kept", []int64{3, 10}, nine, 25, Inconsistent, [2]int64{3, 10}},
		{"of one size", []int64{3, 7, 12, 20}, nine, 20, Forked, [2]int64{7, 12}},
		{"changed before all that was kept", []int64{3, 7, 12, 20}, one, 30, Inconsistent, [2]int64{0, 3}},
		{"cut", []int64{3, 7, 12, 20}, truth, 10, RolledBack, [2]int64{7, 12}},
		{"cut at a kept size", []int64{3, 7, 12, 20}, truth, 12, RolledBack, [2]int64{12, 20}},
		{"cut and changed", []int64{3, 7, 9, 12, 20}, one, 10, RolledBack, [2]int64{0, 3}},
		{"cut to almost nothing", []int64{3, 7}, truth, 1, RolledBack, [2]int64{0, 3}},
	} {
		asked := 0
		f, err := Judge(kept(t, truth, c.kept...), c.site.at(t, c.size), c.site.prove(t.Context(), c.size, &asked))
		if err != nil || f.Outcome != c.want || [2]int64{f.Agrees, f.Differs} != c.where || f.Found != c.size {
			t.Errorf("%s: got %+v, %v, want %s, agreeing and differing at %v", c.name, f, err, c.want, c.where)
		}
		if f.Changed() != (c.where != [2]int64{}) {
			t.Errorf("%s: changed=%v", c.name, f.Changed())
		}
	}
}

// TestJudgeFindsThePlace compares the halving with looking at every kept size, on histories drawn by chance.
func TestJudgeFindsThePlace(t *testing.T) {
	seed := uint64(20260110)
	t.Logf("seed %d", seed)
	d := rand.New(rand.NewPCG(seed, 1))
	truth := begin(t, 1, 1<<40, "")
	truth.grow(t, 300)
	for range 12 {
		fork := 1 + d.Int64N(200)
		site := begin(t, 1, fork, " changed")
		site.grow(t, 300)
		var sizes []int64
		for range 1 + d.IntN(40) {
			sizes = append(sizes, 1+d.Int64N(300))
		}
		slices.Sort(sizes)
		sizes = slices.Compact(sizes)
		size := 1 + d.Int64N(300)
		asked := 0
		f, err := Judge(kept(t, truth, sizes...), site.at(t, size), site.prove(t.Context(), size, &asked))
		if err != nil {
			t.Fatal(err)
		}
		agrees, differs := int64(0), int64(0)
		for _, s := range sizes {
			if s <= size && s <= fork {
				agrees = s
			} else if differs == 0 {
				differs = s
			}
		}
		if differs == 0 {
			agrees = 0 // nothing to tell
		}
		if f.Agrees != agrees || f.Differs != differs || f.Changed() != (differs != 0) {
			t.Errorf("fork at %d, size %d, kept %v: got %+v, want %d and %d", fork, size, sizes, f, agrees, differs)
		}
		if asked > 8 {
			t.Errorf("%d proofs were asked for over %d kept sizes", asked, len(sizes))
		}
	}
}

// TestJudgeBelievesNoProofThatDoesNotHold gives proofs of other books, too short, too long, or none.
func TestJudgeBelievesNoProofThatDoesNotHold(t *testing.T) {
	truth, other := begin(t, 1, 1<<40, ""), begin(t, 1, 2, " changed")
	truth.grow(t, 30)
	other.grow(t, 30)
	asked := 0
	honest, err := truth.prove(t.Context(), 30, &asked)(11)
	if err != nil || len(honest) < 3 {
		t.Fatalf("%d hashes, %v", len(honest), err)
	}
	foreign, err := other.prove(t.Context(), 30, &asked)(11)
	if err != nil {
		t.Fatal(err)
	}
	for name, proof := range map[string][][32]byte{"none": nil, "short": honest[1:], "long": append(slices.Clone(honest), [32]byte{}), "foreign": foreign} {
		f, err := Judge(kept(t, truth, 11), truth.at(t, 30), func(int64) ([][32]byte, error) { return proof, nil })
		if err != nil || f.Outcome != Inconsistent {
			t.Errorf("%s: got %+v, %v", name, f, err)
		}
	}
	away := fault.New(fault.Unavailable, Unreachable, nil)
	if f, err := Judge(kept(t, truth, 11), truth.at(t, 30), func(int64) ([][32]byte, error) { return nil, away }); err == nil {
		t.Errorf("a site that went away: got %+v", f)
	}
	none := fault.New(fault.Unavailable, Unproven, nil)
	if f, err := Judge(kept(t, truth, 11), truth.at(t, 30), func(int64) ([][32]byte, error) { return nil, none }); err != nil || f.Outcome != Unshown {
		t.Errorf("a file without proofs: got %+v, %v", f, err)
	}
	refused := fault.New(fault.Conflict, Refused, nil)
	if f, err := Judge(kept(t, truth, 11), truth.at(t, 30), func(int64) ([][32]byte, error) { return nil, refused }); err != nil || f.Outcome != Inconsistent {
		t.Errorf("a site that does not prove: got %+v, %v", f, err)
	}
}
