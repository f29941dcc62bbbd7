package db_test

import (
	"fmt"
	"testing"

	"qingshan/db"
)

func TestWhere(t *testing.T) {
	cases := []struct {
		name  string
		where *db.Where
		sql   string
		args  []any
	}{
		{"nothing", db.NewWhere(1), "", nil},
		{"one", db.NewWhere(1).And("book = ?", "220323"), "WHERE (book = $1)", []any{"220323"}},
		{"after others", db.NewWhere(3).And("a = ?", 1).And("b < ? OR c IS NULL", 2), "WHERE (a = $3) AND (b < $4 OR c IS NULL)", []any{1, 2}},
		{"row values", db.NewWhere(1).And("(day, seq) < (?, ?)", 7, 8), "WHERE ((day, seq) < ($1, $2))", []any{7, 8}},
		{"marks in text", db.NewWhere(1).And("note = 'why?' AND \"odd?\" = ?", 1), "WHERE (note = 'why?' AND \"odd?\" = $1)", []any{1}},
		{"lists", db.NewWhere(2).AndIn("kind", []string{"a", "b"}).AndInNumbers("seq", []int64{5}).And("x = ?", 9),
			"WHERE (kind IN ($2,$3)) AND (seq IN ($4)) AND (x = $5)", []any{"a", "b", int64(5), 9}},
		{"an empty list", db.NewWhere(1).AndIn("kind", nil).And("x = ?", 9), "WHERE (1 = 0) AND (x = $1)", []any{9}},
	}
	for _, c := range cases {
		if got := c.where.SQL(); got != c.sql {
			t.Errorf("%s: SQL is %q, want %q", c.name, got, c.sql)
		}
		if got := c.where.Args(); fmt.Sprint(got) != fmt.Sprint(c.args) {
			t.Errorf("%s: arguments are %v, want %v", c.name, got, c.args)
		}
	}
}

func TestWhereBindsOutsideOfConditions(t *testing.T) {
	w := db.NewWhere(1).And("a = ?", "x")
	limit := w.Bind(50)
	w.And("b = ?", "y")
	got := fmt.Sprint(limit, " ", w.SQL(), " ", w.Args())
	want := "$2 WHERE (a = $1) AND (b = $3) [x 50 y]"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhereRefusesMiscountedArguments(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("one place for two arguments was accepted")
		}
	}()
	db.NewWhere(1).And("a = ?", 1, 2)
}

func TestInGivesFollowingNumbers(t *testing.T) {
	clause, args := db.In("seq", 3, []int64{7, 8})
	if clause != "seq IN ($3,$4)" || fmt.Sprint(args) != "[7 8]" {
		t.Errorf("got %q %v, want seq IN ($3,$4) with 7 and 8", clause, args)
	}
}

func TestWhereRunsOnBoth(t *testing.T) {
	eachThings(t, func(t *testing.T, _ db.Location, d *db.DB) {
		ctx := t.Context()
		if err := put(ctx, d, 1, 2, 3, 4, 5); err != nil {
			t.Fatal(err)
		}
		cases := []struct {
			where *db.Where
			want  int64
		}{
			{db.NewWhere(1), 5},
			{db.NewWhere(1).And("id > ?", 2), 3},
			{db.NewWhere(1).AndInNumbers("id", []int64{1, 5, 9}), 2},
			{db.NewWhere(1).AndInNumbers("id", nil), 0},
			{db.NewWhere(1).And("id > ? OR id < ?", 4, 2).And("number <> ?", 5), 1},
		}
		for _, c := range cases {
			var got int64
			err := d.Read(ctx, func(q *db.Tx) error {
				return q.QueryRow(ctx, "SELECT count(*) FROM thing "+c.where.SQL(), c.where.Args()...).Scan(&got)
			})
			if err != nil || got != c.want {
				t.Errorf("%q with %v: got %d, %v; want %d", c.where.SQL(), c.where.Args(), got, err, c.want)
			}
		}
	})
}

func TestNumberedSparesTexts(t *testing.T) {
	cases := []struct{ in, want string }{
		{"a = $1 AND b = $12", "a = ?1 AND b = ?12"},
		{"'$1' || $2", "'$1' || ?2"},
		{"'it''s $1' || $2", "'it''s $1' || ?2"},
		{`"$1" = $1`, `"$1" = ?1`},
		{"$1 -- not $2\n, $3", "?1 -- not $2\n, ?3"},
		{"$1 /* not $2 */ $3", "?1 /* not $2 */ ?3"},
		{"a$b, $", "a$b, $"},
		{"'open $1", "'open $1"},
		{"", ""},
	}
	for _, c := range cases {
		if got := db.Numbered(c.in); got != c.want {
			t.Errorf("numbered %q: got %q, want %q", c.in, got, c.want)
		}
	}
}
