package rpc

import (
	"errors"
	"fmt"
	"log/slog"

	"crosspeer/variant"
)

// Config describes an API. The zero value, and nil, are the recommended
// defaults. It is copied before use.
type Config struct {
	// Root is the absolute path of the node from which paths are written, the
	// same as in the games. Default "/root", as in a game that does not set
	// custom_multiplayer. Godot 3.2, MultiplayerAPI.root_node.
	Root string

	// AllowObjectDecoding sends objects in full and takes such; the Peer's own
	// setting does the same. Objects are never more than data here. Default
	// false. Godot 3.2, MultiplayerAPI.allow_object_decoding.
	AllowObjectDecoding bool

	// MaxPaths is the most paths that a peer may announce, to write numbers in
	// their place. All paths of a peer together take MaxPaths x 128 bytes at
	// most, and those of all peers 64 times that. Beyond it calls work, with
	// their paths in full. Default 16,384, at most 16,777,216.
	MaxPaths int

	// MaxDepth, MaxBytes and MaxElements bound each argument, as the fields of
	// variant.Config do. Default those there.
	MaxDepth, MaxBytes, MaxElements int

	// Log gets a warning for everything that a peer sent which came to nothing,
	// ten a second at most; what was left out is counted in the next. Default
	// slog.Default.
	Log *slog.Logger

	// OnError is called in the place of Log, each time, on the goroutine that
	// polls. Default nil.
	OnError func(*Error)
}

const (
	defaultMaxPaths = 16384
	mostPaths       = 1 << 24
)

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	if c.Root != "" {
		_, err := rootOf(c.Root)
		errs = append(errs, err)
	}
	for _, f := range []struct {
		name    string
		v, most int
	}{
		{"MaxPaths", c.MaxPaths, mostPaths},
		{"MaxDepth", c.MaxDepth, 1<<31 - 1},
		{"MaxBytes", c.MaxBytes, 1<<31 - 1},
		{"MaxElements", c.MaxElements, 1<<31 - 1},
	} {
		if f.v < 0 || f.v > f.most {
			errs = append(errs, fmt.Errorf("rpc: Config.%s is %d, want 0 for the default or 1 to %d", f.name, f.v, f.most))
		}
	}
	return errors.Join(errs...)
}

func (c Config) populated() Config {
	if c.Root == "" {
		c.Root = "/" + treeRoot
	}
	if c.MaxPaths == 0 {
		c.MaxPaths = defaultMaxPaths
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

func (c *Config) values(objects bool) variant.Config {
	return variant.Config{
		AllowObjects: c.AllowObjectDecoding || objects,
		MaxDepth:     c.MaxDepth,
		MaxBytes:     c.MaxBytes,
		MaxElements:  c.MaxElements,
	}
}
