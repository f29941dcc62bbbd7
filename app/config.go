package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"qingshan/backup"
	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/safefile"
	"qingshan/record"
)

// ConfigFile is the name of the configuration file in the data folder.
const ConfigFile = "qingshan.yaml"

// DefaultListen is where an installation listens that was told nothing else: nothing is reachable from outside unasked.
const DefaultListen = "127.0.0.1:8420"

// Config is everything that can be set from outside. The zero value works; `qingshan config` prints the effective one.
type Config struct {
	// Dir is the data folder: both SQLite stores and the configuration file. Default ./data.
	Dir string `yaml:"-"`
	// DB is a PostgreSQL URL; empty means SQLite in Dir. It may hold a password, so it is never printed whole.
	DB string `yaml:"db,omitempty"`
	// Schema is the prefix of the two PostgreSQL schemas. Default qingshan.
	Schema string `yaml:"schema,omitempty"`
	// Listen is the address to serve on. Default [DefaultListen].
	Listen string `yaml:"listen,omitempty"`
	// TLS says how the connection is protected. Default not at all, which serves this machine only.
	TLS TLSConfig `yaml:"tls,omitempty"`
	// Catalog is a folder with the county's own words and figures, laid over the standard catalog. Default none.
	Catalog string `yaml:"catalog,omitempty"`
	// Blobs is the folder of issued documents and other bytes kept by content hash. Default: blobs in Dir.
	Blobs string `yaml:"blobs,omitempty"`
	// Erasures is the file that lists, outside the ledger and its backups, what was erased: a restore replays it. Best on
	// another disk. Default: erasures.jsonl in Dir.
	Erasures string `yaml:"erasures,omitempty"`
	// Backup is the folder in which backups are expected: qingshan doctor says when the last one is old. Default none.
	Backup string `yaml:"backup,omitempty"`
	// Books are opened at start if they are not yet: the county's first, then its towns'.
	Books []BookConfig `yaml:"books,omitempty"`
	// Log is from which level on `serve` logs to standard error: debug, info, warn or error. Default info: a line for every
	// request. A line never holds who or what was asked about.
	Log string `yaml:"log,omitempty"`
	// UnsafePostgres opens a ledger on a PostgreSQL server that may lose confirmed records, for a trial. It is set by the
	// environment only (QINGSHAN_ALLOW_UNSAFE_POSTGRES=1), so that no copied file carries it on.
	UnsafePostgres bool `yaml:"-"`
	// QuarantineDays is how long the raw bytes of a quarantined submission are kept after it was settled. Default 30.
	QuarantineDays int `yaml:"quarantine_days,omitempty"`
	// CommitBatch bounds how many submissions share a commit. Default 512; 1 gives each its own transaction.
	CommitBatch int `yaml:"commit_batch,omitempty"`
}

// LogLevel reads the level that is configured, info if none is.
func (c Config) LogLevel() (slog.Level, error) {
	switch c.Log {
	case "debug":
		return slog.LevelDebug, nil
	case "", "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fault.New(fault.Invalid, "config.bad_log", nil)
}

// BookConfig names a book to open.
type BookConfig struct {
	// Book is the slug: the unit's code. It is never renamed.
	Book string `yaml:"book"`
	// Unit is the code of the unit whose records the book holds. Default, and so far the only one possible: the slug.
	Unit string `yaml:"unit,omitempty"`
	// Parent is the county's book whose units and catalog a town's book adopts. Empty for the county's own.
	Parent string `yaml:"parent,omitempty"`
}

// LoadConfig reads the configuration file of a data folder, if there is one, and the environment (QINGSHAN_DB,
// QINGSHAN_LISTEN, QINGSHAN_CATALOG, QINGSHAN_LOG). Unknown keys are errors.
func LoadConfig(dir string) (Config, error) {
	c, err := ReadConfig(dir)
	if err != nil {
		return c, err
	}
	for name, field := range map[string]*string{"QINGSHAN_DB": &c.DB, "QINGSHAN_LISTEN": &c.Listen, "QINGSHAN_CATALOG": &c.Catalog, "QINGSHAN_LOG": &c.Log} {
		if value := os.Getenv(name); value != "" {
			*field = value
		}
	}
	return c.filled(), nil
}

// ReadConfig reads the configuration file of a data folder, to be written again; without a file it is empty.
func ReadConfig(dir string) (Config, error) {
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
	c.UnsafePostgres = os.Getenv("QINGSHAN_ALLOW_UNSAFE_POSTGRES") == "1" // no file carries it
	return c, nil
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
		c.Listen = DefaultListen
	}
	if c.Blobs == "" {
		c.Blobs = filepath.Join(c.Dir, "blobs")
	}
	if c.Erasures == "" {
		c.Erasures = filepath.Join(c.Dir, backup.ErasuresFile)
	}
	if c.QuarantineDays <= 0 {
		c.QuarantineDays = 30
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

// WriteConfig replaces the configuration file of the data folder, secrets and all, readable by its owner only.
func (c Config) WriteConfig() error {
	text, err := yaml.Marshal(c)
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if err := safefile.MakeFolder(c.Dir); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	head := "# Qingshan 青山 · written by qingshan init; `qingshan config` shows what is in force. 由 qingshan init 写成。\n"
	if err := safefile.Write(filepath.Join(c.Dir, ConfigFile), append([]byte(head), text...), nil); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// Location says where the stores are.
func (c Config) Location() db.Location { return c.location() }

func (c Config) location() db.Location {
	return db.Location{Dir: c.Dir, URL: c.DB, Schema: c.Schema}
}

// YAML gives the effective configuration as its file would hold it, without secrets. Of a database's address nothing is
// given: a password may stand in it in too many ways to find it in each.
func (c Config) YAML() (string, error) {
	c = c.filled()
	if c.DB != "" {
		c.DB = "postgres (set)"
	}
	text, err := yaml.Marshal(c)
	return string(text), err
}

// checkBooks refuses books that the rest of the program would misread: one that is not named by its unit's code, and one
// whose parent is not there or is not the book of a unit around it. open are the books that are there already.
func (c Config) checkBooks(open []record.Book) error {
	there := slices.Clone(open)
	for _, b := range c.Books {
		there = append(there, record.Book(b.Book))
	}
	for _, b := range c.Books {
		book, unit, parent, err := b.check()
		if err != nil {
			return err
		}
		if string(book) != string(unit) {
			return fault.New(fault.Invalid, "config.slug_not_unit", fault.Data{"book": b.Book, "unit": string(unit)})
		}
		around := record.UnitCode(parent)
		if parent != "" && (!slices.Contains(there, parent) || around == unit || !around.Holds(unit)) {
			return fault.New(fault.Invalid, "config.bad_parent", fault.Data{"book": b.Book, "parent": b.Parent})
		}
	}
	return nil
}

// checkBooks holds the configured books against those that are there.
func (a *App) checkBooks(ctx context.Context) error {
	open, err := a.ledger.Books(ctx)
	if err != nil {
		return err
	}
	return a.cfg.checkBooks(open)
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
