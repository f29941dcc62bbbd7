package portal

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"

	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/internal/httpx"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed assets/style.css
var styleSheet []byte

//go:embed assets/icon.svg
var icon []byte

// look is how pages are drawn: a template for each, and what goes with it.
type look struct {
	pages map[string]*template.Template
	style string // the style sheet's name, which changes with its content
	icon  string // and the icon's
	hash  string // of everything, so that a new program is a new state of every page
}

func loadLook() (look, error) {
	l := look{pages: map[string]*template.Template{}, style: named(styleSheet, "css"), icon: named(icon, "svg")}
	all := [][]byte{styleSheet, icon}
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return l, fmt.Errorf("list the templates: %w", err)
	}
	for _, name := range names {
		text, err := templates.ReadFile(name)
		if err != nil {
			return l, fmt.Errorf("read a template: %w", err)
		}
		all = append(all, text)
		page, err := template.ParseFS(templates, "templates/frame.html", name)
		if err != nil {
			return l, fmt.Errorf("read template %s: %w", name, err)
		}
		l.pages[name[len("templates/"):len(name)-len(".html")]] = page
	}
	l.hash = digest.Of(all...).String()
	return l, nil
}

func named(content []byte, ending string) string {
	return digest.Of(content).String()[:16] + "." + ending
}

// file serves one of the files that pages refer to. A name holds its content's hash, so whoever has it has it for good.
func (d *Door) file(name, media string, content []byte) httpx.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.PathValue("name") != name {
			return fault.New(fault.NotFound, "request.no_such_path", nil)
		}
		w.Header().Set("Content-Type", media+"; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		_, err := w.Write(content)
		return err
	}
}
