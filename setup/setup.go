// Package setup readies an installation on its host: it asks what must be known, checks every answer, writes configuration,
// certificates and the unit of the service, and examines later whether all is well. It decides nothing about records.
package setup

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"qingshan/app"
	"qingshan/demo/year"
	"qingshan/fault"
	"qingshan/internal/certificate"
	"qingshan/internal/safefile"
)

// Answers is what the set-up of an installation needs to know.
type Answers struct {
	County app.Division
	Towns  []app.Division
	Admin  Administrator
	Config app.Config // where the data lies, where to listen and how that is protected
}

// Administrator is the person who gets the first token. Without a name nobody is registered and no token issued.
type Administrator struct {
	Name  string
	Phone string
}

// Done is what a set-up made.
type Done struct {
	Config       string   // the file
	Unit         string   // the service's file, "" if none was asked for
	Books        []string // the county's first
	Person       string   // the administrator's reference
	Token        string   // their secret, which nobody can give again
	Authority    string   // the certificate to put on devices, "" unless self-signed
	Fingerprints []string // of the authority, if any, and of what the server shows
}

// Options sets what a set-up takes from its host.
type Options struct {
	Clock func() time.Time
	Log   *slog.Logger
	Unit  string // where to write the service's file; "" for nowhere
	User  string // whom the service runs as
}

// Configured tells whether a folder holds a configuration.
func Configured(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, app.ConfigFile))
	return err == nil
}

// Present gives what an installation that is there was told, for a change, and what divisions its register knows. Where
// there is none yet, the answers are empty and the divisions are the official ones that the program knows.
func Present(ctx context.Context, dir string, log *slog.Logger) (Answers, map[string]app.Division, error) {
	cfg, err := app.ReadConfig(dir)
	a, known := Answers{Config: cfg}, map[string]app.Division{}
	if err != nil {
		return a, nil, err
	}
	official, err := year.Official()
	if err != nil {
		return a, nil, err
	}
	for code, unit := range official {
		known[code] = app.Division{Code: code, Name: unit[0], Class: unit[1]}
	}
	if !Configured(dir) {
		return a, known, nil
	}
	if a.Config.Listen == "" {
		a.Config.Listen = app.DefaultListen
	}
	if len(a.Config.Books) == 0 {
		return a, nil, fault.New(fault.Conflict, "setup.no_books", nil)
	}
	a.County.Code = a.Config.Books[0].Book
	installation, err := app.Open(ctx, a.Config, app.Options{Log: log, Reading: true})
	if fault.Is(err, fault.NotFound) {
		return a, known, nil // it was configured and never opened
	}
	if err != nil {
		return a, nil, err
	}
	defer installation.Close()
	registered, err := installation.Divisions(ctx, a.County.Code)
	maps.Copy(known, registered)
	a.County = registered[a.County.Code]
	a.County.Code = a.Config.Books[0].Book
	return a, known, err
}

// Apply makes the installation that the answers describe. The configuration is written after all that can fail has been
// done, and the token is issued after that: what broke off can be begun again, and nobody holds a token they never saw.
func Apply(ctx context.Context, a Answers, o Options) (Done, error) {
	cfg := a.config()
	done := Done{Config: filepath.Join(cfg.Dir, app.ConfigFile)}
	if err := safefile.MakeFolder(cfg.Dir); err != nil {
		return done, fault.Because(err, fault.Unavailable, "setup.folder", fault.Data{"dir": cfg.Dir})
	}
	if err := done.certify(cfg, o.Clock()); err != nil {
		return done, err
	}
	installation, err := app.Open(ctx, cfg, app.Options{Clock: o.Clock, Log: o.Log})
	if err != nil {
		return done, err
	}
	defer installation.Close()
	if err := done.populate(ctx, installation, a); err != nil {
		return done, err
	}
	if err := cfg.WriteConfig(); err != nil {
		return done, err
	}
	if o.Unit != "" {
		if err := done.writeUnit(cfg, o); err != nil {
			return done, err
		}
	}
	if done.Person != "" {
		done.Token, err = installation.IssueToken(ctx, cfg.Books[0].Book, done.Person, "administrator", tokenDays)
	}
	return done, err
}

// tokenDays is how long the first token lasts.
const tokenDays = 365

// config gives the configuration with the answers' books added to those it has.
func (a Answers) config() app.Config {
	cfg := a.Config
	there := map[string]bool{}
	for _, b := range cfg.Books {
		there[b.Book] = true
	}
	if !there[a.County.Code] {
		cfg.Books = append(cfg.Books, app.BookConfig{Book: a.County.Code})
	}
	for _, town := range a.Towns {
		if !there[town.Code] {
			cfg.Books = append(cfg.Books, app.BookConfig{Book: town.Code, Parent: a.County.Code})
		}
	}
	return cfg
}

// certify makes the local authority's certificates, if that is the way, and reads what the server will show.
func (d *Done) certify(cfg app.Config, now time.Time) error {
	if cfg.TLS.Mode == app.TLSSelfSigned {
		local := cfg.Local()
		if _, err := local.Ensure(now); err != nil {
			return err
		}
		d.Authority = local.Authority()
		authority, err := certificate.Load(local.Authority(), filepath.Join(local.Dir, "authority.key"))
		if err != nil {
			return err
		}
		if err := d.show(authority); err != nil {
			return err
		}
	}
	certFile, keyFile := cfg.CertificateFiles()
	if certFile == "" {
		return nil
	}
	pair, err := certificate.Load(certFile, keyFile)
	if err != nil {
		return err
	}
	return d.show(pair)
}

func (d *Done) show(pair tls.Certificate) error {
	facts, err := certificate.FactsOf(pair)
	if err != nil {
		return fmt.Errorf("read a certificate: %w", err)
	}
	d.Fingerprints = append(d.Fingerprints, facts.Fingerprint)
	return nil
}

// populate registers the divisions and the administrator.
func (d *Done) populate(ctx context.Context, installation *app.App, a Answers) error {
	var units []app.Division
	for _, u := range append([]app.Division{a.County}, a.Towns...) {
		if u.Name != "" {
			units = append(units, u)
		}
	}
	for _, b := range a.config().Books {
		d.Books = append(d.Books, b.Book)
	}
	if err := installation.Introduce(ctx, a.County.Code, units); err != nil {
		return err
	}
	if a.Admin.Name == "" {
		return nil
	}
	var err error
	d.Person, err = installation.Employ(ctx, a.County.Code, a.Admin.Name, a.Admin.Phone)
	return err
}

func (d *Done) writeUnit(cfg app.Config, o Options) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return fmt.Errorf("find the data folder: %w", err)
	}
	text := Service{Program: program, Dir: dir, User: o.User, Listen: cfg.Listen, Challenge: cfg.TLS.Challenge}.Unit()
	if err := os.WriteFile(o.Unit, []byte(text), 0o644); err != nil {
		return fault.Because(err, fault.Unavailable, "setup.unit_file", fault.Data{"file": o.Unit})
	}
	d.Unit = o.Unit
	return nil
}

// Systemd tells whether units mean something on this host.
func Systemd() bool { return runtime.GOOS == "linux" }
