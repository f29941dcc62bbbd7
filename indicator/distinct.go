package indicator

// A distinct measure counts each subject once in a span, however many facts speak for it. Facts are counted by subject and
// day at every level of the place; a span's count is the number of subjects whose first day in it is there, kept by that
// day, so that a span can be read up to any of its days.

import (
	"context"

	"qingshan/fact"
	"qingshan/record"
)

// sight names a subject at a place.
type sight struct {
	measure fact.Measure
	place   record.UnitCode
	subject string
}

// days counts facts by day.
type days map[record.Day]int64

// first is a row of the table of first days.
type first struct {
	measure fact.Measure
	place   record.UnitCode
	span    record.Span
	day     record.Day
}

// moveSightings changes the counts of facts by subject and day, of subjects by first day, and the records of the rollups.
func moveSightings(ctx context.Context, s store, changes []fact.Change, sums rollups) error {
	if len(changes) == 0 {
		return nil
	}
	moved, lines := map[sight]days{}, map[line]bool{}
	for _, c := range changes {
		signed(c, func(f fact.Fact, sign int64) {
			lines[line{f.Measure, f.Subject}] = true
			sums.add(f.Measure, f.Place, f.Day, 0, sign)
			for _, place := range f.Place.Path() {
				at := sight{f.Measure, place, f.Subject}
				if moved[at] == nil {
					moved[at] = days{}
				}
				moved[at][f.Day] += sign
			}
		})
	}
	known, err := s.selectDays(ctx, lines)
	if err != nil {
		return err
	}
	firsts := map[first]int64{}
	for at, by := range moved {
		known[at].firsts(at, -1, firsts)
		known[at].plus(by).firsts(at, 1, firsts)
	}
	if err := s.addDays(ctx, moved); err != nil {
		return err
	}
	return s.addFirsts(ctx, firsts)
}

func (d days) plus(more days) days {
	sum := make(days, len(d)+len(more))
	for _, part := range []days{d, more} {
		for day, refs := range part {
			sum[day] += refs
		}
	}
	return sum
}

// firsts adds, with a sign, the first day of each year and month in which the subject was seen.
func (d days) firsts(at sight, sign int64, into map[first]int64) {
	earliest := map[record.Span]record.Day{}
	for day, refs := range d {
		if refs <= 0 {
			continue
		}
		for _, span := range [...]record.Span{day.Year(), day.Month()} {
			if known, seen := earliest[span]; !seen || day < known {
				earliest[span] = day
			}
		}
	}
	for span, day := range earliest {
		into[first{at.measure, at.place, span, day}] += sign
	}
}
