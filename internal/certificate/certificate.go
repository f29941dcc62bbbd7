// Package certificate reads, makes, judges and keeps the certificates a server shows. It opens no connection and does not
// know whose server it is.
package certificate

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"qingshan/fault"
)

// Facts is what can be said of a certificate without trusting it.
type Facts struct {
	Names       []string // DNS names and addresses, as a browser compares them
	From        time.Time
	Until       time.Time
	SelfSigned  bool   // nobody but the holder of the key vouches for it
	Fingerprint string // SHA-256 over the certificate, in capitals with colons, as browsers show it
}

// Load reads a certificate chain and its key from PEM files and sees that they belong together.
func Load(certFile, keyFile string) (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err == nil {
		return pair, nil
	}
	code := "tls.unreadable"
	if strings.Contains(err.Error(), "private key does not match") {
		code = "tls.key_differs"
	}
	return pair, fault.Because(err, fault.Invalid, code, fault.Data{"file": certFile, "key": keyFile})
}

// FactsOf describes the certificate that a pair shows.
func FactsOf(pair tls.Certificate) (Facts, error) {
	leaf, err := leafOf(pair)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{From: leaf.NotBefore, Until: leaf.NotAfter, SelfSigned: selfSigned(leaf), Fingerprint: Fingerprint(leaf.Raw)}
	f.Names = append(f.Names, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		f.Names = append(f.Names, ip.String())
	}
	return f, nil
}

func leafOf(pair tls.Certificate) (*x509.Certificate, error) {
	if pair.Leaf != nil {
		return pair.Leaf, nil
	}
	if len(pair.Certificate) == 0 {
		return nil, fmt.Errorf("a pair without a certificate")
	}
	return x509.ParseCertificate(pair.Certificate[0])
}

func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// Fingerprint gives the SHA-256 over a certificate's bytes as people compare it.
func Fingerprint(raw []byte) string {
	sum := sha256.Sum256(raw)
	text := strings.ToUpper(hex.EncodeToString(sum[:]))
	var b strings.Builder
	for i := 0; i < len(text); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(text[i : i+2])
	}
	return b.String()
}

// Check refuses a pair that would not do now for a server of these names: expired, not valid yet, or made for other names.
func Check(pair tls.Certificate, names []string, now time.Time) error {
	leaf, err := leafOf(pair)
	if err != nil {
		return err
	}
	switch {
	case now.Before(leaf.NotBefore):
		return fault.New(fault.Invalid, "tls.not_yet", fault.Data{"from": leaf.NotBefore.Format(time.DateOnly)})
	case now.After(leaf.NotAfter):
		return fault.New(fault.Invalid, "tls.expired", fault.Data{"until": leaf.NotAfter.Format(time.DateOnly)})
	}
	for _, name := range names {
		if err := leaf.VerifyHostname(name); err != nil {
			return fault.Because(err, fault.Invalid, "tls.other_name", fault.Data{"name": name, "names": strings.Join(leaf.DNSNames, " ") + addresses(leaf)})
		}
	}
	return nil
}

func addresses(c *x509.Certificate) string {
	var b strings.Builder
	for _, ip := range c.IPAddresses {
		b.WriteString(" " + ip.String())
	}
	return b.String()
}

// Settings gives the TLS settings of a server that shows what get gives: TLS 1.2 and newer, and of 1.2 only what has
// forward secrecy and authenticated encryption.
func Settings(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: get,
		NextProtos:     []string{"h2", "http/1.1"},
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
	}
}
