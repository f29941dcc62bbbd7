package record_test

import (
	"strings"
	"time"

	"qingshan/geo"
	"qingshan/internal/digest"
	"qingshan/record"
)

// vector is one record with its envelope whose bytes are held for ever in testdata/NAME.txt.
type vector struct {
	name     string
	pins     string // the rule of canonical.go that it is there for
	record   record.Record
	envelope record.Envelope
}

const (
	firstID = "01973369-a7a0-7abc-8def-0123456789ab"
	laterID = "01973369-ffff-7000-bfff-ffffffffffff"
)

func mustID(s string) record.ID {
	id, err := record.ParseID(s)
	if err != nil {
		panic(err)
	}
	return id
}

// least is the least that a record can say.
func least() record.Record {
	return record.Record{
		ID: mustID(firstID), Book: "220323102", Kind: "waste.load",
		Observed: record.InstantAt(time.Date(2025, 6, 3, 9, 12, 0, 0, time.FixedZone("", 8*3600))),
	}
}

func withValues(vs record.Values) record.Record {
	r := least()
	r.Values = vs
	return r
}

// leastEnvelope is the least that the server adds.
func leastEnvelope() record.Envelope {
	return record.Envelope{
		Received: time.Date(2025, 6, 3, 1, 12, 5, 0, time.UTC), Channel: record.ChannelAPI,
		Catalog: digest.Of([]byte("a catalog")), Day: 20250603,
	}
}

// full says everything at once.
func full() record.Record {
	r := withValues(record.Values{
		"mass": record.Int(1_250_000), "category": record.Text("domestic"), "covered": record.Bool(true),
		"trips": record.List(record.Int(3), record.Text("tractor")), "driver": record.Sealed(digest.Of([]byte("a name"))),
	})
	r.Amends = mustID("0197e000-0000-8000-8000-000000000001")
	r.By = "p-7Qx_0.1"
	r.Where = &geo.Where{Lat: 433012345, Lon: 1253456789, AccuracyMM: 8000, Source: geo.CGCS2000}
	r.About = []record.Ref{{Kind: "river", ID: "yidan"}, {Kind: "unit", ID: "220323102210"}}
	r.Evidence = []digest.Hash{digest.Of([]byte("photo 2")), digest.Of([]byte("photo 1"))}
	r.Facets = []record.Facet{{Kind: "river.patrol", Values: record.Values{"length": record.Int(2_500_000)}}}
	return r
}

func fullEnvelope() record.Envelope {
	e := leastEnvelope()
	e.Sent = time.Date(2025, 6, 3, 9, 2, 0, 5_000_000, time.FixedZone("", 8*3600))
	e.Sender = "p-clerk"
	e.Offset = -10 * time.Minute
	e.Resolved.Place = "220323102210-03"
	e.Findings = []record.Finding{
		{Code: "value.implausible", Grade: record.Held, Field: "mass", Data: map[string]string{"unit": "t", "limit": "20"}},
		{Code: "clock.offset", Grade: record.Note, Data: map[string]string{"minutes": ""}},
		{Code: "about.twice", Grade: record.Note},
	}
	return e
}

func vectors() []vector {
	all := []vector{
		{"least", "rules 4, 5: first key v, the rest in order, what was not said is absent", least(), leastEnvelope()},
		{"full", "rules 4, 5, 6, 7: every field; findings with data, in the order given", full(), fullEnvelope()},
	}
	all = append(all, textVectors()...)
	all = append(all, valueVectors()...)
	all = append(all, timeVectors()...)
	return append(all, fieldVectors()...)
}

// textVectors pin rules 1 and 2.
func textVectors() []vector {
	envelope := leastEnvelope()
	envelope.Findings = []record.Finding{{Code: "e\u0301", Grade: record.Note, Field: "a\"b", Data: map[string]string{"said": "\u212b\n"}}}
	return []vector{
		{"text-nfc", "rule 1: strings are composed (e + acute, Hangul jamo), singletons replaced (angstrom sign, compatibility ideograph U+F900)," +
			" accents put in order; what merely looks alike (fullwidth, ligature) stays", withValues(record.Values{
			"acute": record.Text("cafe\u0301"), "hangul": record.Text("\u1112\u1161\u11ab"), "angstrom": record.Text("\u212b"),
			"ideograph": record.Text("\uf900"), "order": record.Text("q\u0307\u0323"), "alike": record.Text("\uff21\ufb01"),
			"list": record.List(record.Text("n\u0303")), "thirty": record.Text("a" + strings.Repeat("\u0316", 30)),
		}), envelope},
		{"text-escaped", `rule 2: \" \\ \n \r \t by letter, the other controls by \u00xx with lower-case digits`, withValues(record.Values{
			"short": record.Text("\" \\ \n \r \t"), "long": record.Text("\x01\b\v\f\x0e\x1f"),
		}), leastEnvelope()},
		{"text-unescaped", "rule 2: nothing else is escaped: solidus, markup, DEL and C1, line separators, BOM, private use, beyond the BMP", withValues(record.Values{
			"solidus": record.Text("a/b"), "markup": record.Text("<a href='x'>&</a>"), "controls": record.Text("\x7f\u0080\u009f"),
			"separators": record.Text("\u2028\u2029"), "invisible": record.Text("\ufeff\u200b\u202e"), "replacement": record.Text("\ufffd"),
			"private": record.Text("\ue000\U0010fffd"), "han": record.Text("青山 𠮷 〇"), "picture": record.Text("👩🏽‍🌾🇨🇳"),
		}), leastEnvelope()},
		{"text-late", "rule 1: rare Han characters and pictographs pass before the tables of Unicode 15 know them", withValues(record.Values{
			"han": record.Text("\U0002ebf0\U0002ee5d\U000323b0"), "picture": record.Text("\U0001fae9"),
		}), leastEnvelope()},
		{"text-empty", "rule 5: a text that was said to be empty stays, as do zero and false", withValues(record.Values{
			"text": record.Text(""), "int": record.Int(0), "bool": record.Bool(false), "list": record.List(record.Text("")),
		}), leastEnvelope()},
	}
}

// valueVectors pin rule 3, the shapes and the order of names.
func valueVectors() []vector {
	return []vector{
		{"numbers", "rule 3: the bounds are 2^53-1 on both sides", withValues(record.Values{
			"greatest": record.Int(1<<53 - 1), "least": record.Int(-(1<<53 - 1)), "minus": record.Int(-1), "thousand": record.Int(1000),
			"list": record.List(record.Int(1<<53-1), record.Int(0), record.Int(-(1<<53 - 1))),
		}), leastEnvelope()},
		{"names", "rule 4: byte order of names: digits, then _, then letters", withValues(record.Values{
			"ab": record.Int(1), "a_b": record.Int(2), "a1": record.Int(3), "a": record.Int(4), "b": record.Int(5),
			"a10": record.Int(6), "a2": record.Int(7), "z" + strings.Repeat("9", 63): record.Int(8),
		}), leastEnvelope()},
		{"sealed", "a personal value is an object with its commitment, in values and in facets", func() record.Record {
			r := withValues(record.Values{"head": record.Sealed(digest.Of([]byte("1"))), "members": record.Int(4)})
			r.Facets = []record.Facet{{Kind: "grid.visit", Values: record.Values{"phone": record.Sealed(digest.Of([]byte("2")))}}}
			return r
		}(), leastEnvelope()},
		{"lists", "lists keep their order and repetitions", withValues(record.Values{
			"one": record.List(record.Int(7)), "mixed": record.List(record.Text("b"), record.Int(2), record.Text("a"), record.Int(2)),
		}), leastEnvelope()},
	}
}

// timeVectors pin rule 6.
func timeVectors() []vector {
	at := func(m record.Moment, received, sent time.Time) vector {
		v := vector{record: least(), envelope: leastEnvelope()}
		v.record.Observed, v.envelope.Received, v.envelope.Sent = m, received, sent
		return v
	}
	month, _ := record.ParseMoment("2024-02")
	whole := time.Date(2025, 6, 3, 0, 0, 0, 0, time.UTC)
	first, last := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 30, 23, 59, 59, 999_000_000, time.UTC)

	day := at(record.OnDay(20240229), whole, time.Time{})
	day.name, day.pins, day.envelope.Day = "observed-day", "rule 6: an observation known to the day", 20240229
	toMonth := at(month, whole, time.Time{})
	toMonth.name, toMonth.pins, toMonth.envelope.Day = "observed-month", "rule 6: an observation known to the month", 20240201
	begin := at(record.InstantAt(first), first, first)
	begin.name, begin.pins, begin.envelope.Day = "instant-first", "rule 6: the first millisecond there is", 19000101
	end := at(record.InstantAt(last), last, last)
	end.name, end.pins, end.envelope.Day = "instant-last", "rule 6: the last millisecond there is", 99991231
	cut := at(record.InstantAt(time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC)),
		time.Date(2025, 6, 3, 0, 0, 0, 1_999_999, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 1, time.UTC))
	cut.name, cut.pins, cut.envelope.Day = "instant-cut", "rule 6: below the millisecond times are cut off towards the past, offsets towards zero", 19700101
	cut.envelope.Offset = 1500*time.Microsecond - 2*time.Millisecond
	epoch := at(record.InstantAt(time.UnixMilli(0)), time.UnixMilli(0).UTC(), time.UnixMilli(0).UTC())
	epoch.name, epoch.pins, epoch.envelope.Day = "instant-zero", "rule 5: the instant 0 is a time like any other", 19700101
	return []vector{day, toMonth, begin, end, cut, epoch}
}

// fieldVectors pin rules 5 and 7 for what stands beside the values.
func fieldVectors() []vector {
	with := func(name, pins string, change func(*record.Record, *record.Envelope)) vector {
		v := vector{name: name, pins: pins, record: least(), envelope: leastEnvelope()}
		change(&v.record, &v.envelope)
		return v
	}
	return []vector{
		with("where-accuracy", "a position with its accuracy; the place is a village", func(r *record.Record, e *record.Envelope) {
			r.Where = &geo.Where{Lat: -433012345, Lon: -1253456789, AccuracyMM: 1, Source: geo.WGS84}
			e.Resolved.Place = "220323102210"
		}),
		with("where-bare", "rule 5: no accuracy was said, latitude 0 was; the place is a town", func(r *record.Record, e *record.Envelope) {
			r.Where = &geo.Where{Lat: 0, Lon: 1253456789, Source: geo.WGS84}
			e.Resolved.Place = "220323102"
		}),
		with("facets", "rules 5, 7: facets in byte order of their kinds (. before _), one without values; the place is a county", func(r *record.Record, e *record.Envelope) {
			r.Facets = []record.Facet{
				{Kind: "party"}, {Kind: "party.day", Values: record.Values{"persons": record.Int(12), "branch": record.Text("ref")}},
				{Kind: "party_day", Values: record.Values{"a": record.Int(1)}}, {Kind: "partyday", Values: record.Values{}},
			}
			e.Resolved.Place = "220323"
		}),
		with("about", "rule 7: references in byte order of their text, in which a.b/x comes before a/x and upper before lower case", func(r *record.Record, _ *record.Envelope) {
			r.About = []record.Ref{
				{Kind: "a.b", ID: "x"}, {Kind: "a", ID: "X"}, {Kind: "a", ID: "x"}, {Kind: "a", ID: "x-1"}, {Kind: "a", ID: "x.1"},
				{Kind: "a", ID: "x1"}, {Kind: "a", ID: "x_1"}, {Kind: "a0", ID: "x"}, {Kind: "unit", ID: "220323102210-03"},
			}
		}),
		with("evidence", "rule 7: evidence stays in the order given, repeated if it was", func(r *record.Record, _ *record.Envelope) {
			b, a := digest.Of([]byte("b")), digest.Of([]byte("a"))
			r.Evidence = []digest.Hash{a, b, a}
		}),
		with("amendment", "an amendment is a complete record that names its root", func(r *record.Record, _ *record.Envelope) {
			r.ID, r.Amends, r.Values = mustID(laterID), mustID(firstID), record.Values{"mass": record.Int(1)}
		}),
		with("withdrawal", "a withdrawal is an amendment without values", func(r *record.Record, _ *record.Envelope) {
			r.ID, r.Amends, r.Values = mustID(laterID), mustID(firstID), record.Values{}
		}),
		with("hashed-id", "an id hashed from a channel and an external id; a book that is no code; the channel system", func(r *record.Record, e *record.Envelope) {
			r.ID, r.Book, e.Channel = record.HashID(record.ChannelSystem, "open 220323"), "0-county-of-yitong-0123456789-xy", record.ChannelSystem
			e.Offset = 6 * time.Minute
		}),
	}
}
