package year

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"qingshan/record"
)

// dice is the randomness of one habit of work. Each has its own, so that a change of one leaves the others as they were.
type dice struct {
	*rand.Rand
	bytes io.Reader
}

func newDice(seed uint64, name string) dice {
	key := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("demo/"+name+"/"), seed))
	source := rand.NewChaCha8(key)
	return dice{Rand: rand.New(source), bytes: source}
}

// id makes the UUIDv7 of an act observed on a day.
func (d dice) id(day record.Day) record.ID {
	id, err := record.NewID(day.Time(), d.bytes)
	if err != nil {
		panic(fmt.Sprintf("year: the seeded source ran dry: %v", err)) // it never does
	}
	return id
}

// permille is true in n of a thousand cases.
func (d dice) permille(n int) bool { return d.IntN(1000) < n }

// word draws one of the words by weight.
func (d dice) word(weights map[string]int) string {
	words := make([]string, 0, len(weights))
	for w := range weights {
		words = append(words, w)
	}
	slices.Sort(words)
	list := make([]int, len(words))
	for i, w := range words {
		list[i] = weights[w]
	}
	return words[d.index(list)]
}

// index draws an index by weight; the weights are not all zero.
func (d dice) index(weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	at := d.IntN(total)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// calendar is the days that work can happen on, each with its weight.
type calendar struct {
	days    []record.Day
	weights []int
}

// calendar gives the days from one to another that a season and a week leave open.
func (q Quotas) calendar(from, to record.Day, season, weekdays string) calendar {
	var c calendar
	week := q.Weekdays[weekdays]
	for d := from; d <= to; d = d.Add(1) {
		weight := q.weight(d, season)
		if len(week) == 7 {
			weight *= week[(int(d.Time().Weekday())+6)%7]
		}
		if weight > 0 && !q.closed(d) {
			c.days, c.weights = append(c.days, d), append(c.weights, weight)
		}
	}
	return c
}

func (q Quotas) weight(d record.Day, name string) int {
	monthDay := d.String()[5:]
	for _, s := range q.Seasons[name] {
		if s.from <= monthDay && monthDay <= s.to {
			return s.weight
		}
	}
	return 0
}

func (q Quotas) closed(d record.Day) bool {
	return slices.ContainsFunc(q.Closed, func(c [2]date) bool { return record.Day(c[0]) <= d && d <= record.Day(c[1]) })
}

// split divides the calendar: the days up to last, and those after it.
func (c calendar) split(last record.Day) (calendar, calendar) {
	n, _ := slices.BinarySearch(c.days, last+1)
	return calendar{c.days[:n], c.weights[:n]}, calendar{c.days[n:], c.weights[n:]}
}

func (c calendar) total() int {
	total := 0
	for _, w := range c.weights {
		total += w
	}
	return total
}

// draw gives n days in order; a calendar without days gives none.
func (c calendar) draw(d dice, n int) []record.Day {
	if len(c.days) == 0 {
		return nil
	}
	days := make([]record.Day, n)
	for i := range days {
		days[i] = c.days[d.index(c.weights)]
	}
	slices.Sort(days)
	return days
}

// drawMonthly gives n days in order with each month present before any month comes twice.
func (c calendar) drawMonthly(d dice, n int) []record.Day {
	var days []record.Day
	for _, month := range c.months() {
		if len(days) < n {
			days = append(days, month.draw(d, 1)...)
		}
	}
	days = append(days, c.draw(d, n-len(days))...)
	slices.Sort(days)
	return days
}

func (c calendar) months() []calendar {
	var months []calendar
	for i, day := range c.days {
		if i == 0 || c.days[i-1].Month() != day.Month() {
			months = append(months, calendar{})
		}
		m := &months[len(months)-1]
		m.days, m.weights = append(m.days, day), append(m.weights, c.weights[i])
	}
	return months
}

// parts divides target into n amounts between low and high, each a whole number of steps, drawn at random and then moved
// one step here and there until they come to the target exactly.
func (d dice) parts(n int, a amount) ([]Decimal, error) {
	low, high := int64((a.Low+a.Step-1)/a.Step), int64(a.High/a.Step)
	target := int64(a.Target / a.Step)
	if a.Target%a.Step != 0 || target < low*int64(n) || target > high*int64(n) {
		return nil, fmt.Errorf("%d amounts of %s from %s to %s in steps of %s cannot come to %s", n, a.Field, a.Low, a.High, a.Step, a.Target)
	}
	parts, rest := d.rough(n, low, high, target)
	for rest != 0 {
		i := d.IntN(n)
		switch {
		case rest > 0 && parts[i] < high:
			parts[i], rest = parts[i]+1, rest-1
		case rest < 0 && parts[i] > low:
			parts[i], rest = parts[i]-1, rest+1
		}
	}
	amounts := make([]Decimal, n)
	for i, p := range parts {
		amounts[i] = Decimal(p) * a.Step
	}
	return amounts, nil
}

// rough draws amounts whose mean is near the target's, and says what is still missing. It counts in whole numbers, so that
// every machine draws the same year.
func (d dice) rough(n int, low, high, target int64) ([]int64, int64) {
	const fine = 1000
	raw := make([]int64, n)
	sum := int64(0)
	for i := range raw {
		raw[i] = low*fine + (high-low)*(d.Int64N(fine)+d.Int64N(fine))/2 + 1
		sum += raw[i]
	}
	parts, rest := make([]int64, n), target
	for i := range parts {
		parts[i] = min(max(raw[i]*target/sum, low), high)
		rest -= parts[i]
	}
	return parts, rest
}
