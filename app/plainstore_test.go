package app_test

import (
	"context"
	"errors"
	"math/big"
	"testing"

	"qingshan/db"
	"qingshan/record"
)

// plain reads figures out of the entries themselves, by SQL that shares nothing with the program: no catalog, no fold, no
// fact, no rollup. Every query sums book by book. It works on temporary tables inside a transaction that is rolled back.
type plain struct {
	tx *db.Tx
	t  *testing.T
}

// errDone rolls back.
var errDone = errors.New("done")

// plainly runs f over the entries of an installation, taken apart, and leaves them as they are.
func plainly(t *testing.T, loc db.Location, f func(p plain)) {
	t.Helper()
	store, err := db.Open(t.Context(), loc, db.Ledger, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	err = store.Do(t.Context(), func(tx *db.Tx) error {
		p := plain{tx: tx, t: t}
		said := saidInSQLite()
		if store.Dialect() == db.PostgreSQL {
			said = saidInPostgres()
		}
		for _, text := range said {
			p.exec(text)
		}
		f(p)
		return errDone
	})
	if !errors.Is(err, errDone) {
		t.Fatal(err)
	}
}

// ask prepares the questions that values are read for.
func (p plain) ask(asked []question) {
	p.t.Helper()
	for _, text := range deeds() {
		p.exec(text)
	}
	for _, q := range asked {
		days := q.days(p.t)
		p.exec(`INSERT INTO asked (place, span, of, first, last) VALUES ($1, $2, $3, $4, $5)`, string(q.place), q.period, int64(q.asOf), int64(days.From), int64(days.To))
	}
}

func (p plain) exec(text string, args ...any) {
	p.t.Helper()
	if _, err := p.tx.Exec(context.WithoutCancel(p.t.Context()), text, args...); err != nil {
		p.t.Fatalf("%s: %v", text, err)
	}
}

// saidInSQLite takes the entries apart: who amends whom, whether it says anything and is held, its day and place; then the
// duties that it fulfils, its kind and its facets; then every value.
func saidInSQLite() []string {
	return []string{`
		CREATE TEMP TABLE said AS
		SELECT
			book,
			seq,
			id,
			kind,
			COALESCE(json_extract(record, '$.amends'), '') AS amends,
			COALESCE(json_extract(record, '$.amends'), id) AS root,
			COALESCE(json_extract(record, '$.values.record'), '') AS confirms,
			CASE WHEN json_extract(record, '$.values') IS NULL AND json_extract(record, '$.facets') IS NULL THEN 1 ELSE 0 END AS bare,
			(SELECT COUNT(*) FROM json_each(envelope, '$.findings') f WHERE json_extract(f.value, '$.grade') = 'held') AS held,
			CAST(replace(json_extract(envelope, '$.day'), '-', '') AS INTEGER) AS day,
			COALESCE(json_extract(envelope, '$.place'), '') AS place
		FROM entry`, `
		CREATE TEMP TABLE duty AS
		SELECT book, seq, kind FROM entry
		UNION ALL
		SELECT e.book, e.seq, f.key FROM entry e, json_each(e.record, '$.facets') f`, `
		CREATE TEMP TABLE field AS
		SELECT e.book, e.seq, e.kind, v.key AS name, CASE v.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(v.value AS TEXT) END AS said
		FROM entry e, json_each(e.record, '$.values') v
		UNION ALL
		SELECT e.book, e.seq, f.key, v.key, CAST(v.value AS TEXT)
		FROM entry e, json_each(e.record, '$.facets') f, json_each(f.value) v`,
	}
}

// saidInPostgres is saidInSQLite in the other database's words.
func saidInPostgres() []string {
	return []string{`
		CREATE TEMP TABLE said ON COMMIT DROP AS
		SELECT
			book,
			seq,
			id,
			kind,
			COALESCE(record::jsonb ->> 'amends', '') AS amends,
			COALESCE(record::jsonb ->> 'amends', id) AS root,
			COALESCE(record::jsonb #>> '{values,record}', '') AS confirms,
			CASE WHEN record::jsonb -> 'values' IS NULL AND record::jsonb -> 'facets' IS NULL THEN 1 ELSE 0 END AS bare,
			CASE WHEN envelope::jsonb -> 'findings' @> '[{"grade": "held"}]' THEN 1 ELSE 0 END AS held,
			replace(envelope::jsonb ->> 'day', '-', '')::bigint AS day,
			COALESCE(envelope::jsonb ->> 'place', '') AS place
		FROM entry`, `
		CREATE TEMP TABLE duty ON COMMIT DROP AS
		SELECT book, seq, kind FROM entry
		UNION ALL
		SELECT e.book, e.seq, f.key FROM entry e, jsonb_object_keys(e.record::jsonb -> 'facets') f (key)`, `
		CREATE TEMP TABLE field ON COMMIT DROP AS
		SELECT e.book, e.seq, e.kind, v.key AS name, v.value AS said
		FROM entry e, jsonb_each_text(e.record::jsonb -> 'values') v
		UNION ALL
		SELECT e.book, e.seq, f.key, v.key, v.value
		FROM entry e, jsonb_each(e.record::jsonb -> 'facets') f, jsonb_each_text(f.value) v`,
	}
}

// deeds are what counts: of each root the last amendment of its kind, or the root itself if there is none, unless that says
// nothing or is held and nobody confirmed it since; once for each duty. In words that both databases know.
func deeds() []string {
	return []string{
		`CREATE INDEX said_amends ON said (book, amends)`,
		`CREATE UNIQUE INDEX said_seq ON said (book, seq)`,
		`CREATE UNIQUE INDEX duty_seq ON duty (book, seq, kind)`,
		`CREATE INDEX field_seq ON field (book, seq, kind, name)`, `
		CREATE TEMP TABLE latest AS
		SELECT r.book, r.id AS root, COALESCE(MAX(e.seq), MAX(r.seq)) AS seq
		FROM said r
		LEFT JOIN said e ON e.book = r.book AND e.amends = r.id AND e.kind = r.kind
		WHERE r.amends = ''
		GROUP BY r.book, r.id`, `
		CREATE TEMP TABLE deed AS
		SELECT e.book, e.seq, e.root, e.day, e.place, d.kind
		FROM latest l
		JOIN said e ON e.book = l.book AND e.seq = l.seq
		JOIN duty d ON d.book = e.book AND d.seq = e.seq
		WHERE (e.amends = '' OR e.bare = 0)
			AND (e.held = 0 OR EXISTS (
				SELECT 1
				FROM said c
				WHERE c.book = e.book AND c.kind = 'record.confirmed' AND c.amends = '' AND c.confirms = e.root
					AND (e.amends = '' OR c.seq > e.seq)
			))`,
		`CREATE INDEX deed_kind ON deed (kind, day)`,
		`CREATE TEMP TABLE asked (place TEXT, span TEXT, of BIGINT, first BIGINT, last BIGINT)`,
	}
}

// sums gives what a kind of deeds comes to, of each question.
func (p plain) sums(m meaning) map[question]int64 {
	return p.rows(`
		SELECT a.place, a.span, a.of, SUM(CASE WHEN CAST($2 AS TEXT) = '' THEN 1 ELSE CAST(n.said AS BIGINT) END)
		FROM asked a
		JOIN deed d ON d.day BETWEEN a.first AND a.last AND SUBSTR(d.place, 1, LENGTH(a.place)) = a.place
		LEFT JOIN field n ON n.book = d.book AND n.seq = d.seq AND n.kind = d.kind AND n.name = $2
		LEFT JOIN field c ON c.book = d.book AND c.seq = d.seq AND c.kind = d.kind AND c.name = $3
		WHERE d.kind = $1
			AND (CAST($2 AS TEXT) = '' OR n.said IS NOT NULL)
			AND (CAST($3 AS TEXT) = '' OR c.said = $4)
		GROUP BY a.place, a.span, a.of, d.book`, m)
}

// differing counts the different objects in a field.
func (p plain) differing(m meaning) map[question]int64 {
	return p.rows(`
		SELECT a.place, a.span, a.of, COUNT(DISTINCT n.said)
		FROM asked a
		JOIN deed d ON d.day BETWEEN a.first AND a.last AND SUBSTR(d.place, 1, LENGTH(a.place)) = a.place
		JOIN field n ON n.book = d.book AND n.seq = d.seq AND n.kind = d.kind AND n.name = $2
		LEFT JOIN field c ON c.book = d.book AND c.seq = d.seq AND c.kind = d.kind AND c.name = $3
		WHERE d.kind = $1
			AND (CAST($3 AS TEXT) = '' OR c.said = $4)
		GROUP BY a.place, a.span, a.of, d.book`, m)
}

// firsts counts the deeds that are the first, by day and root, to name what stands in a field.
func (p plain) firsts(m meaning) map[question]int64 {
	return p.rows(`
		SELECT a.place, a.span, a.of, COUNT(*)
		FROM asked a
		JOIN (
			SELECT d.book, d.day, d.place, ROW_NUMBER() OVER (PARTITION BY d.book, n.said ORDER BY d.day, d.root) AS nth
			FROM deed d
			JOIN field n ON n.book = d.book AND n.seq = d.seq AND n.kind = d.kind AND n.name = $2
			WHERE d.kind = $1
		) f ON f.nth = 1 AND f.day BETWEEN a.first AND a.last AND SUBSTR(f.place, 1, LENGTH(a.place)) = a.place
		WHERE $3 = $4
		GROUP BY a.place, a.span, a.of, f.book`, m)
}

// levels adds up what was last said of each object by the end of the question: its amount, or 1 if none is asked for; 0 if
// the object has ended or is of another class now.
func (p plain) levels(m meaning) map[question]int64 {
	return p.rows(`
		SELECT place, span, of, SUM(amount)
		FROM (
			SELECT a.place, a.span, a.of, d.book, d.place AS there,
				ROW_NUMBER() OVER (PARTITION BY a.place, a.span, a.of, d.book, o.said ORDER BY d.day DESC, d.seq DESC) AS nth,
				CASE
					WHEN e.said = 'true' THEN 0
					WHEN CAST($3 AS TEXT) <> '' AND c.said <> $4 THEN 0
					WHEN CAST($2 AS TEXT) = '' THEN 1
					ELSE CAST(n.said AS BIGINT)
				END AS amount
			FROM asked a
			JOIN deed d ON d.day <= a.last
			JOIN field o ON o.book = d.book AND o.seq = d.seq AND o.kind = d.kind AND o.name = 'object'
			LEFT JOIN field e ON e.book = d.book AND e.seq = d.seq AND e.kind = d.kind AND e.name = 'ends'
			LEFT JOIN field n ON n.book = d.book AND n.seq = d.seq AND n.kind = d.kind AND n.name = $2
			LEFT JOIN field c ON c.book = d.book AND c.seq = d.seq AND c.kind = d.kind AND c.name = $3
			WHERE d.kind = $1
		) l
		WHERE nth = 1 AND SUBSTR(there, 1, LENGTH(place)) = place
		GROUP BY place, span, of, book`, m)
}

func (p plain) rows(text string, m meaning) map[question]int64 {
	p.t.Helper()
	rows, err := p.tx.Query(p.t.Context(), text, m.kind, m.field, m.where, m.is)
	if err != nil {
		p.t.Fatalf("%s: %v", m.code, err)
	}
	found := map[question]int64{}
	err = db.EachRow(rows, func() error {
		var q question
		var asOf, amount int64
		err := rows.Scan(&q.place, &q.period, &asOf, &amount)
		q.asOf = record.Day(asOf)
		found[q] += amount
		return err
	})
	if err != nil {
		p.t.Fatalf("%s: %v", m.code, err)
	}
	return found
}

// value gives a figure in its own unit, summed over the books.
func (p plain) value(code string, asked []question) map[question]*big.Rat {
	p.t.Helper()
	out := map[question]*big.Rat{}
	for _, q := range asked {
		out[q] = new(big.Rat)
	}
	for _, m := range meanings() {
		if m.code != code {
			continue
		}
		read := map[basis]func(meaning) map[question]int64{sum: p.sums, level: p.levels, distinct: p.differing, first: p.firsts}
		for q, amount := range read[m.basis](m) {
			out[q].Add(out[q], big.NewRat(amount, m.steps))
		}
	}
	return out
}
