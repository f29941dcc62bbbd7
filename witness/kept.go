package witness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"qingshan/fault"
	"qingshan/internal/safefile"
	"qingshan/ledger"
	"qingshan/record"
)

// Folder is where a witness keeps what it saw, readable by its owner only:
//
//	SITE/site.json                        what is watched, and by which key
//	SITE/state.json                       when each book was last checked, and with which outcome
//	SITE/journal.jsonl                    what was kept or found changed, and when; only ever added to
//	SITE/BOOK/000000000042.checkpoint     the signed note of that size; never changed or removed
//	SITE/BOOK/000000000042-1a2b3c4d.differs  a note that contradicts the others, as evidence
//
// The notes together, in one file, are what `qingshan verify --older` takes.
type Folder struct {
	Dir   string
	Fault safefile.Fault // for tests: lets writes fail
}

var siteName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}$`)

// CheckName refuses a name that is no folder's everywhere.
func CheckName(name string) error {
	if !siteName.MatchString(name) || strings.Contains(name, "..") {
		return fault.New(fault.Invalid, "witness.bad_name", nil)
	}
	return nil
}

func (f Folder) of(parts ...string) string {
	return filepath.Join(append([]string{f.Dir}, parts...)...)
}

// Add begins to watch a site.
func (f Folder) Add(s Site) error {
	if _, err := os.Stat(f.of(s.Name, "site.json")); err == nil {
		return fault.New(fault.Conflict, "witness.site_there", fault.Data{"site": s.Name})
	}
	if err := safefile.MakeFolder(f.of(s.Name)); err != nil {
		return fmt.Errorf("make the folder of %s: %w", s.Name, err)
	}
	return f.write(s.Name, "site.json", s)
}

// Replace changes what is known of a site.
func (f Folder) Replace(s Site) error { return f.write(s.Name, "site.json", s) }

func (f Folder) write(site, name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := safefile.Write(f.of(site, name), append(text, '\n'), f.Fault); err != nil {
		return fmt.Errorf("write %s of %s: %w", name, site, err)
	}
	return nil
}

// Sites lists what is watched, or of it what is named.
func (f Folder) Sites(names ...string) ([]Site, error) {
	if len(names) == 0 {
		entries, err := os.ReadDir(f.Dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("list sites: %w", err)
		}
		for _, e := range entries {
			if e.IsDir() && CheckName(e.Name()) == nil {
				names = append(names, e.Name())
			}
		}
	}
	var sites []Site
	for _, name := range names {
		s, err := f.site(name)
		if err != nil {
			return nil, err
		}
		sites = append(sites, s)
	}
	if len(sites) == 0 {
		return nil, fault.New(fault.NotFound, "witness.no_sites", nil)
	}
	return sites, nil
}

func (f Folder) site(name string) (Site, error) {
	var s Site
	if err := CheckName(name); err != nil {
		return s, err
	}
	text, err := os.ReadFile(f.of(name, "site.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return s, fault.New(fault.NotFound, "witness.unknown_site", fault.Data{"site": name})
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return s, damaged(f.of(name, "site.json"), err)
	}
	return s, nil
}

func damaged(file string, err error) error {
	return fault.Because(err, fault.Conflict, "witness.kept_damaged", fault.Data{"file": file})
}

// Books lists the books of a site of which something was kept.
func (f Folder) Books(site string) ([]record.Book, error) {
	entries, err := os.ReadDir(f.of(site))
	if err != nil {
		return nil, fmt.Errorf("list the books of %s: %w", site, err)
	}
	var books []record.Book
	for _, e := range entries {
		book, err := record.ParseBook(e.Name())
		if e.IsDir() && err == nil && !strings.Contains(e.Name(), "ended") {
			books = append(books, book)
		}
	}
	return books, nil
}

const checkpointEnding = ".checkpoint"

// Lineage gives what was kept of a book. A file that is not what was once written there is a fault that names it.
func (f Folder) Lineage(s Site, book record.Book) (Lineage, error) {
	entries, err := os.ReadDir(f.of(s.Name, string(book)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Lineage{}, fmt.Errorf("list what was kept of %s: %w", book, err)
	}
	var l Lineage
	for _, e := range entries {
		digits, ours := strings.CutSuffix(e.Name(), checkpointEnding)
		size, err := strconv.ParseInt(digits, 10, 64)
		if !ours || err != nil {
			continue
		}
		l.Sizes = append(l.Sizes, size)
	}
	slices.Sort(l.Sizes)
	l.Load = func(size int64) (ledger.Checkpoint, error) {
		c, _, err := f.load(s, book, size)
		return c, err
	}
	return l, nil
}

func (f Folder) load(s Site, book record.Book, size int64) (ledger.Checkpoint, []byte, error) {
	file := f.of(s.Name, string(book), checkpointName(size))
	text, err := os.ReadFile(file)
	if err != nil {
		return ledger.Checkpoint{}, nil, damaged(file, err)
	}
	c, err := ledger.OpenSigned(text, s.Key)
	if err != nil || c.Book != book || c.Size != size {
		return ledger.Checkpoint{}, nil, damaged(file, err)
	}
	return c, text, nil
}

func checkpointName(size int64) string { return fmt.Sprintf("%012d%s", size, checkpointEnding) }

// Keep adds a note to a book's lineage.
func (f Folder) Keep(s Site, c ledger.Checkpoint, note []byte) error {
	return f.put(s, c.Book, checkpointName(c.Size), note)
}

// KeepEvidence puts a contradicting note beside the lineage.
func (f Folder) KeepEvidence(s Site, c ledger.Checkpoint, note []byte) error {
	return f.put(s, c.Book, fmt.Sprintf("%012d-%x.differs", c.Size, c.Root[:4]), note)
}

func (f Folder) put(s Site, book record.Book, name string, note []byte) error {
	if err := safefile.MakeFolder(f.of(s.Name, string(book))); err != nil {
		return fmt.Errorf("make the folder of %s: %w", book, err)
	}
	if err := safefile.Write(f.of(s.Name, string(book), name), note, f.Fault); err != nil {
		return fmt.Errorf("keep a checkpoint of %s: %w", book, err)
	}
	return nil
}

// Event is a line of a site's journal.
type Event struct {
	At     time.Time `json:"at"`
	Act    string    `json:"act"` // added, checked, restarted
	Reason string    `json:"reason,omitempty"`
	Finding
}

// Note adds to a site's journal.
func (f Folder) Note(e Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	if err := safefile.Append(f.of(e.Site, "journal.jsonl"), append(line, '\n'), f.Fault); err != nil {
		return fmt.Errorf("write the journal of %s: %w", e.Site, err)
	}
	return nil
}

// State is when a book was last checked, and with which outcome.
type State struct {
	Checked time.Time `json:"checked"`
	Reached time.Time `json:"reached,omitzero"`
	Outcome Outcome   `json:"outcome"`
}

// States gives the state of each book of a site; of the whole site it stands under "".
func (f Folder) States(site string) (map[record.Book]State, error) {
	states := map[record.Book]State{}
	text, err := os.ReadFile(f.of(site, "state.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return states, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &states)
	}
	if err != nil {
		return nil, damaged(f.of(site, "state.json"), err)
	}
	return states, nil
}

// SetStates replaces the states of a site.
func (f Folder) SetStates(site string, states map[record.Book]State) error {
	return f.write(site, "state.json", states)
}

// End sets what was kept of a book aside, for a new beginning.
func (f Folder) End(site string, book record.Book, now time.Time) error {
	aside := f.of(site, string(book)+".ended-"+now.UTC().Format("20060102T150405"))
	if err := os.Rename(f.of(site, string(book)), aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("set aside what was kept of %s: %w", book, err)
	}
	return safefile.SyncFolder(f.of(site))
}
