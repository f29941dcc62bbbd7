package guard

import (
	"math/big"

	"qingshan/catalog"
)

// line adds a sentence to the arithmetic; quantities get the labels of their units in each language.
func (b *bench) line(code string, data map[string]any) {
	l := Line{Code: code, ZH: map[string]string{}, EN: map[string]string{}}
	for name, v := range data {
		switch v := v.(type) {
		case quantity:
			l.ZH[name], l.EN[name] = v.text(true), v.text(false)
		case catalog.Figure:
			l.ZH[name], l.EN[name] = v.ZH, v.EN
		case string:
			l.ZH[name], l.EN[name] = v, v
		}
	}
	b.out.Lines = append(b.out.Lines, l)
}

// lines writes the arithmetic: how the value comes about, what it is held against, and what would be plausible.
func (b *bench) lines() {
	b.valueLine()
	b.boundLines()
	usual, known := b.usual()
	switch {
	case !known:
	case b.out.TimesUsual != nil:
		b.line("guard.line.unusual", map[string]any{"usual": quantity{usual.shown(), b.unit}, "times": spanShown(b.out.TimesUsual)})
	default:
		b.line("guard.line.usual", map[string]any{"usual": quantity{usual.shown(), b.unit}})
	}
	if b.out.AtBounds != nil {
		b.line("guard.line.total", map[string]any{"per": b.divisor(), "band": quantity{span{b.least, b.most}.shown(), b.unit},
			"total": quantity{spanShown(b.out.AtBounds), b.ofUnit}})
	}
	if b.out.AtUsual != nil {
		b.line("guard.line.total_usual", map[string]any{"per": b.divisor(), "usual": quantity{usual.shown(), b.unit},
			"total": quantity{spanShown(b.out.AtUsual), b.ofUnit}})
	}
}

func (b *bench) valueLine() {
	of, _ := b.words.Figure(b.guard.Of)
	data := map[string]any{"figure": of, "of": quantity{shown(inUnit(b.of, b.ofUnit)), b.ofUnit}, "is": equals(b.judged), "value": quantity{b.judged.written(), b.unit}}
	switch {
	case b.guard.Per != "":
		data["per"] = b.divisor()
		b.line("guard.line.quotient", data)
	case b.guard.PerRecord:
		data["records"] = shown(b.per)
		b.line("guard.line.average", data)
	case b.guard.Against != nil:
		usual, _ := spanOf(*b.guard.Against)
		data["usual"] = quantity{usual.shown(), b.perUnit}
		b.line("guard.line.share", data)
	default:
		b.line("guard.line.figure", data)
	}
}

func (b *bench) boundLines() {
	if b.guard.AtMost != "" {
		most, _ := b.words.Figure(b.guard.AtMost)
		b.line("guard.line.at_most", map[string]any{"figure": most, "most": quantity{shown(b.most), b.unit}})
	} else {
		b.band()
	}
	if b.out.Times == "" {
		return
	}
	code := "guard.line.above"
	if b.least != nil && b.judged.high.Cmp(b.least) < 0 {
		code = "guard.line.below"
	}
	b.line(code, map[string]any{"times": textShown(b.out.Times)})
}

func (b *bench) band() {
	switch {
	case b.least != nil && b.most != nil:
		b.line("guard.line.band", map[string]any{"band": quantity{span{b.least, b.most}.shown(), b.unit}})
	case b.most != nil:
		b.line("guard.line.max", map[string]any{"most": quantity{shown(b.most), b.unit}})
	default:
		b.line("guard.line.min", map[string]any{"least": quantity{shown(b.least), b.unit}})
	}
}

// equals is the sign before a value: what is written may be all of it or not.
func equals(s span) string {
	if s.short() {
		return "="
	}
	return "≈"
}

// divisor writes what is divided by.
func (b *bench) divisor() quantity {
	return quantity{shown(inUnit(b.per, b.perUnit)), b.perUnit}
}

func spanShown(r *catalog.Range) string {
	s, _ := spanOf(*r)
	return s.shown()
}

func textShown(text string) string {
	r, ok := number(text)
	if !ok {
		r = new(big.Rat)
	}
	return shown(r)
}
