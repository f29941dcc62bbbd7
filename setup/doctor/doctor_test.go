package doctor

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"qingshan/app"
	"qingshan/app/keeping"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/internal/digest"
	"qingshan/lang"
	"qingshan/quarantine"
	"qingshan/record"
	"qingshan/setup"
)

// ward is a healthy installation to be made ill, and the machine that it believes to be on.
type ward struct {
	cfg     app.Config
	host    Host
	now     time.Time
	options Options
}

// admit sets an installation up as an office would.
func admit(t *testing.T, loc db.Location) *ward {
	t.Helper()
	w := &ward{now: time.Now().Truncate(time.Second), options: Options{Patience: 5 * time.Second}}
	w.host = Host{
		Now:          func() time.Time { return w.now },
		Space:        func(string) (uint64, uint64, error) { return 50e9, 100e9, nil },
		Synchronized: func(context.Context) (bool, bool) { return true, true },
	}
	dir := filepath.Join(t.TempDir(), "data")
	_, err := setup.Apply(t.Context(), setup.Answers{
		County: app.Division{Code: "220323", Name: "伊通满族自治县", Class: "county"},
		Towns:  []app.Division{{Code: "220323102", Name: "伊丹镇", Class: "town"}},
		Admin:  setup.Administrator{Name: "王小明"},
		Config: app.Config{Dir: dir, DB: loc.URL, Schema: loc.Schema, Listen: free(t), UnsafePostgres: os.Getenv(dbtest.Unsafe) == "1",
			TLS: app.TLSConfig{Mode: app.TLSSelfSigned, Names: []string{"localhost", "127.0.0.1"}}},
	}, setup.Options{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if w.cfg, err = app.LoadConfig(dir); err != nil {
		t.Fatal(err)
	}
	w.cfg.UnsafePostgres = os.Getenv(dbtest.Unsafe) == "1"
	return w
}

// free gives an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (w *ward) examine(t *testing.T) []Finding {
	t.Helper()
	return Examine(t.Context(), w.cfg, w.host, w.options)
}

func has(found []Finding, check string, state State, code string) bool {
	return slices.ContainsFunc(found, func(f Finding) bool { return f.Check == check && f.State == state && f.Code == code })
}

// inside opens the installation to do something to it.
func (w *ward) inside(t *testing.T, f func(a *app.App)) {
	t.Helper()
	a, err := app.Open(t.Context(), w.cfg, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	f(a)
}

func (w *ward) chmod(t *testing.T, mode os.FileMode, parts ...string) {
	t.Helper()
	if err := os.Chmod(filepath.Join(append([]string{w.cfg.Dir}, parts...)...), mode); err != nil {
		t.Fatal(err)
	}
}

// say appends an entry past the desk.
func (w *ward) say(t *testing.T, kind record.Kind, catalog digest.Hash) {
	t.Helper()
	w.inside(t, func(a *app.App) {
		_, err := a.Ledger().Append(t.Context(), record.Submission{
			Record: record.Record{ID: record.HashID(record.ChannelAPI, "said past the desk"), Book: "220323", Kind: kind, Observed: record.InstantAt(w.now),
				About: []record.Ref{{Kind: "unit", ID: "220323001"}}, Values: record.Values{"object": record.Text("220323001"), "name": record.Text("永盛街道"), "class": record.Text("subdistrict")}},
			Envelope: record.Envelope{Received: w.now, Channel: record.ChannelAPI, Catalog: catalog, Day: record.DayAt(w.now, record.Zone())},
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func (w *ward) current(t *testing.T) digest.Hash {
	t.Helper()
	c, err := w.cfg.LoadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return c.Hash()
}

// ailment breaks one thing for real, and says what the doctor must find.
type ailment struct {
	name  string
	bring func(t *testing.T, w *ward)
	check string
	state State
	code  string
}

func ailments() []ailment {
	return []ailment{
		{"others read the configuration", func(t *testing.T, w *ward) { w.chmod(t, 0o644, app.ConfigFile) }, "config", Wrong, "doctor.open_file"},
		{"others enter the folder", func(t *testing.T, w *ward) { w.chmod(t, 0o755) }, "config", Wrong, "doctor.open_file"},
		{"others read the key", func(t *testing.T, w *ward) { w.chmod(t, 0o640, "tls", "server.key") }, "certificate", Wrong, "doctor.open_file"},
		{"no configuration", func(t *testing.T, w *ward) { remove(t, filepath.Join(w.cfg.Dir, app.ConfigFile)) }, "config", Notice, "doctor.no_config"},
		{"open to everybody", func(_ *testing.T, w *ward) { w.cfg.Listen, w.cfg.TLS = ":8420", app.TLSConfig{} }, "config", Wrong, "config.plain_outside"},
		{"a catalog that is none", func(t *testing.T, w *ward) { w.cfg.Catalog = badCatalog(t) }, "catalog", Wrong, "doctor.catalog_bad"},
		{"an expired certificate", func(_ *testing.T, w *ward) { w.now = w.now.AddDate(2, 0, 0) }, "certificate", Wrong, "tls.expired"},
		{"a certificate for another name", func(_ *testing.T, w *ward) { w.cfg.TLS.Names = []string{"elsewhere.example"} }, "certificate", Wrong, "tls.other_name"},
		{"a key of another certificate", func(t *testing.T, w *ward) { swapKey(t, w) }, "certificate", Wrong, "tls.key_differs"},
		{"no certificate yet", func(t *testing.T, w *ward) { remove(t, filepath.Join(w.cfg.Dir, "tls", "server.crt")) }, "certificate", Notice, "doctor.certificate_later"},
		{"an own certificate that ends soon", func(_ *testing.T, w *ward) { own(w); w.now = w.now.AddDate(0, 0, 355) }, "certificate", Notice, "doctor.certificate_soon"},
		{"nobody serves", func(*testing.T, *ward) {}, "address", Notice, "doctor.not_running"},
		{"another program at the address", func(t *testing.T, w *ward) { occupy(t, w) }, "address", Wrong, "doctor.address_taken"},
		{"an address of another machine", func(_ *testing.T, w *ward) { w.cfg.Listen = "203.0.113.9:8420" }, "address", Wrong, "listen.refused"},
		{"a full disk", func(_ *testing.T, w *ward) { w.room(100 << 20) }, "space", Wrong, "doctor.space_out"},
		{"a disk that fills", func(_ *testing.T, w *ward) { w.room(1 << 30) }, "space", Notice, "doctor.space_low"},
		{"a disk that cannot be seen", func(_ *testing.T, w *ward) { w.host.Space = blind }, "space", Notice, "doctor.space_unknown"},
		{"no time server", func(_ *testing.T, w *ward) {
			w.host.Synchronized = func(context.Context) (bool, bool) { return false, true }
		}, "clock", Notice, "doctor.clock_alone"},
		{"a clock that went back", func(_ *testing.T, w *ward) { w.now = w.now.Add(-30 * time.Minute) }, "clock", Wrong, "doctor.clock_behind"},
		{"a store of an older program", forgetMigration, "stores", Wrong, "doctor.store_behind"},
		{"a bent last entry", bendLastEntry, "books", Wrong, "verify.entry_altered"},
		{"a bent first entry", func(t *testing.T, w *ward) { bendFirstEntry(t, w); w.options.Full = true }, "books", Wrong, "verify.entry_altered"},
		{"followers ahead of their book", runAhead, "followers", Wrong, "follow.views_ahead"},
		{"a stopped follower", func(t *testing.T, w *ward) { w.say(t, "register.unit", digest.Of([]byte("no catalog"))) }, "followers", Wrong, "doctor.follower_stopped"},
		{"a town that did not adopt", func(t *testing.T, w *ward) { w.say(t, "register.unit", w.current(t)) }, "adoption", Notice, "doctor.adoption_lags"},
		{"a submission that waits", putAside, "quarantine", Notice, "doctor.quarantine_waiting"},
		{"no backup wanted", func(*testing.T, *ward) {}, "backup", Notice, "doctor.no_backup"},
		{"no backup taken", func(t *testing.T, w *ward) { w.cfg.Backup = t.TempDir() }, "backup", Wrong, "backup.none"},
		{"a fresh backup", func(t *testing.T, w *ward) { backUp(t, w) }, "backup", Well, "doctor.backup_well"},
		{"a backup of last week", func(t *testing.T, w *ward) { backUp(t, w); w.now = w.now.AddDate(0, 0, 5) }, "backup", Notice, "doctor.backup_old"},
		{"a backup of last month", func(t *testing.T, w *ward) { backUp(t, w); w.now = w.now.AddDate(0, 0, 40) }, "backup", Wrong, "doctor.backup_old"},
	}
}

func TestDoctorFindsWhatIsBroken(t *testing.T) {
	sentences, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range ailments() {
		t.Run(a.name, func(t *testing.T) {
			onEach := dbtest.EachLocation[*testing.T]
			if slices.Contains([]string{"config", "catalog", "certificate", "address", "space", "backup"}, a.check) {
				onEach = func(t *testing.T, f func(*testing.T, db.Location)) { f(t, db.Location{}) } // no database's business
			}
			onEach(t, func(t *testing.T, loc db.Location) {
				w := admit(t, loc)
				a.bring(t, w)
				found := w.examine(t)
				if !has(found, a.check, a.state, a.code) {
					t.Errorf("got %+v, want %s %s %s", found, a.check, a.state, a.code)
				}
				if a.state == Wrong && Healthy(found) {
					t.Errorf("healthy with %s", a.code)
				}
				for _, f := range found {
					for _, language := range []string{lang.Chinese, lang.English} {
						if f.State != Well && (f.Code == "unknown" || sentences.Say(language, f.Code, f.Data) == sentences.Say(language, "no.such.code", nil)) {
							t.Errorf("%s says nothing about %s", language, f.Code)
						}
						if f.State == Wrong && sentences.Hint(language, f.Code, f.Data) == "" && f.Code != "verify.entry_altered" {
							t.Errorf("%s does not say what to do about %s", language, f.Code)
						}
					}
				}
			})
		})
	}
}

// TestHealthyWhileItServes examines an installation that serves, and one whose follower stopped in the server.
func TestHealthyWhileItServes(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		w := admit(t, loc)
		w.cfg.Backup = filepath.Join(t.TempDir(), "backup")
		backUp(t, w)
		stop := w.serve(t)
		w.options.Full = true
		found := w.examine(t)
		for _, f := range found {
			if f.State != Well {
				t.Errorf("of a healthy installation: %+v", f)
			}
		}
		if !has(found, "address", Well, "doctor.address_well") || !has(found, "books", Well, "doctor.books_verified") {
			t.Errorf("got %+v", found)
		}
		stop()
		runAhead(t, w)
		defer w.serve(t)()
		if found := w.examine(t); !has(found, "address", Wrong, "doctor.not_ready") {
			t.Errorf("of one that is not ready: got %+v", found)
		}
	})
}

func TestDiskIsHeldAgainstItsGrowth(t *testing.T) {
	w := admit(t, db.Location{})
	w.now = w.now.AddDate(0, 0, 100)
	var size int64
	for _, name := range []string{"ledger.db", "views.db"} {
		info, err := os.Stat(filepath.Join(w.cfg.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	p := &patient{cfg: w.cfg, host: w.host, first: w.now.AddDate(0, 0, -100)}
	perDay := float64(size) / 100
	if got := p.growth(); got < perDay*0.99 || got > perDay*1.01 {
		t.Errorf("growth: got %f, want %f", got, perDay)
	}
	for days, want := range map[float64]State{400: Well, 40: Notice, 10: Wrong} {
		p.findings = nil
		w.room(5 << 30)
		p.host = w.host
		p.space(w.cfg.Dir, float64(5<<30)/days)
		if p.findings[0].State != want {
			t.Errorf("room for %.0f days: got %+v, want %s", days, p.findings[0], want)
		}
	}
}

func TestThisHostAnswers(t *testing.T) {
	free, total, err := ThisHost().Space(t.TempDir())
	if err != nil && !errors.Is(err, errors.ErrUnsupported) || err == nil && (total == 0 || free > total) {
		t.Errorf("space: %d of %d, %v", free, total, err)
	}
	if _, _, err := ThisHost().Space(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a folder that is not there has room")
	}
	if found := Unreadable(errors.New("torn")); Healthy(found) || found[0].Code != "doctor.failed" {
		t.Errorf("got %+v", found)
	}
}

func TestConfigurationThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, app.ConfigFile), []byte("lissten: here\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := app.LoadConfig(dir)
	if found := Unreadable(err); len(found) != 1 || !has(found, "config", Wrong, "config.unreadable") {
		t.Errorf("got %+v", found)
	}
}

func TestNothingThere(t *testing.T) {
	w := admit(t, db.Location{})
	w.cfg.Dir = filepath.Join(t.TempDir(), "elsewhere")
	found := w.examine(t)
	if !has(found, "config", Wrong, "doctor.no_file") || !has(found, "stores", Wrong, "doctor.store_not_made") {
		t.Errorf("got %+v", found)
	}
	if _, err := os.Stat(w.cfg.Dir); !os.IsNotExist(err) {
		t.Errorf("the doctor made a folder: %v", err)
	}
}

// serve starts the installation at its address.
func (w *ward) serve(t *testing.T) (stop func()) {
	t.Helper()
	a, err := app.Open(t.Context(), w.cfg, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	_, ended, err := a.Listen(ctx)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	return func() { cancel(); <-ended; a.Close() }
}

func (w *ward) room(bytes uint64) {
	w.host.Space = func(string) (uint64, uint64, error) { return bytes, 100e9, nil }
}

func blind(string) (uint64, uint64, error) { return 0, 0, errors.ErrUnsupported }

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

func badCatalog(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte("kinds: {bad kind: 7}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func own(w *ward) {
	certFile, keyFile := w.cfg.CertificateFiles()
	w.cfg.TLS = app.TLSConfig{Mode: app.TLSOwn, Certificate: certFile, Key: keyFile}
}

// swapKey puts the authority's key where the server's belongs.
func swapKey(t *testing.T, w *ward) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(w.cfg.Dir, "tls", "authority.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(w.cfg.Dir, "tls", "server.key"), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// occupy has another web server at the address.
func occupy(t *testing.T, w *ward) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	l, err := net.Listen("tcp", w.cfg.Listen)
	if err != nil {
		t.Fatal(err)
	}
	_ = server.Listener.Close()
	server.Listener = l
	server.StartTLS()
	t.Cleanup(server.Close)
}

func putAside(t *testing.T, w *ward) {
	t.Helper()
	w.inside(t, func(a *app.App) {
		_, err := quarantine.New(a.Durable(), quarantine.Options{}).Keep(t.Context(), arrival(w.now))
		if err != nil {
			t.Fatal(err)
		}
	})
}

func arrival(at time.Time) quarantine.Arrival {
	return quarantine.Arrival{Book: "220323102", Named: "220323102", Form: quarantine.OneRecord, Channel: record.ChannelAPI, Sender: "p-3fa81c09", Token: "t",
		Received: at, Raw: []byte("{}"), Reason: []record.Finding{{Code: "record.kind_missing"}}}
}

func backUp(t *testing.T, w *ward) {
	t.Helper()
	if w.cfg.Backup == "" {
		w.cfg.Backup = filepath.Join(t.TempDir(), "backup")
	}
	w.inside(t, func(a *app.App) {
		if _, err := keeping.Backup(t.Context(), a, w.cfg.Backup, keeping.BackupOptions{Program: "test"}); err != nil {
			t.Fatal(err)
		}
	})
}
