// Package access says who is calling and what they may do. It issues bearer tokens and knows them again; it does not
// know routes, and what lies behind a right is not its business.
package access

import (
	"slices"
	"strings"

	"qingshan/fault"
	"qingshan/record"
)

// Right is the word of something that a caller may do.
type Right string

// The rights that a token may carry.
const (
	WriteRecords     Right = "records.write"
	DeviceRecords    Right = "records.device" // through the door that refuses nothing
	ReadFigures      Right = "figures.read"   // the records behind figures; the figures themselves are public
	ReadEntries      Right = "entries.read"
	ReadRegisters    Right = "registers.read"
	ManageQuarantine Right = "quarantine.manage"
	PublishFigures   Right = "figures.publish" // to sign what a figure was, and to revise it
	ReadMetrics      Right = "metrics.read"    // how the program is doing; tells nothing of what it holds but sizes
)

// Rights lists every right in a fixed order.
func Rights() []Right {
	return []Right{WriteRecords, DeviceRecords, ReadFigures, ReadEntries, ReadRegisters, ManageQuarantine, ReadMetrics, PublishFigures}
}

// ReadRights reads words into rights, each once; no words mean every right.
func ReadRights(words []string) ([]Right, error) {
	if len(words) == 0 {
		return Rights(), nil
	}
	var rights []Right
	for _, word := range words {
		right := Right(strings.TrimSpace(word))
		if !slices.Contains(Rights(), right) {
			return nil, fault.New(fault.Invalid, "token.unknown_right", fault.Data{"rights": joined(Rights())})
		}
		if !slices.Contains(rights, right) {
			rights = append(rights, right)
		}
	}
	return rights, nil
}

// Actor is a person who is calling, from where, and with which rights. The zero Actor may do nothing.
type Actor struct {
	Person record.PersonRef
	Book   record.Book // of the person's town or county
	Rights []Right
	Token  string // the short id of the token that is called with; "" if none is
}

// May tells whether the actor has the right.
func (a Actor) May(right Right) bool { return slices.Contains(a.Rights, right) }

// MayIn tells whether the actor has the right in a book: a county's actor in the county's and its towns', anybody else in
// their own.
func (a Actor) MayIn(book record.Book, right Right) bool { return a.May(right) && Within(a.Book, book) }

// Writes tells whether the actor may write to the book.
func (a Actor) Writes(book record.Book) bool { return a.MayIn(book, WriteRecords) }

// Publishes tells whether the actor may sign what is published from a book: a county's actor also for its towns.
func (a Actor) Publishes(book record.Book) bool { return a.MayIn(book, PublishFigures) }

// Reads tells whether the actor may look into the book's entries and registers: those they may write to and, from a
// town, those of the county, whose registers the town has adopted.
func (a Actor) Reads(book record.Book) bool {
	return Within(a.Book, book) || IsCounty(book) && Within(book, a.Book)
}

// IsCounty tells a county's book by its name, the six digits of the county's code.
func IsCounty(book record.Book) bool {
	unit, err := record.ParseUnitCode(string(book))
	return err == nil && string(unit) == string(book) && unit.Level() == record.County
}

// Within tells whether inner is outer, or the book of a unit in the county that outer is the book of.
func Within(outer, inner record.Book) bool {
	if outer == "" {
		return false
	}
	if outer == inner {
		return true
	}
	unit, err := record.ParseUnitCode(string(inner))
	return err == nil && IsCounty(outer) && record.UnitCode(outer).Holds(unit)
}
