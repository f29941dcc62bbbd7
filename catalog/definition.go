package catalog

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"qingshan/fact"
	"qingshan/internal/digest"
)

// definition is all that decides what a figure comes to; what it is called does not. The texts are written out here, apart from
// the types of the catalog, because a published hash must come out the same from every later program.
type definition struct {
	Figure   string       `json:"figure"`
	Status   Status       `json:"status"`
	Basis    string       `json:"basis"`
	Unit     string       `json:"unit"`
	Measures []string     `json:"measures,omitempty"`
	Emits    []string     `json:"emits,omitempty"`
	Plus     []definition `json:"plus,omitempty"`
	Ratio    []definition `json:"ratio,omitempty"` // what is divided, and by what
}

// Definition gives the hash of what a figure means: what it adds up or divides, the measures and what is emitted into them,
// the unit and the basis. Two catalogs in which it is the same count the same; labels may differ. It is false for a figure
// that the catalog does not know.
func (c *Catalog) Definition(code string) (digest.Hash, bool) {
	d, known := c.definition(code)
	if !known {
		return digest.Hash{}, false
	}
	text, err := json.Marshal(d)
	if err != nil {
		panic("catalog: a definition of texts and numbers does not marshal: " + err.Error())
	}
	return digest.Of([]byte("qs/definition/1\n"), text), true
}

func (c *Catalog) definition(code string) (definition, bool) {
	f, known := c.Figure(code)
	if !known {
		return definition{}, false
	}
	d := definition{Figure: f.Code, Status: f.Status, Basis: f.Basis, Emits: c.emitting(f.Of)}
	if u, measured := c.Unit(f.Unit); measured {
		d.Unit = fmt.Sprintf("%s of %s in %d", u.Word, u.Dimension, u.Steps)
	}
	for _, name := range f.Of {
		m, _ := c.Measure(name)
		d.Measures = append(d.Measures, strings.Join([]string{string(m.Name), m.Dimension, m.Unit, m.Basis, string(m.Aggregator), m.Emitter}, "|"))
	}
	for _, part := range f.Plus {
		p, _ := c.definition(part)
		d.Plus = append(d.Plus, p)
	}
	if f.Ratio != nil {
		of, _ := c.definition(f.Ratio.Of)
		per, _ := c.definition(f.Ratio.Per)
		d.Ratio = []definition{of, per}
	}
	return d, true
}

// emitting lists what is emitted into some measures, in order.
func (c *Catalog) emitting(measures []fact.Measure) []string {
	var list []string
	for _, k := range c.kinds {
		for _, e := range k.Emits {
			if slices.ContainsFunc(measures, e.into) {
				list = append(list, string(k.Name)+"|"+e.text())
			}
		}
	}
	slices.Sort(list)
	return list
}

// into tells whether the emission gives facts of a measure.
func (e Emission) into(m fact.Measure) bool {
	return m == e.Measure || e.By != "" && strings.HasPrefix(string(m), string(e.Measure)+".")
}

func (e Emission) text() string {
	var when []string
	for _, field := range slices.Sorted(maps.Keys(e.When)) {
		when = append(when, field+"="+strings.Join(e.When[field], ","))
	}
	return strings.Join([]string{string(e.Measure), e.Amount, e.Subject, strings.Join(when, ";"), e.By, e.Once}, "|")
}
