package rpc

import (
	"log/slog"
	"sync"
	"time"
)

// logRate is the most warnings a second.
const logRate = 10

// limitedLog is a log that peers cannot flood.
type limitedLog struct {
	to *slog.Logger

	mu      sync.Mutex
	since   time.Time // the second that is counted
	written int
	left    int // out, since the last one that was written
}

func (l *limitedLog) warn(err *Error) {
	l.mu.Lock()
	if now := time.Now(); now.Sub(l.since) >= time.Second {
		l.since, l.written = now, 0
	}
	if l.written >= logRate {
		l.left++
		l.mu.Unlock()
		return
	}
	l.written++
	left := l.left
	l.left = 0
	l.mu.Unlock()
	attrs := []any{"from", int32(err.From), "err", err}
	if left > 0 {
		attrs = append(attrs, "left_out", left)
	}
	l.to.Warn("remote call came to nothing", attrs...)
}
