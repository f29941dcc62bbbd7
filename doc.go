// Package qingshan is the root of a system of record for the field work of one county: it holds the module's
// table of contents and the house rules as tests, and no code of its own.
package qingshan
