package sim

import (
	"cmp"
	"fmt"
	"slices"

	"crosspeer"
)

// visit is one coming of somebody to the session, up to his going. What stands
// here is what the simulation knows by itself: from the transports, which know
// whom the hub has let in, and from the programs, which know what they sent.
type visit struct {
	number uint32 // of all visits, from 0
	seat   int    // who it is; 0 is the server
	kind   kind
	id     crosspeer.PeerID

	house   *house // the session of the server that has let it in, nil before
	left    bool   // it was taken out again
	over    bool   // its own program sees no session any more
	parting bool   // the server ends it when everything is delivered
	cut     bool   // ... or without waiting for that

	// What its program must be told next: that the server is there, that it is
	// connected, who was there before it, and what has happened since.
	steps    int
	greeting []*visit
	told     int // place in the house's history

	sent  [len(streams)]uint32 // how many it has sent
	from  []*flow              // what it receives, by the sender's seat
	known map[uint32]bool      // numbers of the visits that it was told of
}

// house is one session of the server, from Listen to Close.
type house struct {
	server  *visit
	members []*visit // in it now, by id
	history []change
	over    bool
}

// change is somebody's joining or leaving.
type change struct {
	who    *visit
	joined bool
}

func (h *house) find(id crosspeer.PeerID) (int, bool) {
	return slices.BinarySearchFunc(h.members, id, func(v *visit, id crosspeer.PeerID) int { return cmp.Compare(v.id, id) })
}

func (h *house) member(id crosspeer.PeerID) *visit {
	if i, ok := h.find(id); ok {
		return h.members[i]
	}
	return nil
}

// laws are what must hold. The first violation stays.
type laws struct {
	seats  int
	house  *house
	visits []*visit // by number; nil those of which nobody can hear any more
	oldest int      // all below are nil
	shut   bool     // the server has said that it takes nobody
	broken error
	count  Counts
}

func (l *laws) fail(format string, args ...any) {
	if l.broken == nil {
		l.broken = fmt.Errorf(format, args...)
	}
}

func (v *visit) String() string {
	if v.seat == 0 {
		return "the server"
	}
	return fmt.Sprintf("%v %d (visit %d of %d)", v.kind, v.id, v.number, v.seat)
}

// newVisit begins a visit.
func (l *laws) newVisit(seat int, k kind, id crosspeer.PeerID) *visit {
	v := &visit{number: uint32(len(l.visits)), seat: seat, kind: k, id: id, from: make([]*flow, l.seats), known: map[uint32]bool{}}
	l.visits = append(l.visits, v)
	return v
}

// visit gives a visit that can still be heard of.
func (l *laws) visit(number uint32) *visit {
	if int(number) < len(l.visits) {
		return l.visits[number]
	}
	return nil
}

// forget lets go of visits of which nobody can hear any more: those that are
// over on both sides, once all is quiet.
func (l *laws) forget() {
	for n, v := range l.visits[l.oldest:] {
		if v != nil && v.over && (v.house == nil || v.left || v.house.over) {
			l.visits[l.oldest+n] = nil
			v.from, v.known, v.greeting = nil, nil, nil // the history still names it
		}
	}
	for l.oldest < len(l.visits) && l.visits[l.oldest] == nil {
		l.oldest++
	}
	for _, r := range append(l.house.members, l.house.server) {
		for seat, f := range r.from {
			for f != nil && l.visit(f.sender) == nil {
				f = f.older
			}
			if r.from[seat] = f; f != nil {
				f.older = nil
			}
		}
	}
}

// opened begins a session of the server.
func (l *laws) opened() {
	l.house = &house{server: l.newVisit(0, inProcess, crosspeer.TargetServer)}
	l.house.server.house = l.house
}

// closed ends it.
func (l *laws) closed() {
	l.house.over = true
	l.house.server.over = true
}

// joined: the hub has let somebody in.
func (l *laws) joined(v *visit, id crosspeer.PeerID) {
	h := l.house
	i, taken := h.find(id)
	switch {
	case taken:
		l.fail("%v got the id of %v", v, h.members[i])
		return
	case id <= crosspeer.TargetServer:
		l.fail("%v got the id %d", v, id)
		return
	case v.house != nil:
		l.fail("%v was let in twice", v)
		return
	case l.shut:
		l.fail("%v was let in, and nobody should be", v)
	case len(h.members) == l.seats-1:
		l.fail("%v was let in besides %d others", v, len(h.members))
	}
	v.id, v.house = id, h
	v.greeting = slices.Clone(h.members)
	h.members = slices.Insert(h.members, i, v)
	h.history = append(h.history, change{v, true})
	v.told = len(h.history)
	for _, s := range l.visits[l.oldest:] {
		if s != nil {
			l.begin(s, v)
		}
	}
	l.count.Joins++
}

// gone: the transport takes somebody out.
func (l *laws) gone(v *visit) {
	if v.house == nil || v.left || v.house.over {
		return
	}
	v.left = true
	h := v.house
	i, ok := h.find(v.id)
	if !ok || h.members[i] != v {
		l.fail("%v leaves and was not there", v)
		return
	}
	h.members = slices.Delete(h.members, i, i+1)
	h.history = append(h.history, change{v, false})
	l.count.Leaves++
}

// next checks that the change that a program is told of is the next one: all of
// them, in the order in which they happened.
func (l *laws) next(v *visit, id crosspeer.PeerID, joined bool) {
	h := v.house
	for v.told < len(h.history) && h.history[v.told].who == v {
		v.told++ // nobody is told of himself
	}
	if v.told == len(h.history) {
		l.fail("%v is told that %d %s, and nothing has happened", v, id, verb(joined))
		return
	}
	c := h.history[v.told]
	if c.who.id != id || c.joined != joined {
		l.fail("%v is told that %d %s, and the next to be told is that %v %s", v, id, verb(joined), c.who, verb(c.joined))
		return
	}
	v.told++
	l.note(v, c.who, joined)
}

func verb(joined bool) string {
	if joined {
		return "joined"
	}
	return "left"
}

// note keeps what a program was told.
func (l *laws) note(v, who *visit, joined bool) {
	if joined {
		v.known[who.number] = true
	} else {
		delete(v.known, who.number)
	}
}

// atClient checks a joining or leaving that a client's program is told of:
// first the server, then who was there before, by id, and then what happens.
func (l *laws) atClient(v *visit, id crosspeer.PeerID, joined bool) {
	switch {
	case v.steps == 0:
		if id != crosspeer.TargetServer || !joined {
			l.fail("%v is first told that %d %s", v, id, verb(joined))
		}
		v.steps = 1
	case v.steps == 1:
		l.fail("%v is told that %d %s before it is connected", v, id, verb(joined))
	case v.house == nil:
		l.fail("%v is told that %d %s, and is not in the session itself", v, id, verb(joined))
	case len(v.greeting) > 0:
		if who := v.greeting[0]; who.id != id || !joined {
			l.fail("%v is told that %d %s, and must first hear that %v is there", v, id, verb(joined), who)
			return
		}
		l.note(v, v.greeting[0], true)
		v.greeting = v.greeting[1:]
	default:
		l.next(v, id, joined)
	}
}

// connected checks the signal of success.
func (l *laws) connected(v *visit) {
	if v.steps != 1 {
		l.fail("%v is connected at step %d of its beginning", v, v.steps)
	}
	v.steps = 2
}
