package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"qingshan/app"
	"qingshan/app/keeping"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
)

func prove(t *testing.T, in *installation, folder string) (keeping.Proof, error) {
	t.Helper()
	options := keeping.RestoreOptions{From: folder, Report: func(int64, int64) {}}
	return keeping.Prove(t.Context(), in.config(), options, app.Options{})
}

// bend changes what stands in the views of an installation that is stopped, as no follower would.
func bend(t *testing.T, loc db.Location) {
	t.Helper()
	views, err := db.Open(t.Context(), loc, db.Views, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer views.Close()
	err = views.Do(t.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(t.Context(), `
			UPDATE rollup
			SET
				amount = amount + 1,
				records = records + 1`)
		if err == nil && n == 0 {
			t.Error("nothing was bent")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A proof restores, rebuilds and compares every figure, with those kept in the backup and with the installation itself; it
// leaves nothing behind, and it finds views that are not what the entries give.
func TestProve(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		in, rest := small(t, loc, 300)
		folder, temporary := filepath.Join(t.TempDir(), "backup"), t.TempDir()
		t.Setenv("TMPDIR", temporary)
		in.back(t, folder)
		proof, err := prove(t, in, folder)
		if err != nil || len(proof.Kept.Different) > 0 || proof.Kept.Read < 1000 || proof.Source == nil || proof.Source.Read != proof.Kept.Read {
			t.Errorf("proof of a good backup: %+v, %v", proof, err)
		}
		for _, b := range proof.Books {
			if b.Source != keeping.SourceSame {
				t.Errorf("book %+v, want the same as the source's", b)
			}
		}
		in.work(t, rest, 0, 50)
		if proof, err = prove(t, in, folder); err != nil || proof.Source != nil || len(proof.Kept.Different) > 0 {
			t.Errorf("after the source went on: %+v, %v", proof, err)
		}
		in.back(t, folder)
		in.stop()
		bend(t, loc)
		proof, err = prove(t, in, folder)
		if fault.Of(err).Code != "prove.differs" || proof.Source == nil || len(proof.Source.Different) == 0 || len(proof.Kept.Different) > 0 {
			t.Errorf("bent views of the source: %+v, %v", proof, err)
		}
		in.start(t)
		in.back(t, folder)
		if proof, err = prove(t, in, folder); fault.Of(err).Code != "prove.differs" || len(proof.Kept.Different) == 0 {
			t.Errorf("a backup of bent views: %+v, %v", proof, err)
		}
		if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
			t.Errorf("the trials left %v, %v", left, err)
		}
	})
}
