package indicator

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"qingshan/db"
	"qingshan/record"
)

// stream is the facts of one measure in one book: the index has them in order of place, day and sequence.
type stream struct {
	book    string
	measure string
}

// selectFlows lists the facts of flows in order from a position on, place by place: at each place every stream that has
// some gives as many as are still wanted. So a page costs what it shows, however many facts there are.
func selectFlows(ctx context.Context, tx *db.Tx, b behind, from position, limit int) ([]placed, error) {
	at := map[record.UnitCode][]stream{}
	for _, book := range b.books {
		for _, measure := range b.flows {
			s := stream{book, measure}
			places, err := selectPlaces(ctx, tx, b, s, from.Place)
			if err != nil {
				return nil, err
			}
			for _, place := range places {
				at[place] = append(at[place], s)
			}
		}
	}
	var list []placed
	for _, place := range slices.Sorted(maps.Keys(at)) {
		for _, s := range at[place] {
			more, err := selectStream(ctx, tx, b.part(s, place), from, limit)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
		if len(list) >= limit {
			break
		}
	}
	return firstOf(list, limit), nil
}

// firstOf puts facts in order and keeps the first ones.
func firstOf(list []placed, limit int) []placed {
	slices.SortFunc(list, func(a, b placed) int { return a.position().compare(b.position()) })
	return list[:min(limit, len(list))]
}

// compare gives the order of the list.
func (p position) compare(other position) int {
	return cmp.Or(cmp.Compare(p.Place, other.Place), cmp.Compare(p.Day, other.Day), cmp.Compare(p.Book, other.Book),
		cmp.Compare(p.Seq, other.Seq), cmp.Compare(p.Measure, other.Measure), cmp.Compare(p.Subject, other.Subject),
		cmp.Compare(p.Root, other.Root), cmp.Compare(p.Key, other.Key))
}

// part is what one stream has at one place.
type part struct {
	stream
	place record.UnitCode
	days  record.Period
}

func (b behind) part(s stream, place record.UnitCode) part { return part{s, place, b.days} }

// lastPlace is behind all places within one: codes have digits and hyphens.
const lastPlace = "~"

// selectPlaces lists the places within the one asked about, from one on, where a stream has facts on the days that count.
// The databases have no word for going from one place straight to the next; a recursion does it.
func selectPlaces(ctx context.Context, tx *db.Tx, b behind, s stream, from record.UnitCode) ([]record.UnitCode, error) {
	first := max(from, b.place)
	rows, err := tx.Query(ctx, `
		WITH RECURSIVE step (place) AS (
			SELECT MIN(place)
			FROM fact
			WHERE book = $1
				AND measure = $2
				AND place >= $3
				AND place < $4
			UNION ALL
			SELECT (
				SELECT MIN(next.place)
				FROM fact next
				WHERE next.book = $1
					AND next.measure = $2
					AND next.place > step.place
					AND next.place < $4)
			FROM step
			WHERE step.place IS NOT NULL)
		SELECT place
		FROM step
		WHERE place IS NOT NULL
			AND EXISTS (
				SELECT 1
				FROM fact held
				WHERE held.book = $1
					AND held.measure = $2
					AND held.place = step.place
					AND held.day >= $5
					AND held.day <= $6)`, s.book, s.measure, string(first), string(b.place)+lastPlace, int64(b.days.From), int64(b.days.To))
	if err != nil {
		return nil, fmt.Errorf("list places of %s: %w", s.measure, err)
	}
	var places []record.UnitCode
	err = each(rows, func() error {
		var place record.UnitCode
		err := rows.Scan(&place)
		places = append(places, place)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list places of %s: %w", s.measure, err)
	}
	return places, nil
}

// selectStream reads the next facts of a stream at a place.
func selectStream(ctx context.Context, tx *db.Tx, p part, from position, limit int) ([]placed, error) {
	w := db.NewWhere(1).And("book = ?", p.book).And("measure = ?", p.measure).And("place = ?", string(p.place)).
		And("day >= ?", int64(p.days.From)).And("day <= ?", int64(p.days.To))
	if p.place == from.Place {
		w.And("day >= ?", int64(from.Day)).And("(day, book, seq, measure, subject, root, key) > (?, ?, ?, ?, ?, ?, ?)",
			int64(from.Day), string(from.Book), from.Seq, string(from.Measure), from.Subject, from.Root, from.Key)
	}
	where, most := w.SQL(), w.Bind(limit)
	rows, err := tx.Query(ctx, `
		SELECT
			book,
			seq,
			root,
			measure,
			subject,
			place,
			day,
			amount,
			key
		FROM fact
		`+where+`
		ORDER BY day, seq, subject, root, key
		LIMIT `+most, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return scanPlaced(rows)
}

func scanPlaced(rows cursor) ([]placed, error) {
	var list []placed
	err := each(rows, func() error {
		var p placed
		var root string
		err := rows.Scan(&p.Book, &p.Seq, &root, &p.Measure, &p.Subject, &p.Place, &p.Day, &p.Amount, &p.key)
		if err != nil {
			return err
		}
		p.Root, err = record.ParseID(root)
		list = append(list, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return list, nil
}
