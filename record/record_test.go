package record_test

import (
	"crypto/sha256"
	"testing"

	"qingshan/internal/digest"
	"qingshan/record"
)

// TestLeaf: RFC 6962's hash of a leaf, over a prefix of our own and the two hashes.
func TestLeaf(t *testing.T) {
	for _, c := range [][2]string{{"", ""}, {"record", "envelope"}, {"envelope", "record"}, {"recorde", "nvelope"}} {
		rec, env := sha256.Sum256([]byte(c[0])), sha256.Sum256([]byte(c[1]))
		want := digest.Hash(sha256.Sum256([]byte("\x00qs/leaf/1\n" + string(rec[:]) + string(env[:]))))
		if got := record.Leaf([]byte(c[0]), []byte(c[1])); got != want {
			t.Errorf("input %q\ngot   %s\nwant  %s", c, got, want)
		}
		if got := record.LeafOf(rec, env); got != want {
			t.Errorf("input the hashes of %q\ngot   %s\nwant  %s", c, got, want)
		}
	}
	if got, want := record.Leaf([]byte("record"), []byte("envelope")).String(), "da06a97dc55af4792846b4628fec67936f6502a4108ef15ca9a883b5c2cc2f67"; got != want {
		t.Errorf("pinned\ngot   %s\nwant  %s", got, want)
	}
}

// TestCommitment pins the formula and its values: erasure and verification rest on recomputing them.
func TestCommitment(t *testing.T) {
	var salt [32]byte
	for i := range salt {
		salt[i] = byte(i)
	}
	for _, c := range []struct {
		value record.Value
		text  string // the canonical bytes that are hidden
		want  string
	}{
		{record.Text("张三"), `"张三"`, "eaa97a6258dd30bc7596292497605be9846994411056617bb9cfb0832977ed1a"},
		{record.Text("cafe\u0301"), `"café"`, "c902077e0076f9f388cda0182a8813b5d2a01239c674235d8e3e04d982391106"},
		{record.Int(13800000000), `13800000000`, "2885628e9faf49599a73ebfbb6e0e2b8c8e00c6d20ddff9d77e4035649d0f9e7"},
		{record.List(record.Int(1), record.Text("a\n")), `[1,"a\n"]`, "3fbf29f9cdccaa4d280d4b9b2fac7a3054ecb56e11ebb62600cf09b2c090e121"},
		{record.Bool(false), `false`, "e29aa9c332517fb9580ae15397d2b12ef2dffd41531cd5fbad1ddb8778cc3129"},
	} {
		got, err := record.Commitment(salt, c.value)
		if err != nil || got.String() != c.want {
			t.Errorf("input %s\ngot   %s (%v)\nwant  %s", c.text, got, err, c.want)
		}
		if sum := sha256.Sum256([]byte("qs/personal/1" + string(salt[:]) + c.text)); got != sum {
			t.Errorf("input %s\ngot   %s\nwant  %x", c.text, got, sum)
		}
		other, err := record.Commitment([32]byte{}, c.value)
		if err != nil || other == got {
			t.Errorf("input %s under another salt: got %s (%v), want another commitment", c.text, other, err)
		}
	}
	for _, v := range []record.Value{{}, record.List(), record.Text("\x00"), record.Int(1 << 53)} {
		if got, err := record.Commitment(salt, v); err == nil || !got.Zero() {
			t.Errorf("input %#v\ngot   %s (%v)\nwant  an error and nothing beside it", v, got, err)
		}
	}
}

func TestRootAndWithdrawal(t *testing.T) {
	root, later := mustID(firstID), mustID(laterID)
	values := record.Values{"mass": record.Int(1)}
	for _, c := range []struct {
		name      string
		record    record.Record
		root      record.ID
		withdraws bool
	}{
		{"a record", record.Record{ID: root, Values: values}, root, false},
		{"a record without values", record.Record{ID: root}, root, false},
		{"an amendment", record.Record{ID: later, Amends: root, Values: values}, root, false},
		{"an amendment that leaves facets only", record.Record{ID: later, Amends: root, Facets: []record.Facet{{Kind: "a"}}}, root, false},
		{"a withdrawal", record.Record{ID: later, Amends: root}, root, true},
		{"a withdrawal with empty values", record.Record{ID: later, Amends: root, Values: record.Values{}, Facets: []record.Facet{}}, root, true},
	} {
		if c.record.Root() != c.root || c.record.Withdraws() != c.withdraws {
			t.Errorf("%s\ngot   root %s, withdraws %v\nwant  root %s, withdraws %v", c.name, c.record.Root(), c.record.Withdraws(), c.root, c.withdraws)
		}
	}
}

func TestEnvelopeHolds(t *testing.T) {
	for _, c := range []struct {
		grades []record.Grade
		want   bool
	}{
		{nil, false}, {[]record.Grade{record.Note}, false}, {[]record.Grade{record.Held}, true}, {[]record.Grade{record.Note, record.Held}, true},
	} {
		var e record.Envelope
		for _, grade := range c.grades {
			e.Findings = append(e.Findings, record.Finding{Code: "a", Grade: grade})
		}
		if got := e.Holds(); got != c.want {
			t.Errorf("input %v\ngot   %v\nwant  %v", c.grades, got, c.want)
		}
	}
}

func TestValueString(t *testing.T) {
	for want, v := range map[string]record.Value{
		"-5": record.Int(-5), "青": record.Text("青"), "true": record.Bool(true), "[1 a]": record.List(record.Int(1), record.Text("a")),
		"sealed": record.Sealed(digest.Of(nil)), "none": {},
	} {
		if got := v.String(); got != want {
			t.Errorf("input %#v\ngot   %s\nwant  %s", v, got, want)
		}
	}
}
