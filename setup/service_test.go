package setup

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnitTakesAwayWhatItCan(t *testing.T) {
	plain := Service{Program: "/usr/local/bin/qingshan", Dir: "/var/lib/qingshan", User: "qingshan", Listen: "[::]:8420"}
	low := plain
	low.Listen = "[::]:443"
	challenged := plain
	challenged.Challenge = ":80"
	elsewhere := plain
	elsewhere.Dir, elsewhere.Program = `/home/o p/100%/$x`, "/home/o/qingshan"
	for _, c := range []struct {
		name    string
		service Service
		has     []string
		hasNot  []string
	}{
		{"plain", plain, []string{"StateDirectory=qingshan\n", "CapabilityBoundingSet=\n", "User=qingshan\n", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes"}, []string{"ReadWritePaths", "Ambient"}},
		{"a low port", low, []string{"AmbientCapabilities=CAP_NET_BIND_SERVICE\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n"}, []string{"PrivateUsers"}},
		{"a low second port", challenged, []string{"AmbientCapabilities=CAP_NET_BIND_SERVICE\n"}, nil},
		{"elsewhere", elsewhere, []string{`ReadWritePaths="/home/o p/100%%/$$x"`, `serve --dir "/home/o p/100%%/$$x"`, "ProtectHome=read-only"}, []string{"StateDirectory"}},
	} {
		unit := c.service.Unit()
		for _, want := range c.has {
			if !strings.Contains(unit, want) {
				t.Errorf("%s: lacks %q:\n%s", c.name, want, unit)
			}
		}
		for _, not := range c.hasNot {
			if strings.Contains(unit, not) {
				t.Errorf("%s: has %q:\n%s", c.name, not, unit)
			}
		}
	}
}

// TestSystemdAcceptsTheUnit has systemd itself read the unit and rate it, where it is installed.
func TestSystemdAcceptsTheUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]Service{
		"own folder": {Program: program, Dir: "/var/lib/qingshan", User: "qingshan", Listen: "[::]:8420"},
		"odd folder": {Program: program, Dir: `/srv/县 "a"/100%`, User: "qingshan", Listen: "[::]:443"},
	} {
		file := filepath.Join(t.TempDir(), "qingshan.service")
		if err := os.WriteFile(file, []byte(s.Unit()), 0o600); err != nil {
			t.Fatal(err)
		}
		said, err := exec.Command(analyze, "verify", file).CombinedOutput()
		if text := strings.TrimSpace(string(said)); err != nil || strings.Contains(text, "qingshan.service") {
			t.Errorf("%s: systemd says %s, %v of\n%s", name, text, err, s.Unit())
		}
		// Exposure in tenths: 0 is none, 100 all; what systemd ships itself is mostly above 40.
		if said, err := exec.Command(analyze, "security", "--offline=true", "--threshold=25", file).CombinedOutput(); err != nil {
			t.Errorf("%s: too exposed: %v\n%s", name, err, said)
		}
	}
}
