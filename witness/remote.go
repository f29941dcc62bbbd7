package witness

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"qingshan/fault"
	"qingshan/record"
)

// Bounds of what is taken from a site: it is somebody else's machine, and may be a hostile one.
const (
	fetchWithin  = 20 * time.Second
	maxNote      = 16 << 10
	maxProof     = 64 << 10 // a proof has two hashes a level at most
	maxBooks     = 1 << 20
	maxRedirects = 3
)

// Remote is a site that answers over HTTP.
type Remote struct {
	base   *url.URL
	client *http.Client
}

// NewRemote reads the address. authority holds PEM certificates to trust beside the machine's; "" for none.
func NewRemote(address, authority string) (*Remote, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.RawQuery != "" || base.User != nil {
		return nil, fault.Because(err, fault.Invalid, "witness.bad_address", nil)
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if authority != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM([]byte(authority)) {
			return nil, fault.New(fault.Invalid, "witness.bad_authority", nil)
		}
		settings.RootCAs = pool
	}
	return &Remote{base: base, client: &http.Client{
		Timeout:       fetchWithin,
		CheckRedirect: sameHost,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: settings, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10},
	}}, nil
}

// sameHost lets a site rearrange its own paths, and send nobody elsewhere.
func sameHost(r *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > maxRedirects || r.URL.Host != first.Host || first.Scheme == "https" && r.URL.Scheme != "https" {
		return fmt.Errorf("the site sends elsewhere")
	}
	return nil
}

// get fetches one answer. A refusal by the site comes as its status and code.
func (r *Remote) get(ctx context.Context, path string, query url.Values, limit int64) ([]byte, error) {
	target := r.base.JoinPath(path)
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, unreachable(err)
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return nil, unreachable(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	switch {
	case err != nil:
		return nil, unreachable(err)
	case int64(len(body)) > limit:
		return nil, unreachable(fmt.Errorf("an answer of more than %d bytes", limit))
	case answer.StatusCode == http.StatusOK:
		return body, nil
	}
	return nil, refusal(answer.StatusCode, body)
}

func unreachable(err error) error { return fault.Because(err, fault.Unavailable, Unreachable, nil) }

// refusal believes a site that says, in so many words, that a book is gone or a size is none of its; anything else may be
// a gateway's or a passing trouble.
func refusal(status int, body []byte) error {
	var problem struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(body, &problem) // what is no problem has no code
	switch {
	case status == http.StatusNotFound && problem.Code == "book.unknown":
		return fault.New(fault.NotFound, "witness.book_gone", nil)
	case status == http.StatusBadRequest && problem.Code == "book.no_such_size":
		return fault.New(fault.Conflict, Refused, nil)
	}
	return unreachable(fmt.Errorf("the site answers %d %.40q", status, problem.Code))
}

// Books implements [Source].
func (r *Remote) Books(ctx context.Context) (string, []record.Book, error) {
	body, err := r.get(ctx, "/api/v1/books", nil, maxBooks)
	if err != nil {
		return "", nil, err
	}
	var listed struct {
		Key   string `json:"key"`
		Books []struct {
			Book string `json:"book"`
		} `json:"books"`
	}
	if err := json.Unmarshal(body, &listed); err != nil {
		return "", nil, unreachable(err)
	}
	var books []record.Book
	for _, b := range listed.Books {
		book, err := record.ParseBook(b.Book)
		if err != nil {
			return "", nil, unreachable(err)
		}
		books = append(books, book)
	}
	return listed.Key, books, nil
}

// Checkpoint implements [Source].
func (r *Remote) Checkpoint(ctx context.Context, book record.Book) ([]byte, error) {
	return r.get(ctx, "/api/v1/books/"+url.PathEscape(string(book))+"/checkpoint", nil, maxNote)
}

// Prove implements [Source].
func (r *Remote) Prove(ctx context.Context, book record.Book, old, size int64) ([][32]byte, error) {
	body, err := r.get(ctx, "/api/v1/books/"+url.PathEscape(string(book))+"/consistency",
		url.Values{"from": {strconv.FormatInt(old, 10)}, "to": {strconv.FormatInt(size, 10)}}, maxProof)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Proof []string `json:"proof"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Proof == nil {
		return nil, unreachable(fmt.Errorf("an answer without a proof (%v)", err))
	}
	proof, err := hashes(answer.Proof, hex.DecodeString)
	if err != nil {
		return nil, unreachable(err)
	}
	return proof, nil
}

// hashes reads the hashes of a proof.
func hashes(words []string, decode func(string) ([]byte, error)) ([][32]byte, error) {
	var proof [][32]byte
	for _, word := range words {
		raw, err := decode(strings.TrimSpace(word))
		if err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("a proof with %.70q in it", word)
		}
		proof = append(proof, [32]byte(raw))
	}
	return proof, nil
}
