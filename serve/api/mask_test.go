package api

import (
	"testing"

	"qingshan/catalog"
	"qingshan/record"
)

func TestMask(t *testing.T) {
	for _, c := range []struct {
		rule string
		v    record.Value
		want string
	}{
		{catalog.MaskName, record.Text("张三"), "张***"},
		{catalog.MaskName, record.Text("欧阳修远"), "欧***"},
		{catalog.MaskName, record.Text("张"), "***"},
		{catalog.MaskName, record.Text(""), "***"},
		{catalog.MaskPhone, record.Text("13812345678"), "***5678"},
		{catalog.MaskPhone, record.Text("0434-422 1234"), "***1234"},
		{catalog.MaskPhone, record.Text("5678"), "***"},
		{catalog.MaskAll, record.Text("anything"), "***"},
		{"", record.Text("anything"), "***"},
		{catalog.MaskName, record.Int(7), "***"},
		{catalog.MaskPhone, record.Value{}, "***"}, // erased
	} {
		if got := mask(c.rule, c.v); got != c.want {
			t.Errorf("mask(%q, %s): got %s, want %s", c.rule, c.v, got, c.want)
		}
	}
}

func TestPlainShowsQuantitiesExactly(t *testing.T) {
	words, err := catalog.Standard()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field catalog.Field
		v     record.Value
		want  any
	}{
		{catalog.Field{Type: catalog.TypeQuantity, Dimension: "mass"}, record.Int(1_250_000), amount{"1250000", "g"}},
		{catalog.Field{Type: catalog.TypeCount}, record.Int(7), int64(7)},
		{catalog.Field{Type: catalog.TypeBool}, record.Bool(true), true},
		{catalog.Field{Type: catalog.TypeChoice}, record.Text("pig"), "pig"},
	} {
		if got := plain(words, c.field, c.v); got != c.want {
			t.Errorf("plain(%s, %s): got %v, want %v", c.field.Type, c.v, got, c.want)
		}
	}
}
