package httpx

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"qingshan/fault"
)

// firstByteWithin is how long a connection may take to say which of the two it is.
const firstByteWithin = 5 * time.Second

// handshakeByte is what every TLS connection begins with; no HTTP request does.
const handshakeByte = 0x16

// SplitTLS parts the connections of one address: what it gives first are those that speak TLS, ready for a server, and
// second those that speak plain HTTP, for [Unprotected]. Closing either closes the address.
func SplitTLS(inner net.Listener, settings *tls.Config) (secure, plain net.Listener) {
	s := &splitter{inner: inner, done: make(chan struct{})}
	a, b := &branch{splitter: s, conns: make(chan net.Conn)}, &branch{splitter: s, conns: make(chan net.Conn)}
	go s.part(a.conns, b.conns)
	return tls.NewListener(a, settings), b
}

// splitter accepts for both branches.
type splitter struct {
	inner  net.Listener
	once   sync.Once
	done   chan struct{} // closed when nothing is accepted any more
	failed error         // why, if not by Close; written before done is closed
}

func (s *splitter) part(secure, plain chan<- net.Conn) {
	for {
		conn, err := s.inner.Accept()
		var passing interface{ Temporary() bool }
		switch {
		case err == nil:
			go s.look(conn, secure, plain)
		case errors.As(err, &passing) && passing.Temporary():
			// No descriptor left, or an attempt given up: the next may do better, and the kernel keeps it waiting.
			select {
			case <-time.After(10 * time.Millisecond):
			case <-s.done:
				return
			}
		default:
			s.end(err)
			return
		}
	}
}

// look reads one byte, which the connection gives again, and passes the connection on.
func (s *splitter) look(conn net.Conn, secure, plain chan<- net.Conn) {
	_ = conn.SetReadDeadline(time.Now().Add(firstByteWithin)) // a closed connection shows at the read
	first := make([]byte, 1)
	if _, err := conn.Read(first); err != nil {
		_ = conn.Close() // nothing was said
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	to := plain
	if first[0] == handshakeByte {
		to = secure
	}
	select {
	case to <- &peeked{Conn: conn, first: first}:
	case <-s.done:
		_ = conn.Close()
	}
}

func (s *splitter) end(err error) {
	s.once.Do(func() {
		s.failed = err
		close(s.done)
	})
}

// branch is one half of a splitter.
type branch struct {
	*splitter
	conns chan net.Conn
}

// Accept implements [net.Listener].
func (b *branch) Accept() (net.Conn, error) {
	select {
	case conn := <-b.conns:
		return conn, nil
	case <-b.done:
		if b.failed != nil {
			return nil, b.failed
		}
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (b *branch) Close() error {
	b.end(nil)
	return b.inner.Close()
}

// Addr implements [net.Listener].
func (b *branch) Addr() net.Addr { return b.inner.Addr() }

// peeked is a connection whose first byte was read already.
type peeked struct {
	net.Conn
	first []byte // what is yet to be given; used by one reader at a time
}

// Read implements [net.Conn].
func (p *peeked) Read(b []byte) (int, error) {
	if len(p.first) > 0 && len(b) > 0 {
		n := copy(b, p.first)
		p.first = p.first[n:]
		return n, nil
	}
	return p.Conn.Read(b)
}

// Unprotected answers plain requests at an address that speaks TLS: a browser is sent on, a program is told. A request
// with a token is never sent on: its token has just been shown to everybody on the way, and somebody must notice.
func Unprotected(s Sentences) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: w, id: randomID(), language: Language(r)}
		protect(a.Header(), a.id)
		a.Header().Set("Connection", "close")
		if r.Host == "" || r.Method != http.MethodGet && r.Method != http.MethodHead || r.Header.Get("Authorization") != "" {
			writeProblem(a, fault.New(fault.Invalid, "request.unprotected", nil), s)
			return
		}
		http.Redirect(a, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
}

// Strict tells browsers to come back over TLS only. It is for servers whose certificate everybody trusts: where people
// must first accept one, the header would lock them out at the next change.
func Strict(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=15552000")
		h.ServeHTTP(w, r)
	})
}
