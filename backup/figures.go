package backup

import (
	"encoding/json"
	"errors"
	"fmt"

	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/record"
)

// stance says on what the figures of a backup stand.
type stance struct {
	Catalog string                           `json:"catalog"`
	Cursors map[record.Book]map[string]int64 `json:"cursors"`
	Read    int                              `json:"read"`
}

func figureColumns() []string {
	return []string{"place", "year", "code", "value", "unit", "records", "author"}
}

// Figures reads what the installation showed when the backup was taken.
func (m *Manifest) Figures(folder string) (indicator.Sheet, error) {
	sheet := indicator.Sheet{Cells: map[indicator.Cell]indicator.Shown{}}
	for _, p := range m.Parts {
		if p.Kind != figures {
			continue
		}
		err := each(folder, p, func(h header, row []any) error {
			return errors.Join(sheetHead(h, &sheet), sheetRow(row, &sheet))
		})
		if err != nil {
			return sheet, err
		}
		if p.Rows == 0 {
			return sheet, emptySheet(folder, p, &sheet)
		}
	}
	return sheet, nil
}

// emptySheet reads the head of a part without rows.
func emptySheet(folder string, p Part, sheet *indicator.Sheet) error {
	r, err := openPart(folder, p)
	if err != nil {
		return err
	}
	defer r.close()
	return sheetHead(r.header, sheet)
}

func sheetHead(h header, sheet *indicator.Sheet) error {
	if sheet.Cursors != nil {
		return nil
	}
	var s stance
	if err := json.Unmarshal(h.More, &s); err != nil {
		return fmt.Errorf("read what the figures stand on: %w", err)
	}
	var err error
	sheet.Catalog, err = digest.Parse(s.Catalog)
	sheet.Cursors, sheet.Read = s.Cursors, s.Read
	if sheet.Cursors == nil {
		sheet.Cursors = map[record.Book]map[string]int64{}
	}
	return err
}

func sheetRow(row []any, sheet *indicator.Sheet) error {
	text := func(i int) string { s, _ := row[i].(string); return s }
	if len(row) != len(figureColumns()) {
		return fmt.Errorf("a figure of %d columns", len(row))
	}
	records, _ := row[5].(int64)
	cell := indicator.Cell{Place: record.UnitCode(text(0)), Year: record.Span(text(1)), Code: text(2)}
	sheet.Cells[cell] = indicator.Shown{Value: text(3), Unit: text(4), Records: records, Author: text(6)}
	return nil
}
