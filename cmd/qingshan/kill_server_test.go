package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// station is a running `qingshan serve`: a process of its own that can be killed.
type station struct {
	base   string
	token  string
	client *http.Client
	cmd    *exec.Cmd
	stderr *lockedBuffer
	gone   chan struct{} // closed when the process has ended
}

// lockedBuffer takes what the child says while others may look.
type lockedBuffer struct {
	mu   sync.Mutex // protects text
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// launch starts this test binary as `qingshan serve` over a data folder; TestMain sees to it by the first argument.
func launch(t *testing.T, dir, token string) *station {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &station{token: token, stderr: &lockedBuffer{}, gone: make(chan struct{}),
		client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}}
	s.cmd = &exec.Cmd{Path: program, Args: []string{"qingshan", "serve", "--dir", dir, "--listen", "127.0.0.1:0"}, Stderr: s.stderr}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	listening := make(chan string, 1)
	go func() {
		lines := bufio.NewReader(out)
		first, _ := lines.ReadString('\n') // what is missing shows below
		listening <- first
		_, _ = io.Copy(io.Discard, lines) // ends with the process
		_ = s.cmd.Wait()                  // it was killed, or says why on stderr
		close(s.gone)
	}()
	select {
	case first := <-listening:
		if s.base = strings.TrimPrefix(strings.TrimSpace(first), "qingshan serves at "); !strings.HasPrefix(s.base, "http://") {
			t.Fatalf("serve printed %q first; standard error:\n%s", first, s.stderr)
		}
	case <-time.After(time.Minute):
		t.Fatalf("serve does not listen; standard error:\n%s", s.stderr)
	}
	return s
}

// kill ends the process as a power cut would, and returns when it is gone.
func (s *station) kill() {
	_ = s.cmd.Process.Kill() // it may be gone already
	<-s.gone
	s.client.CloseIdleConnections()
}

// stop asks the process to end and wants it to do so by itself.
func (s *station) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Errorf("interrupt serve: %v", err)
	}
	<-s.gone
	if !s.cmd.ProcessState.Success() {
		t.Errorf("serve ended with %s after an interrupt; standard error:\n%s", s.cmd.ProcessState, s.stderr)
	}
}

// ask sends one request and gives status and body; an error means that no whole answer came.
func (s *station) ask(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, text, err
}

// receipt is what the door answers for one record.
type receipt struct {
	ID       string `json:"id"`
	Outcome  string `json:"outcome"`
	Seq      int64  `json:"seq"`
	Leaf     string `json:"leaf"`
	Findings []struct {
		Code string `json:"code"`
	} `json:"findings"`
}

// send hands in a parcel. No receipts and no error: the server did not answer any more.
func (s *station) send(ctx context.Context, p parcel) ([]receipt, error) {
	status, text, err := s.ask(ctx, http.MethodPost, "/api/v1/records", p.text())
	if err != nil {
		return nil, nil
	}
	var answer struct {
		Results []receipt `json:"results"`
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("POST of %d records: %d %s", len(p), status, text)
	}
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Results) != len(p) {
		return nil, fmt.Errorf("POST of %d records answered %s (%v)", len(p), text, err)
	}
	return answer.Results, nil
}

// get reads JSON from a path and wants status 200.
func (s *station) get(ctx context.Context, path string, into any) error {
	status, text, err := s.ask(ctx, http.MethodGet, path, nil)
	if err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("GET %s: %d %s", path, status, text)
	}
	return json.Unmarshal(text, into)
}

// entry is what an entry's page says of it.
type entry struct {
	Record string `json:"record"`
	Leaf   string `json:"leaf"`
}

func (s *station) entry(ctx context.Context, book string, seq int64) (entry, error) {
	var e entry
	return e, s.get(ctx, fmt.Sprintf("/api/v1/entries/%s/%d", book, seq), &e)
}
