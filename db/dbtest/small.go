package dbtest

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"qingshan/db"
)

// Small puts the stores of a location on a disk of a few megabytes of their own, and gives the disk's folder. It needs the
// right to mount, and of a PostgreSQL on this machine its superuser; otherwise the test is skipped, with the reason.
func Small(t testing.TB, loc db.Location, megabytes int) (small db.Location, disk string) {
	t.Helper()
	disk, err := os.MkdirTemp("", "qingshan-small-") // PostgreSQL's own user must reach it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(disk) })
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm", megabytes), "qingshan-test", disk).CombinedOutput()
	if err != nil {
		t.Skipf("a small disk cannot be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
			t.Errorf("unmount %s: %v: %s", disk, err, out)
		}
	})
	if loc.URL == "" {
		loc.Dir = filepath.Join(disk, "data")
		return loc, disk
	}
	return tablespace(t, loc, disk), disk
}

// tablespace has PostgreSQL keep the tables of a location on a disk; its write-ahead log stays where it was.
func tablespace(t testing.TB, loc db.Location, disk string) db.Location {
	t.Helper()
	space := filepath.Join(disk, "tables")
	if err := errors.Join(os.Chmod(disk, 0o755), os.Mkdir(space, 0o700)); err != nil { //nolint:gosec // only the folder above
		t.Fatal(err)
	}
	server, err := superuser(loc.URL)
	if err != nil {
		t.Skipf("PostgreSQL's superuser is not to be had: %v", err)
	}
	t.Cleanup(func() { _ = server.Close() })
	if err := give(server, space); err != nil {
		t.Skipf("PostgreSQL cannot be given a folder here: %v", err)
	}
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	name := "small_" + hex.EncodeToString(random[:])
	if _, err := server.Exec("CREATE TABLESPACE " + name + " LOCATION '" + space + "'"); err != nil {
		t.Skipf("PostgreSQL takes no tablespace on the small disk: %v", err)
	}
	if _, err := server.Exec("GRANT CREATE ON TABLESPACE " + name + " TO PUBLIC"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		drop(t, loc)
		if _, err := server.Exec("DROP TABLESPACE " + name); err != nil {
			t.Errorf("drop the tablespace: %v", err)
		}
	})
	separator := "?"
	if strings.Contains(loc.URL, "?") {
		separator = "&"
	}
	loc.URL += separator + "default_tablespace=" + name
	return loc
}

// superuser connects as the private cluster's owner, whom it trusts.
func superuser(address string) (*sql.DB, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	q := parsed.Query()
	if !strings.HasPrefix(q.Get("host"), "/") {
		return nil, errors.New("the server is not one of this test's own, on this machine")
	}
	q.Set("user", "postgres")
	parsed.RawQuery = q.Encode()
	server, err := sql.Open("pgx", parsed.String())
	if err != nil {
		return nil, err
	}
	var super bool
	err = server.QueryRow("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").Scan(&super)
	if err == nil && !super {
		err = errors.New("postgres is no superuser")
	}
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return server, nil
}

// give makes a folder the property of the user that the server runs as: the owner of its data.
func give(server *sql.DB, folder string) error {
	var data string
	if err := server.QueryRow("SHOW data_directory").Scan(&data); err != nil {
		return err
	}
	out, err := exec.Command("chown", "--reference="+data, folder).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// Fill takes all the room that is left on a disk, and gives what frees it.
func Fill(t testing.TB, disk string) (free func()) {
	t.Helper()
	name := filepath.Join(disk, "ballast")
	ballast, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{1 << 20, 1 << 12, 1} {
		for err = nil; err == nil; {
			_, err = io.CopyN(ballast, zeros{}, size)
		}
	}
	if err := ballast.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	}
}

// zeros never ends.
type zeros struct{}

// Read implements [io.Reader].
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
