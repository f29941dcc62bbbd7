package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"time"

	"qingshan/app"
	"qingshan/catalog"
	"qingshan/db"
	"qingshan/indicator"
	"qingshan/record"
	"qingshan/register"
	"qingshan/tally"
)

// question is one figure of the town over one period.
type question struct {
	code     string
	period   string
	asOf     record.Day
	additive bool
}

func (q question) String() string {
	if q.asOf == 0 {
		return q.code + " " + q.period
	}
	return fmt.Sprintf("%s %s to %s", q.code, q.period, q.asOf)
}

func (q question) query() indicator.Query {
	period, err := record.ParsePeriod(q.period)
	if err != nil {
		panic("bench: " + err.Error())
	}
	return indicator.Query{Codes: []string{q.code}, Place: town, Period: period, AsOf: q.asOf}
}

// questions are sums of one, two and five measures over what people ask for, and for comparison two that do not add up.
func questions() []question {
	var all []question
	for _, code := range []string{"clean.domestic_waste", "clean.waste_carted", "clean.piles_tidied", "river.length_patrolled"} {
		all = append(all, question{code, "2025", 0, true}, question{code, "2025", 20251210, true}, question{code, "2025-06", 0, true},
			question{code, "2025-06-17", 0, true}, question{code, "2021..2025", 0, true})
	}
	return append(all, question{"manure.households_guided", "2025", 20251210, false}, question{"manure.deer", "2025", 20251210, false})
}

// sums says which facts a question is about.
type sums struct {
	books    []string
	measures []string
	days     record.Period
}

func (q question) sums(words *catalog.Catalog) sums {
	query := q.query()
	s := sums{books: []string{county, town}, days: query.Period.Clip(query.AsOf)}
	figure, _ := words.Figure(q.code)
	for _, code := range append([]string{q.code}, figure.Plus...) {
		part, _ := words.Figure(code)
		for _, m := range part.Of {
			s.measures = append(s.measures, string(m))
		}
	}
	return s
}

// asked is what one question took, by who answered.
type asked struct {
	board, http, page, sql, duck []time.Duration
}

// readers are those who answer.
type readers struct {
	words *catalog.Catalog
	views *db.DB
	board *indicator.Board
	app   *app.App
}

func (d *dataset) readers(ctx context.Context) (r readers, done func(), err error) {
	if r.words, err = catalog.Standard(); err != nil {
		return r, nil, err
	}
	if r.app, err = app.Open(ctx, d.config(), app.Options{Reading: true}); err != nil {
		return r, nil, err
	}
	if r.views, err = db.Open(ctx, d.Location, db.Views, db.Options{}); err != nil {
		r.app.Close()
		return r, nil, err
	}
	r.board = indicator.New(r.views, indicator.Options{Followers: []string{register.Name, tally.Name}})
	return r, func() { r.views.Close(); r.app.Close() }, nil
}

// figures puts every question to everybody, round by round.
func (b *bench) figures(ctx context.Context, d *dataset, runs int) error {
	r, done, err := d.readers(ctx)
	if err != nil {
		return err
	}
	defer done()
	all := questions()
	took := make([]asked, len(all))
	for range runs {
		for i, q := range all {
			if err := r.ask(ctx, q, &took[i]); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
	}
	if err := b.askDuck(ctx, r, all, took); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "\nfigures of the town over a book of %d entries; medians of %d rounds; SQL and DuckDB as multiples of the board\n", d.entries, runs)
	for i, q := range all {
		t := took[i]
		board := quantile(t.board, 50)
		fmt.Fprintf(b.out, "  %-42s board %s  HTTP %s  first page %s", q, both(t.board), both(t.http), both(t.page))
		if q.additive {
			fmt.Fprintf(b.out, "  SQL %.0f×", float64(quantile(t.sql, 50))/float64(board))
		}
		if q.additive && len(t.duck) > 0 {
			fmt.Fprintf(b.out, "  DuckDB %.0f×", float64(quantile(t.duck, 50))/float64(board))
		}
		fmt.Fprintln(b.out)
	}
	return nil
}

func both(took []time.Duration) string {
	return fmt.Sprintf("%v / %v", quantile(took, 50).Round(time.Microsecond), quantile(took, 99).Round(time.Microsecond))
}

func quantile(took []time.Duration, percent int) time.Duration {
	if len(took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(took))
	return sorted[len(sorted)*percent/100]
}

// times is how often a question is put in a round to those who answer at once.
const times = 40

func (r readers) ask(ctx context.Context, q question, took *asked) error {
	var reading indicator.Reading
	for n := range times {
		began := time.Now()
		readings, err := r.board.Read(ctx, r.words, q.query())
		if err != nil {
			return err
		}
		if reading = readings[0]; n > 0 { // the first of a round warms the cache
			took.board = append(took.board, time.Since(began))
		}
	}
	if err := r.askHTTP(q, took); err != nil {
		return err
	}
	for range 5 {
		began := time.Now()
		if _, _, err := r.board.Because(ctx, r.words, q.code, q.query(), indicator.Page{}); err != nil {
			return err
		}
		took.page = append(took.page, time.Since(began))
	}
	if !q.additive {
		return nil
	}
	began := time.Now()
	var amount, facts int64
	err := r.views.Read(ctx, func(tx *db.Tx) (err error) {
		amount, facts, err = sumFacts(ctx, tx, q.sums(r.words))
		return err
	})
	took.sql = append(took.sql, time.Since(began))
	if err == nil && (amount != reading.Amount || facts != reading.Records) {
		err = fmt.Errorf("the board says %d of %d records, plain SQL %d of %d", reading.Amount, reading.Records, amount, facts)
	}
	return err
}

// askHTTP takes the time in the server: from the request to its whole answer, without the network.
func (r readers) askHTTP(q question, took *asked) error {
	values := url.Values{"place": {town}, "period": {q.period}, "code": {q.code}}
	if q.asOf != 0 {
		values.Set("as_of", q.asOf.String())
	}
	for n := range times {
		req := httptest.NewRequest(http.MethodGet, "/api/v1/figures?"+values.Encode(), nil)
		answer := httptest.NewRecorder()
		began := time.Now()
		r.app.Handler().ServeHTTP(answer, req)
		if n > 0 {
			took.http = append(took.http, time.Since(began))
		}
		if answer.Code != http.StatusOK {
			return fmt.Errorf("%d: %.300s", answer.Code, answer.Body)
		}
	}
	return nil
}
