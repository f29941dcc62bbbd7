// Package safefile writes files so that whoever looks, after whatever crash, sees the old content or the whole new one.
// It does not know what the files are for.
package safefile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Point is a moment of writing at which a test may let it fail.
type Point string

// A failure up to Renaming leaves what was there before; one at Renamed reports an error although the new file is there.
const (
	Writing  Point = "write"
	Syncing  Point = "sync"
	Renaming Point = "rename"
	Renamed  Point = "renamed"
)

// Fault is called at each Point; an error makes the writing fail there. nil is right for production.
type Fault func(Point) error

func (f Fault) at(p Point) error {
	if f == nil {
		return nil
	}
	return f(p)
}

// prefix begins the names of files that are not finished; nobody reads them.
const prefix = ".unfinished-"

// File is a file on its way. It ends with Commit or Abort; Abort after Commit does nothing.
type File struct {
	file  *os.File
	fault Fault
	done  bool
}

// Create begins a file in a folder, which must be on the same file system as its final place. Only the owner may read it.
func Create(folder string, fault Fault) (*File, error) {
	file, err := os.CreateTemp(folder, prefix+"*") // made with mode 0600
	if err != nil {
		return nil, err
	}
	return &File{file: file, fault: fault}, nil
}

// Write implements [io.Writer].
func (f *File) Write(p []byte) (int, error) {
	if err := f.fault.at(Writing); err != nil {
		return 0, err
	}
	return f.file.Write(p)
}

// Commit makes the content durable, gives the file its name, and makes the name durable. A file of that name is replaced.
func (f *File) Commit(name string) error {
	defer f.Abort()
	if err := f.fault.at(Syncing); err != nil {
		return err
	}
	if err := f.file.Sync(); err != nil {
		return err
	}
	if err := f.file.Close(); err != nil {
		return err
	}
	if err := f.fault.at(Renaming); err != nil {
		return err
	}
	if err := os.Rename(f.file.Name(), name); err != nil {
		return err
	}
	f.done = true
	if err := SyncFolder(filepath.Dir(name)); err != nil {
		return err
	}
	return f.fault.at(Renamed)
}

// Abort removes what has no name yet.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	_ = f.file.Close() // closed already, or of no interest any more
	_ = os.Remove(f.file.Name())
}

// Write replaces a file's content, as one step.
func Write(name string, content []byte, fault Fault) error {
	f, err := Create(filepath.Dir(name), fault)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.Commit(name)
}

// Append adds a line to a file, makes both durable, and creates the file if need be. A line that a crash tore is the
// reader's to notice: it lacks its end.
func Append(name string, line []byte, fault Fault) (err error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := fault.at(Writing); err != nil {
		return err
	}
	if _, err := file.Write(line); err != nil {
		return err
	}
	if err := fault.at(Syncing); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(name))
}

// MakeFolder makes a folder for its owner only, and those above it, and makes their names durable.
func MakeFolder(folder string) error {
	if info, err := os.Stat(folder); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is not a folder", folder)
		}
		return nil
	}
	if above := filepath.Dir(folder); above != folder {
		if err := MakeFolder(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return SyncFolder(filepath.Dir(folder))
}

// stale is how old an unfinished file must be before its writer counts as dead.
const stale = 24 * time.Hour

// Sweep removes unfinished files that a crash left in a folder. now is the file system's own idea of the time, so that a
// share with another clock keeps what is being written: the change time of a file made just now.
func Sweep(folder string, now time.Time) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !Unfinished(entry.Name()) || now.Sub(info.ModTime()) < stale {
			continue // gone meanwhile, finished, or perhaps still being written
		}
		if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Unfinished tells whether a name is that of a file which was not committed.
func Unfinished(name string) bool { return len(name) > len(prefix) && name[:len(prefix)] == prefix }

// ModTime gives the file system's time of the last write to an unfinished file.
func (f *File) ModTime() (time.Time, error) {
	info, err := f.file.Stat()
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}
