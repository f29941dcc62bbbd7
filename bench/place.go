package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"qingshan/db"
)

// place is where one run keeps its stores: a new folder, or new schemas in PostgreSQL.
type place struct {
	db.Location
}

func (b *bench) newPlace() (*place, error) {
	dir, err := os.MkdirTemp("", "qingshan-bench-")
	if err != nil {
		return nil, err
	}
	b.serial++
	return &place{db.Location{Dir: dir, URL: b.url, Schema: fmt.Sprintf("bench_%d_%d", os.Getpid(), b.serial)}}, nil
}

// clear removes the stores.
func (p *place) clear(ctx context.Context) error {
	var err error
	if p.URL != "" {
		err = p.dropSchemas(ctx)
	}
	return errors.Join(err, os.RemoveAll(p.Dir))
}

func (p *place) dropSchemas(ctx context.Context) error {
	store, err := db.Open(ctx, p.Location, db.Views, db.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	return store.Do(ctx, func(tx *db.Tx) error { return dropSchemas(ctx, tx, p.Schema) })
}

// durability gives the settings in force for the ledger's store.
func (b *bench) durability(ctx context.Context) (found map[string]string, err error) {
	p, err := b.newPlace()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.clear(ctx)) }()
	store, err := db.Open(ctx, p.Location, db.Ledger, db.Options{})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	return store.Durability(ctx)
}

// syncTime tells what one durable write costs on this disk, without any database.
func syncTime() (time.Duration, error) {
	dir, err := os.MkdirTemp("", "qingshan-bench-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	file, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	took := make([]time.Duration, 101)
	for i := range took {
		began := time.Now()
		if _, err := file.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, err
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
