package tally

// What an emission gives:
//
//  1. The amount is 1 or an integer field; without the field there is no fact. The subject is the record, the place, the
//     object that the record is about, or a field; without it there is no fact.
//  2. A condition that does not hold gives no fact.
//  3. A register record is a complete statement of its object, so a stock that it does not speak of is said to be 0: where
//     the object ends, the condition does not hold or the amount is missing, and for each choice of "by" but the one said.
//  4. Where the object ends, sums and distinct counts get nothing.
//  5. A distinct measure about objects gets each object that the record is about; any other measure the first one.

import (
	"slices"
	"strconv"
	"strings"

	"qingshan/catalog"
	"qingshan/fact"
	"qingshan/fold"
	"qingshan/internal/digest"
	"qingshan/record"
)

// duty is one kind as which a record counts.
type duty struct {
	words  *catalog.Catalog
	kind   catalog.Kind
	values record.Values
}

// share is what an emission gives to one measure about one subject.
type share struct {
	measure fact.Measure
	subject string
	amount  int64
}

// key gives the key of an emission: the record's own or, where only the earliest of like records counts, the one that
// they share.
func (d duty) key(e record.Entry, em catalog.Emission) fold.Key {
	if v, said := d.values[em.Once]; em.Once != "" && said {
		return fold.Key("once/" + string(d.kind.Name) + "/" + em.Once + "=" + short(v.String()))
	}
	return fold.Own(e.Record.Root())
}

// short gives a text that fits a key: long ones by their hash.
func short(text string) string {
	if len(text) <= 128 {
		return text
	}
	return "sha256:" + digest.Of([]byte(text)).String()
}

// shares gives what an emission gives under the rules above.
func (d duty) shares(e record.Entry, em catalog.Emission) []share {
	subjects := d.subjects(e, em)
	amount, said := d.amount(em)
	said = said && d.meets(em.When)
	if d.ends() {
		amount, said = 0, false
	}
	var out []share
	for _, m := range d.measures(em) {
		for _, subject := range subjects {
			switch {
			case m.Emitter != Name:
			case said && d.chosen(em, m.Name):
				out = append(out, share{measure: m.Name, subject: subject, amount: amount})
			case m.Aggregator == catalog.Stock && d.kind.Register != "":
				out = append(out, share{measure: m.Name, subject: subject})
			}
			if m.Aggregator != catalog.Distinct {
				break // an amount is not multiplied by the objects it is about
			}
		}
	}
	return out
}

// measures lists the measures that an emission may give to: all of a family, for rule 3.
func (d duty) measures(em catalog.Emission) []catalog.Measure {
	names := []fact.Measure{em.Measure}
	if em.By != "" {
		names = names[:0]
		field, _ := d.kind.Field(em.By)
		for _, choice := range field.Choices {
			names = append(names, em.Measure+"."+fact.Measure(choice.Word))
		}
	}
	var out []catalog.Measure
	for _, name := range names {
		if m, known := d.words.Measure(name); known {
			out = append(out, m)
		}
	}
	return out
}

// chosen tells whether the record means this measure of a family.
func (d duty) chosen(em catalog.Emission, m fact.Measure) bool {
	return em.By == "" || m == em.Measure+"."+fact.Measure(d.values[em.By].Text)
}

func (d duty) ends() bool {
	return d.kind.Register != "" && d.values[catalog.FieldEnds].Bool
}

func (d duty) meets(when map[string][]string) bool {
	for field, words := range when {
		if !slices.Contains(words, d.values[field].String()) {
			return false
		}
	}
	return true
}

func (d duty) amount(em catalog.Emission) (int64, bool) {
	if em.Amount == catalog.AmountOne {
		return 1, true
	}
	v, said := d.values[em.Amount]
	return v.Int, said && v.Shape == record.IsInt
}

// subjects gives what the emission is about, usually one thing.
func (d duty) subjects(e record.Entry, em catalog.Emission) []string {
	register, about := strings.CutPrefix(em.Subject, catalog.SubjectAbout)
	switch {
	case em.Subject == catalog.SubjectRecord:
		return []string{string(fold.Own(e.Record.Root()))}
	case em.Subject == catalog.SubjectPlace:
		return []string{string(placeOf(e))}
	case about:
		return concerned(e.Record, register)
	}
	v, said := d.values[em.Subject]
	switch {
	case !said || v.Shape == record.IsSealed:
		return nil
	case d.kind.Register != "" && em.Subject == catalog.FieldObject:
		return []string{short(record.Ref{Kind: d.kind.Register, ID: v.Text}.String())}
	case v.Shape == record.IsInt:
		return []string{strconv.FormatInt(v.Int, 10)}
	}
	return []string{short(v.String())}
}

// concerned lists the objects of one kind that the record is about.
func concerned(r record.Record, kind string) []string {
	var out []string
	for _, ref := range r.About {
		if ref.Kind == kind {
			out = append(out, ref.String())
		}
	}
	return out
}
