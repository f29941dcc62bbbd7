package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"qingshan/db/dbtest"
)

// clients send at the same time.
const clients = 8

// TestKill kills the server again and again in the middle of a load, with no warning, and holds it to what it had
// acknowledged: every such record is there exactly once, the book verifies and only grew, and the figures are what the
// records give. The moment is drawn in records acknowledged, and then in requests begun, so that the signal meets
// transactions in every state.
func TestKill(t *testing.T) {
	kills := 5
	if os.Getenv("QINGSHAN_SOAK") == "1" {
		kills = 50
	}
	dbtest.Each(t, func(t *testing.T, stores dbtest.Stores) {
		stores.Close(t)
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		f := newField(t, seed, stores.Location.URL, stores.Location.Schema)
		f.begin()
		for range kills {
			f.loadUntilKilled()
			f.restart()
			f.checkAcknowledged()
			f.resend()
			f.checkWhole()
		}
		f.server.stop(t)
		f.checkRebuilt()
		t.Logf("%d records, %d of them acknowledged before a kill, %d sent again after one", len(f.sent), f.before, f.again)
	})
}

// field is the people in the field: what they sent, and what they were told.
type field struct {
	t      *testing.T
	ctx    context.Context
	seed   uint64
	rng    *rand.Rand
	dir    string
	token  string
	server *station

	mu      sync.Mutex // protects the fields below and the author
	author  *author
	sent    []*sheet
	told    map[*sheet]receipt // acknowledged
	amended map[*sheet]bool
	waiting []parcel // sent, but the answer never came
	sizes   map[string]int64
	notes   []byte // checkpoints that the server gave away
	holders map[string]map[int64]*sheet
	trigger *trigger

	before, again int
}

// trigger says when to kill: after so many records were acknowledged, and so many requests more begun.
type trigger struct {
	records, requests int
	pulled            bool
}

func (tr *trigger) acknowledged(records int) {
	if tr != nil {
		tr.records -= records
	}
}

func (tr *trigger) begun() {
	if tr.records <= 0 {
		tr.requests--
	}
}

func newField(t *testing.T, seed uint64, url, schema string) *field {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	t.Cleanup(cancel)
	f := &field{t: t, ctx: ctx, seed: seed, rng: rand.New(rand.NewPCG(seed, 2)), dir: t.TempDir(), author: newAuthor(seed),
		told: map[*sheet]receipt{}, amended: map[*sheet]bool{}, sizes: map[string]int64{}, holders: map[string]map[int64]*sheet{countyBook: {}, townBook: {}}}
	config := fmt.Sprintf("db: %q\nschema: %q\nbooks:\n  - {book: %q}\n  - {book: %q, parent: %q}\n", url, schema, countyBook, townBook, countyBook)
	if err := os.WriteFile(filepath.Join(f.dir, "qingshan.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// command runs a command of the program on the data folder and wants it to succeed.
func (f *field) command(args ...string) string {
	f.t.Helper()
	var out, err bytes.Buffer
	if status := run(f.ctx, append(args, "--dir", f.dir), console{out: &out, err: &err}); status != 0 {
		f.t.Fatalf("seed %d: qingshan %s: status %d\n%s%s", f.seed, strings.Join(args, " "), status, &out, &err)
	}
	return out.String()
}

// begin starts the server and has the county register where everything happens.
func (f *field) begin() {
	f.token = strings.TrimSpace(f.command("token", "issue", "--book", countyBook))
	f.server = launch(f.t, f.dir, f.token)
	var units parcel
	for code, class := range map[string]string{countyBook: "county", townBook: "town", firstPlace: "village"} {
		s := f.author.village()
		s.body["about"] = []string{"unit/" + code}
		s.body["values"] = map[string]any{"object": code, "name": "某地", "class": class}
		if s.root, s.villages = code, 0; class == "village" {
			s.villages = 1
		}
		units = append(units, s)
	}
	f.mu.Lock()
	f.sent = append(f.sent, units...)
	f.waiting = append(f.waiting, units)
	f.mu.Unlock()
	f.resend()
}

// loadUntilKilled has the clients send until the drawn moment comes.
func (f *field) loadUntilKilled() {
	f.trigger = &trigger{records: 1 + f.rng.IntN(400), requests: f.rng.IntN(2 * clients)}
	moment := fmt.Sprintf("kill after %d records acknowledged and %d requests more", f.trigger.records, f.trigger.requests)
	var wait sync.WaitGroup
	for client := range clients {
		rng := rand.New(rand.NewPCG(f.rng.Uint64(), uint64(client)))
		wait.Go(func() { f.sendFresh(rng) })
	}
	wait.Wait()
	f.server.kill()
	f.trigger = nil
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = len(f.told)
	f.t.Logf("%s: %d of %d records acknowledged", moment, len(f.told), len(f.sent))
	if f.t.Failed() {
		f.t.FailNow()
	}
}

// sendFresh sends new parcels, some with a record that was acknowledged before, until the server is killed.
func (f *field) sendFresh(rng *rand.Rand) {
	for {
		f.mu.Lock()
		if f.trigger.pulled {
			f.mu.Unlock()
			return
		}
		p := f.author.parcel(f.amendable)
		f.sent = append(f.sent, p...)
		if old := f.repeat(rng, p[0].book); old != nil {
			p = append(p, old)
		}
		f.trigger.begun()
		f.pull()
		f.mu.Unlock()
		if !f.deliver(p) {
			return
		}
	}
}

// amendable draws a record that may be amended and was not yet; the caller holds f.mu.
func (f *field) amendable(rng *rand.Rand) *sheet {
	old := f.sent[rng.IntN(len(f.sent))]
	if !old.amendable() || f.amended[old] {
		return nil
	}
	f.amended[old] = true
	return old
}

// repeat draws a record of the book that was acknowledged, now and then; the caller holds f.mu.
func (f *field) repeat(rng *rand.Rand, book string) *sheet {
	old := f.sent[rng.IntN(len(f.sent))]
	if _, told := f.told[old]; told && old.book == book && rng.IntN(3) == 0 {
		return old
	}
	return nil
}

// deliver sends a parcel and notes the receipts. False: the server is gone, or a receipt is wrong.
func (f *field) deliver(p parcel) bool {
	receipts, err := f.server.send(f.ctx, p)
	f.mu.Lock()
	if receipts == nil {
		f.waiting = append(f.waiting, p)
		if err == nil && (f.trigger == nil || !f.trigger.pulled) {
			err = errors.New("the server went away by itself")
		}
	}
	fresh := 0
	for i, got := range receipts {
		known, again := f.told[p[i]]
		if wrong := misread(p[i], got, known, again); wrong != nil {
			err = wrong
			break
		}
		if !again {
			f.told[p[i]] = got
			f.sizes[p[i].book] = max(f.sizes[p[i].book], got.Seq+1)
			fresh++
		}
	}
	f.trigger.acknowledged(fresh)
	f.pull()
	f.mu.Unlock()
	if err != nil {
		f.t.Errorf("seed %d: %v\nstandard error of the server:\n%s", f.seed, err, f.server.stderr)
	}
	return err == nil && receipts != nil
}

// misread says what is wrong with a receipt.
func misread(s *sheet, got, known receipt, again bool) error {
	switch {
	case got.ID != s.id:
		return fmt.Errorf("record %s: the receipt is for %s", s.id, got.ID)
	case again && (got.Outcome != "duplicate" || got.Seq != known.Seq || got.Leaf != known.Leaf):
		return fmt.Errorf("record %s was acknowledged as %+v and is now %+v", s.id, known, got)
	case got.Outcome != "stored" && got.Outcome != "duplicate":
		return fmt.Errorf("record %s: %+v, want it stored\n%v", s.id, got, s.body)
	}
	return nil
}

// pull kills the server once the moment has come; the caller holds f.mu.
func (f *field) pull() {
	if f.trigger == nil || f.trigger.pulled || f.trigger.records > 0 || f.trigger.requests > 0 {
		return
	}
	f.trigger.pulled = true
	if err := f.server.cmd.Process.Kill(); err != nil {
		f.t.Errorf("kill: %v", err)
	}
}

func (f *field) restart() {
	f.server = launch(f.t, f.dir, f.token)
}

// checkAcknowledged looks every entry up that a client was told of and that was not looked up before, and has the book
// verified against the checkpoints given away earlier.
func (f *field) checkAcknowledged() {
	f.t.Helper()
	for s, told := range f.told {
		if f.holders[s.book][told.Seq] == s {
			continue
		}
		f.hold(s, told)
		got, err := f.server.entry(f.ctx, s.book, told.Seq)
		if err != nil || got.Leaf != told.Leaf || idOf(got) != s.id {
			f.t.Fatalf("seed %d: entry %d of %s was acknowledged as %s with leaf %s; there is %s with leaf %s, error %v",
				f.seed, told.Seq, s.book, s.id, told.Leaf, idOf(got), got.Leaf, err)
		}
	}
	f.verify()
}

// hold notes which record an entry holds; two cannot have one.
func (f *field) hold(s *sheet, told receipt) {
	if other := f.holders[s.book][told.Seq]; other != nil && other != s {
		f.t.Fatalf("seed %d: entry %d of %s was acknowledged for %s and for %s", f.seed, told.Seq, s.book, other.id, s.id)
	}
	f.holders[s.book][told.Seq] = s
}

func idOf(e entry) string {
	var r struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal([]byte(e.Record), &r) // no id then
	return r.ID
}

// verify runs the command beside the serving process, against every checkpoint kept so far, and keeps the present ones.
func (f *field) verify() {
	f.t.Helper()
	args := []string{"verify"}
	if kept := filepath.Join(f.dir, "kept"); len(f.notes) > 0 {
		if err := os.WriteFile(kept, f.notes, 0o600); err != nil {
			f.t.Fatal(err)
		}
		args = append(args, "--older", kept)
	}
	if lines := f.command(args...); strings.Count(lines, " ok\n") != 2 {
		f.t.Fatalf("seed %d: verify printed\n%s\nwant two books ok", f.seed, lines)
	}
	for _, book := range []string{countyBook, townBook} {
		status, note, err := f.server.ask(f.ctx, http.MethodGet, "/api/v1/books/"+book+"/checkpoint", nil)
		if err != nil || status != http.StatusOK {
			f.t.Fatalf("checkpoint of %s: %d %s, error %v", book, status, note, err)
		}
		f.notes = append(f.notes, note...)
	}
}

// resend sends everything again that no receipt came for; nobody kills the server meanwhile.
func (f *field) resend() {
	f.t.Helper()
	parcels := f.waiting
	f.waiting = nil
	queue := make(chan parcel, len(parcels))
	for _, p := range parcels {
		f.again += len(p)
		queue <- p
	}
	close(queue)
	var wait sync.WaitGroup
	for range clients {
		wait.Go(func() {
			for p := range queue {
				f.deliver(p)
			}
		})
	}
	wait.Wait()
	if f.t.Failed() {
		f.t.FailNow()
	}
}

// checkWhole holds the books, their followers and the figures to the records: now every record sent is acknowledged.
func (f *field) checkWhole() {
	f.t.Helper()
	if len(f.told) != len(f.sent) {
		f.t.Fatalf("seed %d: %d of %d records acknowledged after all were sent again", f.seed, len(f.told), len(f.sent))
	}
	f.checkAcknowledged()
	standsOn := f.checkFigures()
	f.checkReady()
	f.checkNothingElse(standsOn)
}

// checkFigures waits for the followers and compares every figure with what the records sent give. It gives the sizes of
// the books that the figures stand on.
func (f *field) checkFigures() map[string]int64 {
	f.t.Helper()
	q := url.Values{"place": {countyBook}, "period": {"2025"}, "code": strings.Split(loadFigures, ",")}
	for book, size := range f.sizes {
		q.Add("wait", fmt.Sprintf("%s:%d", book, size))
	}
	var answer struct {
		StandsOn map[string]int64 `json:"stands_on"`
		Figures  []struct {
			Code  string `json:"code"`
			Value string `json:"value"`
		} `json:"figures"`
	}
	if err := f.server.get(f.ctx, "/api/v1/figures?"+q.Encode(), &answer); err != nil {
		f.t.Fatalf("seed %d: %v\n%s", f.seed, err, f.server.stderr)
	}
	for book, size := range f.sizes {
		if answer.StandsOn[book] < size {
			f.t.Errorf("seed %d: the figures stand on %d entries of %s, and %d were waited for", f.seed, answer.StandsOn[book], book, size)
		}
	}
	want := figures(f.sent)
	if len(answer.Figures) != len(want) {
		f.t.Errorf("seed %d: got %d figures, want %d", f.seed, len(answer.Figures), len(want))
	}
	for _, got := range answer.Figures {
		if got.Value != want[got.Code] {
			f.t.Errorf("seed %d: %s is %s, and the records give %s", f.seed, got.Code, got.Value, want[got.Code])
			f.compareLoads()
		}
	}
	return answer.StandsOn
}

// compareLoads says of which loads the figure has another view than what was sent: a test that fails once in a thousand
// runs must tell what it saw.
func (f *field) compareLoads() {
	f.t.Helper()
	want := map[string]string{}
	for _, s := range inForce(f.sent) {
		if s.kilograms > 0 {
			want[s.root] = fmt.Sprintf("entry %d: %s", f.told[s].Seq, thousandths(s.kilograms))
		}
	}
	q := url.Values{"place": {countyBook}, "period": {"2025"}, "limit": {"500"}}
	for {
		var page struct {
			Records []struct {
				ID     string `json:"id"`
				Seq    int64  `json:"seq"`
				Amount string `json:"amount"`
			} `json:"records"`
			Next string `json:"next"`
		}
		if err := f.server.get(f.ctx, "/api/v1/figures/clean.domestic_waste/records?"+q.Encode(), &page); err != nil {
			f.t.Error(err)
			return
		}
		for _, r := range page.Records {
			if got := fmt.Sprintf("entry %d: %s", r.Seq, r.Amount); got != want[r.ID] {
				f.t.Errorf("load %s: the figure stands on %s, want %q", r.ID, got, want[r.ID])
			}
			delete(want, r.ID)
		}
		if page.Next == "" {
			break
		}
		q.Set("after", page.Next)
	}
	for root, missing := range want {
		f.t.Errorf("load %s: the figure lacks %s", root, missing)
	}
}

// checkReady wants the server to say that no follower stopped or lags.
func (f *field) checkReady() {
	f.t.Helper()
	var answer struct {
		Ready bool `json:"ready"`
	}
	if err := f.server.get(f.ctx, "/readyz", &answer); err != nil || !answer.Ready {
		f.t.Errorf("seed %d: readyz says %+v, error %v", f.seed, answer, err)
	}
}

// checkNothingElse wants of every other entry that the system itself made it: then each record is there exactly once,
// because each has one entry that is its own.
func (f *field) checkNothingElse(sizes map[string]int64) {
	f.t.Helper()
	for book, size := range sizes {
		for seq := range size {
			if _, held := f.holders[book][seq]; held {
				continue
			}
			got, err := f.server.entry(f.ctx, book, seq)
			if err != nil {
				f.t.Fatalf("seed %d: %v", f.seed, err)
			}
			if !systemMade(got) {
				f.t.Fatalf("seed %d: entry %d of %s was never acknowledged: %s", f.seed, seq, book, got.Record)
			}
			f.holders[book][seq] = nil // looked at
		}
	}
}

// systemMade tells whether the steward, or the issuing of the operator's token, made an entry.
func systemMade(e entry) bool {
	var r struct {
		Kind   string         `json:"kind"`
		Values map[string]any `json:"values"`
	}
	if err := json.Unmarshal([]byte(e.Record), &r); err != nil {
		return false
	}
	switch r.Kind {
	case "book.opened", "catalog.published", "book.adopted":
		return true
	case "register.person":
		return r.Values["object"] == "operator"
	default:
		return false
	}
}

// checkRebuilt drops all that follows from the entries, replays them, and wants the same tables.
func (f *field) checkRebuilt() {
	f.t.Helper()
	lines := strings.Split(strings.TrimSpace(f.command("rebuild")), "\n")
	for _, line := range lines {
		if !strings.HasSuffix(line, " same") {
			f.t.Errorf("seed %d: rebuild printed %q", f.seed, line)
		}
	}
	if len(lines) < 10 {
		f.t.Errorf("seed %d: rebuild compared %d tables only", f.seed, len(lines))
	}
}
