package linktest

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"

	"crosspeer"
)

// streamLink is one end of a stream.
type streamLink struct {
	net  *stream
	conn net.Conn

	mu      sync.Mutex
	records [][]byte // not yet written
	bytes   int      // of them
	buffers [][]byte // for a fault: where the records' bytes come from
	closing *crosspeer.Reason
	over    bool
	count   int              // reliable frames that were sent
	late    crosspeer.PeerID // for a fault: said behind the first record
	more    chan struct{}    // holds a token when there is something to write
	room    chan struct{}    // holds a token when the session has room again
	dead    chan struct{}    // closed when the stream is broken
	ending  sync.Once
}

func newStreamLink(n *stream, conn net.Conn) *streamLink {
	return &streamLink{
		net: n, conn: conn,
		more: make(chan struct{}, 1), room: make(chan struct{}, 1), dead: make(chan struct{}),
	}
}

func (l *streamLink) Send(f *crosspeer.Frame) crosspeer.SendResult {
	l.mu.Lock()
	defer l.mu.Unlock()
	size := len(f.Data)
	switch {
	case l.over || l.closing != nil:
		return crosspeer.SendClosed
	case size == l.net.max && l.net.is("carries less than it says"):
		return crosspeer.SendTooLarge
	case size > l.net.max && !l.net.is("takes what it cannot carry"):
		return crosspeer.SendTooLarge
	case size > l.net.max:
		return crosspeer.SendAccepted
	case l.bytes+size <= l.net.queue || len(l.records) == 0 || l.net.is("queues without limit"):
	case l.net.is("waits in Send"):
		l.mu.Unlock() // virtual time stands still while somebody waits for a lock
		<-l.net.release
		l.mu.Lock()
	case f.Mode == crosspeer.Reliable:
		return crosspeer.SendFull
	default:
		return crosspeer.SendDropped
	}
	l.queue(f)
	return crosspeer.SendAccepted
}

// queue appends a frame's record, and does what is wrong with it.
func (l *streamLink) queue(f *crosspeer.Frame) {
	b := record(f)
	if f.Kind == crosspeer.FramePacket {
		if f.Mode == crosspeer.Reliable {
			l.count++
		}
		if b = l.spoil(b, f); b == nil {
			return
		}
	}
	l.records = append(l.records, b)
	l.bytes += len(b)
	tenth := f.Kind == crosspeer.FramePacket && l.count%10 == 0
	switch last := len(l.records) - 1; {
	case l.net.is("keeps the sender's buffer"):
		l.buffers = append(l.buffers, f.Data)
	case l.net.is("delivers twice") && f.Kind == crosspeer.FramePacket:
		l.records = append(l.records, b)
		l.bytes += len(b)
	case l.net.is("announces in the wrong order") && f.Kind != crosspeer.FramePacket && last > 0,
		l.net.is("swaps neighbours") && tenth && last > 0,
		l.net.is("swaps ordered packets") && f.Mode == crosspeer.UnreliableOrdered && last > 0:
		l.records[last], l.records[last-1] = l.records[last-1], l.records[last]
	}
	signal(l.more)
}

// spoil does what is wrong with a packet's record. It gives nil if the packet
// is to be lost.
func (l *streamLink) spoil(b []byte, f *crosspeer.Frame) []byte {
	data := b[16:]
	switch n := l.net; {
	case n.is("loses every tenth reliable packet") && f.Mode == crosspeer.Reliable && l.count%10 == 0,
		n.is("loses unreliable packets") && f.Mode != crosspeer.Reliable && len(data)%2 == 1,
		n.is("loses empty packets") && len(data) == 0:
		return nil
	case n.is("loses the mode"):
		b[1] = byte(crosspeer.Reliable)
	case n.is("loses the channel"):
		b[2] = 1
	case n.is("loses the target"):
		clear(b[8:12])
	case n.is("loses the source"):
		clear(b[4:8])
	case n.is("cuts packets at 64 KiB") && len(data) > 64<<10:
		copy(b[12:16], []byte{0, 0, 1, 0})
		return b[:16+64<<10]
	case n.is("changes a byte") && len(data) > 1000:
		data[1000] ^= 1
	}
	return b
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (l *streamLink) Close(r crosspeer.Reason, now bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing == nil {
		l.closing = &r
	}
	n := l.net
	if now && !n.is("waits to close now") || n.is("never waits to close") {
		l.end()
	}
	signal(l.more)
}

// end breaks the stream.
func (l *streamLink) end() {
	l.ending.Do(func() {
		close(l.dead)
		l.conn.Close()
	})
}

func (l *streamLink) Resume() {
	if !l.net.is("does not go on after Resume") {
		signal(l.room)
	}
}

func (l *streamLink) Info() crosspeer.LinkInfo {
	if l.net.is("does not say what it is") {
		return crosspeer.LinkInfo{}
	}
	return crosspeer.LinkInfo{Transport: "stream"}
}

func (l *streamLink) Stats() crosspeer.LinkStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.net.is("counts what it has sent as queued") {
		return crosspeer.LinkStats{QueuedPackets: l.count}
	}
	return crosspeer.LinkStats{QueuedPackets: len(l.records), QueuedBytes: l.bytes}
}

// run reads and writes until the stream ends.
func (l *streamLink) run(port *crosspeer.Port) {
	var writer sync.WaitGroup
	writer.Go(l.write)
	reason := l.read(port)
	l.end()
	writer.Wait()
	if l.net.is("leaves a goroutine behind") {
		go func() { <-l.net.release }()
	}
	if !l.net.is("forgets Detach") {
		port.Detach(reason)
	}
}

// read delivers what the other end sends, and gives the reason of the end.
func (l *streamLink) read(port *crosspeer.Port) crosspeer.Reason {
	var f crosspeer.Frame
	for {
		switch err := l.readRecord(&f); {
		case errors.Is(err, errGoodbye) && !l.net.is("loses the reason"):
			return crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote, Text: string(f.Data)}
		case err != nil && l.net.is("does not know who ended it"):
			return crosspeer.Reason{}
		case err != nil:
			return crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote}
		}
		for port.Deliver(&f) == crosspeer.Wait && !l.net.is("drops what it must wait with") {
			select {
			case <-l.room:
			case <-l.dead:
				return crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote}
			}
		}
		if l.net.is("sends packets back") && port.ID() != crosspeer.TargetServer {
			l.Send(&f)
		}
	}
}

// write writes what is queued, then the goodbye if there is to be one.
func (l *streamLink) write() {
	for {
		l.mu.Lock()
		var b []byte
		switch {
		case len(l.records) == 1 && l.net.is("holds a packet back until the next"):
		case len(l.records) > 0:
			b, l.records = l.records[0], l.records[1:]
			l.bytes -= len(b)
			if len(l.buffers) > 0 {
				copy(b[16:], l.buffers[0])
				l.buffers = l.buffers[1:]
			}
		case l.closing != nil && !l.over:
			l.over = true
			b = record(&crosspeer.Frame{Kind: goodbye, Packet: crosspeer.Packet{Data: []byte(l.closing.Text)}})
		}
		l.mu.Unlock()
		if b == nil {
			select {
			case <-l.more:
				continue
			case <-l.dead:
				return
			}
		}
		if _, err := l.conn.Write(b); err != nil {
			return
		}
		if l.late != 0 {
			binary.Write(l.conn, binary.LittleEndian, int32(l.late))
			l.late = 0
		}
	}
}
