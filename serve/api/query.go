package api

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"

	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/internal/httpx"
	"qingshan/record"
)

// patience bounds how long a reading waits for the followers.
const patience = 10 * time.Second

// maxCodes bounds how many figures, and how many waits, one request may name.
const maxCodes = 200

func notFound(code, name, value string) error {
	return fault.New(fault.NotFound, code, fault.Data{name: value})
}

func refused(code string) error { return fault.New(fault.Invalid, code, nil) }

// readPlace reads the parameter that says where.
func readPlace(q httpx.Query, name string) (record.UnitCode, error) {
	place, err := record.ParseUnitCode(q.Get(name))
	if err != nil {
		return "", refused("query.place")
	}
	return place, nil
}

// readDay reads an optional day.
func readDay(q httpx.Query, name string, otherwise record.Day) (record.Day, error) {
	text := q.Get(name)
	if text == "" {
		return otherwise, nil
	}
	day, err := record.ParseDay(text)
	if err != nil {
		return 0, refused("query." + name)
	}
	return day, nil
}

// readLimit reads an optional page size.
func readLimit(q httpx.Query) (int, error) {
	text := q.Get("limit")
	if text == "" {
		return 0, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > 1000 {
		return 0, refused("query.limit")
	}
	return limit, nil
}

var codeForm = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)

// readCode reads the code of a figure; only what has the form of one is ever repeated in an answer.
func readCode(text string) (string, error) {
	if len(text) > 100 || !codeForm.MatchString(text) {
		return "", refused("query.code")
	}
	return text, nil
}

// readFigureQuery reads place, period, as_of and code.
func readFigureQuery(q httpx.Query) (indicator.Query, error) {
	place, err := readPlace(q, "place")
	if err != nil {
		return indicator.Query{}, err
	}
	period, err := record.ParsePeriod(q.Get("period"))
	if err != nil {
		return indicator.Query{}, refused("query.period")
	}
	asOf, err := readDay(q, "as_of", 0)
	if err != nil {
		return indicator.Query{}, err
	}
	codes := q.All("code")
	if len(codes) > maxCodes {
		return indicator.Query{}, refused("query.code")
	}
	for _, code := range codes {
		if _, err := readCode(code); err != nil {
			return indicator.Query{}, err
		}
	}
	return indicator.Query{Codes: codes, Place: place, Period: period, AsOf: asOf}, nil
}

// readCompare reads whether figures are wanted beside their plans and last year's.
func readCompare(q httpx.Query) (bool, error) {
	text := q.Get("compare")
	if text != "" && text != "0" && text != "1" {
		return false, refused("query.compare")
	}
	return text == "1", nil
}

// goal is a size of a book that the followers should have passed.
type goal struct {
	book record.Book
	size int64
}

// readWaits reads every BOOK:SIZE of the parameter wait.
func readWaits(texts []string) ([]goal, error) {
	if len(texts) > maxCodes {
		return nil, refused("query.wait")
	}
	var goals []goal
	for _, text := range texts {
		name, size, _ := strings.Cut(text, ":")
		book, errBook := record.ParseBook(name)
		n, errSize := strconv.ParseInt(size, 10, 64)
		if errBook != nil || errSize != nil || n < 0 {
			return nil, refused("query.wait")
		}
		goals = append(goals, goal{book: book, size: n})
	}
	return goals, nil
}

// await waits for what the parameter wait names, so that a client reads what it has just written. A size that the book
// has not reached is refused at once.
func (d *door) await(ctx context.Context, q httpx.Query) error {
	goals, err := readWaits(q.All("wait"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, g := range goals {
		head, err := d.Ledger.Size(ctx, g.book)
		if err != nil {
			return err
		}
		if g.size > head {
			return refused("query.wait")
		}
		if err := d.Wait(ctx, g.book, g.size); err != nil {
			return err
		}
	}
	return nil
}
