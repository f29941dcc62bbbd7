package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"qingshan/db"
)

// duckQuestion is a question as duckdb/compare.mjs reads it.
type duckQuestion struct {
	Books    []string `json:"books"`
	Measures []string `json:"measures"`
	Place    string   `json:"place"`
	From     int64    `json:"from"`
	To       int64    `json:"to"`
	Times    int      `json:"times"`
}

// duckAnswer is what it prints.
type duckAnswer struct {
	Amount string  `json:"amount"`
	Took   []int64 `json:"took"`
}

// askDuck puts the questions to DuckDB over the same facts, loaded into its memory, if it is installed.
func (b *bench) askDuck(ctx context.Context, r readers, all []question, took []asked) error {
	if _, err := os.Stat("duckdb/node_modules"); err != nil {
		fmt.Fprintln(b.out, "without DuckDB: run npm ci in bench/duckdb to compare with it")
		return nil
	}
	dir, err := os.MkdirTemp("", "qingshan-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	facts, asks := filepath.Join(dir, "facts.csv"), filepath.Join(dir, "questions.json")
	if err := r.export(ctx, facts); err != nil {
		return err
	}
	list := make([]duckQuestion, len(all))
	for i, q := range all {
		s := q.sums(r.words)
		list[i] = duckQuestion{Books: s.books, Measures: s.measures, Place: town, From: int64(s.days.From), To: int64(s.days.To), Times: 20}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	if err := os.WriteFile(asks, text, 0o600); err != nil {
		return err
	}
	return readDuck(ctx, r, all, took, facts, asks)
}

func readDuck(ctx context.Context, r readers, all []question, took []asked, facts, asks string) error {
	command := exec.CommandContext(ctx, "node", "duckdb/compare.mjs", facts, asks)
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return fmt.Errorf("duckdb: %w", err)
	}
	var answers []duckAnswer
	if err := json.Unmarshal(text, &answers); err != nil {
		return fmt.Errorf("duckdb: %w", err)
	}
	for i, q := range all {
		readings, err := r.board.Read(ctx, r.words, q.query())
		if err != nil {
			return err
		}
		if want := strconv.FormatInt(readings[0].Amount, 10); q.additive && answers[i].Amount != want {
			return fmt.Errorf("%s: DuckDB says %s, the board %s", q, answers[i].Amount, want)
		}
		for _, ns := range answers[i].Took {
			took[i].duck = append(took[i].duck, time.Duration(ns))
		}
	}
	return nil
}

// export writes the facts as DuckDB reads them.
func (r readers) export(ctx context.Context, file string) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	w := bufio.NewWriterSize(out, 1<<20)
	fmt.Fprintln(w, "book,measure,place,day,amount")
	err = r.views.Read(ctx, func(q *db.Tx) error {
		return eachFact(ctx, q, func(book, measure, place string, day, amount int64) error {
			_, err := fmt.Fprintf(w, "%s,%s,%s,%d,%d\n", book, measure, place, day, amount)
			return err
		})
	})
	if err != nil {
		return err
	}
	return w.Flush()
}
