package quarantine

import (
	"strings"
	"time"

	"qingshan/internal/digest"
	"qingshan/record"
)

// Form says what the bytes of an item are.
type Form string

// The forms: one record of a delivery that could be read, or all of one that could not.
const (
	OneRecord Form = "record"
	WholeBody Form = "body"
)

// State says where an item stands. Every state but Waiting is final.
type State string

// The states.
const (
	Waiting   State = "waiting"
	Repaired  State = "repaired"  // a person sent it corrected, and that was stored
	Replayed  State = "replayed"  // it was stored as it is, after the catalog or the register had changed
	Dismissed State = "dismissed" // a person said why it is not to be stored
)

// States lists every state, the open one first.
func States() []State { return []State{Waiting, Repaired, Replayed, Dismissed} }

// Arrival is what a door puts aside, and how it came.
type Arrival struct {
	Book     record.Book // whose people see to it
	Named    record.Book // the book that the delivery named; "" if none could be read
	Form     Form
	Channel  record.Channel
	Sender   record.PersonRef // the person whose token sent it
	Token    string           // the token's short id
	Catalog  digest.Hash      // the catalog that the delivery named; zero if none
	Record   record.ID        // as the record says it; zero if it could not be read
	Kind     record.Kind      // likewise
	Origin   string           // the item that it was a part of, or ""
	Received time.Time
	Sent     time.Time // zero if not said
	Raw      []byte    // exactly what was received
	Reason   []record.Finding
}

// id names an item by what makes two deliveries the same: who sent which bytes through which door to which book, and whose
// people see to it.
func (a Arrival) id() string {
	words := strings.Join([]string{"qs/quarantine/1", string(a.Channel), string(a.Sender), string(a.Book), string(a.Named), string(a.Form), ""}, "\n")
	return digest.Of([]byte(words), a.Raw).String()[:32]
}

// Item is an arrival as it is kept. Its Raw is empty; the bytes are given by [Store.Raw] and [Store.Take] only.
type Item struct {
	Arrival
	ID       string
	Hash     digest.Hash // SHA-256 of the raw bytes, which stays when they go
	Bytes    int64
	Times    int64     // how often it was delivered
	Latest   time.Time // when it was delivered last
	State    State
	Settled  time.Time // zero while it waits
	Scrubbed time.Time // when the raw bytes went; zero while they are kept
	steps    int64
}

// Deed is the word of something that was done about an item.
type Deed string

// The deeds.
const (
	Came       Deed = "received"
	Viewed     Deed = "viewed" // the raw bytes were shown to a person
	TryRepair  Deed = "repair_failed"
	TryReplay  Deed = "replay_failed"
	DidRepair  Deed = "repaired"
	DidReplay  Deed = "replayed"
	DidDismiss Deed = "dismissed"
	DidScrub   Deed = "scrubbed" // the raw bytes were erased
)

// Deeds lists every deed in the order of an item's life.
func Deeds() []Deed {
	return []Deed{Came, Viewed, TryRepair, TryReplay, DidRepair, DidReplay, DidDismiss, DidScrub}
}

// Step is one line of an item's history.
type Step struct {
	At   time.Time
	Who  record.PersonRef // "" for the system
	Did  Deed
	Why  string // in the words of whoever did it
	Data map[string]string
}

// Entry is a place in a book where what an item said is stored.
type Entry struct {
	Book   record.Book
	Seq    int64
	Record record.ID
}

// File is an item with all that is known about it but its bytes.
type File struct {
	Item
	History []Step
	Entries []Entry
}
