package api

import (
	"context"
	"strings"
	"unicode/utf8"

	"qingshan/catalog"
	"qingshan/record"
	"qingshan/register"
)

// Rules of what is shown of an object:
//
//  1. What is not personal is shown as it is said: quantities as an amount in the smallest unit that has a name.
//  2. What is personal is never shown whole, whatever the caller's rights: of a name the family name, of a telephone
//     number the last four digits, of all else nothing.
//  3. A value that was erased, or that this book does not keep, is shown like one of which nothing is shown.

// hidden stands for what is not shown; its length tells nothing.
const hidden = "***"

// masked shows a page of objects.
func (d *door) masked(ctx context.Context, kind catalog.Kind, page []register.Object) ([]object, error) {
	kept, err := d.kept(ctx, kind, page)
	if err != nil {
		return nil, err
	}
	words, objects := d.Catalog(), make([]object, len(page))
	for i, o := range page {
		objects[i] = object{ID: o.ID, Label: o.Label, Place: o.Place, From: o.From.String(), To: end(o.To), Book: o.Book,
			Root: o.Root.String(), Values: map[string]any{}}
		for name, v := range o.Values {
			if name == catalog.FieldObject || name == catalog.FieldEnds {
				continue
			}
			field, known := kind.Field(name)
			switch {
			case v.Shape == record.IsSealed || field.Personal:
				objects[i].Values[name] = mask(field.Mask, kept[o.Record]["values."+name])
			case known:
				objects[i].Values[name] = plain(words, field, v)
			}
		}
	}
	return objects, nil
}

// kept reads the personal values behind a page, each from the book that holds the object's record.
func (d *door) kept(ctx context.Context, kind catalog.Kind, page []register.Object) (map[record.ID]map[string]record.Value, error) {
	ids := map[record.Book][]record.ID{}
	for _, o := range page {
		for _, v := range o.Values {
			if v.Shape == record.IsSealed {
				ids[o.Book] = append(ids[o.Book], o.Record)
				break
			}
		}
	}
	all := map[record.ID]map[string]record.Value{}
	for book, list := range ids {
		found, err := d.Ledger.Personal(ctx, book, list)
		if err != nil {
			return nil, err
		}
		for id, values := range found {
			all[id] = values
		}
	}
	return all, nil
}

// mask shows of a personal value what its field allows.
func mask(rule string, v record.Value) string {
	text := v.Text
	if v.Shape != record.IsText || text == "" {
		return hidden
	}
	switch rule {
	case catalog.MaskName:
		first, size := utf8.DecodeRuneInString(text)
		if size == len(text) {
			return hidden // one character is the whole name
		}
		return string(first) + hidden
	case catalog.MaskPhone:
		digits := strings.Map(onlyDigits, text)
		if len(digits) < 8 {
			return hidden // four of so few would tell too much
		}
		return hidden + digits[len(digits)-4:]
	}
	return hidden
}

func onlyDigits(r rune) rune {
	if '0' <= r && r <= '9' {
		return r
	}
	return -1
}

// amount is a quantity with its unit.
type amount struct {
	Amount string `json:"amount"`
	Unit   string `json:"unit"`
}

func plain(words *catalog.Catalog, field catalog.Field, v record.Value) any {
	switch v.Shape {
	case record.IsInt:
		if field.Type == catalog.TypeQuantity {
			if unit, known := smallest(words, field.Dimension); known {
				return amount{Amount: unit.Format(v.Int), Unit: unit.Word}
			}
		}
		return v.Int
	case record.IsBool:
		return v.Bool
	case record.IsList:
		items := make([]any, len(v.List))
		for i, item := range v.List {
			items[i] = plain(words, field, item)
		}
		return items
	default:
		return v.Text
	}
}

// smallest gives the unit of a dimension with the fewest steps: the one that shows an amount most exactly.
func smallest(words *catalog.Catalog, dimension string) (catalog.Unit, bool) {
	best := catalog.Unit{}
	for _, u := range words.Units() {
		if u.Dimension == dimension && (best.Word == "" || u.Steps < best.Steps) {
			best = u
		}
	}
	return best, best.Word != ""
}
