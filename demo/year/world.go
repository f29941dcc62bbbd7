package year

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"

	"qingshan/record"
)

//go:embed units.csv
var unitsFile string

// unit is a row of the official code list.
type unit struct {
	code   record.UnitCode
	name   string
	class  string
	parent record.UnitCode
}

// readUnits reads the embedded list: the county first, everything before what lies in it.
func readUnits() ([]unit, error) {
	var units []unit
	for i, line := range strings.Split(strings.TrimSpace(unitsFile), "\n") {
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "code,") {
			continue
		}
		cells := strings.Split(line, ",")
		if len(cells) != 4 {
			return nil, fmt.Errorf("units.csv line %d has %d cells, want 4", i+1, len(cells))
		}
		code, err := record.ParseUnitCode(cells[0])
		if err != nil {
			return nil, fmt.Errorf("units.csv line %d: %w", i+1, err)
		}
		units = append(units, unit{code, cells[1], cells[2], record.UnitCode(cells[3])})
	}
	return units, nil
}

// world is who and what there is for acts to name.
type world struct {
	units    []unit
	villages map[record.UnitCode]village
	grids    map[record.UnitCode][]record.UnitCode
	staff    map[string][]string // by staffKey: persons
	objects  map[string][]string // "register/unit" → references
}

func newWorld(q Quotas) (*world, error) {
	units, err := readUnits()
	if err != nil {
		return nil, err
	}
	w := &world{units: units, villages: map[record.UnitCode]village{}, grids: map[record.UnitCode][]record.UnitCode{},
		staff: map[string][]string{}, objects: map[string][]string{}}
	for _, v := range q.Villages {
		w.villages[v.Code] = v
	}
	for _, r := range q.Rivers {
		for _, code := range r.Villages {
			w.add("river", code, r.ID)
		}
	}
	for _, o := range q.Objects {
		w.add(o.Register, o.Place, o.ID)
	}
	w.divide(q)
	return w, nil
}

func (w *world) add(register string, place record.UnitCode, id string) {
	key := register + "/" + string(place)
	w.objects[key] = append(w.objects[key], register+"/"+id)
}

// divide gives each village its share of the grids: whole numbers by size, the largest remainders rounded up.
func (w *world) divide(q Quotas) {
	total := 0
	for _, v := range q.Villages {
		total += v.Size
	}
	exact, given := make([]float64, len(q.Villages)), make([]int, len(q.Villages))
	left := q.Grids
	for i, v := range q.Villages {
		exact[i] = float64(q.Grids*v.Size) / float64(total)
		given[i] = int(math.Floor(exact[i]))
		left -= given[i]
	}
	for ; left > 0; left-- {
		best := 0
		for i := range exact {
			if exact[i]-float64(given[i]) > exact[best]-float64(given[best]) {
				best = i
			}
		}
		given[best]++
	}
	for i, v := range q.Villages {
		for n := 1; n <= given[i]; n++ {
			w.grids[v.Code] = append(w.grids[v.Code], record.UnitCode(fmt.Sprintf("%s-%02d", v.Code, n)))
		}
	}
}

// places lists the units of a stream's scope with the zeal of each as its weight.
func (w *world) places(q Quotas, scope string) ([]record.UnitCode, []int, error) {
	var codes []record.UnitCode
	var weights []int
	add := func(code record.UnitCode, weight int) {
		codes, weights = append(codes, code), append(weights, weight)
	}
	switch scope {
	case "villages", "neighbourhoods":
		for _, v := range q.Villages {
			if v.Size > 0 || scope == "neighbourhoods" {
				add(v.Code, v.Zeal)
			}
		}
	case "town":
		add(q.Town, 1)
	case "towns":
		for _, u := range w.units {
			if u.code.Level() == record.Town {
				add(u.code, 1)
			}
		}
	default:
		code, err := record.ParseUnitCode(scope)
		if err != nil {
			return nil, nil, fmt.Errorf("places: %w", err)
		}
		add(code, 1)
	}
	return codes, weights, nil
}

// pick draws an object of a register at a place; "" if there is none.
func (w *world) pick(d dice, register string, place record.UnitCode) string {
	list := w.objects[register+"/"+string(place)]
	if len(list) == 0 {
		return ""
	}
	return list[d.IntN(len(list))]
}

// person draws somebody of a role in the book, at the place or, if nobody there has it, above.
func (w *world) person(d dice, book record.Book, role string, place record.UnitCode) string {
	for _, code := range place.Path() {
		if list := w.staff[staffKey(book, role, code)]; len(list) > 0 {
			return list[d.IntN(len(list))]
		}
	}
	return ""
}

func staffKey(book record.Book, role string, place record.UnitCode) string {
	return string(book) + "/" + role + "/" + string(place)
}

// position draws a point near the village's synthetic centre.
func (w *world) position(d dice, place record.UnitCode) *where {
	v, known := w.villages[place[:min(len(place), 12)]]
	if !known {
		return nil
	}
	return &where{Lat: near(d, v.Lat), Lon: near(d, v.Lon), Accuracy: 4 + d.IntN(20), Datum: "wgs84"}
}

func near(d dice, centre string) float64 {
	at, err := strconv.ParseFloat(centre, 64)
	if err != nil {
		panic("year: year.json holds a centre that is no number: " + centre) // the test of the quotas reads them all
	}
	return math.Round((at+(d.Float64()-0.5)/60)*1e6) / 1e6
}

// Official gives names and classes of the county's official divisions by code: real ones, of the edition that units.csv
// names.
func Official() (map[string][2]string, error) {
	units, err := readUnits()
	if err != nil {
		return nil, err
	}
	known := map[string][2]string{}
	for _, u := range units {
		known[string(u.code)] = [2]string{u.name, u.class}
	}
	return known, nil
}
