package register

import (
	"reflect"
	"testing"

	"qingshan/internal/digest"
	"qingshan/record"
)

func TestValuesComeBackAsTheyWereSaid(t *testing.T) {
	values := record.Values{
		"object": record.Text("h1"),
		"ends":   record.Bool(false),
		"heads":  record.Int(-12),
		"name":   record.Text("张 \"三\"\n"),
		"phone":  record.Sealed(digest.Of([]byte("a commitment"))),
		"list":   record.List(record.Int(1), record.Text("二")),
	}
	text, err := encode(values)
	if err != nil {
		t.Fatalf("encode %v: %v", values, err)
	}
	want := `{"ends":false,"heads":-12,"list":[1,"二"],"name":"张 \"三\"\n","object":"h1","phone":{"sealed":"` +
		digest.Of([]byte("a commitment")).String() + `"}}`
	if text != want {
		t.Errorf("encode %v:\n got %s\nwant %s", values, text, want)
	}
	got, err := decode(text)
	if err != nil || !reflect.DeepEqual(got, values) {
		t.Errorf("decode %s:\n got %v, error %v\nwant %v", text, got, err, values)
	}
	for _, bad := range []string{"", "[]", `{"a":null}`, `{"a":1.5}`} {
		if got, err := decode(bad); err == nil {
			t.Errorf("decode %q: got %v, want an error", bad, got)
		}
	}
}

func TestWhatAnEntrySays(t *testing.T) {
	d := &diary{book: town}
	root := d.say("register.herd", 20250301, thing("h1", 3), placed("220323102200")).Record.ID
	ending := thing("h1", 0)
	ending["ends"] = record.Bool(true)
	tests := []struct {
		name  string
		entry record.Entry
		want  statement // the parts compared: act, amends, held, key, day, place, label
		ok    bool
	}{
		{"a statement", d.entries[0],
			statement{act: states, key: Key{Kind: "herd", ID: "h1"}, place: "220323102200", label: "h1"}, true},
		{"an end", d.say("register.herd", 20250301, ending),
			statement{act: ends, key: Key{Kind: "herd", ID: "h1"}, label: "h1"}, true},
		{"an amendment, held", d.say("register.herd", 20250301, thing("h2", 3), amending(root), held),
			statement{act: states, amends: true, held: true, key: Key{Kind: "herd", ID: "h2"}, label: "h2"}, true},
		{"a withdrawal", d.say("register.herd", 20250301, nil, amending(root)),
			statement{act: withdraws, amends: true, key: Key{Kind: "herd"}}, true},
		{"a confirmation", d.say(kindConfirmed, 20250301, record.Values{"record": record.Text(root.String())}),
			statement{act: confirms}, true},
		{"a confirmation of nothing", d.say(kindConfirmed, 20250301, record.Values{"record": record.Text("x")}), statement{}, false},
		{"a statement without object", d.say("register.herd", 20250301, record.Values{"heads": record.Int(1)}), statement{}, false},
		{"another kind", d.say("waste.load", 20250301, thing("h1", 3)), statement{}, false},
		{"a unit, named and its own place", d.say("register.unit", 20250301, unit("220323102000", "伊丹镇"), placed("220323")),
			statement{act: states, key: Key{Kind: "unit", ID: "220323102"}, place: "220323102", label: "伊丹镇"}, true},
		{"a place from what it is about", d.say("register.herd", 20250301, thing("h1", 3), about(record.Ref{Kind: "unit", ID: "220323102201"})),
			statement{act: states, key: Key{Kind: "herd", ID: "h1"}, place: "220323102201", label: "h1"}, true},
		{"a place that is none", d.say("register.herd", 20250301, thing("h1", 3), about(record.Ref{Kind: "unit", ID: "7"})),
			statement{act: states, key: Key{Kind: "herd", ID: "h1"}, label: "h1"}, true},
		{"a sealed label", d.say("register.unit", 20250301, record.Values{"object": record.Text("220323"), "name": record.Sealed(digest.Of(nil))}),
			statement{act: states, key: Key{Kind: "unit", ID: "220323"}, place: "220323", label: "220323"}, true},
	}
	r := newTestRegister(t, nil)
	for _, test := range tests {
		got, ok, err := r.read(test.entry)
		if err != nil || ok != test.ok {
			t.Errorf("%s: got %v, error %v, want %v", test.name, ok, err, test.ok)
			continue
		}
		if !ok {
			continue
		}
		test.want.seq, test.want.id, test.want.day, got.data = test.entry.Seq, test.entry.Record.ID, 20250301, ""
		if test.want.root = test.entry.Record.Root(); got.act == confirms {
			test.want.root = root
		}
		if got != test.want {
			t.Errorf("%s:\n got %+v\nwant %+v", test.name, got, test.want)
		}
	}
}
