package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"qingshan/app"
	"qingshan/app/keeping"
	"qingshan/backup"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
)

// tonnes makes loads of one tonne each, numbered from one on; sent twice they are the same.
func tonnes(from, n int) []json.RawMessage {
	var out []json.RawMessage
	for i := from; i < from+n; i++ {
		out = append(out, json.RawMessage(fmt.Sprintf(
			`{"external":"tonne %d","kind":"waste.load","observed":"2025-06-03","about":["unit/220323102210"],"values":{"category":"domestic","mass":{"amount":"1","unit":"t"}}}`, i)))
	}
	return out
}

// try hands records in and gives what the door says: the receipts, or the status and the code of the problem.
func (in *installation) try(t *testing.T, records []json.RawMessage) ([]receipt, int, string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"book": "220323102", "records": records})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, in.server.URL+"/api/v1/records", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+in.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := in.server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Code    string
		Results []receipt
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%s: %s", response.Status, text)
	}
	return answer.Results, response.StatusCode, answer.Code
}

// crowd is what a test knows of the tonnes that it handed in: which were acknowledged, and as which entries.
type crowd struct {
	*installation
	base float64 // tonnes that were there before
	sent int
	told map[string]int64
}

// crowded starts a small installation.
func crowded(t *testing.T, in *installation) *crowd {
	t.Helper()
	c := &crowd{installation: in, told: map[string]int64{}}
	c.base = c.waste(t)
	return c
}

// waste reads the figure once everything is counted.
func (c *crowd) waste(t *testing.T) float64 {
	t.Helper()
	q := question{"220323102", "2025", 0}
	r := c.read(t, []question{q})[q]["clean.domestic_waste"]
	n, _ := number(r).Float64()
	return n
}

// more hands in n further tonnes, and tells whether they were taken.
func (c *crowd) more(t *testing.T, n int) bool {
	t.Helper()
	results, status, code := c.try(t, tonnes(c.sent, n))
	switch {
	case status == http.StatusOK:
		for _, r := range results {
			if r.Outcome != "stored" && r.Outcome != "duplicate" {
				t.Fatalf("%+v", r)
			}
			c.told[r.ID] = r.Seq
			c.sizes["220323102"] = max(c.sizes["220323102"], r.Seq+1)
		}
		c.sent += n
		return true
	case status != http.StatusServiceUnavailable || code != "db.full":
		t.Fatalf("refused by %d %s, want 503 db.full", status, code)
	}
	return false
}

// whole wants every acknowledged tonne where it was told to be, and the figure to be of all of them, without any help.
func (c *crowd) whole(t *testing.T) {
	t.Helper()
	if got, want := c.waste(t), c.base+float64(c.sent); got != want {
		t.Errorf("the figure is %v, want %v", got, want)
	}
	there := map[string]int64{}
	plainly(t, c.loc, func(p plain) {
		rows, err := p.tx.Query(t.Context(), `SELECT id, seq FROM entry WHERE book = '220323102'`)
		if err != nil {
			t.Fatal(err)
		}
		err = db.EachRow(rows, func() error {
			var id string
			var seq int64
			err := rows.Scan(&id, &seq)
			there[id] = seq
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	for id, seq := range c.told {
		if got, kept := there[id]; !kept || got != seq {
			t.Fatalf("%s was acknowledged as entry %d; now it is %d (there: %v)", id, seq, got, kept)
		}
	}
	if _, err := c.Verify(t.Context(), "", nil); err != nil {
		t.Errorf("verify: %v", err)
	}
	var ready struct{ Ready bool }
	c.ask(t, http.MethodGet, "/readyz", nil, &ready)
	if !ready.Ready {
		t.Error("not ready")
	}
}

// A disk that is really full: appends are refused and nothing acknowledged is lost; when there is room again, the running
// program takes records and its followers go on, by themselves. The same for a backup, a rebuild and an upgrade.
//
// On PostgreSQL the tables lie on the small disk, by a tablespace of their own; the server's write-ahead log does not: a
// server whose log is full stops by itself, and refuses everybody until it is started again.
func TestDiskFull(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		loc, disk := dbtest.Small(t, loc, 48)
		in, _ := small(t, loc, 250)
		c := crowded(t, in)
		c.more(t, 100)

		t.Run("append", func(t *testing.T) {
			free := dbtest.Fill(t, disk)
			defer free()
			refused := 0
			for range 400 {
				if !c.more(t, 100) {
					if refused++; refused == 5 {
						break
					}
				}
			}
			if refused == 0 {
				t.Fatal("the disk never filled up")
			}
			free()
			c.more(t, 100)
			c.whole(t)
		})
		t.Run("backup", func(t *testing.T) { fullBackup(t, c, filepath.Join(disk, "backup"), disk) })
		t.Run("rebuild", func(t *testing.T) {
			other, err := app.Open(t.Context(), c.config(), app.Options{Reading: true})
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			free := dbtest.Fill(t, disk)
			defer free()
			if _, err := other.Rebuild(t.Context(), func(int64, int64) {}); err != nil && !fault.Is(err, fault.Unavailable) {
				t.Errorf("rebuild on a full disk: %v", err)
			}
			free()
			c.more(t, 100)
			c.whole(t)
		})
		t.Run("upgrade", func(t *testing.T) {
			c.stop()
			free := dbtest.Fill(t, disk)
			defer free()
			out, err := upgrade(t, c.installation, keeping.UpgradeOptions{})
			if !fault.Is(err, fault.Unavailable) || out.Switched {
				t.Errorf("upgrade on a full disk: %+v, %v", out, err)
			}
			free()
			c.start(t)
			c.more(t, 100)
			c.whole(t)
		})
	})
}

// fullBackup fills the disk of a backup: the backup before stays whole, and the next run with room goes through.
func fullBackup(t *testing.T, c *crowd, folder, disk string) {
	first := c.back(t, folder)
	c.more(t, 300)
	c.waste(t) // a backup waits for the followers, and these may lie on the same disk
	free := dbtest.Fill(t, disk)
	defer free()
	_, err := keeping.Backup(t.Context(), c.App, folder, keeping.BackupOptions{})
	if fault.Of(err).Code != "backup.full" {
		t.Errorf("backup to a full disk: %v, want backup.full", err)
	}
	if m, err := backup.Inspect(t.Context(), folder); err != nil || m.Books[2].Size >= first.Entries {
		t.Errorf("the backup before: %v", err)
	}
	free()
	second := c.back(t, folder)
	if second.Written < 300 {
		t.Errorf("with room again %d entries were written", second.Written)
	}
	if _, err := backup.Inspect(t.Context(), folder); err != nil {
		t.Error(err)
	}
	c.whole(t)
}
