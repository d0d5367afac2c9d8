package rpc

import (
	"errors"
	"sync/atomic"
)

// Stats counts what an API has done since it was made.
type Stats struct {
	Sent  uint64 // calls and sets that at least one peer was sent
	Calls uint64 // functions that were called by peers
	Sets  uint64 // properties that were set by peers
	Raw   uint64 // packets of SendBytes and send_bytes that have come

	// What peers sent that came to nothing, by cause.
	Malformed    uint64 // ErrMalformed
	UnknownPath  uint64 // ErrUnknownPath
	UnknownNode  uint64 // ErrUnknownNode
	UnknownName  uint64 // ErrUnknownName
	Refused      uint64 // ErrRefused
	BadArguments uint64 // ErrArguments
	Limited      uint64 // ErrLimit
	Failed       uint64 // the function returned an error, or an answer could not be sent
}

// counters are the live form of Stats.
type counters struct {
	sent, calls, sets, raw                        atomic.Uint64
	malformed, unknownPath, unknownNode           atomic.Uint64
	unknownName, refused, arguments, limit, other atomic.Uint64
}

// failed counts an error, a function's own whatever it is.
func (c *counters) failed(err error, own bool) {
	if own {
		c.other.Add(1)
		return
	}
	for _, cause := range []struct {
		is    error
		count *atomic.Uint64
	}{
		{ErrMalformed, &c.malformed},
		{ErrUnknownPath, &c.unknownPath},
		{ErrUnknownNode, &c.unknownNode},
		{ErrUnknownName, &c.unknownName},
		{ErrRefused, &c.refused},
		{ErrArguments, &c.arguments},
		{ErrLimit, &c.limit},
	} {
		if errors.Is(err, cause.is) {
			cause.count.Add(1)
			return
		}
	}
	c.other.Add(1)
}

// Stats counts what the API has done.
func (a *API) Stats() Stats {
	c := &a.counters
	return Stats{
		Sent:         c.sent.Load(),
		Calls:        c.calls.Load(),
		Sets:         c.sets.Load(),
		Raw:          c.raw.Load(),
		Malformed:    c.malformed.Load(),
		UnknownPath:  c.unknownPath.Load(),
		UnknownNode:  c.unknownNode.Load(),
		UnknownName:  c.unknownName.Load(),
		Refused:      c.refused.Load(),
		BadArguments: c.arguments.Load(),
		Limited:      c.limit.Load(),
		Failed:       c.other.Load(),
	}
}
