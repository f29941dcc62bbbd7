//go:build !windows

package safefile

import (
	"errors"
	"os"
	"syscall"
)

// Full tells whether err means that there is no room left, on the disk or in the owner's share of it.
func Full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// SyncFolder makes the names in a folder durable.
func SyncFolder(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	err = dir.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // a network share that keeps names durable by itself, or cannot
	}
	return errors.Join(err, dir.Close())
}
