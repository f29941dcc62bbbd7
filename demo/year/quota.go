package year

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"math/big"

	"qingshan/record"
)

//go:embed year.json
var yearFile []byte

// Quotas are the numbers of the year, as year.json holds them: how many acts happen, when and where, and what they come
// to by the freeze. Nothing else in this package says how much of anything there is.
type Quotas struct {
	About          string              `json:"about"`
	First          date                `json:"first"`
	Setup          date                `json:"setup"`
	Freeze         date                `json:"freeze"`
	End            date                `json:"end"`
	RegisteredFrom date                `json:"registered_from"`
	UnitsFrom      date                `json:"units_from"`
	County         record.UnitCode     `json:"county"`
	Town           record.UnitCode     `json:"town"`
	Street         record.UnitCode     `json:"street"`
	Closed         [][2]date           `json:"closed"`
	Mishaps        mishaps             `json:"mishaps"`
	Weekdays       map[string][]int    `json:"weekdays"`
	Seasons        map[string][]season `json:"seasons"`
	Villages       []village           `json:"villages"`
	Rivers         []river             `json:"rivers"`
	Grids          int                 `json:"grids"`
	InGrid         int                 `json:"in_grid"` // of a thousand acts of grid workers, how many name the grid
	Figures        map[string]string   `json:"figures_of_registers"`
	Staff          map[string][]string `json:"staff"`
	Objects        []object            `json:"objects"`
	ResidentsFrom  string              `json:"residents_source"`
	Targets        []target            `json:"targets"` // each for every month of the year
	Claims         []claim             `json:"claims"`
	Herds          herds               `json:"herds"`
	Flocks         flocks              `json:"flocks"`
	Problems       problems            `json:"problems"`
	Streams        []stream            `json:"streams"`
	Bad            []bad               `json:"bad"`
	Devices        []ordeal            `json:"devices"`
}

// ordeal is what befalls a load of waste that a phone sends which cannot mend it.
type ordeal struct {
	Day date   `json:"day"` // the first load from here on
	How Fate   `json:"how"`
	Why string `json:"why"` // in the words of whoever sees to it
}

// mishaps are shares in a thousand: corrected later, sent by mistake and withdrawn, delivered late, delivered again.
type mishaps struct {
	Corrected int `json:"corrected"`
	Extra     int `json:"extra"`
	Late      int `json:"late"`
	LateDays  int `json:"late_days"`
	Again     int `json:"again"`
	SlipDays  int `json:"slip_days"`
}

type village struct {
	Code       record.UnitCode `json:"code"`
	Zeal       int             `json:"zeal"`
	Size       int             `json:"size"`
	Households int             `json:"households"`
	Residents  int64           `json:"residents"`
	Lat        string          `json:"lat"`
	Lon        string          `json:"lon"`
}

type river struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Class    string            `json:"class"`
	Length   string            `json:"length"`
	Named    string            `json:"named"`
	Into     string            `json:"into"`
	Villages []record.UnitCode `json:"villages"`
}

type object struct {
	Register string          `json:"register"`
	ID       string          `json:"id"`
	Place    record.UnitCode `json:"place"`
	Values   values          `json:"values"`
	Counts   string          `json:"counts"`
}

type claim struct {
	ID     string          `json:"id"`
	Book   record.Book     `json:"book"`
	Place  record.UnitCode `json:"place"`
	Day    date            `json:"day"`
	Values values          `json:"values"`
}

// target is what is planned of a figure for each month.
type target struct {
	ID     string          `json:"id"`
	Book   record.Book     `json:"book"`
	Place  record.UnitCode `json:"place"`
	Day    date            `json:"day"`
	Figure string          `json:"figure"`
	Amount string          `json:"amount"`
	Unit   string          `json:"unit"`
	Source string          `json:"source"`
}

type herds struct {
	Place   record.UnitCode `json:"place"`
	Changes int             `json:"changes"`
	Season  string          `json:"season"`
	Species []herdQuota     `json:"species"`
}

type herdQuota struct {
	Species string `json:"species"`
	Figure  string `json:"figure"`
	Herds   int    `json:"herds"`
	Low     int64  `json:"low"`
	High    int64  `json:"high"`
	Target  int64  `json:"target"`
}

type flocks struct {
	Figure  string   `json:"figure"`
	Species string   `json:"species"`
	Flocks  int      `json:"flocks"`
	Low     int64    `json:"low"`
	High    int64    `json:"high"`
	Target  int64    `json:"target"`
	Changes int      `json:"changes"`
	Season  string   `json:"season"`
	Plots   []string `json:"plots"`
}

type problems struct {
	Found        int            `json:"found"`
	Closed       int            `json:"closed"`
	ClosedAgain  int            `json:"closed_again"`
	FoundFigure  string         `json:"found_figure"`
	ClosedFigure string         `json:"closed_figure"`
	LagDays      int            `json:"lag_days"`
	Season       string         `json:"season"`
	Weekdays     string         `json:"weekdays"`
	Categories   map[string]int `json:"categories"`
	Sources      map[string]int `json:"sources"`
	Results      map[string]int `json:"results"`
}

// stream is one habit of work: acts of one kind, spread over places and days.
type stream struct {
	Name       string                    `json:"name"`
	Book       record.Book               `json:"book"`
	Kind       string                    `json:"kind"`
	Places     string                    `json:"places"`
	Acts       int                       `json:"acts"`
	From       date                      `json:"from"`
	To         date                      `json:"to"`
	Season     string                    `json:"season"`
	Weekdays   string                    `json:"weekdays"`
	Hours      [2]int                    `json:"hours"`
	By         string                    `json:"by"`
	Monthly    bool                      `json:"monthly"`
	Imported   bool                      `json:"imported"`
	Located    bool                      `json:"located"`
	Driver     bool                      `json:"driver"`
	Values     values                    `json:"values"`
	Choices    map[string]map[string]int `json:"choices"`
	Refs       map[string]string         `json:"refs"`
	After      string                    `json:"after"`
	AfterField string                    `json:"after_field"`
	AfterDays  int                       `json:"after_days"`
	Counts     []tallied                 `json:"counts"`
	Amounts    []amount                  `json:"amounts"`
	Facet      *facet                    `json:"facet"`
	Held       []held                    `json:"held"`
}

// facet is a further duty that some acts of a stream fulfil.
type facet struct {
	Kind    string            `json:"kind"`
	Acts    int               `json:"acts"`
	Values  values            `json:"values"`
	Refs    map[string]string `json:"refs"`
	Counts  []tallied         `json:"counts"`
	Amounts []amount          `json:"amounts"`
}

// tallied says which figure an act counts for once; with Distinct, the object named in that field counts once, and Objects
// of them are met by the freeze.
type tallied struct {
	Figure   string `json:"figure"`
	Distinct string `json:"distinct"`
	Objects  int    `json:"objects"`
}

// amount says what a field's amounts come to by the freeze, in what steps, and between which bounds one act lies.
type amount struct {
	Field  string  `json:"field"`
	Figure string  `json:"figure"`
	Unit   string  `json:"unit"`
	Step   Decimal `json:"step"`
	Low    Decimal `json:"low"`
	High   Decimal `json:"high"`
	Target Decimal `json:"target"`
}

// held is an act whose amount is so large that it waits for a person to confirm it.
type held struct {
	Day           date            `json:"day"`
	Place         record.UnitCode `json:"place"`
	Amounts       []Decimal       `json:"amounts"`
	ConfirmedDays int             `json:"confirmed_days"`
}

// bad is a submission that the door must refuse, with the beginning of the code it must name.
type bad struct {
	Why    string          `json:"why"`
	Day    date            `json:"day"`
	Book   record.Book     `json:"book"`
	Kind   string          `json:"kind"`
	Place  record.UnitCode `json:"place"`
	Values values          `json:"values"`
	Code   string          `json:"code"`
}

// values are a record's fields as a client says them.
type values map[string]any

// ReadQuotas gives the quotas of the embedded year.json. Each call reads it afresh, so the result may be changed.
func ReadQuotas() (Quotas, error) {
	var q Quotas
	decoder := json.NewDecoder(bytes.NewReader(yearFile))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&q); err != nil {
		return q, fmt.Errorf("read the quotas: %w", err)
	}
	for i := range q.Streams {
		q.Streams[i].fill(q)
	}
	return q, nil
}

// fill sets what a stream need not say.
func (s *stream) fill(q Quotas) {
	if s.Book == "" {
		s.Book = record.Book(q.Town)
	}
	if s.From == 0 {
		s.From = q.First
	}
	if s.To == 0 {
		s.To = q.End
	}
}

// date is a day in the JSON file.
type date record.Day

// UnmarshalJSON reads "2025-06-03".
func (d *date) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	day, err := record.ParseDay(s)
	*d = date(day)
	return err
}

// season is a weight for a stretch of the calendar, "04-15" to "05-05".
type season struct {
	from, to string
	weight   int
}

// UnmarshalJSON reads ["04-15", "05-05", 12].
func (s *season) UnmarshalJSON(text []byte) error {
	row := []any{&s.from, &s.to, &s.weight}
	if err := json.Unmarshal(text, &row); err != nil {
		return err
	}
	if len(row) != 3 || len(s.from) != 5 || len(s.to) != 5 || s.from > s.to {
		return fmt.Errorf("season %s is not a first day, a last day and a weight", text)
	}
	return nil
}

// Decimal is an exact decimal number in millionths, so that sums do not round.
type Decimal int64

const millionths = 1_000_000

// ParseDecimal reads "13.25", with at most six decimals.
func ParseDecimal(s string) (Decimal, error) {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return 0, fmt.Errorf("%.40q is not a decimal number", s)
	}
	r.Mul(r, big.NewRat(millionths, 1))
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, fmt.Errorf("%.40q has more than six decimals or is too large", s)
	}
	return Decimal(r.Num().Int64()), nil
}

// UnmarshalJSON reads a text such as "13.25".
func (d *Decimal) UnmarshalJSON(text []byte) error {
	var s string
	err := json.Unmarshal(text, &s)
	if err == nil {
		*d, err = ParseDecimal(s)
	}
	return err
}

// String gives the shortest decimal text; it is the inverse of [ParseDecimal].
func (d Decimal) String() string {
	text := new(big.Rat).SetFrac64(int64(d), millionths).FloatString(6)
	for text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	if text[len(text)-1] == '.' {
		text = text[:len(text)-1]
	}
	return text
}
