package app_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"qingshan/app"
	"qingshan/fault"
)

// listening starts an installation and gives its base and how to end it.
func listening(t *testing.T, cfg app.Config, o app.Options) (base string, stop func()) {
	t.Helper()
	a, err := app.Open(t.Context(), cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	base, ended, err := a.Listen(ctx)
	if err != nil {
		cancel()
		a.Close()
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serving ended with %v", err)
		}
		a.Close()
	}
	t.Cleanup(stop)
	return base, stop
}

// device is a browser that trusts what it is given and follows nothing.
func device(pool *x509.CertPool) *http.Client {
	return &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
}

func poolOf(t *testing.T, file string) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(file)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatalf("read %s: %v", file, err)
	}
	return pool
}

func get(t *testing.T, c *http.Client, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestSelfSignedServesAndPlainIsSentOn(t *testing.T) {
	cfg := app.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", TLS: app.TLSConfig{Mode: app.TLSSelfSigned}}
	base, stop := listening(t, cfg, app.Options{})
	client := device(poolOf(t, filepath.Join(cfg.Dir, "tls", "authority.crt")))
	res, body := get(t, client, base+"/healthz")
	if res.StatusCode != 200 || res.ProtoMajor != 2 || res.Header.Get("Strict-Transport-Security") != "" || !strings.HasPrefix(base, "https://") {
		t.Errorf("%s: got %d over %s, HSTS %q: %s", base, res.StatusCode, res.Proto, res.Header.Get("Strict-Transport-Security"), body)
	}
	plain := strings.Replace(base, "https:", "http:", 1)
	res, _ = get(t, client, plain+"/healthz?a=b")
	if res.StatusCode != 308 || res.Header.Get("Location") != base+"/healthz?a=b" {
		t.Errorf("plain: got %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	res, body = get(t, client, plain+"/healthz", "Authorization", "Bearer qs_secret")
	if res.StatusCode != 400 || !strings.Contains(body, "request.unprotected") || !strings.Contains(body, "https") {
		t.Errorf("plain with a token: got %d %s", res.StatusCode, body)
	}
	// A connection that says nothing must not keep the next one or the end waiting.
	silent, err := net.Dial("tcp", strings.TrimPrefix(base, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if res, _ := get(t, client, base+"/healthz"); res.StatusCode != 200 {
		t.Errorf("behind a silent connection: got %d", res.StatusCode)
	}
	stop()
}

func TestOwnCertificateIsTakenUpWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	maker := app.Config{Dir: filepath.Join(dir, "first"), TLS: app.TLSConfig{Names: []string{"127.0.0.1"}}}
	other := app.Config{Dir: filepath.Join(dir, "second"), TLS: app.TLSConfig{Names: []string{"127.0.0.1"}}}
	clock := &clock{now: time.Now()}
	for _, c := range []app.Config{maker, other} {
		if _, err := c.Local().Ensure(clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	certFile, keyFile := maker.Local().Files()
	base, _ := listening(t, app.Config{Dir: dir, Listen: "127.0.0.1:0", TLS: app.TLSConfig{Mode: app.TLSOwn, Certificate: certFile, Key: keyFile}},
		app.Options{Clock: clock.Now})
	res, _ := get(t, device(poolOf(t, maker.Local().Authority())), base+"/healthz")
	if res.Header.Get("Strict-Transport-Security") == "" {
		t.Error("an own certificate without HSTS")
	}
	newCert, newKey := other.Local().Files()
	for from, to := range map[string]string{newCert: certFile, newKey: keyFile} {
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, append(content, '\n'), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	clock.set(clock.Now().Add(time.Minute))
	if res, _ := get(t, device(poolOf(t, other.Local().Authority())), base+"/healthz"); res.StatusCode != 200 {
		t.Errorf("with the new certificate: got %d", res.StatusCode)
	}
}

// TestPublicAuthority has a certificate asked for, by the rules, at the first call of a name.
func TestPublicAuthority(t *testing.T) {
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := probe.Addr().String()
	if err := probe.Close(); err != nil {
		t.Fatal(err)
	}
	ca := newAuthority(t, address)
	cfg := app.Config{Dir: t.TempDir(), Listen: address, TLS: app.TLSConfig{Mode: app.TLSACME, Names: []string{"qingshan.example.org"}, Directory: ca.URL + "/directory"}}
	for _, round := range []string{"asked for", "kept"} {
		base, stop := listening(t, cfg, app.Options{})
		client := device(ca.pool())
		transport := client.Transport.(*http.Transport)
		transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		res, body := get(t, client, base+"/healthz")
		if res.StatusCode != 200 || res.Header.Get("Strict-Transport-Security") == "" || ca.issued() != 1 {
			t.Errorf("%s: got %d %s, %d certificates", round, res.StatusCode, body, ca.issued())
		}
		if _, err := client.Get(strings.Replace(base, "qingshan.", "other.", 1) + "/healthz"); err == nil {
			t.Errorf("%s: another name was served", round)
		}
		transport.CloseIdleConnections()
		stop()
	}
}

func TestListeningIsRefused(t *testing.T) {
	for _, c := range []struct {
		listen string
		tls    app.TLSConfig
		want   string
	}{
		{"127.0.0.1:80", app.TLSConfig{}, ""},
		{"[::1]:80", app.TLSConfig{Mode: "none"}, ""},
		{"localhost:80", app.TLSConfig{}, ""},
		{"0.0.0.0:80", app.TLSConfig{}, "config.plain_outside"},
		{"[::]:80", app.TLSConfig{}, "config.plain_outside"},
		{":80", app.TLSConfig{}, "config.plain_outside"},
		{"192.168.1.20:80", app.TLSConfig{Mode: "none"}, "config.plain_outside"},
		{":80", app.TLSConfig{BehindProxy: true}, ""},
		{"qingshan", app.TLSConfig{}, "config.bad_listen"},
		{"qingshan:", app.TLSConfig{}, "config.bad_listen"},
		{":443", app.TLSConfig{Mode: "own", Certificate: "a"}, "config.tls_files"},
		{":443", app.TLSConfig{Mode: "self-signed"}, "config.tls_names"},
		{"[::]:443", app.TLSConfig{Mode: "self-signed"}, "config.tls_names"},
		{"192.168.1.20:443", app.TLSConfig{Mode: "self-signed"}, ""},
		{":443", app.TLSConfig{Mode: "acme"}, "config.tls_names"},
		{":443", app.TLSConfig{Mode: "acme", Names: []string{"192.168.1.20"}}, "config.acme_name"},
		{":443", app.TLSConfig{Mode: "acme", Names: []string{"server.lan"}}, "config.acme_name"},
		{":443", app.TLSConfig{Mode: "acme", Names: []string{"qingshan"}}, "config.acme_name"},
		{":443", app.TLSConfig{Mode: "acme", Names: []string{"qingshan.example.org"}}, ""},
		{":443", app.TLSConfig{Mode: "starttls"}, "config.tls_mode"},
	} {
		err := app.Config{Listen: c.listen, TLS: c.tls}.CheckListening()
		if (err == nil) != (c.want == "") || err != nil && fault.Of(err).Code != c.want {
			t.Errorf("%s %+v: got %v, want %q", c.listen, c.tls, err, c.want)
		}
	}
}

func TestTakenAddressIsSaid(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	a, err := app.Open(t.Context(), app.Config{Dir: t.TempDir(), Listen: taken.Addr().String()}, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, _, err := a.Listen(t.Context()); fault.Of(err).Code != "listen.refused" {
		t.Errorf("got %v, want listen.refused", err)
	}
}

// clock is a clock that a test sets while the server reads it.
type clock struct {
	mu  sync.Mutex // protects now
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}
