package rpc

import (
	"errors"
	"strings"
	"sync"

	"crosspeer"
	"crosspeer/rpc/internal/dialect"
	"crosspeer/rpc/internal/godot3"
	"crosspeer/variant"
)

// SeenKind is what a packet that a Filter sees is for.
type SeenKind uint8

// Kinds of packets.
const (
	SeenCall SeenKind = iota // a remote call: rpc
	SeenSet                  // a remote set: rset
	SeenRaw                  // bytes of the game: send_bytes
	SeenBad                  // what is wrong is in Seen.Err
)

// Seen is a packet that passes a Filter.
type Seen struct {
	crosspeer.Packet
	Kind SeenKind

	// Path is the absolute path of the node, whichever way its sender writes
	// it: "/root/Main/Player". Name is the method or property. Of calls and sets.
	Path string
	Name string
	Argc int // number of arguments

	// Err says why a packet is SeenBad: ErrMalformed, ErrUnknownPath, ErrLimit,
	// ErrRenumbered, or ErrPath.
	Err error

	args variant.Reader
}

// Args decodes the arguments of a call, or the value of a set. It is the only
// costly thing here.
func (s *Seen) Args() ([]any, error) {
	var args []any
	for range s.Argc {
		v, err := s.args.ReadValue()
		if err != nil {
			return args, err
		}
		args = append(args, v)
	}
	return args, nil
}

// Filter is a crosspeer.Filter that knows remote calls. A node's path often
// travels as a number that was announced before; it remembers them.
type Filter struct {
	see    func(*Seen) error
	root   root
	values variant.Config

	mu      sync.Mutex // not held while see runs
	watcher dialect.Watcher
}

// NewFilter makes a filter that asks see about every call, set, packet of bytes
// and damaged packet of a client, with the rules of crosspeer.Filter; what is
// only between two games' MultiplayerAPIs passes. Of cfg, which may be nil, Root,
// MaxPaths, MaxDepth, MaxBytes, MaxElements and AllowObjectDecoding count. The
// error is that of Config.Validate.
//
// Damaged packets do no harm to a game, and passing them is safe, with one
// exception: a packet whose error is ErrRenumbered, ErrLimit or ErrUnknownPath
// may be good at its receiver and call another node than can be seen here, so
// a filter that forbids calls drops it.
func NewFilter(cfg *Config, see func(*Seen) error) (*Filter, error) {
	var c Config
	if cfg != nil {
		c = *cfg
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.populated()
	at, err := rootOf(c.Root)
	if err != nil {
		return nil, err
	}
	return &Filter{see: see, root: at, values: c.values(false), watcher: godot3.NewWatcher(c.MaxPaths)}, nil
}

// Filter implements crosspeer.Filter.
func (f *Filter) Filter(p crosspeer.Packet) error {
	f.mu.Lock()
	in, err := f.watcher.Watch(p.From, p.Data, f.values)
	f.mu.Unlock()
	s := Seen{Packet: p, Name: string(in.Name), Argc: in.Argc, args: in.Args}
	if err == nil && (in.Kind == dialect.Call || in.Kind == dialect.Set) {
		s.Path, err = f.root.absolute(in.Path)
	}
	switch {
	case err != nil:
		s.Kind, s.Err = SeenBad, err
	case in.Kind == dialect.Nothing:
		return nil
	case in.Kind == dialect.Set:
		s.Kind = SeenSet
	case in.Kind == dialect.Raw:
		s.Kind = SeenRaw
	}
	return f.see(&s)
}

// Forget implements crosspeer.Filter.
func (f *Filter) Forget(id crosspeer.PeerID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watcher.Forget(id)
}

// Hidden says whether the receiver of a damaged packet may understand it other
// than it is seen here.
func (s *Seen) Hidden() bool {
	return errors.Is(s.Err, ErrRenumbered) || errors.Is(s.Err, ErrLimit) || errors.Is(s.Err, ErrUnknownPath)
}

// absolute is the one way to write the path of a node.
func (r root) absolute(path string) (string, error) {
	if len(path) > maxPathBytes {
		return "", ErrPath
	}
	names, err := r.resolve(path)
	if err != nil {
		return "", err
	}
	return "/" + strings.Join(names, "/"), nil
}
