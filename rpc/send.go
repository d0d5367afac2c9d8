package rpc

import (
	"errors"
	"fmt"

	"crosspeer"
	"crosspeer/rpc/internal/dialect"
)

// Call calls a method of the node at a path, reliably. to is who runs it:
// crosspeer.TargetBroadcast, an id, or crosspeer.AllExcept. Arguments are what
// variant.Append encodes, 255 at most. If the method is registered here too,
// its mode says whether it also runs in this process; then that happens on this
// goroutine, after the sending, and its error is Call's.
//
// Whether there is such a method the others find out; nobody reports back.
//
// Errors, with nothing sent: ErrPath, ErrName, ErrTooManyArguments,
// ErrNoLocalCall, crosspeer.ErrNotConnected, crosspeer.ErrUnknownPeer, and those
// of variant.Append. Errors of Peer.Send for one of several targets leave the
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
	rel, err := a.root.relative(path)
	if err != nil {
		return err
	}
	return a.send(m, rel)
}

// send sends a message to the node at a path from the root node, and runs it
// here if its mode says so.
func (a *API) send(m message, path string) error {
	a.mu.Lock()
	if a.peer.ConnectionStatus() != crosspeer.Connected {
		a.mu.Unlock()
		return crosspeer.ErrNotConnected
	}
	self := a.peer.UniqueID()
	e, c, here, away := a.plan(m, path, self)
	a.mu.Unlock()

	var err error
	if m.set && here {
		err = e.runLocal(a, c, m.args)
	}
	if away {
		sent, errSend := a.transmit(m, path, self)
		err = errors.Join(err, errSend)
		if sent == 0 && errSend != nil {
			return err
		}
	} else if !here {
		return fmt.Errorf("%w: of %q at %q", ErrNoLocalCall, m.name, path)
	}
	if !m.set && here {
		err = errors.Join(err, e.runLocal(a, c, m.args))
	}
	return err
}

// plan finds out whether a message runs here and whether it goes to others.
// The lock is held.
func (a *API) plan(m message, path string, self crosspeer.PeerID) (e *entry, c Caller, here, away bool) {
	away = m.to != self
	n := a.nodes[path]
	if n == nil || m.to == crosspeer.AllExcept(self) || m.to > 0 && m.to != self {
		return nil, c, false, away
	}
	e = n.methods[m.name]
	if m.set {
		e = n.properties[m.name]
	}
	if e == nil {
		return nil, c, false, away
	}
	here, send := e.mode.here(n.master == self)
	return e, Caller{ID: self, Node: n, Name: e.name, Mode: m.mode, Local: true}, here, away && send
}

// transmit sends a message to other peers, and says how many packets that
// were.
func (a *API) transmit(m message, path string, self crosspeer.PeerID) (sent int, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.renew()
	if err := a.aim(m.to, self); err != nil {
		return 0, err
	}
	a.sent = 0
	err = a.dialect.Send(&dialect.Outgoing{
		Set: m.set, Path: path, Name: m.name, Args: m.args, Values: a.values(),
		To: m.to, Targets: a.targets, Mode: m.mode,
	}, a.put)
	if a.sent > 0 {
		a.counters.sent.Add(1)
	}
	return a.sent, err
}

// aim finds out who a target is now. The lock is held.
func (a *API) aim(to, self crosspeer.PeerID) error {
	a.targets = a.targets[:0]
	found := to == crosspeer.TargetBroadcast
	for _, id := range a.peer.Peers() {
		found = found || id == to || id == -to
		if to == id || to <= 0 && id != -to {
			a.targets = append(a.targets, id)
		}
	}
	if !found {
		return fmt.Errorf("%w: %d", crosspeer.ErrUnknownPeer, to)
	}
	return nil
}

// runLocal runs an entry for this process itself, with arguments that went
// through their encoding as those of others do.
func (e *entry) runLocal(a *API, c Caller, args []any) error {
	values := a.values()
	var b []byte
	var err error
	for i, arg := range args {
		if b, err = values.Append(b, arg); err != nil {
			return argumentError(i, err)
		}
	}
	return e.run(c, len(args), values.NewReader(b))
}
