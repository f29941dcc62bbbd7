package quarantine

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/record"
)

const town record.Book = "220323102"

// watch is a clock that a test sets.
type watch struct {
	mu  sync.Mutex
	now time.Time // protected by mu
}

func (w *watch) read() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *watch) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func morning() *watch { return &watch{now: time.Date(2025, 6, 3, 1, 2, 3, 0, time.UTC)} }

// each runs a test with a quarantine on both databases.
func each(t *testing.T, f func(t *testing.T, s *Store, clock *watch)) {
	dbtest.Each(t, func(t *testing.T, stores dbtest.Stores) {
		clock := morning()
		f(t, New(stores.Ledger, Options{Clock: clock.read, Limits: Limits{TokenItems: 3, TokenBytes: 200, BookItems: 5, BookBytes: 400}}), clock)
	})
}

func arrival(token, raw string) Arrival {
	return Arrival{Book: town, Named: town, Form: OneRecord, Channel: "device", Sender: "p-00000001", Token: token, Kind: "waste.load",
		Received: morning().now, Sent: morning().now.Add(-time.Hour), Raw: []byte(raw),
		Reason: []record.Finding{{Code: "by.on_behalf", Grade: record.Note, Field: "by"},
			{Code: "value.too_large", Grade: record.Fatal, Field: "values.mass", Data: map[string]string{"limit": "20", "unit": "t"}}}}
}

func keep(t *testing.T, s *Store, arrivals ...Arrival) []string {
	t.Helper()
	ids, err := s.Keep(t.Context(), arrivals...)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func get(t *testing.T, s *Store, id string) File {
	t.Helper()
	f, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

// deeds writes a history as words.
func deeds(f File) string {
	var words []string
	for _, s := range f.History {
		words = append(words, string(s.Did)+":"+string(s.Who))
	}
	return strings.Join(words, " ")
}

func TestWhatIsKeptComesBackToTheByte(t *testing.T) {
	each(t, func(t *testing.T, s *Store, clock *watch) {
		want := arrival("t1", "{\"mass\": \"\\u0000\x00\xff\xfe 张三\"}")
		want.Catalog, want.Record = digest.Of([]byte("x")), record.HashID("device", "a")
		want.Origin = strings.Repeat("0", 32)
		empty := arrival("t1", "")
		empty.Form, empty.Named, empty.Sent, empty.Raw, empty.Kind = WholeBody, "", time.Time{}, nil, ""
		ids := keep(t, s, want, empty)
		got := get(t, s, ids[0])
		raw := want.Raw
		want.Raw = nil
		if !reflect.DeepEqual(got.Arrival, want) || got.State != Waiting || got.Hash != digest.Of(raw) || got.Bytes != int64(len(raw)) || got.Times != 1 ||
			!got.Settled.IsZero() || !got.Scrubbed.IsZero() || deeds(got) != "received:p-00000001" || !got.Latest.Equal(want.Received) {
			t.Errorf("kept\n got %+v\nwant %+v", got, want)
		}
		for i, bytesWant := range [][]byte{raw, {}} {
			if _, got, err := s.Raw(t.Context(), ids[i], "p-7"); err != nil || !bytes.Equal(got, bytesWant) {
				t.Errorf("raw: got %q, %v, want %q", got, err, bytesWant)
			}
		}
		if got := get(t, s, ids[0]); deeds(got) != "received:p-00000001 viewed:p-7" || !got.History[1].At.Equal(clock.read()) {
			t.Errorf("after a look: %+v", got.History)
		}
	})
}

func TestSameBytesAreOneItem(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ *watch) {
		a := arrival("t1", "x")
		later := a
		later.Received, later.Sent, later.Token = a.Received.Add(time.Hour), time.Time{}, "t2" // the phone has a new token
		first, again := keep(t, s, a, a), keep(t, s, later)
		if first[0] != first[1] || again[0] != first[0] {
			t.Fatalf("ids: %v, then %v", first, again)
		}
		if got := get(t, s, first[0]); got.Times != 2 || !got.Latest.Equal(later.Received) || got.Token != "t1" || len(got.History) != 1 {
			t.Errorf("delivered again: %+v", got)
		}
		for name, other := range map[string]func(a *Arrival){
			"another person":  func(a *Arrival) { a.Sender = "p-00000002" },
			"another book":    func(a *Arrival) { a.Named = "220323001" },
			"another's care":  func(a *Arrival) { a.Book = "220323" },
			"another door":    func(a *Arrival) { a.Channel = "sheet" },
			"the whole body":  func(a *Arrival) { a.Form = WholeBody },
			"a byte is other": func(a *Arrival) { a.Raw = []byte("y") },
		} {
			b := a
			if other(&b); b.id() == first[0] {
				t.Errorf("%s: the same item", name)
			}
		}
		hold, err := s.Take(t.Context(), first[0])
		if err == nil {
			err = s.Settle(t.Context(), hold, Replayed, Outcome{Who: "p-9"})
		}
		if settled := keep(t, s, a); err != nil || settled[0] != first[0] || get(t, s, first[0]).State != Replayed {
			t.Errorf("after it was settled, delivered again: %v, %v", settled, err)
		}
	})
}

func TestQuotas(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ *watch) {
		keep(t, s, arrival("t1", "1"), arrival("t1", "2"))
		if _, err := s.Keep(t.Context(), arrival("t1", "3"), arrival("t1", "4")); codeOf(err) != "quarantine.token_full" || !fault.Is(err, fault.Unavailable) {
			t.Errorf("the fourth of a token: %v", err)
		}
		if _, err := s.Keep(t.Context(), arrival("t2", strings.Repeat("x", 201))); codeOf(err) != "quarantine.token_full" {
			t.Errorf("too many bytes of a token: %v", err)
		}
		ids := keep(t, s, arrival("t1", "1"), arrival("t1", "3")) // nothing of the refused delivery was kept
		keep(t, s, arrival("t1", "1"))                            // what is there may come again, full or not
		keep(t, s, arrival("t2", "5"), arrival("t2", "6"))
		if _, err := s.Keep(t.Context(), arrival("t2", "7")); codeOf(err) != "quarantine.book_full" {
			t.Errorf("the sixth of a book: %v", err)
		}
		if err := s.Dismiss(t.Context(), ids[0], "p-9", "twice"); err != nil {
			t.Fatal(err)
		}
		keep(t, s, arrival("t2", "7")) // what is settled makes room
	})
}

// TestTheLastPlaceIsTakenOnce has many devices want the last place of a book at the same time.
func TestTheLastPlaceIsTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ *watch) {
		keep(t, s, arrival("a", "1"), arrival("a", "2"), arrival("b", "3"), arrival("b", "4"))
		var all sync.WaitGroup
		var mu sync.Mutex
		taken, full := 0, 0
		for i := range 8 {
			all.Go(func() {
				_, err := s.Keep(t.Context(), arrival(fmt.Sprint("c", i), fmt.Sprint("c", i)))
				mu.Lock()
				defer mu.Unlock()
				switch codeOf(err) {
				case "":
					taken++
				case "quarantine.book_full":
					full++
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if taken != 1 || full != 7 {
			t.Errorf("%d took the last place and %d were refused, want 1 and 7", taken, full)
		}
	})
}

func TestOnePersonAtATime(t *testing.T) {
	each(t, func(t *testing.T, s *Store, clock *watch) {
		ctx, id := t.Context(), keep(t, s, arrival("t", "x"))[0]
		first, err := s.Take(ctx, id)
		if err != nil || string(first.Raw) != "x" {
			t.Fatalf("take: %+v, %v", first, err)
		}
		for name, err := range map[string]error{"take": second(s.Take(ctx, id)), "dismiss": s.Dismiss(ctx, id, "p-2", "no")} {
			if codeOf(err) != "quarantine.in_hand" || !fault.Is(err, fault.Conflict) {
				t.Errorf("%s while another has it: %v", name, err)
			}
		}
		clock.pass(inHand + time.Millisecond)
		again, err := s.Take(ctx, id)
		if err != nil {
			t.Fatalf("after it was held too long: %v", err)
		}
		entry := Entry{Book: town, Seq: 7, Record: record.HashID("device", "a")}
		if err := s.Settle(ctx, first, Repaired, Outcome{Who: "p-1", Entries: []Entry{entry}}); codeOf(err) != "quarantine.in_hand" {
			t.Errorf("settled by who held it too long: %v", err)
		}
		changed := []record.Finding{{Code: "record.unknown_kind", Grade: record.Fatal, Field: "kind"}}
		if err := s.Return(ctx, again, TryReplay, Outcome{Who: "p-2", Data: map[string]string{"code": "record.unknown_kind"}}, changed); err != nil {
			t.Fatal(err)
		}
		third, err := s.Take(ctx, id)
		if err != nil || !reflect.DeepEqual(third.Item.Reason, changed) {
			t.Fatalf("after it was given back: %+v, %v", third.Item, err)
		}
		if err := s.Settle(ctx, third, Repaired, Outcome{Who: "p-3", Why: "按电话更正", Entries: []Entry{entry}}); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{"take": second(s.Take(ctx, id)), "dismiss": s.Dismiss(ctx, id, "p-2", "no"), "settle": s.Settle(ctx, third, Replayed, Outcome{})} {
			if want := map[string]string{"settle": "quarantine.in_hand"}[name]; codeOf(err) != cmpOr(want, "quarantine.settled") {
				t.Errorf("%s after it was settled: %v", name, err)
			}
		}
		f := get(t, s, id)
		if want := "received:p-00000001 repair_failed:p-1 replay_failed:p-2 repaired:p-3 replay_failed:"; deeds(f) != want || f.State != Repaired || !slices.Equal(f.Entries, []Entry{entry}) {
			t.Errorf("history\n got %s %+v\nwant %s", deeds(f), f, want)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// TestManyHandsOneDeed has many people dismiss the same item at once.
func TestManyHandsOneDeed(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ *watch) {
		id := keep(t, s, arrival("t", "x"))[0]
		var all sync.WaitGroup
		results := make([]error, 8)
		for i := range results {
			all.Go(func() { results[i] = s.Dismiss(t.Context(), id, record.PersonRef(fmt.Sprint("p-", i)), "no") })
		}
		all.Wait()
		done := 0
		for _, err := range results {
			if err == nil {
				done++
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		}
		if f := get(t, s, id); done != 1 || len(f.History) != 2 || f.History[1].Why != "no" {
			t.Errorf("%d dismissed it; history %+v", done, f.History)
		}
	})
}

func TestListByPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, stores dbtest.Stores) {
		s := New(stores.Ledger, Options{Clock: morning().read})
		var want []string
		for i := range 7 {
			a := arrival("t", fmt.Sprint(i))
			a.Received = a.Received.Add(time.Duration(i/3) * time.Second) // some share a moment
			if i == 6 {
				a.Sender, a.Kind = "p-00000002", "clean.sweep"
			}
			want = append(want, keep(t, s, a)...)
		}
		other := arrival("t", "other")
		other.Book = "220323001"
		keep(t, s, other)
		var got []string
		for after, pages := "", 0; pages == 0 || after != ""; pages++ {
			items, next, err := s.List(t.Context(), Query{Books: []record.Book{town}, State: Waiting, After: after, Limit: 3})
			if err != nil || len(items) > 3 || len(items) == 0 {
				t.Fatalf("page of %d, %v", len(items), err)
			}
			for _, i := range items {
				got = append(got, i.ID)
			}
			after = next
		}
		slices.Sort(got[:3])
		slices.Sort(want[:3])
		slices.Sort(got[3:6])
		slices.Sort(want[3:6])
		if !slices.Equal(got, want) {
			t.Errorf("list\n got %v\nwant %v", got, want)
		}
		for name, c := range map[string]struct {
			q Query
			n int
		}{
			"both books": {Query{Books: []record.Book{town, "220323001"}}, 8}, "no book": {Query{}, 0}, "state": {Query{Books: []record.Book{town}, State: Repaired}, 0},
			"code": {Query{Books: []record.Book{town}, Code: "value.too_large"}, 7}, "another code": {Query{Books: []record.Book{town}, Code: "by.on_behalf"}, 0},
			"sender": {Query{Books: []record.Book{town}, Sender: "p-00000002"}, 1}, "kind": {Query{Books: []record.Book{town}, Kind: "clean.sweep"}, 1},
		} {
			if items, _, err := s.List(t.Context(), c.q); err != nil || len(items) != c.n {
				t.Errorf("%s: %d items, %v, want %d", name, len(items), err, c.n)
			}
		}
		for _, cursor := range []string{"x", "1-", "1-zz", "-" + want[0], "99999999999999999999-" + want[0]} {
			if _, _, err := s.List(t.Context(), Query{After: cursor}); codeOf(err) != "page.after" {
				t.Errorf("cursor %q: %v", cursor, err)
			}
		}
	})
}

func TestRawBytesGoAndTheRestStays(t *testing.T) {
	each(t, func(t *testing.T, s *Store, clock *watch) {
		ctx := t.Context()
		ids := keep(t, s, arrival("t", "settled"), arrival("t", "waits"))
		if err := s.Dismiss(ctx, ids[0], "p-9", "重复"); err != nil {
			t.Fatal(err)
		}
		settled := clock.read()
		clock.pass(30 * 24 * time.Hour)
		if n, err := s.Sweep(ctx, settled); n != 0 || err != nil {
			t.Errorf("at the moment it was settled: %d, %v", n, err)
		}
		for i, want := range []int{1, 0} {
			if n, err := s.Sweep(ctx, settled.Add(time.Second)); n != want || err != nil {
				t.Errorf("sweep %d: %d, %v, want %d", i, n, err, want)
			}
		}
		f := get(t, s, ids[0])
		if f.Hash != digest.Of([]byte("settled")) || len(f.Reason) != 2 || !f.Scrubbed.Equal(clock.read()) || deeds(f) != "received:p-00000001 dismissed:p-9 scrubbed:" || f.History[2].Data["rule"] != "retention" {
			t.Errorf("what stays: %+v", f)
		}
		if _, _, err := s.Raw(ctx, ids[0], "p-9"); codeOf(err) != "quarantine.scrubbed" {
			t.Errorf("raw bytes after they went: %v", err)
		}
		if f := get(t, s, ids[0]); len(f.History) != 3 {
			t.Errorf("nobody saw them: %+v", f.History)
		}
		if again := keep(t, s, arrival("t", "settled")); again[0] != ids[0] {
			t.Errorf("delivered again: %v", again)
		}
		if _, _, err := s.Raw(ctx, ids[1], "p-9"); err != nil {
			t.Errorf("what waits is kept: %v", err)
		}
	})
}

func TestForgetASubject(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, stores dbtest.Stores) {
		s, ctx := New(stores.Ledger, Options{Clock: morning().read}), t.Context()
		became, said := record.HashID("device", "became"), record.HashID("device", "said")
		byRecord := arrival("t", "2")
		byRecord.Record = said
		ids := keep(t, s, arrival("t", "1"), byRecord, arrival("t", `"about":["household/h-00c0ffee"]`), arrival("t", "4"), arrival("t", "h-00c0ffee waits"))
		for i, id := range ids[:4] {
			hold, err := s.Take(ctx, id)
			o := Outcome{Who: "p-9"}
			if i == 0 {
				o.Entries = []Entry{{Book: town, Seq: 1, Record: became}}
			}
			if err == nil {
				err = s.Settle(ctx, hold, Repaired, o)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		f, err := s.Forget(ctx, record.Ref{Kind: "household", ID: "h-00c0ffee"}, []record.ID{became, said})
		slices.Sort(f.Scrubbed)
		want := slices.Sorted(slices.Values(ids[:3]))
		if err != nil || !slices.Equal(f.Scrubbed, want) || !slices.Equal(f.Waiting, ids[4:]) {
			t.Errorf("forgotten\n got %v, %v\nwant %v, waiting %v", f, err, want, ids[4:])
		}
		if _, _, err := s.Raw(ctx, ids[3], "p-9"); err != nil {
			t.Errorf("another's: %v", err)
		}
		if f := get(t, s, ids[0]); f.History[2].Data["rule"] != "erasure" {
			t.Errorf("history: %+v", f.History)
		}
	})
}

var errInjected = errors.New("injected")

// TestFaults breaks the putting aside in both forms — failed and not stored, failed but stored — and sends again.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		at     db.Point
		skip   int
		stored bool
	}{
		"begin": {db.Beginning, 0, false}, "first statement": {db.Executing, 0, false}, "fifth statement": {db.Executing, 4, false}, "last statement": {db.Executing, 7, false},
		"commit that did not happen": {db.Committing, 0, false}, "commit whose answer was lost": {db.Committed, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, stores dbtest.Stores) {
				armed, skip := true, c.skip
				failing := New(stores.Open(t, db.Options{Fault: func(p db.Point) error {
					if !armed || p != c.at {
						return nil
					}
					if skip--; skip >= 0 {
						return nil
					}
					return errInjected
				}}).Ledger, Options{Clock: morning().read})
				auditor := New(stores.Ledger, Options{Clock: morning().read})
				a := arrival("t", "x")
				if _, err := failing.Keep(t.Context(), a); !errors.Is(err, errInjected) {
					t.Fatalf("got %v, want the injected fault", err)
				}
				if _, err := auditor.Get(t.Context(), a.id()); (err == nil) != c.stored {
					t.Errorf("after the fault: %v, want stored %v", err, c.stored)
				}
				armed = false
				ids := keep(t, failing, a)
				f := get(t, auditor, ids[0])
				if want := map[bool]int64{false: 1, true: 2}[c.stored]; f.Times != want || len(f.History) != 1 {
					t.Errorf("after sending again: %+v, want delivered %d times", f, want)
				}
			})
		})
	}
}
