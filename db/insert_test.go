package db_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"qingshan/db"
)

func TestInsertManyRows(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		ctx := t.Context()
		total := int64(0)
		for _, n := range []int{0, 1, 3, 15, 16, 17, 64, 255, 256, 257, 1000} {
			rows := make([][]any, n)
			for i := range rows {
				total++
				rows[i] = thing(total)
			}
			err := d.Do(ctx, func(tx *db.Tx) error { return tx.Insert(ctx, "thing", thingColumns(), rows) })
			if err != nil {
				t.Fatalf("insert %d rows: %v", n, err)
			}
			wantCount(t, d, total)
		}
		wantEveryThing(t, d, total)
	})
}

func wantEveryThing(t *testing.T, d *db.DB, total int64) {
	t.Helper()
	err := d.Read(t.Context(), func(q *db.Tx) error {
		rows, err := q.Query(t.Context(), "SELECT id, text, number, real, bytes, flag FROM thing ORDER BY id")
		if err != nil {
			return err
		}
		defer rows.Close()
		for want := int64(1); rows.Next(); want++ {
			var id, number int64
			var text string
			var real float64
			var data []byte
			var flag bool
			if err := rows.Scan(&id, &text, &number, &real, &data, &flag); err != nil {
				return err
			}
			got := []any{id, text, number, real, data, flag}
			if fmt.Sprint(got) != fmt.Sprint(thing(want)) {
				t.Fatalf("row %d of %d: got %v, want %v", want, total, got, thing(want))
			}
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestInsertRefusesWhatCannotBe(t *testing.T) {
	twenty := func(id func(i int) any) (rows [][]any) {
		for i := range 20 {
			rows = append(rows, []any{id(i), int64(i)})
		}
		return rows
	}
	cases := []struct {
		name    string
		table   string
		columns []string
		rows    [][]any
	}{
		{"a value too few", "thing", []string{"id", "number"}, [][]any{{1, 2}, {3}}},
		{"a key twice", "thing", []string{"id", "number"}, [][]any{{1, 2}, {1, 3}}},
		{"a key twice among many", "thing", []string{"id", "number"}, twenty(func(i int) any { return int64(i % 19) })},
		{"a missing key among many", "thing", []string{"id", "number"}, twenty(func(i int) any { return nil })},
		{"an unknown column", "thing", []string{"id", "colour"}, [][]any{{1, 2}}},
		{"an unknown table", "things", []string{"id", "number"}, twenty(func(i int) any { return int64(i) })},
		{"SQL in a name", `thing" DEFAULT VALUES; --`, []string{"id"}, [][]any{{1}}},
	}
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		for _, c := range cases {
			err := d.Do(t.Context(), func(tx *db.Tx) error {
				_ = tx.Insert(t.Context(), c.table, c.columns, c.rows)
				return nil // swallowed; the commit must fail all the same
			})
			if err == nil {
				t.Errorf("%s: Do succeeded, want an error", c.name)
			}
			wantCount(t, d, 0)
		}
	})
}

func TestPortionsFitIntoOneStatement(t *testing.T) {
	cases := []struct{ rows, columns, want int }{
		{1, 5, 1}, {3, 5, 1}, {4, 5, 4}, {63, 5, 16}, {64, 5, 64}, {255, 5, 64}, {256, 5, 256}, {9000, 5, 256},
		{9000, 128, 64}, {9000, 30000, 1},
	}
	for _, c := range cases {
		if got := db.Portion(c.rows, c.columns); got != c.want {
			t.Errorf("portion of %d rows with %d columns: got %d, want %d", c.rows, c.columns, got, c.want)
		}
	}
}

// Values at the edges come back as they went in, whichever way they travelled.
func TestValuesSurvive(t *testing.T) {
	columns := thingColumns()
	rows := [][]any{
		{int64(0), nil, nil, nil, nil, nil},
		{int64(1), "", int64(math.MinInt64), 0.1, []byte("x"), false},
		{int64(2), "青山 'quoted' \"twice\" $1 ?", int64(math.MaxInt64), -1e300, []byte{0, 1, 2}, true},
		{int64(3), "🌲", int64(-1), math.SmallestNonzeroFloat64, bytes.Repeat([]byte{0xfe}, 70000), true},
	}
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		ctx := t.Context()
		for _, padding := range []int{0, 20} { // few rows, and enough for COPY
			batch := append([][]any{}, rows...)
			for i := range padding {
				batch = append(batch, thing(int64(100+i)))
			}
			err := d.Do(ctx, func(tx *db.Tx) error {
				if _, err := tx.Exec(ctx, "DELETE FROM thing"); err != nil {
					return err
				}
				return tx.Insert(ctx, "thing", columns, batch)
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range rows {
				wantThing(t, d, want)
			}
		}
	})
}

func wantThing(t *testing.T, d *db.DB, want []any) {
	t.Helper()
	var text *string
	var number *int64
	var real *float64
	var data []byte
	var flag *bool
	err := d.Read(t.Context(), func(q *db.Tx) error {
		return q.QueryRow(t.Context(), "SELECT text, number, real, bytes, flag FROM thing WHERE id = $1", want[0]).
			Scan(&text, &number, &real, &data, &flag)
	})
	if err != nil {
		t.Fatalf("read thing %v: %v", want[0], err)
	}
	got := []any{want[0], value(text), value(number), value(real), any(data), value(flag)}
	if data == nil {
		got[4] = nil
	}
	for i := range want {
		if fmt.Sprintf("%T %v", got[i], got[i]) != fmt.Sprintf("%T %v", want[i], want[i]) {
			t.Errorf("thing %v, column %d: got %.60v, want %.60v", want[0], i, got[i], want[i])
		}
	}
}

func value[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}
