package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"qingshan/fault"
)

func kinds() map[fault.Kind]string {
	return map[fault.Kind]string{
		fault.Internal: "internal", fault.Invalid: "invalid", fault.Unauthenticated: "unauthenticated", fault.Forbidden: "forbidden",
		fault.NotFound: "not found", fault.Conflict: "conflict", fault.Unavailable: "unavailable",
	}
}

func TestKindWords(t *testing.T) {
	for kind, want := range kinds() {
		if got := kind.String(); got != want {
			t.Errorf("kind %d: got %q, want %q", int(kind), got, want)
		}
	}
	for _, kind := range []fault.Kind{-1, 7, 99} {
		if got := kind.String(); got != "internal" {
			t.Errorf("kind %d, which is none: got %q, want internal", int(kind), got)
		}
	}
}

func TestError(t *testing.T) {
	for want, f := range map[string]*fault.Fault{
		"book.not_opened": fault.New(fault.Conflict, "book.not_opened", nil),
		`value.too_large field="mass" limit="200" unit="t"`: fault.New(fault.Invalid, "value.too_large", fault.Data{"unit": "t", "field": "mass", "limit": "200"}),
		`a b="1\n\"2\"": unexpected EOF`:                    fault.Because(io.ErrUnexpectedEOF, fault.Unavailable, "a", fault.Data{"b": "1\n\"2\""}),
		"a: EOF":                                            fault.Because(io.EOF, fault.Internal, "a", fault.Data{}),
	} {
		for range 20 { // data is a map: its order must not show
			if got := f.Error(); got != want {
				t.Fatalf("got  %s\nwant %s", got, want)
			}
		}
	}
}

func TestOfFindsTheFault(t *testing.T) {
	f := fault.Because(io.EOF, fault.NotFound, "entry.unknown", fault.Data{"seq": "7"})
	for name, err := range map[string]error{
		"bare": f, "wrapped": fmt.Errorf("read: %w", f), "wrapped twice": fmt.Errorf("show: %w", fmt.Errorf("read: %w", f)), "joined": errors.Join(io.EOF, f),
	} {
		if got := fault.Of(err); got != f {
			t.Errorf("%s: got %v, want %v", name, got, f)
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: the cause is lost", name)
		}
	}
	outer := fault.Because(f, fault.Unavailable, "outer", nil)
	if got := fault.Of(fmt.Errorf("read: %w", outer)); got != outer {
		t.Errorf("a fault because of a fault: got %v, want the outer one", got)
	}
}

func TestPlainErrorsAreInternal(t *testing.T) {
	plain := fmt.Errorf("read: %w", io.EOF)
	f := fault.Of(plain)
	if f.Kind != fault.Internal || f.Code != "internal" || !errors.Is(f, io.EOF) {
		t.Errorf("got kind %s, code %q, cause %v", f.Kind, f.Code, f.Err)
	}
	if f.Data != nil {
		t.Errorf("data that nobody gave: %v", f.Data)
	}
}

func TestIs(t *testing.T) {
	for made := range kinds() {
		err := fmt.Errorf("do: %w", fault.New(made, "a", nil))
		for asked := range kinds() {
			if got := fault.Is(err, asked); got != (made == asked) {
				t.Errorf("a fault that is %s: asked for %s, got %v", made, asked, got)
			}
		}
		if fault.Is(nil, made) {
			t.Errorf("no error is %s", made)
		}
		if got := fault.Is(io.EOF, made); got != (made == fault.Internal) {
			t.Errorf("a plain error: asked for %s, got %v", made, got)
		}
	}
}
