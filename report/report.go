// Package report puts figures side by side with what they are held against, for those who make documents and pages of them.
// It reads; it words nothing and draws nothing.
package report

import (
	"qingshan/catalog"
	"qingshan/gazette"
	"qingshan/guard"
	"qingshan/indicator"
	"qingshan/ledger"
	"qingshan/record"
	"qingshan/register"
)

// Options is what a reader reads from.
type Options struct {
	Board    *indicator.Board
	Register *register.Register
	Ledger   *ledger.Ledger
	Court    *guard.Court
	Gazette  *gazette.Gazette // nil where nothing is published
	Catalog  func() *catalog.Catalog
	Today    func() record.Day
}

// Reader reads sheets.
type Reader struct {
	o Options
}

// New makes a reader.
func New(o Options) *Reader { return &Reader{o: o} }
