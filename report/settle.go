package report

import "math/big"

// Rules of a published figure in a document:
//
//  1. Where a figure stands published for exactly the document's place, period and day, the document has the published value
//     and its code, so that two papers about one question never differ.
//  2. What came since is told beside it, with what is counted now. It is taken in by a revision, which a person signs.

// Moved tells whether a figure stands published with another value than is counted now.
func (l Line) Moved() bool {
	return l.Frozen != nil && (l.Frozen.Live.Value == nil || *l.Frozen.Live.Value != l.Frozen.Value)
}

// settle puts the published values into a document's lines.
func (d *Document) settle() {
	for i := range d.Lines {
		if l := &d.Lines[i]; l.Frozen != nil {
			d.settled(l)
		}
	}
}

func (d *Document) settled(l *Line) {
	p := l.Frozen.Publication
	if p.Value == "" {
		return
	}
	l.Value, l.Unit, l.Basis, l.Status, l.Records = &p.Value, p.Unit, p.Basis, p.Status, p.Records
	if p.Author != "" {
		l.Author = p.Author
	}
	unit, known := d.Catalog.Unit(p.Unit)
	value, number := new(big.Rat).SetString(p.Value)
	if l.Moved() && known && number {
		value.Mul(value, big.NewRat(unit.Steps, 1))
		l.Amount = new(big.Int).Quo(value.Num(), value.Denom()).Int64()
	}
}
