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

// agrees refuses a catalog that would have old facts added up in another way.
func (s *shelf) agrees(c *catalog.Catalog) error {
	for _, m := range c.Measures() {
		if was := s.aggregator(m.Name); was != "" && was != m.Aggregator {
			return fault.New(fault.Invalid, "catalog.aggregator_changed", fault.Data{"measure": string(m.Name), "was": string(was), "is": string(m.Aggregator)})
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
