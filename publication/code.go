package publication

import (
	"strconv"
	"strings"

	"qingshan/fault"
	"qingshan/record"
)

// Code names a published figure or document for ever: the book and the sequence of the entry that publishes it, and a check
// digit. It is resolved straight from the ledger, without any index.
type Code struct {
	Book record.Book
	Seq  int64
}

// String gives the code as it is printed: "220323102-1289-5".
func (c Code) String() string {
	body := string(c.Book) + "-" + strconv.FormatInt(c.Seq, 10)
	return body + "-" + string('0'+checkDigit(body))
}

// Zero tells whether the code names nothing.
func (c Code) Zero() bool { return c.Book == "" }

// ParseCode is the inverse of [Code.String]. A code with one digit mistyped, or with two neighbouring digits in each other's
// place, is always refused.
func ParseCode(text string) (Code, error) {
	body, digit, cut := cutLast(text)
	book, number, cutAgain := cutLast(body)
	seq, err := strconv.ParseInt(number, 10, 64)
	if _, bad := record.ParseBook(book); !cut || !cutAgain || err != nil || bad != nil || seq < 0 || strconv.FormatInt(seq, 10) != number {
		return Code{}, fault.New(fault.Invalid, "publication.bad_code", nil)
	}
	if digit != string('0'+checkDigit(body)) {
		return Code{}, fault.New(fault.Invalid, "publication.mistyped", nil)
	}
	return Code{Book: record.Book(book), Seq: seq}, nil
}

func cutLast(text string) (before, after string, found bool) {
	at := strings.LastIndexByte(text, '-')
	if at < 0 {
		return "", "", false
	}
	return text[:at], text[at+1:], true
}

// damm is a totally anti-symmetric quasigroup of order ten, from H. M. Damm's thesis (Marburg, 2004): a digit computed over it
// finds every wrong digit and every exchange of two neighbours.
func damm() [10]string {
	return [10]string{"0317598642", "7092154863", "4206871359", "1750983426", "6123045978", "3674209581", "5869720134", "8945362017",
		"9438617205", "2581436790"}
}

// checkDigit runs over the characters of a text. One that is no digit counts by its last decimal digit; the dash before the
// sequence counts so, too.
func checkDigit(text string) byte {
	table, state := damm(), byte(0)
	for i := range len(text) {
		state = table[state][value(text[i])] - '0'
	}
	return state
}

func value(c byte) byte {
	if '0' <= c && c <= '9' {
		return c - '0'
	}
	return c % 10
}
