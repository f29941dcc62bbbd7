package app_test

import (
	"maps"
	"testing"

	"qingshan/app"
	"qingshan/app/keeping"
	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
)

func upgrade(t *testing.T, in *installation, u keeping.UpgradeOptions) (keeping.Upgraded, error) {
	t.Helper()
	u.Report = func(int64, int64) {}
	return keeping.Upgrade(t.Context(), in.config(), u, app.Options{})
}

// What an upgrade builds beside the views in use shows the same figures, and takes their place.
func TestUpgrade(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		in, rest := small(t, loc, 300)
		asked := []question{{"220323", "2025", 0}, {"220323102", "2025", 0}}
		was := in.read(t, asked)
		out, err := upgrade(t, in, keeping.UpgradeOptions{})
		if running := loc.URL == ""; running { // SQLite's file cannot be changed under a program that has it open
			if fault.Of(err).Code != "db.in_use" || out.Switched {
				t.Errorf("upgrade beside a running program: %+v, %v", out, err)
			}
			in.stop()
			out, err = upgrade(t, in, keeping.UpgradeOptions{})
			in.start(t)
		}
		if err != nil || !out.Switched || len(out.Different) > 0 || out.Read < 1000 {
			t.Fatalf("upgrade: %+v, %v", out, err)
		}
		in.read(t, asked).same(t, was)
		in.work(t, rest, 0, 20) // followers go on from the new views
		now := in.read(t, asked)
		in.stop()
		before := digests(t, in.config(), db.Views)
		if out, err = upgrade(t, in, keeping.UpgradeOptions{DryRun: true}); err != nil || out.Switched || out.Read < 1000 {
			t.Errorf("dry run: %+v, %v", out, err)
		}
		if after := digests(t, in.config(), db.Views); !maps.Equal(before, after) {
			t.Errorf("a dry run changed the views\n was %v\n now %v", before, after)
		}
		in.start(t)
		in.read(t, asked).same(t, now)
	})
}

// Figures that differ are listed, and keep the old views in use until somebody accepts them.
func TestUpgradeKeepsTheOldFiguresUntilDifferencesAreAccepted(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		in, _ := small(t, loc, 300)
		in.stop()
		right := digests(t, in.config(), db.Views)
		bend(t, loc)
		bent := digests(t, in.config(), db.Views)
		for _, u := range []keeping.UpgradeOptions{{DryRun: true}, {}} {
			out, err := upgrade(t, in, u)
			if fault.Of(err).Code != "upgrade.differs" || len(out.Different) == 0 || out.Switched {
				t.Errorf("%+v: %d figures differ, switched %v, %v", u, len(out.Different), out.Switched, err)
			}
			if now := digests(t, in.config(), db.Views); !maps.Equal(now, bent) {
				t.Errorf("%+v: the views in use were touched", u)
			}
		}
		out, err := upgrade(t, in, keeping.UpgradeOptions{Accept: true})
		if err != nil || !out.Switched || len(out.Different) == 0 {
			t.Errorf("accepted: %+v, %v", out, err)
		}
		if now := digests(t, in.config(), db.Views); !maps.Equal(now, right) {
			t.Errorf("the new views are\n%v, want\n%v", now, right)
		}
		in.start(t)
	})
}

// killed is what a test throws at a step: the program's own clearing away does not run, as after kill -9.
type killed struct{}

// Wherever an upgrade is killed, the installation works, and the next upgrade goes through.
func TestUpgradeKilledAtEachStep(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, loc db.Location) {
		in, _ := small(t, loc, 250)
		asked := []question{{"220323", "2025", 0}}
		was := in.read(t, asked)
		for _, step := range []string{"read", "shadow", "compare", "catch up", "switch", "switched"} {
			in.stop()
			if !kill(t, in, step) {
				t.Errorf("the upgrade never came to %q", step)
			}
			in.start(t)
			in.read(t, asked).same(t, was)
			if _, err := in.Verify(t.Context(), "", nil); err != nil {
				t.Errorf("killed at %q: verify: %v", step, err)
			}
		}
		in.stop()
		if out, err := upgrade(t, in, keeping.UpgradeOptions{}); err != nil || !out.Switched {
			t.Errorf("after all the kills: %+v, %v", out, err)
		}
		in.start(t)
		in.read(t, asked).same(t, was)
	})
}

func kill(t *testing.T, in *installation, at string) (reached bool) {
	t.Helper()
	defer func() {
		if thrown := recover(); thrown != nil && thrown != (killed{}) {
			panic(thrown)
		}
	}()
	_, err := upgrade(t, in, keeping.UpgradeOptions{Between: func(step string) error {
		if step == at {
			reached = true
			panic(killed{})
		}
		return nil
	}})
	t.Errorf("the upgrade went on past %q: %v", at, err)
	return reached
}
