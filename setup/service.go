package setup

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
)

// Service is what the unit of the service is made of.
type Service struct {
	Program   string // the binary, as an absolute path
	Dir       string // the data folder, as an absolute path
	User      string // whom it runs as; root is nobody's choice
	Listen    string
	Challenge string // a second address, or ""
}

// Unit gives the text of the systemd unit. The service may write to its data folder and to nothing else, gains no rights,
// and sees neither devices, other users' files nor kernel settings.
func (s Service) Unit() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Qingshan 青山 · written by qingshan init
[Unit]
Description=Qingshan, the working system of a township
Documentation=https://www.freedesktop.org/software/systemd/man/systemd.exec.html
Wants=network-online.target
After=network-online.target postgresql.service

[Service]
Type=exec
User=%s
ExecStart=%s serve --dir %s
Restart=on-failure
RestartSec=5
TimeoutStopSec=30
LimitNOFILE=65536
UMask=0077
`, s.User, quoted(s.Program), quoted(s.Dir))
	b.WriteString(s.folder())
	b.WriteString(s.capabilities())
	b.WriteString(`NoNewPrivileges=yes
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`)
	return b.String()
}

// folder lets the service write where its data lies: a folder of systemd's own choosing is made and owned for it.
func (s Service) folder() string {
	if parent, name := filepath.Split(filepath.Clean(s.Dir)); parent == "/var/lib/" {
		return "StateDirectory=" + strings.ReplaceAll(name, "%", "%%") + "\nStateDirectoryMode=0700\nProtectHome=yes\n"
	}
	home := "yes"
	for _, path := range []string{s.Dir, s.Program} {
		for _, root := range []string{"/home", "/root", "/run/user"} {
			if strings.HasPrefix(path, root+"/") {
				home = "read-only"
			}
		}
	}
	return "ReadWritePaths=" + quoted(s.Dir) + "\nProtectHome=" + home + "\n"
}

// capabilities takes every special right away, but that to use a low port where one is asked for.
func (s Service) capabilities() string {
	for _, address := range []string{s.Listen, s.Challenge} {
		_, port, err := net.SplitHostPort(address)
		if n, broken := strconv.Atoi(port); err == nil && broken == nil && n > 0 && n < 1024 {
			return "AmbientCapabilities=CAP_NET_BIND_SERVICE\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n"
		}
	}
	return "CapabilityBoundingSet=\nPrivateUsers=yes\n"
}

// quoted writes a path so that systemd reads it as one word and expands nothing in it.
func quoted(path string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(path) + `"`
}
