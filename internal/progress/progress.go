// Package progress tells a person how far a long job has come: a bar on a terminal, plain lines elsewhere.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Bar reports one job; its methods are for one goroutine.
type Bar struct {
	out      io.Writer
	title    string
	terminal bool
	shown    int64 // last reported share, in hundredths
}

// New begins a job's report on out; out counts as a terminal if it is a file that is one.
func New(out io.Writer, title string) *Bar {
	b := &Bar{out: out, title: title, shown: -1}
	if file, ok := out.(*os.File); ok {
		b.terminal = term.IsTerminal(int(file.Fd()))
	}
	return b
}

const width = 30

// Set reports that done of total are done: every hundredth on a terminal, every tenth as a line elsewhere.
func (b *Bar) Set(done, total int64) {
	share := int64(100)
	if total > 0 {
		share = done * 100 / total
	}
	switch {
	case b.terminal && share != b.shown:
		filled := int(share) * width / 100
		fmt.Fprintf(b.out, "\r%s %s%s %3d%% %d/%d", b.title, strings.Repeat("█", filled), strings.Repeat("░", width-filled), share, done, total)
		b.shown = share
	case !b.terminal && (b.shown < 0 || share/10 > b.shown/10):
		fmt.Fprintf(b.out, "%s %d%% %d/%d\n", b.title, share, done, total)
		b.shown = share
	}
}

// Done ends the report.
func (b *Bar) Done() {
	if b.terminal && b.shown >= 0 {
		fmt.Fprintln(b.out)
	}
}

// Aside gives a way to write to another stream that may be the same terminal: what is written there first wipes the bar,
// which is drawn again below at its next change.
func (b *Bar) Aside(out io.Writer) io.Writer { return aside{b, out} }

type aside struct {
	bar *Bar
	out io.Writer
}

func (a aside) Write(text []byte) (int, error) {
	if a.bar.terminal && a.bar.shown >= 0 {
		fmt.Fprint(a.bar.out, "\r\x1b[K")
		a.bar.shown = -1
	}
	return a.out.Write(text)
}
