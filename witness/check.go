package witness

import (
	"context"
	"fmt"
	"slices"
	"time"

	"qingshan/fault"
	"qingshan/ledger"
	"qingshan/record"
)

// Watch checks sites against what was kept of them.
type Watch struct {
	Folder Folder
	Clock  func() time.Time
	Open   func(Site) (Source, error)
}

// Add begins to watch a site. Without a key it wants to be told to take the one that the site shows; the fault that says
// so holds that key, so that somebody can compare it by telephone.
func (w Watch) Add(ctx context.Context, s Site, trustFirst bool) (Site, error) {
	if err := CheckName(s.Name); err != nil {
		return s, err
	}
	source, err := w.Open(s)
	if err != nil {
		return s, err
	}
	shown, _, err := source.Books(ctx)
	if err != nil {
		return s, err
	}
	switch {
	case s.Key == "" && shown == "":
		return s, fault.New(fault.Invalid, "witness.key_needed", nil)
	case s.Key == "" && !trustFirst:
		return s, fault.New(fault.Invalid, "witness.key_unconfirmed", fault.Data{"key": shown})
	case s.Key == "":
		s.Key, s.FirstSight = shown, true
	case shown != "" && shown != s.Key:
		return s, fault.New(fault.Conflict, "witness.key_differs", fault.Data{"key": shown})
	}
	if err := ledger.CheckKey(s.Key); err != nil {
		return s, err
	}
	s.Since = w.now()
	if err := w.Folder.Add(s); err != nil {
		return s, err
	}
	return s, w.Folder.Note(Event{At: s.Since, Act: "added", Finding: Finding{Site: s.Name}})
}

func (w Watch) now() time.Time { return w.Clock().UTC().Truncate(time.Second) }

// Check checks the sites named, or all.
func (w Watch) Check(ctx context.Context, names ...string) ([]Finding, error) {
	sites, err := w.Folder.Sites(names...)
	if err != nil {
		return nil, err
	}
	var all []Finding
	for _, s := range sites {
		found, err := w.checkSite(ctx, s)
		if err != nil {
			return all, fmt.Errorf("check %s: %w", s.Name, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// checkSite checks every book that the site has or ever had.
func (w Watch) checkSite(ctx context.Context, s Site) ([]Finding, error) {
	states, err := w.Folder.States(s.Name)
	if err != nil {
		return nil, err
	}
	var books []record.Book
	source, unanswered := w.Open(s)
	switch {
	case unanswered == nil:
		if books, unanswered, err = w.books(ctx, s, source); err != nil {
			return nil, err
		}
	case !fault.Is(unanswered, fault.Unavailable):
		return nil, unanswered // the way to it is written wrong: mended here, not there
	}
	findings := []Finding{}
	if unanswered != nil {
		findings = append(findings, w.settle(Finding{Site: s.Name, Outcome: Unanswered, Reason: unanswered.Error()}, states))
		return findings, w.Folder.SetStates(s.Name, states)
	}
	states[""] = State{Checked: w.now(), Reached: w.now(), Outcome: Consistent}
	for _, book := range books {
		f, err := w.checkBook(ctx, s, book, source)
		if err != nil {
			return nil, err
		}
		before := states[book].Outcome
		f = w.settle(f, states)
		if f.Outcome != before || f.Found > f.Kept {
			if err := w.Folder.Note(Event{At: w.now(), Act: "checked", Finding: f}); err != nil {
				return nil, err
			}
		}
		findings = append(findings, f)
	}
	return findings, w.Folder.SetStates(s.Name, states)
}

// settle remembers a finding, and tells of one that was not reached since when.
func (w Watch) settle(f Finding, states map[record.Book]State) Finding {
	state := State{Checked: w.now(), Reached: states[f.Book].Reached, Outcome: f.Outcome}
	if f.Outcome != Unanswered {
		state.Reached = state.Checked
	}
	states[f.Book], f.Reached = state, state.Reached
	return f
}

// books gives those to check. Of a site that does not answer it gives none, and why.
func (w Watch) books(ctx context.Context, s Site, source Source) (books []record.Book, unanswered, err error) {
	kept, err := w.Folder.Books(s.Name)
	if err != nil {
		return nil, nil, err
	}
	_, listed, err := source.Books(ctx)
	if err != nil {
		return nil, err, nil
	}
	for _, book := range slices.Concat(s.Books, kept, listed) {
		if !slices.Contains(books, book) && (len(s.Books) == 0 || slices.Contains(s.Books, book)) {
			books = append(books, book)
		}
	}
	slices.Sort(books)
	return books, nil, nil
}

// checkBook fetches, judges and keeps. An error means that this witness's own folder cannot be used.
func (w Watch) checkBook(ctx context.Context, s Site, book record.Book, source Source) (Finding, error) {
	named := func(f Finding) Finding { f.Site, f.Book = s.Name, book; return f }
	lineage, err := w.Folder.Lineage(s, book)
	if err != nil {
		return Finding{}, err
	}
	note, err := source.Checkpoint(ctx, book)
	if err != nil {
		return named(lineage.unfetched(err)), nil
	}
	found, err := ledger.OpenSigned(note, s.Key)
	if err != nil {
		return named(lineage.unsigned(err)), nil
	}
	if found.Book != book {
		return named(lineage.unsigned(fault.New(fault.Conflict, "checkpoint.bad_signature", nil))), nil
	}
	var asked error
	f, err := Judge(lineage, found, func(old int64) ([][32]byte, error) {
		proof, err := source.Prove(ctx, book, old, found.Size)
		if err != nil {
			asked = err
		}
		return proof, err
	})
	switch {
	case err != nil && asked != nil && err == asked: // of the site, not of the folder
		return named(lineage.unfetched(err)), nil
	case err != nil:
		return Finding{}, err
	case f.Changed():
		return named(f), w.Folder.KeepEvidence(s, found, note)
	case f.Outcome == Begun || found.Size > f.Kept:
		return named(f), w.Folder.Keep(s, found, note)
	default:
		return named(f), nil
	}
}

func (l Lineage) last() int64 {
	if len(l.Sizes) == 0 {
		return 0
	}
	return l.Sizes[len(l.Sizes)-1]
}

// unfetched tells a book that is gone from a site that does not answer.
func (l Lineage) unfetched(err error) Finding {
	f := Finding{Outcome: Unanswered, Kept: l.last(), Reason: err.Error()}
	if fault.Is(err, fault.NotFound) {
		f.Outcome = Missing
	}
	return f
}

func (l Lineage) unsigned(err error) Finding {
	f := Finding{Outcome: BadSignature, Kept: l.last(), Reason: err.Error()}
	if fault.Of(err).Code == "checkpoint.other_key" {
		f.Outcome = KeyChanged
	}
	return f
}

// Restart begins anew with a book, or with all books of a site and, if one is given, with another key. What was kept
// before is set aside, not removed.
func (w Watch) Restart(name string, books []record.Book, key, reason string) error {
	sites, err := w.Folder.Sites(name)
	if err != nil {
		return err
	}
	s := sites[0]
	if key != "" && len(books) > 0 {
		return fault.New(fault.Invalid, "witness.key_for_all", nil)
	}
	if len(books) == 0 {
		if books, err = w.Folder.Books(name); err != nil {
			return err
		}
	}
	if key != "" {
		if err := ledger.CheckKey(key); err != nil {
			return err
		}
	}
	for _, book := range books {
		if err := w.Folder.End(name, book, w.now()); err != nil {
			return err
		}
		if err := w.Folder.Note(Event{At: w.now(), Act: "restarted", Reason: reason, Finding: Finding{Site: name, Book: book}}); err != nil {
			return err
		}
	}
	if key == "" {
		return nil
	}
	s.Key, s.FirstSight = key, false
	return w.Folder.Replace(s)
}
