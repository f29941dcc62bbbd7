package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/record"
)

// ConfigFile is the name of the configuration file in the data folder.
const ConfigFile = "qingshan.yaml"

// Config is everything that can be set from outside. The zero value works; `qingshan config` prints the effective one.
type Config struct {
	// Dir is the data folder: both SQLite stores and the configuration file. Default ./data.
	Dir string `yaml:"-"`
	// DB is a PostgreSQL URL; empty means SQLite in Dir. It may hold a password, so it is never printed whole.
	DB string `yaml:"db,omitempty"`
	// Schema is the prefix of the two PostgreSQL schemas. Default qingshan.
	Schema string `yaml:"schema,omitempty"`
	// Listen is the address to serve on. Default 127.0.0.1:8420, so that nothing is reachable from outside unasked.
	Listen string `yaml:"listen,omitempty"`
	// Catalog is a folder with the county's own words and figures, laid over the standard catalog. Default none.
	Catalog string `yaml:"catalog,omitempty"`
	// Books are opened at start if they are not yet: the county's first, then its towns'.
	Books []BookConfig `yaml:"books,omitempty"`
	// CommitBatch bounds how many submissions share a commit. Default 512; 1 gives each its own transaction.
	CommitBatch int `yaml:"commit_batch,omitempty"`
}

// BookConfig names a book to open.
type BookConfig struct {
	// Book is the slug, by custom the unit's code; it is never renamed.
	Book string `yaml:"book"`
	// Unit is the code of the unit whose records the book holds. Default: the slug.
	Unit string `yaml:"unit,omitempty"`
	// Parent is the county's book whose units and catalog a town's book adopts. Empty for the county's own.
	Parent string `yaml:"parent,omitempty"`
}

// LoadConfig reads the configuration file of a data folder, if there is one, and the environment (QINGSHAN_DB,
// QINGSHAN_LISTEN, QINGSHAN_CATALOG). Unknown keys are errors.
func LoadConfig(dir string) (Config, error) {
	c := Config{}
	text, err := os.ReadFile(filepath.Join(dir, ConfigFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return c, fmt.Errorf("read configuration: %w", err)
	default:
		decoder := yaml.NewDecoder(strings.NewReader(string(text)))
		decoder.KnownFields(true)
		if err := decoder.Decode(&c); err != nil {
			return c, fault.Because(err, fault.Invalid, "config.unreadable", fault.Data{"file": ConfigFile, "reason": err.Error()})
		}
	}
	c.Dir = dir
	for name, field := range map[string]*string{"QINGSHAN_DB": &c.DB, "QINGSHAN_LISTEN": &c.Listen, "QINGSHAN_CATALOG": &c.Catalog} {
		if value := os.Getenv(name); value != "" {
			*field = value
		}
	}
	return c.filled(), nil
}

// filled sets the defaults.
func (c Config) filled() Config {
	if c.Dir == "" {
		c.Dir = "./data"
	}
	if c.Schema == "" {
		c.Schema = "qingshan"
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8420"
	}
	books := append([]BookConfig(nil), c.Books...)
	for i, b := range books {
		if b.Unit == "" {
			books[i].Unit = b.Book
		}
	}
	c.Books = books
	return c
}

func (c Config) location() db.Location {
	return db.Location{Dir: c.Dir, URL: c.DB, Schema: c.Schema}
}

// YAML gives the effective configuration as its file would hold it, without secrets.
func (c Config) YAML() (string, error) {
	c = c.filled()
	c.DB = withoutSecret(c.DB)
	text, err := yaml.Marshal(c)
	return string(text), err
}

// withoutSecret hides the password of a URL or of a keyword string.
func withoutSecret(url string) string {
	if scheme, rest, ok := strings.Cut(url, "://"); ok {
		if user, host, ok := strings.Cut(rest, "@"); ok {
			name, _, _ := strings.Cut(user, ":")
			rest = name + ":…@" + host
		}
		return scheme + "://" + cutAfter(rest, "password=")
	}
	return cutAfter(url, "password=")
}

func cutAfter(text, mark string) string {
	at := strings.Index(text, mark)
	if at < 0 {
		return text
	}
	end := strings.IndexAny(text[at:], " &")
	if end < 0 {
		return text[:at] + mark + "…"
	}
	return text[:at] + mark + "…" + text[at+end:]
}

// check parses the names once, so that a typing error is met at start.
func (b BookConfig) check() (record.Book, record.UnitCode, record.Book, error) {
	book, err := record.ParseBook(b.Book)
	if err != nil {
		return "", "", "", fault.Because(err, fault.Invalid, "config.bad_book", fault.Data{"book": b.Book})
	}
	unit, err := record.ParseUnitCode(b.Unit)
	if err != nil {
		return "", "", "", fault.Because(err, fault.Invalid, "config.bad_book", fault.Data{"book": b.Book})
	}
	return book, unit, record.Book(b.Parent), nil
}
