// Command qingshan is the working system of a township: it serves, shows figures and the records behind them, verifies
// and rebuilds its books, and plays the demonstration year. It holds no rule of its own.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker when a release is built; nothing else writes it.
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], console{out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(status)
}
