package wslink

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

const (
	// farewell is how long a goodbye may take that waits for nobody.
	farewell = 500 * time.Millisecond

	// lingering is how long the remote may take to answer a close frame, and
	// stuck how long it may read nothing.
	lingering = 30 * time.Second
	stuck     = 30 * time.Second

	// batch is the most that is put together for one write. Four times as
	// much is not faster, and a server whose clients come all at once has many.
	batch = 16 << 10

	// slack is how much less than stuck a write may get, so that the deadline
	// moves once in this time and not with every write.
	slack = time.Second

	// spare is the largest queue that is kept for the next frames, 1.5 kB.
	spare = 64
)

// errStuck: the remote reads nothing.
var errStuck = errors.New("stuck")

var batches = sync.Pool{New: func() any { return new([batch]byte) }}

// done makes room for what was written.
func (l *link) done(frames []form) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written.Add(uint64(l.writing))
	l.bytes -= l.writing
	l.busy, l.writing = 0, 0
	if cap(frames) <= spare {
		clear(frames)
		l.spare = frames[:0]
	}
}

// writeAll writes frames, many small ones at once.
func (l *link) writeAll(frames []form) error {
	if len(frames) == 0 {
		return nil
	}
	buf := batches.Get().(*[batch]byte)
	defer batches.Put(buf)
	for len(frames) > 0 {
		if len(frames) == 1 || len(frames[0])+len(frames[1]) > batch {
			if err := l.writeOne(frames[0]); err != nil {
				return err
			}
			frames = frames[1:]
			continue
		}
		n := 0
		for len(frames) > 0 && n+len(frames[0]) <= batch {
			n += copy(buf[n:], frames[0])
			frames = frames[1:]
		}
		if err := l.writeOne(buf[:n]); err != nil {
			return err
		}
	}
	return nil
}

// writeOne writes whole frames, within the time that a remote gets to read
// them, or that is left for a goodbye.
func (l *link) writeOne(b []byte) error {
	l.mu.Lock()
	if at := time.Now().Add(stuck); !l.now && at.Sub(l.until) > slack {
		l.until = at
		l.conn.SetWriteDeadline(l.until)
	}
	l.mu.Unlock()
	_, err := l.conn.Write(b)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return errStuck
	}
	return err
}

// writeBye writes the close frame and gives the remote time to answer it.
func (l *link) writeBye(g *goodbye) error {
	err := l.writeOne(frameOf(ws.OpClose, l.client, closePayload(g.code, g.text)))
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.now {
		l.in.finish(lingering)
	}
	return err
}

// answered takes a pong.
func (l *link) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.pinged.IsZero() {
		l.rtt.Store(int64(time.Since(l.pinged)))
		l.pinged = time.Time{}
	}
}

// answer queues the answer to a ping. Only the last one is answered, which
// RFC 6455 section 5.5.3 allows, so a flood of pings fills no queue.
func (l *link) answer(payload []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing == nil {
		l.pong = frameOf(ws.OpPong, l.client, payload)
		l.start()
	}
}
