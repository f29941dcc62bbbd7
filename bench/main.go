// Command bench measures Qingshan beside what it could be compared with, in one run on one machine:
//
//  1. single records over HTTP, each durable before it is answered, followers running, against the same program with
//     one transaction per record;
//  2. batches of 500 records — through the ledger alone, and over HTTP with everything running — as a share of raw
//     batched INSERTs of the same rows into the same table with the same indexes and the same durability.
//  3. figures of a town over large books (-parts figures), beside plain SQL and DuckDB on the same facts;
//  4. rebuilding the views (-parts rebuild) as a share of raw INSERTs of the rows that it leaves;
//  5. resident memory and the year's briefing (-parts memory).
//
// What it cannot tell: absolute speed. Machines are shared and noisy, so only ratios and medians of one run count. The
// load comes from the same process and takes its share of the processors.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	b := bench{out: os.Stdout}
	runs := flag.Int("runs", 5, "runs of each side, taken in turn")
	flag.IntVar(&b.clients, "clients", 64, "concurrent clients of the single records")
	flag.IntVar(&b.singles, "singles", 6000, "records of each single-record run")
	flag.IntVar(&b.batches, "batches", 20, "batches of each batch run")
	flag.IntVar(&b.size, "size", 500, "records of a batch")
	url := flag.String("db", os.Getenv("QINGSHAN_TEST_POSTGRES"), "PostgreSQL URL to measure beside SQLite; none = SQLite alone")
	only := flag.String("only", "", "run only the sides whose names match, and compare nothing")
	parts := flag.String("parts", "write", "what to measure: write, figures, rebuild, memory; several with commas")
	entries := flag.String("entries", "100000", "sizes of the large books; several with commas")
	flag.StringVar(&b.data, "data", "", "folder that keeps large books for the next run; none = they are made anew")
	profile := flag.String("cpuprofile", "", "write a CPU profile of all runs to this file")
	flag.Parse()
	if err := b.profiled(*profile, func() error {
		return b.parts(context.Background(), plan{strings.Split(*parts, ","), strings.Split(*entries, ","), *url, *only, *runs})
	}); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// plan says what to measure, on what and how often.
type plan struct {
	parts   []string
	entries []string
	url     string
	only    string
	runs    int
}

// parts measures one part after the other.
func (b *bench) parts(ctx context.Context, p plan) error {
	if slices.Contains(p.parts, "write") {
		if err := b.everywhere(ctx, p.url, p.only, p.runs); err != nil {
			return err
		}
	}
	if len(p.parts) == 1 && p.parts[0] == "write" {
		return nil
	}
	for _, b.url = range slices.Compact([]string{"", p.url}) {
		for _, text := range p.entries {
			entries, err := strconv.Atoi(text)
			if err != nil {
				return fmt.Errorf("-entries: %w", err)
			}
			if err := b.large(ctx, p, entries); err != nil {
				return err
			}
		}
	}
	return nil
}

// large measures what is asked about a large book.
func (b *bench) large(ctx context.Context, p plan, entries int) (err error) {
	name := "SQLite"
	if b.url != "" {
		name = "PostgreSQL"
	}
	fmt.Fprintf(b.out, "\n%s, a book of %d entries\n", name, entries)
	d, err := b.dataset(ctx, entries)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.clear(ctx)) }()
	if slices.Contains(p.parts, "rebuild") {
		if err := b.rebuilds(ctx, d, p.runs); err != nil {
			return err
		}
	}
	if slices.Contains(p.parts, "figures") {
		if err := b.figures(ctx, d, p.runs); err != nil {
			return err
		}
	}
	if slices.Contains(p.parts, "memory") && b.url == "" {
		return b.memory(ctx, d)
	}
	return nil
}

// bench is one comparison's settings.
type bench struct {
	clients int
	singles int
	batches int
	size    int
	url     string
	data    string // folder of the data sets; "" = none is kept
	out     io.Writer
	serial  int       // numbers the PostgreSQL schemas of this process
	rows    [][][]any // what the ledger stored of the batches; raw INSERTs store the same
}

// result is what one run of one side gave.
type result struct {
	records   int     // acknowledged, and found in the store afterwards
	perSecond float64 // until the last was acknowledged
	settled   float64 // the same until the followers had caught up; 0 where there are none
	p50, p99  time.Duration
}

// side is one thing to measure.
type side struct {
	name string
	run  func(ctx context.Context) (result, error)
}

// The sides, by their places in [bench.sides].
const (
	sharedCommits = iota
	ownCommits
	batchesHTTP
	batchesLedger
	rawInserts
)

func (b *bench) sides() []side {
	return []side{
		{"single records over HTTP, shared commits", func(ctx context.Context) (result, error) { return b.overHTTP(ctx, 0, b.clients, b.singles, 1) }},
		{"single records over HTTP, one transaction each", func(ctx context.Context) (result, error) { return b.overHTTP(ctx, 1, b.clients, b.singles, 1) }},
		{fmt.Sprintf("batches of %d over HTTP", b.size), func(ctx context.Context) (result, error) { return b.overHTTP(ctx, 0, 1, b.batches, b.size) }},
		{fmt.Sprintf("batches of %d through the ledger alone", b.size), b.throughLedger},
		{fmt.Sprintf("raw INSERTs of the same rows, %d a transaction", b.size), b.raw},
	}
}

// profiled calls f under the profiler if a file is named.
func (b *bench) profiled(file string, f func() error) error {
	if file == "" {
		return f()
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}

// everywhere compares on SQLite and, if there is a URL, on PostgreSQL.
func (b *bench) everywhere(ctx context.Context, url, only string, runs int) error {
	fmt.Fprintln(b.out, "SQLite")
	if err := b.compare(ctx, only, runs); err != nil || url == "" {
		return err
	}
	fmt.Fprintln(b.out, "\nPostgreSQL")
	b.url, b.rows = url, nil
	return b.compare(ctx, only, runs)
}

// compare measures the sides and, unless only some are chosen, sets them against one another.
func (b *bench) compare(ctx context.Context, only string, runs int) error {
	chosen, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	if err := b.describe(ctx); err != nil {
		return err
	}
	results, err := b.measure(ctx, runs, chosen)
	if err == nil && only == "" {
		b.report(results)
	}
	return err
}

// describe prints on what the run stands.
func (b *bench) describe(ctx context.Context) error {
	sync, err := syncTime()
	if err != nil {
		return err
	}
	durability, err := b.durability(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "%d processors, %s, ledger durability %v; writing 4 KiB and syncing the file takes %v (median)\n\n",
		runtime.NumCPU(), runtime.Version(), durability, sync.Round(time.Microsecond))
	return nil
}

// measure runs the sides in turn, A B C A B C …, so that a machine that slows down slows all of them.
func (b *bench) measure(ctx context.Context, runs int, chosen *regexp.Regexp) ([][]result, error) {
	sides := b.sides()
	results := make([][]result, len(sides))
	for round := range runs {
		for i, s := range sides {
			if !chosen.MatchString(s.name) {
				continue
			}
			runtime.GC() // the one before left garbage that is not this one's
			r, err := s.run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			results[i] = append(results[i], r)
			fmt.Fprintf(b.out, "run %d  %-48s %s\n", round+1, s.name, r)
		}
	}
	return results, nil
}

// String gives the figures of one run on one line.
func (r result) String() string {
	text := fmt.Sprintf("%8.0f records/s  p50 %-9v p99 %-9v", r.perSecond, r.p50.Round(10*time.Microsecond), r.p99.Round(10*time.Microsecond))
	if r.settled > 0 {
		text += fmt.Sprintf(" %8.0f records/s until the followers had caught up", r.settled)
	}
	return text
}

func (b *bench) report(results [][]result) {
	fmt.Fprintf(b.out, "\nmedians of %d runs\n", len(results[0]))
	for i, s := range b.sides() {
		of := func(f func(result) float64) float64 { return median(results[i], f) }
		fmt.Fprintf(b.out, "       %-48s %s\n", s.name, result{perSecond: of(speed), settled: of(settled),
			p50: time.Duration(of(half)), p99: time.Duration(of(tail))})
	}
	fmt.Fprintf(b.out, "\nmedians of the ratios, pair by pair\n")
	fmt.Fprintf(b.out, "  shared commits / one transaction each: %.2f (goal at least 3)\n", ratio(results[sharedCommits], results[ownCommits], speed))
	fmt.Fprintf(b.out, "  the same until the followers had caught up: %.2f\n", ratio(results[sharedCommits], results[ownCommits], settled))
	fmt.Fprintf(b.out, "  batches through the ledger / raw INSERTs: %.0f %% (goal at least 25 %%)\n", 100*ratio(results[batchesLedger], results[rawInserts], speed))
	fmt.Fprintf(b.out, "  batches over HTTP / raw INSERTs: %.0f %%\n", 100*ratio(results[batchesHTTP], results[rawInserts], speed))
}

func speed(r result) float64   { return r.perSecond }
func settled(r result) float64 { return r.settled }
func half(r result) float64    { return float64(r.p50) }
func tail(r result) float64    { return float64(r.p99) }

func median(results []result, of func(result) float64) float64 {
	values := make([]float64, len(results))
	for i, r := range results {
		values[i] = of(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// ratio is the median of the ratios pair by pair: both of a pair ran one after the other.
func ratio(a, b []result, of func(result) float64) float64 {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = of(a[i]) / of(b[i])
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}
