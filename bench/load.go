package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"qingshan/app"
	"qingshan/record"
)

// The books of a run, and the village where everything happened.
const (
	county  = "220323"
	town    = "220323102"
	village = "220323102210"
)

// observed is when all of it happened: 9:12 in the book's zone.
func observed() time.Time { return time.Date(2025, 6, 3, 1, 12, 0, 0, time.UTC) }

// kilograms is what the n-th load weighs.
func kilograms(n int) int64 { return 400 + int64(n)%900 }

// recordID makes the n-th UUIDv7 of a run.
func recordID(n int) record.ID {
	ms := 1_764_000_000_000 + n
	text := fmt.Sprintf("%08x-%04x-7000-8000-%012x", ms>>16, ms&0xffff, n)
	return record.ID(uuid.MustParse(text)) // always well formed
}

// load is the JSON of the n-th record: a load of waste carted.
func load(n int) map[string]any {
	return map[string]any{
		"id": recordID(n).String(), "kind": "waste.load", "observed": "2025-06-03T09:12:00+08:00", "about": []string{"unit/" + village},
		"values": map[string]any{"category": "domestic", "mass": map[string]any{"amount": strconv.FormatInt(kilograms(n), 10), "unit": "kg"}},
	}
}

// unit is the JSON by which the county registers a unit.
func unit(n int, code, class string) map[string]any {
	return map[string]any{
		"id": recordID(n).String(), "kind": "register.unit", "observed": "2020-06-30", "about": []string{"unit/" + code},
		"values": map[string]any{"object": code, "name": class, "class": class},
	}
}

// body is a submission to a book.
func body(book string, records ...map[string]any) []byte {
	text, err := json.Marshal(map[string]any{"book": book, "records": records})
	if err != nil {
		panic(err) // maps of strings and numbers always marshal
	}
	return text
}

// loads are the bodies of requests of size records each.
func loads(requests, size int) [][]byte {
	bodies := make([][]byte, requests)
	for i := range bodies {
		var records []map[string]any
		for n := i * size; n < (i+1)*size; n++ {
			records = append(records, load(n))
		}
		bodies[i] = body(town, records...)
	}
	return bodies
}

// station is a running installation with its door open.
type station struct {
	app    *app.App
	place  *place
	server *httptest.Server
	client *http.Client
	token  string
}

// open starts a fresh installation whose county has registered the village.
func (b *bench) open(ctx context.Context, commitBatch, clients int) (s *station, err error) {
	s = &station{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}}
	if s.place, err = b.newPlace(); err != nil {
		return nil, err
	}
	cfg := app.Config{Dir: s.place.Dir, DB: s.place.URL, Schema: s.place.Schema, CommitBatch: commitBatch,
		Books: []app.BookConfig{{Book: county}, {Book: town, Parent: county}}}
	if s.app, err = app.Open(ctx, cfg, app.Options{}); err != nil {
		return nil, errors.Join(err, s.place.clear(ctx))
	}
	s.server = httptest.NewServer(s.app.Handler())
	if s.token, err = s.app.IssueToken(ctx, county, "", "bench", 1); err == nil {
		units := body(county, unit(1_000_001, county, "county"), unit(1_000_002, town, "town"), unit(1_000_003, village, "village"))
		err = s.post(ctx, units, 3)
	}
	if err == nil {
		err = s.app.CatchUp(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	return s, nil
}

func (s *station) close(ctx context.Context) error {
	s.server.Close()
	s.client.CloseIdleConnections()
	s.app.Close()
	return s.place.clear(ctx)
}

// post sends one submission and wants every record stored.
func (s *station) post(ctx context.Context, text []byte, want int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.server.URL+"/api/v1/records", bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if got := bytes.Count(answer, []byte(`"stored"`)); res.StatusCode != http.StatusOK || got != want {
		return fmt.Errorf("%s, %d of %d stored: %.300s", res.Status, got, want, answer)
	}
	return nil
}

// overHTTP sends requests of size records each and takes the time until the last is answered, and until the followers
// have caught up. Then the figure must be what was sent, or the run does not count.
func (b *bench) overHTTP(ctx context.Context, commitBatch, clients, requests, size int) (r result, err error) {
	s, err := b.open(ctx, commitBatch, clients)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	bodies := loads(requests, size)
	took := make([]time.Duration, requests)
	began := time.Now()
	if err := s.sendAll(ctx, bodies, size, took); err != nil {
		return r, err
	}
	r = summary(took, requests*size, time.Since(began))
	if err := s.app.CatchUp(ctx); err != nil {
		return r, fmt.Errorf("followers: %w", err)
	}
	r.settled = float64(requests*size) / time.Since(began).Seconds()
	r.records, err = s.check(ctx, requests*size)
	return r, err
}

// sendAll has as many clients as the transport keeps connections send the bodies, each the next one that nobody took.
func (s *station) sendAll(ctx context.Context, bodies [][]byte, size int, took []time.Duration) error {
	clients := s.client.Transport.(*http.Transport).MaxIdleConnsPerHost
	failures := make([]error, clients)
	var next atomic.Int64
	var wait sync.WaitGroup
	for c := range clients {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(bodies) && failures[c] == nil; i = int(next.Add(1)) - 1 {
				start := time.Now()
				failures[c] = s.post(ctx, bodies[i], size)
				took[i] = time.Since(start)
			}
		})
	}
	wait.Wait()
	return errors.Join(failures...)
}

// check verifies the book and compares the figure with what was sent; it gives the number of records behind the figure.
func (s *station) check(ctx context.Context, records int) (int, error) {
	if _, err := s.app.Verify(ctx, town, nil); err != nil {
		return 0, err
	}
	figures, err := s.app.Figures(ctx, app.Asked{Place: town, Period: "2025", Codes: []string{"clean.domestic_waste"}})
	if err != nil {
		return 0, err
	}
	var sum int64
	for n := range records {
		sum += kilograms(n)
	}
	got := "nothing"
	if figures[0].Value != nil {
		got = *figures[0].Value
	}
	value, err := strconv.ParseFloat(got, 64)
	if err != nil || int64(value*1000+0.5) != sum {
		return 0, fmt.Errorf("the figure says %s t, and %d kg were sent", got, sum)
	}
	return int(figures[0].Records), nil
}
