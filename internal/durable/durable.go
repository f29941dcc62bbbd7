// Package durable writes files whole: after a crash at any moment the old content stands there or the new one, and what
// was reported as written is on the disk. It does not know what is in them.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Write replaces a file's content, or makes the file with exactly this mode.
func Write(name string, content []byte, mode fs.FileMode) error {
	temporary, err := stage(name, content, mode)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, name); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return syncFolder(filepath.Dir(name))
}

// Create is [Write] for a file that must not be there yet; [fs.ErrExist] says that it is.
func Create(name string, content []byte, mode fs.FileMode) error {
	temporary, err := stage(name, content, mode)
	if err != nil {
		return err
	}
	// A link, unlike a rename, never replaces.
	if err := errors.Join(os.Link(temporary, name), os.Remove(temporary)); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// Append adds one piece at a file's end and waits until the disk has it. A crash may leave a part of the piece.
func Append(name string, piece []byte, mode fs.FileMode) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(piece)
	return errors.Join(err, file.Sync(), file.Close(), syncFolder(filepath.Dir(name)))
}

// stage writes the content to a file beside the one that is meant, and has the disk take it.
func stage(name string, content []byte, mode fs.FileMode) (temporary string, err error) {
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("write %s: %w", filepath.Base(name), err), os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// syncFolder has the disk take a folder's list of names. Windows has no such call and orders them itself.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
