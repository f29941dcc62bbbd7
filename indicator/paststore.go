package indicator

import (
	"context"
	"fmt"
	"slices"

	"qingshan/db"
	"qingshan/fact"
	"qingshan/record"
)

// standing adds the conditions of a measure's facts that stood, but for the days and the place.
func (s stood) standing(w *db.Where, m fact.Measure, past bool) *db.Where {
	w.And("book = ?", s.book).And("measure = ?", string(m)).And("at < ?", s.size)
	if past {
		w.And("gone >= ?", s.size)
	}
	return w
}

// inside adds the conditions of place and days.
func (s stood) inside(w *db.Where) *db.Where {
	return w.And("day >= ?", int64(s.days.From)).And("day <= ?", int64(s.days.To)).
		And("substr(place, 1, ?) = ?", len(s.place), string(s.place))
}

// selectFlowAt adds up the facts of a flow that stood at a size, and counts their subjects.
func selectFlowAt(ctx context.Context, tx *db.Tx, m fact.Measure, s stood) (t total, subjects int64, err error) {
	now := s.inside(s.standing(db.NewWhere(1), m, false))
	past := s.inside(s.standing(db.NewWhere(1+len(now.Args())), m, true))
	err = tx.QueryRow(ctx, `
		SELECT
			CAST(COALESCE(SUM(amount), 0) AS BIGINT),
			COUNT(*),
			COUNT(DISTINCT subject)
		FROM (
			SELECT
				subject,
				amount
			FROM fact
			`+now.SQL()+`
			UNION ALL
			SELECT
				subject,
				amount
			FROM past_fact
			`+past.SQL()+`) AS standing`, append(now.Args(), past.Args()...)...).Scan(&t.amount, &t.records, &subjects)
	if err != nil {
		return t, 0, fmt.Errorf("add up %s as it was: %w", m, err)
	}
	return t, subjects, nil
}

// selectLevelAt adds up the values of a stock that held at a size.
func selectLevelAt(ctx context.Context, tx *db.Tx, m fact.Measure, s stood) (total, error) {
	now := s.standing(db.NewWhere(1), m, false).And("day <= ?", int64(s.days.To))
	past := s.standing(db.NewWhere(1+len(now.Args())), m, true).And("day <= ?", int64(s.days.To))
	args := append(now.Args(), past.Args()...)
	holds := db.NewWhere(1+len(args)).And("nth = 1").And("amount <> 0").And("substr(place, 1, ?) = ?", len(s.place), string(s.place))
	var t total
	err := tx.QueryRow(ctx, `
		SELECT
			CAST(COALESCE(SUM(amount), 0) AS BIGINT),
			COUNT(*)
		FROM (
			SELECT
				place,
				amount,
				ROW_NUMBER() OVER (
					PARTITION BY subject
					ORDER BY day DESC, seq DESC, root DESC) AS nth
			FROM (
				SELECT
					subject,
					day,
					seq,
					root,
					MAX(place) AS place,
					SUM(amount) AS amount
				FROM (
					SELECT
						subject,
						day,
						seq,
						root,
						place,
						amount
					FROM fact
					`+now.SQL()+`
					UNION ALL
					SELECT
						subject,
						day,
						seq,
						root,
						place,
						amount
					FROM past_fact
					`+past.SQL()+`) AS standing
				GROUP BY subject, day, seq, root) AS point) AS line
		`+holds.SQL(), append(args, holds.Args()...)...).Scan(&t.amount, &t.records)
	if err != nil {
		return t, fmt.Errorf("add up the level of %s as it was: %w", m, err)
	}
	return t, nil
}

// selectSince reads the facts of flows that came into force since a size, and those that stood then and have ended.
func selectSince(ctx context.Context, tx *db.Tx, measures []string, s stood) ([]span, error) {
	if len(measures) == 0 {
		return nil, nil
	}
	now := s.inside(db.NewWhere(1).And("book = ?", s.book).AndIn("measure", measures).And("at >= ?", s.size))
	past := s.inside(db.NewWhere(1+len(now.Args())).And("book = ?", s.book).AndIn("measure", measures).
		And("at < ?", s.size).And("gone >= ?", s.size))
	return spans(tx.Query(ctx, `
		SELECT
			key,
			measure,
			subject,
			root,
			place,
			day,
			amount,
			seq,
			at,
			0
		FROM fact
		`+now.SQL()+`
		UNION ALL
		SELECT
			key,
			measure,
			subject,
			root,
			place,
			day,
			amount,
			seq,
			at,
			gone
		FROM past_fact
		`+past.SQL(), append(now.Args(), past.Args()...)...))
}

// selectTouched lists the subjects of stocks of which something came or went since a size, wherever they are.
func selectTouched(ctx context.Context, tx *db.Tx, measures []string, s stood) ([]line, error) {
	if len(measures) == 0 {
		return nil, nil
	}
	to := int64(s.days.To)
	now := db.NewWhere(1).And("book = ?", s.book).AndIn("measure", measures).And("at >= ?", s.size).And("day <= ?", to)
	past := db.NewWhere(1+len(now.Args())).And("book = ?", s.book).AndIn("measure", measures).And("gone >= ?", s.size).And("day <= ?", to)
	rows, err := tx.Query(ctx, `
		SELECT
			measure,
			subject
		FROM fact
		`+now.SQL()+`
		UNION
		SELECT
			measure,
			subject
		FROM past_fact
		`+past.SQL(), append(now.Args(), past.Args()...)...)
	if err != nil {
		return nil, fmt.Errorf("read what changed: %w", err)
	}
	var list []line
	err = each(rows, func() error {
		var l line
		err := rows.Scan(&l.measure, &l.subject)
		list = append(list, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what changed: %w", err)
	}
	return list, nil
}

// selectLines reads every value that was ever said of subjects of stocks, up to the end of the period.
func selectLines(ctx context.Context, tx *db.Tx, lines []line, s stood) (map[line][]span, error) {
	wanted := map[line]bool{}
	for _, l := range lines {
		wanted[l] = true
	}
	measures, subjects := sides(wanted)
	found := map[line][]span{}
	for part := range slices.Chunk(subjects, chunk) {
		list, err := selectSubjects(ctx, tx, measures, part, s)
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			l := line{f.Measure, f.Subject}
			found[l] = append(found[l], f)
		}
	}
	return found, nil
}

func selectSubjects(ctx context.Context, tx *db.Tx, measures, subjects []string, s stood) ([]span, error) {
	now := db.NewWhere(1).And("book = ?", s.book).AndIn("measure", measures).AndIn("subject", subjects).And("day <= ?", int64(s.days.To))
	past := db.NewWhere(1+len(now.Args())).And("book = ?", s.book).AndIn("measure", measures).AndIn("subject", subjects).
		And("day <= ?", int64(s.days.To))
	return spans(tx.Query(ctx, `
		SELECT
			key,
			measure,
			subject,
			root,
			place,
			day,
			amount,
			seq,
			at,
			0
		FROM fact
		`+now.SQL()+`
		UNION ALL
		SELECT
			key,
			measure,
			subject,
			root,
			place,
			day,
			amount,
			seq,
			at,
			gone
		FROM past_fact
		`+past.SQL(), append(now.Args(), past.Args()...)...))
}

// spans scans facts with the time they stood, those that are gone first.
func spans(rows cursor, err error) ([]span, error) {
	if err != nil {
		return nil, fmt.Errorf("read the past of facts: %w", err)
	}
	var list []span
	err = each(rows, func() error {
		var f span
		var root string
		err := rows.Scan(&f.key, &f.Measure, &f.Subject, &root, &f.Place, &f.Day, &f.Amount, &f.Seq, &f.At, &f.gone)
		if err != nil {
			return err
		}
		f.Root, err = record.ParseID(root)
		list = append(list, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the past of facts: %w", err)
	}
	slices.SortStableFunc(list, func(a, b span) int {
		switch {
		case a.gone != 0 && b.gone == 0:
			return -1
		case a.gone == 0 && b.gone != 0:
			return 1
		}
		return 0
	})
	return list, nil
}
