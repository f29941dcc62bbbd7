package db_test

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"qingshan/db"
)

// childDir is set in the environment of a child process: the folder of the store that it writes to.
const childDir = "QINGSHAN_DB_CHILD_DIR"

const childWrites = 40

// TestMain lets the test binary serve as its own second process.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir))
	}
	os.Exit(m.Run())
}

func child(dir string) int {
	ctx := context.Background()
	d, err := db.OpenFrom(ctx, db.Location{Dir: dir}, db.Ledger, db.Options{}, things())
	if err != nil {
		os.Stderr.WriteString("open: " + err.Error())
		return 1
	}
	defer d.Close()
	for i := range childWrites {
		if err := touch(ctx, d); err != nil {
			os.Stderr.WriteString("write " + strconv.Itoa(i) + ": " + err.Error())
			return 1
		}
	}
	return 0
}

// The command line and the server may hold the same files at once.
func TestSecondProcessOnTheSameFiles(t *testing.T) {
	loc := db.Location{Dir: t.TempDir()}
	d := openThings(t, loc, db.Ledger, db.Options{})
	if err := put(t.Context(), d, 1); err != nil {
		t.Fatal(err)
	}
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env = append(os.Environ(), childDir+"="+loc.Dir)
	finished := make(chan error, 1)
	go func() {
		out, err := other.CombinedOutput()
		if err != nil {
			t.Logf("the other process said: %s", out)
		}
		finished <- err
	}()
	race(t, 4, 10, func(int) *db.DB { return d })
	if err := <-finished; err != nil {
		t.Fatalf("the other process: %v", err)
	}
	wantNumber(t, d, 1+childWrites+40)
}
