package main

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// burst is the most bytes that the sender writes at once.
const burst = 32 << 10

// relay sends for the warm-up and the window, and fills in the line.
func relay(o options, list []*receiver, wake chan struct{}, line map[string]any) error {
	sender, err := dial(o, "/s")
	if err != nil {
		return err
	}
	var (
		measuring atomic.Bool
		done      sync.WaitGroup
	)
	for _, r := range list {
		done.Go(func() { r.receive(o.bytes, &measuring) })
	}
	frame, body := sender.frame(o.bytes)
	out := make([]byte, 0, burst+len(frame))
	start := time.Now()
	open := start.Add(seconds(o.warmup))
	end := open.Add(seconds(o.secs))
	var first reading
	var sent, begin uint64
	for now := start; now.Before(end); now = time.Now() {
		if !measuring.Load() && !now.Before(open) {
			first, begin = read(o.pid), sent
			measuring.Store(true)
		}
		due := slowest(list) + uint64(o.inflight)
		if o.rate > 0 {
			due = uint64(now.Sub(start).Seconds() * o.rate)
		}
		out = out[:0]
		for ; sent < due && len(out) < burst; sent++ {
			binary.LittleEndian.PutUint64(body, sent+1)
			binary.LittleEndian.PutUint64(body[8:], uint64(time.Since(origin)))
			out = append(out, frame...)
		}
		if len(out) > 0 {
			if _, err := sender.conn.Write(out); err != nil {
				return err
			}
			continue
		}
		next := end
		if o.rate > 0 {
			next = start.Add(seconds(float64(sent+1) / o.rate))
			time.Sleep(min(time.Until(next), time.Until(end)))
			continue
		}
		select {
		case <-wake:
		case <-time.After(time.Until(end)):
		}
	}
	last := read(o.pid)
	measuring.Store(false)
	sender.conn.Close()
	for _, r := range list {
		r.conn.Close()
	}
	done.Wait()
	return report(line, list, first, last, sent-begin)
}

// slowest is the last message that all have.
func slowest(list []*receiver) uint64 {
	low := uint64(math.MaxUint64)
	for _, r := range list {
		low = min(low, r.seen.Load())
	}
	return low
}

func report(line map[string]any, list []*receiver, first, last reading, sent uint64) error {
	var delivered, wrong uint64
	var late []time.Duration
	for _, r := range list {
		delivered += r.delivered.Load()
		wrong += r.wrong.Load()
		late = append(late, r.late...)
	}
	if delivered == 0 {
		return errors.New("nothing came back from the server")
	}
	slices.Sort(late)
	at := func(q float64) float64 { return float64(late[int(q*float64(len(late)-1))].Nanoseconds()) / 1e3 }
	first.report(line, last)
	line["sent"], line["delivered"], line["wrong"] = sent, delivered, wrong
	line["delivered_per_s"] = float64(delivered) / last.at.Sub(first.at).Seconds()
	line["cpu_us_per_delivery"] = float64((last.cpu - first.cpu).Nanoseconds()) / 1e3 / float64(delivered)
	line["p50_us"], line["p99_us"] = at(0.5), at(0.99)
	return nil
}
