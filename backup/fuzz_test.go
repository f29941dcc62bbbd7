package backup

import (
	"bytes"
	"reflect"
	"testing"

	"qingshan/fault"
)

// A backup's folder may come from anywhere: what is read of it is foreign.

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte("qingshan/backup\n1\n" + "00\n\n— qingshan AAAA\n\n{\"format\":1}"))
	f.Add([]byte("\n\n{"))
	f.Add([]byte("\n\n{\"key\":\"a+00000000+AAAA\",\"parts\":[{\"file\":\"../up\"}]}"))
	f.Fuzz(func(t *testing.T, whole []byte) {
		m, err := parseManifest(whole)
		if (m == nil) == (err == nil) {
			t.Errorf("%q: got %+v, %v", whole, m, err)
		}
		if err != nil && fault.Of(err).Kind == fault.Internal {
			t.Errorf("%q: %v is a fault of ours", whole, err)
		}
	})
}

func FuzzParseRow(f *testing.F) {
	f.Add([]byte(`["text",1,null,{"b":"AAE="}]`))
	f.Add([]byte(`[-0,1e3,true,{"b":null}]`))
	f.Add([]byte(`["\ud800",[],{},9223372036854775808]`))
	f.Fuzz(func(t *testing.T, line []byte) {
		row, err := parseRow(line, 4)
		if err != nil {
			return
		}
		again, err := appendRow(nil, row)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		same, err := parseRow(again, 4)
		if err != nil || !reflect.DeepEqual(same, row) {
			t.Errorf("%q: got %v and then %v, %v", line, row, same, err)
		}
	})
}

func FuzzParseErasures(f *testing.F) {
	f.Add([]byte("{\"book\":\"220323\",\"subject\":\"person/p-1\",\"id\":\"x\"}\n"))
	f.Add([]byte("{}\n"))
	f.Add([]byte("{\"book\":\"220323\",\"subj"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := parseErasures(text)
		if err == nil && len(list) != bytes.Count(text, []byte("\n")) {
			t.Errorf("%q: %d erasures of %d lines", text, len(list), bytes.Count(text, []byte("\n")))
		}
	})
}
