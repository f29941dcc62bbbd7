package record_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"qingshan/geo"
	"qingshan/internal/digest"
	"qingshan/record"
)

// dice draws records. With wild it also draws what must be refused: the property is then that nothing is dropped.
type dice struct {
	*rand.Rand
	wild bool
}

// odd is true now and then, and only for wild dice.
func (d dice) odd() bool { return d.wild && d.IntN(40) == 0 }

func pick[T any](d dice, items ...T) T { return items[d.IntN(len(items))] }

func (d dice) record() record.Record {
	r := record.Record{ID: d.id(), Book: record.Book(d.book()), Kind: record.Kind(d.kind()), Observed: d.moment(), Values: d.values()}
	if d.IntN(3) == 0 {
		r.Amends = d.id()
	}
	if d.IntN(2) == 0 {
		r.By = record.PersonRef(d.refID())
	}
	if d.IntN(2) == 0 {
		r.Where = &geo.Where{Lat: d.int(), Lon: d.int(), AccuracyMM: max(d.int(), 0), Source: pick(d, geo.WGS84, geo.CGCS2000, "bd\"09")}
		if d.odd() {
			r.Where.AccuracyMM, r.Where.Source = d.int(), pick(d, "", geo.WGS84)
		}
	}
	r.About = d.refs()
	for range d.IntN(3) {
		r.Evidence = append(r.Evidence, digest.Of([]byte{byte(d.IntN(4))}))
	}
	r.Facets = d.facets()
	return r
}

func (d dice) id() record.ID {
	var random [10]byte
	for i := range random {
		random[i] = byte(d.Uint32())
	}
	id, err := record.NewID(time.UnixMilli(d.Int64N(1<<47)), strings.NewReader(string(random[:])))
	if err != nil {
		panic(err)
	}
	if d.IntN(3) == 0 {
		id = record.HashID(record.ChannelAPI, string(random[:]))
	}
	if d.odd() {
		id[pick(d, 6, 8)] = byte(d.Uint32())
	}
	return id
}

// letters draws up to n characters of an alphabet, the first one of its first part.
func (d dice) letters(n int, first, rest string) string {
	s := []byte{first[d.IntN(len(first))]}
	for range d.IntN(n) {
		s = append(s, rest[d.IntN(len(rest))])
	}
	if d.odd() {
		return pick(d, "", "-", "A", " ", "\n", "é", ".", "a.", "a/b", strings.Repeat("x", 65), string(s)+"\n")
	}
	return string(s)
}

func (d dice) book() string { return d.letters(32, "abz019", "abz019-") }

func (d dice) word() string { return d.letters(6, "abz", "abz019_") }

func (d dice) kind() string {
	kind := d.word()
	for range d.IntN(3) {
		kind += "." + d.word()
	}
	return kind
}

func (d dice) refID() string { return d.letters(64, "aZ0", "aZ0._-") }

func (d dice) int() int64 {
	n := pick[int64](d, 0, 1, -1, 1<<53-1, 1-1<<53, d.Int64N(1<<53), -d.Int64N(1<<53), d.Int64N(1000))
	if d.odd() {
		return pick[int64](d, 1<<53, -1<<53, -1<<63, 1<<63-1)
	}
	return n
}

// text draws text that is in NFC already, for what comes back is.
func (d dice) text() string {
	var b strings.Builder
	for range d.IntN(8) {
		b.WriteString(pick(d, "a", "é", "e\u0301\u0323", "青", "\"", "\\", "/", "\n", "\x01", "\x1f", "\x7f", "\u2028", "<", "🦌", "한", "\u1161", "\u0316", "{", "}", "[", ",", ":"))
	}
	if d.odd() {
		return pick(d, "\x00", "\xff", "\xed\xa0\x80", "\u0378", "\ufffe", strings.Repeat("\u0301", 31))
	}
	return norm.NFC.String(b.String())
}

func (d dice) value() record.Value {
	switch d.IntN(6) {
	case 0:
		return record.Bool(d.IntN(2) == 0)
	case 1:
		return record.Sealed(digest.Of([]byte(d.text())))
	case 2:
		return record.List(d.items()...)
	case 3, 4:
		return record.Text(d.text())
	default:
		if d.odd() {
			return pick(d, record.Value{}, record.Sealed(digest.Hash{}), record.List(), record.List(record.Bool(true)), record.List(record.List(record.Int(1))))
		}
		return record.Int(d.int())
	}
}

func (d dice) items() []record.Value {
	var items []record.Value
	for range 1 + d.IntN(4) {
		items = append(items, pick(d, record.Int(d.int()), record.Text(d.text())))
	}
	return items
}

func (d dice) values() record.Values {
	var values record.Values
	for range d.IntN(6) {
		if values == nil {
			values = record.Values{}
		}
		values[d.word()] = d.value()
	}
	return values
}

func (d dice) refs() []record.Ref {
	var refs []record.Ref
	for range d.IntN(4) {
		refs = append(refs, record.Ref{Kind: d.kind(), ID: d.refID()})
	}
	if !d.odd() {
		slices.SortFunc(refs, func(a, b record.Ref) int { return strings.Compare(a.String(), b.String()) })
		refs = slices.Compact(refs)
	}
	return refs
}

func (d dice) facets() []record.Facet {
	var facets []record.Facet
	for range d.IntN(4) {
		facets = append(facets, record.Facet{Kind: record.Kind(d.kind()), Values: d.values()})
	}
	if !d.odd() {
		slices.SortFunc(facets, func(a, b record.Facet) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
		facets = slices.CompactFunc(facets, func(a, b record.Facet) bool { return a.Kind == b.Kind })
	}
	return facets
}

func (d dice) moment() record.Moment {
	m := pick(d, record.InstantAt(d.time()), record.OnDay(d.day()), record.Moment{Precision: record.ToMonth, Day: d.day()/100*100 + 1})
	if d.odd() {
		return record.Moment{Precision: record.Precision(d.IntN(5)), At: pick[int64](d, 0, 1, 1<<53-1), Day: pick[record.Day](d, 0, 1, 20250230, 20250601, 20250615, 100000101)}
	}
	return m
}

func (d dice) time() time.Time {
	from, until := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	if d.odd() {
		return pick(d, time.Time{}.Add(time.Nanosecond), from.Add(-1), until, until.AddDate(1, 0, 0))
	}
	return time.UnixMilli(from.UnixMilli() + d.Int64N(until.UnixMilli()-from.UnixMilli())).UTC()
}

func (d dice) day() record.Day {
	if d.odd() {
		return record.Day(pick(d, 0, 18991231, 20250230, 20251301, 100000101, -1))
	}
	return record.DayOf(d.time())
}

func (d dice) envelope() record.Envelope {
	e := record.Envelope{
		Received: d.time(), Offset: time.Duration(d.Int64N(1<<33)-1<<32) * time.Millisecond,
		Channel: record.Channel(d.word()), Catalog: digest.Of([]byte(d.text())), Day: d.day(),
		Resolved: record.Resolved{Place: pick(d, "", record.UnitCode("220323"), "220323102", "220323102210", "220323102210-03")},
	}
	if d.odd() {
		e.Resolved.Place = pick(d, record.UnitCode("220323000"), "2", "220323102000-01", "220323000001")
	}
	if d.IntN(2) == 0 {
		e.Sent = d.time()
	}
	e.Sender = pick(d, record.PersonRef(""), "operator", "p-7Qx_0.1")
	if d.IntN(3) == 0 {
		e.Offset = 0
	}
	for range d.IntN(3) {
		f := record.Finding{Code: d.text(), Grade: pick(d, record.Held, record.Note, record.Fatal), Field: d.text()}
		for range d.IntN(3) {
			if f.Data == nil {
				f.Data = map[string]string{}
			}
			f.Data[fmt.Sprintf("%s%d", "k", d.IntN(20))] = d.text()
		}
		e.Findings = append(e.Findings, f)
	}
	return e
}
