package intake

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"qingshan/catalog"
	"qingshan/geo"
	"qingshan/internal/digest"
	"qingshan/internal/strictjson"
	"qingshan/record"
)

// How many items the lists of one record may have.
const (
	maxAbout    = 32
	maxEvidence = 64
	maxFacets   = 16
)

// said is one record as the client put it, parsed; what it means is not looked at yet.
type said struct {
	id       record.ID
	kind     record.Kind
	observed record.Moment
	about    []record.Ref
	by       record.PersonRef
	where    *geo.Where
	values   catalog.Raw
	facets   map[record.Kind]catalog.Raw
	evidence []digest.Hash
	amends   record.ID
}

// withdraws tells whether the record takes its root back.
func (s *said) withdraws() bool { return !s.amends.Zero() && len(s.values) == 0 && len(s.facets) == 0 }

// reader reads one record and gathers what is wrong with it. Findings never repeat what was sent.
type reader struct {
	said
	channel  record.Channel
	settled  record.ID // the id that it has whatever it says; zero if it is its to say
	findings []record.Finding
}

func (r *reader) fatal(code, field string, data map[string]string) {
	r.findings = append(r.findings, record.Finding{Code: code, Grade: record.Fatal, Field: field, Data: data})
}

func (r *reader) wrongType(field, want string) {
	r.fatal("record.wrong_type", field, map[string]string{"want": want})
}

// readSaid parses one record. The id is kept even if the rest is bad, so that the answer can name it. A record whose id
// is settled need not say it, and may say no other.
func readSaid(raw strictjson.Value, channel record.Channel, settled record.ID) (said, []record.Finding) {
	r := &reader{channel: channel, settled: settled}
	if raw.Kind != strictjson.Object {
		r.fatal("record.not_an_object", "", nil)
		return r.said, r.findings
	}
	seen := map[string]strictjson.Value{}
	for _, m := range raw.Members {
		if !slices.Contains(keys(), m.Name) {
			r.fatal("record.unknown_key", plain(m.Name), nil)
			continue
		}
		if m.Value.Kind != strictjson.Null {
			seen[m.Name] = m.Value
		}
	}
	r.identity(seen)
	r.words(seen)
	r.lists(seen)
	if where, said := seen["where"]; said {
		r.position(where)
	}
	return r.said, r.findings
}

// keys lists what a record may say.
func keys() []string {
	return []string{"id", "external", "kind", "observed", "about", "by", "where", "values", "facets", "evidence", "amends"}
}

var plainForm = regexp.MustCompile(`^[a-z_]{1,32}$`)

// plain repeats a key only where it has the form of one.
func plain(key string) string {
	if plainForm.MatchString(key) {
		return key
	}
	return ""
}

// identity reads the id, or hashes the external one.
func (r *reader) identity(seen map[string]strictjson.Value) {
	id, hasID := seen["id"]
	external, hasExternal := seen["external"]
	switch {
	case hasID && hasExternal:
		r.fatal("record.two_ids", "id", nil)
	case hasID:
		text, _ := id.Text()
		parsed, err := record.ParseID(text)
		switch {
		case err != nil:
			r.fatal("record.bad_id", "id", nil)
		case parsed[6]>>4 != 7 && parsed != r.settled:
			r.fatal("record.reserved_id", "id", nil) // whoever could say a hashed id could take the system's before it speaks
		}
		r.id = parsed
	case hasExternal:
		text, isText := external.Text()
		if !isText || strings.TrimSpace(text) == "" || utf8.RuneCountInString(text) > 200 {
			r.fatal("record.bad_external", "external", nil)
			return
		}
		r.id = record.HashID(r.channel, text)
	case r.settled.Zero():
		r.fatal("record.id_missing", "id", nil)
	default:
		r.id = r.settled
	}
	if !r.settled.Zero() && !r.id.Zero() && r.id != r.settled {
		r.fatal("repair.other_id", "id", nil)
	}
}

// words reads what is one word each: kind, time, person, amended root.
func (r *reader) words(seen map[string]strictjson.Value) {
	r.word(seen, "kind", "record.kind_missing", "record.bad_kind", func(s string) (err error) {
		r.kind, err = record.ParseKind(s)
		return err
	})
	r.word(seen, "observed", "observed.missing", "observed.bad", func(s string) (err error) {
		r.observed, err = record.ParseMoment(s)
		return err
	})
	r.word(seen, "by", "", "person.bad_reference", func(s string) error {
		r.by = record.PersonRef(s)
		_, err := record.ParseRef("person/" + s)
		return err
	})
	r.word(seen, "amends", "", "amends.bad", func(s string) (err error) {
		r.amends, err = record.ParseID(s)
		return err
	})
	if !r.amends.Zero() && r.amends == r.id {
		r.fatal("amends.itself", "amends", nil)
	}
}

// word reads one text; a key without a code for its absence may be left out.
func (r *reader) word(seen map[string]strictjson.Value, key, missing, bad string, parse func(string) error) {
	v, said := seen[key]
	if !said {
		if missing != "" {
			r.fatal(missing, key, nil)
		}
		return
	}
	text, isText := v.Text()
	if !isText || parse(text) != nil {
		r.fatal(bad, key, nil)
	}
}

func (r *reader) lists(seen map[string]strictjson.Value) {
	r.list(seen, "about", maxAbout, "reference.bad", func(text string) error {
		ref, err := parseAbout(text)
		if !slices.Contains(r.about, ref) {
			r.about = append(r.about, ref)
		}
		return err
	})
	slices.SortFunc(r.about, func(a, b record.Ref) int { return strings.Compare(a.String(), b.String()) })
	r.list(seen, "evidence", maxEvidence, "evidence.bad", func(text string) error {
		hash, err := digest.Parse(text)
		r.evidence = append(r.evidence, hash)
		return err
	})
	if values, said := seen["values"]; said {
		raws, isObject := values.Raws()
		if !isObject {
			r.wrongType("values", "object")
		}
		r.values = raws
	}
	if facets, said := seen["facets"]; said {
		r.readFacets(facets)
	}
}

// parseAbout reads a reference; the codes of units are brought to their canonical length.
func parseAbout(text string) (record.Ref, error) {
	ref, err := record.ParseRef(text)
	if err != nil || ref.Kind != unitKind && ref.Kind != gridKind {
		return ref, err
	}
	code, err := record.ParseUnitCode(ref.ID)
	ref.ID = string(code)
	return ref, err
}

func (r *reader) list(seen map[string]strictjson.Value, key string, limit int, bad string, parse func(string) error) {
	v, said := seen[key]
	if !said {
		return
	}
	if v.Kind != strictjson.Array {
		r.wrongType(key, "list")
		return
	}
	if len(v.Items) > limit {
		r.fatal("record.too_many_items", key, map[string]string{"limit": strconv.Itoa(limit)})
		return
	}
	for _, item := range v.Items {
		text, isText := item.Text()
		if !isText || parse(text) != nil {
			r.fatal(bad, key, nil)
			return
		}
	}
}

func (r *reader) readFacets(v strictjson.Value) {
	if v.Kind != strictjson.Object {
		r.wrongType("facets", "object")
		return
	}
	if len(v.Members) > maxFacets {
		r.fatal("record.too_many_items", "facets", map[string]string{"limit": strconv.Itoa(maxFacets)})
		return
	}
	r.facets = make(map[record.Kind]catalog.Raw, len(v.Members))
	for _, m := range v.Members {
		kind, err := record.ParseKind(m.Name)
		if err != nil {
			r.fatal("record.bad_kind", "facets", nil)
			continue
		}
		raws, isObject := m.Value.Raws()
		if !isObject {
			r.wrongType("facets."+string(kind), "object")
			continue
		}
		r.facets[kind] = raws
	}
}

// position reads {"lat": 43.12, "lon": 125.3, "accuracy": 8, "datum": "wgs84"}: degrees and metres.
func (r *reader) position(v strictjson.Value) {
	if v.Kind != strictjson.Object {
		r.wrongType("where", "object")
		return
	}
	w, good := geo.Where{}, true
	read := map[string]func(strictjson.Value) bool{
		"lat":      scaled(&w.Lat, 1e7, 90),
		"lon":      scaled(&w.Lon, 1e7, 180),
		"accuracy": scaled(&w.AccuracyMM, 1e3, 1e6),
		"datum": func(v strictjson.Value) bool {
			text, isText := v.Text()
			w.Source = geo.Datum(text)
			return isText
		},
	}
	for _, m := range v.Members {
		parse, known := read[m.Name]
		if !known {
			r.fatal("record.unknown_key", "where."+plain(m.Name), nil)
			good = false
		} else if !parse(m.Value) {
			r.fatal("where.bad", "where."+m.Name, nil)
			good = false
		}
		delete(read, m.Name)
	}
	delete(read, "accuracy")
	for _, key := range []string{"lat", "lon", "datum"} {
		if _, missing := read[key]; missing {
			r.fatal("where.incomplete", "where."+key, nil)
			good = false
		}
	}
	if good {
		r.checkPosition(w)
	}
}

// scaled reads a number and keeps it in whole steps, rounded to the nearest.
func scaled(into *int64, steps, most float64) func(strictjson.Value) bool {
	return func(v strictjson.Value) bool {
		x, err := strconv.ParseFloat(string(v.Raw), 64)
		if v.Kind != strictjson.Number || err != nil || math.Abs(x) > most {
			return false
		}
		*into = int64(math.RoundToEven(x * steps))
		return true
	}
}

// vague is the accuracy from which on a position is marked as uncertain.
const vagueMM = 50_000

func (r *reader) checkPosition(w geo.Where) {
	switch err := w.Check(); {
	case w.Source != geo.WGS84 && w.Source != geo.CGCS2000:
		r.fatal("where.datum_unknown", "where.datum", nil)
		return
	case w.Lat == 0 && w.Lon == 0:
		r.fatal("where.no_fix", "where", nil)
		return
	case err != nil:
		r.fatal("where.bad", "where", nil)
		return
	}
	if w.AccuracyMM >= vagueMM {
		metres := map[string]string{"metres": strconv.FormatInt(w.AccuracyMM/1000, 10)}
		r.findings = append(r.findings, record.Finding{Code: "where.uncertain", Grade: record.Note, Field: "where", Data: metres})
	}
	r.where = &w
}
