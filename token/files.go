package token

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	fileCheck    = time.Second // the least time between two looks at the files
	maxKeyFile   = 64 << 10    // bytes
	maxKeyFiles  = 256         // of a directory
	keyExtension = ".pem"      // of the files of a directory that count
)

// KeyFiles are the keys in a PEM file, or in all files of a directory whose
// names end in .pem. They are read again when they change. Files that cannot be
// used leave the last good keys in place.
type KeyFiles struct {
	path   string
	report func(keys *KeyRing, err error)

	mu      sync.Mutex
	ring    *KeyRing
	seen    map[string]fileState // at the last attempt to read them
	checked time.Time
}

// fileState tells whether a file has changed.
type fileState struct {
	modified time.Time
	size     int64
}

// OpenKeyFiles reads the keys. report is told of each later reading: the new
// keys, or why the last ones stay. It may be nil. It is called without a lock
// by one goroutine of those that call Keys.
func OpenKeyFiles(path string, now time.Time, report func(keys *KeyRing, err error)) (*KeyFiles, error) {
	f := &KeyFiles{path: path, report: report, checked: now}
	var err error
	if f.seen, err = f.look(); err != nil {
		return nil, err
	}
	if f.ring, err = read(f.seen); err != nil {
		return nil, err
	}
	return f, nil
}

// Keys implements KeySource. It looks at the files at most once a second.
func (f *KeyFiles) Keys(now time.Time) *KeyRing {
	ring, changed, err := f.refresh(now)
	if f.report != nil && (changed || err != nil) {
		f.report(ring, err)
	}
	return ring
}

func (f *KeyFiles) refresh(now time.Time) (ring *KeyRing, changed bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if age := now.Sub(f.checked); age >= 0 && age < fileCheck {
		return f.ring, false, nil
	}
	f.checked = now
	seen, err := f.look()
	if err == nil && maps.Equal(seen, f.seen) {
		return f.ring, false, nil
	}
	if err != nil { // told once, and again when it has changed
		if f.seen == nil {
			return f.ring, false, nil
		}
		f.seen = nil
		return f.ring, false, err
	}
	f.seen = seen
	if ring, err = read(seen); err != nil {
		return f.ring, false, err
	}
	f.ring = ring
	return ring, true, nil
}

// look gives the state of all files.
func (f *KeyFiles) look() (map[string]fileState, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	if !info.IsDir() {
		return map[string]fileState{f.path: {info.ModTime(), info.Size()}}, nil
	}
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	seen := map[string]fileState{}
	for _, e := range entries {
		name := filepath.Join(f.path, e.Name())
		if !strings.HasSuffix(name, keyExtension) {
			continue
		}
		// Stat follows links: mounted secrets are links to files that change.
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has just been removed
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
		}
		if !info.IsDir() {
			seen[name] = fileState{info.ModTime(), info.Size()}
		}
	}
	switch {
	case len(seen) == 0:
		return nil, fmt.Errorf("%w: %s has no file that ends in %s", ErrKeyFile, f.path, keyExtension)
	case len(seen) > maxKeyFiles:
		return nil, fmt.Errorf("%w: %s has %d files that end in %s, most are %d", ErrKeyFile, f.path, len(seen), keyExtension, maxKeyFiles)
	}
	return seen, nil
}

func read(files map[string]fileState) (*KeyRing, error) {
	var all []PublicKey
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if size := files[name].size; size > maxKeyFile {
			return nil, fmt.Errorf("%w: %s has %d bytes, most are %d", ErrKeyFile, name, size, maxKeyFile)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
		}
		keys, err := ParsePublicKeys(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, keys...)
	}
	return NewKeyRing(all...), nil
}
