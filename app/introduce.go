package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"qingshan/fault"
	"qingshan/intake"
	"qingshan/internal/strictjson"
	"qingshan/record"
)

// always is the day from which holds what an installation is told when it is set up: it was true before.
const always = "2020-01-01"

// Division is a unit of the administration as it is registered.
type Division struct {
	Code  string
	Name  string
	Class string // county, town, township or subdistrict
}

// Divisions gives the county and the towns that the county's register knows, by code.
func (a *App) Divisions(ctx context.Context, county string) (map[string]Division, error) {
	found := map[string]Division{}
	day := record.DayAt(a.clock(), record.Zone())
	units, err := a.register.Units(ctx, record.Book(county), record.UnitCode(county), day)
	if err != nil {
		return nil, err
	}
	if own, ok, err := a.register.Unit(ctx, record.Book(county), record.UnitCode(county), day); err != nil {
		return nil, err
	} else if ok {
		units = append(units, own)
	}
	for _, u := range units {
		found[string(u.Code)] = Division{Code: string(u.Code), Name: u.Name, Class: u.Class}
	}
	return found, nil
}

// Introduce registers divisions that the county's register does not know by that name yet.
func (a *App) Introduce(ctx context.Context, county string, units []Division) error {
	known, err := a.Divisions(ctx, county)
	if err != nil {
		return err
	}
	for _, u := range units {
		if known[u.Code] == u {
			continue
		}
		err := a.enter(ctx, record.Book(county), map[string]any{
			"external": "division " + u.Code + " " + u.Name,
			"kind":     "register.unit",
			"observed": always,
			"about":    []string{"unit/" + u.Code},
			"values":   map[string]any{"object": u.Code, "name": u.Name, "class": u.Class},
		})
		if err != nil {
			return fmt.Errorf("register %s: %w", u.Code, err)
		}
	}
	return a.CatchUp(ctx)
}

// Employ registers a person in a book and gives the reference by which tokens and records name them. The name and the
// telephone are kept as all personal values are: beside the record, masked when shown, erasable.
func (a *App) Employ(ctx context.Context, book, name, phone string) (person string, err error) {
	var random [4]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", fmt.Errorf("draw a person's reference: %w", err)
	}
	person = fmt.Sprintf("p-%x", random)
	values := map[string]any{"object": person, "name": name, "duty": "cadre"}
	if phone != "" {
		values["phone"] = phone
	}
	err = a.enter(ctx, record.Book(book), map[string]any{
		"external": "person " + person,
		"kind":     "register.person",
		"observed": always,
		"about":    []string{"unit/" + book},
		"values":   values,
	})
	if err != nil {
		return "", fmt.Errorf("register a person: %w", err)
	}
	return person, a.CatchUp(ctx)
}

// enter has the system say something through the same desk as everybody.
func (a *App) enter(ctx context.Context, book record.Book, said map[string]any) error {
	raw, err := json.Marshal(said)
	if err != nil {
		return fmt.Errorf("write a record: %w", err)
	}
	value, err := strictjson.Parse(raw, strictjson.Limits{Depth: 4, Values: 50})
	if err != nil {
		return fmt.Errorf("read a record: %w", err)
	}
	outcomes, err := a.desk.Accept(ctx, intake.Delivery{Channel: record.ChannelSystem, Book: book, Records: []strictjson.Value{value}})
	if err != nil {
		return err
	}
	if o := outcomes[0].Outcome; o != record.Stored && o != record.Duplicate {
		return fault.New(fault.Invalid, "setup.not_accepted", fault.Data{"kind": fmt.Sprint(said["kind"]), "reason": fmt.Sprint(o, outcomes[0].Findings)})
	}
	return nil
}
