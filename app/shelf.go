package app

import (
	"context"
	"fmt"
	"sync"

	"qingshan/catalog"
	"qingshan/fact"
	"qingshan/fault"
	"qingshan/internal/digest"
	"qingshan/ledger"
)

// shelf holds every catalog ever used, by hash, so that an old entry is read with the words it was written in.
type shelf struct {
	ledger *ledger.Ledger

	mu    sync.RWMutex // protects known
	known map[digest.Hash]*catalog.Catalog
}

func newShelf(l *ledger.Ledger) *shelf {
	system := catalog.System()
	return &shelf{ledger: l, known: map[digest.Hash]*catalog.Catalog{system.Hash(): system}}
}

// put keeps a catalog for ever.
func (s *shelf) put(ctx context.Context, c *catalog.Catalog) error {
	if err := s.agrees(c); err != nil {
		return err
	}
	hash, err := s.ledger.PutCatalog(ctx, c.Body())
	if err != nil {
		return fmt.Errorf("keep the catalog: %w", err)
	}
	if hash != c.Hash() {
		return fmt.Errorf("keep the catalog: its body hashes to %s, not to its own %s", hash, c.Hash())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[hash] = c
	return nil
}

// agrees refuses a catalog that would give old facts another meaning than any catalog did that was ever kept.
func (s *shelf) agrees(c *catalog.Catalog) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, kept := range s.known {
		if err := agree(kept, c); err != nil {
			return err
		}
	}
	return nil
}

// agree compares what two catalogs both declare: labels may change, what an amount is may not.
func agree(kept, c *catalog.Catalog) error {
	for _, m := range c.Measures() {
		was, both := kept.Measure(m.Name)
		if !both {
			continue
		}
		for _, said := range [][2]string{
			{string(was.Aggregator), string(m.Aggregator)},
			{was.Dimension, m.Dimension},
			{was.Unit, m.Unit},
			{was.Basis, m.Basis},
			{was.Emitter, m.Emitter},
		} {
			if said[0] != said[1] {
				return fault.New(fault.Invalid, "catalog.measure_changed", fault.Data{"measure": string(m.Name), "was": said[0], "is": said[1]})
			}
		}
	}
	for _, u := range c.Units() {
		was, both := kept.Unit(u.Word)
		if both && (was.Dimension != u.Dimension || was.Steps != u.Steps) {
			return fault.New(fault.Invalid, "catalog.unit_changed", fault.Data{"unit": u.Word,
				"was": fmt.Sprintf("%d (%s)", was.Steps, was.Dimension), "is": fmt.Sprintf("%d (%s)", u.Steps, u.Dimension)})
		}
	}
	return nil
}

// get gives a catalog by its hash, or nil if no entry was ever accepted under it.
func (s *shelf) get(hash digest.Hash) *catalog.Catalog {
	s.mu.RLock()
	c := s.known[hash]
	s.mu.RUnlock()
	if c != nil {
		return c
	}
	if err := s.load(context.Background()); err != nil {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.known[hash]
}

// aggregator tells how a measure's facts are added up. A measure never changes its aggregator, so any catalog that knows
// it will do; a catalog that declares it otherwise is refused when it is put on the shelf.
func (s *shelf) aggregator(name fact.Measure) catalog.Aggregator {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.known {
		if m, ok := c.Measure(name); ok {
			return m.Aggregator
		}
	}
	return ""
}

// load reads what this or another process kept.
func (s *shelf) load(ctx context.Context) error {
	bodies, err := s.ledger.Catalogs(ctx)
	if err != nil {
		return fmt.Errorf("read catalogs: %w", err)
	}
	for hash, body := range bodies {
		s.mu.RLock()
		_, there := s.known[hash]
		s.mu.RUnlock()
		if there {
			continue
		}
		c, err := catalog.Decode(body)
		if err != nil {
			return fmt.Errorf("read catalog %s: %w", hash, err)
		}
		s.mu.Lock()
		s.known[hash] = c
		s.mu.Unlock()
	}
	return nil
}
