package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strconv"
	"time"

	"qingshan/geo"
	"qingshan/internal/digest"
)

// MaxBytes bounds the canonical form of one record or envelope that is read. Who stores what Canonical gives checks it first.
const MaxBytes = 64 << 10

type recordJSON struct {
	V        int                                   `json:"v"`
	About    []string                              `json:"about"`
	Amends   string                                `json:"amends"`
	Book     string                                `json:"book"`
	By       string                                `json:"by"`
	Evidence []string                              `json:"evidence"`
	Facets   map[string]map[string]json.RawMessage `json:"facets"`
	ID       string                                `json:"id"`
	Kind     string                                `json:"kind"`
	Observed struct {
		At    *int64 `json:"at"`
		Day   string `json:"day"`
		Month string `json:"month"`
	} `json:"observed"`
	Values map[string]json.RawMessage `json:"values"`
	Where  *struct {
		AccuracyMM int64  `json:"accuracy_mm"`
		Datum      string `json:"datum"`
		Lat        int64  `json:"lat_e7"`
		Lon        int64  `json:"lon_e7"`
	} `json:"where"`
}

// Parse reads a record's canonical bytes and refuses every text that is not canonical: it is the exact inverse of
// [Record.Canonical].
func Parse(text []byte) (Record, error) {
	var in recordJSON
	if err := decode(text, &in); err != nil {
		return Record{}, fmt.Errorf("parse record: %w", err)
	}
	r, err := in.record()
	if err != nil {
		return Record{}, fmt.Errorf("parse record: %w", err)
	}
	again, err := r.Canonical()
	if err != nil {
		return Record{}, fmt.Errorf("parse record: %w", err)
	}
	if !bytes.Equal(again, text) {
		return Record{}, fmt.Errorf("parse record: the text is not in canonical form")
	}
	return r, nil
}

func decode(text []byte, into any) error {
	if len(text) > MaxBytes {
		return fmt.Errorf("%d bytes, more than %d", len(text), MaxBytes)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("something follows the object")
	}
	return nil
}

// record only converts: what the names must be like is checked when the record is written again.
func (in recordJSON) record() (Record, error) {
	r := Record{Book: Book(in.Book), Kind: Kind(in.Kind), By: PersonRef(in.By)}
	var err error
	if r.ID, err = ParseID(in.ID); err != nil {
		return r, err
	}
	if in.Amends != "" {
		if r.Amends, err = ParseID(in.Amends); err != nil {
			return r, err
		}
	}
	if r.Observed, err = in.moment(); err != nil {
		return r, err
	}
	if in.Where != nil {
		r.Where = &geo.Where{Lat: in.Where.Lat, Lon: in.Where.Lon, AccuracyMM: in.Where.AccuracyMM, Source: geo.Datum(in.Where.Datum)}
	}
	return r, in.lists(&r)
}

func (in recordJSON) lists(r *Record) error {
	var err error
	for _, text := range in.About {
		ref, err := ParseRef(text)
		if err != nil {
			return err
		}
		r.About = append(r.About, ref)
	}
	for _, text := range in.Evidence {
		hash, err := digest.Parse(text)
		if err != nil {
			return err
		}
		r.Evidence = append(r.Evidence, hash)
	}
	for word, values := range in.Facets {
		f := Facet{Kind: Kind(word)}
		if f.Values, err = parseValues(values); err != nil {
			return err
		}
		r.Facets = append(r.Facets, f)
	}
	sort.Slice(r.Facets, func(i, j int) bool { return r.Facets[i].Kind < r.Facets[j].Kind })
	r.Values, err = parseValues(in.Values)
	return err
}

func (in recordJSON) moment() (Moment, error) {
	switch {
	case in.Observed.At != nil:
		return Moment{Precision: Instant, At: *in.Observed.At}, nil
	case len(in.Observed.Day) == 10:
		return ParseMoment(in.Observed.Day)
	case len(in.Observed.Month) == 7:
		return ParseMoment(in.Observed.Month)
	default:
		return Moment{}, fmt.Errorf("the time of observation is missing")
	}
}

func parseValues(raw map[string]json.RawMessage) (Values, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	values := make(Values, len(raw))
	for name, text := range raw {
		v, err := parseValue(text)
		if err != nil {
			return nil, fmt.Errorf("value %s: %w", name, err)
		}
		values[name] = v
	}
	return values, nil
}

// ParseValue reads one value and refuses every text that is not canonical: it is the exact inverse of
// [Value.Canonical], and so of what a commitment was made over.
func ParseValue(text []byte) (Value, error) {
	v, err := parseValue(text)
	if err != nil {
		return Value{}, fmt.Errorf("parse value: %w", err)
	}
	again, err := v.Canonical()
	if err != nil {
		return Value{}, fmt.Errorf("parse value: %w", err)
	}
	if !bytes.Equal(again, text) {
		return Value{}, fmt.Errorf("parse value: the text is not in canonical form")
	}
	return v, nil
}

func parseValue(raw []byte) (Value, error) {
	if len(raw) == 0 {
		return Value{}, fmt.Errorf("a value is empty")
	}
	switch raw[0] {
	case 't', 'f':
		var b bool
		err := json.Unmarshal(raw, &b)
		return Bool(b), err
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return Text(s), err
	case '{':
		return parseSeal(raw)
	case '[':
		return parseList(raw)
	default:
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			return Value{}, fmt.Errorf("a value is neither integer, text, truth, list nor sealed")
		}
		return Int(n), nil
	}
}

func parseSeal(raw []byte) (Value, error) {
	var in struct {
		Sealed string `json:"sealed"`
	}
	if err := decode(raw, &in); err != nil {
		return Value{}, err
	}
	hash, err := digest.Parse(in.Sealed)
	return Sealed(hash), err
}

func parseList(raw []byte) (Value, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return Value{}, err
	}
	list := make([]Value, 0, len(items))
	for _, item := range items {
		if item[0] == '[' {
			return Value{}, fmt.Errorf("a list stands inside another")
		}
		v, err := parseValue(item)
		if err != nil {
			return Value{}, err
		}
		list = append(list, v)
	}
	return List(list...), nil
}

type envelopeJSON struct {
	V        int    `json:"v"`
	Catalog  string `json:"catalog"`
	Channel  string `json:"channel"`
	Day      string `json:"day"`
	Findings []struct {
		Code  string            `json:"code"`
		Data  map[string]string `json:"data"`
		Field string            `json:"field"`
		Grade string            `json:"grade"`
	} `json:"findings"`
	Offset   int64  `json:"offset"`
	Place    string `json:"place"`
	Received int64  `json:"received"`
	Sender   string `json:"sender"`
	Sent     *int64 `json:"sent"`
}

// ParseEnvelope reads an envelope's canonical bytes; it is the exact inverse of [Envelope.Canonical].
func ParseEnvelope(text []byte) (Envelope, error) {
	var in envelopeJSON
	if err := decode(text, &in); err != nil {
		return Envelope{}, fmt.Errorf("parse envelope: %w", err)
	}
	e, err := in.envelope()
	if err != nil {
		return Envelope{}, fmt.Errorf("parse envelope: %w", err)
	}
	again, err := e.Canonical()
	if err != nil {
		return Envelope{}, fmt.Errorf("parse envelope: %w", err)
	}
	if !bytes.Equal(again, text) {
		return Envelope{}, fmt.Errorf("parse envelope: the text is not in canonical form")
	}
	return e, nil
}

func (in envelopeJSON) envelope() (Envelope, error) {
	e := Envelope{
		Received: time.UnixMilli(in.Received).UTC(),
		Sender:   PersonRef(in.Sender),
		Offset:   time.Duration(in.Offset) * time.Millisecond,
		Channel:  Channel(in.Channel),
		Resolved: Resolved{Place: UnitCode(in.Place)},
	}
	if in.Sent != nil {
		e.Sent = time.UnixMilli(*in.Sent).UTC()
	}
	for _, f := range in.Findings {
		e.Findings = append(e.Findings, Finding{Code: f.Code, Grade: Grade(f.Grade), Field: f.Field, Data: f.Data})
	}
	var err error
	if e.Catalog, err = digest.Parse(in.Catalog); err != nil {
		return e, err
	}
	e.Day, err = ParseDay(in.Day)
	return e, err
}
