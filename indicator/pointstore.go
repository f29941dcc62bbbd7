package indicator

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/fact"
	"qingshan/record"
)

// selectPoints reads all points of some lines.
func (s store) selectPoints(ctx context.Context, lines map[line]bool) (map[line]points, error) {
	found := map[line]points{}
	measures, subjects := sides(lines)
	for part := range slices.Chunk(subjects, chunk) {
		w := db.NewWhere(1).And("book = ?", string(s.book)).AndIn("measure", measures).AndIn("subject", part)
		rows, err := s.tx.Query(ctx, `
			SELECT
				measure,
				subject,
				day,
				root,
				place,
				amount,
				seq,
				refs
			FROM stock_point
			`+w.SQL(), w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("read points: %w", err)
		}
		err = each(rows, func() error {
			var l line
			var m mark
			var p point
			var root string
			if err := rows.Scan(&l.measure, &l.subject, &m.day, &root, &p.place, &p.amount, &p.seq, &p.refs); err != nil {
				return err
			}
			var err error
			if m.root, err = record.ParseID(root); err != nil || !lines[l] {
				return err
			}
			if found[l] == nil {
				found[l] = points{}
			}
			found[l][m] = p
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read points: %w", err)
		}
	}
	return found, nil
}

// sides lists the measures and the subjects of lines, for two IN lists.
func sides(lines map[line]bool) (measures, subjects []string) {
	m, s := map[fact.Measure]bool{}, map[string]bool{}
	for l := range lines {
		m[l.measure], s[l.subject] = true, true
	}
	for measure := range m {
		measures = append(measures, string(measure))
	}
	for subject := range s {
		subjects = append(subjects, subject)
	}
	slices.Sort(measures)
	slices.Sort(subjects)
	return measures, subjects
}

// addPoints adds differences to the points and removes those that no fact speaks for any more.
func (s store) addPoints(ctx context.Context, moved map[line]map[mark]point) error {
	var rows, doubtful [][]any
	for l, marks := range moved {
		fewer := false
		for m, p := range marks {
			rows = append(rows, []any{string(s.book), string(l.measure), l.subject, int64(m.day), m.root.String(),
				string(p.place), p.seq, p.amount, p.refs})
			fewer = fewer || p.refs < 0
		}
		if fewer {
			doubtful = append(doubtful, []any{string(s.book), string(l.measure), l.subject})
		}
	}
	sortRows(rows)
	key := []string{"book", "measure", "subject", "day", "root"}
	err := s.tx.Merge(ctx, db.Merge{Table: "stock_point", Key: key, Set: []string{"place", "seq"}, Add: []string{"amount", "refs"}}, rows)
	if err != nil {
		return err
	}
	sortRows(doubtful)
	return s.tx.Prune(ctx, "stock_point", key[:3], []string{"refs"}, doubtful)
}

// sortRows puts rows of texts and integers into the order of their columns.
func sortRows(rows [][]any) {
	slices.SortFunc(rows, func(a, b []any) int {
		for i := range a {
			var order int
			switch v := a[i].(type) {
			case string:
				order = cmp.Compare(v, b[i].(string))
			case int64:
				order = cmp.Compare(v, b[i].(int64))
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
}
