package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// memory serves the demonstration and a data set by the program itself, reads figures, and says what it held resident.
// It runs on SQLite and where the kernel tells (/proc).
func (b *bench) memory(ctx context.Context, d *dataset) error {
	dir, err := os.MkdirTemp("", "qingshan-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program, demo := filepath.Join(dir, "qingshan"), filepath.Join(dir, "demo")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/qingshan")
	build.Dir, build.Stderr = "..", os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	if text, err := exec.CommandContext(ctx, program, "demo", "--dir", demo).CombinedOutput(); err != nil {
		return fmt.Errorf("demo: %w\n%s", err, text)
	}
	for _, served := range []struct{ name, dir string }{{"the demonstration", demo}, {fmt.Sprintf("%d entries", d.entries), d.Dir}} {
		if err := b.serve(ctx, program, served.name, served.dir); err != nil {
			return fmt.Errorf("serve %s: %w", served.name, err)
		}
	}
	if err := b.briefing(ctx, program, demo); err != nil {
		return err
	}
	return b.briefing(ctx, program, d.Dir)
}

// serve starts the program, reads all figures of a year and its months a hundred times, and looks at its memory.
func (b *bench) serve(ctx context.Context, program, name, dir string) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server := exec.CommandContext(ctx, program, "serve", "--dir", dir, "--listen", "127.0.0.1:0")
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	server.Stderr = io.Discard
	out, err := server.StdoutPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	defer func() { stop(); err = errors.Join(err, ended(server.Wait())) }()
	base, err := address(out)
	if err != nil {
		return err
	}
	fresh, _, err := resident(server.Process.Pid)
	if err != nil {
		return err
	}
	for n := range 100 {
		period := "2025"
		if n%4 > 0 {
			period = fmt.Sprintf("2025-%02d", n%12+1)
		}
		if err := get(ctx, base+"/api/v1/figures?place="+town+"&period="+period); err != nil {
			return err
		}
	}
	now, peak, err := resident(server.Process.Pid)
	if err == nil {
		fmt.Fprintf(b.out, "memory serving %-20s %s after the start, %s after a hundred readings of all figures, %s at most\n", name, fresh, now, peak)
	}
	return err
}

// ended forgives the signal that ended the server.
func ended(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// address finds where the server listens in what it prints.
func address(out io.Reader) (string, error) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := regexp.MustCompile(`https?://[0-9.:]+`).FindString(lines.Text()); found != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the server
			return found, nil
		}
	}
	return "", fmt.Errorf("the server did not say where it listens: %w", errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}

func get(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.300s", res.Status, text)
	}
	return err
}

// resident gives the memory that a process holds, and the most that it ever held.
func resident(pid int) (now, peak string, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "", "", err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "VmRSS":
			now = strings.TrimSpace(value)
		case "VmHWM":
			peak = strings.TrimSpace(value)
		}
	}
	return now, peak, nil
}

// briefing writes the year's briefing five times: the whole command, from its start to its end.
func (b *bench) briefing(ctx context.Context, program, dir string) error {
	var took []time.Duration
	for range 5 {
		began := time.Now()
		command := exec.CommandContext(ctx, program, "briefing", "--dir", dir, "--place", town, "--period", "2025", "--out", filepath.Join(filepath.Dir(program), "briefing.html"))
		if text, err := command.CombinedOutput(); err != nil {
			fmt.Fprintf(b.out, "no briefing of %s: %v: %.300s\n", filepath.Base(dir), err, text)
			return nil
		}
		took = append(took, time.Since(began))
	}
	fmt.Fprintf(b.out, "the year's briefing of %s, the whole command: %s (goal under 1 s)\n", filepath.Base(dir), both(took))
	return nil
}
