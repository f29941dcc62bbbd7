package ledger_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/ledger"
	"qingshan/record"
)

const book record.Book = "220323102"

var noon = time.Date(2025, 6, 3, 4, 0, 0, 0, time.UTC)

// id makes a distinct, valid ID from a number.
func id(n int) record.ID {
	var out record.ID
	binary.BigEndian.PutUint64(out[8:], uint64(n))
	out[6], out[8] = 0x70, 0x80
	return out
}

func envelope() record.Envelope {
	return record.Envelope{
		Received: noon,
		Channel:  record.ChannelAPI,
		Catalog:  digest.Of([]byte("catalog")),
		Day:      20250603,
		Resolved: record.Resolved{Place: "220323102210"},
	}
}

func opening(b record.Book) record.Submission {
	return record.Submission{Envelope: envelope(), Record: record.Record{
		ID: record.HashID(record.ChannelSystem, "open "+string(b)), Book: b, Kind: ledger.KindOpened, Observed: record.InstantAt(noon),
		Values: record.Values{"unit": record.Text(string(b))},
	}}
}

func load(b record.Book, n int, grams int64) record.Submission {
	return record.Submission{Envelope: envelope(), Record: record.Record{
		ID: id(n), Book: b, Kind: "waste.load", Observed: record.InstantAt(noon), By: "p1",
		Values: record.Values{"mass": record.Int(grams)},
	}}
}

func household(b record.Book, n int, name string, subject string) record.Submission {
	sub := load(b, n, 0)
	sub.Record.Kind = "register.household"
	sub.Record.Values = record.Values{"object": record.Text("h1"), "head": record.Bool(false)}
	sub.Personal = []record.Personal{{Field: "values.head", Value: record.Text(name), Subject: subject}}
	return sub
}

// open gives a ledger in which the books are open.
func open(t testing.TB, store *db.DB, o ledger.Options, books ...record.Book) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(context.Background(), store, o)
	if err != nil {
		t.Fatalf("open ledger: %v", err)
	}
	t.Cleanup(l.Close)
	for _, b := range books {
		if _, err := l.Create(context.Background(), opening(b)); err != nil {
			t.Fatalf("create %s: %v", b, err)
		}
	}
	return l
}

// put appends and wants these outcomes.
func put(t testing.TB, l *ledger.Ledger, want []record.Outcome, subs ...record.Submission) []record.Receipt {
	t.Helper()
	receipts, err := l.Append(context.Background(), subs...)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	for i, r := range receipts {
		if r.Outcome != want[i] {
			t.Errorf("submission %d: got %s at %d, want %s", i, r.Outcome, r.Seq, want[i])
		}
	}
	return receipts
}

func verify(t testing.TB, l *ledger.Ledger, b record.Book, older ...[]byte) ledger.Report {
	t.Helper()
	report, err := l.Verify(context.Background(), b, older...)
	if err != nil {
		t.Fatalf("verify %s: %v", b, err)
	}
	return report
}

func TestAppendIsIdempotent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		l := open(t, s.Ledger, ledger.Options{}, book)
		first := put(t, l, []record.Outcome{record.Stored, record.Stored}, load(book, 1, 900), load(book, 2, 800))
		if first[0].Seq != 1 || first[1].Seq != 2 {
			t.Errorf("sequences %d, %d; want 1, 2 after the opening", first[0].Seq, first[1].Seq)
		}
		again := put(t, l,
			[]record.Outcome{record.Duplicate, record.Conflict, record.Stored, record.Duplicate, record.Conflict},
			load(book, 1, 900), load(book, 2, 801), load(book, 3, 700), load(book, 3, 700), load(book, 3, 701))
		if again[0].Seq != 1 || again[0].Leaf != first[0].Leaf || again[1].Leaf != first[1].Leaf {
			t.Errorf("receipts %+v do not name the entries that hold the ids, %+v", again, first)
		}
		later := load(book, 1, 900)
		later.Envelope.Received = noon.Add(time.Hour)
		put(t, l, []record.Outcome{record.Duplicate}, later)
		if report := verify(t, l, book); report.Size != 4 {
			t.Errorf("size %d, want 4", report.Size)
		}
	})
}

func TestUnknownAndUnopenedBooksAreRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		l := open(t, s.Ledger, ledger.Options{}, book)
		_, err := l.Append(t.Context(), load("220323999", 1, 900))
		if f := fault.Of(err); f.Code != "book.unknown" || f.Kind != fault.NotFound {
			t.Errorf("append to an unknown book: got %v, want book.unknown", err)
		}
		if _, err := l.Create(t.Context(), load("220323999", 1, 900)); fault.Of(err).Code != "book.not_opened" {
			t.Errorf("create with another kind: got %v, want book.not_opened", err)
		}
		if _, err := l.Create(t.Context(), opening(book)); err != nil {
			t.Errorf("create again: %v", err)
		}
		books, err := l.Books(t.Context())
		if err != nil || fmt.Sprint(books) != "[220323102]" {
			t.Errorf("books %v, %v; want only the opened one", books, err)
		}
	})
}

// TestManyCallers has callers share commits, in several books, with repeats, and wants each record once.
func TestManyCallers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		other := record.Book("220323")
		l := open(t, s.Ledger, ledger.Options{MaxBatch: 16}, book, other)
		var wait sync.WaitGroup
		for caller := range 24 {
			wait.Go(func() {
				for n := range 20 {
					b := []record.Book{book, other}[(caller+n)%2]
					sub := load(b, 1000*(caller/3)+n, int64(n))
					if _, err := l.Append(context.Background(), sub); err != nil {
						t.Errorf("append: %v", err)
					}
				}
			})
		}
		wait.Wait()
		// Callers 3k, 3k+1 and 3k+2 say the same records, alternating between the books: each book holds each once.
		if a, b := verify(t, l, book).Size, verify(t, l, other).Size; a != 1+8*20 || b != 1+8*20 {
			t.Errorf("sizes %d and %d, want %d each", a, b, 1+8*20)
		}
	})
}

func TestTwoNodesShareABook(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		a := open(t, s.Ledger, ledger.Options{}, book)
		b := open(t, s.Open(t, db.Options{}).Ledger, ledger.Options{})
		for n := range 40 {
			node := []*ledger.Ledger{a, b}[n%3/2]
			put(t, node, []record.Outcome{record.Stored}, load(book, n, int64(n)))
		}
		put(t, b, []record.Outcome{record.Duplicate}, load(book, 0, 0))
		if report := verify(t, b, book); report.Size != 41 {
			t.Errorf("size %d, want 41", report.Size)
		}
	})
}

func TestPersonalValuesAreSealedAndErased(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		l := open(t, s.Ledger, ledger.Options{}, book)
		put(t, l, []record.Outcome{record.Stored, record.Duplicate, record.Conflict},
			household(book, 1, "张某甲", "person/p7"), household(book, 1, "张某甲", "person/p7"), household(book, 1, "李某乙", "person/p7"))
		put(t, l, []record.Outcome{record.Duplicate, record.Conflict},
			household(book, 1, "张某甲", "person/p7"), household(book, 1, "李某乙", "person/p7"))
		text, _, err := l.Raw(t.Context(), book, 1)
		if err != nil {
			t.Fatal(err)
		}
		if rec, err := record.Parse(text); err != nil || rec.Values["head"].Shape != record.IsSealed {
			t.Errorf("stored %s, %v; want the head sealed", text, err)
		}
		if report := verify(t, l, book); report.Personal != 1 {
			t.Errorf("personal values %d, want 1", report.Personal)
		}
		kept, err := l.Personal(t.Context(), book, []record.ID{id(1)})
		if err != nil || kept[id(1)]["values.head"].Text != "张某甲" {
			t.Errorf("kept %v, %v; want the name", kept, err)
		}
		erase := load(book, 2, 0)
		erase.Record.Kind = ledger.KindErased
		erase.Record.Values = record.Values{"subject": record.Text("person/p7"), "reason": record.Text("on request")}
		put(t, l, []record.Outcome{record.Stored}, erase)
		if report := verify(t, l, book); report.Personal != 0 {
			t.Errorf("personal values after erasure %d, want 0", report.Personal)
		}
		put(t, l, []record.Outcome{record.Duplicate}, household(book, 1, "张某甲", "person/p7"))
		changed := household(book, 1, "张某甲", "person/p7")
		changed.Record.Values["object"] = record.Text("h2")
		put(t, l, []record.Outcome{record.Conflict}, changed)
	})
}

func TestHistories(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		l := open(t, s.Ledger, ledger.Options{}, book)
		amend := load(book, 2, 950)
		amend.Record.Amends = id(1)
		confirm := load(book, 3, 0)
		confirm.Record.Kind, confirm.Record.Values = ledger.KindConfirmed, record.Values{"record": record.Text(id(1).String())}
		stored := []record.Outcome{record.Stored, record.Stored, record.Stored, record.Stored}
		put(t, l, stored, amend, load(book, 1, 900), load(book, 4, 10), confirm)
		got, err := l.Histories(t.Context(), book, []record.ID{id(1), id(4), id(9)}, 4)
		if err != nil {
			t.Fatal(err)
		}
		if seqs := seqsOf(got[id(1)]); seqs != "[1 2]" {
			t.Errorf("below 4: history %s, want [1 2]", seqs)
		}
		got, err = l.Histories(t.Context(), book, []record.ID{id(1), id(4), id(9)}, 5)
		if err != nil || seqsOf(got[id(1)]) != "[1 2 4]" || seqsOf(got[id(4)]) != "[3]" || len(got[id(9)]) != 0 {
			t.Errorf("below 5: %v, %v; want [1 2 4], [3] and none", got, err)
		}
	})
}

func seqsOf(entries []record.Entry) string {
	seqs := []int64{}
	for _, e := range entries {
		seqs = append(seqs, e.Seq)
	}
	return fmt.Sprint(seqs)
}

func TestProofs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		l := open(t, s.Ledger, ledger.Options{}, book)
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 1))
		for n := 0; n < 70; {
			var subs []record.Submission
			for range 1 + random.IntN(9) {
				subs = append(subs, load(book, n, int64(n)))
				n++
			}
			if _, err := l.Append(t.Context(), subs...); err != nil {
				t.Fatal(err)
			}
		}
		size := verify(t, l, book).Size
		for range 200 {
			upTo := 1 + random.Int64N(size)
			seq := random.Int64N(upTo)
			inclusion, err := l.Prove(t.Context(), book, seq, upTo)
			if err != nil || inclusion.Check() != nil {
				t.Fatalf("seed %d: inclusion of %d in %d: %v, %v", seed, seq, upTo, err, inclusion.Check())
			}
			consistency, err := l.ProveConsistency(t.Context(), book, seq+1, upTo)
			if err != nil || consistency.Check() != nil {
				t.Fatalf("seed %d: %d is a prefix of %d: %v, %v", seed, seq+1, upTo, err, consistency.Check())
			}
			inclusion.Leaf[0] ^= 1
			if inclusion.Check() == nil {
				t.Fatalf("seed %d: a changed leaf passes its proof", seed)
			}
		}
		for _, bad := range []int64{-1, size, size + 7} {
			if _, err := l.Prove(t.Context(), book, bad, 0); !fault.Is(err, fault.NotFound) {
				t.Errorf("proof of entry %d of %d: got %v, want not found", bad, size, err)
			}
		}
	})
}
