package quarantine

import (
	"fmt"
	"strconv"
	"strings"

	"qingshan/fault"
)

// cursor is the place after which a page of the list goes on. The zero cursor is the beginning.
type cursor struct {
	received int64
	id       string
}

// String gives the form that [readCursor] reads.
func (c cursor) String() string { return fmt.Sprintf("%d-%s", c.received, c.id) }

func readCursor(text string) (cursor, error) {
	if text == "" {
		return cursor{}, nil
	}
	at, id, _ := strings.Cut(text, "-")
	received, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !IsID(id) {
		return cursor{}, fault.New(fault.Invalid, "page.after", nil)
	}
	return cursor{received, id}, nil
}

// IsID tells whether a text has the form of an item's id: 32 hexadecimal digits.
func IsID(text string) bool {
	return len(text) == 32 && strings.Trim(text, "0123456789abcdef") == ""
}
