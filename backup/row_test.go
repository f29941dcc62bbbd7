package backup

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

func TestRowsComeBackAsTheyWere(t *testing.T) {
	seed := rand.Uint64()
	d := rand.New(rand.NewPCG(seed, 0))
	texts := []string{"", "火红村委会", "a\"b\\c\n\t", "<&>", "\u2028", "{\"b\":\"AA==\"}", "null", "9"}
	for range 500 {
		row := make([]any, 1+d.IntN(8))
		for i := range row {
			row[i] = []any{nil, d.Int64() - math.MaxInt64/2, int64(math.MinInt64), texts[d.IntN(len(texts))],
				bytes.Repeat([]byte{byte(d.Uint32())}, d.IntN(40))}[d.IntN(5)]
		}
		line, err := appendRow(nil, row)
		if err != nil {
			t.Fatalf("seed %d: %v: %v", seed, row, err)
		}
		got, err := parseRow(bytes.TrimSuffix(line, []byte("\n")), len(row))
		if err != nil || fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", row) {
			t.Fatalf("seed %d: %s\n got %#v, %v\nwant %#v", seed, line, got, err, row)
		}
	}
}

func TestRowsThatCannotBeKept(t *testing.T) {
	for _, value := range []any{true, 1.5, "a\xffb"} {
		if line, err := appendRow(nil, []any{value}); err == nil {
			t.Errorf("%#v became %s", value, line)
		}
	}
	for _, line := range []string{``, `[]`, `[1,2]`, `[1.5]`, `[true]`, `[{"c":1}]`, `[{"b":"*"}]`, `{"b":1}`, `[99999999999999999999]`} {
		if row, err := parseRow([]byte(line), 1); err == nil {
			t.Errorf("%s became %#v", line, row)
		}
	}
}

func TestErasuresOfATornList(t *testing.T) {
	whole := `{"book":"220323102","subject":"person/p1","id":"x"}` + "\n"
	want := []Erasure{{Book: "220323102", Subject: "person/p1", ID: "x"}}
	if got, err := parseErasures([]byte(whole + `{"book":"2203`)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("a torn last line: %v, %v", got, err)
	}
	for _, bad := range []string{"{}\n", "nonsense\n" + whole} {
		if got, err := parseErasures([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}
