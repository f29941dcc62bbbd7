package briefing

import (
	"fmt"
	"strings"
)

// Markdown draws a paper as Markdown that GitHub and Pandoc read alike: references are footnotes.
func Markdown(p Paper) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s\n", escaped(p.Name))
	line("%s · %s · %s\n", escaped(p.Number), escaped(p.Unit), escaped(p.Date))
	line("%s\n", escaped(p.Scope))
	for _, part := range p.Parts {
		line("## %s\n", escaped(part.Heading))
		for _, paragraph := range part.Paragraphs {
			for _, run := range paragraph {
				if run.Note > 0 {
					fmt.Fprintf(&b, "[^%d]", run.Note)
					continue
				}
				b.WriteString(escaped(run.Words))
			}
			b.WriteString("\n\n")
		}
	}
	line("---\n\n## %s\n\n%s\n", escaped(p.Words.Roots), escaped(p.Words.RootsSay))
	for _, root := range p.Roots {
		line("- %s · %d %s · `%s`", root.Book, root.Size, p.Words.Entries, root.Root)
	}
	line("\n%s `%s`\n\n%s\n", escaped(p.Words.Catalog), p.Catalog, escaped(p.Words.Verify))
	line("## %s\n", escaped(p.Words.Notes))
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "[^%d]: %s", n.N, escaped(n.Text))
		if n.Link != "" {
			b.WriteString(" " + target(n.Link))
		}
		for _, more := range n.More {
			b.WriteString(" " + escaped(more))
		}
		b.WriteString("\n")
	}
	return []byte(b.String())
}

// target writes an address as a link. A path alone leads nowhere from a file, so it stands as code, to be read.
func target(link string) string {
	if strings.HasPrefix(link, "/") {
		return "`" + link + "`"
	}
	return "<" + link + ">"
}

// escaped keeps what people wrote from being read as Markdown or HTML.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_[]<>#|&~!$", r) {
			b.WriteRune('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
