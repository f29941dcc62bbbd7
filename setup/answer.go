package setup

// Rules of the answers:
//
//  1. Every answer is checked when it is given: what cannot work is refused there, with what to do instead.
//  2. What flags say is not asked. Without a terminal the defaults hold, and what has none must be given.
//  3. A change of an installation (--again) touches what was given and nothing else.

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qingshan/app"
	"qingshan/db"
	"qingshan/fault"
	"qingshan/internal/certificate"
	"qingshan/record"
)

// question is one thing to know. What stands in given was said by a flag.
type question struct {
	name  string        // of the flag; the sentence is "setup.ask_" + name
	first func() string // the default, "" for none
	set   func(ctx context.Context, answer string) error
	asked func() bool // whether it matters, given the answers so far
}

// Interview goes through the questions.
type Interview struct {
	Answers Answers
	Given   map[string]string // by flags, by the question's name
	Again   bool              // the installation is there: only what is given is changed
	Clock   func() time.Time
	Known   func(code string) (app.Division, bool)
	Hosts   func() []string // names and addresses of this machine, for certificates
	// Ask gives the answer to a question, until it holds: it is called again with the fault. nil takes the defaults.
	Ask func(name, first string, refused error) (string, error)
}

// always is for questions that depend on nothing.
func always() bool { return true }

func none() string { return "" }

// Run asks all that matters.
func (i *Interview) Run(ctx context.Context) error {
	for _, q := range i.questions() {
		answer, given := i.Given[q.name]
		switch {
		case !given && (i.Again || !q.asked()):
		case given || i.Ask == nil:
			if !given {
				answer = q.first()
			}
			if err := q.set(ctx, answer); err != nil {
				return err
			}
		default:
			if err := i.ask(ctx, q); err != nil {
				return err
			}
		}
	}
	return i.whole(ctx)
}

func (i *Interview) ask(ctx context.Context, q question) error {
	var refused error
	for {
		answer, err := i.Ask(q.name, q.first(), refused)
		if err != nil {
			return err
		}
		if answer == "" {
			answer = q.first()
		}
		if refused = q.set(ctx, strings.TrimSpace(answer)); refused == nil {
			return nil
		}
	}
}

// questions lists them in the order in which a person would want to answer.
func (i *Interview) questions() []question {
	a, t := &i.Answers, &i.Answers.Config.TLS
	mode := func(is string) func() bool { return func() bool { return t.Mode == is } }
	protected := func() bool { return t.Mode == app.TLSSelfSigned || t.Mode == app.TLSACME }
	return []question{
		{"county", none, i.setCounty, always},
		{"county-name", func() string { return a.County.Name }, i.setCountyName, always},
		{"towns", none, i.setTowns, always},
		{"admin-name", none, i.setAdmin, always},
		{"admin-phone", none, i.setPhone, func() bool { return a.Admin.Name != "" }},
		{"listen", func() string { return app.DefaultListen }, i.setListen, always},
		{"tls", i.firstMode, i.setMode, always},
		{"cert", none, i.setCertificate, mode(app.TLSOwn)},
		{"key", none, i.setKey, mode(app.TLSOwn)},
		{"names", i.firstNames, i.setNames, protected},
		{"acme-email", none, func(_ context.Context, s string) error { t.Email = s; return nil }, mode(app.TLSACME)},
		{"acme-challenge", none, func(_ context.Context, s string) error { t.Challenge = s; return nil }, func() bool { return false }},
		{"acme-directory", func() string { return app.DefaultDirectory }, i.setDirectory, mode(app.TLSACME)},
		{"db", none, i.setDB, always},
	}
}

// whole judges what only all answers together can tell.
func (i *Interview) whole(ctx context.Context) error {
	cfg := i.Answers.Config
	if err := cfg.CheckListening(); err != nil {
		return err
	}
	if cfg.TLS.Mode == app.TLSOwn {
		return i.setKey(ctx, cfg.TLS.Key)
	}
	return nil
}

func (i *Interview) setCounty(_ context.Context, answer string) error {
	code, err := record.ParseUnitCode(answer)
	if err != nil || code.Level() != record.County {
		return fault.New(fault.Invalid, "setup.bad_county", nil)
	}
	if i.Again && string(code) != i.Answers.County.Code {
		return fault.New(fault.Conflict, "setup.other_county", fault.Data{"county": i.Answers.County.Code})
	}
	known, _ := i.Known(string(code))
	i.Answers.County = app.Division{Code: string(code), Name: known.Name, Class: "county"}
	return nil
}

func (i *Interview) setCountyName(_ context.Context, answer string) error {
	if !named(answer) {
		return fault.New(fault.Invalid, "setup.bad_name", nil)
	}
	i.Answers.County.Name, i.Answers.County.Class = answer, "county"
	return nil
}

// named bounds a name as the registers do.
func named(text string) bool {
	return text != "" && utf8.ValidString(text) && utf8.RuneCountInString(text) <= 40 && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// setTowns reads codes, each with a name where none is known: 220323102 220323999=某某镇.
func (i *Interview) setTowns(_ context.Context, answer string) error {
	var towns []app.Division
	for _, word := range strings.FieldsFunc(answer, func(r rune) bool { return strings.ContainsRune(" ,，、\t", r) }) {
		text, name, _ := strings.Cut(word, "=")
		code, err := record.ParseUnitCode(text)
		if err != nil || code.Level() != record.Town || !record.UnitCode(i.Answers.County.Code).Holds(code) {
			return fault.New(fault.Invalid, "setup.bad_town", fault.Data{"town": text, "county": i.Answers.County.Code})
		}
		known, _ := i.Known(string(code))
		if name == "" {
			name = known.Name
		}
		if !named(name) {
			return fault.New(fault.Invalid, "setup.town_unnamed", fault.Data{"town": text})
		}
		town := app.Division{Code: string(code), Name: name, Class: classOf(name, string(code))}
		if !slices.ContainsFunc(towns, func(t app.Division) bool { return t.Code == town.Code }) {
			towns = append(towns, town)
		}
	}
	i.Answers.Towns = towns
	return nil
}

// classOf tells what a unit of a town's rank is, by its name or else by its code: the statistics bureau numbers
// subdistricts from 001, towns from 100 and townships from 200.
func classOf(name, code string) string {
	for ending, class := range map[string]string{"街道": "subdistrict", "街道办事处": "subdistrict", "镇": "town", "乡": "township"} {
		if strings.HasSuffix(name, ending) {
			return class
		}
	}
	switch code[6] {
	case '0':
		return "subdistrict"
	case '1':
		return "town"
	default:
		return "township"
	}
}

func (i *Interview) setAdmin(_ context.Context, answer string) error {
	if !named(answer) {
		return fault.New(fault.Invalid, "setup.bad_person", nil)
	}
	i.Answers.Admin.Name = answer
	return nil
}

func (i *Interview) setPhone(_ context.Context, answer string) error {
	if len(answer) > 20 || strings.Trim(answer, "+-() 0123456789") != "" {
		return fault.New(fault.Invalid, "setup.bad_phone", nil)
	}
	i.Answers.Admin.Phone = answer
	return nil
}

func (i *Interview) setListen(_ context.Context, answer string) error {
	cfg := app.Config{Listen: answer, TLS: app.TLSConfig{BehindProxy: true}}
	if err := cfg.CheckListening(); err != nil {
		return err
	}
	i.Answers.Config.Listen = answer
	return nil
}

func (i *Interview) firstMode() string {
	if app.Loopback(i.Answers.Config.Listen) || i.Answers.Config.TLS.BehindProxy {
		return app.TLSNone
	}
	return app.TLSSelfSigned
}

func (i *Interview) setMode(_ context.Context, answer string) error {
	t := &i.Answers.Config.TLS
	if !slices.Contains(app.TLSModes(), answer) {
		return fault.New(fault.Invalid, "config.tls_mode", fault.Data{"mode": answer})
	}
	if answer == app.TLSNone && !t.BehindProxy && !app.Loopback(i.Answers.Config.Listen) {
		return fault.New(fault.Invalid, "config.plain_outside", fault.Data{"listen": i.Answers.Config.Listen})
	}
	*t = app.TLSConfig{Mode: answer, BehindProxy: t.BehindProxy && answer == app.TLSNone}
	return nil
}

// setCertificate wants the file to be there; what it holds is judged with its key. The service runs in another folder.
func (i *Interview) setCertificate(_ context.Context, answer string) error {
	file, err := filepath.Abs(answer)
	if err != nil {
		return err
	}
	if info, err := os.Stat(file); err != nil || info.IsDir() {
		return fault.Because(err, fault.Invalid, "setup.no_file", fault.Data{"file": answer})
	}
	i.Answers.Config.TLS.Certificate = file
	return nil
}

// setKey is given last of the two files, so the pair can be judged.
func (i *Interview) setKey(_ context.Context, answer string) error {
	t := &i.Answers.Config.TLS
	var err error
	if t.Key, err = filepath.Abs(answer); err != nil {
		return err
	}
	pair, err := certificate.Load(t.Certificate, t.Key)
	if err != nil {
		return err
	}
	var names []string
	if host, _, err := net.SplitHostPort(i.Answers.Config.Listen); err == nil && net.ParseIP(host) == nil && host != "" {
		names = append(names, host)
	}
	return certificate.Check(pair, names, i.Clock())
}

func (i *Interview) firstNames() string {
	if i.Answers.Config.TLS.Mode == app.TLSACME {
		return ""
	}
	host, _, err := net.SplitHostPort(i.Answers.Config.Listen)
	if ip := net.ParseIP(host); err == nil && host != "" && !ip.IsUnspecified() {
		return host
	}
	return strings.Join(i.Hosts(), " ")
}

func (i *Interview) setNames(_ context.Context, answer string) error {
	names := strings.FieldsFunc(answer, func(r rune) bool { return strings.ContainsRune(" ,，、\t", r) })
	for _, name := range names {
		if net.ParseIP(name) == nil && !hostname(name) {
			return fault.New(fault.Invalid, "setup.bad_host", fault.Data{"name": name})
		}
	}
	cfg := i.Answers.Config
	cfg.TLS.Names = names
	if err := cfg.CheckListening(); err != nil {
		return err
	}
	i.Answers.Config.TLS.Names = names
	return nil
}

func hostname(name string) bool {
	for _, label := range strings.Split(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" ||
			strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return len(name) <= 253
}

// setDirectory asks the authority whether it is there: a machine that cannot reach it will never get a certificate.
func (i *Interview) setDirectory(ctx context.Context, answer string) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	if err := reachAuthority(ctx, answer); err != nil {
		return fault.Because(err, fault.Unavailable, "setup.acme_unreachable", fault.Data{"directory": answer})
	}
	if answer != app.DefaultDirectory {
		i.Answers.Config.TLS.Directory = answer
	}
	return nil
}

func reachAuthority(ctx context.Context, directory string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, directory, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var listed struct {
		NewOrder string `json:"newOrder"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&listed); err != nil {
		return err
	}
	if listed.NewOrder == "" {
		return fault.New(fault.Invalid, "setup.no_authority", nil)
	}
	return nil
}

// setDB tries the database. An installation never changes its database by a word: its records would stay behind.
func (i *Interview) setDB(ctx context.Context, answer string) error {
	cfg := i.Answers.Config
	if i.Again && answer != cfg.DB {
		return fault.New(fault.Conflict, "setup.db_moves", nil)
	}
	cfg.DB = answer
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if _, err := db.Inspect(ctx, cfg.Location(), db.Ledger, db.Options{Unsafe: cfg.UnsafePostgres}); err != nil {
		return err
	}
	i.Answers.Config.DB = answer
	return nil
}

// Hosts gives the names by which others may call this machine: its own name and the addresses of its networks.
func Hosts() []string {
	var hosts []string
	if name, err := os.Hostname(); err == nil && hostname(name) && name != "localhost" {
		hosts = append(hosts, strings.ToLower(name))
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return hosts
	}
	for _, address := range addresses {
		network, ok := address.(*net.IPNet)
		if ok && network.IP.IsGlobalUnicast() {
			hosts = append(hosts, network.IP.String())
		}
	}
	return hosts
}
