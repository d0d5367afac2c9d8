package crosspeer

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// maxSignals bounds the signals that wait. Peers come and go slowly enough
// that only a program which never looks gets there. A server then refuses new
// peers, so that what can still come is bounded by those that are there; a
// client pushes its server back.
const maxSignals = 1 << 16

// inbox is the bounded queue of a session's events for the program.
type inbox struct {
	maxPackets, maxBytes int

	arrived chan struct{} // holds a token while events wait
	ended   chan struct{} // closed when nothing more will come

	mu      sync.Mutex
	events  []Event
	head    int
	signals int // how many of the events are no packets
	packets int // not yet released by the program
	bytes   int
	waiting []*Port // ports that were told to wait, in the order in which they go on
	turns   uint64
	closed  bool
}

func newInbox(cfg Config) *inbox {
	return &inbox{
		maxPackets: cfg.MaxInboxPackets,
		maxBytes:   cfg.MaxInboxBytes,
		arrived:    make(chan struct{}, 1),
		ended:      make(chan struct{}),
	}
}

// signal queues an event that is no packet.
func (q *inbox) signal(ev Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.signals++
		q.push(ev)
	}
}

// crowded says whether too many signals wait for more to be asked for.
func (q *inbox) crowded() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.signals >= maxSignals
}

// crowdedFor is crowded, and makes the port wait if it is.
func (q *inbox) crowdedFor(p *Port) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.signals < maxSignals {
		p.turn = 0
		return false
	}
	q.wait(p)
	return true
}

// packet queues a copy of a packet. It fails when there is no room; a port
// that sends reliably then waits, if it can. A packet that finds room for its
// first byte is taken whole.
func (q *inbox) packet(pkt Packet, from *Port) bool {
	canWait := pkt.Mode == Reliable && from.resumer != nil
	q.mu.Lock()
	full := q.packets >= q.maxPackets || q.bytes >= q.maxBytes || canWait && len(q.waiting) > 0
	switch {
	case q.closed: // nobody will look
		q.mu.Unlock()
		return true
	case full && canWait:
		q.wait(from)
		fallthrough
	case full:
		q.mu.Unlock()
		return false
	}
	from.turn = 0
	q.packets++
	q.bytes += len(pkt.Data)
	q.mu.Unlock()

	// Other senders need not wait for the copy: it can be many megabytes.
	pkt.Data = append(make([]byte, 0, len(pkt.Data)), pkt.Data...)

	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.push(PacketReceived{pkt})
	}
	return true
}

// wait gives a port its place among those that wait: behind the ports that
// have had nothing taken from them for longer. The lock is held.
func (q *inbox) wait(p *Port) {
	if p.turn == 0 {
		q.turns++
		p.turn = q.turns
	}
	i, found := slices.BinarySearchFunc(q.waiting, p.turn, func(w *Port, turn uint64) int {
		return cmp.Compare(w.turn, turn)
	})
	if !found {
		q.waiting = slices.Insert(q.waiting, i, p)
	}
}

// push appends an event. The lock is held.
func (q *inbox) push(ev Event) {
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

// take gives the oldest event. With hold a packet counts as waiting until it
// is released.
func (q *inbox) take(hold bool) (Event, bool) {
	q.mu.Lock()
	if q.head == len(q.events) {
		q.mu.Unlock()
		return nil, false
	}
	ev := q.events[q.head]
	q.events[q.head] = nil
	q.head++
	if q.head < len(q.events) {
		q.wake() // for another reader
	} else if q.events, q.head = q.events[:0], 0; cap(q.events) > 1024 {
		q.events = nil
	}
	if pkt, ok := ev.(PacketReceived); !ok {
		q.signals--
	} else if !hold {
		q.packets--
		q.bytes -= len(pkt.Data)
	}
	q.unlockAndResume()
	return ev, true
}

// release makes the room of a packet that was taken with hold free.
func (q *inbox) release(bytes int) {
	q.mu.Lock()
	q.packets = max(q.packets-1, 0) // it may have been dropped meanwhile
	q.bytes = max(q.bytes-bytes, 0)
	q.unlockAndResume()
}

// unlockAndResume lets the ports that wait go on once half the room is free:
// in turn, so that none of them takes all of it time and again.
func (q *inbox) unlockAndResume() {
	var resumed []*Port
	if q.packets <= q.maxPackets/2 && q.bytes <= q.maxBytes/2 && q.signals <= maxSignals/2 {
		resumed, q.waiting = q.waiting, nil
	}
	q.mu.Unlock()
	for _, p := range resumed {
		p.resumer.Resume()
	}
}

// await waits until there may be an event. It fails with ctx's error, and with
// ErrClosed when nothing is left and nothing will come.
func (q *inbox) await(ctx context.Context) error {
	select {
	case <-q.arrived:
	case <-q.ended:
		if q.len() == 0 {
			return ErrClosed
		}
	case <-ctx.Done():
		select {
		case <-q.ended:
			if q.len() == 0 {
				return ErrClosed // also for who cannot wait
			}
		default:
		}
		return ctx.Err()
	}
	return nil
}

// len gives the number of events that wait.
func (q *inbox) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.events) - q.head
}

// size gives the number of packets and bytes that wait.
func (q *inbox) size() (packets, bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.packets, q.bytes
}

// close ends the inbox: nothing is added any more. What waits can still be
// taken, or is dropped.
func (q *inbox) close(drop bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		q.waiting = nil
		close(q.ended)
	}
	if drop {
		q.events, q.head = nil, 0
		q.signals, q.packets, q.bytes = 0, 0, 0
	}
}
