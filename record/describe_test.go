package record_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"qingshan/record"
)

var (
	update = flag.Bool("update", false, "write the golden vectors that are not there yet; what is there is never rewritten")
	seed   = flag.Uint64("seed", 0, "seed of the random records; 0 = draw one")
)

// drawn gives a random source whose seed is printed, so that a failure can be repeated with -seed.
func drawn(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("repeat with: go test ./record -run %s -seed %d", t.Name(), s)
	return rand.New(rand.NewPCG(s, 1))
}

// describe lists what a record says, a field a line, without a word about JSON: the input of a golden vector, and the
// measure of whether two records say the same. It is written apart from the canonical form on purpose.
func describe(r record.Record) []string {
	lines := []string{"id       " + r.ID.String(), "book     " + string(r.Book), "kind     " + string(r.Kind)}
	if !r.Amends.Zero() {
		lines = append(lines, "amends   "+r.Amends.String())
	}
	if r.By != "" {
		lines = append(lines, "by       "+strconv.QuoteToASCII(string(r.By)))
	}
	lines = append(lines, "observed "+describeMoment(r.Observed))
	if r.Where != nil {
		lines = append(lines, fmt.Sprintf("where    latitude %d, longitude %d (1e-7 degrees), accuracy %d mm, datum %s",
			r.Where.Lat, r.Where.Lon, r.Where.AccuracyMM, strconv.QuoteToASCII(string(r.Where.Source))))
	}
	for _, ref := range r.About {
		lines = append(lines, fmt.Sprintf("about    kind %q, id %q", ref.Kind, ref.ID))
	}
	for _, hash := range r.Evidence {
		lines = append(lines, "evidence "+hash.String())
	}
	lines = append(lines, describeValues("value    ", r.Values)...)
	for _, f := range r.Facets {
		lines = append(lines, "facet    "+string(f.Kind))
		lines = append(lines, describeValues("  value  ", f.Values)...)
	}
	return lines
}

func describeMoment(m record.Moment) string {
	word := map[record.Precision]string{record.Instant: "instant", record.ToDay: "day", record.ToMonth: "month"}[m.Precision]
	return fmt.Sprintf("%s, %d ms, day %d", word, m.At, m.Day)
}

func describeValues(prefix string, vs record.Values) []string {
	var lines []string
	for _, name := range sortedKeys(vs) {
		lines = append(lines, prefix+name+" = "+describeValue(vs[name]))
	}
	return lines
}

func describeValue(v record.Value) string {
	switch v.Shape {
	case record.IsInt:
		return "int " + strconv.FormatInt(v.Int, 10)
	case record.IsText:
		return "text " + strconv.QuoteToASCII(v.Text)
	case record.IsBool:
		return "bool " + strconv.FormatBool(v.Bool)
	case record.IsSealed:
		return "sealed " + v.Seal.String()
	default:
		text := fmt.Sprintf("list of %d:", len(v.List))
		for _, item := range v.List {
			text += " (" + describeValue(item) + ")"
		}
		return text
	}
}

// describeEnvelope is [describe] for what the server adds.
func describeEnvelope(e record.Envelope) []string {
	lines := []string{"received " + e.Received.Format(time.RFC3339Nano)}
	if !e.Sent.IsZero() {
		lines = append(lines, "sent     "+e.Sent.Format(time.RFC3339Nano))
	}
	lines = append(lines, "offset   "+e.Offset.String(), "channel  "+string(e.Channel), "catalog  "+e.Catalog.String(),
		"day      "+strconv.Itoa(int(e.Day)), "place    "+strconv.QuoteToASCII(string(e.Resolved.Place)))
	for _, f := range e.Findings {
		lines = append(lines, fmt.Sprintf("finding  code %+q, grade %+q, field %+q", f.Code, f.Grade, f.Field))
		for _, name := range sortedKeys(f.Data) {
			lines = append(lines, "  data   "+name+" = "+strconv.QuoteToASCII(f.Data[name]))
		}
	}
	return lines
}

// normal gives the record with its texts in NFC, which is what comes back.
func normal(r record.Record) record.Record {
	r.Values = normalValues(r.Values)
	r.Facets = append([]record.Facet(nil), r.Facets...)
	for i, f := range r.Facets {
		r.Facets[i].Values = normalValues(f.Values)
	}
	return r
}

func normalValues(vs record.Values) record.Values {
	vs = vs.Clone()
	for name, v := range vs {
		v.Text = norm.NFC.String(v.Text)
		v.List = append([]record.Value(nil), v.List...)
		for i := range v.List {
			v.List[i].Text = norm.NFC.String(v.List[i].Text)
		}
		vs[name] = v
	}
	return vs
}
