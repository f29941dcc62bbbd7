package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// authority is a certificate authority after RFC 8555, as small as it can be and still be one: it knows its accounts by
// their signatures, sees by TLS-ALPN that who asks for a name answers for it, and then signs.
type authority struct {
	*httptest.Server
	dial string // where every name lives
	root *x509.Certificate
	key  *ecdsa.PrivateKey

	mu      sync.Mutex // protects the fields below
	account *ecdsa.PublicKey
	thumb   string // of the account's key
	orders  []*order
}

type order struct {
	name, status, chain string
}

func newAuthority(t *testing.T, dial string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{dial: dial, key: key}
	if a.root, err = x509.ParseCertificate(raw); err != nil {
		t.Fatal(err)
	}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root)
	return pool
}

// issued counts the certificates given.
func (a *authority) issued() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, o := range a.orders {
		if o.chain != "" {
			n++
		}
	}
	return n
}

func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w.Header().Set("Replay-Nonce", "nonce")
	var err error
	switch parts := strings.Split(r.URL.Path, "/"); parts[1] {
	case "directory":
		a.answer(w, 200, map[string]string{"newNonce": a.URL + "/nonce", "newAccount": a.URL + "/account", "newOrder": a.URL + "/order"})
	case "nonce":
	default:
		var payload []byte
		if payload, err = a.open(r); err == nil {
			err = a.act(w, parts[1:], payload)
		}
	}
	if err != nil {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(400)
		_ = json.NewEncoder(w).Encode(map[string]string{"type": "urn:ietf:params:acme:error:malformed", "detail": err.Error()})
	}
}

func (a *authority) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// open checks the signature of a request and gives what was signed.
func (a *authority) open(r *http.Request) ([]byte, error) {
	var signed struct{ Protected, Payload, Signature string }
	if err := json.NewDecoder(r.Body).Decode(&signed); err != nil {
		return nil, err
	}
	head, err := base64.RawURLEncoding.DecodeString(signed.Protected)
	if err != nil {
		return nil, err
	}
	var protected struct {
		URL string
		JWK *struct{ X, Y string }
	}
	if err := json.Unmarshal(head, &protected); err != nil {
		return nil, err
	}
	if protected.JWK != nil {
		x, _ := base64.RawURLEncoding.DecodeString(protected.JWK.X) // a bad key signs nothing
		y, _ := base64.RawURLEncoding.DecodeString(protected.JWK.Y)
		a.account = &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
		sum := sha256.Sum256([]byte(fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, protected.JWK.X, protected.JWK.Y)))
		a.thumb = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	signature, err := base64.RawURLEncoding.DecodeString(signed.Signature)
	sum := sha256.Sum256([]byte(signed.Protected + "." + signed.Payload))
	if err != nil || len(signature) != 64 || a.account == nil || protected.URL != a.URL+r.URL.Path ||
		!ecdsa.Verify(a.account, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return nil, fmt.Errorf("the signature does not hold")
	}
	return base64.RawURLEncoding.DecodeString(signed.Payload)
}

func (a *authority) act(w http.ResponseWriter, path []string, payload []byte) error {
	if path[0] == "account" {
		w.Header().Set("Location", a.URL+"/account/1")
		a.answer(w, 201, map[string]string{"status": "valid"})
		return nil
	}
	if path[0] == "order" && len(path) == 1 {
		var asked struct{ Identifiers []struct{ Value string } }
		if err := json.Unmarshal(payload, &asked); err != nil || len(asked.Identifiers) != 1 {
			return fmt.Errorf("one name an order")
		}
		a.orders = append(a.orders, &order{name: asked.Identifiers[0].Value, status: "pending"})
		path = append(path, fmt.Sprint(len(a.orders)-1))
		w.Header().Set("Location", a.URL+"/order/"+path[1])
		a.show(w, 201, path[1])
		return nil
	}
	var n int
	if _, err := fmt.Sscan(path[1], &n); err != nil || n >= len(a.orders) {
		return fmt.Errorf("no such order")
	}
	o := a.orders[n]
	switch path[0] {
	case "order":
		a.show(w, 200, path[1])
	case "authz":
		status := map[string]string{"pending": "pending", "invalid": "invalid"}[o.status]
		if status == "" {
			status = "valid"
		}
		a.answer(w, 200, map[string]any{"status": status, "identifier": map[string]string{"type": "dns", "value": o.name},
			"challenges": []any{map[string]string{"type": "tls-alpn-01", "url": a.URL + "/challenge/" + path[1], "token": "token-" + path[1], "status": status}}})
	case "challenge":
		o.status = "ready"
		if err := a.validate(o.name, "token-"+path[1]); err != nil {
			o.status = "invalid"
		}
		a.answer(w, 200, map[string]string{"type": "tls-alpn-01", "url": a.URL + "/challenge/" + path[1], "token": "token-" + path[1], "status": "processing"})
	case "finalize":
		if err := a.finalize(o, payload); err != nil {
			return err
		}
		a.show(w, 200, path[1])
	case "certificate":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = io.WriteString(w, o.chain)
	}
	return nil
}

func (a *authority) show(w http.ResponseWriter, status int, n string) {
	var i int
	_, _ = fmt.Sscan(n, &i) // one of ours
	body := map[string]any{"status": a.orders[i].status, "authorizations": []string{a.URL + "/authz/" + n}, "finalize": a.URL + "/finalize/" + n,
		"identifiers": []any{map[string]string{"type": "dns", "value": a.orders[i].name}}}
	if a.orders[i].chain != "" {
		body["certificate"] = a.URL + "/certificate/" + n
	}
	a.answer(w, status, body)
}

// validate calls the name over TLS-ALPN, RFC 8737, and wants the token with the account's key in the certificate shown.
func (a *authority) validate(name, token string) error {
	conn, err := tls.Dial("tcp", a.dial, &tls.Config{ServerName: name, NextProtos: []string{"acme-tls/1"}, InsecureSkipVerify: true})
	if err != nil {
		return err
	}
	defer conn.Close()
	sum := sha256.Sum256([]byte(token + "." + a.thumb))
	for _, extension := range conn.ConnectionState().PeerCertificates[0].Extensions {
		var said []byte
		if extension.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}) {
			if _, err := asn1.Unmarshal(extension.Value, &said); err == nil && string(said) == string(sum[:]) {
				return nil
			}
		}
	}
	return fmt.Errorf("%s does not answer for the name", a.dial)
}

func (a *authority) finalize(o *order, payload []byte) error {
	var asked struct{ CSR string }
	if err := json.Unmarshal(payload, &asked); err != nil || o.status != "ready" {
		return fmt.Errorf("not ready: %s", o.status)
	}
	raw, err := base64.RawURLEncoding.DecodeString(asked.CSR)
	if err != nil {
		return err
	}
	request, err := x509.ParseCertificateRequest(raw)
	if err != nil || request.CheckSignature() != nil || len(request.DNSNames) != 1 || request.DNSNames[0] != o.name {
		return fmt.Errorf("a request for other names")
	}
	leaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: request.DNSNames,
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(12 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, a.root, request.PublicKey, a.key)
	if err != nil {
		return err
	}
	for _, der := range [][]byte{leaf, a.root.Raw} {
		o.chain += string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	o.status = "valid"
	return nil
}
