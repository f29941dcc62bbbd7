package ledger

import (
	"context"
	"log/slog"
	"time"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/effort"
	"qingshan/record"
)

// request is one caller's submissions to one book.
type request struct {
	book record.Book
	subs []*pending
	done chan error // buffered: the funnel never waits for a caller that went away

	asked time.Time // when it was queued
	taken time.Time // when the commit began that took it along; read after done
}

// funnel gathers concurrent requests into one transaction after another. Its goroutine alone reads queue.
type funnel struct {
	queue chan *request
}

// submit hands a caller's submissions to the funnel and waits for their commit.
func (l *Ledger) submit(ctx context.Context, book record.Book, subs []*pending) error {
	req := &request{book: book, subs: subs, done: make(chan error, 1), asked: now()}
	if err := l.enqueue(ctx, req); err != nil {
		return err
	}
	select {
	case err := <-req.done:
		e := effort.Of(ctx)
		e.Add(effort.Queue, req.taken.Sub(req.asked))
		e.Add(effort.Commit, now().Sub(req.taken))
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Ledger) enqueue(ctx context.Context, req *request) error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return fault.New(fault.Unavailable, "ledger.closed", nil)
	}
	f := l.funnelOf(req.book)
	l.running.Add(1) // keeps Close from returning before this request is answered
	l.mu.Unlock()
	select {
	case f.queue <- req:
		return nil
	case <-ctx.Done():
		l.running.Done()
		return ctx.Err()
	}
}

// funnelOf finds or starts the funnel of a book. The caller holds l.mu.
func (l *Ledger) funnelOf(book record.Book) *funnel {
	if l.store.Dialect() == db.SQLite {
		book = "" // one writer: one commit drains all books
	}
	f := l.funnels[book]
	if f == nil {
		f = &funnel{queue: make(chan *request, 4*l.maxBatch)}
		l.funnels[book] = f
		go l.drain(f)
	}
	return f
}

// drain commits what is queued until the ledger closes, which it does only when nothing is queued any more.
func (l *Ledger) drain(f *funnel) {
	for {
		select {
		case first := <-f.queue:
			l.serve(gather(f.queue, first, l.maxBatch))
		case <-l.quit:
			return
		}
	}
}

// gather takes what is queued up to a number of submissions, without waiting for more.
func gather(queue <-chan *request, first *request, most int) []*request {
	reqs, count := []*request{first}, len(first.subs)
	for count < most {
		select {
		case next := <-queue:
			reqs, count = append(reqs, next), count+len(next.subs)
		default:
			return reqs
		}
	}
	return reqs
}

// serve commits requests together. What one of them did wrong must not hurt the others: if the shared commit fails for
// another reason than that the store is away, each is tried alone and gets its own answer.
func (l *Ledger) serve(reqs []*request) {
	err := l.commit(reqs)
	if err == nil || len(reqs) == 1 || fault.Is(err, fault.Unavailable) {
		l.answer(reqs, err)
		return
	}
	for _, req := range reqs {
		l.answer([]*request{req}, l.commit([]*request{req}))
	}
}

func (l *Ledger) answer(reqs []*request, err error) {
	for _, req := range reqs {
		req.done <- err
		l.running.Done()
	}
}

// commit stores the requests in one transaction. It runs to its end whatever the callers' contexts do, because other
// callers share it. Receipts are written to the callers only after the commit.
func (l *Ledger) commit(reqs []*request) error {
	ctx, began := context.Background(), now()
	var order []record.Book
	byBook := map[record.Book][]*pending{}
	count := 0
	for _, req := range reqs {
		req.taken = began
		count += len(req.subs)
		if byBook[req.book] == nil {
			order = append(order, req.book)
		}
		byBook[req.book] = append(byBook[req.book], req.subs...)
	}
	var trees map[record.Book]*tree
	err := l.store.Do(ctx, func(tx *db.Tx) error {
		trees = map[record.Book]*tree{}
		for _, book := range order {
			t, err := l.appendTo(ctx, tx, book, byBook[book])
			if err != nil {
				return err
			}
			trees[book] = t
		}
		return nil
	})
	l.settle(order, trees, err)
	if err != nil {
		l.log.Error("append not committed", slog.Int("requests", len(reqs)), slog.Any("error", err))
		return err
	}
	for _, book := range order {
		for _, p := range byBook[book] {
			*p.receipt = p.result
		}
	}
	took := now().Sub(began)
	l.committed(count, took)
	l.log.Debug("append committed", slog.Int("requests", len(reqs)), slog.Int("submissions", count), slog.Duration("took", took))
	return nil
}

// settle takes over the new right edges after a commit, forgets them after a failure (the commit may have happened all
// the same), and tells the watchers.
func (l *Ledger) settle(books []record.Book, trees map[record.Book]*tree, err error) {
	l.mu.Lock()
	watchers := l.watchers
	for _, book := range books {
		if err != nil {
			delete(l.trees, book)
			continue
		}
		l.trees[book] = trees[book]
	}
	l.mu.Unlock()
	if err != nil {
		return
	}
	for _, book := range books {
		for _, watch := range watchers {
			watch(book, trees[book].size)
		}
	}
}
