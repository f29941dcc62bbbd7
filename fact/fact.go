// Package fact is the currency between the folds and the indicator: a signed amount of one measure about a subject,
// somewhere, on a day, because of a record. A fact is data; who emits it and who adds it up is not decided here.
package fact

import "qingshan/record"

// Measure is the dotted word of something that is counted, as the catalog declares it.
type Measure string

// Fact says that on Day, at Place, Subject contributed Amount of Measure.
//
// Amount is in the measure's base unit (grams, millimetres, fen, counts). For a measure whose aggregator is "stock" it
// is the value that holds from Day on; for "sum" it is added; for "distinct" it is 1 and Subject is what is told apart.
//
// Seq and At differ where what was said had to wait: for its root, for somebody to confirm it, for another record to go.
type Fact struct {
	Measure Measure
	Subject string          // what the amount is about: "rec/<id>" when the record itself is the subject
	Place   record.UnitCode // the finest unit known
	Day     record.Day
	Amount  int64
	Root    record.ID // the record it comes from; an amendment's facts name the amended root
	Seq     int64     // sequence of the entry that says it
	At      int64     // sequence of the entry by which it came into force: it stands at every size above
}

// Past is a fact that stands no more: another took its place, or none did.
type Past struct {
	Fact
	Gone int64 // sequence of the entry that ended it: it stood at the sizes from Fact.At+1 up to Gone
}

// Change is the difference between what a fold said before and says now about one fact: one of the two may be nil.
type Change struct {
	Old *Fact
	New *Fact
}
