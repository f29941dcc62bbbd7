package report

import (
	"fmt"
	"strings"

	"qingshan/fault"
)

// Refusal keeps out of a document what a guard objects to: it names every guard with the place and the value that somebody
// whose post allows it would have to explain. It is nil if there is none.
func (s Sheet) Refusal() error {
	var list []string
	for _, v := range s.Verdicts {
		if !v.Objects() {
			continue
		}
		value := v.Value
		if v.ValueTo != v.Value {
			value += ".." + v.ValueTo
		}
		list = append(list, fmt.Sprintf("%s %s %s %s", v.Guard.Name, v.Place, value, v.Unit))
	}
	if len(list) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "briefing.objection", fault.Data{"n": fmt.Sprint(len(list)), "list": strings.Join(list, "; ")})
}
