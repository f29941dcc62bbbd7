package backup

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// A row is a line of JSON: an array of null, a whole number, a text, or {"b": "base64"} for bytes.

// appendRow writes a row.
func appendRow(line []byte, row []any) ([]byte, error) {
	line = append(line, '[')
	for i, value := range row {
		if i > 0 {
			line = append(line, ',')
		}
		var err error
		if line, err = appendValue(line, value); err != nil {
			return nil, fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return append(line, ']', '\n'), nil
}

func appendValue(line []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(line, "null"...), nil
	case int64:
		return strconv.AppendInt(line, v, 10), nil
	case string:
		return appendText(line, v)
	case []byte:
		line = append(line, `{"b":"`...)
		line = base64.StdEncoding.AppendEncode(line, v)
		return append(line, `"}`...), nil
	default:
		return nil, fmt.Errorf("type %T is not one that both databases share", value)
	}
}

// appendText refuses what JSON would silently replace.
func appendText(line []byte, text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("text is not UTF-8")
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return nil, err
	}
	return append(line, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...), nil
}

// parseRow is the inverse of [appendRow].
func parseRow(line []byte, columns int) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil {
		return nil, err
	}
	if len(raw) != columns {
		return nil, fmt.Errorf("%d values, want %d", len(raw), columns)
	}
	row := make([]any, len(raw))
	for i, value := range raw {
		var err error
		if row[i], err = parseValue(value); err != nil {
			return nil, fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return row, nil
}

func parseValue(raw json.RawMessage) (any, error) {
	switch raw[0] {
	case 'n':
		return nil, nil
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err
	case '{':
		var bytes struct {
			B *[]byte `json:"b"`
		}
		err := json.Unmarshal(raw, &bytes)
		if err == nil && bytes.B == nil {
			err = fmt.Errorf("neither a value nor bytes")
		}
		if err != nil {
			return nil, err
		}
		return *bytes.B, nil
	default:
		return strconv.ParseInt(string(raw), 10, 64)
	}
}
