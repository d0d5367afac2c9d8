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

	// batch is the most that is put together for one write.
	batch = 64 << 10
)

// errStuck: the remote reads nothing.
var errStuck = errors.New("stuck")

var batches = sync.Pool{New: func() any { return new([batch]byte) }}

// write writes what is queued until the connection is over, and ends with a
// close frame if this end has one to send.
func (l *link) write() error {
	ping := time.NewTicker(l.cfg.PingInterval)
	defer ping.Stop()
	for {
		frames, bye := l.take()
		if bye != nil {
			return l.writeBye(bye)
		}
		if err := l.writeAll(frames); err != nil {
			return err
		}
		if len(frames) > 0 {
			l.done(frames)
			continue
		}
		select {
		case <-l.more:
		case <-ping.C:
			l.ping()
		case <-l.dead:
			return nil
		}
	}
}

// take gives what is to be written now, and the goodbye when nothing else is.
func (l *link) take() (frames []form, bye *goodbye) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pong != nil {
		l.queue = append(l.queue, l.pong)
		l.bytes += len(l.pong)
		l.pong = nil
	}
	if len(l.queue) == 0 {
		return nil, l.closing
	}
	frames, l.queue, l.spare = l.queue, l.spare, nil
	l.busy, l.writing = len(frames), l.bytes
	return frames, nil
}

// done makes room for what was written.
func (l *link) done(frames []form) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written.Add(uint64(l.writing))
	l.bytes -= l.writing
	l.busy, l.writing = 0, 0
	if cap(frames) <= 1024 {
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
	if !l.now {
		l.conn.SetWriteDeadline(time.Now().Add(stuck))
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

// ping asks the remote for a sign of life and measures how long it takes.
func (l *link) ping() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing == nil {
		if l.pinged.IsZero() {
			l.pinged = time.Now()
		}
		l.push(frameOf(ws.OpPing, l.client, nil))
	}
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
		signal(l.more)
	}
}
