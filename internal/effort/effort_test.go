package effort

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestEffortAddsUp(t *testing.T) {
	ctx, e := With(t.Context())
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			Of(ctx).Transaction()
			Of(ctx).Statement()
			Of(ctx).Statement()
			Of(ctx).Add(Database, 3*time.Millisecond)
			Of(ctx).Add(Queue, time.Millisecond)
		})
	}
	all.Wait()
	if got, want := fmt.Sprint(e.Attrs()), "[transactions=10 statements=20 db=30ms queue=10ms]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNobodyListens(t *testing.T) {
	e := Of(context.Background())
	e.Transaction()
	e.Statement()
	e.Add(Commit, time.Second)
	e.Since(Followers)()
	if got := e.Attrs(); got != nil {
		t.Errorf("got %v, want nothing", got)
	}
	if got := (&Effort{}).Attrs(); got != nil {
		t.Errorf("an effort of nothing: got %v", got)
	}
}

func TestSince(t *testing.T) {
	_, e := With(t.Context())
	done := e.Since(Connection)
	done()
	if e.sums[Connection].Load() <= 0 {
		t.Error("no time passed between two readings of the clock")
	}
}

func TestEveryKindHasAWord(t *testing.T) {
	seen := map[string]bool{}
	for k := range kinds {
		if k.word() == "" || seen[k.word()] {
			t.Errorf("kind %d is called %q", k, k.word())
		}
		seen[k.word()] = true
	}
}
