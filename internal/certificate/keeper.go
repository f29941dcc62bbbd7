package certificate

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often a keeper looks at its files, at most.
const lookEvery = 10 * time.Second

// Keeper shows the pair that stands in two files, and the new one soon after they change: no restart is needed. A change
// that cannot be read — a key copied before its certificate — leaves the old pair in use.
type Keeper struct {
	certFile, keyFile string
	renew             func(now time.Time) (bool, error) // nil for files that others look after
	clock             func() time.Time
	log               *slog.Logger

	mu     sync.Mutex // protects the fields below
	pair   *tls.Certificate
	stamp  [2]stamp
	looked time.Time
}

// stamp tells one state of a file from another.
type stamp struct {
	at   time.Time
	size int64
}

// Options sets what a keeper needs from outside; Clock and Log are required.
type Options struct {
	Renew func(now time.Time) (bool, error) // makes the files anew when they are due, as [Local.Ensure] does
	Clock func() time.Time
	Log   *slog.Logger
}

// Keep reads the pair, which must be in order now.
func Keep(certFile, keyFile string, o Options) (*Keeper, error) {
	k := &Keeper{certFile: certFile, keyFile: keyFile, renew: o.Renew, clock: o.Clock, log: o.Log}
	now := k.clock()
	if k.renew != nil {
		if _, err := k.renew(now); err != nil {
			return nil, err
		}
	}
	k.stamp = k.stamps()
	pair, err := Load(certFile, keyFile)
	if err == nil {
		err = Check(pair, nil, now)
	}
	if err != nil {
		return nil, err
	}
	k.pair, k.looked = &pair, now
	return k, nil
}

// Get gives the pair to show, as [tls.Config.GetCertificate] wants it.
func (k *Keeper) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.clock(); now.Sub(k.looked) >= lookEvery || now.Before(k.looked) {
		k.looked = now
		k.look(now)
	}
	return k.pair, nil
}

// Facts describes the pair in use.
func (k *Keeper) Facts() (Facts, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return FactsOf(*k.pair)
}

// look takes up what the files hold now. The lock is held.
func (k *Keeper) look(now time.Time) {
	if k.renew != nil {
		if _, err := k.renew(now); err != nil {
			k.log.Error("certificate not renewed", slog.Any("error", err))
		}
	}
	stamps := k.stamps()
	if stamps == k.stamp {
		return
	}
	pair, err := Load(k.certFile, k.keyFile)
	if err != nil {
		k.log.Warn("changed certificate not taken up yet", slog.Any("error", err))
		return // and the stamp stays, so that the next look tries again
	}
	k.pair, k.stamp = &pair, stamps
	k.log.Info("certificate taken up")
}

func (k *Keeper) stamps() [2]stamp {
	var found [2]stamp
	for i, name := range []string{k.certFile, k.keyFile} {
		if info, err := os.Stat(name); err == nil {
			found[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return found
}
