package keeping

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"

	"qingshan/app"
	"qingshan/backup"
	"qingshan/db"
	"qingshan/fault"
	"qingshan/indicator"
	"qingshan/internal/digest"
	"qingshan/record"
)

// Compared says how every figure was compared with those of another state of the same entries.
type Compared struct {
	Read      int // figures read on this side
	Different []indicator.Difference
}

// compare is the one way in which figures are compared, for a proof and for an upgrade.
func compare(was, is indicator.Sheet) Compared {
	return Compared{Read: is.Read, Different: indicator.Compare(was, is)}
}

// What a proof says of a book at the installation that the backup is of.
const (
	SourceSame    = "same"       // it ends there, too
	SourceLonger  = "has more"   // it has gone on since, from the same root
	SourceShorter = "has fewer"  // it was put back to an earlier state
	SourceMissing = "not there"  // there is no such book, or no installation
	SourceDiffers = "other root" // it has another past
)

// Proof is what a restore elsewhere gave.
type Proof struct {
	Made   string
	Books  []ProvedBook
	Kept   Compared  // with the figures that stand in the backup
	Source *Compared // with those of the installation itself; nil if it is not there, or has gone on
}

// ProvedBook is a book that was restored and verified against the backup's checkpoint.
type ProvedBook struct {
	app.Verified
	Source string
}

// wrong counts what a proof found wrong.
func (p Proof) wrong() int {
	n := len(p.Kept.Different)
	if p.Source != nil {
		n += len(p.Source.Different)
	}
	for _, b := range p.Books {
		if b.Source == SourceDiffers {
			n++
		}
	}
	return n
}

// Prove restores a backup beside everything that is in use, rebuilds it, verifies every book, and compares every figure. It
// changes nothing, and takes away what it made. A proof that found something wrong comes with a fault.
func Prove(ctx context.Context, cfg app.Config, r RestoreOptions, o app.Options) (Proof, error) {
	m, err := backup.Inspect(ctx, r.From)
	if err != nil {
		return Proof{}, err
	}
	cfg = cfg.Filled()
	trial, drop, err := trialOf(cfg)
	if err != nil {
		return Proof{}, err
	}
	defer drop()
	a, out, err := restored(ctx, trial, m, r, o)
	if err != nil {
		return Proof{}, err
	}
	defer a.Close()
	proof := Proof{Made: out.Made}
	if err := proveFigures(ctx, a, m, r, &proof); err != nil {
		return proof, err
	}
	books, err := a.Verify(ctx, "", m.Checkpoints())
	if err != nil {
		return proof, err
	}
	for _, b := range books {
		proof.Books = append(proof.Books, ProvedBook{Verified: b, Source: SourceMissing})
	}
	if err := proveSource(ctx, a, cfg, o, &proof); err != nil {
		return proof, err
	}
	if wrong := proof.wrong(); wrong > 0 {
		return proof, fault.New(fault.Conflict, "prove.differs", fault.Data{"count": fmt.Sprint(wrong)})
	}
	return proof, nil
}

// trialOf gives a place for an installation of the same kind, and what removes it.
func trialOf(cfg app.Config) (app.Config, func(), error) {
	dir, err := os.MkdirTemp("", "qingshan-prove-")
	if err != nil {
		return app.Config{}, nil, fmt.Errorf("make room for a trial: %w", err)
	}
	var mark [4]byte
	_, _ = rand.Read(mark[:]) // never fails
	trial := app.Config{Dir: dir, DB: cfg.DB, Schema: "qingshan_prove_" + hex.EncodeToString(mark[:]), Catalog: cfg.Catalog, UnsafePostgres: cfg.UnsafePostgres}.Filled()
	return trial, func() {
		if trial.DB != "" {
			_ = db.Drop(context.Background(), trial.Location()) // it holds up nobody, and its name says what it was
		}
		_ = os.RemoveAll(dir)
	}, nil
}

// proveFigures replays to the state on which the backup's figures stand, compares, and replays the rest.
func proveFigures(ctx context.Context, a *app.App, m *backup.Manifest, r RestoreOptions, proof *Proof) error {
	was, err := m.Figures(r.From)
	if err != nil {
		return err
	}
	words, known := a.Words(was.Catalog)
	if !known {
		return fault.New(fault.Conflict, "prove.other_catalog", fault.Data{"catalog": was.Catalog.String()})
	}
	if err := a.Replay(ctx, r.Report, stoodOn(was)); err != nil {
		return err
	}
	is, err := a.SheetOn(ctx, a.Views().Read, words)
	if err != nil {
		return err
	}
	proof.Kept = compare(was, is)
	return a.Replay(ctx, r.Report, nil)
}

// stoodOn bounds a replay to the state on which a sheet stands.
func stoodOn(sheet indicator.Sheet) func(record.Book, string) int64 {
	return func(book record.Book, follower string) int64 { return sheet.Cursors[book][follower] }
}

// proveSource compares with the installation itself, as far as it is there and stands where the backup ends.
func proveSource(ctx context.Context, a *app.App, cfg app.Config, o app.Options, proof *Proof) error {
	if !cfg.Location().Made() {
		return nil
	}
	o.Reading = true
	source, err := app.Open(ctx, cfg, o)
	if err != nil {
		a.Log().Warn("the installation itself cannot be compared with", slog.Any("error", err))
		return nil // a backup of what is broken must be provable
	}
	defer source.Close()
	same := 0
	for i := range proof.Books {
		b := &proof.Books[i]
		if b.Source, err = holds(ctx, source, b.Verified); err != nil {
			return err
		}
		if b.Source == SourceSame {
			same++
		}
	}
	if same < len(proof.Books) {
		return nil
	}
	return proveAgainst(ctx, source, a, proof)
}

// holds tells how a book here stands to one that was restored.
func holds(ctx context.Context, a *app.App, b app.Verified) (string, error) {
	state, err := a.Ledger().At(ctx, record.Book(b.Book), b.Entries)
	if fault.Is(err, fault.NotFound) {
		return SourceMissing, nil
	}
	if fault.Of(err).Code == "book.no_such_size" {
		return SourceShorter, nil
	}
	if err != nil {
		return "", err
	}
	size, err := a.Ledger().Size(ctx, record.Book(b.Book))
	switch {
	case err != nil:
		return "", err
	case digest.Hash(state.Root).String() != b.Root:
		return SourceDiffers, nil
	case size > b.Entries:
		return SourceLonger, nil
	}
	return SourceSame, nil
}

// proveAgainst compares all figures of this installation with those of the restored one.
func proveAgainst(ctx context.Context, a, restored *app.App, proof *Proof) error {
	if err := a.CatchUp(ctx); err != nil {
		return err
	}
	words, err := a.InForce(ctx)
	if err != nil {
		return err
	}
	was, err := a.SheetOn(ctx, a.Views().Read, words)
	if err != nil {
		return err
	}
	is, err := restored.SheetOn(ctx, restored.Views().Read, words)
	if err != nil {
		return err
	}
	compared := compare(was, is)
	proof.Source = &compared
	return nil
}
