package demo

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"math/big"
	"strings"

	"qingshan/record"
)

//go:embed published-figures.csv
var publishedFile string

// Published is one row of what the town and the county printed. Only the comparison knows it.
type Published struct {
	Code, Label, English   string
	Value, Unit, Qualifier string
	Step, Low, High        string
	Basis, Period, Status  string
	Scope                  record.UnitCode
}

// ReadPublished gives the printed rows in the order of the list.
func ReadPublished() ([]Published, error) {
	rows, err := csv.NewReader(strings.NewReader(publishedFile)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the published figures: %w", err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	var list []Published
	for _, row := range rows[1:] {
		cell := func(name string) string { return row[at[name]] }
		scope, err := record.ParseUnitCode(cell("scope"))
		if err != nil {
			return nil, fmt.Errorf("read the published figure %s: %w", cell("code"), err)
		}
		list = append(list, Published{Code: cell("code"), Label: cell("label_zh"), English: cell("label_en"), Value: cell("value"), Unit: cell("unit"),
			Qualifier: cell("qualifier"), Step: cell("step"), Low: cell("low"), High: cell("high"), Basis: cell("basis"), Period: cell("period"),
			Status: cell("scope_status"), Scope: scope})
	}
	return list, nil
}

// Claimed tells whether the row is somebody's claim, which nothing counts.
func (p Published) Claimed() bool { return strings.HasPrefix(p.Qualifier, "claim") }

// Comparable tells whether a counted value can agree or disagree with the row.
func (p Published) Comparable() bool { return !p.Claimed() && p.Qualifier != "truncated" }

// Text gives the row's value as a reader of the page would take it.
func (p Published) Text() string {
	switch p.Qualifier {
	case "exact":
		return p.Value
	case "over":
		return p.Value + "+"
	case "nearly":
		return "<" + p.Value
	case "about", "claim about":
		return "≈" + p.Value
	case "thousands":
		return p.Low + "–" + p.High
	case "monthly":
		return "≥1/月"
	case "truncated":
		return p.Value + "…"
	default:
		return p.Value
	}
}

// Agrees applies the row's predicate to a counted value, exactly. A row that cannot be compared is an error, and so is the
// monthly one, which needs a value for each month: see [AgreesMonthly].
func (p Published) Agrees(counted string) (bool, error) {
	x, err := exact(counted)
	if err != nil {
		return false, err
	}
	if p.Qualifier == "thousands" {
		low, errLow := exact(p.Low)
		high, errHigh := exact(p.High)
		return errLow == nil && errHigh == nil && low.Cmp(x) <= 0 && x.Cmp(high) <= 0, nil
	}
	value, err := exact(p.Value)
	if err != nil {
		return false, err
	}
	if p.Qualifier == "exact" {
		return x.Cmp(value) == 0, nil
	}
	step, err := exact(p.Step)
	if err != nil {
		return false, err
	}
	difference := new(big.Rat).Sub(x, value)
	switch p.Qualifier {
	case "over":
		return difference.Sign() > 0 && difference.Cmp(step) < 0, nil
	case "nearly":
		return difference.Sign() < 0 && difference.Neg(difference).Cmp(step) < 0, nil
	case "about":
		return difference.Abs(difference).Cmp(step.Quo(step, big.NewRat(2, 1))) <= 0, nil
	default:
		return false, fmt.Errorf("the published figure %s cannot be compared: its qualifier is %q", p.Code, p.Qualifier)
	}
}

// AgreesMonthly tells whether every complete month has at least one.
func AgreesMonthly(counted []string) (bool, error) {
	for _, month := range counted {
		x, err := exact(month)
		if err != nil {
			return false, err
		}
		if x.Cmp(big.NewRat(1, 1)) < 0 {
			return false, nil
		}
	}
	return len(counted) > 0, nil
}

func exact(text string) (*big.Rat, error) {
	if strings.ContainsAny(text, "/eE") || len(text) > 40 {
		return nil, fmt.Errorf("%.40q is not a decimal number", text)
	}
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, fmt.Errorf("%.40q is not a decimal number", text)
	}
	return x, nil
}
