package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"qingshan/app"
	"qingshan/backup"
	"qingshan/fault"
	"qingshan/internal/certificate"
)

// configuration looks at what the installation was told, and at who may read it.
func (p *patient) configuration() {
	file := filepath.Join(p.cfg.Dir, app.ConfigFile)
	sound := p.closed("config", p.cfg.Dir, 0o007)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		p.find("config", Notice, "doctor.no_config", map[string]string{"file": file})
	} else {
		sound = p.closed("config", file, 0o077) && sound
	}
	if err := p.cfg.CheckListening(); err != nil {
		p.failed("config", err)
		return
	}
	if sound {
		p.find("config", Well, "doctor.config_well", map[string]string{"file": file})
	}
}

// closed wants none of these rights on a file or folder. Windows keeps rights elsewhere.
func (p *patient) closed(check, name string, to fs.FileMode) bool {
	info, err := os.Stat(name)
	if err != nil {
		p.find(check, Wrong, "doctor.no_file", map[string]string{"file": name})
		return false
	}
	if info.Mode().Perm()&to == 0 || runtime.GOOS == "windows" {
		return true
	}
	p.find(check, Wrong, "doctor.open_file", map[string]string{"file": name, "mode": fmt.Sprintf("%04o", info.Mode().Perm()), "want": fmt.Sprintf("%04o", info.Mode().Perm()&^to)})
	return false
}

// catalog tells whether it can be loaded, without which nothing opens.
func (p *patient) catalog() bool {
	c, err := p.cfg.LoadCatalog()
	if err != nil {
		p.find("catalog", Wrong, "doctor.catalog_bad", map[string]string{"folder": p.cfg.Catalog, "reason": err.Error()})
		return false
	}
	p.find("catalog", Well, "doctor.catalog_well", map[string]string{"hash": c.Hash().String()[:12]})
	return true
}

// soon is when a certificate that somebody must replace by hand is worth a notice.
const soon = 21 * 24 * time.Hour

// certificate looks at the pair that the server shows, or would show.
func (p *patient) certificate() {
	pair, keyFile, err := p.pair()
	if pair == nil && err == nil {
		return // none is shown, or none is there yet, which was said
	}
	if err != nil {
		p.failed("certificate", err)
		return
	}
	if keyFile != "" && !p.closed("certificate", keyFile, 0o077) {
		return
	}
	facts, err := certificate.FactsOf(*pair)
	if err == nil {
		err = certificate.Check(*pair, p.names(), p.host.Now())
	}
	data := map[string]string{"until": facts.Until.Format(time.DateOnly), "fingerprint": facts.Fingerprint}
	switch {
	case err != nil:
		p.failed("certificate", err)
	case p.cfg.TLS.Mode == app.TLSOwn && facts.Until.Sub(p.host.Now()) < soon:
		p.find("certificate", Notice, "doctor.certificate_soon", data)
	default:
		p.find("certificate", Well, "doctor.certificate_well", data)
	}
}

func (p *patient) names() []string {
	if p.cfg.TLS.Mode == app.TLSACME {
		return p.cfg.TLS.Names[:1]
	}
	return p.cfg.TLS.Names
}

// pair reads the certificate in use; nil without an error if there is none to read.
func (p *patient) pair() (*tls.Certificate, string, error) {
	switch p.cfg.TLS.Mode {
	case app.TLSOwn, app.TLSSelfSigned:
		certFile, keyFile := p.cfg.CertificateFiles()
		if _, err := os.Stat(certFile); errors.Is(err, fs.ErrNotExist) && p.cfg.TLS.Mode == app.TLSSelfSigned {
			p.find("certificate", Notice, "doctor.certificate_later", nil)
			return nil, "", nil
		}
		pair, err := certificate.Load(certFile, keyFile)
		return &pair, keyFile, err
	case app.TLSACME:
		if len(p.cfg.TLS.Names) == 0 {
			return nil, "", nil // which the configuration's check says
		}
		file := filepath.Join(p.cfg.Dir, "tls", "acme", p.cfg.TLS.Names[0])
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			p.find("certificate", Notice, "doctor.certificate_later", nil)
			return nil, "", nil
		}
		pair, err := certificate.Load(file, file)
		return &pair, file, err
	default:
		return nil, "", nil
	}
}

// address tries to listen: either nobody does yet, or it must be us.
func (p *patient) address(ctx context.Context) {
	data := map[string]string{"listen": p.cfg.Listen}
	listener, err := net.Listen("tcp", p.cfg.Listen)
	if err == nil {
		_ = listener.Close() // it served to see that it can be had
		p.find("address", Notice, "doctor.not_running", data)
		return
	}
	if !inUse(err) {
		p.find("address", Wrong, "listen.refused", data)
		return
	}
	status, body, refused := p.get(ctx, "/healthz")
	var said struct{ Status string }
	if refused != nil || status != http.StatusOK || json.Unmarshal(body, &said) != nil || said.Status != "ok" {
		p.find("address", Wrong, "doctor.address_taken", data)
		return
	}
	p.ready(ctx, data)
}

// inUse tells an address that somebody has from one that cannot be had. Windows says it in words of its own.
func inUse(err error) bool {
	return errors.Is(err, syscall.EADDRINUSE) || strings.Contains(err.Error(), "Only one usage of each socket address")
}

// ready asks the running server for what only it knows: followers that stopped in it.
func (p *patient) ready(ctx context.Context, data map[string]string) {
	status, body, err := p.get(ctx, "/readyz")
	var said struct {
		Ready   bool
		Reasons []struct{ Book, Code string }
	}
	if err != nil || json.Unmarshal(body, &said) != nil {
		p.find("address", Wrong, "doctor.address_taken", data)
		return
	}
	if status == http.StatusOK && said.Ready {
		p.find("address", Well, "doctor.address_well", data)
		return
	}
	var reasons []string
	for _, r := range said.Reasons {
		reasons = append(reasons, r.Book+" "+r.Code)
	}
	p.find("address", Wrong, "doctor.not_ready", map[string]string{"listen": p.cfg.Listen, "reasons": strings.Join(reasons, ", ")})
}

// get asks whoever listens on our address, on this machine; whose certificate it shows is not the question here.
func (p *patient) get(ctx context.Context, path string) (int, []byte, error) {
	host, port, err := net.SplitHostPort(p.cfg.Listen)
	if err != nil {
		return 0, nil, err
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	scheme, settings := "http", &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}
	if p.cfg.TLS.Mode != "" && p.cfg.TLS.Mode != app.TLSNone {
		scheme = "https"
		if len(p.cfg.TLS.Names) > 0 && net.ParseIP(p.cfg.TLS.Names[0]) == nil {
			settings.ServerName = p.cfg.TLS.Names[0]
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return 0, nil, err
	}
	transport := &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true}
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	return answer.StatusCode, body, err
}

// clock asks whether the machine's clock follows a time server. Whether it is right against the entries is seen later.
func (p *patient) clock(ctx context.Context) {
	if yes, known := p.host.Synchronized(ctx); known && !yes {
		p.find("clock", Notice, "doctor.clock_alone", nil)
	}
}

// How old the last backup may be.
const (
	backupOld     = 2 * 24 * time.Hour
	backupTooLong = 8 * 24 * time.Hour
)

func (p *patient) backup() {
	if p.cfg.Backup == "" {
		p.find("backup", Notice, "doctor.no_backup", nil)
		return
	}
	m, err := backup.ReadManifest(p.cfg.Backup)
	if err != nil {
		p.failed("backup", err)
		return
	}
	made, err := time.Parse(time.RFC3339, m.Made)
	if err != nil {
		p.failed("backup", fault.Because(err, fault.Conflict, "backup.damaged", fault.Data{"file": backup.ManifestFile, "place": "made"}))
		return
	}
	age := p.host.Now().Sub(made)
	data := map[string]string{"folder": p.cfg.Backup, "made": made.Local().Format("2006-01-02 15:04"), "days": fmt.Sprint(int(age.Hours() / 24))}
	switch {
	case age > backupTooLong:
		p.find("backup", Wrong, "doctor.backup_old", data)
	case age > backupOld:
		p.find("backup", Notice, "doctor.backup_old", data)
	default:
		p.find("backup", Well, "doctor.backup_well", data)
	}
}
