package setup

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"qingshan/app"
	"qingshan/fault"
)

var now = time.Date(2026, 1, 10, 8, 0, 0, 0, time.UTC)

// interview begins one without a terminal; given alternates names and values.
func interview(t *testing.T, given ...string) *Interview {
	t.Helper()
	i := &Interview{Answers: Answers{Config: app.Config{Dir: t.TempDir()}}, Given: map[string]string{}, Clock: func() time.Time { return now },
		Known: func(code string) (app.Division, bool) {
			known := map[string]app.Division{"220323": {Code: "220323", Name: "伊通满族自治县", Class: "county"}, "220323102": {Code: "220323102", Name: "伊丹镇", Class: "town"}}
			d, ok := known[code]
			return d, ok
		},
		Hosts: func() []string { return []string{"office", "192.168.1.20", "fd00::20"} }}
	for n := 0; n < len(given); n += 2 {
		i.Given[given[n]] = given[n+1]
	}
	return i
}

// pair makes a certificate of its own for a name.
func pair(t *testing.T, name string, at time.Time) (certFile, keyFile string) {
	t.Helper()
	local := app.Config{Dir: t.TempDir(), TLS: app.TLSConfig{Names: []string{name}}}.Local()
	if _, err := local.Ensure(at); err != nil {
		t.Fatal(err)
	}
	return local.Files()
}

func TestDefaultsHoldWithoutATerminal(t *testing.T) {
	i := interview(t, "county", "220323", "admin-name", "王小明")
	if err := i.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := i.Answers
	if a.County != (app.Division{Code: "220323", Name: "伊通满族自治县", Class: "county"}) || len(a.Towns) != 0 || a.Config.Listen != "127.0.0.1:8420" ||
		a.Config.TLS.Mode != app.TLSNone || a.Config.DB != "" {
		t.Errorf("got %+v", a)
	}
}

func TestOutsideMeansProtected(t *testing.T) {
	for _, c := range []struct{ listen, want string }{
		{"[::]:8420", "office 192.168.1.20 fd00::20"},
		{":8420", "office 192.168.1.20 fd00::20"},
		{"192.168.1.21:8420", "192.168.1.21"},
		{"qingshan.lan:8420", "qingshan.lan"},
	} {
		i := interview(t, "county", "220323", "admin-name", "王小明", "listen", c.listen)
		err := i.Run(t.Context())
		if got := i.Answers.Config.TLS; err != nil || got.Mode != app.TLSSelfSigned || strings.Join(got.Names, " ") != c.want {
			t.Errorf("%s: got %+v, %v, want the names %s", c.listen, got, err, c.want)
		}
	}
	i := interview(t, "county", "220323", "admin-name", "王小明", "listen", ":8420")
	i.Answers.Config.TLS.BehindProxy = true
	if err := i.Run(t.Context()); err != nil || i.Answers.Config.TLS.Mode != app.TLSNone || !i.Answers.Config.TLS.BehindProxy {
		t.Errorf("behind a proxy: got %+v, %v", i.Answers.Config.TLS, err)
	}
}

func TestAnswersAreChecked(t *testing.T) {
	certFile, keyFile := pair(t, "a.example", now)
	oldCert, oldKey := pair(t, "a.example", now.AddDate(-3, 0, 0))
	_, otherKey := pair(t, "a.example", now)
	long := strings.Repeat("长", 41)
	for _, c := range []struct {
		name, answer string
		more         []string
		want         string
	}{
		{"county", "", nil, "setup.bad_county"},
		{"county", "220323102", nil, "setup.bad_county"},
		{"county", "abc", nil, "setup.bad_county"},
		{"county", "110101", nil, "setup.bad_name"}, // its name is not known
		{"county", "110101", []string{"county-name", "东城区"}, ""},
		{"county-name", long, nil, "setup.bad_name"},
		{"towns", "220323102、220323999=新镇 220323102", nil, ""},
		{"towns", "220323999", nil, "setup.town_unnamed"},
		{"towns", "220322102=别县", nil, "setup.bad_town"},
		{"towns", "220323", nil, "setup.bad_town"},
		{"towns", "220323102210=村", nil, "setup.bad_town"},
		{"admin-name", "", nil, "setup.bad_person"},
		{"admin-name", "a\nb", nil, "setup.bad_person"},
		{"admin-phone", "13800000000", nil, ""},
		{"admin-phone", "call me", nil, "setup.bad_phone"},
		{"listen", "8420", nil, "config.bad_listen"},
		{"listen", ":8420", []string{"tls", "none"}, "config.plain_outside"},
		{"tls", "ssl", nil, "config.tls_mode"},
		{"tls", "own", []string{"cert", certFile, "key", keyFile}, ""},
		{"tls", "own", []string{"cert", certFile, "key", otherKey}, "tls.key_differs"},
		{"tls", "own", []string{"cert", certFile, "key", "missing.key"}, "tls.unreadable"},
		{"tls", "own", []string{"cert", "missing.crt", "key", keyFile}, "setup.no_file"},
		{"tls", "own", []string{"cert", certFile}, "tls.unreadable"},
		{"tls", "own", []string{"cert", oldCert, "key", oldKey}, "tls.expired"},
		{"tls", "own", []string{"cert", certFile, "key", keyFile, "listen", "b.example:443"}, "tls.other_name"},
		{"tls", "own", []string{"cert", certFile, "key", keyFile, "listen", "a.example:443"}, ""},
		{"names", "192.168.1.20，server", []string{"tls", "self-signed"}, ""},
		{"names", "no spaces_here", []string{"tls", "self-signed"}, "setup.bad_host"},
		{"names", "-a.example", []string{"tls", "self-signed"}, "setup.bad_host"},
		{"names", "server.lan", []string{"tls", "acme"}, "config.acme_name"},
		{"acme-directory", "http://127.0.0.1:1/", []string{"tls", "acme", "names", "a.example"}, "setup.acme_unreachable"},
		{"db", "postgres://nobody@127.0.0.1:1/none?connect_timeout=2", nil, "db.unreachable"},
		{"db", "postgres://%zz", nil, "db.bad_location"},
	} {
		i := interview(t, append([]string{"county", "220323", "admin-name", "王小明"}, append(c.more, c.name, c.answer)...)...)
		err := i.Run(t.Context())
		if (err == nil) != (c.want == "") || err != nil && fault.Of(err).Code != c.want {
			t.Errorf("%s = %q with %q: got %v, want %q", c.name, c.answer, c.more, err, c.want)
		}
	}
}

func TestTownsKnowWhatTheyAre(t *testing.T) {
	i := interview(t, "county", "220323", "admin-name", "王小明", "towns", "220323102,220323001=永盛街道,220323203=某某乡,220323150=林场,220323002=开发区")
	if err := i.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, town := range i.Answers.Towns {
		got = append(got, town.Name+" "+town.Class)
	}
	want := []string{"伊丹镇 town", "永盛街道 subdistrict", "某某乡 township", "林场 town", "开发区 subdistrict"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestReachableAuthorityIsAccepted(t *testing.T) {
	for body, want := range map[string]string{`{"newOrder": "x"}`: "", `{"hello": "x"}`: "setup.acme_unreachable", `<html>`: "setup.acme_unreachable"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		i := interview(t, "county", "220323", "admin-name", "王小明", "tls", "acme", "names", "a.example", "acme-directory", server.URL)
		err := i.Run(t.Context())
		if (err == nil) != (want == "") || err != nil && fault.Of(err).Code != want {
			t.Errorf("%s: got %v, want %q", body, err, want)
		}
		server.Close()
	}
}

// TestQuestionsAreAskedUntilTheyHold answers as a person would who types wrong things first.
func TestQuestionsAreAskedUntilTheyHold(t *testing.T) {
	i := interview(t, "admin-name", "王小明")
	answers := map[string][]string{"county": {"220323102", "220323"}, "towns": {"999", "220323102"}, "listen": {"", "unused"}}
	var asked []string
	i.Ask = func(name, first string, refused error) (string, error) {
		word := name
		if refused != nil {
			word += " again: " + fault.Of(refused).Code
		}
		asked = append(asked, word+" ["+first+"]")
		list := answers[name]
		if len(list) == 0 {
			return "", nil
		}
		answers[name] = list[1:]
		return list[0], nil
	}
	if err := i.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"county []", "county again: setup.bad_county []", "county-name [伊通满族自治县]", "towns []", "towns again: setup.bad_town []",
		"admin-phone []", "listen [127.0.0.1:8420]", "tls [none]", "db []"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked\n got %q\nwant %q", asked, want)
	}
	i.Ask = func(string, string, error) (string, error) { return "", errors.New("gone") }
	if err := i.Run(t.Context()); err == nil {
		t.Error("a terminal that went away was taken for an answer")
	}
}

func TestAgainTouchesOnlyWhatIsGiven(t *testing.T) {
	i := interview(t, "towns", "220323102")
	i.Again, i.Answers.County = true, app.Division{Code: "220323", Name: "伊通满族自治县", Class: "county"}
	i.Answers.Config.Listen, i.Answers.Config.DB = "10.0.0.1:9", "postgres://u:secret@h/d"
	i.Answers.Config.TLS = app.TLSConfig{Mode: app.TLSSelfSigned, Names: []string{"a"}}
	before := i.Answers.Config
	if err := i.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := i.Answers.Config
	if got.Listen != before.Listen || got.DB != before.DB || got.TLS.Mode != before.TLS.Mode || got.TLS.Names[0] != "a" || len(i.Answers.Towns) != 1 || i.Answers.Admin.Name != "" {
		t.Errorf("got %+v and %+v, want only a town more than %+v", got, i.Answers.Towns, before)
	}
	for name, want := range map[string]string{"county": "setup.other_county", "db": "setup.db_moves", "listen": "config.bad_listen"} {
		i.Given = map[string]string{name: "220322"}
		if err := i.Run(t.Context()); fault.Of(err).Code != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

func TestApplyTwiceAndAgain(t *testing.T) {
	i := interview(t, "county", "220323", "admin-name", "王小明", "admin-phone", "13800000000", "towns", "220323102", "listen", "192.168.1.20:8420")
	dir := filepath.Join(t.TempDir(), "data")
	i.Answers.Config.Dir = dir
	if err := i.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := Options{Clock: func() time.Time { return now }, Unit: filepath.Join(t.TempDir(), "qingshan.service"), User: "qingshan"}
	done, err := Apply(t.Context(), i.Answers, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(done.Fingerprints) != 2 || !strings.HasPrefix(done.Token, "qs_") || done.Person == "" || strings.Join(done.Books, " ") != "220323 220323102" {
		t.Errorf("got %+v", done)
	}
	for name, mode := range map[string]os.FileMode{dir: 0o700, done.Config: 0o600, filepath.Join(dir, "tls"): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, %v, want %v", name, info.Mode(), err, mode)
		}
	}
	text, err := os.ReadFile(done.Config)
	if err != nil || strings.Contains(string(text), "王小明") || strings.Contains(string(text), "qs_") {
		t.Errorf("the configuration holds what it must not: %s, %v", text, err)
	}
	again, err := Apply(t.Context(), i.Answers, o)
	if err != nil || again.Person == done.Person || strings.Join(again.Fingerprints, " ") != strings.Join(done.Fingerprints, " ") {
		t.Errorf("the second time: got %+v, %v", again, err)
	}
	present, known, err := Present(context.Background(), dir, nil)
	if err != nil || present.County.Name != "伊通满族自治县" || known["220323102"].Name != "伊丹镇" || len(present.Config.Books) != 2 {
		t.Errorf("what is there: got %+v, %v", present, err)
	}
}
