package register

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"qingshan/catalog"
	"qingshan/internal/digest"
	"qingshan/record"
)

// prefix begins the kind of every record that makes a statement.
const prefix = "register."

// The kinds of system records that the register heeds.
const (
	kindAdopted   record.Kind = "book.adopted"
	kindConfirmed record.Kind = "record.confirmed"
)

// read gives what an entry says in the register, or false if it says nothing there.
func (r *Register) read(e record.Entry) (statement, bool, error) {
	s := statement{seq: e.Seq, id: e.Record.ID, root: e.Record.Root(), amends: !e.Record.Amends.Zero(), held: e.Envelope.Holds(), day: e.Envelope.Day}
	if e.Record.Kind == kindConfirmed {
		root, err := record.ParseID(e.Record.Values["record"].Text)
		return statement{seq: e.Seq, id: e.Record.ID, root: root, act: confirms, day: s.day}, err == nil && !s.amends, nil
	}
	kind, ok := strings.CutPrefix(string(e.Record.Kind), prefix)
	if !ok {
		return statement{}, false, nil
	}
	s.key.Kind = kind
	if e.Record.Withdraws() {
		s.act = withdraws
		return s, true, nil
	}
	s.key.ID = e.Record.Values[catalog.FieldObject].Text
	if s.key.ID == "" {
		return statement{}, false, nil // the catalog asks for it; without one nothing is said about anything
	}
	s.key = canonicalKey(s.key)
	return r.fill(s, e)
}

// canonicalKey trims a unit's code as it is trimmed wherever records name it.
func canonicalKey(key Key) Key {
	if key.Kind != unitKind && key.Kind != gridKind {
		return key
	}
	if code, err := record.ParseUnitCode(key.ID); err == nil {
		key.ID = string(code)
	}
	return key
}

func (r *Register) fill(s statement, e record.Entry) (statement, bool, error) {
	words, err := r.words(e.Envelope.Catalog)
	if err != nil {
		return statement{}, false, err
	}
	s.act, s.place, s.label = states, placeOf(s.key, e), label(words, s.key, e.Record.Values)
	if e.Record.Values[catalog.FieldEnds].Bool {
		s.act = ends
	}
	s.data, err = encode(e.Record.Values)
	return s, true, err
}

// placeOf gives where the object is: a unit is its own place, anything else is where the record was found to be.
func placeOf(key Key, e record.Entry) record.UnitCode {
	if key.Kind == unitKind || key.Kind == gridKind {
		if code, err := record.ParseUnitCode(key.ID); err == nil {
			return code
		}
	}
	said := string(e.Envelope.Resolved.Place)
	if said == "" {
		said = e.Record.Concerns(unitKind)
	}
	code, err := record.ParseUnitCode(said)
	if err != nil {
		return "" // nowhere: it is found by its id only
	}
	return code
}

// readAdoption gives the adoption that an entry makes; what cannot be one has no effect.
func readAdoption(e record.Entry) (Adoption, bool) {
	v := e.Record.Values
	source, err := record.ParseBook(v["source"].Text)
	if e.Record.Kind != kindAdopted || !e.Record.Amends.Zero() || err != nil || source == e.Record.Book || v["size"].Int <= 0 {
		return Adoption{}, false
	}
	root, errRoot := digest.Parse(v["root"].Text)
	words, errWords := digest.Parse(v["catalog"].Text)
	if errRoot != nil || errWords != nil {
		return Adoption{}, false
	}
	return Adoption{Seq: e.Seq, Source: source, Size: v["size"].Int, Root: root, Catalog: words}, true
}

// encode writes values as one canonical JSON object; decode is its inverse.
func encode(values record.Values) (string, error) {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	text := []byte{'{'}
	for i, name := range names {
		key, err := record.Text(name).Canonical()
		if err != nil {
			return "", fmt.Errorf("encode field %q: %w", name, err)
		}
		value, err := values[name].Canonical()
		if err != nil {
			return "", fmt.Errorf("encode field %q: %w", name, err)
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, key...), ':'), value...)
	}
	return string(append(text, '}')), nil
}

func decode(text string) (record.Values, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, fmt.Errorf("decode values: %w", err)
	}
	values := make(record.Values, len(raw))
	for name, part := range raw {
		value, err := record.ParseValue(part)
		if err != nil {
			return nil, fmt.Errorf("decode field %q: %w", name, err)
		}
		values[name] = value
	}
	return values, nil
}
