package safefile

import (
	"errors"
	"syscall"
)

// What Windows says where there is no room left: ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
const (
	handleDiskFull = syscall.Errno(39)
	diskFull       = syscall.Errno(112)
)

// Full tells whether err means that there is no room left.
func Full(err error) bool {
	return errors.Is(err, diskFull) || errors.Is(err, handleDiskFull) || errors.Is(err, syscall.ENOSPC)
}

// SyncFolder does nothing: Windows offers no way to flush a folder, and NTFS journals its names.
func SyncFolder(string) error { return nil }
