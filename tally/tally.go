// Package tally is the fold that the catalog drives: a record gives the facts that its kind, and each of its facets, is
// declared to emit, by the catalog it was accepted under. It knows no kind by name and adds nothing up.
package tally

import (
	"fmt"
	"slices"
	"strings"

	"qingshan/catalog"
	"qingshan/fact"
	"qingshan/fold"
	"qingshan/internal/digest"
	"qingshan/record"
)

// Name is the fold's name, and the word by which a measure names it as its emitter.
const Name = "tally"

// The reasons for which a record counts nothing here.
const (
	Nothing = "emits.nothing" // its values meet no condition, or lack an amount or a subject
	Once    = "emits.once"    // an earlier record said the same
	Nowhere = "emits.nowhere" // no place is known
)

// Tally folds records by the emissions of their kinds.
type Tally struct {
	catalogs func(digest.Hash) *catalog.Catalog
}

// New makes the fold; catalogs gives every catalog that an entry may name. One that is missing is a fault of the
// installation, so the fold panics and its runner stops, instead of counting too little.
func New(catalogs func(digest.Hash) *catalog.Catalog) *Tally {
	return &Tally{catalogs: catalogs}
}

// Name gives the fold's name.
func (t *Tally) Name() string { return Name }

// Keys gives the record's own key if its kind or a facet emits something, and a shared key for each emission of which only
// the earliest record counts.
func (t *Tally) Keys(e record.Entry) []fold.Key {
	var keys []fold.Key
	for _, d := range t.duties(e) {
		for _, em := range d.kind.Emits {
			if key := d.key(e, em); !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// Facts gives what the entries emit under a key: all of them, or of a shared key the earliest.
func (t *Tally) Facts(key fold.Key, entries []record.Entry) fold.Result {
	result := fold.Result{Idle: map[record.ID]string{}}
	first := earliest(entries)
	for i, e := range entries {
		root := e.Record.Root()
		if key.Shared() && i != first {
			result.Idle[root] = Once
			continue
		}
		facts, reason := t.emitted(key, e)
		if len(facts) == 0 {
			result.Idle[root] = reason
		}
		result.Facts = append(result.Facts, facts...)
	}
	return result
}

// earliest finds the entry with the first day and, on one day, the first id: the order of arrival must not matter.
func earliest(entries []record.Entry) int {
	at := 0
	for i, e := range entries {
		first := entries[at]
		idI, idFirst := e.Record.Root(), first.Record.Root()
		if e.Envelope.Day < first.Envelope.Day ||
			e.Envelope.Day == first.Envelope.Day && strings.Compare(string(idI[:]), string(idFirst[:])) < 0 {
			at = i
		}
	}
	return at
}

// emitted gives what one entry emits under a key. Amounts about one subject are added.
func (t *Tally) emitted(key fold.Key, e record.Entry) ([]fact.Fact, string) {
	place := placeOf(e)
	if place == "" {
		return nil, Nowhere
	}
	var facts []fact.Fact
	for _, d := range t.duties(e) {
		for _, em := range d.kind.Emits {
			if d.key(e, em) != key {
				continue
			}
			for _, s := range d.shares(e, em) {
				facts = added(facts, fact.Fact{Measure: s.measure, Subject: s.subject, Place: place, Day: e.Envelope.Day,
					Amount: s.amount, Root: e.Record.Root(), Seq: e.Seq})
			}
		}
	}
	return facts, Nothing
}

// added puts a fact to the others, or its amount to the one of the same measure and subject.
func added(facts []fact.Fact, f fact.Fact) []fact.Fact {
	for i := range facts {
		if facts[i].Measure == f.Measure && facts[i].Subject == f.Subject {
			facts[i].Amount += f.Amount
			return facts
		}
	}
	return append(facts, f)
}

// placeOf gives the finest unit known: the one in the envelope, else the one that the record is about.
func placeOf(e record.Entry) record.UnitCode {
	if e.Envelope.Resolved.Place != "" {
		return e.Envelope.Resolved.Place
	}
	code, err := record.ParseUnitCode(e.Record.Concerns("unit"))
	if err != nil {
		return ""
	}
	return code
}

// duties lists what the record counts as under its own catalog: its kind and its facets, each with its values. A kind that
// the catalog does not know emits nothing.
func (t *Tally) duties(e record.Entry) []duty {
	words := t.catalogs(e.Envelope.Catalog)
	if words == nil {
		panic(fmt.Sprintf("entry %d names the catalog %s, which is not kept", e.Seq, e.Envelope.Catalog))
	}
	var duties []duty
	add := func(name record.Kind, values record.Values) {
		if kind, known := words.Kind(name); known && len(kind.Emits) > 0 {
			duties = append(duties, duty{words: words, kind: kind, values: values})
		}
	}
	add(e.Record.Kind, e.Record.Values)
	for _, f := range e.Record.Facets {
		add(f.Kind, f.Values)
	}
	return duties
}
