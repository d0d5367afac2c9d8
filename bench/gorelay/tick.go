package main

import (
	"context"
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"
)

// tickMagic starts a snapshot.
const tickMagic = 0x4b434954

// tick sends snapshots until ctx is done.
func tick(ctx context.Context, o options, send func([]byte)) {
	t := time.NewTicker(time.Second / time.Duration(o.tickHz))
	defer t.Stop()
	b := make([]byte, max(o.snapshot, 24))
	binary.LittleEndian.PutUint32(b, tickMagic)
	for n := uint64(1); ; n++ {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		var ts unix.Timespec
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
		binary.LittleEndian.PutUint64(b[8:], uint64(ts.Nano()))
		binary.LittleEndian.PutUint64(b[16:], n)
		send(b)
	}
}
