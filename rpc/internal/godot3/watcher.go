package godot3

import (
	"fmt"

	"crosspeer"
	"crosspeer/rpc/internal/dialect"
	"crosspeer/variant"
)

// Watcher is a dialect.Watcher.
type Watcher struct{ paths incomingPaths }

// NewWatcher makes a Watcher that remembers maxPaths paths of each peer.
func NewWatcher(maxPaths int) *Watcher {
	return &Watcher{incomingPaths{max: maxPaths, of: make(map[crosspeer.PeerID]*announced)}}
}

// Watch implements dialect.Watcher. A number stands for one path, whomever it
// is announced to: games never use one again, and who does could mean another
// node than the one that is seen here.
func (w *Watcher) Watch(from crosspeer.PeerID, packet []byte, values variant.Config) (in dialect.Incoming, err error) {
	m, err := parse(packet)
	if err != nil {
		return in, err
	}
	switch m.command {
	case remoteCall, remoteSet:
		return w.paths.resolve(from, m, values)
	case simplifyPath:
		return in, w.announce(from, m)
	case raw:
		return dialect.Incoming{Kind: dialect.Raw, Data: m.data}, nil
	}
	return in, nil
}

func (w *Watcher) announce(from crosspeer.PeerID, m message) error {
	if a := w.paths.of[from]; a != nil {
		if before, ok := a.paths[m.number]; ok && before != variant.Path(string(m.path)).String() {
			return fmt.Errorf("%w: %d, which is %.100q, for %.100q", dialect.ErrRenumbered, m.number, before, m.path)
		}
	}
	_, err := w.paths.announce(from, m.number, string(m.path))
	return err
}

// Forget implements dialect.Watcher.
func (w *Watcher) Forget(id crosspeer.PeerID) { w.paths.forget(id) }
