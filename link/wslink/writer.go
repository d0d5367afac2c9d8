package wslink

import (
	"time"

	"github.com/gobwas/ws"
)

// A link has a goroutine that writes only while there is something to write.
// One that waits would cost its stack, 4 kB of an idle connection, and waking
// it from a choice of three channels costs as much as starting a new one.

// start has a writer see to what is queued, or to the goodbye. The lock is
// held.
func (l *link) start() {
	if !l.manned {
		l.manned = true
		l.writer.Go(l.write)
	}
}

// open lets writers start; what was queued before is written now. The remote
// is pinged from now on.
func (l *link) open() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pinger = time.AfterFunc(l.cfg.PingInterval, l.ping)
	l.manned = false
	l.start()
}

// finish waits for the last writer. It gives its error.
func (l *link) finish() error {
	l.mu.Lock()
	l.pinger.Stop()
	l.manned = true
	l.mu.Unlock()
	l.writer.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// write writes until nothing is queued, or to the end of the connection.
func (l *link) write() {
	for {
		frames, bye := l.take()
		var err error
		switch {
		case bye != nil:
			err = l.writeBye(bye)
		case len(frames) == 0:
			return
		default:
			err = l.writeAll(frames)
		}
		if err != nil {
			l.mu.Lock()
			l.broken = err
			l.mu.Unlock()
			l.conn.Close() // the reader has nothing to wait for
		}
		if err != nil || bye != nil {
			return // the last one
		}
		l.done(frames)
	}
}

// take gives what is to be written now, and the goodbye when nothing else is.
// When there is neither, the writer is discharged.
func (l *link) take() (frames []form, bye *goodbye) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pong != nil {
		l.queue = append(l.queue, l.pong)
		l.bytes += len(l.pong)
		l.pong = nil
	}
	if len(l.queue) == 0 {
		l.manned = l.closing != nil
		return nil, l.closing
	}
	frames, l.queue, l.spare = l.queue, l.spare, nil
	l.busy, l.writing = len(frames), l.bytes
	return frames, nil
}

// ping asks the remote for a sign of life and measures how long it takes, now
// and again later.
func (l *link) ping() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing != nil || l.over() {
		return
	}
	l.pinger.Reset(l.cfg.PingInterval)
	if l.pinged.IsZero() {
		l.pinged = time.Now()
	}
	l.push(frameOf(ws.OpPing, l.client, nil))
}
