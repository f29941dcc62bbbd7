package briefing

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
)

//go:embed briefing.html
var page string

//go:embed briefing.css
var style string

// HTML draws a paper as one file that needs nothing else. Its policy lets nothing run and nothing load but the style sheet
// inside, which it names by hash.
func HTML(p Paper) ([]byte, error) {
	t, err := template.New("briefing").Parse(page)
	if err != nil {
		return nil, fmt.Errorf("read the briefing's template: %w", err)
	}
	sum := sha256.Sum256([]byte(style))
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Paper
		Style  template.CSS
		Policy string
	}{p, template.CSS(style), "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"})
	if err != nil {
		return nil, fmt.Errorf("draw the briefing: %w", err)
	}
	return b.Bytes(), nil
}
