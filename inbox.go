package crosspeer

import (
	"context"
	"sync"
)

// maxSignals bounds the signals that wait. Peers come and go slowly enough
// that only a program which never looks gets there; new peers are then refused.
const maxSignals = 1 << 16

// inbox is the bounded queue of events for the program.
type inbox struct {
	mu      sync.Mutex
	events  []Event
	head    int
	packets int
	bytes   int
	maxN    int
	maxB    int
	pushed  []Resumer // senders that wait for room
	arrived chan struct{}
	closed  bool
}

// open empties the inbox for a new session.
func (q *inbox) open(cfg Config) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.arrived == nil {
		q.arrived = make(chan struct{}, 1)
	}
	q.maxN, q.maxB = cfg.MaxInboxPackets, cfg.MaxInboxBytes
	q.events, q.head, q.packets, q.bytes = nil, 0, 0, 0
	q.closed, q.pushed = false, nil
	select {
	case <-q.arrived:
	default:
	}
}

// signal queues an event that is no packet.
func (q *inbox) signal(ev Event) {
	q.mu.Lock()
	q.push(ev)
	q.mu.Unlock()
}

// crowded says whether too many signals wait for more peers to be let in.
func (q *inbox) crowded() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.events)-q.head-q.packets >= maxSignals
}

// packet queues a copy of a packet. It fails when there is no room; who is
// given and sends reliably is then called when there is.
func (q *inbox) packet(p Packet, who Resumer) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return true // nobody will look
	}
	if q.packets >= q.maxN || q.bytes >= q.maxB || len(q.pushed) > 0 && p.Mode == Reliable && who != nil {
		if p.Mode == Reliable && who != nil {
			q.pushed = append(q.pushed, who)
		}
		return false
	}
	q.packets++
	q.bytes += len(p.Data)
	p.Data = append(make([]byte, 0, len(p.Data)), p.Data...)
	q.push(PacketReceived{p})
	return true
}

func (q *inbox) push(ev Event) {
	if q.closed {
		return
	}
	if q.head > len(q.events)/2 && q.head > 64 {
		n := copy(q.events, q.events[q.head:])
		clear(q.events[n:])
		q.events, q.head = q.events[:n], 0
	}
	q.events = append(q.events, ev)
	q.wake()
}

func (q *inbox) wake() {
	select {
	case q.arrived <- struct{}{}:
	default:
	}
}

// take gives the oldest event. Senders that waited go on once half the room
// is free.
func (q *inbox) take() (Event, bool) {
	q.mu.Lock()
	if q.head == len(q.events) {
		q.mu.Unlock()
		return nil, false
	}
	ev := q.events[q.head]
	q.events[q.head] = nil
	q.head++
	if q.head == len(q.events) {
		q.events, q.head = q.events[:0], 0
		if cap(q.events) > 1024 {
			q.events = nil
		}
	} else {
		q.wake() // for another reader
	}
	var resume []Resumer
	if p, ok := ev.(PacketReceived); ok {
		q.packets--
		q.bytes -= len(p.Data)
		if len(q.pushed) > 0 && q.packets <= q.maxN/2 && q.bytes <= q.maxB/2 {
			resume, q.pushed = q.pushed, nil
		}
	}
	q.mu.Unlock()
	for _, r := range resume {
		r.Resume()
	}
	return ev, true
}

// wait gives the oldest event, or waits for one until ctx is done.
func (q *inbox) wait(ctx context.Context) (Event, error) {
	for {
		if ev, ok := q.take(); ok {
			return ev, nil
		}
		q.mu.Lock()
		closed, arrived := q.closed, q.arrived
		q.mu.Unlock()
		if arrived == nil {
			return nil, ErrNotConnected
		}
		if closed {
			q.mu.Lock()
			q.wake() // for another reader
			q.mu.Unlock()
			return nil, ErrClosed
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// waiting gives the number of packets and bytes that wait.
func (q *inbox) waiting() (packets, bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.packets, q.bytes
}

// close ends the inbox: what waits can still be taken, nothing is added.
func (q *inbox) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.pushed = nil
	if q.arrived != nil {
		q.wake()
	}
}
