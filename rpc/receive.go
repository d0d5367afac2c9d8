package rpc

import (
	"errors"
	"fmt"

	"crosspeer"
	"crosspeer/rpc/internal/dialect"
)

// receive handles a packet.
func (a *API) receive(pkt crosspeer.Packet) {
	a.mu.Lock()
	a.renew()
	in, err := a.dialect.Receive(pkt.From, pkt.Data, a.values(), a.put)
	var e *entry
	c := Caller{ID: pkt.From, Mode: pkt.Mode}
	if err == nil && (in.Kind == dialect.Call || in.Kind == dialect.Set) {
		e, err = a.lookUp(&c, &in)
	}
	a.mu.Unlock()

	if errors.Is(err, crosspeer.ErrUnknownPeer) || errors.Is(err, crosspeer.ErrNotConnected) {
		return // the confirmation is for a peer that has left
	}
	own := false // the function's error
	switch {
	case err != nil:
	case e != nil:
		own, err = e.run(c, in.Argc, in.Args)
	case in.Kind == dialect.Raw:
		a.counters.raw.Add(1)
		a.rawPackets.emit(pkt.From, in.Data)
	}
	switch {
	case err != nil:
		a.counters.failed(err, own)
		a.report(&Error{From: pkt.From, Path: in.Path, Name: string(in.Name), Set: in.Kind == dialect.Set, Err: err})
	case in.Kind == dialect.Call:
		a.counters.calls.Add(1)
	case in.Kind == dialect.Set:
		a.counters.sets.Add(1)
	}
}

// lookUp finds what a call or set is for, if the caller may. The lock is held.
func (a *API) lookUp(c *Caller, in *dialect.Incoming) (*entry, error) {
	n := a.find(in.Path)
	if n == nil {
		return nil, ErrUnknownNode
	}
	of, what := n.methods, "method"
	if in.Kind == dialect.Set {
		of, what = n.properties, "property"
	}
	e := of[string(in.Name)]
	if e == nil {
		return nil, fmt.Errorf("%w: the node has no such %s", ErrUnknownName, what)
	}
	c.Node, c.Name = n, e.name
	return e, e.mode.refusal(a.self, c.ID, n.master)
}

// report tells of what came to nothing.
func (a *API) report(err *Error) {
	if a.cfg.OnError != nil {
		a.cfg.OnError(err)
		return
	}
	a.log.warn(err)
}
