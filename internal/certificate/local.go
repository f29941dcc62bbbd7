package certificate

// Rules of the local authority:
//
//  1. It vouches for the names of one installation only: its own certificate says so, critically, so that whoever steals
//     its key can impersonate this server and nothing else.
//  2. Its certificate lasts ten years and is what people put on their devices once; the server's lasts a year and is made
//     anew, under the same authority, a month before it ends.
//  3. Other names need another authority, because of rule 1.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"path/filepath"
	"slices"
	"time"

	"qingshan/internal/safefile"
)

// How long the local certificates last, and how long before its end the server's is made anew.
const (
	AuthorityLife = 10 * 365 * 24 * time.Hour
	ServerLife    = 365 * 24 * time.Hour
	RenewBefore   = 30 * 24 * time.Hour
)

// Local is an authority of the installation's own, in a folder: authority.crt and .key, server.crt and .key.
type Local struct {
	Dir   string
	Names []string // DNS names and addresses of the server
}

// Authority is the file that people put on their devices.
func (l Local) Authority() string { return filepath.Join(l.Dir, "authority.crt") }

// Files gives what the server shows: certificate and key.
func (l Local) Files() (certFile, keyFile string) {
	return filepath.Join(l.Dir, "server.crt"), filepath.Join(l.Dir, "server.key")
}

// Ensure makes what is missing, is about to end or was made for other names, and tells whether it made anything.
func (l Local) Ensure(now time.Time) (made bool, err error) {
	l.Names = l.all()
	if l.serves(now) {
		return false, nil
	}
	if err := safefile.MakeFolder(l.Dir); err != nil {
		return false, fmt.Errorf("make the folder of certificates: %w", err)
	}
	authority, key, err := l.authority(now)
	if err != nil {
		return false, err
	}
	return true, l.issue(authority, key, now)
}

// all adds the names by which a machine calls itself: with at least one name and one address, rule 1 binds both kinds.
func (l Local) all() []string {
	names := slices.Clone(l.Names)
	for _, own := range []string{"localhost", "127.0.0.1", "::1"} {
		if !slices.Contains(names, own) {
			names = append(names, own)
		}
	}
	return names
}

// serves tells whether the server's pair will do for another month.
func (l Local) serves(now time.Time) bool {
	pair, err := tls.LoadX509KeyPair(l.Files())
	return err == nil && Check(pair, l.Names, now) == nil && Check(pair, nil, now.Add(RenewBefore)) == nil
}

// authority reads the authority, or makes one if there is none that vouches for all names and outlasts a new pair.
func (l Local) authority(now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	pair, err := tls.LoadX509KeyPair(l.Authority(), filepath.Join(l.Dir, "authority.key"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("read the local authority: %w", err)
	}
	if err == nil {
		key, ours := pair.PrivateKey.(*ecdsa.PrivateKey)
		if c, err := leafOf(pair); err == nil && ours && c.NotAfter.After(now.Add(ServerLife)) && l.permitted(c) {
			return c, key, nil
		}
	}
	return l.found(now)
}

// permitted tells whether an authority may vouch for every name.
func (l Local) permitted(c *x509.Certificate) bool {
	dns, ips := split(l.Names)
	return !slices.ContainsFunc(dns, func(name string) bool { return !slices.Contains(c.PermittedDNSDomains, name) }) &&
		!slices.ContainsFunc(ips, func(ip net.IP) bool {
			return !slices.ContainsFunc(c.PermittedIPRanges, func(r *net.IPNet) bool { return r.Contains(ip) })
		})
}

func (l Local) found(now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	dns, ips := split(l.Names)
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Qingshan " + l.Names[0], Organization: []string{"Qingshan local authority"}},
		NotBefore:             now.Add(-time.Hour), // devices' clocks differ
		NotAfter:              now.Add(AuthorityLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: dns,
	}
	for _, ip := range ips {
		bits := 8 * len(ip)
		template.PermittedIPRanges = append(template.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(bits, bits)})
	}
	key, raw, err := sign(template, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	if err := write(l.Authority(), filepath.Join(l.Dir, "authority.key"), key, raw); err != nil {
		return nil, nil, err
	}
	c, err := x509.ParseCertificate(raw)
	return c, key, err
}

func (l Local) issue(authority *x509.Certificate, authorityKey *ecdsa.PrivateKey, now time.Time) error {
	dns, ips := split(l.Names)
	key, raw, err := sign(&x509.Certificate{
		Subject:   pkix.Name{CommonName: l.Names[0]},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(ServerLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              dns, IPAddresses: ips,
	}, authority, authorityKey)
	if err != nil {
		return err
	}
	certFile, keyFile := l.Files()
	return write(certFile, keyFile, key, raw, authority.Raw)
}

// sign makes a key and a certificate for it, signed by the authority or, without one, by itself.
func sign(template, authority *x509.Certificate, authorityKey *ecdsa.PrivateKey) (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key: %w", err)
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, nil, fmt.Errorf("draw a serial number: %w", err)
	}
	if authority == nil {
		authority, authorityKey = template, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, authority, &key.PublicKey, authorityKey)
	if err != nil {
		return nil, nil, fmt.Errorf("make a certificate: %w", err)
	}
	return key, raw, nil
}

// write stores the key before the certificate: between the two, the old certificate has lost its key, which the next call
// mends; the other way about, a new certificate would seem in order.
func write(certFile, keyFile string, key *ecdsa.PrivateKey, chain ...[]byte) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("write a key: %w", err)
	}
	if err := safefile.Write(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil); err != nil {
		return fmt.Errorf("write a key: %w", err)
	}
	var text []byte
	for _, raw := range chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})...)
	}
	if err := safefile.Write(certFile, text, nil); err != nil {
		return fmt.Errorf("write a certificate: %w", err)
	}
	return nil
}

// split tells names from addresses.
func split(names []string) (dns []string, ips []net.IP) {
	for _, name := range names {
		ip := net.ParseIP(name)
		switch {
		case ip == nil:
			dns = append(dns, name)
		case ip.To4() != nil:
			ips = append(ips, ip.To4())
		default:
			ips = append(ips, ip)
		}
	}
	return dns, ips
}
