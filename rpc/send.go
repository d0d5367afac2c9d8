package rpc

import (
	"errors"
	"fmt"
	"sync"

	"crosspeer"
	"crosspeer/rpc/internal/dialect"
	"crosspeer/variant"
)

// Call calls a method of the node at a path, reliably. to is who runs it:
// crosspeer.TargetBroadcast, an id, or crosspeer.AllExcept. Arguments are what
// variant.Append encodes, 255 at most. If the method is registered here too,
// its mode says whether it also runs in this process; then that happens on this
// goroutine, after the sending and whether or not that failed, and its error is
// Call's too.
//
// Whether there is such a method the others find out; nobody reports back.
//
// Errors: ErrPath, ErrName, ErrTooManyArguments, ErrNoLocalCall,
// crosspeer.ErrNotConnected and those of variant.Append, with nothing done;
// crosspeer.ErrUnknownPeer, with nothing sent. Errors of Peer.Send for one of several targets leave the
// others alone. Godot 3.2, Node.rpc and rpc_id.
func (a *API) Call(to crosspeer.PeerID, path, method string, args ...any) error {
	return a.sendPath(message{to: to, name: method, args: args, mode: crosspeer.Reliable}, path)
}

// CallUnreliable is Call whose packets may be lost or overtake each other.
// Godot 3.2, Node.rpc_unreliable and rpc_unreliable_id.
func (a *API) CallUnreliable(to crosspeer.PeerID, path, method string, args ...any) error {
	return a.sendPath(message{to: to, name: method, args: args, mode: crosspeer.Unreliable}, path)
}

// Set sets a property of the node at a path, reliably. If the property is
// registered here too, its mode says whether it is also set in this process; then
// that happens on this goroutine, before the sending. Errors are those of Call.
// Godot 3.2, Node.rset and rset_id.
func (a *API) Set(to crosspeer.PeerID, path, property string, value any) error {
	return a.sendPath(message{set: true, to: to, name: property, args: []any{value}, mode: crosspeer.Reliable}, path)
}

// SetUnreliable is Set whose packets may be lost or overtake each other. Godot
// 3.2, Node.rset_unreliable and rset_unreliable_id.
func (a *API) SetUnreliable(to crosspeer.PeerID, path, property string, value any) error {
	return a.sendPath(message{set: true, to: to, name: property, args: []any{value}, mode: crosspeer.Unreliable}, path)
}

// Call calls a method of the node, see API.Call.
func (n *Node) Call(to crosspeer.PeerID, method string, args ...any) error {
	return n.api.send(message{to: to, name: method, args: args, mode: crosspeer.Reliable}, n.path)
}

// CallUnreliable calls a method of the node, see API.CallUnreliable.
func (n *Node) CallUnreliable(to crosspeer.PeerID, method string, args ...any) error {
	return n.api.send(message{to: to, name: method, args: args, mode: crosspeer.Unreliable}, n.path)
}

// Set sets a property of the node, see API.Set.
func (n *Node) Set(to crosspeer.PeerID, property string, value any) error {
	return n.api.send(message{set: true, to: to, name: property, args: []any{value}, mode: crosspeer.Reliable}, n.path)
}

// SetUnreliable sets a property of the node, see API.SetUnreliable.
func (n *Node) SetUnreliable(to crosspeer.PeerID, property string, value any) error {
	return n.api.send(message{set: true, to: to, name: property, args: []any{value}, mode: crosspeer.Unreliable}, n.path)
}

// message is a call or set of this process.
type message struct {
	set  bool
	to   crosspeer.PeerID
	name string
	args []any
	mode crosspeer.TransferMode
}

func (a *API) sendPath(m message, path string) error {
	a.mu.Lock()
	n := a.nodes[path]
	a.mu.Unlock()
	if n != nil {
		return a.send(m, n.path)
	}
	rel, err := a.root.relative(path)
	if err != nil {
		return err
	}
	return a.send(m, rel)
}

// send sends a message to the node at a path from the root node, and runs it
// here if its mode says so, also where sending fails. Source: Godot 3.2.3,
// MultiplayerAPI, rpcp and rsetp.
func (a *API) send(m message, path string) error {
	encoded := buffers.Get().(*[]byte)
	defer recycle(encoded)
	// Without the lock: a Marshaler may use the API.
	if err := m.encode(a.values(), encoded); err != nil {
		return err
	}
	a.mu.Lock()
	if a.peer.ConnectionStatus() != crosspeer.Connected {
		a.mu.Unlock()
		return crosspeer.ErrNotConnected
	}
	a.renew()
	e, c, here, away := a.plan(m, path)
	a.mu.Unlock()

	run := func() error {
		if !here {
			return nil
		}
		_, err := e.run(c, len(m.args), a.values().NewReader(*encoded))
		return err
	}
	switch {
	case !here && !away:
		return fmt.Errorf("%w: of %q at %q", ErrNoLocalCall, m.name, path)
	case !away:
		return run()
	case m.set:
		return errors.Join(run(), a.transmit(m, path, *encoded))
	}
	return errors.Join(a.transmit(m, path, *encoded), run())
}

// encode writes the arguments one after the other, if they and the name can
// be sent.
func (m *message) encode(values variant.Config, into *[]byte) (err error) {
	if err := checkName(m.name); err != nil {
		return err
	}
	if len(m.args) > maxArguments {
		return fmt.Errorf("%w: %d, at most %d", ErrTooManyArguments, len(m.args), maxArguments)
	}
	for i, arg := range m.args {
		if *into, err = values.Append(*into, arg); err != nil {
			return fmt.Errorf("rpc: argument %d: %w", i+1, err)
		}
	}
	return nil
}

// maxArguments is what every dialect can carry.
const maxArguments = 255

// buffers are for arguments on their way.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func recycle(b *[]byte) {
	if cap(*b) <= maxKept {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}

// plan finds out whether a message runs here and whether it goes to others.
// The lock is held.
func (a *API) plan(m message, path string) (e *entry, c Caller, here, away bool) {
	away = m.to != a.self
	n := a.nodes[path]
	if n == nil || m.to == crosspeer.AllExcept(a.self) || m.to > 0 && m.to != a.self {
		return nil, c, false, away
	}
	e = n.methods[m.name]
	if m.set {
		e = n.properties[m.name]
	}
	if e == nil {
		return nil, c, false, away
	}
	here, send := e.mode.here(n.master == a.self)
	return e, Caller{ID: a.self, Node: n, Name: e.name, Mode: m.mode, Local: true}, here, away && send
}

// transmit sends a message to other peers.
func (a *API) transmit(m message, path string, args []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.renew()
	if err := a.aim(m.to); err != nil {
		return err
	}
	a.sent = 0
	a.out = dialect.Outgoing{
		Set: m.set, Path: path, Name: m.name, Argc: len(m.args), Args: args,
		To: m.to, Targets: a.targets, Mode: m.mode,
	}
	err := a.dialect.Send(&a.out, a.put)
	a.out = dialect.Outgoing{}
	if a.sent > 0 && len(a.targets) > 0 {
		a.counters.sent.Add(1)
	}
	return err
}

// aim finds out who a target is now, and who of them is another process than
// the one that was told of paths. The lock is held.
func (a *API) aim(to crosspeer.PeerID) error {
	a.targets = a.targets[:0]
	found := to == crosspeer.TargetBroadcast
	for id, join := range a.peer.Members() {
		found = found || id == to || id == -to
		if to != id && (to > 0 || id == -to) {
			continue
		}
		a.targets = append(a.targets, id)
		if a.joins[id] != join {
			a.dialect.Renew(id)
			a.joins[id] = join
		}
	}
	if !found {
		return fmt.Errorf("%w: %d", crosspeer.ErrUnknownPeer, to)
	}
	return nil
}
