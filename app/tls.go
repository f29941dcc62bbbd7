package app

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"qingshan/fault"
	"qingshan/internal/certificate"
)

// The ways to protect the connection.
const (
	TLSNone       = "none"        // plain HTTP, for this machine only or behind a proxy that protects it
	TLSOwn        = "own"         // a certificate that the operator provides in files
	TLSSelfSigned = "self-signed" // an authority of the installation's own, for a local network
	TLSACME       = "acme"        // a public authority issues and renews it by itself
)

// TLSModes lists the ways in the order in which they are offered.
func TLSModes() []string { return []string{TLSNone, TLSSelfSigned, TLSOwn, TLSACME} }

// TLSConfig says how the connection is protected. The zero value is [TLSNone].
type TLSConfig struct {
	// Mode is none, own, self-signed or acme. Default none.
	Mode string `yaml:"mode,omitempty"`
	// Certificate and Key are PEM files for own. They are read again when they change.
	Certificate string `yaml:"certificate,omitempty"`
	Key         string `yaml:"key,omitempty"`
	// Names are the names and addresses by which the server is called, for self-signed and acme.
	Names []string `yaml:"names,omitempty"`
	// Email is where the public authority writes when something is wrong, for acme. Default none.
	Email string `yaml:"email,omitempty"`
	// Directory is the public authority's address, for acme. Default Let's Encrypt's.
	Directory string `yaml:"directory,omitempty"`
	// Challenge is an address such as :80 on which to answer the authority over plain HTTP too, for acme, where it cannot
	// reach Listen on port 443. Default none.
	Challenge string `yaml:"challenge,omitempty"`
	// BehindProxy lets mode none listen on other addresses than this machine's: a proxy in front must protect the way.
	BehindProxy bool `yaml:"behind_proxy,omitempty"`
}

// DefaultDirectory is the authority that is asked if none is named.
const DefaultDirectory = acme.LetsEncryptURL

// Loopback tells whether an address to listen on can be reached from this machine only.
func Loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// CheckListening refuses an address that is none and a protection that would leave it open or cannot be had.
func (c Config) CheckListening() error {
	t := c.TLS
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil || port == "" {
		return fault.New(fault.Invalid, "config.bad_listen", fault.Data{"listen": c.Listen})
	}
	switch t.Mode {
	case "", TLSNone:
		if !t.BehindProxy && !Loopback(c.Listen) {
			return fault.New(fault.Invalid, "config.plain_outside", fault.Data{"listen": c.Listen})
		}
	case TLSOwn:
		if t.Certificate == "" || t.Key == "" {
			return fault.New(fault.Invalid, "config.tls_files", nil)
		}
	case TLSSelfSigned:
		if ip, err := netip.ParseAddr(host); len(t.Names) == 0 && (host == "" || err == nil && ip.IsUnspecified()) {
			return fault.New(fault.Invalid, "config.tls_names", nil)
		}
	case TLSACME:
		if len(t.Names) == 0 {
			return fault.New(fault.Invalid, "config.tls_names", nil)
		}
		for _, name := range t.Names {
			if !PublicName(name) {
				return fault.New(fault.Invalid, "config.acme_name", fault.Data{"name": name})
			}
		}
	default:
		return fault.New(fault.Invalid, "config.tls_mode", fault.Data{"mode": t.Mode})
	}
	return nil
}

// PublicName tells whether a public authority could issue a certificate for a name: a domain name, not an address, and
// not one that only a local network knows.
func PublicName(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil || !strings.Contains(name, ".") || strings.ContainsAny(name, " /:*") {
		return false
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	return !slices.Contains([]string{"local", "localhost", "lan", "internal", "home", "corp", ""}, strings.ToLower(last))
}

// Local is the installation's own authority, for the mode self-signed.
func (c Config) Local() certificate.Local {
	names := slices.Clone(c.TLS.Names)
	if host, _, err := net.SplitHostPort(c.Listen); err == nil && len(names) == 0 {
		names = append(names, host)
	}
	return certificate.Local{Dir: filepath.Join(c.Dir, "tls"), Names: names}
}

// CertificateFiles gives the files that the server shows, or "" where it shows none of its own.
func (c Config) CertificateFiles() (certFile, keyFile string) {
	switch c.TLS.Mode {
	case TLSOwn:
		return c.TLS.Certificate, c.TLS.Key
	case TLSSelfSigned:
		return c.Local().Files()
	default:
		return "", ""
	}
}

// protection is how this installation's address is protected.
type protection struct {
	settings  *tls.Config // nil: not at all
	strict    bool
	challenge func(http.Handler) http.Handler // answers the public authority over plain HTTP; nil for the others
}

// protect readies the protection that the configuration names.
func (a *App) protect() (protection, error) {
	if err := a.cfg.CheckListening(); err != nil {
		return protection{}, err
	}
	switch a.cfg.TLS.Mode {
	case TLSOwn, TLSSelfSigned:
		return a.keepFiles()
	case TLSACME:
		m := a.authority()
		settings := certificate.Settings(m.GetCertificate)
		settings.NextProtos = append(settings.NextProtos, acme.ALPNProto)
		return protection{settings: settings, strict: true, challenge: m.HTTPHandler}, nil
	default:
		return protection{}, nil
	}
}

func (a *App) keepFiles() (protection, error) {
	certFile, keyFile := a.cfg.CertificateFiles()
	o := certificate.Options{Clock: a.clock, Log: a.log}
	if a.cfg.TLS.Mode == TLSSelfSigned {
		o.Renew = a.cfg.Local().Ensure
	}
	keeper, err := certificate.Keep(certFile, keyFile, o)
	if err != nil {
		return protection{}, err
	}
	facts, err := keeper.Facts()
	if err != nil {
		return protection{}, fmt.Errorf("read the certificate: %w", err)
	}
	a.log.Info("certificate", slog.Time("until", facts.Until), slog.String("fingerprint", facts.Fingerprint))
	return protection{settings: certificate.Settings(keeper.Get), strict: a.cfg.TLS.Mode == TLSOwn && !facts.SelfSigned}, nil
}

// authority asks the public authority when a name is called for the first time, keeps what it issued in the data folder
// and renews it.
func (a *App) authority() *autocert.Manager {
	t := a.cfg.TLS
	return &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(filepath.Join(a.cfg.Dir, "tls", "acme")),
		HostPolicy: autocert.HostWhitelist(t.Names...),
		Email:      t.Email,
		Client:     &acme.Client{DirectoryURL: t.Directory, UserAgent: "qingshan", HTTPClient: &http.Client{Timeout: time.Minute}},
	}
}
