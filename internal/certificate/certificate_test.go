package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"qingshan/fault"
)

func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

func ensure(t *testing.T, l Local, now time.Time, want bool) {
	t.Helper()
	if made, err := l.Ensure(now); err != nil || made != want {
		t.Fatalf("ensure at %s: got made=%v, %v, want made=%v", now.Format(time.DateOnly), made, err, want)
	}
}

// trust gives the pool of who put the authority on their device.
func trust(t *testing.T, l Local) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(l.Authority())
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatalf("read the authority: %v", err)
	}
	return pool
}

// visit shakes hands as a device would that trusts the pool, and gives the certificate that it was shown.
func visit(settings *tls.Config, pool *x509.CertPool, name string, now time.Time) (*x509.Certificate, error) {
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	go func() { _ = tls.Server(there, settings).Handshake() }() // the client judges
	client := tls.Client(here, &tls.Config{RootCAs: pool, ServerName: name, Time: func() time.Time { return now }})
	if err := client.Handshake(); err != nil {
		return nil, err
	}
	return client.ConnectionState().PeerCertificates[0], nil
}

func TestLocalAuthorityVouchesForItsNamesOnly(t *testing.T) {
	now := day("2026-01-10")
	l := Local{Dir: filepath.Join(t.TempDir(), "tls"), Names: []string{"192.168.1.20", "qingshan.lan"}}
	ensure(t, l, now, true)
	ensure(t, l, now, false)
	for _, name := range []string{"authority.key", "server.key"} {
		if info, err := os.Stat(filepath.Join(l.Dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v, want 0600", name, info.Mode(), err)
		}
	}
	pair, err := Load(l.Files())
	if err != nil {
		t.Fatal(err)
	}
	settings := Settings(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil })
	for name, want := range map[string]bool{"qingshan.lan": true, "192.168.1.20": true, "localhost": true, "::1": true, "192.168.1.21": false, "bank.example": false} {
		if _, err := visit(settings, trust(t, l), name, now); (err == nil) != want {
			t.Errorf("%s: got %v, want trusted=%v", name, err, want)
		}
	}
	if _, err := visit(settings, x509.NewCertPool(), "qingshan.lan", now); err == nil {
		t.Error("a device without the authority trusts it")
	}
	forged(t, l, now)
}

// forged has a thief of the authority's key vouch for another site.
func forged(t *testing.T, l Local, now time.Time) {
	t.Helper()
	l.Names = l.all()
	authority, key, err := l.authority(now)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bank.example", "10.0.0.1"} {
		thief := Local{Dir: t.TempDir(), Names: []string{name}}
		if err := thief.issue(authority, key, now); err != nil {
			t.Fatal(err)
		}
		pair, err := Load(thief.Files())
		if err != nil {
			t.Fatal(err)
		}
		settings := Settings(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil })
		if _, err := visit(settings, trust(t, l), name, now); err == nil || !strings.Contains(err.Error(), "not permitted") {
			t.Errorf("%s by a stolen key: got %v, want not permitted", name, err)
		}
	}
}

func TestLocalCertificateIsRenewedUnderTheSameAuthority(t *testing.T) {
	l := Local{Dir: t.TempDir(), Names: []string{"qingshan.lan"}}
	made := day("2026-01-10")
	ensure(t, l, made, true)
	devices := trust(t, l)
	ensure(t, l, made.Add(ServerLife-RenewBefore-time.Hour), false)
	later := made.Add(ServerLife - RenewBefore + time.Hour)
	ensure(t, l, later, true)
	pair, err := Load(l.Files())
	if err != nil {
		t.Fatal(err)
	}
	settings := Settings(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil })
	if _, err := visit(settings, devices, "qingshan.lan", made.Add(ServerLife+time.Hour)); err != nil {
		t.Errorf("after the first one's end: %v", err)
	}
	l.Names = append(l.Names, "other.lan")
	ensure(t, l, later, true)
	if trust(t, l).Equal(devices) {
		t.Error("another name was vouched for by the old authority")
	}
	ensure(t, Local{Dir: l.Dir, Names: l.Names}, made.Add(AuthorityLife-time.Hour), true)
}

func TestLoadAndCheck(t *testing.T) {
	now := day("2026-01-10")
	a, b := Local{Dir: t.TempDir(), Names: []string{"a.example"}}, Local{Dir: t.TempDir(), Names: []string{"b.example"}}
	ensure(t, a, now, true)
	ensure(t, b, now, true)
	certA, keyA := a.Files()
	_, keyB := b.Files()
	for _, c := range []struct{ cert, key, want string }{
		{certA, keyA, ""},
		{certA, keyB, "tls.key_differs"},
		{certA, "missing", "tls.unreadable"},
		{keyA, keyA, "tls.unreadable"},
	} {
		_, err := Load(c.cert, c.key)
		if (err == nil) != (c.want == "") || err != nil && fault.Of(err).Code != c.want {
			t.Errorf("load %s %s: got %v, want %q", c.cert, c.key, err, c.want)
		}
	}
	pair, err := Load(certA, keyA)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		names []string
		now   time.Time
		want  string
	}{
		{[]string{"a.example", "127.0.0.1"}, now, ""},
		{[]string{"a.example", "c.example"}, now, "tls.other_name"},
		{nil, now.Add(-2 * time.Hour), "tls.not_yet"},
		{nil, now.Add(ServerLife + time.Second), "tls.expired"},
	} {
		err := Check(pair, c.names, c.now)
		if (err == nil) != (c.want == "") || err != nil && fault.Of(err).Code != c.want {
			t.Errorf("check %v at %s: got %v, want %q", c.names, c.now, err, c.want)
		}
	}
	facts, err := FactsOf(pair)
	if err != nil || !slices.Contains(facts.Names, "a.example") || !slices.Contains(facts.Names, "::1") || facts.SelfSigned ||
		!regexp.MustCompile(`^([0-9A-F]{2}:){31}[0-9A-F]{2}$`).MatchString(facts.Fingerprint) {
		t.Errorf("facts: got %+v, %v", facts, err)
	}
	authority, err := Load(a.Authority(), filepath.Join(a.Dir, "authority.key"))
	if err != nil {
		t.Fatal(err)
	}
	if facts, err := FactsOf(authority); err != nil || !facts.SelfSigned {
		t.Errorf("the authority's facts: got %+v, %v, want self-signed", facts, err)
	}
}

func TestKeeperTakesUpChangedFiles(t *testing.T) {
	now, first, second := day("2026-01-10"), Local{Dir: t.TempDir(), Names: []string{"a.example"}}, Local{Dir: t.TempDir(), Names: []string{"a.example"}}
	ensure(t, first, now, true)
	ensure(t, second, now.Add(time.Hour), true)
	certFile, keyFile := first.Files()
	newCert, newKey := second.Files()
	k, err := Keep(certFile, keyFile, Options{Clock: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	shown := func(want bool, why string) {
		t.Helper()
		now = now.Add(lookEvery)
		leaf, err := visit(Settings(k.Get), trust(t, second), "a.example", now)
		if (err == nil) != want {
			t.Errorf("%s: got %v, %v, want the new one=%v", why, leaf, err, want)
		}
	}
	shown(false, "nothing changed")
	transfer(t, newKey, keyFile)
	shown(false, "only the key changed")
	transfer(t, newCert, certFile)
	shown(true, "both changed")
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	shown(true, "the file is gone")
}

func transfer(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, append(content, '\n'), 0o600) // of another size, for clocks that are coarse
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeeperRenews(t *testing.T) {
	now, l := day("2026-01-10"), Local{Dir: t.TempDir(), Names: []string{"a.example"}}
	certFile, keyFile := l.Files()
	k, err := Keep(certFile, keyFile, Options{Renew: l.Ensure, Clock: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(ServerLife - time.Hour)
	leaf, err := visit(Settings(k.Get), trust(t, l), "a.example", now)
	if err != nil || leaf.NotAfter.Before(now.Add(ServerLife-time.Hour)) {
		t.Errorf("a year later: got %v, %v", leaf, err)
	}
	if f, err := k.Facts(); err != nil || f.Fingerprint != Fingerprint(leaf.Raw) {
		t.Errorf("facts of another certificate: %+v, %v", f, err)
	}
}

func TestKeeperRefusesWhatIsExpiredAtStart(t *testing.T) {
	now, l := day("2026-01-10"), Local{Dir: t.TempDir(), Names: []string{"a.example"}}
	ensure(t, l, now, true)
	certFile, keyFile := l.Files()
	_, err := Keep(certFile, keyFile, Options{Clock: func() time.Time { return now.Add(2 * ServerLife) }, Log: slog.New(slog.DiscardHandler)})
	if fault.Of(err).Code != "tls.expired" {
		t.Errorf("got %v, want tls.expired", err)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	now, l := day("2026-01-10"), Local{Dir: t.TempDir(), Names: []string{"a.example"}}
	ensure(t, l, now, true)
	pair, err := Load(l.Files())
	if err != nil {
		t.Fatal(err)
	}
	settings := Settings(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil })
	for _, c := range []struct {
		version uint16
		suites  []uint16
		want    bool
	}{
		{tls.VersionTLS11, nil, false},
		{tls.VersionTLS12, nil, true},
		{tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}, false},
		{tls.VersionTLS13, nil, true},
	} {
		here, there := net.Pipe()
		go func() { _ = tls.Server(there, settings).Handshake() }()
		err := tls.Client(here, &tls.Config{RootCAs: trust(t, l), ServerName: "a.example", MinVersion: tls.VersionTLS10, MaxVersion: c.version,
			CipherSuites: c.suites, Time: func() time.Time { return now }}).Handshake()
		if (err == nil) != c.want {
			t.Errorf("%s %v: got %v, want accepted=%v", tls.VersionName(c.version), c.suites, err, c.want)
		}
		here.Close()
		there.Close()
	}
}
